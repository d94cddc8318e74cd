"""The benchmark of forecasts: errors, table, verdicts and fit on cases worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.cost_series import CUT_DAYS, cost_series
from benchmarks.forecasting import (
    POOLED,
    RULES,
    fitted,
    forecasts,
    ratios,
    sample_series,
    summary,
    verdicts,
)
from finops.forecasting.intervals import LEVELS


def test_rules_and_errors_on_a_series_of_ones_with_a_fee() -> None:
    # $1 a day and $30 on the 1st: a month of 30 days is $60. After day 5 the run rate is 35 ÷ 5 × 30 =
    # $210, an error of 250 %; the last week holds the 1st, so that the naive rule repeats it.
    series = cost_series("month_start", 1)
    days = series.daily.index
    daily = series.daily.assign(
        usage_usd=1.0, recurring_usd=np.where(days.day == 1, 30.0, 0.0), one_time_usd=0.0
    )
    month = next(month for month in series.months if month.days == 30)
    found = {one.day: one for one in forecasts(replace(series, daily=daily, months=(month,)))}
    assert tuple(found) == CUT_DAYS
    assert found[5].run_rate == pytest.approx(250)
    assert found[10].run_rate == pytest.approx((40 / 10 * 30 / 60 - 1) * 100)
    assert found[10].seasonal_naive == pytest.approx(0)
    assert [one.ours for one in found.values()] == pytest.approx([0] * 5, abs=1e-6)


def rows(kind: str, ours: list[float], rules: list[float], inside: list[bool | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "cluster": range(len(ours)),
            "ours": ours,
            **dict.fromkeys(RULES, rules),
            "in_80": inside,
            "in_95": inside,
            "seconds": 0.002,
        }
    )


def test_the_table_pools_the_kinds_that_do_not_break() -> None:
    each = [
        rows("flat", [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [True, True, None]),
        rows("growth", [3.0, 3.0, 3.0], [2.0, 2.0, 2.0], [True, False, False]),
        rows("step", [50.0] * 3, [60.0] * 3, [False] * 3),
    ]
    table = summary(pd.concat(each, ignore_index=True)).set_index("kind")
    assert table.loc["flat", "ours - run_rate"] == -1
    assert table.loc["growth", "± run_rate"] == 0  # every series is alike
    assert table.loc[POOLED, "ours"] == 2  # the middle of 1, 1, 1, 3, 3, 3
    assert table.loc[POOLED, "in 80"] == pytest.approx(3 / 5 * 100)
    assert table.loc["flat", "bounded"] == pytest.approx(2 / 3 * 100)
    said = verdicts(table.reset_index())
    assert said[0] == "pooled median error below both: NO"
    assert said[1].endswith("growth against run_rate, growth against seasonal_naive")
    assert said[2] == "80 % interval holds 77-83 %: NO (60.0)"
    assert said[4] == "median processor time at most 5 ms: yes (2.0)"


def test_a_fit_finds_the_line_that_the_misses_follow() -> None:
    # Misses spread evenly from 0 to (2 + 3 × x) ÷ level: that share of them lies below 2 + 3 × x.
    x = np.repeat(np.linspace(0.05, 1, 50), 400)
    even = np.tile((np.arange(400) + 0.5) / 400, 50)
    found = fitted(np.column_stack([x, *(even * (2 + 3 * x) / level for level in LEVELS)]))
    for base, few in found:
        assert base == pytest.approx(2, abs=0.1)
        assert few == pytest.approx(3, abs=0.2)


def test_misses_are_those_of_the_forecast() -> None:
    series = cost_series("flat", 2)
    found = np.array(ratios(("flat", 2)))
    assert len(found) == len(list(series.cuts()))
    inside = np.mean([one.in_95 for one in forecasts(series)])
    assert abs(inside - np.mean(found[:, 2] <= 1.1)) < 0.1


def test_the_sample_is_a_series_of_its_own() -> None:
    series = sample_series()
    assert [str(series.months[0]), str(series.months[-1])] == ["2025-10", "2026-09"]
    month = series.months[-1]
    billed = series.daily.loc["2026-09"].sum().sum()
    assert series.month_end(month, 5) == pytest.approx(billed)
