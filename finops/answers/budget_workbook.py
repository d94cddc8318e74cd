"""How do budgets leave for a spreadsheet? Status and variance as CSV, or together as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd

from finops.answers.budget_reports import VarianceReport, YearEndOutlook
from finops.answers.budgets import BudgetCheck
from finops.budget_manager import BudgetStatus, PeriodVariance, YearEnd
from finops.spreadsheet import PERCENT, Sheet, csv_text, xlsx_bytes

_IN_PERCENT = {"percent_used": PERCENT}
_IN_WORDS = frozenset({"thresholds", "alert_thresholds"})


def status_csv(check: BudgetCheck) -> str:
    """A line a budget, with every field of ``BudgetStatus``. Safe to open in a spreadsheet."""
    return csv_text(_frame(BudgetStatus, check.budgets))


def variance_csv(report: VarianceReport) -> str:
    """A line a budget and period, with every field of ``PeriodVariance``."""
    return csv_text(_frame(PeriodVariance, report.periods))


def budgets_workbook(check: BudgetCheck, report: VarianceReport, outlook: YearEndOutlook) -> bytes:
    """The sheets Status, Variance, Year end and Alerts as XLSX; text in it is never run.

    Equal answers give equal bytes. Raises OutputError for what Excel cannot hold.
    """
    alerts = pd.DataFrame(
        [[getattr(alert, name) for name in _ALERTS] for alert in check.alerts], columns=list(_ALERTS)
    )
    return xlsx_bytes(
        [
            Sheet("Status", _frame(BudgetStatus, check.budgets), _IN_PERCENT),
            Sheet("Variance", _frame(PeriodVariance, report.periods), _IN_PERCENT),
            Sheet("Year end", _frame(YearEnd, outlook.budgets)),
            Sheet("Alerts", alerts),
        ],
        created=check.as_of,
        title=f"Budgets on data up to {check.as_of}",
    )


_ALERTS = (
    "raised_on",
    "severity",
    "subject",
    "message",
    "action",
    "threshold",
    "unit",
    "measured",
    "actual_usd",
    "forecast_usd",
    "amount_usd",
    "period_start",
    "period_end",
    "id",
)


def _frame(record: type, records: Sequence[Any]) -> pd.DataFrame:
    names = [one.name for one in fields(record)]
    rows = [[_cell(name, getattr(one, name)) for name in names] for one in records]
    return pd.DataFrame(rows, columns=names)


def _cell(name: str, value: Any) -> Any:
    return ", ".join(map(str, value)) if name in _IN_WORDS else value
