"""What is charged? One row a charge, from the bill of a month or from the resource lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import pandas as pd

from finops import schema
from finops.chargeback.commitments import owner_keeps
from finops.chargeback.rules import Commitments
from finops.errors import AllocationError, CurrencyError
from finops.periods import Month, between

BillBasis = Literal["billed", "effective", "list"]

# Charges (a ``CHARGES`` frame) -> the virtual tags of each as canonical JSON.
VirtualTagging: TypeAlias = Callable[[pd.DataFrame], pd.Series]

COST_COLUMNS: dict[BillBasis, str] = {
    "billed": "BilledCost",
    "effective": "EffectiveCost",
    "list": "ListCost",
}

CHARGES = schema.Frame(
    name="charges",
    row="a charge; Cost in dollars of the period, exact, null where it is not known",
    columns={
        "ResourceId": "text",
        "ServiceName": "text",
        "Region": "text",
        "AccountId": "text",
        "Cost": "money",
        "Tags": "tags",
        "Start": "time",
        "ServiceCategory": "text",
        "ChargeCategory": "text",
        "CommitmentDiscountStatus": "text",
        "CostCategory": "tags",
        "VirtualTags": "tags",
    },
)


def costs_of_month(
    costs: pd.DataFrame,
    month: Month,
    basis: BillBasis = "billed",
    commitments: Commitments = "users_benefit",
) -> pd.DataFrame:
    """The rows of a ``costs`` frame whose charge period begins in the month (UTC), in its order.

    Every kind of charge is in: usage, purchases, fees, tax, credits and refunds with their sign. The
    basis names the FOCUS 1.2 column: BilledCost, EffectiveCost or ListCost. Empty where the month
    has no charge. ``commitments`` says who has the discount of commitments, which effective cost alone
    spreads: see ``owner_keeps``. Raises CurrencyError for a month in another currency than dollars
    (no currency given counts as dollars), AllocationError where the month has no figure on this basis.
    """
    column = _cost_column(basis)
    of_month = costs[between(costs["ChargePeriodStart"], month.start, month.end)]
    _check_currency(of_month["BillingCurrency"], month)
    if len(of_month) and of_month[column].isna().all():
        raise AllocationError(
            f"the bill has no {column} in {month}, so there is no {basis} basis; "
            f"choose another of {', '.join(COST_COLUMNS)}"
        )
    if commitments == "owner_keeps" and basis == "effective":
        return owner_keeps(of_month, costs)
    return of_month


def charges_from_costs(
    costs: pd.DataFrame,
    month: Month,
    basis: BillBasis = "billed",
    commitments: Commitments = "users_benefit",
) -> pd.DataFrame:
    """``costs_of_month`` as a ``CHARGES`` frame, row by row; it raises what that does."""
    of_month = costs_of_month(costs, month, basis, commitments)
    return CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": schema.resource_names(of_month["ResourceId"]),
                "ServiceName": of_month["ServiceName"],
                "Region": of_month["RegionId"],
                "AccountId": of_month["SubAccountId"],
                "Cost": of_month[_cost_column(basis)],
                "Tags": of_month["Tags"],
                "Start": of_month["ChargePeriodStart"],
                "ServiceCategory": of_month["ServiceCategory"],
                "ChargeCategory": of_month["ChargeCategory"],
                "CommitmentDiscountStatus": of_month["CommitmentDiscountStatus"],
                "CostCategory": of_month["CostCategory"],
            }
        )
    )


def charges_from_inventory(ec2: pd.DataFrame, s3: pd.DataFrame) -> pd.DataFrame:
    """The resource lists at their run rate: MonthlyCostUSD of instances, in every state, and buckets.

    A missing MonthlyCostUSD is an unknown cost, not zero.
    """
    return schema.concat(
        [_listed(ec2, "InstanceId", "EC2"), _listed(s3, "BucketName", "S3")],
        CHARGES,
    )


def _cost_column(basis: BillBasis) -> str:
    if basis not in COST_COLUMNS:
        raise AllocationError(f"no cost basis {basis!r}; choose one of {', '.join(COST_COLUMNS)}")
    return COST_COLUMNS[basis]


def _check_currency(currencies: pd.Series, month: Month) -> None:
    foreign = sorted(set(currencies.dropna().unique()) - {"USD"})
    if foreign:
        raise CurrencyError(
            f"the bill of {month} has charges in {', '.join(foreign)}; a chargeback adds dollars only. "
            "Give a bill in USD"
        )


def _listed(frame: pd.DataFrame, id_column: str, service: str) -> pd.DataFrame:
    return CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": frame[id_column],
                "ServiceName": pd.Series(service, index=frame.index, dtype="str"),
                "Region": frame["Region"],
                "AccountId": frame["AccountId"],
                "Cost": frame["MonthlyCostUSD"],
                "Tags": frame["Tags"],
            }
        )
    )
