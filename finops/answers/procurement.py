"""How does advice leave for those who buy? As CSV, as a workbook, as a script that buys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pandas as pd

from finops.answers.purchase_orders import orders_of
from finops.answers.purchase_script import script_of
from finops.ri_engine import NotPriced, Recommendation, RecommendationReport
from finops.ri_engine.ladder_steps import Ladder, LadderStep
from finops.spreadsheet import Sheet, csv_text, xlsx_bytes

__all__ = ["advice_csv", "advice_workbook", "purchase_script", "purchases_frame"]

_FIGURES = (
    "on_demand_usd",
    "annual_savings_usd",
    "savings_pct",
    "npv_savings_usd",
    "discount_rate_pct",
    "optimality_gap_pct",
    "optimality_gap_reason",
    "coverage_before_pct",
    "coverage_after_pct",
    "target_coverage_pct",
    "horizon_days",
)


def purchases_frame(report: RecommendationReport) -> pd.DataFrame:
    """A row a recommendation, in the report's order, with every field of ``Recommendation``."""
    return _frame(Recommendation, report.recommendations)


def advice_csv(report: RecommendationReport) -> str:
    """The recommendations as CSV that no spreadsheet runs: a header and a line each."""
    return csv_text(purchases_frame(report))


def advice_workbook(report: RecommendationReport, ladder: Ladder | None = None) -> bytes:
    """The advice as XLSX: Purchases, Ladder, Evidence and notes, Not priced.

    Without a ladder that sheet has a header only. Equal advice gives equal bytes. Raises OutputError for
    what Excel cannot hold.
    """
    return xlsx_bytes(
        [
            Sheet("Purchases", purchases_frame(report)),
            Sheet("Ladder", _frame(LadderStep, () if ladder is None else ladder.steps)),
            Sheet("Evidence and notes", _evidence(report, ladder)),
            Sheet("Not priced", _frame(NotPriced, report.not_priced)),
        ],
        created=report.as_of,
        title=f"Commitments advised on data up to {report.as_of}",
    )


def purchase_script(report: RecommendationReport, ladder: Ladder | None = None) -> str:
    """A bash script that buys the advice: the ladder's steps when their day has come, else every row.

    Raises OutputError, and gives no script, where a row has a word that AWS does not have.
    """
    return script_of(orders_of(report, ladder), report.as_of)


def _frame(record: type[Any], rows: Iterable[object]) -> pd.DataFrame:
    """Records as rows, a column a field; what is unknown stays None."""
    names = [field.name for field in fields(record) if field.metadata.get("printed", True)]
    values = [[getattr(row, name) for name in names] for row in rows]
    return pd.DataFrame(values, columns=names, dtype="object")


def _evidence(report: RecommendationReport, ladder: Ladder | None) -> pd.DataFrame:
    rows: list[tuple[str, object]] = [
        ("as_of", report.as_of),
        ("evidence", report.evidence),
        ("evidence_start", report.evidence_start),
        ("evidence_hours", report.evidence_hours),
        *((name, getattr(report, name)) for name in _FIGURES),
    ]
    if ladder is not None:
        rows += [
            ("max_expiring_pct", ladder.max_expiring_pct),
            ("forgone_savings_usd", ladder.forgone_savings_usd),
            *(("cannot_be_met", f"{one.month}: {one.reason}") for one in ladder.cannot_be_met),
            *(("not_counted", name) for name in ladder.not_counted),
        ]
    rows += [("note", note) for note in report.notes]
    return pd.DataFrame(rows, columns=["what", "value"], dtype="object")
