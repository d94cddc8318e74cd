"""``backtest`` on files: the promised keys, dollars by hand, one clear line for too little history."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops.cli import main

Json = dict[str, Any]

KEYS = {
    *("promised_savings_usd", "realized_savings_usd", "hindsight_savings_usd", "captured_pct", "folds"),
    *(
        "horizon_days",
        "history_days",
        "losing_pools_pct",
        "window",
        "as_of",
        "source",
        "notes",
        "issues",
    ),
}
OF_FOLD = {
    *("purchase_on", "window_days", "trend_adjusted", "horizon_days", "purchases", "on_demand_usd"),
    *("promised_savings_usd", "realized_savings_usd", "hindsight_savings_usd", "captured_pct"),
    *("pools", "losing_pools"),
}
LIMITS = ("--kinds", "compute_savings_plan", "--term", "1", "--payment", "No Upfront")


@pytest.fixture
def usage(tmp_path: Path) -> Callable[..., list[str]]:
    """``usage(days, first, then)``: m5.large in us-east-1, of which the last 30 days are ``then``."""

    def make(days: int, first: float, then: float) -> list[str]:
        hours = pd.date_range("2026-01-01", periods=days * 24, freq="h", tz="UTC")
        with (tmp_path / "usage.csv").open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["Hour", "Region", "InstanceType", "Quantity"])
            for number, hour in enumerate(hours):
                quantity = then if number >= len(hours) - 30 * 24 else first
                rows.writerow([hour.isoformat(), "us-east-1", "m5.large", quantity])
        return ["--usage", str(tmp_path / "usage.csv")]

    return make


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Json]:
    def answer(*words: str) -> Json:
        assert main(["backtest", *words, "--json"]) == 0
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


def test_the_keys_and_a_promise_that_is_kept(
    ask: Callable[..., Json], usage: Callable[..., list[str]]
) -> None:
    answer = ask(*usage(120, 3, 3), *LIMITS)
    assert set(answer) >= KEYS
    assert (answer["as_of"], answer["source"], answer["horizon_days"]) == ("2026-04-30", "hourly", 30)
    assert len(answer["folds"]) == 5
    assert all(set(fold) >= OF_FOLD for fold in answer["folds"])
    saved = answer["realized_savings_usd"]
    assert saved > 0
    # Promised and realised are the same bill; hindsight may use fractions of a tenth of a cent.
    assert answer["promised_savings_usd"] == pytest.approx(saved)
    assert answer["hindsight_savings_usd"] == pytest.approx(saved, rel=0.002)
    assert answer["captured_pct"] == pytest.approx(100, abs=0.2)
    assert sum(fold["realized_savings_usd"] for fold in answer["folds"]) == pytest.approx(saved)
    window = answer["window"]
    assert (window["days"], window["trend_adjusted"], len(window["candidates"])) == (60, True, 10)


def test_demand_that_vanishes_loses_what_the_plan_costs(
    ask: Callable[..., Json], usage: Callable[..., list[str]]
) -> None:
    answer = ask(*usage(90, 10, 0), *LIMITS, "--lookback-days", "30")
    [fold] = answer["folds"]
    assert (fold["window_days"], fold["trend_adjusted"], fold["purchase_on"]) == (
        30,
        False,
        "2026-03-02",
    )
    assert fold["on_demand_usd"] == 0
    assert fold["hindsight_savings_usd"] == 0
    assert fold["captured_pct"] is None
    assert fold["realized_savings_usd"] < 0 < fold["promised_savings_usd"]
    assert answer["window"]["given"]
    assert answer["window"]["candidates"] == []


def test_the_table_for_people(
    capsys: pytest.CaptureFixture[str], usage: Callable[..., list[str]]
) -> None:
    assert main(["backtest", *usage(120, 3, 3), *LIMITS]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Promised $")
    assert "5 origins in 120 days, each billed over the 30 days after it" in text
    assert "Advice of today is sized on the last 60 days, adjusted for its trend" in text
    assert "60 days, trend" in text


@pytest.mark.parametrize(("days", "there"), [(45, "there are 45"), (89, "there are 89")])
def test_too_little_history_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], usage: Callable[..., list[str]], days: int, there: str
) -> None:
    assert main(["backtest", *usage(days, 3, 3), "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "needs 90 days" in said.err
    assert there in said.err


def test_a_list_of_instances_is_no_history(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    listed = tmp_path / "ec2.csv"
    listed.write_text(
        "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State\n"
        "i-1,EC2,us-east-1,0.096,,2025-07-22,m5.large,running\n"
    )
    assert main(["backtest", "--ec2", str(listed), "--as-of", "2026-03-31"]) == 1
    said = capsys.readouterr()
    assert "no hourly usage" in said.err
    assert said.err.count("\n") == 1
