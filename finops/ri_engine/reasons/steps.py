"""Why this amount and not one more? What the whole portfolio saves around the amount that was chosen."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.limits import PLAN_STEP_USD
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.reasons.joint import JointBill

STEP_COLUMNS = ["amount", "annual_savings_usd", "marginal_usd", "state", "chosen"]
_UNITS_AROUND = 3
_SHARES_AROUND = (0.05, 0.02, 0.01)
_PLACES = 6


def amount_of(one: Purchase) -> float:
    """Instances, or plan dollars an hour."""
    return float(one.quantity or 0) if one.kind == RI else float(one.hourly_commitment_usd or 0.0)


def unit_of(one: Purchase) -> float:
    """The smallest unit that can be bought: one instance, or a tenth of a cent an hour."""
    return 1.0 if one.kind == RI else PLAN_STEP_USD


def steps(bill: JointBill, one: Purchase) -> pd.DataFrame:
    """A row per amount around the chosen one, the least first: STEP_COLUMNS.

    ``amount`` is instances from 3 fewer to 3 more, or plan dollars an hour at about 1, 2 and 5 % and
    at one unit ($0.001) less and more. ``annual_savings_usd`` is that of the whole portfolio;
    ``marginal_usd`` is what each unit since the row before adds to it a year (the mean of them; NaN for
    amount 0). ``state`` is bought (up to the chosen amount), next (one unit more) or further.
    """
    chosen, unit = amount_of(one), unit_of(one)
    cost = one.hourly_usd / chosen if chosen > 0 else 0.0
    amounts = _around(chosen, unit, reserved=one.kind == RI)
    # The unit before the first row, so that this one has its margin as well.
    before = max(0.0, round(amounts[0] - unit, _PLACES))
    saving = [bill.saving_usd(amount, cost) * HOURS_PER_YEAR for amount in (before, *amounts)]
    added = [later - earlier for earlier, later in pairwise(saving)]
    width = [(later - earlier) / unit for earlier, later in pairwise((before, *amounts))]
    return pd.DataFrame(
        {
            "amount": amounts,
            "annual_savings_usd": saving[1:],
            "marginal_usd": [
                dollars / units if units > 0 else float("nan")
                for dollars, units in zip(added, width, strict=True)
            ],
            "state": [_state(amount, chosen, unit) for amount in amounts],
            "chosen": [amount == chosen for amount in amounts],
        },
        columns=STEP_COLUMNS,
    )


def _around(chosen: float, unit: float, *, reserved: bool) -> list[float]:
    if reserved:
        near = [chosen + at for at in range(-_UNITS_AROUND, _UNITS_AROUND + 1)]
    else:
        shares = [sign * share for share in _SHARES_AROUND for sign in (-1, 1)]
        wide = [round(chosen * (1 + share) / unit) * unit for share in shares]
        near = [chosen - unit, chosen, chosen + unit, *wide]
    kept = {round(amount, _PLACES) for amount in near if amount > -unit / 2} - {round(chosen, _PLACES)}
    return sorted({max(0.0, amount) for amount in kept} | {chosen})


def _state(amount: float, chosen: float, unit: float) -> str:
    if amount <= chosen:
        return "bought"
    return "next" if amount < chosen + 1.5 * unit else "further"
