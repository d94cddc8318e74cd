"""How does a typed value read in a FOCUS CSV file? Plain numbers, times with Z, null as nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa


def csv_lines(table: pa.Table, batch_rows: int) -> Iterator[bytes]:
    """The table as CSV in UTF-8: the header, then batches of lines."""
    yield table.slice(0, 0).to_pandas().to_csv(index=False, lineterminator="\n").encode()
    for start in range(0, table.num_rows, batch_rows):
        part = table.slice(start, batch_rows)
        texts = {name: _texts(part[name].combine_chunks()) for name in part.column_names}
        frame = pd.DataFrame(texts, dtype="object")
        yield frame.to_csv(index=False, header=False, lineterminator="\n").encode()


def decimal_text(amount: Decimal) -> str:
    """Every digit and no exponent, without zeros at the end: 58.6, -0.000000000001, 0."""
    text = format(amount, "f")
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if trimmed in {"-0", ""} else trimmed


def float_text(number: float) -> str:
    """The shortest text that reads back as this float, without exponent. Infinite is no number."""
    return np.format_float_positional(number + 0.0, trim="-") if np.isfinite(number) else ""


def _texts(values: pa.Array) -> list[str | None]:
    if pa.types.is_timestamp(values.type):
        return _distinct(values, _time_text)
    if pa.types.is_decimal(values.type):
        return _distinct(values, decimal_text)
    if pa.types.is_floating(values.type):
        return _distinct(values, float_text)
    cells: list[str | None] = values.to_pylist()
    return cells


def _distinct(values: pa.Array, text: Callable[[Any], str]) -> list[str | None]:
    """Every distinct value is written once."""
    encoded = values.dictionary_encode()
    written = pa.array([text(value) for value in encoded.dictionary.to_pylist()], type=pa.string())
    cells: list[str | None] = written.take(encoded.indices).to_pylist()
    return cells


def _time_text(time: datetime) -> str:
    text = time.replace(tzinfo=None).isoformat(
        timespec="microseconds" if time.microsecond else "seconds"
    )
    return f"{text}Z"
