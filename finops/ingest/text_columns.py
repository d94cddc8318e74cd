"""What do the texts of a column hold, as the kind that its frame wants? One bad cell is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops import tags
from finops.errors import FrameError
from finops.ingest.cell_values import Mask, parse_amounts, parse_booleans, parse_numbers, parse_times
from finops.ingest.sheet import shortened
from finops.schema import Kind

Rows = npt.NDArray[np.int64]

# A sum over a thousand million charges of less than this fits decimal128(38, 12).
MOST_MONEY = Decimal(10) ** 15
MEANING: Mapping[Kind, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "time": "an ISO 8601 time of the years 1970 to 2199; leave an open end blank",
    "money": "an amount without currency, below 1e15",
}
_INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})


def values_of_texts(file: str, name: str, kind: Kind, texts: Sequence[str], numbers: Rows) -> pd.Series:
    """The cells of a column as its kind, blanks null. ``numbers`` are the rows that an error names.

    Tags are canonical whatever they were: ``tag_values`` says which were not read in full.
    Infinite numbers stay, for the reader of the frame to judge. Raises FrameError.
    """
    bad = np.zeros(len(texts), dtype=bool)
    match kind:
        case "text":
            column = pd.Series([text or None for text in texts], dtype="str")
        case "tags":
            column, *_ = tag_values(texts)
        case "time":
            column, bad = parse_times(texts)
        case "boolean":
            values, bad = parse_booleans(texts)
            column = pd.Series(values, dtype="boolean")
        case "money":
            amounts = parse_amounts(texts)
            too_much = [
                amount.value is not None and abs(amount.value) >= MOST_MONEY for amount in amounts
            ]
            bad = np.array([amount.problem not in {"", "blank"} for amount in amounts], dtype=bool)
            bad |= np.array(too_much, dtype=bool)
            column = pd.Series([amount.value for amount in amounts], dtype="object")
        case "number" | "integer":
            column, bad = _numbers(texts)
            if kind == "integer":
                bad |= broken_integers(column)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise cell_error(file, numbers[at], name, kind, repr(shortened(texts[at])))
    return column


def _numbers(texts: Sequence[str]) -> tuple[pd.Series, Mask]:
    found, bad = parse_numbers(texts)
    for at in np.flatnonzero(bad).tolist():
        if len(texts[at]) < 12 and texts[at].casefold() in _INFINITE:
            found[at], bad[at] = (-np.inf if texts[at].startswith("-") else np.inf), False
    return pd.Series(found), bad


def broken_integers(column: pd.Series) -> Mask:
    """Which numbers are not whole, or too large to be exact."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        broken: Mask = (np.abs(values) > 2**53) | (np.mod(values, 1) > 0)
    return broken


def cell_error(file: str, row: int, name: str, kind: Kind, found: str) -> FrameError:
    """The error for one cell, ``found`` being what it holds as a message shows it."""
    return FrameError(f"{file}, row {row}: {name} holds {found}; expected {MEANING[kind]}")


def tag_values(texts: Sequence[str]) -> tuple[pd.Series, Mask, str]:
    """Canonical tags, which cells cannot be read in full, and what is wrong with the first of them."""
    column, problems = tags.parse_column(pd.Series(texts, dtype="str"))
    if not problems:
        return column, np.zeros(len(texts), dtype=bool), ""
    malformed = np.array([text in problems for text in texts], dtype=bool)
    return column, malformed, shortened(next(iter(problems.values()))[0])
