"""The Forecast section: months, scenarios that add up, scopes, and lists without history."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.answers.actions import actions
from finops.answers.outlook import OutlookSettings, outlook
from finops.answers.scenario import scenario
from finops.dashboard.outlook_view import _told
from finops.money import usd

from .apps import charts, choose, downloads, frames, press
from .conftest import EC2_CSV, S3_CSV, Open, cards, move, run, texts, upload


@pytest.fixture
def forecast(open_app: Open) -> AppTest:
    return move(open_app("S3"), "ML Insights", "Forecast")


def months(app: AppTest) -> pd.DataFrame:
    return next(frame for frame in frames(app) if "as_is_usd" in frame.columns)


def traces(app: AppTest) -> dict[str, dict]:
    [drawn] = charts(app)
    return {trace.get("name"): trace for trace in json.loads(drawn.proto.spec)["data"]}


def test_the_headline_is_the_answers(forecast: AppTest, sample: Estate) -> None:
    found = outlook(sample, OutlookSettings(basis="effective"))
    shown = cards(forecast)
    assert shown["As is, 12 months"] == usd(found.total_usd, 0) == shown["Scenario"]
    assert shown["Next month, 2026-11"] == usd(found.months[0].alone.mean_usd, 0)
    missed = found.tested[0].missed_pct[found.method]
    assert shown["Missed before, a month ahead"] == f"{missed:.1f}%"
    said = texts(forecast)
    assert f"Method: {found.method}; days of history: 413." in said.lower().replace("method", "Method")
    assert "Intervals to 2027-03: further than that they cannot be tested" in said
    assert {"Download the months", "Download the test"} <= downloads(forecast)


def test_the_chart_says_its_axes_and_draws_no_scenario_of_nothing(forecast: AppTest) -> None:
    drawn = traces(forecast)
    assert "scenario" not in drawn
    assert len(drawn["cost"]["x"]) == 12
    assert drawn["running month, expected at its end"]["x"] == ["2026-10"]
    [figure] = charts(forecast)
    layout = json.loads(figure.proto.spec)["layout"]
    assert layout["xaxis"]["title"]["text"] == "Month"
    assert layout["yaxis"]["title"]["text"] == "USD a month"
    added_up = choose(forecast, "Months", "Added up")
    layout = json.loads(charts(added_up)[0].proto.spec)["layout"]
    assert layout["yaxis"]["title"]["text"] == "USD, added up"


def test_growth_is_in_the_months(forecast: AppTest) -> None:
    """10 % a year: the twelfth month costs 1.1 times what it would; 1 % a month: 1.01 in the first."""
    forecast.slider[0].set_value(10.0)
    rows = months(run(forecast))
    assert rows["mean_usd"].iloc[-1] == pytest.approx(rows["as_is_usd"].iloc[-1] * 1.1)
    assert rows["growth_usd"].iloc[-1] == pytest.approx(rows["as_is_usd"].iloc[-1] * 0.1)
    assert "+10.0 % a year: month 12 costs 1.100 ×" in texts(forecast).replace("*", "")
    assert "scenario" in traces(forecast)
    choose(forecast, "Growth is", "a month")
    assert months(forecast)["growth_usd"].sum() == 0
    forecast.slider[0].set_value(1.0)
    rows = months(run(forecast))
    assert rows["mean_usd"].iloc[0] == pytest.approx(rows["as_is_usd"].iloc[0] * 1.01)


def test_the_chart_is_told_as_it_is_drawn(sample: Estate) -> None:
    found = outlook(sample)
    as_is = scenario(found)
    whole = usd(found.total_usd, 0)
    reach = found.bounded_months
    ahead = (
        f"2026-11 to 2027-10 as is, {whole} in all, with intervals of 80 and 95 % of the first {reach}"
    )
    assert _told(found, as_is, past=13, changed=False) == f"Cost of 13 past months and of {ahead} months"
    assert _told(found, as_is, past=0, changed=False) == f"Cost of {ahead} months"
    lists = replace(found, bounded_months=0)
    assert _told(lists, as_is, past=0, changed=True) == (
        f"Cost of 2026-11 to 2027-10 as is, {whole} in all; the scenario {whole}"
    )


def test_accepted_actions_lower_the_months_by_what_they_save(forecast: AppTest, sample: Estate) -> None:
    """Effective cost, no growth: each month is lower by a twelfth of what a year saves."""
    ranked = actions(sample)
    assert not [box for box in forecast.checkbox if "m5.4xlarge" in box.label]
    press(forecast, "Find the actions")
    press(forecast, "Accept all")
    rows = months(forecast)
    saved = rows["changes_usd"] + rows["purchases_usd"]
    # Each of the 24 actions is rounded by itself, so that its months add up.
    assert saved.tolist() == pytest.approx([-ranked.annual_saving_usd / 12] * 12, abs=0.24)
    assert "Download the actions" in downloads(forecast)
    press(forecast, "Accept none")
    assert months(forecast)["purchases_usd"].sum() == 0
    first = ranked.actions[0]
    box = next(one for one in forecast.checkbox if usd(first.annual_saving_usd, 0) in
               one.label.replace("\\", ""))  # fmt: skip
    box.check()
    rows = months(run(forecast))
    assert rows["changes_usd"].sum() == pytest.approx(-first.annual_saving_usd, abs=0.0051)
    press(forecast, "Accept all")
    at_most = "Usage shrinks: part of what is purchased goes unused"
    assert at_most not in texts(forecast)
    forecast.slider[0].set_value(-50.0)
    assert at_most in texts(run(forecast))
    forecast.slider[0].set_value(0.0)
    # Billed cost has upfront payments in the first month.
    choose(forecast, "Cost", "billed")
    press(forecast, "Accept all")
    bought = months(forecast)["purchases_usd"]
    assert bought.iloc[0] > 0 > bought.iloc[1]
    upfront = sum(one.upfront_usd for one in ranked.actions)
    assert bought.iloc[0] - bought.iloc[1] == pytest.approx(upfront)


def test_a_scope_has_months_of_its_own_and_no_actions(forecast: AppTest, sample: Estate) -> None:
    choose(forecast, "Scope", "team")
    assert "Choose which team is to be forecast." in texts(forecast)
    choose(forecast, "Value", "Platform")
    settings = OutlookSettings(scope_type="team", scope_value="Platform", basis="effective")
    assert cards(forecast)["As is, 12 months"] == usd(outlook(sample, settings).total_usd, 0)
    assert "choose the scope total to accept some" in texts(forecast)


def test_lists_have_a_run_rate_and_no_trend(forecast: AppTest) -> None:
    """$73, $146 and $30 a month: $249, twelve times $2,988."""
    app = upload(forecast, EC2_CSV, S3_CSV)
    assert "No statistical forecast: there is no history." in texts(app).replace("*", "")
    assert cards(app)["As is, 12 months"] == "$2,988"
    assert cards(app)["Missed before"] == "–"
    assert set(months(app)["mean_usd"]) == {249.0}
    assert months(app)["upper_80_usd"].isna().all()
    assert "upload usage" in texts(app)
    app.slider[0].set_value(100.0)
    assert months(run(app))["mean_usd"].iloc[-1] == pytest.approx(498.0)
