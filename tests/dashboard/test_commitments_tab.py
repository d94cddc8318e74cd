"""The section RI & Savings Plans: its views, its settings, and what was planted in the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.what_if import what_if
from finops.dashboard.commitments_section import VIEWS
from finops.money import usd

from .conftest import EC2_CSV, ENTERPRISE, S3_CSV, Open, cards, move, run, texts, upload

if TYPE_CHECKING:
    from finops import Estate

SECTION = "RI & Savings Plans"
COVERAGE, CALCULATOR, COMPARE = "Coverage", "Calculator", "Compare"
OWNED, BACKTEST, PURCHASE = "Owned", "Back-test", "Purchase"


def view(open_app: Open, name: str) -> AppTest:
    return move(open_app(), ENTERPRISE, SECTION, name)


def box(app: AppTest, label: str):
    return next(one for one in app.selectbox if one.label == label)


def frame_with(app: AppTest, column: str) -> pd.DataFrame:
    return next(one.value for one in app.dataframe if column in one.value.columns)


def amount(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


def snapshot(open_app: Open, name: str = "Recommendations") -> AppTest:
    """The section for two resource lists and nothing else: no hour of usage, nothing owned."""
    return move(upload(open_app(), EC2_CSV, S3_CSV), ENTERPRISE, SECTION, name)


def test_the_headline_is_that_of_the_answer(open_app: Open, sample: Estate) -> None:
    drawn, report = cards(open_app(ENTERPRISE)), recommend(sample).report
    assert drawn["Annual savings"] == usd(report.annual_savings_usd)
    assert drawn["Worth today (NPV)"] == usd(report.npv_savings_usd)
    assert drawn["Cash at the start"] == usd(sum(row.upfront_usd for row in report.recommendations))
    assert drawn["Above the least possible bill"].startswith("at most 0.")


def test_the_ten_largest_rows_and_all_of_them(open_app: Open, sample: Estate) -> None:
    rows = recommend(sample).report.recommendations
    app = open_app(ENTERPRISE)
    assert list(frame_with(app, "title")["title"]) == [row.title for row in rows[:10]]
    next(one for one in app.toggle if one.label == f"All {len(rows)} rows").set_value(True)
    assert len(frame_with(run(app), "title")) == len(rows)


def test_reserved_instances_and_both_plans_can_be_told_apart(open_app: Open) -> None:
    app = open_app(ENTERPRISE)
    kinds = next(one for one in app.multiselect if one.label == "Kind")
    assert kinds.options == [one for one in ("RI", "EC2 plan", "Compute plan") if one in kinds.options]
    kinds.set_value(["Compute plan"])
    run(app)
    assert list(frame_with(app, "title")["title"].str.startswith("Compute plan")) == [True]
    assert box(app, "Explained").options[0].startswith("Compute plan")


def test_filters_that_leave_nothing_say_so(open_app: Open) -> None:
    app = open_app(ENTERPRISE)
    for label, value in (("Kind", "EC2 plan"), ("Region", "any")):
        next(one for one in app.multiselect if one.label == label).set_value([value])
    run(app)
    assert "No row is left by these filters" in texts(app)
    assert not any("title" in one.value.columns for one in app.dataframe)


def test_a_term_and_a_payment_are_settings(open_app: Open, sample: Estate) -> None:
    app = open_app(ENTERPRISE)
    box(app, "Term").select(1)
    box(app, "Payment").select("No Upfront")
    run(app)
    assert frame_with(app, "title")["title"].str.contains("× 1 yr No Upfront").all()
    settings = CommitmentSettings(term_years=1, payment_option="No Upfront")
    report = recommend(sample, settings).report
    assert cards(app)["Annual savings"] == usd(report.annual_savings_usd)
    assert cards(app)["Cash at the start"] == "$0.00"


def test_limits_are_settings_and_are_said(open_app: Open, sample: Estate) -> None:
    app = open_app(ENTERPRISE)
    next(one for one in app.number_input if one.label == "Most cash at the start, $").set_value(50_000.0)
    run(app)
    assert "Limits: $50,000 at the start." in texts(app)
    report = recommend(sample, CommitmentSettings(max_upfront_usd=50_000)).report
    assert cards(app)["Annual savings"] == usd(report.annual_savings_usd)


def test_settings_keep_their_value_in_every_view(open_app: Open) -> None:
    app = open_app(ENTERPRISE)
    box(app, "Term").select(1)
    saved = cards(run(app))["Annual savings"]
    for place in ((ENTERPRISE, SECTION, OWNED), ("S3",), (ENTERPRISE, SECTION, PURCHASE)):
        move(app, *place)
    assert (box(app, "Term").value, cards(app)["Annual savings"]) == (1, saved)


def test_the_steady_fleet_is_bought_for_and_says_why(open_app: Open) -> None:
    """6 × m6i.4xlarge of the payments API in eu-west-1, which run in every hour."""
    app = open_app(ENTERPRISE)
    chosen = next(one for one in box(app, "Explained").options if one.startswith("m6i · eu-west-1"))
    box(app, "Explained").select_index(box(app, "Explained").options.index(chosen))
    text = texts(run(app))
    assert "× m6i.4xlarge in eu-west-1" in text
    assert "and not $" in text and "the last $0.001 saves" in text and "would lose" in text


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("Hour by hour", "How often so much can be served"),
        ("What speaks against it", "The same hours, bought otherwise"),
    ],
)
def test_each_part_of_the_reasons_is_drawn(open_app: Open, part: str, says: str) -> None:
    app = open_app(ENTERPRISE)
    app.session_state["reasons"] = part
    assert says in texts(run(app))


def test_the_office_hours_fleet_is_in_no_row_of_its_own_and_says_why(open_app: Open) -> None:
    """9 × t3.2xlarge, Monday to Friday 08:00–18:00: at most 50 of 168 hours; any offer needs more."""
    left = frame_with(open_app(ENTERPRISE), "Why")
    [row] = left[(left["InstanceType"] == "t3.2xlarge") & (left["Region"] == "eu-west-1")].to_dict(
        "records"
    )
    assert row["Why"] == "It would run too rarely to pay: On-Demand is cheaper"
    assert row["UsedHoursPct"] < 50 / 168 * 100 + 1 < row["BreakEvenPct"]


def test_the_calculator_buys_under_other_limits(open_app: Open, sample: Estate) -> None:
    app = view(open_app, CALCULATOR)
    before = cards(app)
    next(one for one in app.slider if one.label == "Coverage up to, %").set_value(50)
    after = cards(run(app))
    assert amount(after["Would save a year"]) < amount(before["Would save a year"])
    assert after["Would be covered"] < before["Would be covered"]
    assert after["Annual savings"] == before["Annual savings"]
    found = what_if(sample, CommitmentSettings(target_coverage=0.5))
    # Found fast: what was asked before is where the search begins.
    assert amount(after["Would save a year"]) == pytest.approx(found.annual_savings_usd, rel=0.03)


def test_the_limits_of_the_calculator_become_those_of_the_advice(open_app: Open, sample: Estate) -> None:
    app = view(open_app, CALCULATOR)
    next(one for one in app.selectbox if one.key == "try_term").select(1)
    next(one for one in app.selectbox if one.key == "try_payment").select("No Upfront")
    run(app)
    next(one for one in app.button if one.label == "Advise with these limits").click()
    run(app)
    assert (box(app, "Term").value, box(app, "Payment").value) == (1, "No Upfront")
    settings = CommitmentSettings(term_years=1, payment_option="No Upfront")
    assert cards(app)["Annual savings"] == usd(recommend(sample, settings).report.annual_savings_usd)


def test_the_expiring_and_the_underused_commitment_are_explained(open_app: Open) -> None:
    """ledger ends 18 days after the data, catalog-old is used to 2½ of 6: see data/README.md."""
    app = view(open_app, OWNED)
    text = texts(app)
    assert "4 × RI r5.4xlarge us-east-1" in text and "18 days left" in text
    assert "RI c5.2xlarge us-west-2" in text and "since 2026-05-04" in text
    assert "Sell 3 on the Reserved Instance Marketplace" in text
    assert cards(app)["Used"] == "41.7%"  # 2.5 ÷ 6
    assert cards(app)["Idle in the mean hour"] == "3.5 of 6"


def test_coverage_can_be_split_and_looked_at_by_month(open_app: Open) -> None:
    app = view(open_app, COVERAGE)
    assert "70% (crawl)" in texts(app).replace("*", "") and "80% (walk)" in texts(app).replace("*", "")
    box(app, "Split by").select("region")
    box(app, "Each point is").select("Months")
    run(app)
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert "Coverage by month and region" in alts


def test_what_takes_long_waits_until_it_is_asked_for(open_app: Open) -> None:
    waiting = ((COMPARE, "Compare"), (BACKTEST, "Run the back-test"), (CALCULATOR, "Draw the frontiers"))
    for name, label in waiting:
        app = view(open_app, name)
        assert label in [one.label for one in app.button]
        assert len(app.get("plotly_chart")) == (name == CALCULATOR)


def test_the_frontiers_are_drawn_when_asked_for(open_app: Open) -> None:
    app = view(open_app, CALCULATOR)
    next(one for one in app.button if one.label == "Draw the frontiers").click()
    alts = [chart.proto.alt for chart in run(app).get("plotly_chart")]
    assert "Savings a year against cash paid at the start" in alts
    assert "Mean savings a year against savings in the worst tenth of the scenarios" in alts


def test_the_advice_can_be_taken_away(open_app: Open) -> None:
    app = view(open_app, PURCHASE)
    labels = [one.label for one in app.get("download_button")]
    assert labels == ["Advice as CSV", "Advice as workbook", "Advice as commitments", "Purchase script"]
    assert "PURCHASE=yes` spends money and cannot be undone" in texts(app)


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_of_a_snapshot_says_that_it_is_weak(open_app: Open, name: str) -> None:
    app = snapshot(open_app, name)
    assert "Weak evidence: a snapshot." in texts(app)
    assert cards(app)["Above the least possible bill"] == "–"


def test_a_snapshot_has_no_confidence(open_app: Open) -> None:
    running = "".join(
        f"i-{number},EC2,us-east-1,0.096,,2025-01-01,m5.large,running,50,40,1,1\n" for number in range(8)
    )
    app = move(upload(open_app(), EC2_CSV + running), ENTERPRISE, SECTION)
    shown = next(one for one in app.dataframe if "title" in one.value.columns)
    assert set(shown.value["evidence"]) == {"snapshot"}
    assert not {"confidence_pct", "utilization_pct"} & set(shown.value.columns)
    assert "rests on one hour of demand" in texts(app)


def test_a_file_without_commitments_says_so(open_app: Open) -> None:
    assert "No commitment is known." in texts(snapshot(open_app, OWNED))


@pytest.mark.parametrize("name", VIEWS)
def test_every_chart_has_a_text_and_every_figure_its_meaning(open_app: Open, name: str) -> None:
    app = view(open_app, name)
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert [metric.label for metric in app.metric if not metric.help] == []
