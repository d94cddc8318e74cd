"""Who pays for cost that has no target? Nobody, or those who share its pool; to the cent in every mode.

Shared cost S over targets t (FinOps Framework, "Managing shared cost"): proportional S·tᵢ/Σt, even
S/n, fixed S·pᵢ with Σp = 1, by a driver S·dᵢ/Σd. Weights are max(tᵢ, 0); all zero is even; with no
target the cost stays unallocated. Pools are shared in the order of the rules (step-down): the weights of
a proportional pool are the direct cost and what earlier pools added to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, get_args

from finops.chargeback.report import UNALLOCATED, Part, Shared, is_nobody
from finops.chargeback.rules import PoolRule, Rule, is_under
from finops.errors import AllocationError
from finops.money import exact, exact_sum, from_cents, is_written_out, round_lines, split_cents

# Quantity by target, by the name of the driver: {"requests": {"Search": 1200}}.
Drivers: TypeAlias = Mapping[str, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Cents:
    """What one target pays, in whole cents."""

    direct: int
    shared: int = 0

    @property
    def total(self) -> int:
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Split:
    """The lines in cents by target, and the parts of every pool that they are made of.

    The lines add up to the rounded total in every mode. ``untagged`` is the rounded cost without a
    target. It is the same in every mode, as the direct cents are: they are rounded together, before
    anything is shared.
    """

    lines: Mapping[str, Cents]
    untagged: int
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines.values())


def split(
    direct: Mapping[str, Decimal],
    pools: Mapping[int, Decimal],
    rules: Sequence[Rule],
    sources: Sequence[str] = (),
    drivers: Drivers | None = None,
) -> Split:
    """Round and share. ``pools`` is the cost without a target by the position of its pool in
    ``rules``; another position is cost that no pool takes, and a missing one is a pool without charges.

    A target with a fixed share or a driver and no cost of its own gets a line. Ties of a cent go to
    the name that sorts first, so that the order of the charges does not matter. Raises AllocationError
    for a driver that is not there.
    """
    names = sorted(direct)
    *cents, untagged = round_lines([*(direct[name] for name in names), exact_sum(pools.values())])
    own = dict(zip(names, cents, strict=True))
    order = sorted(pools)
    pooled = dict(zip(order, round_lines([pools[at] for at in order], untagged), strict=True))
    shared = dict.fromkeys(names, 0)
    parts: list[Part] = []
    for at in order:
        rule = rules[at] if at >= 0 else None
        if not isinstance(rule, PoolRule):
            continue
        weights = _weights(rule, direct, shared, sources, drivers or {})
        if weights:
            for name, part in zip(
                weights, split_cents(pooled.pop(at), list(weights.values())), strict=True
            ):
                shared[name] = shared.get(name, 0) + part
                parts.append(
                    Part(rule=rule.name, allocated_to=name, weight=weights[name], usd=from_cents(part))
                )
    lines = {name: Cents(own.get(name, 0), shared[name]) for name in sorted(shared)}
    if pooled:
        lines[UNALLOCATED] = Cents(sum(pooled.values()))
    return Split(lines, untagged, tuple(parts))


def check_rule(shared: str, fixed_shares: Mapping[str, Decimal] | None) -> dict[str, Decimal] | None:
    """The fixed shares with clean names. Raises AllocationError for a rule that cannot be followed."""
    if shared not in get_args(Shared):
        raise AllocationError(f"no way to share {shared!r}; choose one of {_listed(get_args(Shared))}")
    if fixed_shares is None:
        if shared == "fixed":
            raise AllocationError('fixed sharing needs shares, such as {"Payments": 0.6, "Search": 0.4}')
        return None
    if shared != "fixed":
        raise AllocationError(f"shares were given, but the sharing is {shared!r}; choose 'fixed'")
    shares = {name.strip(): exact(share) for name, share in fixed_shares.items()}
    if len(shares) < len(fixed_shares) or not all(shares):
        raise AllocationError(
            f"each share needs a target of its own, not blank; received {_listed(fixed_shares)}"
        )
    if any(is_nobody(name) for name in shares):
        raise AllocationError(f"{UNALLOCATED} is the cost that is shared out and cannot be a target")
    if wrong := [name for name, share in shares.items() if not (is_written_out(share) and share >= 0)]:
        raise AllocationError(
            f"shares lie between 0 and 1, with at most 30 decimals; look at {_listed(wrong)}"
        )
    if (whole := exact_sum(shares.values())) != 1:
        raise AllocationError(f"fixed shares must add up to 1; these add up to {whole}")
    return shares


def _weights(
    pool: PoolRule,
    direct: Mapping[str, Decimal],
    shared: Mapping[str, int],
    sources: Sequence[str],
    drivers: Drivers,
) -> Mapping[str, Decimal]:
    """Weight by target in the order of names; empty where there is nobody to share the pool."""
    match pool.split:
        case "fixed":
            return dict(sorted(pool.shares.items()))
        case "driver":
            if pool.driver not in drivers:
                raise AllocationError(
                    f"the pool {pool.name} needs the driver {pool.driver}; there is "
                    f"{_listed(sorted(drivers)) or 'none'}: give a file of drivers with that column"
                )
            weights = dict(drivers[pool.driver])
            if nobody := [name for name in weights if is_nobody(name)]:
                raise AllocationError(
                    f"the driver {pool.driver} names {_listed(nobody)}, the line of cost without a "
                    "target, which takes no share"
                )
        case "proportional":
            weights = {
                name: exact_sum([direct.get(name, Decimal(0)), from_cents(cents)])
                for name, cents in shared.items()
            }
        case "even":
            weights = dict.fromkeys(shared, Decimal(1))
    return {
        name: weights[name]
        for name in sorted(weights)
        if not is_under(name, sources) and (not pool.among or is_under(name, pool.among))
    }


def _listed(names: Sequence[str] | Mapping[str, Decimal]) -> str:
    return ", ".join(map(repr, names))
