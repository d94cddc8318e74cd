"""Which instances are idle, too large, old or of the wrong kind, and what would each change save?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import pandas as pd

from finops.answers.cost_basis import bill_month
from finops.answers.reconciliation import HOURS_UNITS
from finops.errors import Issue
from finops.estate import Estate
from finops.insights.findings import KINDS, Finding, Ran
from finops.insights.rightsizing import one_of_a_kind, rightsize, unknown
from finops.insights.sizing import Option, Risk
from finops.insights.utilization import busy
from finops.money import HOURS_PER_MONTH, usd
from finops.periods import Month, between
from finops.pricing import Catalogue, load_catalogue
from finops.schema import resource_names

_NAMED = 5
# By code of the issue, why a running instance is judged in part or not at all.
NOT_JUDGED = {
    "instance_not_priced": "running instances that the catalogue has no price for are not judged by it",
    "instance_not_sized": "running instances with accelerators, local disks or a whole machine, which "
    "vCPU and memory do not describe, are judged for being idle, not for their size",
    "instance_not_measured": "of running instances without a CPU figure, in the list or in 14 days of "
    "metrics, the generation alone is judged",
}
_OPTIONS: dict[Risk, str] = {
    "low": "same_family",
    "medium": "same_architecture",
    "high": "graviton",
}
_TARGET = {"target_type": "instance_type", "target_usd_per_hour": "usd_per_hour", "risk": "risk"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Rightsizing:
    """The findings, and what may be added up of them. Dollars are a month's, at On-Demand prices.

    ``counted_usd`` is the saving of the findings that count; candidates are in no sum. ``by_kind`` has a
    row per kind that was found: kind, instances, counted, candidates, counted_usd. ``measured`` is how
    many running instances have metrics of every one of the last 14 days, of ``running``. ``month`` is
    that of the bill which says how many hours were covered, None without one. ``issues`` say what
    could not be judged.
    """

    findings: tuple[Finding, ...]
    counted_usd: float
    counted: int
    candidates: int
    by_kind: pd.DataFrame
    measured: int
    running: int
    month: Month | None
    as_of: date
    issues: tuple[Issue, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a finding, its fields and its target's as columns, in the order of ``findings``.

        ``same_family``, ``same_architecture`` and ``graviton`` are the options of each risk as text,
        ``m6a.large at $0.0864``, null where there is none.
        """
        found = self.findings
        columns: dict[str, list[object]] = {
            field.name: [getattr(finding, field.name) for finding in found]
            for field in fields(Finding)
            if field.name != "options"
        }
        targets = [finding.target for finding in found]
        for name, source in _TARGET.items():
            columns[name] = [None if one is None else getattr(one, source) for one in targets]
        options = [{option.risk: option for option in finding.options} for finding in found]
        for risk, name in _OPTIONS.items():
            columns[name] = [_priced(of[risk]) if risk in of else None for of in options]
        return pd.DataFrame(columns)


def _priced(option: Option) -> str:
    return f"{option.instance_type} at {usd(option.usd_per_hour, 4)}"


def rightsizing(estate: Estate, catalogue: Catalogue | None = None) -> Rightsizing:
    """The findings on the instances of an estate, by default at the prices of the catalogue in force."""
    prices = load_catalogue() if catalogue is None else catalogue
    counted = bill_month(estate)
    month = None if counted is None else counted.month
    ran = None if month is None else hours_on_the_bill(estate.costs, month)
    findings = rightsize(estate.ec2, estate.metrics, prices, estate.as_of, ran)
    running = estate.ec2.loc[estate.ec2["State"].eq("running").fillna(value=False), "InstanceId"]
    load = busy(estate.metrics, estate.as_of)
    whole = load.index[load["whole"].to_numpy(dtype=bool)]
    counting = [finding for finding in findings if finding.counts]
    return Rightsizing(
        findings=findings,
        counted_usd=sum(finding.saving_usd or 0.0 for finding in counting),
        counted=len(counting),
        candidates=len(findings) - len(counting),
        by_kind=_by_kind(findings),
        measured=int(running.isin(whole).sum()),
        running=len(running),
        month=month,
        as_of=estate.as_of,
        issues=(*_issues(estate.ec2, prices, whole), *_cover_unknown(estate, counting)),
    )


def _cover_unknown(estate: Estate, counting: list[Finding]) -> list[Issue]:
    untold = [finding for finding in counting if finding.covered_pct is None]
    if estate.commitments.empty or not untold:
        return []
    return [
        Issue(
            severity="warning",
            code="cover_unknown",
            message=f"no bill says what the owned commitments cover of {len(untold)} instance(s): their "
            "saving is at On-Demand prices, and less where a commitment is paid anyway; the ranked "
            "actions bill it",
            rows=len(untold),
            cost_usd=sum(finding.saving_usd or 0.0 for finding in untold),
        )
    ]


def hours_on_the_bill(costs: pd.DataFrame, month: Month) -> Mapping[str, Ran]:
    """Hours of each resource in a month of the bill, stretched to 730, and the part that is covered.

    Resources by their name in the lists. Covered are the hours of charges with the commitment status
    Used. A resource whose hours the bill does not tell is not in it.
    """
    charges = costs[between(costs["ChargePeriodStart"], month.start, month.end)]
    used = charges["ChargeCategory"].eq("Usage") & charges["CommitmentDiscountStatus"].ne(
        "Unused"
    ).fillna(value=True)
    in_hours = charges["ConsumedUnit"].str.lower().isin(HOURS_UNITS)
    hours = charges[(used & in_hours).fillna(value=False) & (charges["ConsumedQuantity"] > 0)]
    names = resource_names(hours["ResourceId"])
    every = hours["ConsumedQuantity"].groupby(names).sum()
    covered = hours["CommitmentDiscountStatus"].eq("Used").fillna(value=False)
    of_them = hours["ConsumedQuantity"].where(covered, 0.0).groupby(names).sum()
    whole = month.days * 24
    return {
        str(name): Ran(min(total / whole, 1.0) * HOURS_PER_MONTH, part / total)
        for name, total, part in zip(every.index, every, of_them, strict=True)
    }


def _by_kind(findings: tuple[Finding, ...]) -> pd.DataFrame:
    rows = []
    for kind in KINDS:
        mine = [finding for finding in findings if finding.kind == kind]
        counting = [finding.saving_usd or 0.0 for finding in mine if finding.counts]
        if mine:
            rows.append((kind, len(mine), len(counting), len(mine) - len(counting), sum(counting)))
    return pd.DataFrame(rows, columns=["kind", "instances", "counted", "candidates", "counted_usd"])


def _issues(ec2: pd.DataFrame, prices: Catalogue, measured: pd.Index) -> Iterator[Issue]:
    """What could not be judged, each with the run rate of its instances."""
    running = ec2[ec2["State"].eq("running").fillna(value=False)]
    silent = running["CPUUtilization"].isna() & ~running["InstanceId"].isin(measured)
    not_judged = {
        "instance_not_priced": unknown(ec2, prices),
        "instance_not_sized": one_of_a_kind(ec2, prices),
        "instance_not_measured": running[silent],
    }
    for code, rows in not_judged.items():
        if not rows.empty:
            yield Issue(
                severity="info",
                code=code,
                message=f"{NOT_JUDGED[code]}: {_types(rows)}",
                rows=len(rows),
                cost_usd=float(rows["MonthlyCostUSD"].sum()),
            )


def _types(rows: pd.DataFrame) -> str:
    """The first five types with their region, and how many instances lack either."""
    names = rows["InstanceType"] + " in " + rows["Region"]
    named, nameless = names.dropna().unique(), int(names.isna().sum())
    more = " …" if len(named) > _NAMED else ""
    parts = [", ".join(map(str, named[:_NAMED])) + more] if len(named) else []
    return " and ".join([*parts, *([f"{nameless} without a type or region"] if nameless else [])])
