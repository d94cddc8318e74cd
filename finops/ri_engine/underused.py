"""Which owned commitments lie idle, since when, what does it cost, and what can be done?

Underused is what was used to less than 80 % of what was bought. What AWS allows: a convertible RI can
be exchanged, a standard one sold on the Reserved Instance Marketplace (owned for 30 days or more, a
month or more left), and the scope of either modified; a Savings Plan can only be returned, within 7 days
and the month of purchase, up to $100 an hour. Source: AWS EC2 user guide, "Sell Reserved Instances",
"Exchange Convertible Reserved Instances"; Savings Plans user guide, "Returning a purchased Savings
Plan".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_MONTH
from finops.periods import utc
from finops.ri_engine.claims import RI, ZONAL
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.owned import active_hours, amortised_hourly_usd, standing_at
from finops.ri_engine.pools import HOUR
from finops.ri_engine.quantity import Floats

Action = Literal["exchange", "sell", "modify", "return", "let_run_out", "look_up_class"]

UNDERUSED_PCT = 80.0
_LEVEL_POINTS = 5.0
_SELL_AFTER_DAYS = 30
_SELL_BEFORE_DAYS = 31
_RETURN_DAYS = 7
_RETURN_USD = 100.0
_WHOLE = 1e-9
_LONGEST_TERM_DAYS = 3 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Underused:
    """A commitment that stands on the day after ``as_of`` and was used too little in the window.

    ``utilization_pct`` is used ÷ purchased of the window, ``idle`` the mean hour's unused instances of
    an RI's own type or dollars of a plan, ``always_idle`` the whole instances that nobody used in any
    hour (None for a plan). ``below_since`` is the first day from which on use stays below the limit and
    ``at_this_level_since`` the first from which on it stays where it is now; both lie within the
    history and are None without hourly usage. ``wasted_monthly_usd`` is 730 mean hours' amortised cost
    of what is unused, ``wasted_usd`` that of the hours from ``below_since`` on, ``waste_ahead_usd`` that
    of the hours until the end if nothing changes; None where the fee, or the end, is unknown. What was
    paid upfront is gone whatever is done. ``what_to_do`` explains ``action`` in a sentence.
    """

    commitment_id: str
    kind: str
    account_id: str | None
    region: str | None
    instance_type: str | None
    instance_family: str | None
    offering_class: str | None
    quantity: float | None
    hourly_commitment_usd: float | None
    end: date
    utilization_pct: float
    idle: float
    always_idle: int | None
    below_since: date | None
    at_this_level_since: date | None
    wasted_monthly_usd: float | None
    wasted_usd: float | None
    waste_ahead_usd: float | None
    action: Action
    what_to_do: str


def underused(evidence: Evidence, below_pct: float = UNDERUSED_PCT) -> tuple[Underused, ...]:
    """Commitments used to less than ``below_pct`` in the evidence's window, the dearest waste first.

    Since when is looked up in all of its history. Each commitment counts in its own hours, so the
    evidence must hold all owned commitments. Those whose waste is unknown come last.
    """
    demand = evidence.history
    active = active_hours(evidence.commitments, demand.hours)
    billed = evidence.billed(demand, active)
    window = billed.budget[:, -evidence.window_hours :]
    used = billed.used[:, -evidence.window_hours :].sum(axis=1)
    bought = window.sum(axis=1)
    standing = standing_at(evidence.commitments, utc(evidence.as_of + timedelta(days=1)))
    # A hair less, so that 80 % of a sum of floats is not below 80 % of it.
    low = standing & (bought > 0) & (used < bought * below_pct / 100 * (1 - 1e-12))
    fee = amortised_hourly_usd(evidence.commitments)
    records = evidence.commitments.to_dict("records")
    both = list(zip(billed.used, billed.budget, strict=True))
    found = [
        _record(evidence, records[number], _Use(*both[number]), float(fee[number]), below_pct)
        for number in np.flatnonzero(low)
    ]
    return tuple(sorted(found, key=lambda one: (-(one.wasted_monthly_usd or 0.0), one.commitment_id)))


def stays_below(used: Floats, bought: Floats, share: float) -> int | None:
    """The first of some days, shape (D,), from which on use stays below ``share`` of what was bought.

    A single better day does not end it: it is the day from which the shortfall, share × bought − used,
    adds up to most (the later one of two). None where it adds up to nothing from any day on.
    """
    ahead = np.cumsum((share * bought - used)[::-1])
    best = int(ahead.argmax()) if ahead.size else 0
    return len(ahead) - 1 - best if ahead.size and ahead[best] > 0 else None


@dataclass(frozen=True, slots=True)
class _Use:
    """What was used and could be used of a commitment in each hour of the history, both (T,)."""

    used: Floats
    bought: Floats


def _record(
    evidence: Evidence, one: Mapping[Hashable, Any], use: _Use, fee: float, below_pct: float
) -> Underused:
    hours = evidence.history.hours
    used, bought = use.used, use.bought
    last = slice(-evidence.window_hours, None)
    counted = bought[last] > 0
    share = float(used[last].sum() / bought[last].sum())
    idle = (bought - used)[last][counted]
    reserved = one["Kind"] == RI
    always = int(np.floor(idle.min() + _WHOLE)) if reserved else None
    below, level = None, None
    if evidence.kind == "hourly":
        day = hours.normalize()
        by_day = pd.DataFrame({"used": used, "bought": bought}).groupby(day, sort=True).sum()
        near = min(below_pct, share * 100 + _LEVEL_POINTS)
        below, level = (_day(by_day, limit / 100) for limit in (below_pct, near))
    unused_share = np.divide(bought - used, bought, out=np.zeros_like(used), where=bought > 0)
    since = hours >= utc(below) if below else np.zeros(len(hours), dtype=np.bool_)
    left = (one["End"] - utc(evidence.as_of + timedelta(days=1))) / HOUR
    ends = left <= _LONGEST_TERM_DAYS * HOURS_PER_DAY  # an unknown end is ages away
    action, what = _advice(one, evidence.as_of, float(idle.mean()), always)
    return Underused(
        commitment_id=one["CommitmentId"],
        kind=one["Kind"],
        account_id=_or_none(one["AccountId"]),
        region=_or_none(one["Region"]),
        instance_type=_or_none(one["InstanceType"]),
        instance_family=_or_none(one["InstanceFamily"]),
        offering_class=_or_none(one["OfferingClass"]),
        quantity=_or_none(one["Quantity"]),
        hourly_commitment_usd=_or_none(one["HourlyCommitmentUSD"]),
        end=one["End"].date(),
        utilization_pct=share * 100,
        idle=float(idle.mean()),
        always_idle=always,
        below_since=below,
        at_this_level_since=level,
        wasted_monthly_usd=_or_none(fee * (1 - share) * HOURS_PER_MONTH),
        wasted_usd=_or_none(fee * float(unused_share[since].sum())) if below else None,
        waste_ahead_usd=_or_none(fee * (1 - share) * left) if ends else None,
        action=action,
        what_to_do=what,
    )


def _day(by_day: pd.DataFrame, share: float) -> date | None:
    at = stays_below(by_day["used"].to_numpy(), by_day["bought"].to_numpy(), share)
    return None if at is None else by_day.index[at].date()


def _advice(
    one: Mapping[Hashable, Any], as_of: date, idle: float, always: int | None
) -> tuple[Action, str]:
    """What AWS allows to be done about it on the day after ``as_of``."""
    alone = not pd.isna(one["Sharing"]) and not bool(one["Sharing"])
    sharing = "Sharing is off: turn it on, so that other accounts can use it. " if alone else ""
    action, what = (
        _of_reserved(one, as_of, idle, always or 0) if one["Kind"] == RI else _of_plan(one, as_of)
    )
    return action, sharing + what


def _of_reserved(
    one: Mapping[Hashable, Any], as_of: date, idle: float, always: int
) -> tuple[Action, str]:
    end, offering = one["End"].date(), one["OfferingClass"]
    if offering == "convertible":
        return "exchange", (
            f"Exchange about {idle:.1f} of them for what runs On-Demand, of equal value or more."
        )
    if one["Scope"] == ZONAL:
        return "modify", (
            "Modify the scope from the zone to the region, which costs nothing but the reserved "
            "capacity: then it serves every zone and, where the family allows it, every size."
        )
    if pd.isna(offering):
        return "look_up_class", "Look up its class: convertible can be exchanged, standard can be sold."
    owned, left = (as_of - one["Start"].date()).days + 1, (end - as_of).days
    if left < _SELL_BEFORE_DAYS:
        return "let_run_out", f"Let it run out on {end} and renew only what is used: too late to sell."
    if not always:
        return "let_run_out", (
            "None of them lay idle in every hour. Put more load on them, or let them run out on "
            f"{end} and renew fewer."
        )
    wait = "" if owned >= _SELL_AFTER_DAYS else f" once owned for {_SELL_AFTER_DAYS} days"
    return "sell", (
        f"Sell {always} on the Reserved Instance Marketplace{wait}: nobody used them in any hour. Else "
        f"let them run out on {end} and renew only what is used."
    )


def _of_plan(one: Mapping[Hashable, Any], as_of: date) -> tuple[Action, str]:
    bought, today = one["Start"].date(), as_of + timedelta(days=1)
    young = (today - bought).days < _RETURN_DAYS and (bought.year, bought.month) == (
        today.year,
        today.month,
    )
    if young and one["HourlyCommitmentUSD"] <= _RETURN_USD:
        until = bought + timedelta(days=_RETURN_DAYS - 1)
        return "return", f"Return it, which AWS takes until {until} within the month of purchase."
    where = "of its family and region " if one["Kind"] != "compute_savings_plan" else ""
    return "let_run_out", (
        f"A plan cannot be sold, exchanged or lowered. Move usage {where}onto it, buy nothing that "
        f"serves before it, and renew less when it ends on {one['End'].date()}."
    )


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
