"""Which numbers speak for a row and against it? Bills with more, less and none of it say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.pools import POOL_KEYS, Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.reasons.alternatives import alternatives, uncertain_prices
from finops.ri_engine.reasons.hours import HOURS_PER_WEEK, hours_of, last_unit, worst
from finops.ri_engine.reasons.joint import JointBill, Run, joint_bill
from finops.ri_engine.reasons.record import Displaced, Figures, months_to_pay
from finops.ri_engine.reasons.steps import amount_of, steps, unit_of

# A share of demand: below what anyone reads.
_NEAR = 1e-5
# A share of a commitment: what is displaced by less is a rounding of floats.
_LITTLE = 1e-6


def figures(evidence: Evidence, demand: Demand, purchases: Sequence[Purchase], number: int) -> Figures:
    """The figures of purchase ``number``, which has an amount above 0 and a cost."""
    one, bill = purchases[number], joint_bill(evidence, demand, purchases, number)
    amount, unit = amount_of(one), unit_of(one)
    chosen, without = bill.run(amount), bill.run(0.0)
    hours = hours_of(bill, one, demand.hours, chosen, without)
    by_line = chosen.by_row.mean(axis=1)
    value, used = float(bill.usd @ by_line), float(hours["served"].mean())
    measured = evidence.kind == "hourly"
    full, mean = last_unit(hours, amount, unit)
    unit_usd = one.hourly_usd / amount
    return Figures(
        purchase=one,
        evidence=evidence.kind,
        steps=steps(bill, one),
        hours=hours,
        pools=_pools(evidence, bill, by_line),
        saving_usd=float(hours["saving_usd"].mean()) * HOURS_PER_YEAR,
        used_hours_pct=full if measured else None,
        last_unit_pct=mean if measured else None,
        utilization_pct=used / amount * 100 if measured else None,
        break_even_pct=unit_usd * used / value * 100 if value > 0 else None,
        break_even_months=months_to_pay(one.hourly_usd, value, one.term_years),
        fall_pct=_fall(bill, amount, one.hourly_usd) * 100,
        worst_hour=worst(hours, 1, unit_usd) if measured else None,
        worst_week=worst(hours, HOURS_PER_WEEK, unit_usd) if measured else None,
        displaced=_displaced(bill, chosen, without),
        alternatives=alternatives(evidence, bill, one, by_line),
        uncertain_prices=uncertain_prices(evidence, bill, one, by_line),
    )


def _fall(bill: JointBill, amount: float, cost_usd: float) -> float:
    """The share by which all demand must fall for the row to save nothing."""

    def saving(fall: float) -> float:
        without, chosen = (bill.on_demand_usd(units, 1 - fall) for units in (0.0, amount))
        return without - chosen - cost_usd

    low, high = 0.0, 1.0
    at_low, at_high = saving(low), -cost_usd
    if at_low <= 0:
        return 0.0
    # Illinois: the secant, with the weight of an end that stays halved.
    stayed = 0
    while high - low > _NEAR:
        fall = (low * at_high - high * at_low) / (at_high - at_low)
        found = saving(fall)
        if abs(found) <= _NEAR * cost_usd:
            return fall
        if found > 0:
            low, at_low, at_high = fall, found, at_high / 2 if stayed > 0 else at_high
            stayed = 1
        else:
            high, at_high, at_low = fall, found, at_low / 2 if stayed < 0 else at_low
            stayed = -1
    return low


def _pools(evidence: Evidence, bill: JointBill, served: Floats) -> pd.DataFrame:
    pool = evidence.pools.of_line[bill.lines]
    may = np.isfinite(bill.rate)
    rows = pd.DataFrame(
        {"pool": pool, "served": served, "served_usd": served * bill.usd * HOURS_PER_YEAR}
    )[may]
    sums = rows.groupby("pool")[["served", "served_usd"]].sum()
    listed = evidence.pools.keys.iloc[sums.index].reset_index(drop=True)
    both = pd.concat([listed, sums.reset_index(drop=True)], axis=1)
    return both.sort_values(
        ["served_usd", *POOL_KEYS], ascending=[False] + [True] * 4, ignore_index=True
    )


def _displaced(bill: JointBill, chosen: Run, without: Run) -> tuple[Displaced, ...]:
    """Owned commitments that the row takes hours from, the most dollars first."""
    found = []
    for at in np.flatnonzero(bill.owned & (bill.budget > 0)):
        share = float((without.used[at] - chosen.used[at]) / bill.budget[at])
        if share <= _LITTLE:
            continue
        dollars = share * float(bill.amortised_usd[at]) * HOURS_PER_YEAR
        known = None if np.isnan(dollars) else dollars
        found.append(
            Displaced(
                commitment_id=bill.ids[at], kind=bill.kinds[at], unused_pct=share * 100, unused_usd=known
            )
        )
    return tuple(sorted(found, key=lambda one: (-(one.unused_usd or 0.0), one.commitment_id)))
