"""Which column of a bill says what a resource costs, which month counts, and by what is it grouped?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from finops import tags
from finops.estate import DOLLARS, Estate
from finops.periods import Month
from finops.schema import Basis

NO_BILL = Basis("inventory", "run_rate", "730 h")

# The name that a charge is shown under; null where the bill does not say.
BILL_KEYS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "service": lambda costs: costs["ServiceName"],
    "region": lambda costs: costs["RegionId"],
    "team": lambda costs: tags.values(costs["Tags"], "Team"),
    "account": lambda costs: costs["SubAccountName"].fillna(costs["SubAccountId"]),
}


@dataclass(frozen=True, slots=True)
class BillMonth:
    """A month of the bill, and its column: EffectiveCost, or BilledCost where a bill lacks that."""

    month: Month
    column: str
    basis: Basis


def bill_month(estate: Estate) -> BillMonth | None:
    """The month whose dollars count, None where they are those of the resource lists.

    Without resource lists a bill that holds no full month gives its last one, named as what it is.
    """
    if estate.billed is None or estate.currency != DOLLARS:
        return None
    month = estate.month
    if month is None and not estate.has_lists:
        month = Month.of(estate.billed.last)
    if month is None:
        return None
    amortised = amortises(estate)
    column = "EffectiveCost" if amortised else "BilledCost"
    basis = Basis("costs", "effective" if amortised else "billed", estate.billed.name(month))
    return BillMonth(month, column, basis)


def usable_bases(estate: Estate) -> tuple[str, ...]:
    """The bases that a bill has, the one that counts by default first; none without a bill."""
    if estate.billed is None:
        return ()
    billed = ("billed",) if estate.costs["BilledCost"].notna().any() else ()
    return ("effective", *billed) if amortises(estate) else billed


def amortises(estate: Estate) -> bool:
    """Whether EffectiveCost is there, and not one that the doctor found to contradict the bill."""
    if estate.diagnosis is not None and estate.diagnosis.usable("effective cost") == "no":
        return False
    return bool(estate.costs["EffectiveCost"].notna().any()) or estate.costs.empty
