"""JSON for scripts and tables for readers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from finops.cli.output import as_json, percent, silenced, table


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    usd: Decimal


def test_every_type_has_its_json() -> None:
    document = {
        "record": Record("a", Decimal("1.10")),
        "frame": pd.DataFrame({"x": [1.5, float("nan")], "n": pd.array([1, None], dtype="Int64")}),
        "day": date(2026, 9, 30),
        "time": pd.Timestamp("2026-09-30T12:00", tz="UTC"),
        "missing": [pd.NaT, pd.NA, np.nan, None],
        "numbers": (np.int64(3), np.float64(0.5), np.bool_(True), Decimal("-0.0")),
    }
    assert json.loads(as_json(document)) == {
        "record": {"name": "a", "usd": 1.1},
        "frame": [{"x": 1.5, "n": 1}, {"x": None, "n": None}],
        "day": "2026-09-30",
        "time": "2026-09-30T12:00:00+00:00",
        "missing": [None, None, None, None],
        "numbers": [3, 0.5, True, 0.0],
    }
    assert "-0.0" not in as_json(document)


def test_numbers_stand_to_the_right() -> None:
    lines = table(("team", "usd"), [("a", "$1.00"), ("long name", "$1,000.00")]).splitlines()
    assert lines[2] == "a              $1.00"
    assert lines[3] == "long name  $1,000.00"


def test_an_empty_table_says_so() -> None:
    assert table(("team",), []) == "(none)"


def test_an_unknown_percentage_is_a_dash() -> None:
    assert (percent(None), percent(float("nan")), percent(61.25, 1)) == ("–", "–", "61.2%")


def test_what_libraries_print_is_not_in_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    with silenced():
        os.write(1, b"a line of a library in C")
    os.write(1, b"the answer")
    assert capfd.readouterr().out == "the answer"
