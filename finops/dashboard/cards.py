"""How does a headline figure look? A card with its label, its value, its change and its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from finops.dashboard.links import Link, link_button


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure. ``help`` says what it means, over which period and from which source.

    ``rising_is`` colours the change: for cost a rise is bad, for compliance it is good. ``opens`` is
    where its details are: a button below it leads there.
    """

    label: str
    value: str
    help: str
    change: str | None = None
    against: str | None = None
    rising_is: Literal["bad", "good", "neutral"] = "neutral"
    opens: Link | None = None


_COLOURS: dict[str, Literal["inverse", "normal", "off"]] = {
    "bad": "inverse",
    "good": "normal",
    "neutral": "off",
}


def show_cards(cards: Sequence[Card], *, per_row: int = 4) -> None:
    """The cards in rows of equal width; on a narrow screen they stand below each other."""
    for start in range(0, len(cards), per_row):
        columns = st.columns(per_row)
        for column, card in zip(columns, cards[start : start + per_row], strict=False):
            column.metric(
                card.label,
                card.value,
                card.change,
                help=card.help,
                border=True,
                height="stretch",
                delta_color=_COLOURS[card.rising_is],
                delta_arrow="auto" if card.rising_is != "neutral" else "off",
                delta_description=card.against,
            )
            if card.opens is not None:
                with column:
                    link_button(card.opens, key=card.label)
