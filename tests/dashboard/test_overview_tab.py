"""The Overview: figures with links, a list that adds up, movers that add up, and what to check."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from finops.answers.actions import actions
from finops.answers.movers import PARTS, last_days, movers
from finops.answers.overview import overview
from finops.dashboard import overview_answers
from finops.dashboard.enterprise_tab import SECTIONS
from finops.money import usd

from .apps import charts, choose, downloads, field, frames, labels, press
from .conftest import EC2_CSV, ENTERPRISE, S3_CSV, Open, cards, run, texts, upload, uploader
from .made_checks import judged

if TYPE_CHECKING:
    from finops import Estate


def figure(app: AppTest, alt: str) -> Any:
    [found] = [chart for chart in charts(app) if alt in chart.proto.alt]
    return json.loads(found.proto.spec)


def numbers(column: Any) -> list[float]:
    """Plotly packs an array of numbers as base64."""
    packed = base64.b64decode(column["bdata"])
    return list(np.frombuffer(packed, dtype=column["dtype"]))


def table(app: AppTest, column: str) -> pd.DataFrame:
    [found] = [frame for frame in frames(app) if column in frame.columns]
    return found


def flip(app: AppTest, label: str) -> AppTest:
    next(one for one in app.toggle if one.label == label).set_value(True)
    return run(app)


def test_every_headline_leads_somewhere(open_app: Open) -> None:
    app = open_app()
    opened = {label.removeprefix("Open ") for label in labels(app) if label.startswith("Open ")}
    assert {"Budgets", "Chargeback", "Forecast", "EC2", "Anomalies", "Tag Compliance"} <= opened
    known = {*SECTIONS, "EC2", "S3", "Forecast", "Anomalies"}
    assert opened <= known


def test_a_headline_opens_its_section(open_app: Open) -> None:
    app = press(open_app(), "Open Tag Compliance")
    assert (app.session_state["tab"], app.session_state["section"]) == (ENTERPRISE, "Tag Compliance")
    assert "By count" in cards(app)


def test_the_list_is_the_difference_of_two_bills(open_app: Open, sample: Estate) -> None:
    app, answer = open_app(), actions(sample)
    drawn = cards(app)
    assert drawn["Bill now, a year"] == usd(answer.before_usd)
    assert drawn["Bill with all actions done"] == usd(answer.after_usd)
    assert (
        drawn["Saved, a year"]
        == usd(answer.annual_saving_usd)
        == usd(answer.before_usd - answer.after_usd)
    )
    listed = table(app, "annual_saving_usd")
    assert len(listed) == len(answer.actions)
    assert usd(listed["annual_saving_usd"].sum()) == drawn["Saved, a year"]
    assert list(listed["rank"]) == list(range(1, len(listed) + 1))


def test_all_rows_are_drawn_when_asked_for(open_app: Open, sample: Estate) -> None:
    app, answer = open_app(), actions(sample)
    ranks = re.findall(r"^\*\*(\d+)\. ", texts(app), flags=re.MULTILINE)
    assert len(ranks) < len(answer.actions)
    app = flip(app, f"Show all {len(answer.actions)}")
    ranks = re.findall(r"^\*\*(\d+)\. ", texts(app), flags=re.MULTILINE)
    assert [int(rank) for rank in ranks] == list(range(1, len(answer.actions) + 1))


def test_what_is_to_be_checked_has_no_sum_and_can_be_taken_along(open_app: Open) -> None:
    app = open_app()
    said = texts(app)
    for title in ("126 resources without the mandatory tags", "30 instances stopped with a cost"):
        assert title in said
    assert {"Download what is to be checked", "Download the actions"} <= downloads(app)


def test_lists_alone_promise_no_sum(open_app: Open) -> None:
    app = upload(open_app(), EC2_CSV, S3_CSV)
    drawn, said = cards(app), texts(app)
    assert "No hourly usage, so no ranked sum" in said
    assert "Saved, a year" not in drawn
    assert {"Run rate", "Not running", "On weak evidence, a year"} <= set(drawn)
    assert not {"Month to date", "Anomalies, 30 days"} & set(drawn)
    assert "1 instance stopped with a cost" in said
    assert "A resource list is a moment: it has no history" in said
    assert "What moved is told by a bill" in said


def give_bill(app: AppTest, content: bytes) -> AppTest:
    bill = ("costs.parquet", content, "application/octet-stream")
    uploader(app, "Files of the bill").set_value([bill])
    return run(app)


def test_a_bill_alone_has_no_run_rate_and_no_saving(open_app: Open, tree: Path) -> None:
    """The charges of the sample without lists and hours: what they do not tell is no $0.00."""
    app = give_bill(open_app(), (tree / "data" / "costs.parquet").read_bytes())
    drawn = cards(app)
    # The month as data/README.md works it out.
    assert drawn["Cost 2026-09"] == "$60,886.52"
    assert (drawn["Run rate"], drawn["Savings found, a year"]) == ("–", "–")
    assert "On weak evidence, a year" not in drawn
    why = {metric.label: metric.help.replace("\\", "") for metric in app.metric}
    assert why["Run rate"].startswith("Not worked out: no instance and no bucket is known")
    assert why["Savings found, a year"].startswith("Not worked out: neither hourly usage nor")


def test_a_bill_in_another_currency_alone_has_no_run_rate(open_app: Open, tree: Path) -> None:
    costs = pq.read_table(tree / "data" / "costs.parquet")
    at = costs.column_names.index("BillingCurrency")
    euros = costs.set_column(at, "BillingCurrency", pa.array(["EUR"] * len(costs)))
    buffer = io.BytesIO()
    pq.write_table(euros, buffer)
    drawn = cards(give_bill(open_app(), buffer.getvalue()))
    assert (drawn["Run rate"], drawn["Not running"]) == ("–", "–")


def test_movers_add_up_to_the_cent(open_app: Open, sample: Estate) -> None:
    app, answer = open_app(), movers(sample)
    assert answer is not None
    drawn = figure(app, "From the cost of 2026-08 to that of 2026-09")
    assert drawn["data"][0]["x"] == pytest.approx(
        [
            float(answer.before_usd),
            *(float(answer.parts[part]) for part in PARTS),
            float(answer.after_usd),
        ]
    )
    rows = table(app, "cause")
    assert rows["change_usd"].sum() == pytest.approx(float(answer.change_usd))
    assert rows[list(PARTS)].sum(axis=1).tolist() == pytest.approx(rows["change_usd"].tolist())
    assert f"a change of {usd(answer.change_usd)}" in texts(app)


@pytest.mark.parametrize(("choice", "days"), [("Last 30 days", 30), ("Last 7 days", 7)])
def test_movers_of_the_last_days(open_app: Open, sample: Estate, choice: str, days: int) -> None:
    app = choose(choose(open_app(), "Compare", choice), "Group by", "Region")
    spans = last_days(sample, days)
    assert spans is not None
    answer = movers(sample, *spans)
    assert answer is not None
    assert list(table(app, "cause")["name"]) == list(answer.groups["region"]["name"])
    assert usd(answer.before_usd) in texts(app)


def test_the_axis_of_small_steps_says_that_it_is_cut(open_app: Open, sample: Estate) -> None:
    drawn = figure(open_app(), "From the cost of 2026-08")
    assert drawn["layout"]["xaxis"]["title"]["text"].endswith("the axis does not begin at 0")
    low, high = drawn["layout"]["xaxis"]["range"]
    answer = movers(sample)
    assert answer is not None
    assert 0 < low < min(answer.before_usd, answer.after_usd)
    assert high > max(answer.before_usd, answer.after_usd)


@pytest.mark.parametrize("by", ["Service", "Region", "Team", "Account"])
def test_cost_over_time_by_each_dimension(open_app: Open, sample: Estate, by: str) -> None:
    app = choose(open_app(), "Cost by", by)
    months = figure(app, f"Effective cost a month by {by.lower()}")
    answer = overview(sample)
    of_september = sum(
        y
        for trace in months["data"]
        for x, y in zip(trace["x"], numbers(trace["y"]), strict=True)
        if x == "2026-09"
    )
    assert of_september == pytest.approx(float(answer.cost_usd))
    assert f"Effective cost a day by {by.lower()}" in {
        chart.proto.alt.partition(":")[0] for chart in charts(choose(app, "Grain", "Days"))
    }


def test_a_broken_document_leaves_the_rest_standing(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_DATA_DIR", str(tmp_path))
    (tmp_path / "anomaly_feedback.json").write_text("{")
    app = open_app()
    assert cards(app)["Anomalies, 30 days"] == "–"
    assert "Not asked: " in texts(app)
    assert "anomaly_feedback.json" in texts(app)
    assert cards(app)["Saved, a year"] != "–"


def test_anomalies_that_a_simple_rule_finds_better_are_not_shown(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_answers, "detector_check", judged("worse"))
    app = open_app()
    assert cards(app)["Anomalies, 30 days"] == "–"
    assert "Not asked: A simple rule does better on this bill" in texts(app)
    assert "Anomaly: " not in texts(app)


def test_data_quality_in_a_line_opens_the_panel(open_app: Open) -> None:
    app = open_app()
    assert "0 errors, 1 warning, 1 note" in texts(app)
    app = press(app, "Show the issues")
    assert "Shown + set aside = file" in texts(app)


def test_filters_apply_to_the_list(open_app: Open) -> None:
    app = open_app()
    whole = cards(app)["Bill now, a year"]
    field(app, "Region").set_value(["eu-west-1"])
    assert cards(run(app))["Bill now, a year"] != whole


def test_a_filter_that_usage_knows_nothing_of_leaves_the_ranked_list_whole(
    open_app: Open, sample: Estate
) -> None:
    app = open_app()
    next(one for one in app.multiselect if one.label == "State").set_value(["stopped"])
    run(app)
    assert cards(app)["Saved, a year"] == usd(actions(sample).annual_saving_usd)
    said = texts(app)
    assert "filters by state, team and environment do not narrow it" in said
    assert "A charge has no state: clear the filter by state" in said
