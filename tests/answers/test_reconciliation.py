"""The steps from run rate to bill, on an estate small enough to add up by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest

from finops.answers.reconciliation import reconcile
from finops.estate import Filters
from finops.periods import Month, Span
from finops.schema import COSTS, EC2, S3

# September 2026 has 720 hours. i-1 ran throughout, half of it covered by a commitment at 0.60 of
# 1.00 $/h; i-2 is stopped and ran for 100 hours; i-gone is not listed any more.
INSTANCES = EC2.conform(
    pd.DataFrame(
        {
            "InstanceId": ["i-1", "i-2"],
            "State": ["running", "stopped"],
            "CostPerHourUSD": [1.0, 0.5],
            "MonthlyCostUSD": [730.0, 365.0],
        }
    )
)
BUCKETS = S3.conform(pd.DataFrame({"BucketName": ["logs"], "MonthlyCostUSD": [23.0]}))


def charge(resource: str | None, effective: str, **more: object) -> dict[str, object]:
    usage = {
        "ChargePeriodStart": "2026-09-01",
        "ResourceId": resource,
        "ServiceName": "Amazon Elastic Compute Cloud",
        "ChargeCategory": "Usage",
        "BilledCost": effective,
        "EffectiveCost": effective,
        "ListCost": effective,
    }
    return usage | more


CHARGES = COSTS.conform(
    pd.DataFrame(
        [
            charge("i-1", "360", ConsumedQuantity=360, ConsumedUnit="Hours"),
            charge(
                "i-1",
                "216",
                ListCost="360",
                BilledCost="0",
                ConsumedQuantity=360,
                ConsumedUnit="Hours",
                CommitmentDiscountStatus="Used",
            ),
            charge("i-2", "50", ConsumedQuantity=100, ConsumedUnit="Hours"),
            charge("i-gone", "12.5", ConsumedQuantity=10, ConsumedUnit="Hours"),
            charge("arn:aws:s3:::logs", "24", ServiceName="Amazon Simple Storage Service"),
            charge(None, "7.2", CommitmentDiscountStatus="Unused", ListCost="0", BilledCost="0"),
            charge(None, "0", ChargeCategory="Purchase", BilledCost="223.2", ListCost="0"),
            charge(None, "100", ServiceName="AWS Support", ChargeCategory="Tax"),
            charge(None, "3.3", ServiceName="Amazon Elastic Block Store"),
            charge("i-1", "999", ChargePeriodStart="2026-08-31"),
            charge("i-1", "999", ChargePeriodStart="2026-10-01"),
        ]
    ).astype(dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost"), "object"))
)
BILLED = {
    "billed": Span(date(2026, 8, 31), date(2026, 10, 1)),
    "currency": "USD",
    "diagnosis": None,
    "has_lists": True,
    "filters": Filters(),
}
ESTATE = SimpleNamespace(ec2=INSTANCES, s3=BUCKETS, costs=CHARGES, month=Month(2026, 9), **BILLED)

EXPECTED = {
    "720 hours instead of 730": "-15",  # (1.00 + 0.50) × −10
    "Hours not run: stopped instances": "-310",  # 0.50 × (100 − 720)
    "Instances no longer listed": "12.5",
    "Buckets: bill against list": "1",  # 24 − 23
    "Commitment discounts": "-144",  # 216 − 360
    "Commitments paid for, not used": "7.2",
    "Other usage: Amazon Elastic Block Store": "3.3",
    "Tax charges": "100",
}


def test_each_step_is_the_one_worked_out_by_hand() -> None:
    answer = reconcile(ESTATE)
    assert answer is not None
    assert {step.line: step.usd for step in answer.lines} == {
        line: Decimal(usd) for line, usd in EXPECTED.items()
    }


def test_the_steps_lead_from_the_run_rate_to_the_bill() -> None:
    answer = reconcile(ESTATE)
    assert answer is not None
    assert answer.run_rate_usd == Decimal(1118)  # 730 + 365 + 23
    assert answer.run_rate_usd + sum(step.usd for step in answer.lines) == answer.effective_usd
    assert answer.effective_usd == Decimal("773.0")  # 360+216+50+12.5+24+7.2+100+3.3
    assert answer.billed_usd == Decimal("773.0") - 216 - Decimal("7.2") + Decimal("223.2")


@pytest.mark.parametrize("missing", ["costs", "both lists"])
def test_without_bill_or_lists_there_is_nothing_to_reconcile(missing: str) -> None:
    absent = (
        {"costs": COSTS.empty(), "billed": None}
        if missing == "costs"
        else {"ec2": EC2.empty(), "s3": S3.empty()}
    )
    assert reconcile(SimpleNamespace(**{**vars(ESTATE), **absent})) is None


def test_with_some_states_only_there_is_nothing_to_reconcile() -> None:
    """Else the charges of the others would be those of instances that are not listed any more."""
    stopped = SimpleNamespace(**{**vars(ESTATE), "filters": Filters(states=("stopped",))})
    assert reconcile(stopped) is None
