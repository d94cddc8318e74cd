"""What people do with coming months and anomalies: assume, accept, judge – also two of them at once."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from finops import load_estate
from finops.answers.actions import actions
from finops.answers.anomalies import AnomalyReport, FeedbackBook, anomalies
from finops.cli import main
from finops.money import usd
from finops.storage import JsonStore
from tests.browser.pages import SLOW, Settled, Visit, figure, press, without_documents

FORECAST = "?tab=ML Insights&insight=Forecast"
ANOMALIES = "?tab=ML Insights&insight=Anomalies"


@pytest.fixture
def book(state_folder: Path) -> FeedbackBook:
    """The verdicts that the server keeps; none at first."""
    return FeedbackBook(JsonStore(without_documents(state_folder)))


@pytest.fixture(scope="module")
def report() -> AnomalyReport:
    return anomalies(load_estate(), feedback=())


def test_months_are_the_command_lines_and_accepted_actions_lower_them(
    visit: Visit, settled: Settled, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["forecast", "--months", "12", "--basis", "effective", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    page = visit(FORECAST)
    expect(figure(page, "As is, 12 months")).to_have_text(usd(told["months_total_usd"], 0), timeout=SLOW)
    press(page, "Find the actions")
    press(page, "Accept all")
    settled(page)
    saved = actions(load_estate()).annual_saving_usd
    lower = usd(told["months_total_usd"] - saved, 0)
    expect(figure(page, "Scenario")).to_have_text(lower, timeout=SLOW)
    with page.expect_download() as download:
        press(page, "Download the months")
    path = tmp_path / "months.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["month"] for row in rows] == [row["month"] for row in told["months"]]
    assert sum(float(row["mean_usd"]) for row in rows) == pytest.approx(told["months_total_usd"] - saved)


def test_what_one_says_of_an_anomaly_another_does_not_overwrite(
    visit: Visit,
    elsewhere: Callable[[str], Page],
    settled: Settled,
    book: FeedbackBook,
    report: AnomalyReport,
) -> None:
    mine, theirs = visit(ANOMALIES), elsewhere(ANOMALIES)
    for page in (mine, theirs):
        expect(figure(page, "Anomalies")).to_have_text(str(len(report.anomalies)), timeout=SLOW)
    mine.get_by_label("Note", exact=True).fill("a load test")
    press(mine, "No, noise")
    expect(figure(mine, "Anomalies")).not_to_have_text(str(len(report.anomalies)), timeout=SLOW)
    settled(mine)
    [kept] = book.entries(sample=True)
    # Its like is muted, too.
    left = anomalies(load_estate(), feedback=(kept,)).anomalies
    expect(figure(mine, "Anomalies")).to_have_text(str(len(left)))
    assert (kept.anomaly_id, kept.verdict, kept.note) == (
        report.anomalies[0].id,
        "no",
        "a load test",
    )

    press(theirs, "Yes, an anomaly")
    expect(theirs.get_by_text("Somebody else has just said no", exact=False)).to_be_visible(timeout=SLOW)
    settled(theirs)
    assert book.entries(sample=True) == (kept,)
