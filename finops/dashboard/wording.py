"""How are amounts, percentages and names written where Streamlit reads Markdown?

A name is data: ``*`` and ``[`` in it are not markup, and a pair of dollar signs is not a formula.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pandas as pd

from finops.money import usd
from finops.schema import Basis

UNKNOWN = "–"
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


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 bucket``, ``2 buckets``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def basis_text(basis: Basis) -> str:
    """Where a figure comes from, in words: source, cost basis and period."""
    if basis.source == "inventory":
        return "resource lists, run rate of a month of 730 hours"
    return f"bill of {basis.period}, {_BASES[basis.basis]}"
