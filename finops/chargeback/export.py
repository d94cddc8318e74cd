"""How does finance download a chargeback? One line a target; adding the column gives the total."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from finops.chargeback.report import ChargebackReport
from finops.spreadsheet import csv_text

COLUMNS = (
    "period",
    "basis",
    "source",
    "by",
    "allocated_to",
    "direct_usd",
    "shared_usd",
    "total_usd",
    "previous_usd",
    "percent",
    "resources",
)


def chargeback_csv(report: ChargebackReport) -> str:
    """The lines as CSV under ``COLUMNS``, largest total first, amounts with two places.

    No line of totals. Text that a spreadsheet would run as a formula is written as text. Unknown
    amounts are empty. Equal reports give equal text.
    """
    rows = [
        (
            report.period,
            report.basis,
            report.source,
            report.by,
            line.allocated_to,
            line.direct_usd,
            line.shared_usd,
            line.total_usd,
            line.previous_usd,
            None if line.percent is None else Decimal(f"{line.percent:.4f}"),
            line.resources,
        )
        for line in report.lines
    ]
    return csv_text(pd.DataFrame(rows, columns=list(COLUMNS), dtype="object"))
