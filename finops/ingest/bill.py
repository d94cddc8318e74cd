"""What was charged, for what, on which day? The ``costs`` frame from CSV or Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd

from finops.errors import CurrencyError, Issue
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, read_frame_file
from finops.ingest.provenance import FileInfo, Loaded, days_of
from finops.money import exact_sum
from finops.schema import COSTS, concat

DOLLARS = "USD"


def read_costs(files: InputFile | Sequence[InputFile]) -> Loaded:
    """Read a bill in the columns of the ``costs`` frame (FOCUS 1.2), one file or the parts of one.

    ChargePeriodStart and BilledCost are required. A file without BillingCurrency is taken as US
    dollars and says so; one other currency is read and totalled in it and says so; two raise
    CurrencyError, because they cannot be added. A blank BilledCost is null, with an issue. Identical
    rows stay: bills repeat lines. Raises UnknownFormat for a raw Cost and Usage Report.
    """
    parts = [files] if isinstance(files, InputFile) else list(files)
    read = [read_frame_file(part, COSTS) for part in parts]
    currency = _one_currency(read)
    issues = tuple(issue for part in read for issue in _part_issues(part, currency))
    frame = read[0].frame if len(read) == 1 else concat([part.frame for part in read], COSTS)
    frame = frame.assign(BillingCurrency=pd.Series([currency] * len(frame), dtype="str"))
    first, last = days_of(frame["ChargePeriodStart"], frame["ChargePeriodEnd"])
    info = FileInfo(
        path=", ".join(part.name for part in parts),
        kind="costs",
        format="FOCUS",
        version="1.2",
        rows=len(frame),
        currency=currency,
        billed_cost=total(frame["BilledCost"]),
        effective_cost=total(frame["EffectiveCost"]),
        list_cost=total(frame["ListCost"]),
        period_start=first,
        period_end=last,
    )
    return Loaded(frame=COSTS.conform(frame), info=info, issues=issues)


def total(amounts: pd.Series) -> Decimal | None:
    """The exact sum of a money column; None where it holds nothing."""
    known = amounts.dropna()
    return exact_sum([known.sum()]) if len(known) else None


def _one_currency(parts: Sequence[FrameFile]) -> str:
    found = sorted(
        {str(code).upper() for part in parts for code in part.frame["BillingCurrency"].dropna().unique()}
    )
    if len(found) > 1:
        raise CurrencyError(
            f"{', '.join(part.file for part in parts)}: amounts in {' and '.join(found)} cannot be "
            "added; give a bill in one currency"
        )
    return found[0] if found else DOLLARS


def _part_issues(part: FrameFile, currency: str) -> list[Issue]:
    issues = list(part.issues)
    blank = part.frame["BillingCurrency"].isna().to_numpy()
    issues += part.report(
        "currency_assumed", f"name no currency; {currency} is assumed", blank, severity="info"
    )
    if currency != DOLLARS:
        everywhere = np.ones(len(part.frame), dtype=bool)
        issues += part.report(
            "currency_not_usd",
            f"are in {currency} and totalled in {currency}; prices, commitments and budgets in US "
            "dollars cannot be held against them",
            everywhere,
        )
    issues += part.report(
        "missing_cost",
        "have no BilledCost; it is unknown, not zero",
        part.frame["BilledCost"].isna().to_numpy(),
    )
    no_time = part.frame["ChargePeriodStart"].isna().to_numpy()
    if no_time.any():
        raise part.error("ChargePeriodStart", no_time, "an ISO 8601 time")
    absent = [name for name in ("EffectiveCost", "ListCost") if name not in part.given]
    if absent:
        issues.append(
            Issue(
                severity="info",
                code="column_absent",
                message=f"column(s) that the bill lacks are null: {', '.join(absent)}",
                file=part.file,
            )
        )
    return [replace(issue, cost_usd=None) if currency != DOLLARS else issue for issue in issues]
