"""Anomalies of the sample as an answer: filters, verdicts that are kept and used, and no bill."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from finops.answers.anomalies import (
    AnomalyReport,
    AnomalySettings,
    FeedbackBook,
    anomalies,
    give_feedback,
    missing_scope,
    plan,
    reset_feedback,
    take_back,
    verdicts,
)
from finops.answers.forecast import ForecastSettings, forecast
from finops.errors import (
    AnomalyError,
    BudgetError,
    CurrencyError,
    EmptyInput,
    StateUnreadable,
    UnknownAnomaly,
)
from finops.insights.anomaly_feedback import FEEDBACK_FILE
from finops.schema import COSTS
from finops.storage import default_store

if TYPE_CHECKING:
    from finops import Estate

NOW = datetime(2026, 10, 19, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(sample: Estate) -> AnomalyReport:
    return anomalies(sample, feedback=())


@pytest.fixture(scope="module")
def of_july(sample: Estate) -> Estate:
    """The sample up to July: half of the days."""
    until = sample.costs["ChargePeriodStart"] < "2026-08-01"
    recent = sample.costs["ChargePeriodStart"] >= "2026-04-01"
    assert sample.billed is not None
    billed = replace(sample.billed, first=date(2026, 4, 1), last=date(2026, 7, 31))
    return replace(
        sample, costs=sample.costs[until & recent].reset_index(drop=True), billed=billed, digest="july"
    )


def test_the_report_says_what_it_is_about(report: AnomalyReport) -> None:
    assert (report.source, report.basis, report.history_days) == ("costs", "effective", 413)
    assert (report.period_start, report.period_end) == (date(2025, 9, 1), date(2026, 10, 18))
    assert report.min_usd == pytest.approx(report.usual_day_usd / 20)
    assert [one.date for one in report.anomalies] == sorted(
        (one.date for one in report.anomalies), reverse=True
    )
    assert all(one.size_usd >= report.min_usd for one in report.anomalies)


def test_what_is_asked_for_is_reported(sample: Estate) -> None:
    def starts(**asked: object) -> list[str]:
        return [str(one.date) for one in anomalies(sample, AnomalySettings(**asked), ()).anomalies]

    assert starts(since=date(2026, 10, 16)) == ["2026-10-06"]
    assert starts(since=date(2026, 10, 17)) == []
    # Reported of a region; the service explains it, so that it is the service's, too.
    assert starts(scope_type="service", scope_value="Amazon Simple Storage Service") == ["2026-07-21"]
    assert starts(min_usd=1160.0) == ["2026-06-09"]
    assert starts(scope_type="region", scope_value="eu-central-1") == []


@pytest.mark.parametrize("scope_type", ["total", "service", "account", "region", "team"])
def test_a_scope_that_is_not_there_is_refused_as_the_forecast_refuses_it(
    sample: Estate, scope_type: str
) -> None:
    scope = {"scope_type": scope_type, "scope_value": "Nope"}
    refused: list[tuple[type[Exception], str]] = []
    for ask in (
        lambda: anomalies(sample, AnomalySettings(**scope), ()),
        lambda: forecast(sample, ForecastSettings(**scope)),
    ):
        with pytest.raises((EmptyInput, BudgetError), match="Nope") as told:
            ask()
        refused.append((told.type, str(told.value)))
    assert refused[0] == refused[1]


def test_a_scope_goes_by_the_name_of_the_bill(of_july: Estate) -> None:
    """EC2 is a short name that forecasts know; what is left without a name is a scope, too."""
    with pytest.raises(EmptyInput, match="the bill itself names no service EC2"):
        anomalies(of_july, AnomalySettings(scope_type="service", scope_value="EC2"), ())
    nobody = AnomalySettings(scope_type="team", scope_value="(none)")
    assert date(2026, 7, 21) in {one.date for one in anomalies(of_july, nobody, ()).anomalies}
    # Credits alone are not watched, and yet there.
    credit = of_july.costs.head(1).assign(ChargeCategory="Credit", SubAccountId="999988887777")
    costs = pd.concat([of_july.costs, credit], ignore_index=True)
    account = AnomalySettings(scope_type="account", scope_value="999988887777")
    assert anomalies(replace(of_july, costs=costs), account, ()).anomalies == ()


def test_of_a_planned_scope_it_is_said_whether_the_bill_has_it(sample: Estate) -> None:
    told = "the bill has no account 99999typo; it is planned all the same, as one to come"
    assert missing_scope(sample, "account", "99999typo") == told
    assert missing_scope(sample, "account", "333344445555") == missing_scope(sample, "total", "") == ""
    listed = replace(sample, costs=COSTS.empty(), billed=None, currency=None)
    assert missing_scope(listed, "account", "99999typo") == ""


def test_resource_lists_have_no_anomalies_and_say_so(sample: Estate) -> None:
    listed = replace(sample, costs=COSTS.empty(), billed=None, currency=None)
    found = anomalies(listed)
    assert (found.anomalies, found.source, found.history_days) == ((), "inventory", 0)
    assert "--billing" in found.notes[0]


def test_a_bill_without_effective_cost_is_watched_at_its_billed_cost(of_july: Estate) -> None:
    """A bill has one cost column of money: the same dollars under both names give the same anomalies."""
    costs = of_july.costs.assign(BilledCost=of_july.costs["EffectiveCost"])
    lacking = replace(of_july, costs=costs.assign(EffectiveCost=COSTS.empty()["EffectiveCost"]))
    found = anomalies(lacking, feedback=())
    assert found.basis == "billed"
    assert found.notes == (
        "the bill has no usable EffectiveCost: billed cost, with upfront payments on their day",
    )
    wanted = anomalies(of_july, feedback=())
    assert (wanted.basis, wanted.notes) == ("effective", ())
    assert found.anomalies == wanted.anomalies != ()
    with pytest.raises(EmptyInput, match="choose another --basis"):
        anomalies(lacking, AnomalySettings(basis="effective"), ())


def test_verdicts_of_the_first_version_are_read(of_july: Estate) -> None:
    folder = default_store().folder
    folder.mkdir(parents=True)
    storm = next(
        one for one in anomalies(of_july, feedback=()).anomalies if one.date == date(2026, 7, 21)
    )
    entry = give_feedback(of_july, storm.id, "no", at=NOW)
    assert entry.kind == storm.kind
    path = folder / FEEDBACK_FILE
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["version"] == 2
    del document["entries"][0]["kind"]
    path.write_text(json.dumps({**document, "version": 1}), encoding="utf-8")
    assert verdicts(of_july) == (entry.model_copy(update={"kind": None}),)
    assert storm.id in {one.id for one in anomalies(of_july).muted}


def test_days_before_the_first_charge_are_no_days_of_nothing(of_july: Estate) -> None:
    """Charges of the last ten days of July under a bill that says it begins on 1 April: ten days."""
    late = of_july.costs["ChargePeriodStart"] >= "2026-07-22"
    costs = of_july.costs[late].reset_index(drop=True)
    short = replace(of_july, costs=costs, digest="ten days")
    found = anomalies(short, feedback=())
    assert (found.period_start, found.period_end) == (date(2026, 7, 22), date(2026, 7, 31))
    assert (found.anomalies, found.history_days) == ((), 10)
    assert found.notes == ("days of history: 10; the first 28 are learnt from only",)
    # A credit of an earlier day is no usage of that day, and begins no history.
    credit = costs.head(1).assign(
        ChargeCategory="Credit", ChargePeriodStart=costs["ChargePeriodStart"].min() - timedelta(days=50)
    )
    credited = replace(short, costs=pd.concat([credit, costs], ignore_index=True))
    assert anomalies(credited, feedback=()).history_days == 10


def test_a_bill_in_another_currency_is_refused(sample: Estate) -> None:
    with pytest.raises(CurrencyError, match="EUR"):
        anomalies(replace(sample, currency="EUR"))


def test_a_verdict_is_kept_used_and_taken_back(of_july: Estate) -> None:
    storm = next(one for one in anomalies(of_july).anomalies if one.date == date(2026, 7, 21))
    entry = give_feedback(of_july, storm.id, "no", at=NOW, note="a load test")
    assert verdicts(of_july) == (entry,)
    after = anomalies(of_july)
    assert storm.id not in {one.id for one in after.anomalies}
    assert [(one.id, one.verdict, one.note) for one in after.muted] == [(storm.id, "no", "a load test")]
    # Another verdict on the same one replaces it.
    assert give_feedback(of_july, storm.id, "yes", at=NOW).verdict == "yes"
    (one,) = verdicts(of_july)
    assert one.verdict == "yes"
    assert next(a for a in anomalies(of_july).anomalies if a.id == storm.id).verdict == "yes"
    assert take_back(storm.id, sample=True) == one
    assert verdicts(of_july) == ()


def test_a_planned_change_ends_on_its_last_day_and_can_be_changed_when_it_is_gone(
    of_july: Estate,
) -> None:
    storm = next(one for one in anomalies(of_july).anomalies if one.date == date(2026, 7, 21))
    entry = give_feedback(of_july, storm.id, "planned", at=NOW)
    assert (entry.start, entry.until) == (date(2026, 7, 21), date(2026, 8, 3))
    assert storm.id not in {one.id for one in anomalies(of_july).anomalies}
    shorter = give_feedback(of_july, storm.id, "planned", at=NOW, until=date(2026, 7, 23))
    assert (shorter.until, shorter.start, shorter.value) == (date(2026, 7, 23), entry.start, entry.value)


def test_a_change_is_planned_before_it_comes(of_july: Estate) -> None:
    days = (date(2026, 7, 20), date(2026, 7, 24))
    entry = plan("account", "222233334444", *days, sample=True, at=NOW, note="a load test")
    # The storm is one of S3 in eu-west-1, and all of it is of this account.
    assert date(2026, 7, 21) not in {one.date for one in anomalies(of_july).anomalies}
    assert take_back(entry.anomaly_id, sample=True) == entry
    assert date(2026, 7, 21) in {one.date for one in anomalies(of_july).anomalies}
    with pytest.raises(AnomalyError, match="cannot end"):
        plan("account", "1", *reversed(days), sample=True, at=NOW)
    for scope in (("account", ""), ("total", "EC2")):
        with pytest.raises(AnomalyError, match="needs"):
            plan(*scope, *days, sample=True, at=NOW)


def test_verdicts_on_the_sample_are_apart_from_those_on_a_bill(of_july: Estate) -> None:
    storm = next(one for one in anomalies(of_july).anomalies if one.date == date(2026, 7, 21))
    give_feedback(of_july, storm.id, "no", at=NOW)
    own = replace(of_july, is_sample=False)
    assert verdicts(own) == ()
    assert storm.id in {one.id for one in anomalies(own).anomalies}


def test_verdicts_that_make_no_sense_are_refused(of_july: Estate) -> None:
    storm = next(
        one for one in anomalies(of_july, feedback=()).anomalies if one.date == date(2026, 7, 21)
    )
    with pytest.raises(UnknownAnomaly, match="'nothing'"):
        give_feedback(of_july, "nothing", "yes", at=NOW)
    with pytest.raises(AnomalyError, match="cannot end on 2026-07-01"):
        give_feedback(of_july, storm.id, "planned", at=NOW, until=date(2026, 7, 1))
    with pytest.raises(AnomalyError, match="only a planned change"):
        give_feedback(of_july, storm.id, "no", at=NOW, until=date(2026, 7, 23))
    with pytest.raises(UnknownAnomaly, match="no verdict"):
        take_back(storm.id, sample=True)


def test_verdicts_that_cannot_be_read_stay_until_they_are_reset(of_july: Estate) -> None:
    folder = default_store().folder
    folder.mkdir(parents=True)
    path = folder / FEEDBACK_FILE
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StateUnreadable, match="anomalies reset"):
        anomalies(of_july)
    assert path.read_text(encoding="utf-8") == "{"
    (moved,) = reset_feedback(at=NOW)
    assert moved.name == f"{FEEDBACK_FILE}.broken-20261019T000000Z"
    assert FeedbackBook().entries(sample=True) == ()
    assert reset_feedback() == ()
