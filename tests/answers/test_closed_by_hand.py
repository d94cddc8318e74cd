"""Closing on bills of a few charges: what counts as a restatement, and what each view says of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from finops.answers.allocation import ChargebackSettings
from finops.answers.chargeback_views import opened_line, ways
from finops.answers.closing import close_period, settled
from finops.errors import AllocationError
from finops.estate import Estate
from finops.periods import Month, Span
from finops.schema import COSTS
from finops.storage import JsonStore

AT = datetime(2026, 10, 2, 9, tzinfo=UTC)
JULY, AUGUST, SEPTEMBER = (
    ChargebackSettings(period=Month(2026, month), basis="billed") for month in (7, 8, 9)
)
# A charge: the day, the resource, its team, and its dollars.
Charge = tuple[str, str, str | None, str]
BILL: tuple[Charge, ...] = (
    ("2026-07-01", "i-1", "Payments", "10.00"),
    ("2026-08-01", "i-1", "Payments", "20.00"),
    ("2026-08-01", "i-2", "Payments", "5.00"),
    ("2026-08-01", "i-3", "Mobile", "7.00"),
    ("2026-09-01", "i-1", "Payments", "30.00"),
)


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    return JsonStore(tmp_path / "state")


def bill(sample: Estate, charges: Sequence[Charge] = BILL, **columns: str) -> Estate:
    """An estate of a bill of July to September 2026 and nothing else; ``columns`` hold for all rows."""
    costs = pd.DataFrame(
        {
            "ChargePeriodStart": [pd.Timestamp(day, tz="UTC") for day, _, _, _ in charges],
            "ResourceId": [resource for _, resource, _, _ in charges],
            "Tags": [json.dumps({"Team": team} if team else {}) for _, _, team, _ in charges],
            "BilledCost": [Decimal(usd) for _, _, _, usd in charges],
            "BillingCurrency": "USD",
            "BillingAccountId": "999900001111",
            "SubAccountId": "111122223333",
            "ServiceName": "Amazon EC2",
            **columns,
        }
    )
    return replace(
        sample,
        ec2=sample.ec2.head(0),
        s3=sample.s3.head(0),
        accounts=sample.accounts.head(0),
        costs=COSTS.conform(costs),
        billed=Span(date(2026, 7, 1), date(2026, 9, 30)),
        is_sample=False,
        digest=sha256(repr((charges, columns)).encode()).hexdigest(),
    )


def changed(old: Charge, *new: Charge) -> tuple[Charge, ...]:
    """The bill with other charges instead of one of its own."""
    return tuple(one for row in BILL for one in (new if row == old else (row,)))


def totals(lines: Sequence[object]) -> dict[str, str]:
    return {line.allocated_to: str(line.total_usd) for line in lines}  # type: ignore[attr-defined]


def test_a_restatement_of_the_same_total_is_one(sample: Estate, store: JsonStore) -> None:
    # i-2, $5.00, goes from Payments to Mobile: $25.00 and $7.00 were closed, it is $20.00 and $12.00.
    retagged = bill(
        sample,
        changed(("2026-08-01", "i-2", "Payments", "5.00"), ("2026-08-01", "i-2", "Mobile", "5.00")),
    )
    before = close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    assert ways(before).flows.total_usd == Decimal("32.00")
    after = settled(retagged, AUGUST, store)
    assert after.restated
    assert after.answer.report.reconciliation_difference_usd == 0
    assert totals(after.answer.report.lines) == {"Payments": "25.00", "Mobile": "7.00"}
    with pytest.raises(AllocationError, match="has been restated since it was closed"):
        ways(after)
    # What is missing from the charges of today is in the row of rounding: 25.00 = 20.00 + 5.00.
    by_rule, _ = opened_line(after.answer, "Payments")
    assert [(one.kind, one.usd) for one in by_rule] == [
        ("direct", Decimal(20)),
        ("rounding", Decimal(5)),
    ]
    due = settled(retagged, SEPTEMBER, store).adjustments
    assert [(one.period, one.allocated_to, str(one.usd)) for one in due] == [
        ("2026-08", "Mobile", "5.00"),
        ("2026-08", "Payments", "-5.00"),
    ]
