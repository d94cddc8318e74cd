"""What was planted, so that engines can be held to finding it? Dates, resources and dollars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finops.money import HOURS_PER_MONTH, HOURS_PER_YEAR, exact
from finops.schema import resource_names
from scripts.demo_data.fleets_data import RUNAWAY_END, RUNAWAY_START
from scripts.demo_data.fleets_development import FORGOTTEN_END, FORGOTTEN_START
from scripts.demo_data.instances import Instance
from scripts.demo_data.organisation import ANALYTICS, SANDBOX
from scripts.demo_data.owned import RESERVED
from scripts.demo_data.prices import dollars
from scripts.demo_data.sample import Sample
from scripts.demo_data.storage_charges import STORM_BUCKET, STORM_CENTS
from scripts.demo_data.tag_texts import MISTAGGED_COST_CENTER, MISTAGGED_KEY
from scripts.demo_data.timeline import AS_OF, BILLED_MONTH, DAYS, START, days, days_of

Truth = Mapping[str, Any]


def planted_truths(sample: Sample) -> Truth:
    """The document ``planted_truths.json``. Dates are inclusive, dollars are numbers."""
    return {
        "as_of": AS_OF.isoformat(),
        "history": {"start": START.isoformat(), "end": AS_OF.isoformat()},
        "month": str(BILLED_MONTH),
        "truths": [
            _runaway(sample),
            _storm(sample),
            _forgotten(sample),
            _idle(sample),
            _oversized(sample),
            _steady(sample),
            _office_hours(sample),
            _mistagged(sample),
            _untagged(sample),
        ],
    }


def _runaway(sample: Sample) -> Truth:
    fleet = _fleet(sample, "backfill")
    return {
        "kind": "cost_anomaly",
        "name": "runaway backfill",
        "what": "a backfill job that started itself again for four days",
        **_where(fleet),
        "start": RUNAWAY_START.isoformat(),
        "end": (RUNAWAY_END - timedelta(days=1)).isoformat(),
        **_excess(_list_by_day(fleet)),
    }


def _storm(sample: Sample) -> Truth:
    bucket = next(each for each in sample.buckets if each.name == STORM_BUCKET)
    return {
        "kind": "cost_anomaly",
        "name": "request storm",
        "what": "a client that asked for the same objects in a loop",
        "account_id": bucket.purpose.account.id,
        "region": bucket.purpose.region,
        "service": "Amazon Simple Storage Service",
        "resources": [STORM_BUCKET],
        "start": min(STORM_CENTS).isoformat(),
        "end": max(STORM_CENTS).isoformat(),
        **_excess({day: Decimal(cents) / 100 for day, cents in STORM_CENTS.items()}),
    }


def _forgotten(sample: Sample) -> Truth:
    fleet = _fleet(sample, "image-experiment")
    return {
        "kind": "cost_anomaly",
        "name": "forgotten GPU fleet",
        "what": "a level shift: GPU instances of an experiment that nobody switched off for ten days",
        **_where(fleet),
        "start": FORGOTTEN_START.date().isoformat(),
        "end": FORGOTTEN_END.date().isoformat(),
        **_excess(_list_by_day(fleet)),
    }


def _idle(sample: Sample) -> Truth:
    fleet = _fleet(sample, "migration-rehearsal")
    return {
        "kind": "idle_fleet",
        "name": "migration rehearsal",
        "what": "runs day and night, CPU at most 1 %: left over from a rehearsal",
        **_always_on(fleet),
    }


def _oversized(sample: Sample) -> Truth:
    fleet = _fleet(sample, "fraud-scoring")
    return {
        "kind": "oversized_fleet",
        "name": "fraud scoring",
        "what": "CPU 4–9 % and memory 8–14 % on 4xlarge: two sizes smaller would do",
        **_always_on(fleet),
    }


def _steady(sample: Sample) -> Truth:
    fleet = _fleet(sample, "payments-api")
    first = fleet[0]
    offer = sample.prices.committed(
        RESERVED,
        first.fleet.instance_type,
        first.fleet.region,
        term_years=1,
        payment="No Upfront",
        offering_class="standard",
    )
    rate = exact(offer.effective_usd_per_hour)
    return {
        "kind": "steady_fleet",
        "name": "payments API",
        "what": "runs day and night throughout, On-Demand, covered by nothing: the obvious purchase",
        **_always_on(fleet),
        "quantity": len(fleet),
        "standard_1yr_no_upfront_usd_per_hour": float(rate),
        "annual_savings_usd": float((first.rate - rate) * len(fleet) * HOURS_PER_YEAR),
    }


def _office_hours(sample: Sample) -> Truth:
    fleet = _fleet(sample, "developer-desktops")
    return {
        "kind": "office_hours_fleet",
        "name": "developer desktops",
        "what": "Monday to Friday 08:00–18:00 UTC: no candidate for a commitment",
        **_where(fleet),
        "start": START.isoformat(),
        "end": AS_OF.isoformat(),
        "month_hours_per_instance": float(fleet[0].hours_in(BILLED_MONTH)),
        "month_list_usd": float(_month_list(fleet)),
        "run_rate_usd": float(_run_rate(fleet)),
    }


def _mistagged(sample: Sample) -> Truth:
    fleets = [each for each in sample.instances if each.fleet.team is ANALYTICS and each.listed]
    buckets = [each for each in sample.buckets if each.purpose.team is ANALYTICS]
    resources = [each.id for each in fleets] + [each.name for each in buckets]
    return {
        "kind": "mistagged_team",
        "name": "Analytics",
        "what": f"writes the key {MISTAGGED_KEY!r} for 'Team', and a cost centre that does not exist",
        "account_id": fleets[0].fleet.account.id,
        "team": ANALYTICS.name,
        "wrong_key": MISTAGGED_KEY,
        "wrong_cost_center": MISTAGGED_COST_CENTER,
        "right_cost_center": ANALYTICS.cost_center,
        "resources": resources,
        "start": START.isoformat(),
        "end": AS_OF.isoformat(),
        "month_effective_usd": float(_month_effective(sample, resources)),
    }


def _untagged(sample: Sample) -> Truth:
    resources = [each.id for each in sample.instances if each.fleet.account is SANDBOX and each.listed]
    resources += [each.name for each in sample.buckets if each.purpose.account is SANDBOX]
    of_account = sample.costs[sample.costs["SubAccountId"] == SANDBOX.id]
    resources += sorted(set(resource_names(of_account["ResourceId"].dropna())) - set(resources))
    return {
        "kind": "untagged_account",
        "name": "sandbox",
        "what": "no resource of the account carries a tag",
        "account_id": SANDBOX.id,
        "resources": resources,
        "start": START.isoformat(),
        "end": AS_OF.isoformat(),
        "month_effective_usd": float(_effective(of_account)),
    }


def _fleet(sample: Sample, name: str) -> list[Instance]:
    return [instance for instance in sample.instances if instance.fleet.name == name]


def _where(instances: list[Instance]) -> Truth:
    fleet = instances[0].fleet
    return {
        "account_id": fleet.account.id,
        "region": fleet.region,
        "service": "Amazon Elastic Compute Cloud",
        "instance_type": fleet.instance_type,
        "resources": [instance.id for instance in instances],
    }


def _always_on(instances: list[Instance]) -> Truth:
    return {
        **_where(instances),
        "start": max(START, instances[0].launched).isoformat(),
        "end": AS_OF.isoformat(),
        "month_list_usd": float(_month_list(instances)),
        "run_rate_usd": float(_run_rate(instances)),
    }


def _excess(by_day: Mapping[date, Decimal]) -> Truth:
    """Everything that the planted resources or requests cost: without the fault it would be nothing."""
    return {
        "excess_by_day_usd": {day.isoformat(): float(amount) for day, amount in by_day.items()},
        "excess_usd": float(sum(by_day.values())),
    }


def _list_by_day(instances: list[Instance]) -> dict[date, Decimal]:
    total = np.zeros(DAYS, dtype=np.int64)
    for each in instances:
        total += each.quarters_by_day() * each.list_per_quarter
    return {day: dollars(int(total[number])) for number, day in enumerate(days()) if total[number]}


def _month_list(instances: list[Instance]) -> Decimal:
    return sum((each.hours_in(BILLED_MONTH) * each.rate for each in instances), Decimal(0))


def _run_rate(instances: list[Instance]) -> Decimal:
    return sum((each.rate for each in instances), Decimal(0)) * HOURS_PER_MONTH


def _month_effective(sample: Sample, resources: list[str]) -> Decimal:
    return _effective(sample.costs[sample.costs["ResourceId"].isin(resources)])


def _effective(costs: Any) -> Decimal:
    span = days_of(BILLED_MONTH)
    first, last = days()[span.start], days()[span.stop - 1]
    day = costs["ChargePeriodStart"].dt.date
    return sum(costs.loc[(day >= first) & (day <= last), "EffectiveCost"], Decimal(0))
