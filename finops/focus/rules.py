"""Which rules of FOCUS 1.2 does a dataset break, on which rows, with how many dollars?

The rules are the MUST rules of the specification's column pages and attributes that a file can be held
against by itself. Not here, because a file alone cannot tell: that billed cost is the invoice, that a
row *is* a correction, that a tax is computed on the charges it belongs to, that a price stands in the
provider's list, and that a commitment's use adds up to its purchase over its term.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from finops.focus import masks
from finops.focus.charge_rules import charge_rules
from finops.focus.column_rules import column_rules, dataset_rules
from finops.focus.masks import Mask
from finops.focus.rule import DatasetRule, Rule
from finops.money import exact_sum
from finops.schema import total

SHOWN_ROWS = 5
_SHOWN_CHARACTERS = 60

DATASET_RULES: tuple[DatasetRule, ...] = dataset_rules()
RULES: tuple[Rule, ...] = (*column_rules(), *charge_rules())


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that is broken. ``row_numbers`` are the first rows that do; the first row of data is 1.

    ``example`` has the cells of the first of them. ``billed_cost`` is what the rows bill, exact and in
    the currency of the dataset, None where one of them does not say. A rule about the columns counts
    every row and names none.
    """

    rule: str
    column: str
    message: str
    rows: int
    row_numbers: tuple[int, ...] = ()
    example: str = ""
    billed_cost: Decimal | None = None


def check(frame: pd.DataFrame) -> tuple[Violation, ...]:
    """Every rule that the dataset breaks, in the order of the rules; none, if it conforms.

    The frame has FOCUS columns with nulls where there is no value, and either text as a CSV file has
    it, or typed columns (decimals, floats, times with a zone, text). A rule is applied where all of its
    columns are present; that the mandatory ones are is a rule of its own.
    """
    return (*_broken_columns(frame), *_broken_rows(frame))


def _broken_columns(frame: pd.DataFrame) -> Iterator[Violation]:
    everywhere = np.ones(len(frame), dtype=bool)
    for rule in DATASET_RULES:
        for column in rule.broken(frame):
            yield Violation(
                rule=rule.id,
                column=column,
                message=f"{rule.text}: {column}",
                rows=len(frame),
                billed_cost=_billed(frame, everywhere),
            )


def _broken_rows(frame: pd.DataFrame) -> Iterator[Violation]:
    present = set(frame.columns)
    for rule in RULES:
        if not present.issuperset(rule.columns):
            continue
        mask = rule.broken(frame)
        if mask.any():
            places = np.flatnonzero(mask)
            yield Violation(
                rule=rule.id,
                column=rule.columns[0],
                message=rule.text,
                rows=len(places),
                row_numbers=tuple(int(place) + 1 for place in places[:SHOWN_ROWS]),
                example=_example(frame, int(places[0]), rule.columns),
                billed_cost=_billed(frame, mask),
            )


def _example(frame: pd.DataFrame, place: int, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_shown(frame[name].iloc[place])}" for name in columns)


def _shown(cell: Any) -> str:
    if pd.isna(cell):
        return "null"
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _billed(frame: pd.DataFrame, mask: Mask) -> Decimal | None:
    if "BilledCost" not in frame.columns:
        return None
    billed = frame.loc[mask, ["BilledCost"]]
    if isinstance(billed["BilledCost"].dtype, pd.ArrowDtype):
        return None if billed["BilledCost"].isna().any() else total(billed["BilledCost"])
    amounts = [amount for amount in masks.amounts(billed, "BilledCost") if amount is not None]
    return exact_sum(amounts) if len(amounts) == len(billed) else None
