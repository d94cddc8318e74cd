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
    """The cards in rows of equal width; where the page is narrow fewer stand beside each other.

    Columns would stay beside each other and cut their dollars. Rows of an even number break in pairs.
    """
    beside = 2 if per_row % 2 == 0 else 1
    for start in range(0, len(cards), per_row):
        row: list[Card | None] = [*cards[start : start + per_row]]
        row += [None] * (per_row - len(row))
        with st.container(horizontal=True):
            for first in range(0, per_row, beside):
                with st.container(horizontal=True, width="stretch", height="stretch"):
                    for card in row[first : first + beside]:
                        _show(card)


def _show(card: Card | None) -> None:
    """One card in its place; an empty place keeps the others of its row at their width."""
    with st.container(width="stretch", height="stretch", gap=None):
        if card is None:
            return
        st.metric(
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
            link_button(card.opens, key=card.label)
