"""In which order may commitments serve which lines? AWS's order, written down once.

(1) zonal RIs on their exact type, platform, tenancy and zone; (2) regional RIs, those of a
size-flexible family from the smallest size to the largest; (3) EC2 Instance Savings Plans on their
family and region; (4) Compute Savings Plans. Within each, the owner's account comes before the
organisation; plans go to the highest saving percentage first, ties to the lower plan rate.
Source: AWS EC2 user guide, "How Reserved Instance discounts are applied"; Savings Plans user guide,
"Calculating your bills with Savings Plans".

What AWS leaves open is settled by names, so that the order of input rows never matters.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops.ri_engine.pools import EC2_SERVICE, LINE_KEYS
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import Size, SpecOf, family_of, is_size_flexible, size_of

RI = "reserved_instance"
EC2_PLAN = "ec2_instance_savings_plan"
COMPUTE_PLAN = "compute_savings_plan"
ZONAL = "Availability Zone"

Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_TIES = ["AccountId", "InstanceType", "InstanceFamily", "Quantity", "HourlyCommitmentUSD"]
_COMMITMENT_ORDER = ["Start", "CommitmentId", *_TIES]


@dataclass(frozen=True, slots=True)
class Claim:
    """Commitment ``commitment`` may serve line ``line``; an instance-hour takes ``rate`` of it."""

    commitment: int
    line: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The lines as arrays of length L: comparing those is what this module spends its time on."""

    account: Texts
    service: Texts
    region: Texts
    zone: Texts
    instance_type: Texts
    platform: Texts
    tenancy: Texts
    family: Texts
    units: Floats
    on_demand: Floats
    rank: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """The claims of one commitment on all lines: NaN in ``rate`` where it has none."""

    stage: int
    first: Floats
    second: Floats
    stranger: Bools
    rate: Floats


def claims(
    lines: pd.DataFrame,
    commitments: pd.DataFrame,
    on_demand_usd: Floats,
    plan_rates: Floats,
    spec_of: SpecOf | None = None,
) -> list[Claim]:
    """All claims of the commitments (C rows) on the lines (L rows), in the order they are served.

    ``on_demand_usd`` (L,) and ``plan_rates`` (C, L) are dollars per instance-hour.
    """
    sizes = {str(name): size_of(str(name), spec_of) for name in lines["InstanceType"].unique()}
    facts = _facts(lines, sizes, on_demand_usd)
    ranks = _rank(commitments, _COMMITMENT_ORDER)
    keys: list[Floats] = []
    for number, one in enumerate(commitments.to_dict("records")):
        found = (
            _reserved(one, facts, spec_of)
            if one["Kind"] == RI
            else _plan(one, facts, plan_rates[number])
        )
        owner = _is_null(facts.account) | (facts.account == one["AccountId"]) | pd.isna(one["AccountId"])
        shared = pd.isna(one["Sharing"]) or bool(one["Sharing"])
        at = np.flatnonzero((found.rate > 0) & (owner | shared))
        columns = (
            np.full(len(at), ranks[number]),
            found.stranger[at],
            facts.rank[at],
            found.second[at],
            found.first[at],
            ~owner[at],
            np.full(len(at), found.stage),
            np.full(len(at), number),
            at,
            found.rate[at],
        )
        keys.append(np.array(columns, dtype=np.float64))
    if not keys:
        return []
    table = np.concatenate(keys, axis=1)
    order = np.lexsort(table[:7])
    return [Claim(int(c), int(line), float(rate)) for c, line, rate in table[7:, order].T]


def _facts(lines: pd.DataFrame, sizes: dict[str, Size], on_demand_usd: Floats) -> _Lines:
    text = {name: lines[name].to_numpy(dtype=object) for name in LINE_KEYS}
    of = [sizes[str(name)] for name in text["InstanceType"]]
    return _Lines(
        account=text["AccountId"],
        service=text["Service"],
        region=text["Region"],
        zone=text["AvailabilityZone"],
        instance_type=text["InstanceType"],
        platform=text["Platform"],
        tenancy=text["Tenancy"],
        family=np.array([size.family for size in of], dtype=object),
        units=np.array([np.nan if size.units is None else size.units for size in of]),
        on_demand=on_demand_usd,
        rank=_rank(lines, LINE_KEYS),
    )


def _rank(frame: pd.DataFrame, keys: list[str]) -> Ints:
    """The place of each row in the order of the keys, whatever the order of the rows."""
    ordered = frame[keys].reset_index(drop=True).sort_values(keys, kind="stable").index.to_numpy()
    rank = np.empty(len(frame), dtype=np.intp)
    rank[ordered] = np.arange(len(frame))
    return rank


def _reserved(one: Mapping[Hashable, Any], facts: _Lines, spec_of: SpecOf | None) -> _Claims:
    platform, tenancy = _text(one["Platform"], "Linux/UNIX"), _text(one["Tenancy"], "default")
    size = size_of(str(one["InstanceType"]), spec_of)
    region = _text(one["Region"], _text(one["AvailabilityZone"], "")[:-1])
    zonal = one["Scope"] == ZONAL
    same_type = _equal(facts.instance_type, one["InstanceType"])
    where = _equal(facts.service, EC2_SERVICE) & _equal(facts.region, region)
    where &= _equal(facts.platform, platform) & _equal(facts.tenancy, tenancy)
    if zonal:
        where &= _is_null(facts.zone) | _equal(facts.zone, one["AvailabilityZone"])
    if not zonal and size.units and is_size_flexible(size, platform, tenancy):
        where &= _equal(facts.family, size.family)
        # In instance-hours of the RI's own type: a c4.large takes 4/64 of a c4.8xlarge.
        first, rate = facts.units, facts.units / size.units
    else:
        where &= same_type
        first, rate = np.zeros(len(where)), np.ones(len(where))
    return _Claims(
        stage=0 if zonal else 1,
        first=first,
        second=np.zeros(len(same_type)),
        stranger=~same_type,
        rate=np.where(where, rate, np.nan),
    )


def _plan(one: Mapping[Hashable, Any], facts: _Lines, plan_rate: Floats) -> _Claims:
    where = np.isfinite(plan_rate)
    if one["Kind"] == EC2_PLAN:
        family = _text(one["InstanceFamily"], family_of(_text(one["InstanceType"], "")))
        where &= _equal(facts.family, family) & _equal(facts.region, one["Region"])
        where &= _equal(facts.service, EC2_SERVICE)
    # Rounded, so that two savings of 50 % are equal whatever the last bit of their rates.
    saving = np.round(1 - plan_rate / facts.on_demand, 9)
    return _Claims(
        stage=2 if one["Kind"] == EC2_PLAN else 3,
        first=-saving,
        second=plan_rate,
        stranger=np.zeros(len(where), dtype=np.bool_),
        rate=np.where(where, plan_rate, np.nan),
    )


def _equal(values: Texts, wanted: object) -> Bools:
    return np.asarray(values == wanted, dtype=np.bool_)


def _is_null(values: Texts) -> Bools:
    return np.asarray(pd.isna(values), dtype=np.bool_)


def _text(value: object, default: str) -> str:
    return value if isinstance(value, str) else default
