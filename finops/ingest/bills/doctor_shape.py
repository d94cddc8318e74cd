"""Is the bill complete: its hours, its columns, its line types, its invoices?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from finops.errors import Issue
from finops.ingest.bills.doctor_evidence import (
    NO_TYPE,
    Evidence,
    counted,
    grouped,
    month_of,
    summed,
    type_of,
)
from finops.ingest.bills.doctor_records import Calendar
from finops.ingest.columns import folded

# AWS, "Line item columns" of the Cost and Usage Report, lineItem/LineItemType, and the discounts that
# private agreements bring.
CUR_TYPES = frozenset(
    (
        "BundledDiscount",
        "Credit",
        "Discount",
        "DiscountedUsage",
        "DistributorDiscount",
        "EdpDiscount",
        "EdpSppDiscount",
        "Fee",
        "PrivateRateDiscount",
        "Refund",
        "RIFee",
        "RiVolumeDiscount",
        "SavingsPlanCoveredUsage",
        "SavingsPlanNegation",
        "SavingsPlanRecurringFee",
        "SavingsPlanRefund",
        "SavingsPlanUpfrontFee",
        "SppDiscount",
        "Tax",
        "Usage",
    )
)
# FOCUS 1.2, ChargeCategory.
FOCUS_TYPES = frozenset(("Usage", "Purchase", "Tax", "Credit", "Adjustment"))
_FOCUS = "FOCUS"
_LINE_TYPE = "lineItem/LineItemType"
_INVOICE = ("bill/InvoiceId", "InvoiceId")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Need:
    """A feature that needs one of some columns, where the bill has lines of a type (any by default)."""

    feature: str
    columns: tuple[str, ...]
    only_with: str | None = None


_CUR_NEEDS = (
    _Need("cost bases", (_LINE_TYPE,)),
    _Need("effective cost", ("savingsPlan/SavingsPlanEffectiveCost",), "SavingsPlanCoveredUsage"),
    _Need("effective cost", ("reservation/EffectiveCost",), "DiscountedUsage"),
    _Need("commitments", ("savingsPlan/SavingsPlanARN",), "SavingsPlanCoveredUsage"),
    _Need("commitments", ("reservation/ReservationARN",), "DiscountedUsage"),
    _Need("commitments", ("lineItem/UsageType",)),
    _Need("list cost", ("pricing/publicOnDemandCost",)),
    _Need("chargeback by resource", ("lineItem/ResourceId",)),
)
_FOCUS_NEEDS = (
    _Need("effective cost", ("EffectiveCost",)),
    _Need("list cost", ("ListCost",)),
    _Need("commitments", ("CommitmentDiscountId",)),
    _Need("commitments", ("CommitmentDiscountStatus",)),
    _Need("commitments", ("SkuPriceDetails", "x_UsageType", "ChargeDescription")),
    _Need("tags", ("Tags",)),
    _Need("chargeback by resource", ("ResourceId",)),
)


def shape_issues(found: Evidence, days: Calendar) -> list[Issue]:
    """Gaps in time, absent columns, unknown line types, and months without an invoice."""
    return [
        *_time_gap(days),
        *_partial_last_day(days),
        *_mixed_granularity(days),
        *_columns_absent(found),
        *_types_unknown(found),
        *_not_final(found),
    ]


def _time_gap(days: Calendar) -> list[Issue]:
    gaps = []
    if days.missing_days:
        shown = ", ".join(f"{day:%Y-%m-%d}" for day in days.missing_days[:_SHOWN])
        more = ", …" if len(days.missing_days) > _SHOWN else ""
        gaps.append(f"{len(days.missing_days):,} day(s) have no line ({shown}{more})")
    if days.missing_hours:
        gaps.append(f"{days.missing_hours:,} hour(s) of other days have none")
    if not gaps:
        return []
    return [
        Issue(
            severity="warning",
            code="time_gap",
            message=f"between {days.first:%Y-%m-%d} and {days.last:%Y-%m-%d} {' and '.join(gaps)}; "
            "a file may be missing",
        )
    ]


def _partial_last_day(days: Calendar) -> list[Issue]:
    if days.partial_last_hours is None:
        return []
    return [
        Issue(
            severity="info",
            code="partial_last_day",
            message=f"the last day, {days.last:%Y-%m-%d}, ends after {days.partial_last_hours} hour(s); "
            "daily figures and forecasts leave it out",
        )
    ]


def _mixed_granularity(days: Calendar) -> list[Issue]:
    if days.granularity != "mixed":
        return []
    return [
        Issue(
            severity="warning",
            code="mixed_granularity",
            message=f"{days.hourly_days} day(s) are hourly and {days.daily_days} are daily: hourly "
            "figures, such as commitments, are of the hourly days only",
        )
    ]


def _columns_absent(found: Evidence) -> list[Issue]:
    types = {type_of(row) for row in found.written}
    lacking: dict[str, dict[str, list[str]]] = {}
    for part in found.counted_parts:
        if not part.columns:
            continue
        there = {folded(name) for name in part.columns}
        for need in _FOCUS_NEEDS if part.format == _FOCUS else _CUR_NEEDS:
            needed = need.only_with is None or need.only_with in types
            if needed and not any(folded(name) in there for name in need.columns):
                absent = lacking.setdefault(need.feature, {})
                absent.setdefault(" or ".join(need.columns), []).append(part.name)
        if part.format != _FOCUS and not any(name.startswith("resourcetags") for name in there):
            lacking.setdefault("tags", {}).setdefault("resourceTags/…", []).append(part.name)
    return [_absent(feature, columns) for feature, columns in lacking.items()]


def _absent(feature: str, columns: dict[str, list[str]]) -> Issue:
    files = list(dict.fromkeys(name for names in columns.values() for name in names))
    shown = ", ".join(files[:_SHOWN]) + (", …" if len(files) > _SHOWN else "")
    return Issue(
        severity="info",
        code="column_absent",
        message=f"{feature}: the report lacks the column(s) {', '.join(columns)}; "
        "add them to the export",
        file=shown,
    )


def _types_unknown(found: Evidence) -> list[Issue]:
    def odd(row_type: str, bill_format: str) -> bool:
        return row_type not in (FOCUS_TYPES if bill_format == _FOCUS else CUR_TYPES)

    untyped = {
        part.name
        for part in found.counted_parts
        if part.format != _FOCUS and folded(_LINE_TYPE) not in {folded(name) for name in part.columns}
    }
    rows = [
        row for row in found.written if row["File"] not in untyped and odd(type_of(row), row["Format"])
    ]
    if not rows:
        return []
    names = _most(((type_of(row), int(row["Lines"])) for row in rows), lambda name: name)
    cost = summed(rows, "BilledCost")
    return [
        Issue(
            severity="warning",
            code="line_type_unknown",
            message=f"{counted(rows, 'Lines'):,} line(s) have a type that is not documented "
            f"({', '.join(names)}); their effective cost is taken as their billed cost",
            rows=counted(rows, "Lines"),
            cost_usd=found.dollars(cost),
        )
    ]


def _most(pairs: Iterable[tuple[str, int]], worded: Callable[[str], str]) -> Sequence[str]:
    sums: dict[str, int] = {}
    for name, number in pairs:
        sums[name] = sums.get(name, 0) + number
    ordered = sorted(sums, key=lambda name: (-sums[name], name))
    return [worded(name if name != NO_TYPE else "blank") for name in ordered[:_SHOWN]]


def _not_final(found: Evidence) -> list[Issue]:
    """Months that are over, in files that could name an invoice and do not."""
    can_tell = {
        part.name
        for part in found.counted_parts
        if {folded(name) for name in part.columns} & {folded(name) for name in _INVOICE}
    }
    ends = [row["LastEnd"] for row in found.written if row["LastEnd"]]
    issues = []
    for month, rows in grouped(found.written, month_of).items():
        told = [row for row in rows if row["File"] in can_tell]
        over = [row["MonthEnd"] for row in told if row["MonthEnd"]]
        if month is None or not over or not ends or max(ends) < max(over):
            continue
        if counted(told, "NoInvoice") < counted(told, "Lines"):
            continue
        issues.append(
            Issue(
                severity="info",
                code="not_final",
                message=f"{month:%Y-%m} is over, and no line of it names an invoice: AWS may still "
                "change it",
                rows=counted(told, "Lines"),
            )
        )
    return issues
