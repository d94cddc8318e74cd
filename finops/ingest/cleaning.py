"""What is kept of a resource list, what is set aside, and do the two add up to the file?

A row is set aside, whole, for the first of these that is true of it:

===================  ==================================================================================
``ragged_row``       more or fewer cells than the header has columns
``broken_quote``     a quote that is opened and not closed
``not_an_instance``  a resource type other than EC2
``missing_id``       no resource id
``total_row``        a row that is called a total and holds nothing but a cost
``unreadable_cost``  a cost that is no number
``foreign_currency`` a cost with the sign or code of another currency than the US dollar
``negative_cost``    a cost below zero
``cost_out_of_range``  a cost of a thousand million dollars or more
``unknown_state``    a state that AWS does not have
``duplicate_row``    an exact copy of an earlier row
``conflicting_id``   the id of an earlier row with other values: the first is kept
===================  ==================================================================================

Everything else keeps the row: a cost that is blank is unknown (``missing_cost``), not zero, and any
other cell that cannot be read becomes null (``unreadable_value``). The total of the file is the sum
of every cost that can be read, in the place of its column, whatever becomes of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from finops.errors import Issue
from finops.ingest.cell_values import BLANKS, Amount, parse_amounts
from finops.ingest.columns import ListFormat
from finops.ingest.csv_rows import SHOWN_ROWS
from finops.ingest.kept_rows import KeptRows, known_dollars
from finops.ingest.sheet import Sheet, as_line
from finops.money import exact_sum
from finops.schema import SET_ASIDE

MOST_DOLLARS = Decimal(10) ** 9
_MOST_READABLE = Decimal(10) ** 18

REASONS: Mapping[str, str] = {
    "ragged_row": "has more or fewer cells than the header has columns",
    "broken_quote": "has a quote that is opened and not closed",
    "not_an_instance": "is a resource of another type than EC2",
    "missing_id": "has no resource id",
    "total_row": "is called a total and holds nothing but a cost",
    "unreadable_cost": "has a cost that is no number",
    "foreign_currency": "has a cost in another currency than US dollars",
    "negative_cost": "has a cost below zero",
    "cost_out_of_range": "has a cost of 1,000,000,000 dollars or more",
    "unknown_state": "has a state other than running, stopped, terminated and those on the way there",
    "duplicate_row": "is an exact copy of an earlier row",
    "conflicting_id": "has the id of an earlier row and other values; the first is kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Exact dollars in the unit of the file (an hour for EC2, a month for S3): file = shown + aside.

    ``unknown_rows`` counts the set-aside rows whose dollars cannot be read; they are in no sum.
    """

    file: Decimal
    shown: Decimal
    set_aside: Decimal
    unknown_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A resource list after cleaning. ``set_aside`` has a row per line of the file, in its schema."""

    frame: pd.DataFrame
    set_aside: pd.DataFrame
    issues: tuple[Issue, ...]
    totals: Totals


@dataclass(slots=True)
class Rejections:
    """Which rows are set aside, and the one code of each; "" is a row that is kept."""

    codes: list[str]

    @classmethod
    def none(cls, rows: int) -> Rejections:
        return cls([""] * rows)

    def reject(self, rows: Sequence[int] | np.ndarray, code: str) -> None:
        """Set these rows aside, unless they are already."""
        for at in rows:
            self.codes[at] = self.codes[at] or code

    def kept(self) -> list[int]:
        return [at for at, code in enumerate(self.codes) if not code]


def judged_costs(sheet: Sheet, wanted: ListFormat, rejections: Rejections) -> list[Amount]:
    """The cost of every row; rows whose cost cannot stand are set aside."""
    amounts = parse_amounts(sheet.cells[wanted.cost], comma_may_be_decimal=sheet.delimiter == ";")
    for at, (value, problem) in enumerate(amounts):
        if problem == "unreadable":
            rejections.reject([at], "unreadable_cost")
        elif problem == "foreign":
            rejections.reject([at], "foreign_currency")
        elif value is not None and abs(value) >= MOST_DOLLARS:
            rejections.reject([at], "cost_out_of_range")
        elif value is not None and value < 0:
            rejections.reject([at], "negative_cost")
    return [_readable(amount) for amount in amounts]


def _readable(amount: Amount) -> Amount:
    """An amount that no bill can hold has no dollars that could be added to anything."""
    too_much = amount.value is not None and abs(amount.value) >= _MOST_READABLE
    return Amount(None, "unreadable") if too_much else amount


def reject_without_id(sheet: Sheet, wanted: ListFormat, rejections: Rejections) -> None:
    """Set aside rows without an id, and the total line that a spreadsheet leaves."""
    names = sheet.cells[wanted.identifier]
    others = [sheet.cells[name] for name in sheet.cells if name not in {wanted.identifier, wanted.cost}]
    for at, name in enumerate(names):
        if name.casefold() in BLANKS:
            rejections.reject([at], "missing_id")
        elif name.casefold().rstrip(":") in {"total", "grand total", "sum", "totals"} and not any(
            cells[at] for cells in others
        ):
            rejections.reject([at], "total_row")


def reject_repeated(sheet: Sheet, wanted: ListFormat, rejections: Rejections) -> None:
    """Set aside exact copies of a kept row, then other rows with the id of a kept one."""
    kept = np.array(rejections.kept(), dtype=np.intp)
    whole = pd.Series(["\x1f".join(row) for row in zip(*sheet.cells.values(), strict=True)])
    rejections.reject(kept[whole.iloc[kept].duplicated().to_numpy()], "duplicate_row")
    kept = np.array(rejections.kept(), dtype=np.intp)
    names = pd.Series(sheet.cells[wanted.identifier], dtype="object")
    rejections.reject(kept[names.iloc[kept].duplicated().to_numpy()], "conflicting_id")


def cleaned(
    sheet: Sheet,
    rejections: Rejections,
    costs: Sequence[Amount],
    per_month: int,
    frame_of: Callable[[KeptRows, list[Decimal | None]], pd.DataFrame],
) -> Cleaned:
    """Put the parts together: the frame of the kept rows, the lines set aside, issues and totals."""
    rows = rejections.kept()
    shown = [costs[at].value for at in rows]
    kept = KeptRows(sheet, rows, [None if cost is None else cost * per_month for cost in shown])
    kept.report(
        "missing_cost", "have no cost; it is unknown, not zero", [cost is None for cost in shown]
    )
    frame = frame_of(kept, shown)
    aside = _set_aside_lines(sheet, rejections, costs)
    in_no_figure = [line.cost for line in aside if line.cost is not None]
    shown_sum, aside_sum = exact_sum(cost for cost in shown if cost is not None), exact_sum(in_no_figure)
    return Cleaned(
        frame=frame,
        set_aside=_set_aside_frame(sheet.file, aside, per_month),
        issues=(*sheet.issues, *_set_aside_issues(sheet.file, aside, per_month), *kept.issues),
        totals=Totals(
            file=exact_sum([shown_sum, aside_sum]),
            shown=shown_sum,
            set_aside=aside_sum,
            unknown_rows=len(aside) - len(in_no_figure),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    code: str
    cost: Decimal | None
    text: str


def _set_aside_lines(sheet: Sheet, rejections: Rejections, costs: Sequence[Amount]) -> list[_Line]:
    whole = [
        _Line(sheet.numbers[at], code, costs[at].value, sheet.line(at))
        for at, code in enumerate(rejections.codes)
        if code
    ]
    comma = sheet.delimiter == ";"
    odd_costs = [_readable(a) for a in parse_amounts(sheet.odd_costs, comma_may_be_decimal=comma)]
    odd = [
        _Line(row.number, row.code, cost.value, as_line(row.cells, sheet.delimiter))
        for row, cost in zip(sheet.odd, odd_costs, strict=True)
    ]
    return sorted([*whole, *odd], key=lambda line: line.number)


def _set_aside_frame(file: str, lines: Sequence[_Line], per_month: int) -> pd.DataFrame:
    costs = [None if line.cost is None else float(line.cost * per_month) for line in lines]
    return SET_ASIDE.conform(
        pd.DataFrame(
            {
                "File": [file] * len(lines),
                "Row": [line.number for line in lines],
                "Code": [line.code for line in lines],
                "Reason": [f"the row {REASONS[line.code]}" for line in lines],
                "CostUSD": pd.Series(costs, dtype="float64"),
                "Text": [line.text for line in lines],
            }
        )
    )


def _set_aside_issues(file: str, lines: Sequence[_Line], per_month: int) -> list[Issue]:
    issues = []
    for code, reason in REASONS.items():
        found = [line for line in lines if line.code == code]
        if not found:
            continue
        unknown = sum(line.cost is None for line in found)
        monthly = [None if line.cost is None else line.cost * per_month for line in found]
        issues.append(
            Issue(
                severity="warning",
                code=code,
                message=f"{len(found)} row(s) set aside; each {reason}"
                + (f" (the dollars of {unknown} of them are unknown)" if unknown else ""),
                file=file,
                rows=len(found),
                cost_usd=known_dollars(monthly),
                row_numbers=tuple(line.number for line in found[:SHOWN_ROWS]),
                set_aside=True,
            )
        )
    return issues
