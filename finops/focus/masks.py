"""Which rows break a condition? Masks over frames of text, as read from CSV, or of typed columns.

Every function takes a frame whose missing values are null and gives one boolean a row, True where the
row breaks the condition. No function raises on what a cell holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from finops.focus.columns import Kind

Mask: TypeAlias = npt.NDArray[np.bool_]
Condition: TypeAlias = Callable[[pd.DataFrame], Mask]

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PLACEHOLDERS = frozenset({"", "null", "n/a", "<na>", "nan", "not applicable", "not specified"})

# A product of two rounded figures may be this far from the third.
_ROUNDING = 1e-6


def null(frame: pd.DataFrame, name: str) -> Mask:
    return np.asarray(frame[name].isna(), dtype=bool)


def given(frame: pd.DataFrame, name: str) -> Mask:
    return ~null(frame, name)


def one_of(frame: pd.DataFrame, name: str, *values: str) -> Mask:
    """Null is none of them, and neither is a number or a time."""
    cells = frame[name]
    if isinstance(cells.dtype, pd.ArrowDtype) and not types.is_string_dtype(cells.dtype):
        return _nowhere(cells)
    return np.asarray(cells.isin(list(values)), dtype=bool)


def usage_or_purchase(frame: pd.DataFrame) -> Mask:
    return one_of(frame, "ChargeCategory", "Usage", "Purchase")


def correction(frame: pd.DataFrame) -> Mask:
    return one_of(frame, "ChargeClass", "Correction")


def not_allowed(frame: pd.DataFrame, name: str, allowed: tuple[str, ...]) -> Mask:
    return given(frame, name) & ~one_of(frame, name, *allowed)


def placeholder(frame: pd.DataFrame, name: str) -> Mask:
    """Text that stands for nothing: blank, ``NULL``, ``N/A``."""
    return _each(frame[name], lambda value: str(value).strip().casefold() in _PLACEHOLDERS)


def malformed(frame: pd.DataFrame, name: str, kind: Kind) -> Mask:
    """Values that are not written as their kind asks. Typed columns are, unless infinite."""
    values = frame[name]
    if types.is_numeric_dtype(values.dtype):
        if kind != "decimal":
            return given(frame, name)
        return ~np.isfinite(floats(frame, name)) & given(frame, name)
    if types.is_datetime64_any_dtype(values.dtype):
        aware = getattr(values.dt, "tz", None) is not None
        return given(frame, name) & (kind != "time" or not aware)
    return _each(values, lambda value: not _WELL_FORMED[kind](value))


def amounts(frame: pd.DataFrame, name: str) -> list[Decimal | None]:
    """A column as exact numbers, None where there is none to read."""
    return [None if pd.isna(cell) else _amount(cell) for cell in frame[name]]


def floats(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """A column as floats, NaN where there is no number to read."""
    values = frame[name]
    if types.is_numeric_dtype(values.dtype):
        return np.asarray(values.astype("float64").to_numpy(dtype="float64", na_value=np.nan))
    numbers = [np.nan if amount is None else float(amount) for amount in amounts(frame, name)]
    return np.asarray(numbers, dtype="float64")


def differ(frame: pd.DataFrame, one: str, other: str) -> Mask:
    """Both are numbers, and not the same one. Where one is missing another rule speaks."""
    pairs = zip(amounts(frame, one), amounts(frame, other), strict=True)
    unequal = [left is not None and right is not None and left != right for left, right in pairs]
    return np.asarray(unequal, dtype=bool)


def not_the_product(frame: pd.DataFrame, cost: str, price: str, quantity: str) -> Mask:
    """All three are numbers, and price × quantity is further from the cost than rounding explains."""
    total = floats(frame, cost)
    product = floats(frame, price) * floats(frame, quantity)
    known = np.isfinite(total) & np.isfinite(product)
    return known & ~np.isclose(product, total, rtol=1e-9, atol=_ROUNDING)


def not_after(frame: pd.DataFrame, end: str, start: str) -> Mask:
    ends, starts = _times(frame[end]), _times(frame[start])
    return np.asarray((ends <= starts).fillna(False), dtype=bool)


def several(frame: pd.DataFrame, name: str, by: str) -> Mask:
    """Rows whose ``by`` stands beside more than one value of ``name`` in the frame."""
    pairs = frame.loc[given(frame, name) & given(frame, by), [by, name]].astype("object")
    counts = pairs.drop_duplicates()[by].value_counts()
    shared = list(counts[counts > 1].index)
    return np.asarray(frame[by].isin(shared), dtype=bool) if shared else _nowhere(frame[by])


def _each(values: pd.Series, broken: Callable[[object], bool]) -> Mask:
    """One verdict a distinct value; null is never broken."""
    verdicts = {value: broken(value) for value in values.dropna().unique()}
    bad = [value for value, verdict in verdicts.items() if verdict]
    return np.asarray(values.isin(bad), dtype=bool) if bad else _nowhere(values)


def _nowhere(values: pd.Series) -> Mask:
    return np.zeros(len(values), dtype=bool)


def _amount(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    text = str(value)
    if isinstance(value, float):
        return Decimal(text) if np.isfinite(value) else None
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _times(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")


def _is_time(value: object) -> bool:
    if not _TIME.fullmatch(str(value)):
        return False
    return not pd.isna(pd.to_datetime(str(value), utc=True, errors="coerce", format="ISO8601"))


def _is_key_value(value: object) -> bool:
    """A JSON object with unique keys, whose values are neither objects nor lists."""
    try:
        pairs = json.loads(str(value), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return False
    if not isinstance(pairs, _Pairs):
        return False
    keys = [key for key, _ in pairs]
    return len(keys) == len(set(keys)) and not any(isinstance(item, list) for _, item in pairs)


class _Pairs(list[tuple[str, object]]):
    """A JSON object whose repeated keys are still there."""


_WELL_FORMED: Mapping[Kind, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "decimal": lambda value: _NUMBER.fullmatch(str(value)) is not None,
    "time": _is_time,
    "json": _is_key_value,
    "currency": lambda value: _CURRENCY.fullmatch(str(value)) is not None,
}
