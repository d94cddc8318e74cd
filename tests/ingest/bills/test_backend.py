"""Small tables, and what stands in the way of an engine."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


@pytest.mark.parametrize(
    "name", ["bill[1].parquet", "a*.parquet", "q?.parquet", "{a,b}.parquet", "it's.parquet"]
)
def test_a_name_that_looks_like_a_pattern_is_one_file(
    backend: Backend, tmp_path: Path, name: str
) -> None:
    pq.write_table(pa.table({"number": [1]}), tmp_path / name)
    for other in ("bill1.parquet", "ab.parquet", "qq.parquet", "a.parquet"):
        pq.write_table(pa.table({"number": [2]}), tmp_path / other)
    found = backend.read(tmp_path / name)
    assert backend.arrow(found).to_pylist() == [{"number": 1}]


def test_a_memory_limit_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINOPS_MEMORY_LIMIT", "nonsense")
    with pytest.raises(BackendError, match="FINOPS_MEMORY_LIMIT"), connected("duckdb"):
        pass
