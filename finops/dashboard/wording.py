"""How are amounts, percentages and names written where Streamlit reads Markdown?

A name is data: ``*`` and ``[`` in it are not markup, and a pair of dollar signs is not a formula.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from finops.money import usd
from finops.schema import Basis

UNKNOWN = "–"
_MOST_NAMES = 5
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&])")
_BASES = {
    "billed": "billed cost",
    "effective": "effective (amortised) cost",
    "list": "list cost",
    "run_rate": "run rate",
}


def plain(text: object) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def dollars(amount: float | Decimal | None, places: int = 2) -> str:
    """An amount for Markdown: ``\\$1,234.50``, and – where it is unknown."""
    return usd(amount, places).replace("$", r"\$")


def percent(value: float | None, places: int = 1) -> str:
    """A percentage, – where it is unknown."""
    return UNKNOWN if value is None or pd.isna(value) else f"{value:.{places}f}%"


def at_most(value: float | None) -> str:
    """A bound in percent, rounded up to two places: ``at most 0.10%``; – where it is unknown."""
    if value is None or pd.isna(value):
        return UNKNOWN
    return f"at most {max(0.01, math.ceil(value * 100) / 100):.2f}%"


def sentence(text: str) -> str:
    """A note that begins as a sentence does and ends as one."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 bucket``, ``2 buckets``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def named(names: Iterable[str]) -> str:
    """The first five names, and how many there are besides."""
    every = list(names)
    more = len(every) - _MOST_NAMES
    return ", ".join(every[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """A time that is only about right: ``a few seconds``, ``about 2 minutes``, ``about 1.5 hours``."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} seconds"
    minutes = round(seconds / 60)
    return f"about {count(minutes, 'minute')}" if minutes < 60 else f"about {_hours(seconds)}"


def _hours(seconds: float) -> str:
    hours = f"{seconds / 3600:.1f}".removesuffix(".0")
    return f"{hours} hour" if hours == "1" else f"{hours} hours"


def basis_text(basis: Basis) -> str:
    """Where a figure comes from, in words: source, cost basis and period."""
    if basis.source == "inventory":
        return "resource lists, run rate of a month of 730 hours"
    return f"bill of {basis.period}, {_BASES[basis.basis]}"


def basis_word(basis: Basis) -> str:
    """What dollars of a bill are, at the beginning of a sentence."""
    return "Billed cost" if basis.basis == "billed" else "Effective cost"
