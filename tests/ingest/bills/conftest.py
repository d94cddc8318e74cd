"""The engines that a bill may be reduced on, and small bills to reduce."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from finops.ingest.bills.backend import Backend, connected
from tests.ingest.bills.written_bills import month_of_lines, write

BOTH = ("duckdb", "pyspark")


def need_spark() -> None:
    """Skip where PySpark or Java is missing; in CI that is a failure."""
    if find_spec("pyspark") is not None and shutil.which("java"):
        return
    reason = "PySpark or Java is not installed: make setup-spark"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def duckdb_backend() -> Iterator[Backend]:
    with connected("duckdb") as backend:
        yield backend


@pytest.fixture(scope="module")
def spark_backend() -> Iterator[Backend]:
    need_spark()
    with connected("pyspark") as backend:
        yield backend


@pytest.fixture(scope="module", params=BOTH)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each engine in turn: a test that takes it runs on both."""
    name = "duckdb_backend" if request.param == "duckdb" else "spark_backend"
    found: Backend = request.getfixturevalue(name)
    return found


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two months of 6.00 and 12.00 dollars."""
    path = tmp_path / "bill"
    path.mkdir()
    write(path / "jan.csv", month_of_lines("2026-01"))
    write(path / "feb.csv", month_of_lines("2026-02", "3"))
    return path
