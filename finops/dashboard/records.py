"""How do records become a table? One row a record, exact dollars as floats for the browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd


def as_frame(records: Iterable[Any], columns: Sequence[str]) -> pd.DataFrame:
    """The named fields of records; Decimals become floats, unknown amounts NaN."""
    rows = [[_cell(getattr(record, name)) for name in columns] for record in records]
    return pd.DataFrame(rows, columns=list(columns))


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
