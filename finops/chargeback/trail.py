"""Which charges and rules made a line, and are two reports the same?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finops import schema
from finops.chargeback.report import UNALLOCATED, ChargebackLine, ChargebackReport, Part
from finops.chargeback.rules import Rule
from finops.errors import AllocationError
from finops.money import exact, exact_sum

TRAIL = schema.Frame(
    name="trail",
    row="what one charge, or the rounding, adds to a line; Σ cost_usd is the line exactly",
    columns={
        "rule": "text",
        "kind": "text",
        "resource_id": "text",
        "service": "text",
        "region": "text",
        "account_id": "text",
        "charge_usd": "money",
        "cost_usd": "money",
    },
)
_CHARGE = ["rule", "resource_id", "service", "region", "account_id", "cost_usd"]
_PLACES = 12


def opened(report: ChargebackReport, allocated_to: str) -> pd.DataFrame:
    """The line of a target as a ``TRAIL`` frame: its own charges, its part of every pool, the rounding.

    ``kind`` is direct, shared or rounding; ``charge_usd`` the whole of a charge and ``cost_usd`` what
    this line bears of it. A part of a pool is spread over the charges of the pool in proportion. Σ
    ``cost_usd`` = ``total_usd``. Unknown costs are left out. Raises AllocationError for no such line.
    """
    line = next((line for line in report.lines if line.allocated_to == allocated_to), None)
    if line is None:
        raise AllocationError(f"the report has no line {allocated_to}")
    detail = report.detail[report.detail["cost_usd"].notna()]
    parts = [part for part in report.parts if part.allocated_to == allocated_to]
    rows: list[dict[Any, Any]] = [*_direct(detail, line, report.parts)]
    for part in parts:
        rows.extend(_shared(detail, part))
    rounding = line.total_usd - exact_sum(row["cost_usd"] for row in rows)
    if rounding:
        rows.append({"kind": "rounding", "charge_usd": None, "cost_usd": rounding})
    return TRAIL.conform(pd.DataFrame(rows, columns=list(TRAIL.columns)))


def fingerprint(
    asked: Mapping[str, object],
    rules: Sequence[Rule],
    detail: pd.DataFrame,
    lines: Sequence[ChargebackLine],
    parts: Iterable[Part],
) -> str:
    """SHA-256 of what was asked, the rules, every charge (``detail``), and what came out of the period.

    The order of the charges, and one charge written as two, do not change it.
    """
    digest = hashlib.sha256()
    head = {
        "asked": asked,
        "rules": [rule.model_dump(mode="json") for rule in rules],
        "lines": [(line.allocated_to, line.total_usd) for line in lines],
        "parts": [(part.rule, part.allocated_to, part.weight, part.usd) for part in parts],
    }
    digest.update(json.dumps(head, sort_keys=True, default=str).encode("utf-8", "backslashreplace"))
    text = detail.to_csv(index=False, na_rep="\\N", lineterminator="\n")
    digest.update(text.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def charges_digest(of_month: pd.DataFrame) -> str:
    """SHA-256 of all columns of a ``costs`` frame. The order of the charges does not change it."""
    text = pa.large_string()
    colon, comma = pa.scalar(":", text), pa.scalar(",", text)
    columns = [pa.array(of_month[name], from_pandas=True).cast(text) for name in of_month]
    # The length before each value keeps apart where one ends and the next begins.
    written = [
        pc.binary_join_element_wise(pc.binary_length(one).cast(text), one, colon) for one in columns
    ]
    rows = pc.binary_join_element_wise(*written, comma, null_handling="replace", null_replacement="-")
    digest = hashlib.sha256(",".join(of_month.columns).encode())
    for row in sorted(rows.to_pylist()):
        digest.update(f"{row}\n".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def with_month_before(own_digest: str, lines: Iterable[ChargebackLine]) -> str:
    """SHA-256 of a period and of what its lines are compared with."""
    before = [(line.allocated_to, str(line.previous_usd)) for line in lines]
    text = json.dumps([own_digest, sorted(before)])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _direct(
    detail: pd.DataFrame, line: ChargebackLine, parts: Iterable[Part]
) -> Iterable[dict[Any, Any]]:
    own = detail[detail["allocated_to"] == line.allocated_to]
    if line.allocated_to == UNALLOCATED:
        own = own[~own["rule"].isin({part.rule for part in parts})]
    for charge in own[_CHARGE].to_dict("records"):
        yield {**charge, "kind": "direct", "charge_usd": charge["cost_usd"]}


def _shared(detail: pd.DataFrame, part: Part) -> Iterable[dict[Any, Any]]:
    pool = detail[(detail["rule"] == part.rule) & (detail["allocated_to"] == UNALLOCATED)]
    whole = Fraction(schema.total(pool["cost_usd"]))
    for charge in pool[_CHARGE].to_dict("records"):
        usd = exact(charge["cost_usd"])
        cost = Fraction(usd) * Fraction(part.usd) / whole if whole else Fraction(0)
        yield {**charge, "kind": "shared", "charge_usd": usd, "cost_usd": _decimal(cost)}


def _decimal(amount: Fraction) -> Decimal:
    """Cut to the places of money; what is lost is part of the rounding."""
    return Decimal(int(amount * 10**_PLACES)).scaleb(-_PLACES)
