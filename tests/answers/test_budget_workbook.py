"""Budgets as files: the figures of the answer, and text that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from finops import Estate
from finops.answers.budget_reports import variance_report, year_end_outlook
from finops.answers.budget_workbook import budgets_workbook, status_csv, variance_csv
from finops.answers.budgets import standing
from finops.budget_manager import make_budget

FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def kept():
    return (
        make_budget(id="a", name=FORMULA, scope_type="total", amount=100, owner="@ada"),
        make_budget(id="b", name="Nobody", scope_type="team", scope_value="Nobody", amount=5),
    )


def test_csv_has_a_line_a_budget_and_runs_nothing(sample: Estate, kept) -> None:
    check = standing(sample, kept)
    first, second = csv.DictReader(io.StringIO(status_csv(check)))
    assert (first["name"], first["owner"]) == (f"'{FORMULA}", "'@ada")
    assert float(first["actual_usd"]) == check.budgets[0].actual_usd
    assert first["thresholds"] == "50%, 80%, 100%, forecast 100%"
    assert (second["status"], second["actual_usd"]) == ("no_match", "")


def test_variance_has_a_line_a_budget_and_period(sample: Estate, kept) -> None:
    report = variance_report(sample, kept, 3)
    rows = list(csv.DictReader(io.StringIO(variance_csv(report))))
    assert [row["period_start"] for row in rows[:3]] == ["2026-08-01", "2026-09-01", "2026-10-01"]
    for row in rows[:3]:
        assert float(row["variance_usd"]) == pytest.approx(float(row["actual_usd"]) - 100)


def test_the_workbook_holds_every_answer_and_is_the_same_twice(sample: Estate, kept) -> None:
    check = standing(sample, kept)
    answers = check, variance_report(sample, kept, 2), year_end_outlook(sample, kept)
    content = budgets_workbook(*answers)
    assert content == budgets_workbook(*answers)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Status", "Variance", "Year end", "Alerts"]
    rows = {sheet.title: sheet.max_row - 1 for sheet in book}
    assert rows == {
        "Status": 2,
        "Variance": len(answers[1].periods),
        "Year end": 2,
        "Alerts": len(check.alerts),
    }
    cell = next(row for row in book["Status"].iter_rows(min_row=2))[1]
    assert (cell.value, cell.data_type) == (FORMULA, "s")
