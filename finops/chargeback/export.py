"""How does finance take a chargeback away? As CSV, as a workbook, and as journal entries.

Each adds up to the bill to the cent. Text that a spreadsheet would run as a formula is written as
text. Equal reports give equal bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import pandas as pd

from finops import schema
from finops.chargeback.closed import Adjustment
from finops.chargeback.report import ChargebackReport
from finops.money import exact_sum, round_cents
from finops.spreadsheet import Sheet, csv_text, xlsx_bytes

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
# Showback reports; chargeback invoices, so that it alone has a journal.
Mode = Literal["showback", "chargeback"]

JOURNAL_COLUMNS = ("period", "cost_centre", "account", "debit", "credit", "text")
EXPENSE, CLEARING = "Cloud cost", "Cloud clearing"
_RULE_COLUMNS = (
    "name",
    "kind",
    "keys",
    "categories",
    "columns",
    "source",
    "names",
    "split",
    "shares",
    "driver",
    "among",
    "starts",
    "ends",
)
_HASH_SHOWN = 12
_NO_DAY = date(1980, 1, 1)  # the first that a ZIP file can name


def chargeback_csv(report: ChargebackReport) -> str:
    """The lines as CSV under ``COLUMNS``, largest total first, amounts with two places.

    No line of totals. Unknown amounts are empty.
    """
    return csv_text(_summary(report))


def detail_csv(report: ChargebackReport) -> str:
    """Every resource × service × region × account with its target and rule; exact, so that the
    rounded sum is the total. What is shared out is under ``Unallocated`` with the name of its pool."""
    return csv_text(_detail(report))


def journal_csv(
    report: ChargebackReport,
    expense: str = EXPENSE,
    clearing: str = CLEARING,
    adjustments: Sequence[Adjustment] = (),
) -> str:
    """Journal entries under ``JOURNAL_COLUMNS``: debits equal credits, amounts with two places.

    Each target bears its total on the expense account – a total below zero is a credit – and the
    clearing account, which the invoice of AWS was booked on, is relieved of the whole. Lines of
    $0.00 have no entry. ``adjustments`` of closed periods are booked in the period of the report, in
    the same way, and their ``text`` says so.
    """
    return csv_text(_journal(report, expense, clearing, adjustments))


def chargeback_xlsx(report: ChargebackReport) -> bytes:
    """The workbook: Summary, Detail, Shares, Rules and Reconciliation. It bears no day of its own, so
    that a report gives the same file whenever it is written."""
    return xlsx_bytes(
        [
            Sheet("Summary", _summary(report)),
            Sheet("Detail", _detail(report)),
            Sheet("Shares", _shares(report)),
            Sheet("Rules", _rules(report)),
            Sheet("Reconciliation", reconciliation(report)),
        ],
        _NO_DAY,
        f"Chargeback by {report.by}, {report.period}, {report.basis} cost",
    )


def export_names(
    report: ChargebackReport,
    mode: Mode = "chargeback",
    adjustments: Sequence[Adjustment] = (),
    charges: str = "",
) -> Mapping[str, str]:
    """File names by what they hold, with the mode, the period, the basis and the begin of the hash.

    What a file holds beside the report, whose hash does not know it, is in the name too: the hash of the
    adjustments of a journal, and that of the whole ``charges`` of a FOCUS file.
    """
    period = report.period.replace("/", "_").replace(" ", "") or "period"
    stem = f"{mode}_{period}_{report.basis}_{report.digest[:_HASH_SHOWN]}"
    names = {"summary": f"{stem}_summary.csv", "detail": f"{stem}_detail.csv"}
    if mode == "chargeback":
        names["journal"] = f"{stem}_journal{_hash_of(adjustments)}.csv"
    of_charges = f"_charges_{charges[:_HASH_SHOWN]}" if charges else ""
    return {**names, "workbook": f"{stem}.xlsx", "focus": f"{stem}{of_charges}_focus.csv"}


def reconciliation(report: ChargebackReport) -> pd.DataFrame:
    """What is added up (check), its dollars to the cent and what it differs from the total by."""
    journal = _journal(report, EXPENSE, CLEARING, ())
    borne = journal[journal["account"] == EXPENSE]
    sums = {
        "Charges of the period": report.total_usd - report.reconciliation_difference_usd,
        "Summary: lines": exact_sum(line.total_usd for line in report.lines),
        "Summary: direct and shared": exact_sum(
            line.direct_usd + line.shared_usd for line in report.lines
        ),
        "Detail": round_cents(schema.total(report.detail["cost_usd"])),
        "Journal: debits less credits": exact_sum(borne["debit"].dropna())
        - exact_sum(borne["credit"].dropna()),
    }
    rows = [(check, usd, usd - report.total_usd) for check, usd in sums.items()]
    return pd.DataFrame(rows, columns=["check", "amount_usd", "difference_usd"], dtype="object")


def _summary(report: ChargebackReport) -> pd.DataFrame:
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
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="object")


def _detail(report: ChargebackReport) -> pd.DataFrame:
    detail = report.detail.copy(deep=False)
    detail.insert(0, "period", report.period)
    detail.insert(1, "basis", report.basis)
    return detail


def _journal(
    report: ChargebackReport, expense: str, clearing: str, adjustments: Sequence[Adjustment]
) -> pd.DataFrame:
    text = f"Cloud cost of {report.period}"
    booked = {text: [(line.allocated_to, line.total_usd) for line in report.lines if line.total_usd]}
    for one in adjustments:
        of_period = booked.setdefault(f"Prior-period adjustment of {one.period}", [])
        of_period.append((one.allocated_to, one.usd))
    rows = [
        (
            report.period,
            target,
            account,
            round_cents(usd) if usd >= 0 else None,
            round_cents(-usd) if usd < 0 else None,
            said,
        )
        for said, borne in booked.items()
        for target, account, usd in _entries(borne, expense, clearing)
    ]
    return pd.DataFrame(rows, columns=list(JOURNAL_COLUMNS), dtype="object")


def _entries(
    borne: Sequence[tuple[str, Decimal]], expense: str, clearing: str
) -> list[tuple[str, str, Decimal]]:
    entries = [(target, expense, usd) for target, usd in borne]
    return [*entries, ("", clearing, -exact_sum(usd for _, usd in borne))] if entries else []


def _hash_of(adjustments: Sequence[Adjustment]) -> str:
    if not adjustments:
        return ""
    text = "\n".join(one.model_dump_json() for one in adjustments)
    return f"_adjusted_{hashlib.sha256(text.encode()).hexdigest()[:_HASH_SHOWN]}"


def _shares(report: ChargebackReport) -> pd.DataFrame:
    rows = [(part.rule, part.allocated_to, part.weight, part.usd) for part in report.parts]
    return pd.DataFrame(rows, columns=["rule", "allocated_to", "weight", "part_usd"], dtype="object")


def _rules(report: ChargebackReport) -> pd.DataFrame:
    """The rules in their order, and the hash of the report below them."""
    shown = [
        {name: _in_words(value) for name, value in rule.model_dump(mode="json").items()}
        for rule in report.rules
    ]
    asked = [{"name": "SHA-256 of input and rules", "kind": report.digest}]
    return pd.DataFrame([*shown, *asked], columns=list(_RULE_COLUMNS), dtype="object")


def _in_words(value: object) -> str | None:
    match value:
        case dict():
            return ", ".join(f"{name}: {share}" for name, share in value.items()) or None
        case list():
            return ", ".join(map(str, value)) or None
        case None:
            return None
        case _:
            return str(value) or None
