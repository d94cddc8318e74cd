"""In which order may commitments serve which lines? AWS's order, written down once.

(1) zonal RIs on their exact type, platform, tenancy and zone; (2) regional RIs, those of a
size-flexible family from the smallest size to the largest; (3) EC2 Instance Savings Plans on their
family and region; (4) Compute Savings Plans. Within each, the owner's account comes before the
organisation; plans go to the highest saving percentage first, ties to the lower plan rate.
Source: AWS EC2 user guide, "How Reserved Instance discounts are applied"; Savings Plans user guide,
"Calculating your bills with Savings Plans".

What AWS leaves open is settled by names, so that the order of input rows never matters. Sharing is a
commitment's own: one that is not shared serves its account only, and its account still takes from
those of others. AWS shares between two accounts only if both do, which no commitment can tell.
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

_TIES = ["AccountId", "InstanceType", "InstanceFamily", "Quantity", "HourlyCommitmentUSD"]
_COMMITMENT_ORDER = ["Start", "CommitmentId", *_TIES]
_NULL, _ABSENT = -1, -2


@dataclass(frozen=True, slots=True)
class Claim:
    """Commitment ``commitment`` may serve line ``line``; an instance-hour takes ``rate`` of it."""

    commitment: int
    line: int
    rate: float


@dataclass(frozen=True, slots=True)
class _Codes:
    """A column of texts as whole numbers, which compare fast; ``_NULL`` where it is null."""

    of_line: Ints
    known: Mapping[str, int]

    @classmethod
    def of(cls, column: pd.Series) -> _Codes:
        numbers, values = pd.factorize(column)
        return cls(numbers.astype(np.intp), {str(value): at for at, value in enumerate(values)})

    def equal(self, at: Ints, wanted: object) -> Bools:
        """Which of the lines ``at`` hold ``wanted``; a null is equal to nothing."""
        number = self.known.get(wanted, _ABSENT) if isinstance(wanted, str) else _ABSENT
        return np.asarray(self.of_line[at] == number, dtype=np.bool_)

    def null(self, at: Ints) -> Bools:
        return np.asarray(self.of_line[at] == _NULL, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The L lines: a commitment looks only at those of its region and family, all EC2's, in ``of``."""

    account: _Codes
    zone: _Codes
    instance_type: _Codes
    platform: _Codes
    tenancy: _Codes
    units: Floats
    on_demand: Floats
    rank: Ints
    every: Ints
    of: Mapping[tuple[str, str], Ints]
    spec_of: SpecOf | None

    def near(self, region: str, family: str) -> Ints:
        return self.of.get((region, family), self.every[:0])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """What one commitment may claim: lines ``at`` (N,), and per line what decides whose turn it is."""

    stage: int
    at: Ints
    rate: Floats
    first: Floats
    second: Floats
    stranger: Bools


def claims(
    lines: pd.DataFrame,
    commitments: pd.DataFrame,
    on_demand_usd: Floats,
    plan_rates: Floats,
    spec_of: SpecOf | None = None,
) -> list[Claim]:
    """All claims of the commitments (C rows) on the lines (L rows), in the order they are served.

    ``on_demand_usd`` (L,) and ``plan_rates`` (C, L) are dollars per instance-hour. A claim's place
    depends on its commitment and its line alone: one more commitment leaves the others' order as it is.
    """
    return claims_on(lines_of(lines, on_demand_usd, spec_of), commitments, plan_rates)


def claims_on(facts: Lines, commitments: pd.DataFrame, plan_rates: Floats) -> list[Claim]:
    """The same for lines that have been read before."""
    ranks = _rank(commitments, _COMMITMENT_ORDER)
    size = len(commitments)
    found: list[tuple[npt.NDArray[Any], ...]] = []
    for number, one in enumerate(commitments.to_dict("records")):
        may = _reserved(one, facts) if one["Kind"] == RI else _plan(one, facts, plan_rates[number])
        owner = _owner(one["AccountId"], facts.account, may.at)
        shared = pd.isna(one["Sharing"]) or bool(one["Sharing"])
        kept = (may.rate > 0) & (owner | shared)
        at = may.at[kept]
        found.append(
            (
                (2 * facts.rank[at] + may.stranger[kept]) * size + ranks[number],
                may.second[kept],
                may.first[kept],
                2 * may.stage + ~owner[kept],
                np.full(len(at), number),
                at,
                may.rate[kept],
            )
        )
    if not found:
        return []
    *keys, owners, served, rates = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort(keys)
    ordered = (owners[order].tolist(), served[order].tolist(), rates[order].tolist())
    return [Claim(*claim) for claim in zip(*ordered, strict=True)]


def lines_of(lines: pd.DataFrame, on_demand_usd: Floats, spec_of: SpecOf | None) -> Lines:
    """The lines, read once for as many sets of commitments as are asked for."""
    sizes: dict[str, Size] = {
        str(name): size_of(str(name), spec_of) for name in lines["InstanceType"].unique()
    }
    of = [sizes[str(name)] for name in lines["InstanceType"]]
    places: dict[tuple[str, str], list[int]] = {}
    for at, (service, region) in enumerate(zip(lines["Service"], lines["Region"], strict=True)):
        if service == EC2_SERVICE:
            places.setdefault((str(region), of[at].family), []).append(at)
    return Lines(
        account=_Codes.of(lines["AccountId"]),
        zone=_Codes.of(lines["AvailabilityZone"]),
        instance_type=_Codes.of(lines["InstanceType"]),
        platform=_Codes.of(lines["Platform"]),
        tenancy=_Codes.of(lines["Tenancy"]),
        units=np.array([np.nan if size.units is None else size.units for size in of]),
        on_demand=on_demand_usd,
        rank=_rank(lines, LINE_KEYS),
        every=np.arange(len(lines), dtype=np.intp),
        of={place: np.array(at, dtype=np.intp) for place, at in places.items()},
        spec_of=spec_of,
    )


def _rank(frame: pd.DataFrame, keys: list[str]) -> Ints:
    """The place of each row in the order of the keys, whatever the order of the rows."""
    # Codes by column and one sort of them: a tenth of the time of sort_values.
    codes = [_ordered(frame[key]) for key in reversed(keys)]
    rank = np.empty(len(frame), dtype=np.intp)
    rank[np.lexsort(codes)] = np.arange(len(frame))
    return rank


def _ordered(column: pd.Series) -> Ints:
    """Whole numbers in the order of the column's values, nulls last."""
    numbers, values = pd.factorize(column, sort=True)
    return np.where(numbers < 0, len(values), numbers).astype(np.intp)


def _owner(account: Any, accounts: _Codes, at: Ints) -> Bools:
    if pd.isna(account):
        return np.ones(len(at), dtype=np.bool_)
    return accounts.null(at) | accounts.equal(at, account)


def _reserved(one: Mapping[Hashable, Any], facts: Lines) -> _Claims:
    platform, tenancy = _text(one["Platform"], "Linux/UNIX"), _text(one["Tenancy"], "default")
    size = size_of(str(one["InstanceType"]), facts.spec_of)
    zonal = one["Scope"] == ZONAL
    at = facts.near(_text(one["Region"], _text(one["AvailabilityZone"], "")[:-1]), size.family)
    where = facts.platform.equal(at, platform) & facts.tenancy.equal(at, tenancy)
    same_type = facts.instance_type.equal(at, one["InstanceType"])
    if zonal:
        where &= facts.zone.null(at) | facts.zone.equal(at, one["AvailabilityZone"])
    if not zonal and size.units and is_size_flexible(size, platform, tenancy):
        # In instance-hours of the RI's own type: a c4.large takes 4/64 of a c4.8xlarge.
        first = facts.units[at]
        rate = first / size.units
    else:
        where &= same_type
        first, rate = np.zeros(len(at)), np.ones(len(at))
    return _Claims(
        stage=0 if zonal else 1,
        at=at,
        rate=np.where(where, rate, np.nan),
        first=first,
        second=np.zeros(len(at)),
        stranger=~same_type,
    )


def _plan(one: Mapping[Hashable, Any], facts: Lines, plan_rates: Floats) -> _Claims:
    of_family = one["Kind"] == EC2_PLAN
    at = facts.every
    if of_family:
        family = _text(one["InstanceFamily"], family_of(_text(one["InstanceType"], "")))
        at = facts.near(_text(one["Region"], ""), family)
    rate, on_demand = plan_rates[at], facts.on_demand[at]
    share = np.divide(rate, on_demand, out=np.full(len(at), np.nan), where=on_demand > 0)
    # Rounded, so that two savings of 50 % are equal whatever the last bit of their rates.
    saving = np.round(1 - share, 9)
    return _Claims(
        stage=2 if of_family else 3,
        at=at,
        rate=rate,
        first=-saving,
        second=rate,
        stranger=np.zeros(len(at), dtype=np.bool_),
    )


def _text(value: object, default: str) -> str:
    return value if isinstance(value, str) else default
