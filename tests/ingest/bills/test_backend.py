"""Small tables, and what stands in the way of an engine."""

from __future__ import annotations

import pyarrow as pa
import pytest

from finops.errors import BackendError
from finops.ingest.bills.backend import Backend, connected


def test_nulls_of_a_small_table_stay_nulls(backend: Backend) -> None:
    table = pa.table(
        {
            "number": pa.array([1, 2], pa.int64()),
            "text": pa.array([None, "a"], pa.string()),
        }
    )
    found = backend.arrow(backend.memory(table)).to_pylist()
    assert sorted(found, key=lambda row: row["number"]) == table.to_pylist()


def test_an_unknown_backend_is_refused_by_name() -> None:
    with pytest.raises(BackendError, match=r"'sqlite'.*duckdb, pyspark"), connected("sqlite"):
        pass
