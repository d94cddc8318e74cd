"""Do the coming days or months add up as they are shown?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

from finops.forecasting import BOUNDS, Bounded, Point
from finops.money import to_cents

Part = TypeVar("Part", Point, Bounded)


def added_up(
    alone: Sequence[Part], to_date: Sequence[Part], spent_usd: float = 0.0
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts, each by itself and with all before it, in dollars to the cent.

    What is spent and every part up to one add up to what is shown there, which is the rounded sum; a
    part is so within a cent of what it was, and its bounds go with it.
    """
    sums = [to_cents(spent_usd), *(to_cents(part.mean_usd) for part in to_date)]
    cents = [after - before for before, after in pairwise(sums)]
    return (
        tuple(
            _at(part, own / 100, own / 100 - part.mean_usd)
            for part, own in zip(alone, cents, strict=True)
        ),
        tuple(in_cents(part) for part in to_date),
    )


def in_cents(part: Part) -> Part:
    """A part by itself, its dollars and their bounds rounded to the cent."""
    return _at(part, to_cents(part.mean_usd) / 100, 0.0)


def _at(part: Part, usd: float, away: float) -> Part:
    """The part at other dollars, its bounds so far away from where they were."""
    changed: dict[str, Any] = {"mean_usd": usd}
    for name in BOUNDS:
        bound = getattr(part, name)
        changed[name] = None if bound is None else to_cents(bound + away) / 100
    return replace(part, **changed)
