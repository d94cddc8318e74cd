"""What does the input hold, what is wrong with it, and does it add up?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finops.answers.price_issues import price_issues
from finops.answers.reconciliation import Reconciliation, reconcile
from finops.errors import Issue
from finops.estate import Estate
from finops.ingest import FileInfo
from finops.ingest.bills.doctor_records import (
    AccountTotal,
    Bases,
    Calendar,
    CommitmentCheck,
    Diagnosis,
    FileTotals,
    LineTotal,
    MonthTotals,
    TagCover,
    Verdict,
)
from finops.money import HOURS_PER_MONTH
from finops.pricing import Catalogue
from finops.schema import total


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTotals:
    """Resources in dollars. Shown + set aside = file, exactly; a month has 730 hours.

    ``file_monthly_usd`` is None without a list: resources are then those that the bill tells of.
    """

    resources: int
    monthly_cost_usd: Decimal
    set_aside_rows: int
    set_aside_monthly_usd: Decimal
    file_monthly_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceTotals(ListTotals):
    """The EC2 list, with its instances by state."""

    hourly_cost_usd: Decimal
    running: int
    stopped: int
    terminated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReport:
    """What the doctor says of the whole bill, before any filter. Amounts are in ``currency``.

    ``line_types`` are its totals by line item type, and ``granularity`` is hourly, daily, mixed,
    monthly or none. Its issues are among those of the inspection.
    """

    currency: str
    granularity: str
    verdicts: tuple[Verdict, ...]
    bases: Bases
    line_types: tuple[LineTotal, ...]
    commitments: tuple[CommitmentCheck, ...]
    tags: tuple[TagCover, ...]
    accounts: tuple[AccountTotal, ...]
    calendar: Calendar
    months: tuple[MonthTotals, ...]
    files: tuple[FileTotals, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Files, totals, issues, and the steps from run rate to bill (None without both).

    ``bill`` is what the doctor says of a report; None without one.
    """

    as_of: date
    files: tuple[FileInfo, ...]
    issues: tuple[Issue, ...]
    ec2: InstanceTotals
    s3: ListTotals
    reconciliation: Reconciliation | None
    bill: BillReport | None = None

    @property
    def has_lists(self) -> bool:
        """Whether a resource list was given, whose total can be held against what is shown."""
        return any(file.kind in {"ec2", "s3"} for file in self.files)


def inspect(estate: Estate, catalogue: Catalogue | None = None) -> Inspection:
    """Everything there is to say about the input before any engine has seen it."""
    states = estate.ec2["State"].value_counts()
    lists = {file.kind: file for file in estate.files if file.kind in {"ec2", "s3"}}
    return Inspection(
        as_of=estate.as_of,
        files=estate.files,
        issues=(*estate.issues, *price_issues(estate, catalogue)),
        ec2=InstanceTotals(
            resources=len(estate.ec2),
            hourly_cost_usd=total(estate.ec2["CostPerHourUSD"]),
            monthly_cost_usd=total(estate.ec2["CostPerHourUSD"]) * HOURS_PER_MONTH,
            running=int(states.get("running", 0)),
            stopped=int(states.get("stopped", 0)),
            terminated=int(states.get("terminated", 0)),
            **_aside(lists.get("ec2")),
        ),
        s3=ListTotals(
            resources=len(estate.s3),
            monthly_cost_usd=total(estate.s3["MonthlyCostUSD"]),
            **_aside(lists.get("s3")),
        ),
        reconciliation=reconcile(estate),
        bill=None if estate.diagnosis is None else _report(estate.diagnosis),
    )


def _report(found: Diagnosis) -> BillReport:
    return BillReport(
        currency=found.currency,
        granularity=found.calendar.granularity,
        verdicts=found.verdicts,
        bases=found.bases,
        line_types=found.totals,
        commitments=found.commitments,
        tags=found.tags,
        accounts=found.accounts,
        calendar=found.calendar,
        months=found.months,
        files=found.files,
    )


def _aside(file: FileInfo | None) -> dict[str, Any]:
    return {
        "set_aside_rows": file.set_aside_rows if file else 0,
        "set_aside_monthly_usd": (file and file.set_aside_monthly_usd) or Decimal(0),
        "file_monthly_usd": file and file.file_monthly_usd,
    }
