"""Which commitments does a bill pay for, and on which terms? The ``commitments`` frame from its fees."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from finops.errors import Issue
from finops.ingest.bills.lines import NUMBER, PLAN_FEE, PLAN_UPFRONT, RESERVED_FEE
from finops.ingest.bills.reduce_usage import UNUSED
from finops.ingest.cell_values import Mask
from finops.ingest.commitment_words import (
    COMPUTE_PLAN,
    EC2_PLAN,
    RESERVED,
    TERMS,
    kinds_of,
    with_known_words,
)
from finops.money import HOURS_PER_MONTH
from finops.schema import COMMITMENTS

_FEES = (PLAN_FEE, PLAN_UPFRONT, RESERVED_FEE)
_FEES_BY_ID = ("Fee", "Purchase")
_NAMES = {
    "Kind": "CommitmentKind",
    "AccountId": "SubAccountId",
    "BillingCurrency": "BillingCurrency",
    "ServiceCode": "ServiceCode",
    "ServiceName": "ServiceName",
    "OfferingClass": "CommitmentOfferingClass",
    "Term": "CommitmentTerm",
    "PaymentOption": "CommitmentPaymentOption",
    "AvailabilityZone": "AvailabilityZone",
    "Region": "RegionId",
    "InstanceType": "InstanceType",
    "InstanceFamily": "CommitmentInstanceFamily",
    "Platform": "Platform",
    "Tenancy": "Tenancy",
}
_SUMS = ("Lines", "Fees", "FeeHours", "Totals", "TotalHours")
_NEEDED: Mapping[str, Sequence[str]] = {
    RESERVED: ("InstanceType", "Platform", "Region", "Quantity", "UpfrontUSD", "RecurringHourlyUSD"),
    EC2_PLAN: ("InstanceFamily", "Region", "HourlyCommitmentUSD"),
    COMPUTE_PLAN: ("HourlyCommitmentUSD",),
}
_ALWAYS_NEEDED = ("Start", "End")
_NO_UPFRONT = "No Upfront"
_SHOWN = 5


def commitments(lines: ibis.Table) -> ibis.Table:
    """A row per commitment id (one for the fees without) of what its fee lines say, settled or not.

    Texts are the smallest; Lines, Fees (GrossBilledCost of recurring lines) over FeeHours, Totals
    (CommitmentTotal) over TotalHours are sums, hours as long as the lines' charge periods.
    """
    by_id = lines.LineItemType.isin(_FEES_BY_ID) & lines.CommitmentDiscountId.notnull()
    is_purchase = lines.CommitmentDiscountStatus.isnull() | (lines.CommitmentDiscountStatus != UNUSED)
    fees = lines.filter(lines.LineItemType.isin(_FEES) | by_id, is_purchase)
    recurring = (fees.ChargeFrequency == "Recurring") & fees.GrossBilledCost.notnull()
    hours = _hours(fees)
    return fees.group_by(CommitmentId=fees.CommitmentDiscountId).agg(
        **{name: fees[column].min() for name, column in _NAMES.items()},
        Lines=fees.count(),
        Quantity=fees.CommitmentQuantity.max(),
        UpfrontUSD=fees.CommitmentUpfront.max(),
        Fees=fees.GrossBilledCost.sum(where=recurring),
        FeeHours=hours.sum(where=recurring),
        Totals=fees.CommitmentTotal.sum(),
        TotalHours=hours.sum(where=fees.CommitmentTotal.notnull()),
        Start=fees.CommitmentStart.min(),
        End=fees.CommitmentEnd.max(),
    )


def _hours(lines: ibis.Table) -> ir.FloatingValue:
    """Whole hours; a period may end at 23:59:59."""
    seconds = lines.ChargePeriodEnd.epoch_seconds() - lines.ChargePeriodStart.epoch_seconds()
    return ((seconds + 1) / 3600.0).floor().cast(NUMBER)


def commitment_rows(found: pa.Table) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """The ``commitments`` frame of rows of ``commitments``, of one billing month or of several.

    Left out and told in ``commitment_incomplete`` are those that lack what their Kind needs, are not
    in dollars or have no id; in ``commitment_other_service`` reservations of other services than EC2.
    """
    rows = _united(found.to_pandas())
    if rows.empty:
        return COMMITMENTS.empty(), ()
    frame = _frame(rows)
    other = (frame["Kind"] == RESERVED).to_numpy() & ~_is_ec2(rows)
    missing = [
        _missing(row) for row in frame.assign(BillingCurrency=rows["BillingCurrency"]).to_dict("records")
    ]
    incomplete = pd.Series([bool(names) for names in missing]).to_numpy() & ~other
    reasons = [
        f"{row if isinstance(row, str) else '(no id)'} lacks {', '.join(names)}"
        for row, names, is_told in zip(rows["CommitmentId"], missing, incomplete, strict=True)
        if is_told
    ]
    issues = (
        *_issue(
            "commitment_incomplete",
            f"of the bill left out of the owned commitments: {_listed(reasons)}; give them as a file",
            rows[incomplete],
            "warning",
        ),
        *_issue("commitment_other_service", "are for other services than EC2", rows[other], "info"),
    )
    return COMMITMENTS.conform(frame[~(incomplete | other)]), issues


def _united(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per id, whatever number of months told of it."""
    numbers = ("Quantity", "UpfrontUSD", *_SUMS)
    rows = rows.assign(**{name: rows[name].astype("float64") for name in numbers})
    how = dict.fromkeys(_NAMES, "first") | {
        "Quantity": "max",
        "UpfrontUSD": "max",
        "Start": "min",
        "End": "max",
    }
    summed = rows.groupby("CommitmentId", dropna=False, sort=True)
    sums = summed[list(_SUMS)].sum(min_count=1)
    return summed.agg(how).join(sums).reset_index()


def _frame(rows: pd.DataFrame) -> pd.DataFrame:
    kinds = kinds_of(rows)
    reserved, zonal = kinds == RESERVED, rows["AvailabilityZone"].notna()
    known = with_known_words(rows.assign(Scope=None))
    hourly = rows["Fees"] / rows["FeeHours"].where(rows["FeeHours"] > 0)
    total = rows["Totals"] / rows["TotalHours"].where(rows["TotalHours"] > 0)
    scope = pd.Series("Region", index=rows.index, dtype="str").mask(zonal, "Availability Zone")
    options = known["PaymentOption"]
    return COMMITMENTS.conform(
        rows.assign(
            Kind=kinds,
            Sharing=True,
            State="active",
            OfferingClass=known["OfferingClass"].where(reserved),
            TermYears=rows["Term"].map(_years, na_action="ignore").astype("Int64"),
            PaymentOption=options,
            Scope=scope.where(reserved),
            AvailabilityZone=rows["AvailabilityZone"].where(reserved),
            Region=rows["Region"].where(kinds != COMPUTE_PLAN),
            InstanceFamily=rows["InstanceFamily"].where(kinds == EC2_PLAN),
            Tenancy=rows["Tenancy"].mask(reserved & rows["Tenancy"].isna(), "default"),
            HourlyCommitmentUSD=total.where(~reserved),
            UpfrontUSD=rows["UpfrontUSD"].mask(
                rows["UpfrontUSD"].isna() & (options == _NO_UPFRONT), 0.0
            ),
            RecurringHourlyUSD=hourly,
        )
    )


def _years(text: str) -> int | None:
    """1 or 3 of ``1yr``, ``3 yr`` and ``P3Y``."""
    found = re.search(r"\d+", text)
    return int(found.group()) if found and int(found.group()) in TERMS else None


def _missing(row: Mapping[Hashable, Any]) -> list[str]:
    names = ["CommitmentId", "Kind", *_ALWAYS_NEEDED, *_NEEDED.get(str(row["Kind"]), ())]
    absent = [name for name in names if pd.isna(row[name])]
    return absent if row["BillingCurrency"] == "USD" else [*absent, "a price in US dollars"]


def _is_ec2(rows: pd.DataFrame) -> Mask:
    service = rows["ServiceCode"].fillna(rows["ServiceName"]).fillna("").astype("str")
    return service.isin(["AmazonEC2", "Amazon Elastic Compute Cloud"]).to_numpy(dtype=bool)


def _listed(reasons: Sequence[str]) -> str:
    more = len(reasons) - _SHOWN
    return " · ".join(reasons[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _issue(code: str, message: str, rows: pd.DataFrame, severity: str) -> tuple[Issue, ...]:
    if rows.empty:
        return ()
    hourly = rows["Fees"] / rows["FeeHours"].where(rows["FeeHours"] > 0)
    return (
        Issue(
            severity="info" if severity == "info" else "warning",
            code=code,
            message=f"{len(rows)} commitment(s) {message}",
            rows=len(rows),
            cost_usd=float(hourly.sum() * HOURS_PER_MONTH) if hourly.notna().all() else None,
        ),
    )
