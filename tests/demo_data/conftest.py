"""The committed sample as its files hold it, and the sample as the generator makes it now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops.periods import Month, between
from scripts.demo_data.files import read_frame
from scripts.demo_data.sample import Sample, make_sample

SEPTEMBER = Month(2026, 9)


@pytest.fixture(scope="session")
def made() -> Sample:
    return make_sample()


@pytest.fixture(scope="session")
def folder(tree: Path) -> Path:
    return tree / "data"


@pytest.fixture(scope="session")
def compute(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "aws_resources_compute.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="session")
def storage(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "aws_resources_S3.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="session")
def costs(folder: Path) -> pd.DataFrame:
    return read_frame(folder / "costs.parquet")


@pytest.fixture(scope="session")
def september(costs: pd.DataFrame) -> pd.DataFrame:
    return costs[between(costs["ChargePeriodStart"], SEPTEMBER.start, SEPTEMBER.end)]


@pytest.fixture(scope="session")
def usage(folder: Path) -> pd.DataFrame:
    return read_frame(folder / "usage.parquet")


@pytest.fixture(scope="session")
def commitments(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "commitments.json").read_text())
    return found


@pytest.fixture(scope="session")
def truths(folder: Path) -> dict[str, dict[str, Any]]:
    listed = json.loads((folder / "planted_truths.json").read_text())["truths"]
    return {truth["name"]: truth for truth in listed}
