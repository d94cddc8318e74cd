"""Charts of commitments: what is drawn of a frame, of none, of one row, and of unknown values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from finops import charts
from finops.charts import commitments, theme

NAME = f"{'x' * 40}<b>{'y' * 40}"


def hours(count: int) -> pd.DataFrame:
    start = pd.date_range("2026-01-01", periods=count, freq="h", tz="UTC")
    demand = np.arange(count) % 24.0
    return pd.DataFrame({"hour": start, "demand": demand, "served": 5.0, "on_demand": demand / 2})


COVERAGE = pd.DataFrame(
    {
        "date": pd.date_range("2026-01-01", periods=3, tz="UTC"),
        "coverage_pct": [60.0, None, 70.0],
        "utilization_pct": [90.0, 95.0, None],
    }
)
REGIONS = pd.DataFrame(
    {
        "date": pd.date_range("2026-01-01", periods=3, tz="UTC"),
        "group": [NAME, NAME, "west"],
        "coverage_pct": [60.0, 65.0, None],
    }
)
RATE = pd.DataFrame(
    {"date": pd.date_range("2026-01-01", periods=3, tz="UTC"), "rate_pct": [10.0, -5.0, None]}
)
FRONTIER = pd.DataFrame(
    {
        "upfront_usd": [0.0, 100.0, None],
        "annual_savings_usd": [10.0, 20.0, 30.0],
        "chosen": [False, True, False],
        "name": [NAME, "most", "unknown"],
    }
)
DURATION = pd.DataFrame({"share_pct": [50.0, 100.0], "available": [10.0, 4.0]})
LADDER = pd.DataFrame(
    {
        "name": [NAME, NAME, "c", "never begins"],
        "start": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01", None], utc=True),
        "end": pd.to_datetime(["2027-01-01", "2027-02-01", "2029-02-28", "2030-01-01"], utc=True),
        "state": ["owned", "advised", "renewal", "owned"],
        "hourly_usd": [1.5, None, 0.25, 1.0],
    }
)
FOLDS = pd.DataFrame(
    {
        "fold": ["2026-01-01", "2026-02-01"],
        "promised_usd": [100.0, 110.0],
        "realised_usd": [90.0, None],
        "hindsight_usd": [120.0, 130.0],
    }
)
STEPS = pd.DataFrame(
    {
        "amount": [0.0, 1.0, 2.0, 3.0],
        "marginal_usd": [None, 300.0, -40.0, -80.0],
        "state": ["bought", "bought", "next", "further"],
    }
)

Draw = Callable[[pd.DataFrame], go.Figure]
CHARTS: dict[str, tuple[Draw, pd.DataFrame]] = {
    "coverage": (lambda frame: charts.coverage_over_time(frame, 70), COVERAGE),
    "groups": (lambda frame: charts.coverage_by_group(frame, [NAME, "west"], 70, 80), REGIONS),
    "rate": (charts.savings_rate_over_time, RATE),
    "frontier": (commitments.savings_frontier, FRONTIER),
    "hours": (lambda frame: commitments.hour_by_hour(frame, NAME), hours(48)),
    "duration": (
        lambda frame: commitments.duration_curve(frame, amount=5, break_even_pct=60),
        DURATION,
    ),
    "ladder": (
        lambda frame: commitments.ladder_timeline(frame, today=pd.Timestamp("2026-06-01", tz="UTC")),
        LADDER,
    ),
    "backtest": (commitments.backtest_bars, FOLDS),
    "marginal": (commitments.marginal_savings, STEPS),
}
EVERY = pytest.mark.parametrize(("draw", "frame"), CHARTS.values(), ids=CHARTS)


@EVERY
def test_nothing_unknown_is_written(draw: Draw, frame: pd.DataFrame) -> None:
    text = draw(frame).to_json()
    assert not any(word in text for word in ("NaN", "NaT", "nan", "None", "null"))
    assert "<b>" not in text


@EVERY
def test_a_frame_without_rows_says_so(draw: Draw, frame: pd.DataFrame) -> None:
    figure = draw(frame.iloc[:0])
    assert len(figure.data) == 0
    assert [note.text for note in figure.layout.annotations] == ["nothing to show"]
    assert figure.layout.xaxis.visible is False


@EVERY
def test_one_row_is_seen(draw: Draw, frame: pd.DataFrame) -> None:
    figure = draw(frame.iloc[1:2])
    for trace in figure.data:
        assert trace.type == "bar" or "markers" in trace.mode
    assert all(note.text != "nothing to show" for note in figure.layout.annotations)


@EVERY
def test_frames_are_not_changed_and_the_background_is_the_page(draw: Draw, frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    figure = draw(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.width is None


def test_coverage_has_its_target_and_the_days_that_are_known() -> None:
    figure = charts.coverage_over_time(COVERAGE, 70)
    assert [list(trace.y) for trace in figure.data] == [[60, 70], [90, 95]]
    assert figure.layout.shapes[0].y0 == 70
    assert figure.layout.annotations[0].text == "target 70%"
    assert not charts.coverage_over_time(COVERAGE).layout.shapes


def test_groups_have_a_line_each_in_their_order() -> None:
    figure = charts.coverage_by_group(REGIONS, ["west", NAME], 70, 80)
    assert [list(trace.y) for trace in figure.data] == [[], [60, 65]]
    assert [shape.y0 for shape in figure.layout.shapes] == [70, 80]
    assert "<" not in figure.data[1].name


def test_a_savings_rate_may_be_below_zero() -> None:
    [line] = charts.savings_rate_over_time(RATE).data
    assert list(line.y) == [10, -5]


def test_the_gauge_marks_every_target() -> None:
    gauge = charts.percent_gauge(75, 70, 80).data[0].gauge
    assert gauge.threshold.value == 70 and gauge.bar.color == theme.GOOD
    assert [sum(step.range) / 2 for step in gauge.steps] == [80]


def test_the_chosen_point_of_the_frontier_is_marked() -> None:
    line, chosen = commitments.savings_frontier(FRONTIER).data
    assert list(line.x) == [0, 100] and list(line.y) == [10, 20]
    assert list(chosen.x) == [100] and list(chosen.text) == ["chosen"]


def test_the_frontier_of_risk_is_not_in_dollars() -> None:
    frame = FRONTIER.rename(columns={"upfront_usd": "risk"}).drop(columns="name")
    figure = commitments.savings_frontier(frame, x="risk", x_title="Risk setting")
    assert figure.layout.xaxis.tickformat == "~g"
    assert figure.layout.xaxis.title.text == "Risk setting"


def test_of_many_hours_the_last_are_drawn() -> None:
    figure = commitments.hour_by_hour(hours(3_000), "m5.large")
    assert [trace.name for trace in figure.data] == ["demand", "served by it", "left On-Demand"]
    for trace in figure.data:
        assert len(trace.x) == commitments.MOST_POINTS
    assert pd.Timestamp(figure.data[0].x[-1]) == hours(3_000)["hour"].iloc[-1].tz_localize(None)


def test_a_long_title_is_cut_and_read_as_text() -> None:
    title = commitments.hour_by_hour(hours(2), NAME).layout.title.text
    assert "…" in title and "<" not in title and len(title) < 60


def test_the_ladder_has_a_bar_for_each_term() -> None:
    figure = commitments.ladder_timeline(LADDER)
    assert [trace.name for trace in figure.data] == ["owned", "advised", "renewal"]
    assert [list(trace.y) for trace in figure.data] == [[0], [1], [2]]
    assert list(figure.data[0].x) == [365 * 86_400_000]
    assert figure.data[0].customdata[0][3] == "<br>$1.500 an hour"
    assert figure.data[1].customdata[0][3] == ""
    assert [trace.marker.color for trace in figure.data] == [theme.GREY, theme.BLUE, theme.TEAL]


def test_the_backtest_draws_what_is_known_of_each_fold() -> None:
    promised, realised, hindsight = commitments.backtest_bars(FOLDS).data
    assert list(promised.y) == [100, 110] and list(hindsight.y) == [120, 130]
    assert list(realised.x) == ["2026-01-01"] and list(realised.y) == [90]


def test_folds_of_one_name_stay_apart() -> None:
    figure = commitments.backtest_bars(FOLDS.assign(fold="same"))
    assert list(figure.layout.xaxis.categoryarray) == ["same", "same (2)"]


def test_the_next_unit_has_a_colour_of_its_own() -> None:
    figure = commitments.marginal_savings(STEPS)
    assert [trace.name for trace in figure.data] == ["bought", "next", "further"]
    assert [list(trace.x) for trace in figure.data] == [["1"], ["2"], ["3"]]
    colours = [trace.marker.color for trace in figure.data]
    assert colours == [theme.MAIN, theme.WARNING, theme.NEUTRAL] and len(set(colours)) == 3


@pytest.mark.parametrize(("largest", "written"), [(300.0, theme.DOLLARS), (3.0, theme.CENTS)])
def test_small_savings_are_written_with_cents(largest: float, written: str) -> None:
    figure = commitments.marginal_savings(STEPS.assign(marginal_usd=[None, largest, -1.0, -2.0]))
    assert figure.data[0].texttemplate == f"%{{y:{written}}}"
