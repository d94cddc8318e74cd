"""Do DuckDB and Spark make the same frames of real bills, wherever the machine stands?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops.ingest.bills.backend import connected
from finops.ingest.bills.reduction import read_bill
from tests.ingest.bills.conftest import need_spark

FILES = (
    "cur/koku_2023-06-01-not-final.csv",
    "cur/koku_2023-06-01.csv",
    "cur/koku_test_cur.csv",
    "cur/nise_aws_202601_ri_sp.csv.gz",
    "cur/sbroenne_sample-cur20.csv",
    "cur/sbroenne_sample-legacy-csv.csv",
    "focus/focus_1.0_sample_aws_only.csv",
)
ZONES = ("Asia/Kolkata", "America/New_York")
FRAMES = ("costs", "usage", "commitments", "ec2", "s3", "set_aside")


@pytest.fixture(scope="module", params=ZONES)
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine stands in one zone, and its Spark session begins in the other one."""
    need_spark()
    here: str = request.param
    before = os.environ.get("TZ")
    _stand_in(here)
    yield here
    _stand_in(before)


def _stand_in(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()


def _leave_session_elsewhere(here: str) -> None:
    with connected("pyspark") as backend:
        settings = backend.connection._session.conf
        settings.set("spark.sql.session.timeZone", next(zone for zone in ZONES if zone != here))
        settings.set("spark.sql.shuffle.partitions", "2")


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_the_same(zone: str, name: str, conformance_data: Path, tmp_path: Path) -> None:
    _leave_session_elsewhere(zone)
    one, other = (
        read_bill(conformance_data / name, backend=backend, cache=tmp_path / backend)
        for backend in ("duckdb", "pyspark")
    )
    assert len(one.costs) > 0
    for frame in FRAMES:
        mine, yours = _sorted(getattr(one, frame)), _sorted(getattr(other, frame))
        pd.testing.assert_frame_equal(mine, yours, rtol=1e-9, atol=1e-9, obj=frame)
    for field in fields(one.diagnosis):
        found = getattr(one.diagnosis, field.name)
        assert found == _near(getattr(other.diagnosis, field.name)), field.name
    assert (one.files, one.issues) == (other.files, other.issues)


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """By the text of every cell; money is exact, and a number is rounded for its place only."""
    if frame.empty:
        return frame.reset_index(drop=True)
    signs = frame.map(_sign).apply("\x1f".join, axis=1)
    return frame.loc[signs.sort_values(kind="stable").index].reset_index(drop=True)


def _sign(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float | Decimal) else str(value)


def _near(value: object) -> object:
    """The same with floats that may differ in their last digit."""
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-9, rel=1e-9)
    if isinstance(value, tuple):
        return tuple(_near(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _near(getattr(value, each.name)) for each in fields(value)})
    return value
