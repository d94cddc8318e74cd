"""Who pays which share of the untagged cost? Percents with two decimals that add up to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import streamlit as st

from finops.answers.allocation import ChargebackSettings, even_shares
from finops.dashboard import tables

_KEPT = "fixed shares"
WHOLE = Decimal(100)


def choose(settings: ChargebackSettings, targets: Sequence[str]) -> ChargebackSettings | None:
    """The settings with the shares that the reader gives; None while they do not add up to 100.

    The shares of a dimension are kept for the session, whatever section is open.
    """
    if not targets:
        st.info("Nobody carries this tag, so there is nobody to share with: the cost is left apart.")
        return replace(settings, shared="none")
    percents = _edited(settings.by, sorted(targets))
    whole = sum(percents.values(), Decimal(0))
    if whole != WHOLE:
        st.warning(
            f"The shares add up to {whole} %. They must add up to 100 %.", icon=":material/percent:"
        )
        return None
    return replace(settings, shares={target: share / WHOLE for target, share in percents.items()})


def _edited(by: str, targets: Sequence[str]) -> Mapping[str, Decimal]:
    st.caption("Shares of the untagged cost in percent; they add up to 100.")
    kept = st.session_state.setdefault(_KEPT, {})
    before = kept.get(by, {})
    shares = before if set(before) == set(targets) else even_shares(targets)
    edited = st.data_editor(
        pd.DataFrame({"target": targets, "share": [float(shares[target]) for target in targets]}),
        column_config={
            "target": tables.text("Pays"),
            "share": st.column_config.NumberColumn(
                "Share %", min_value=0, max_value=100, step=0.01, format="%.2f"
            ),
        },
        disabled=["target"],
        hide_index=True,
        key=f"shares {by} {'|'.join(targets)}",
    )
    amounts = edited["share"].fillna(0.0)
    kept[by] = {
        target: Decimal(str(round(share, 2))) for target, share in zip(targets, amounts, strict=True)
    }
    return dict(kept[by])
