"""What must hold for each column by itself? Presence, nulls, format and allowed values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from finops.focus import masks
from finops.focus.columns import BY_NAME, COLUMNS, CUSTOM_PREFIX, Column, Kind
from finops.focus.rule import DatasetRule, Rule

_WORDS: Mapping[Kind, str] = {
    "text": "text",
    "decimal": "a plain decimal number, without exponent, sign +, separators or units",
    "time": "a time in UTC such as 2024-01-01T00:00:00Z",
    "json": "a JSON object with unique keys whose values are neither objects nor lists",
    "currency": "a currency code of three capital letters (ISO 4217)",
}
_LISTED = 5


def dataset_rules() -> tuple[DatasetRule, ...]:
    """The rules about which columns there are."""
    return (
        DatasetRule("columns.mandatory", "a mandatory column must be present", _absent),
        DatasetRule(
            "columns.custom",
            f"the name of a column that FOCUS does not define must begin with {CUSTOM_PREFIX}",
            _unprefixed,
        ),
    )


def column_rules() -> Iterator[Rule]:
    """The rules about the values of one column, for all columns of the specification."""
    for column in COLUMNS:
        yield from _rules_of(column)


def _rules_of(column: Column) -> Iterator[Rule]:
    name, kind, allowed = column.name, column.kind, column.allowed
    if not column.nullable:
        text = f"{name} must not be null"
        yield Rule(f"{name}.not_null", (name,), text, lambda frame: masks.null(frame, name))
    text = f"{name} must be {_WORDS[kind]}"
    yield Rule(f"{name}.format", (name,), text, lambda frame: masks.malformed(frame, name, kind))
    if kind == "text":
        text = f"{name} without a value must be null, not blank or a word for nothing"
        yield Rule(f"{name}.placeholder", (name,), text, lambda frame: masks.placeholder(frame, name))
    if allowed:
        listed = ", ".join(allowed) if len(allowed) <= _LISTED else f"the {len(allowed)} of FOCUS 1.2"
        text = f"{name} must be one of the allowed values: {listed}"
        yield Rule(
            f"{name}.allowed", (name,), text, lambda frame: masks.not_allowed(frame, name, allowed)
        )


def _absent(frame: pd.DataFrame) -> tuple[str, ...]:
    mandatory = [column.name for column in COLUMNS if column.level == "mandatory"]
    return tuple(name for name in mandatory if name not in frame.columns)


def _unprefixed(frame: pd.DataFrame) -> tuple[str, ...]:
    names = [str(name) for name in frame.columns]
    return tuple(name for name in names if name not in BY_NAME and not name.startswith(CUSTOM_PREFIX))
