"""The Anomalies section: what is listed, its days and causes, and feedback that is kept and used."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.answers import anomalies as answers
from finops.answers.anomalies import AnomalyReport, anomalies
from finops.answers.anomaly_course import detector_check
from finops.dashboard import anomalies_view
from finops.insights.anomaly_feedback import FEEDBACK_FILE
from finops.money import usd
from finops.storage import default_store

from .apps import charts, choose, downloads, field, frames, press
from .conftest import EC2_CSV, Open, cards, move, run, texts, upload
from .made_checks import judged

NOW = datetime(2026, 10, 19, tzinfo=UTC)


@pytest.fixture
def opened(open_app: Open) -> Callable[[], AppTest]:
    def made() -> AppTest:
        return move(open_app("S3"), "ML Insights", "Anomalies")

    return made


@pytest.fixture(scope="module")
def report(sample: Estate) -> AnomalyReport:
    return anomalies(sample, feedback=())


def listed(app: AppTest) -> list[str]:
    return list(next(frame for frame in frames(app) if "cause" in frame.columns)["id"])


def test_the_anomalies_of_the_answer_are_listed(
    opened: Callable[[], AppTest], report: AnomalyReport, sample: Estate
) -> None:
    app = opened()
    assert listed(app) == [one.id for one in report.anomalies]
    shown = cards(app)
    assert shown["Anomalies"] == str(len(report.anomalies))
    more = sum(max(day.impact_usd or 0, 0) for one in report.anomalies for day in one.days)
    assert shown["More than expected"] == usd(more, 0)
    check = detector_check(sample, "effective")
    assert check is not None
    half = check.planted[1]
    share = f"{half.found / half.spikes:.0%}"
    assert f"of {half.spikes} planted spikes of +50 % {share} are found" in texts(app)
    assert {"Download the anomalies", "Download the causes", "Download the days"} <= downloads(app)


def test_where_a_simple_rule_finds_more_the_list_is_asked_for(
    opened: Callable[[], AppTest], report: AnomalyReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomalies_view, "detector_check", judged("worse"))
    app = opened()
    assert (
        "A simple rule does better on this bill: of the dollars of 96 planted spikes 11 % are found at "
        "0.00 alarms a month and scope, and 58 % by the rule “today > mean × 1.61” at 0.04."
    ) in app.warning[0].value.replace("\\", "")
    assert not any("cause" in frame.columns for frame in frames(app))
    assert "Anomalies" not in cards(app)
    next(one for one in app.toggle if one.label == "Show them anyway").set_value(True)
    assert listed(run(app)) == [one.id for one in report.anomalies]


def test_where_a_simple_rule_finds_as_much_that_is_said(
    opened: Callable[[], AppTest], report: AnomalyReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomalies_view, "detector_check", judged("as_good"))
    app = opened()
    assert listed(app) == [one.id for one in report.anomalies]
    assert not app.warning
    assert "A simple rule would do as well on this bill" in texts(app)


def test_the_chosen_one_is_drawn_with_its_days_and_causes(
    opened: Callable[[], AppTest], report: AnomalyReport
) -> None:
    one = report.anomalies[1]
    app = choose(opened(), "Anomaly", one.id)
    assert f"{usd(one.impact_usd)} more" in texts(app).replace("*", "")
    causes = next(frame for frame in frames(app) if "share_pct" in frame.columns)
    for _, values in causes.groupby("dimension"):
        assert values["impact_usd"].sum() == pytest.approx(one.impact_usd)
    days = next(frame for frame in frames(app) if list(frame.columns)[:2] == ["date", "actual_usd"])
    assert list(days["date"]) == [day.date for day in one.days]
    spec = json.loads(charts(app)[-1].proto.spec)
    assert spec["layout"]["yaxis"]["title"]["text"] == "USD a day"
    marked = next(trace for trace in spec["data"] if trace["name"] == "anomaly")
    assert len(marked["x"]) == len(one.days)
    around = len(next(trace for trace in spec["data"] if trace["name"] == "actual")["x"])
    choose(app, "Days", "All days")
    spec = json.loads(charts(app)[-1].proto.spec)
    whole = next(trace for trace in spec["data"] if trace["name"] == "actual")
    assert around < len(whole["x"]) == report.history_days


def test_filters_by_scope_and_severity(opened: Callable[[], AppTest], report: AnomalyReport) -> None:
    app = opened()
    field(app, "Severity").set_value(["medium"])
    assert listed(run(app)) == [one.id for one in report.anomalies if one.severity == "medium"]
    field(app, "Severity").set_value([])
    choose(app, "Scope", "service")
    choose(app, "Value", "Amazon Simple Storage Service")
    # Listed of a region, and explained by the service.
    assert listed(app) == ["f6510172bbc1"]
    field(app, "Severity").set_value(["low"])
    assert "No anomaly fits what is chosen above." in texts(run(app))


def test_noise_is_muted_at_once_and_can_be_taken_back(
    opened: Callable[[], AppTest], report: AnomalyReport, sample: Estate
) -> None:
    one = report.anomalies[0]
    app = choose(opened(), "Anomaly", one.id)
    field(app, "Note").set_value("load test")
    press(app, "No, noise")
    [kept] = answers.verdicts(sample)
    assert (kept.anomaly_id, kept.verdict, kept.note) == (one.id, "no", "load test")
    assert one.id not in listed(app)
    field(app, "Muted").set_value(True)
    run(app)
    assert one.id in listed(app)
    press(app, "Take it back")
    assert answers.verdicts(sample) == ()
    assert one.id in listed(app)


def test_a_planned_one_has_its_last_day(
    opened: Callable[[], AppTest], report: AnomalyReport, sample: Estate
) -> None:
    one = report.anomalies[0]
    app = choose(opened(), "Anomaly", one.id)
    field(app, "Planned until").set_value(date(2026, 10, 25))
    press(app, "Planned")
    [kept] = answers.verdicts(sample)
    assert (kept.verdict, kept.start, kept.until) == ("planned", one.date, date(2026, 10, 25))
    assert one.id not in listed(app)


def test_yes_is_kept_with_the_anomaly(opened: Callable[[], AppTest], report: AnomalyReport) -> None:
    app = choose(opened(), "Anomaly", report.anomalies[2].id)
    press(app, "Yes, an anomaly")
    assert "Said to be an anomaly." in texts(app).replace("*", "")
    press(app, "Take back")
    assert "Was it one?" in texts(app)


def test_an_event_is_planned_before_it_comes(opened: Callable[[], AppTest], sample: Estate) -> None:
    app = opened()
    press(app, "Plan it")
    [kept] = answers.verdicts(sample)
    assert (kept.dimension, kept.verdict, kept.start) == ("total", "planned", date(2026, 10, 19))
    assert kept.until == date(2026, 11, 1)
    choose(app, "Scope of the event", "region")
    press(app, "Plan it")
    assert "the scope region needs a value" in app.error[0].value.replace("\\", "").lower()
    assert len(answers.verdicts(sample)) == 1


def test_a_typed_scope_that_the_bill_lacks_is_told_and_planned(
    opened: Callable[[], AppTest], sample: Estate
) -> None:
    app = choose(opened(), "Scope of the event", "account")
    choose(app, "Value of the scope", "333344445555")
    assert "The bill has no" not in texts(app)
    # The browser lets one type a value; here it has to be among those of the list.
    field(app, "Value of the scope").options.append("99999typo")
    choose(app, "Value of the scope", "99999typo")
    assert "The bill has no account 99999typo; it is planned all the same" in texts(app)
    field(app, "Value of the scope").options.append("99999typo")
    press(app, "Plan it")
    [kept] = answers.verdicts(sample)
    assert (kept.dimension, kept.value) == ("account", "99999typo")


def test_two_readers_lose_nothing_of_each_other(
    opened: Callable[[], AppTest], report: AnomalyReport, sample: Estate
) -> None:
    """Another anomaly's verdict is kept beside; on the same one the later is refused, and told."""
    mine, other = report.anomalies[0], report.anomalies[1]
    app = choose(opened(), "Anomaly", mine.id)
    answers.give_feedback(sample, other.id, "yes", at=NOW)
    press(app, "Yes, an anomaly")
    assert {one.anomaly_id for one in answers.verdicts(sample)} == {mine.id, other.id}

    answers.give_feedback(sample, mine.id, "planned", at=NOW)
    press(app, "No, noise")
    assert "somebody else has just said planned" in app.error[0].value.replace("\\", "").lower()
    kept = {one.anomaly_id: one.verdict for one in answers.verdicts(sample)}
    assert kept == {mine.id: "planned", other.id: "yes"}


def test_a_broken_file_is_put_out_of_the_way(opened: Callable[[], AppTest]) -> None:
    path = default_store().path(FEEDBACK_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    app = opened()
    assert "cannot use" in app.error[0].value.replace("\\", "").lower()
    press(app, "Put the broken file out of the way")
    assert listed(app)
    assert not path.exists()


def test_lists_need_a_bill(opened: Callable[[], AppTest]) -> None:
    app = upload(opened(), EC2_CSV)
    assert "Anomalies need daily costs." in texts(app).replace("*", "")
    assert not charts(app)
