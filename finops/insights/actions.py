"""What is to be done, as changes of usage? Findings that count, put together, and the hours after them.

A dollar is saved once. Usage is changed first – what is idle stops, what is too large or old becomes
another type – and only what is left is committed to. So a change is not worth what its instances cost
at list price, but what the bill under the owned commitments is lower by: ``finops.answers.actions`` asks
the simulator before and after each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from finops.insights.findings import Evidence, Finding, Kind
from finops.insights.sizing import Risk
from finops.money import HOURS_PER_MONTH
from finops.schema import PLATFORMS, USAGE, USAGE_DEFAULTS, concat


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to do with instances of one account, region, platform and type.

    ``target_type`` is None where they stop. ``hours`` are those of all of them in a month of 730.
    ``price_ratio`` is the target's list price by the present one's, None where one is not known.
    """

    kind: Kind
    account_id: str | None
    region: str
    platform: str
    instance_type: str
    target_type: str | None
    risk: Risk | None
    evidence: Evidence
    instance_ids: tuple[str, ...]
    hours: float
    list_saving_usd: float
    price_ratio: float | None = None

    @property
    def title(self) -> str:
        """``5 × m5.2xlarge in eu-central-1: stop``, with account and platform where they say more."""
        what = "stop" if self.target_type is None else f"change to {self.target_type}"
        of = "" if self.platform == PLATFORMS[0] else f" ({self.platform})"
        owner = "" if self.account_id is None else f" of {self.account_id}"
        return f"{len(self.instance_ids)} × {self.instance_type}{of} in {self.region}{owner}: {what}"


def changes(findings: Iterable[Finding]) -> tuple[Change, ...]:
    """The findings that count, put together where they say the same; the largest saving first."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        if one.counts:
            target = None if one.target is None else one.target.instance_type
            key = (one.kind, one.account_id, one.region, one.platform, one.instance_type, target)
            groups.setdefault((*key, one.evidence), []).append(one)
    found = [_change(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda change: (-change.list_saving_usd, change.title)))


def _change(group: list[Finding]) -> Change:
    first = group[0]
    target = first.target
    return Change(
        kind=first.kind,
        account_id=first.account_id,
        region=first.region,
        platform=first.platform,
        instance_type=first.instance_type,
        target_type=None if target is None else target.instance_type,
        risk=None if target is None else target.risk,
        evidence=first.evidence,
        instance_ids=tuple(sorted(one.instance_id for one in group)),
        hours=sum(one.hours for one in group),
        list_saving_usd=sum(one.saving_usd or 0.0 for one in group),
        price_ratio=None if target is None else _ratio(target.usd_per_hour, first.usd_per_hour),
    )


def _ratio(after: float, before: float | None) -> float | None:
    return after / before if before else None


def changed(usage: pd.DataFrame, change: Change, hours: int) -> pd.DataFrame | None:
    """A ``usage`` frame of ``hours`` hours after a change; None where it has none of such instances.

    Usage does not name instances. So the change's hours of the month, brought to these hours, are taken
    from all rows of its pool alike: On-Demand, default tenancy, its account where usage names accounts.
    They go, or become as many hours of the target, at the rate of the usage × the ratio of list prices,
    so that a negotiated discount stays; where usage has no rate, at the catalogue's price. Rows stay,
    with a quantity of 0 if need be: the hours that are known do not change.
    """
    mine = _of_the_pool(usage, change)
    quantity = usage["Quantity"].where(mine, 0.0).fillna(0.0)
    there = float(quantity.sum())
    if there <= 0:
        return None
    part = min(1.0, change.hours * hours / HOURS_PER_MONTH / there)
    left = usage.assign(Quantity=usage["Quantity"].where(~mine, usage["Quantity"] * (1 - part)))
    if change.target_type is None:
        return left
    moved = usage[mine].assign(
        InstanceType=change.target_type,
        Quantity=usage["Quantity"][mine] * part,
        OnDemandRateUSD=usage["OnDemandRateUSD"][mine] * (change.price_ratio or float("nan")),
    )
    return concat([left, moved], USAGE)


def _of_the_pool(usage: pd.DataFrame, change: Change) -> pd.Series:
    filled = {name: usage[name].fillna(value) for name, value in USAGE_DEFAULTS.items()}
    mine = (
        usage["InstanceType"].eq(change.instance_type)
        & usage["Region"].eq(change.region)
        & filled["Platform"].eq(change.platform)
    ).fillna(value=False)
    for name in ("Service", "Tenancy", "PurchaseOption"):
        mine &= filled[name].eq(USAGE_DEFAULTS[name])
    if change.account_id is not None:
        mine &= (usage["AccountId"].isna() | usage["AccountId"].eq(change.account_id)).fillna(value=True)
    return mine
