"""Figures: names as they are, rows that stay apart, colours that can be seen."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from finops import charts
from finops.charts import theme

LIGHT, DARK = "#ffffff", "#0f1720"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize(
    "colour", [theme.BLUE, theme.TEAL, theme.ORANGE, theme.RED, theme.GREY, theme.VIOLET]
)
def test_colours_are_seen_on_both_backgrounds(colour: str, background: str) -> None:
    assert contrast(colour, background) >= 3


def ranked(names: list[str], costs: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"name": names, "cost_usd": costs, "previous_usd": costs})


def test_names_are_drawn_as_they_are() -> None:
    figure = charts.ranked_bars(ranked(["<b>bold</b> & co", "plain"], [2, 1]), rows="Team")
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;bold&lt;/b&gt; &amp; co", "plain")


def test_two_long_names_that_are_cut_alike_stay_two_bars() -> None:
    long = [f"{'x' * 30}{middle}{'y' * 30}" for middle in "ab"]
    figure = charts.ranked_bars(ranked(long, [2, 1]), rows="Team")
    assert len(set(figure.layout.yaxis.ticktext)) == 1
    assert list(figure.data[0].y) == [0, 1]


def test_the_first_row_is_on_top() -> None:
    figure = charts.ranked_bars(ranked(["a", "b"], [2, 1]), rows="Team")
    assert figure.layout.yaxis.autorange == "reversed"


def test_compared_bars_show_both_periods() -> None:
    figure = charts.compared_bars(ranked(["a"], [2]), now="2026-09", before="month before", rows="Team")
    assert [trace.name for trace in figure.data] == ["2026-09", "month before"]


def test_below_target_has_another_colour() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "percent": [95.0, 94.9]})
    figure = charts.percent_bars(frame, target_pct=95, rows="Tag", unit="Compliant resources, %")
    assert tuple(figure.data[0].marker.color) == (theme.GOOD, theme.WARNING)


def test_an_unknown_percentage_leaves_the_gauge_empty() -> None:
    assert charts.percent_gauge(None, 70).data[0].value is None


def test_waterfall_steps_lead_from_the_start_to_the_end() -> None:
    figure = charts.waterfall(("start", 10.0), [("less", -4.0)], ("end", 6.0))
    assert figure.data[0].measure == ("absolute", "relative", "total")
    assert list(figure.data[0].x) == [10.0, -4.0, 6.0]


def test_scatter_leaves_out_what_is_not_known() -> None:
    frame = pd.DataFrame(
        {
            "InstanceId": ["i-1", "i-2", "i-3"],
            "InstanceType": ["m5.large"] * 3,
            "Region": ["us-east-1"] * 3,
            "State": ["running", "running", "stopped"],
            "CPUUtilization": [1.0, None, 3.0],
            "MemoryUtilization": [1.0, 2.0, 3.0],
            "MonthlyCostUSD": [1.0, 2.0, None],
            "Finding": ["Idle", "Idle", None],
        }
    )
    figure = charts.utilization_scatter(frame)
    assert [(trace.name, len(trace.x)) for trace in figure.data] == [
        ("running", 1),
        ("stopped", 1),
        ("has a finding", 1),
    ]
    assert [mark[4] for trace in figure.data for mark in trace.customdata] == [
        "<br>Idle",
        "",
        "<br>Idle",
    ]


def test_of_many_instances_the_dearest_have_marks() -> None:
    """6,000 at $1 to $6,000: those above $1,000 are drawn, and the rings of theirs alone."""
    cost = pd.Series(range(1, 6001), dtype="float64")
    frame = pd.DataFrame(
        {
            "InstanceId": [f"i-{at}" for at in range(6000)],
            "InstanceType": "m5.large",
            "Region": "us-east-1",
            "State": "running",
            "CPUUtilization": 1.0,
            "MemoryUtilization": 2.0,
            "MonthlyCostUSD": cost,
            "Finding": cost.map({1.0: "Idle", 6000.0: "Idle"}),
        }
    )
    running, rings = charts.utilization_scatter(frame).data
    assert sorted(mark[3] for mark in running.customdata) == list(range(1001, 6001))
    assert [list(mark) for mark in rings.customdata] == [
        ["i-5999", "m5.large", "us-east-1", 6000.0, "<br>Idle"]
    ]
    assert len(charts.utilization_scatter(frame.head(5000)).data[0].x) == 5000


def test_treemap_has_no_area_for_a_credit() -> None:
    figure = charts.cost_treemap(ranked(["a", "credit"], [2.0, -1.0]), name="name", value="cost_usd")
    assert list(figure.data[0].labels) == ["a"]


def test_names_have_the_same_order_in_months_and_days() -> None:
    frame = pd.DataFrame(
        {
            "month": ["2026-09"] * 2,
            "date": pd.to_datetime(["2026-09-01"] * 2),
            "name": ["small", "large"],
            "cost_usd": [1.0, 2.0],
        }
    )
    order = ["large", "small"]
    drawn = charts.stacked_months(frame, order), charts.daily_lines(frame, order)
    assert all([trace.name for trace in figure.data] == order for figure in drawn)


def test_bars_grow_with_their_number() -> None:
    heights = [theme.bars_height(count) for count in (2, 10, 20)]
    assert all(lower < higher for lower, higher in pairwise(heights))


def test_budget_bars_show_actual_budget_and_forecast() -> None:
    frame = pd.DataFrame(
        {"name": ["a"], "amount_usd": [10.0], "actual_usd": [4.0], "forecast_usd": [float("nan")]}
    )
    figure = charts.budget_bars(frame, [theme.GOOD])
    assert [trace.name for trace in figure.data] == ["actual", "budget", "forecast at the end"]


def path_frames(*, bounds: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two days at $1 and $2 to date, and two to come at $3 and $4, give or take 10 and 20 cents."""
    days = pd.date_range("2026-01-01", periods=4).date
    past = pd.DataFrame({"date": days[:2], "usd": [1.0, 2.0]})
    coming = pd.DataFrame({"date": days[2:], "mean_usd": [3.0, 4.0]})
    for level, reach in ((80, 0.1), (95, 0.2)):
        coming[f"lower_{level}_usd"] = coming["mean_usd"] - reach if bounds else float("nan")
        coming[f"upper_{level}_usd"] = coming["mean_usd"] + reach if bounds else float("nan")
    return past, coming


def by_name(figure) -> dict[str, list[float]]:
    return {one.name: list(one.y) for one in figure.data}


def test_a_budget_path_draws_what_it_was_given() -> None:
    figure = charts.budget_path(
        *path_frames(), {"80%": 4.0}, budget_usd=5.0, cumulative=True, plan=(1.25, 5.0)
    )
    lines = by_name(figure)
    assert lines["spent to date"] == [1, 2]
    assert lines["forecast"] == [3, 4]
    assert lines["95 % from"] == pytest.approx([2.8, 3.8])
    assert lines["80 % up to"] == pytest.approx([3.1, 4.1])
    assert (lines["80%"], lines["budget"], lines["straight line"]) == ([4, 4], [5, 5], [1.25, 5])
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "Day (UTC)",
        "USD since the period began",
    )


def test_a_budget_path_by_day_has_bars_and_without_bounds_no_fan() -> None:
    figure = charts.budget_path(*path_frames(bounds=False), {}, budget_usd=1.0, cumulative=False)
    assert [one.type for one in figure.data if one.name == "spent"] == ["bar"]
    assert not [name for name in by_name(figure) if "%" in name]
    assert figure.layout.yaxis.title.text == "USD a day"


def test_a_budget_path_without_a_day_says_so() -> None:
    past, coming = (frame.iloc[:0] for frame in path_frames())
    figure = charts.budget_path(past, coming, {}, budget_usd=1.0, cumulative=True)
    assert figure.layout.annotations[0].text == "nothing to show"


def test_variance_bars_have_a_colour_a_period() -> None:
    frame = pd.DataFrame(
        {"period": ["2026-01-01", "2026-02-01"], "amount_usd": [1.0, 1.0], "actual_usd": [2.0, None]}
    )
    figure = charts.variance_bars(frame, [theme.BAD, theme.NEUTRAL])
    assert list(figure.data[0].marker.color) == [theme.BAD, theme.NEUTRAL]
    assert list(figure.data[1].y) == [1, 1]


def test_a_bridge_is_cut_where_its_steps_are_small_and_says_so() -> None:
    """From 100 by +2 to 102 the axis begins at 100 − 2; from 100 by −60 to 40 it begins at 0."""
    cut = charts.bridge(("before", 100.0), [("price", 2.0)], ("after", 102.0), unit="USD")
    assert list(cut.layout.xaxis.range) == [98.0, 103.0]
    assert cut.layout.xaxis.title.text == "USD; the axis does not begin at 0"
    whole = charts.bridge(("before", 100.0), [("usage", -60.0)], ("after", 40.0), unit="USD")
    assert whole.layout.xaxis.range is None
    assert whole.layout.xaxis.title.text == "USD"
