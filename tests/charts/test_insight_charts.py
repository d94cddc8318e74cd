"""Charts of coming months and of anomalies: what is drawn, what is left out, and words on the axes."""

from __future__ import annotations

import math

import pandas as pd

from finops import charts

BOUNDS = ("lower_80_usd", "upper_80_usd", "lower_95_usd", "upper_95_usd")


def coming(known: int) -> pd.DataFrame:
    """Three months of $100, the first ``known`` of them within 90 … 110 and 80 … 120."""
    rows = [
        (f"2026-1{at}", 100.0, *((90.0, 110.0, 80.0, 120.0) if at < known else [math.nan] * 4))
        for at in range(3)
    ]
    return pd.DataFrame(rows, columns=["month", "mean_usd", *BOUNDS])


PAST = pd.DataFrame(
    [("2026-08", 95.0, "month"), ("2026-09", 97.0, "running")], columns=["month", "usd", "kind"]
)


def names(figure: object) -> list[str]:
    return [trace.name for trace in figure.data]  # type: ignore[attr-defined]


def test_the_fan_reaches_as_far_as_it_is_known() -> None:
    figure = charts.month_fan(PAST, coming(2), None, cumulative=False)
    [upper] = [trace for trace in figure.data if trace.name == "95 % up to"]
    assert (list(upper.x), list(upper.y)) == (["2026-10", "2026-11"], [120.0, 120.0])
    assert "scenario" not in names(figure)
    [line] = [trace for trace in figure.data if trace.name == "as is"]
    assert len(line.x) == 3
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Month", "USD a month")


def test_without_bounds_there_is_no_fan() -> None:
    drawn = names(charts.month_fan(PAST.iloc[:0], coming(0), coming(0), cumulative=True))
    assert drawn == ["as is", "scenario"]


def test_the_running_month_is_told_from_whole_ones() -> None:
    figure = charts.month_fan(PAST, coming(1), None, cumulative=False)
    bars = {trace.name: list(trace.x) for trace in figure.data if trace.type == "bar" and trace.x[0]}
    assert bars == {"cost": ["2026-08"], "running month, expected at its end": ["2026-09"]}


def days() -> pd.DataFrame:
    """Four days: the first not expected yet, the last without a figure, and both last anomalous."""
    return pd.DataFrame(
        {
            "date": pd.date_range("2026-10-01", periods=4).date,
            "actual_usd": [10.0, 10.0, 30.0, math.nan],
            "expected_usd": [math.nan, 10.0, 10.0, 11.0],
            "lower_usd": [math.nan, 9.0, 9.0, 10.0],
            "upper_usd": [math.nan, 11.0, 11.0, 12.0],
            "anomalous": [False, False, True, True],
        }
    )


def test_anomalous_days_are_marked_and_missing_ones_at_what_was_expected() -> None:
    figure = charts.anomaly_days(days())
    [marked] = [trace for trace in figure.data if trace.name == "anomaly"]
    assert list(marked.y) == [30.0, 11.0]
    [band] = [trace for trace in figure.data if trace.name == "usual up to"]
    assert list(band.y) == [11.0, 11.0, 12.0]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "Day (UTC)",
        "USD a day",
    )


def test_months_of_anomalies_go_up_and_down() -> None:
    months = pd.DataFrame({"month": ["2026-09"], "more_usd": [5.0], "less_usd": [-7.0]})
    figure = charts.anomaly_months(months)
    assert [list(trace.y) for trace in figure.data] == [[5.0], [-7.0]]
    assert figure.layout.barmode == "relative"
