"""Charges in FOCUS that people open in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

from finops import Estate
from finops.focus import focus_csv, write_focus


def test_what_finance_opens_in_a_spreadsheet_is_no_formula(sample: Estate, tmp_path: Path) -> None:
    costs = sample.costs.head(3).assign(SubAccountId=["=1+1", "@SUM(A1)", "plain"])
    rows = list(csv.DictReader(focus_csv(costs).decode().splitlines()))
    assert [row["SubAccountId"] for row in rows] == ["'=1+1", "'@SUM(A1)", "plain"]
    # A program reads the dataset as it is; numbers and the other texts are the same in both.
    write_focus(costs, tmp_path / "focus.csv")
    with (tmp_path / "focus.csv").open(newline="") as file:
        as_it_is = list(csv.DictReader(file))
    assert [row.pop("SubAccountId") for row in as_it_is] == ["=1+1", "@SUM(A1)", "plain"]
    assert as_it_is == [{k: v for k, v in row.items() if k != "SubAccountId"} for row in rows]
