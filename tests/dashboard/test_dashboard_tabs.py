"""Each tab on the sample: it draws, and its headline figures are those of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from finops.answers.actions import actions
from finops.answers.allocation import ChargebackSettings, chargeback, kept_rules
from finops.answers.anomalies import anomalies
from finops.answers.commitments import recommend
from finops.answers.compliance import compliance
from finops.answers.forecast import ForecastSettings, forecast
from finops.answers.inventory import instances
from finops.answers.overview import overview
from finops.answers.storage import storage
from finops.answers.to_check import dollars_off, recent
from finops.money import usd

from .apps import field
from .conftest import ENTERPRISE, Open, cards, texts

if TYPE_CHECKING:
    from finops import Estate

SECTIONS = ["RI & Savings Plans", "Budgets", "Tag Compliance", "Chargeback"]


@pytest.mark.parametrize("tab", ["Overview", "EC2", "S3"])
def test_only_the_open_tab_is_drawn(open_app: Open, tab: str) -> None:
    drawn = cards(open_app(tab))
    assert ("Cost 2026-09" in drawn) == (tab == "Overview")
    assert ("Instances" in drawn) == (tab == "EC2")
    assert ("Buckets" in drawn) == (tab == "S3")


@pytest.mark.parametrize("section", SECTIONS)
def test_only_the_open_section_is_drawn(open_app: Open, section: str) -> None:
    drawn = cards(open_app(ENTERPRISE, section))
    assert ("Annual savings" in drawn) == (section == "RI & Savings Plans")
    assert ("By count" in drawn) == (section == "Tag Compliance")
    assert ("Unallocated" in drawn) == (section == "Chargeback")


def test_every_figure_has_a_help_text(open_app: Open) -> None:
    for tab, section in [
        ("Overview", ""),
        ("EC2", ""),
        ("S3", ""),
        *((ENTERPRISE, s) for s in SECTIONS),
    ]:
        app = open_app(tab, section or SECTIONS[0])
        without = [metric.label for metric in app.metric if not metric.help]
        assert without == [], (tab, section)


def test_the_banner_says_which_data_and_which_day(open_app: Open) -> None:
    assert "The sample estate** · as of **2026-10-18** · 120 instances and 80 buckets" in texts(
        open_app()
    )


def test_overview_figures(open_app: Open, sample: Estate) -> None:
    drawn, answer = cards(open_app()), overview(sample)
    assert drawn["Cost 2026-09"] == usd(answer.cost_usd)
    assert drawn["Month to date"] == usd(answer.month_to_date_usd)
    assert drawn["Run rate"] == usd(answer.run_rate_usd)
    assert drawn["Savings found, a year"] == usd(actions(sample).annual_saving_usd)
    end = forecast(sample, ForecastSettings(basis="effective"))
    assert drawn["Forecast 2026-10"] == usd(end.total_usd)
    found = recent(anomalies(sample, feedback=()))
    assert drawn["Anomalies, 30 days"] == usd(dollars_off(found))
    assert drawn["Tag compliance"] == f"{compliance(sample).report.compliance_pct:.1f}%"
    unallocated = chargeback(sample, ChargebackSettings(basis="effective")).report.unallocated_usd
    assert drawn["Not allocated to a team"] == usd(unallocated)


def test_ec2_figures(open_app: Open, sample: Estate) -> None:
    drawn, answer = cards(open_app("EC2")), instances(sample)
    assert (drawn["Instances"], drawn["Running"]) == ("120", "82")
    assert drawn["Run rate"] == usd(answer.monthly_cost_usd)


def test_s3_figures(open_app: Open, sample: Estate) -> None:
    drawn, answer = cards(open_app("S3")), storage(sample)
    assert drawn["Buckets"] == "80"
    assert drawn["Cost a month"] == usd(answer.monthly_cost_usd)
    assert drawn["Unencrypted"] == f"{answer.unencrypted.count} buckets"


def test_commitment_figures(open_app: Open, sample: Estate) -> None:
    drawn, report = cards(open_app(ENTERPRISE)), recommend(sample).report
    assert drawn["Annual savings"] == usd(report.annual_savings_usd)
    assert drawn["Coverage, now → then"] == (
        f"{report.coverage_before_pct:.1f}% → {report.coverage_after_pct:.1f}%"
    )


def test_compliance_figures(open_app: Open, sample: Estate) -> None:
    drawn, report = cards(open_app(ENTERPRISE, "Tag Compliance")), compliance(sample).report
    assert drawn["By count"] == f"{report.compliance_pct:.1f}%"
    assert drawn["By cost"] == f"{report.compliance_by_cost_pct:.1f}%"
    assert drawn["Non-compliant"] == str(len(report.non_compliant))


def test_terminated_instances_can_be_left_out(open_app: Open, sample: Estate) -> None:
    app = open_app(ENTERPRISE, "Tag Compliance")
    app.toggle[0].set_value(True).run()
    report = compliance(sample, include_terminated=False).report
    assert cards(app)["By count"] == f"{report.compliance_pct:.1f}%"


@pytest.mark.parametrize("shared", ["none", "proportional", "even", "fixed"])
def test_chargeback_adds_up_in_every_mode(open_app: Open, sample: Estate, shared: str) -> None:
    app = open_app(ENTERPRISE, "Chargeback")
    next(box for box in app.selectbox if box.label == "Untagged cost").select(shared).run()
    assert not app.exception
    assert "Difference $0.00: the lines are the bill." in texts(app)
    total = chargeback(sample, ChargebackSettings()).report.total_usd
    assert cards(app)["Total"] == usd(total)


@pytest.mark.parametrize("by", ["Team", "CostCenter", "Project", "Owner", "Environment", "AccountId"])
def test_chargeback_by_every_dimension(open_app: Open, sample: Estate, by: str) -> None:
    app = open_app(ENTERPRISE, "Chargeback")
    next(box for box in app.selectbox if box.label == "Charge by").select(by).run()
    report = chargeback(sample, ChargebackSettings(by=by)).report
    assert cards(app)["Unallocated"] == usd(report.unallocated_usd)


def test_charts_say_what_they_show(open_app: Open) -> None:
    charts = open_app().get("plotly_chart")
    assert len(charts) >= 6
    assert all(chart.proto.alt for chart in charts)
    assert all(json.loads(chart.proto.spec)["data"] for chart in charts)


def test_days_and_months_are_both_drawn(open_app: Open) -> None:
    app = open_app()
    months = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert {trace["type"] for trace in months["data"]} == {"bar"}
    field(app, "Grain").set_value("Days").run()
    days = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert {trace["type"] for trace in days["data"]} == {"scatter"}


def test_search_narrows_the_inventory(open_app: Open, sample: Estate) -> None:
    app = open_app("EC2")
    app.text_input(key="ec2_search").set_value("us-east-1 running").run()
    both = (sample.ec2["Region"] == "us-east-1") & (sample.ec2["State"] == "running")
    assert f"{both.sum()} of 120 rows" in texts(app)


def test_a_broken_catalogue_is_a_banner_and_the_rest_goes_on(open_app: Open, own_state: Path) -> None:
    (own_state / "pricing").mkdir(parents=True)
    (own_state / "pricing" / "current.json").write_text("{")
    app = open_app("EC2")
    assert [error.value.partition(" /")[0] for error in app.error] == ["the updated price catalogue"]
    assert cards(app)["Instances"] == "120"
    assert [warning.value.partition(":")[0] for warning in app.warning] == ["Nothing is judged"]
    overview_cards = cards(open_app())
    assert overview_cards["Cost 2026-09"] == "$60,886.52"
    assert overview_cards["Savings found, a year"] == "–"


KEPT = {
    "version": 1,
    "rules": [
        {"kind": "pool", "name": "Support", "source": "support", "split": "even"},
        {"kind": "tag", "name": "Tag"},
    ],
}


def test_kept_rules_hold_in_the_tab_as_on_the_command_line(
    open_app: Open, sample: Estate, own_state: Path
) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "allocation_rules.json").write_text(json.dumps(KEPT))
    ruled = chargeback(sample, ChargebackSettings(rules=kept_rules())).report
    assert ruled.unallocated_usd < chargeback(sample, ChargebackSettings()).report.unallocated_usd
    app = open_app(ENTERPRISE, "Chargeback")
    assert not app.exception
    assert cards(app)["Unallocated"] == usd(ruled.unallocated_usd)
    assert any("allocation_rules.json" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("name", "section"),
    [("tag_policy.json", "Tag Compliance"), ("allocation_rules.json", "Chargeback")],
)
def test_state_that_cannot_be_used_is_named_and_the_rest_goes_on(
    open_app: Open, own_state: Path, name: str, section: str
) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / name).write_text("{")
    app = open_app(ENTERPRISE, section)
    assert not app.exception
    assert any(name in error.value.replace("\\", "") for error in app.error)
    overview = open_app()
    assert not overview.exception
    assert cards(overview)["Cost 2026-09"] == "$60,886.52"
