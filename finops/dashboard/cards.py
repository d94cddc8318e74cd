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


# Pixels of a card with a button below it: label, value and change.
_HEIGHT = 118


def show_cards(cards: Sequence[Card], *, per_row: int = 4) -> None:
    """The cards in rows over the whole width; where the page is narrow fewer stand beside each other.

    Columns would stay beside each other and cut their dollars. Cards wrap; with buttons below them they
    would be cut, too, so that rows of an even number break in pairs.
    """
    for start in range(0, len(cards), per_row):
        row: list[Card | None] = [*cards[start : start + per_row]]
        row += [None] * (per_row - len(row))
        with st.container(horizontal=True):
            if any(card is not None and card.opens is not None for card in row):
                _show_in_pairs(row)
            else:
                for card in filter(None, row):
                    _show(card, "stretch")


def _show_in_pairs(row: Sequence[Card | None]) -> None:
    # A height of its own: a pair that wraps would stretch a card over what follows.
    beside = 2 if len(row) % 2 == 0 else 1
    for first in range(0, len(row), beside):
        with st.container(horizontal=True, width="stretch"):
            for card in row[first : first + beside]:
                with st.container(width="stretch", gap=None):
                    if card is None:
                        st.space()  # a place without anything in it would be given to the others
                    else:
                        _show(card, _HEIGHT)
                        if card.opens is not None:
                            link_button(card.opens, key=card.label)


def _show(card: Card, height: int | Literal["stretch"]) -> None:
    st.metric(
        card.label,
        card.value,
        card.change,
        help=card.help,
        border=True,
        width="stretch",
        height=height,
        delta_color=_COLOURS[card.rising_is],
        delta_arrow="auto" if card.rising_is != "neutral" else "off",
        delta_description=card.against,
    )
