"""The benchmark of months: errors and shares on a series worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.cost_series import cost_series
from benchmarks.months_ahead import CUTS, months_ahead, summary
from finops.forecasting.months import LAST_MONTH, RUN_RATE


def test_errors_on_a_series_of_ones() -> None:
    """$1 a day: a month of 30 days after one of 31 is missed by 1 of 30 dollars by the last month."""
    series = cost_series("flat", 1)
    daily = series.daily.assign(usage_usd=1.0, recurring_usd=0.0, one_time_usd=0.0)
    rows = pd.DataFrame(months_ahead(replace(series, daily=daily)))
    assert len(rows) == sum(11 - place for place, _ in CUTS)
    assert rows[RUN_RATE].max() == pytest.approx(0, abs=1e-9)
    before, month = series.months[0].previous(), series.months[1]
    assert rows[LAST_MONTH].iloc[0] == pytest.approx(abs(before.days / month.days - 1) * 100)
    assert rows["in 95"].dropna().all()
    pooled = summary(rows, "kind").iloc[-1]
    assert pooled["shown"] == pytest.approx(0, abs=1e-4)
    assert pooled["in 80"] == 100
