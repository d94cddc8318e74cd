"""Why did a group's cost change, in one sentence? The parts that weigh most, and what is behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pandas as pd

from finops.insights.attribution import PARTS, resources
from finops.money import usd
from finops.schema import total

# A part that is less than this of all parts (without their signs) is not worth a word.
WORTH_NAMING = Decimal("0.10")
UNCHANGED = "no change"


def cause(lines: pd.DataFrame, shown: Mapping[str, Decimal] | None = None) -> str:
    """The parts of a change with their dollars, largest first, each with the SKU that carries most.

    ``lines`` are those of one group, from ``changed_lines``; ``shown`` are the dollars that are shown
    of each part, by default those of the lines. Parts under a tenth of all parts, taken
    without their signs, are left out; ``no change`` where every part is under half a cent.
    """
    parts = {part: total(lines[part]) for part in PARTS}
    whole = sum((abs(amount) for amount in parts.values()), Decimal(0))
    if whole < Decimal("0.005"):
        return UNCHANGED
    named = [part for part in PARTS if abs(parts[part]) >= WORTH_NAMING * whole]
    named.sort(key=lambda part: -abs(parts[part]))
    dollars = parts if shown is None else shown
    return "; ".join(_WORDS[part](lines, dollars[part]) for part in named)


def signed(amount: Decimal | float) -> str:
    """Dollars with their sign: ``+$3.00``, ``-$3.00``, ``$0.00``."""
    text = usd(amount)
    return text if text.startswith("-") or text == usd(0) else f"+{text}"


def _largest(lines: pd.DataFrame, part: str) -> pd.Series:
    """The SKU that carries most of a part: its dollars, and those of its lines that have the part."""
    amounts = lines[[part, *_SIDES]].astype("float64").assign(**lines[_SKU])
    having = amounts[amounts[part] != 0]
    summed = having.groupby(_SKU, dropna=False, sort=False).sum().reset_index()
    sign = 1 if summed[part].sum() >= 0 else -1
    return summed.iloc[int((summed[part] * sign).to_numpy().argmax())]


_SKU = ["service", "sku", "unit"]
_SIDES = ["before_usd", "after_usd", "before_quantity", "after_quantity"]


def _name(row: pd.Series) -> str:
    named = row["sku"] if pd.notna(row["sku"]) else row["service"]
    return str(named) if pd.notna(named) else "charges without a name"


def _price(lines: pd.DataFrame, amount: Decimal) -> str:
    row = _largest(lines, "price_usd")
    if not row["before_quantity"] or not row["after_quantity"]:
        return f"fees, credits and refunds {signed(amount)}, {_most(row, 'price_usd')}"
    before, after = (row[f"{side}_usd"] / row[f"{side}_quantity"] for side in ("before", "after"))
    unit = f" per {row['unit']}" if pd.notna(row["unit"]) else ""
    return (
        f"price {signed(amount)}, most of it {_name(row)} "
        f"({usd(before, 6)} to {usd(after, 6)}{unit}, on average)"
    )


def _usage(lines: pd.DataFrame, amount: Decimal) -> str:
    row = _largest(lines, "usage_usd")
    unit = f" {row['unit']}" if pd.notna(row["unit"]) else ""
    change = f"{row['before_quantity']:,.2f} to {row['after_quantity']:,.2f}{unit}"
    return f"usage {signed(amount)}, most of it {_name(row)} ({change})"


def _commitment(lines: pd.DataFrame, amount: Decimal) -> str:
    return f"commitments {signed(amount)}, {_most(_largest(lines, 'commitment_usd'), 'commitment_usd')}"


def _new(lines: pd.DataFrame, amount: Decimal) -> str:
    return f"{_counted(lines, 'new')} {signed(amount)}, {_most(_largest(lines, 'new_usd'), 'new_usd')}"


def _gone(lines: pd.DataFrame, amount: Decimal) -> str:
    return (
        f"{_counted(lines, 'gone')} {signed(amount)}, {_most(_largest(lines, 'gone_usd'), 'gone_usd')}"
    )


def _most(row: pd.Series, part: str) -> str:
    return f"most of it {_name(row)} ({signed(row[part])})"


def _counted(lines: pd.DataFrame, state: str) -> str:
    counted = resources(lines, state)["identity"].nunique()
    if counted == 0:
        return f"credits and refunds, {state}"
    return f"{counted} resource{'' if counted == 1 else 's'}, {state}"


_WORDS: Mapping[str, Callable[[pd.DataFrame, Decimal], str]] = {
    "price_usd": _price,
    "usage_usd": _usage,
    "new_usd": _new,
    "gone_usd": _gone,
    "commitment_usd": _commitment,
}
