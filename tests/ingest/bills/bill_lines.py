"""Small tables of flat bill lines for tests: what a test does not say is null."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

import ibis
import pyarrow as pa

from finops.ingest.bills.backend import Backend
from finops.ingest.bills.lines import COVERED, FLAT, NEGATION, PLAN_FEE

Line = dict[str, object]
MONEY = tuple(name for name, kind in FLAT.items() if kind.is_decimal())
COSTS = tuple(name for name in MONEY if name.endswith("Cost"))
JANUARY, FEBRUARY = datetime(2026, 1, 1), datetime(2026, 2, 1)  # noqa: DTZ001 – UTC, as lines have it
HOUR = timedelta(hours=1)
TEAM_A, TEAM_B, NO_TAGS = 11, -12, 13
_ARROW = {"timestamp": pa.timestamp("us"), "string": pa.string(), "float64": pa.float64()}


def line(kind: str = "Usage", **values: object) -> Line:
    """A line of January's first hour; ``cost`` sets all six money columns."""
    cost = values.pop("cost", None)
    costs = {} if cost is None else dict.fromkeys(COSTS, cost)
    return {
        "LineItemType": kind,
        "BillingPeriodStart": JANUARY,
        "BillingPeriodEnd": FEBRUARY,
        "ChargePeriodStart": JANUARY,
        "ChargePeriodEnd": JANUARY + HOUR,
        "BillingAccountId": "111111111111",
        "SubAccountId": "222222222222",
        "BillingCurrency": "USD",
        "TagSetId": NO_TAGS,
        **costs,
        **values,
    }


def instance(kind: str = "Usage", **values: object) -> Line:
    """An hour of an m5.large."""
    return line(
        kind,
        **{
            "ServiceCode": "AmazonEC2",
            "ServiceName": "Amazon Elastic Compute Cloud",
            "ChargeCategory": "Usage",
            "RegionId": "us-east-1",
            "ResourceId": "i-1",
            "UsageType": "BoxUsage:m5.large",
            "InstanceType": "m5.large",
            "Platform": "Linux/UNIX",
            "Tenancy": "default",
            "PurchaseOption": "on_demand",
            "OnDemandRate": 0.096,
            "ConsumedQuantity": 1.0,
            "ConsumedUnit": "Hrs",
            "TagSetId": TEAM_A,
            **values,
        },
    )


def plan_hour(at: datetime = JANUARY, **of_fee: object) -> list[Line]:
    """An m5.large at 0.096 $/h under a plan: 0.07 of a fee of 0.08 used, as nise writes it."""
    when = {"ChargePeriodStart": at, "ChargePeriodEnd": at + HOUR}
    price = {"BilledCost": "0.096", "GrossBilledCost": "0.096", "ContractedCost": "0.096"}
    effective = {"EffectiveCost": "0.07", "GrossEffectiveCost": "0.07", "ListCost": "0.096"}
    back = {"BilledCost": "-0.096", "GrossBilledCost": "-0.096"} | dict.fromkeys(
        ("EffectiveCost", "GrossEffectiveCost", "ListCost", "ContractedCost"), "0"
    )
    fee = {"BilledCost": "0.08", "GrossBilledCost": "0.08", "ListCost": "0", "ContractedCost": "0"}
    used = {"CommitmentDiscountStatus": "Used", "CommitmentDiscountType": "Savings Plan"}
    return [
        instance(COVERED, **price, **effective, **when, **used),
        line(NEGATION, **back, **when, ChargeCategory="Adjustment"),
        line(PLAN_FEE, **{"ChargeCategory": "Purchase", "LineItemId": "fee", **fee, **when, **of_fee}),
    ]


def flat(lines: Iterable[Line]) -> pa.Table:
    """The lines with every column of FLAT."""
    rows = list(lines)
    unknown = {name for row in rows for name in row} - set(FLAT)
    assert not unknown, unknown
    return pa.table({name: _column(rows, name) for name in FLAT})


def _column(rows: list[Line], name: str) -> pa.Array:
    values = [row.get(name) for row in rows]
    if name in MONEY:
        amounts = [None if value is None else Decimal(str(value)) for value in values]
        return pa.array(amounts, pa.decimal128(38, 12))
    if name == "TagSetId":
        return pa.array(values, pa.int64())
    return pa.array(values, _ARROW[str(FLAT[name]).split("(")[0]])


def tag_sets() -> pa.Table:
    """Team a with a cost category, team b without, and no tags at all."""
    return pa.table(
        {
            "TagSetId": pa.array([TEAM_A, TEAM_B, NO_TAGS], pa.int64()),
            "Tags": ['{"Team":"a"}', '{"Team":"b"}', "{}"],
            "CostCategory": pa.array(['{"Unit":"x"}', None, None], pa.string()),
            "Team": pa.array(["a", "b", None], pa.string()),
        }
    )


def given(lines: Iterable[Line]) -> ibis.Table:
    return ibis.memtable(flat(lines))


def rows_of(backend: Backend, expression: ibis.Table) -> list[Line]:
    return cast(list[Line], backend.arrow(expression).to_pylist())


def total(rows: Iterable[Line], name: str) -> Decimal | None:
    """The sum of a money column, null where every cell is."""
    known = [Decimal(str(row[name])) for row in rows if row[name] is not None]
    return sum(known, Decimal(0)) if known else None


def sums(rows: Iterable[Line]) -> dict[str, Decimal | None]:
    """The sum of every money column."""
    several = list(rows)
    return {name: total(several, name) for name in COSTS}
