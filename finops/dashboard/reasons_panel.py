"""Why is this row bought, why so much of it, and what speaks against it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentAdvice, CommitmentSettings, recommend
from finops.answers.explanations import Reasons, duration, explain
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.commitment_tables import ALTERNATIVES, SERVES
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate

# Instances in the mean hour: less is drawn as 0.0.
_SEEN = 0.05
_NAMED = 3
_PARTS = ("Why this much", "Hour by hour", "What speaks against it", "What it serves")


def show(advice: CommitmentAdvice, estate: Estate, number: int) -> None:
    """Draw the reasons of row ``number`` of the advice."""
    try:
        found = answered(_explained, estate, advice.settings, number, progress="Looking for reasons …")
    except FinOpsError as error:
        st.caption(plain(error))
        return
    row = advice.report.recommendations[number]
    with st.container(border=True):
        st.markdown(
            f"**{plain(row.title)}** saves **{dollars(row.annual_savings_usd)} a year**{_for(found)}"
        )
        parts = st.tabs(_PARTS, key="reasons", bind="query-params")
        why, hours, against, serves = parts
        if why.open:
            with why:
                _why(found)
        if hours.open:
            with hours:
                _hours(found, row.title)
        if against.open:
            with against:
                _against(found)
        if serves.open:
            with serves:
                _serves(found)


def _for(found: Reasons) -> str:
    """What it serves most, in a few words."""
    served = found.pools[found.pools["served"] >= _SEEN]
    names = [
        f"{pool['served']:,.1f} × {pool['InstanceType']} in {pool['Region']}"
        for pool in served.to_dict("records")
    ]
    if not names:
        return ""
    more = f" and {count(len(names) - _NAMED, 'more pool')}" if len(names) > _NAMED else ""
    served_by_name = ", ".join(names[:_NAMED])
    return f" · {plain(f'serves {served_by_name}{more}')}"


def _explained(estate: Estate, settings: CommitmentSettings, number: int) -> Reasons:
    return explain(estate, answered(recommend, estate, settings), number)


def _why(found: Reasons) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in found.why))
    with right:
        unit = "instance" if found.purchase.kind == "reserved_instance" else "$0.001 an hour"
        st.markdown(
            f"**What each {plain(unit)} adds to the saving**",
            help="Dollars a year of the whole portfolio. Blue is bought, orange the next step, which "
            "would "
            "lose money or is held back, grey what lies further.",
        )
        show_chart(
            charts.marginal_savings(found.steps, unit=unit),
            "What each further unit adds to the saving of a year: bought, next and further",
        )


def _hours(found: Reasons, title: str) -> None:
    if found.evidence == "snapshot":
        st.info("There are no hours to show: the advice rests on a snapshot.", icon=":material/info:")
        return
    unit = "Instances" if found.purchase.kind == "reserved_instance" else "USD an hour"
    show_chart(
        charts.hour_by_hour(found.hours, title, unit=unit),
        "Demand hour by hour, what the row serves of it and what stays On-Demand",
    )
    show_cards(_stretches(found))
    st.markdown(
        "**How often so much can be served**",
        help="The duration curve: the hours sorted by what others leave to this row. It pays where the "
        "curve at the amount bought lies right of the break-even.",
    )
    show_chart(
        charts.duration_curve(
            duration(found.hours),
            amount=found.amount,
            break_even_pct=found.break_even_pct,
            unit=unit,
        ),
        "Share of the hours in which at least so much can be served, what is bought, and the break-even",
    )


def _stretches(found: Reasons) -> list[Card]:
    cards = [
        Card(
            label="Utilisation",
            value=percent(found.utilization_pct),
            help="Mean use ÷ what is bought.",
        ),
        Card(
            label="Pays from",
            value=percent(found.break_even_pct),
            help="The use from which the row pays: its cost ÷ On-Demand price of what it serves.",
        ),
    ]
    for label, one in (("Worst hour", found.worst_hour), ("Worst week", found.worst_week)):
        if one is not None:
            cards.append(
                Card(
                    label=label,
                    value=dollars(one.saving_usd),
                    change=f"{one.start:%Y-%m-%d %H:%M} UTC",
                    help="What the bill of these hours is lower because of the row, its cost deducted; "
                    f"below zero it is a loss. {dollars(one.unused_usd)} of it lay unused.",
                )
            )
    return cards


def _against(found: Reasons) -> None:
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in found.case_against))
    if not found.alternatives:
        return
    st.markdown("**The same hours, bought otherwise**", help="Same term, same payment, same use.")
    frame = as_frame(found.alternatives, ["name", "extra_usd", "same_price", "more_flexible"])
    tables.table(frame, ALTERNATIVES, alt="Other kinds of commitment for the same hours")


def _serves(found: Reasons) -> None:
    served = found.pools[found.pools["served"] > 0]
    if served.empty:
        st.caption("It serves nothing.")
        return
    tables.table(served, SERVES, alt="What the row serves")
    others = pd.DataFrame(found.displaced)
    if len(others):
        st.caption(f"It takes hours from {len(others)} owned commitments: see what speaks against it.")
