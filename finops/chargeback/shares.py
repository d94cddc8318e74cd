"""Who pays for cost that has no target? Nobody, or everybody by a rule; to the cent in every mode.

Shared cost S over targets t (FinOps Framework, "Managing shared cost"): proportional S·tᵢ/Σt, even
S/n, fixed S·pᵢ with Σp = 1. Proportional weights are max(tᵢ, 0); all zero is even; with no target the
cost stays unallocated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from finops.chargeback.report import UNALLOCATED, Shared
from finops.errors import AllocationError
from finops.money import exact, exact_sum, round_lines, split_cents


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
    """The lines in cents by target. They add up to the rounded total in every mode.

    ``untagged`` is the rounded cost without a target. It is the same in every mode, as the direct
    cents are: they are rounded together, before anything is shared.
    """

    lines: Mapping[str, Cents]
    untagged: int

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines.values())


def split(
    direct: Mapping[str, Decimal],
    untagged: Decimal | None,
    shared: Shared = "none",
    fixed_shares: Mapping[str, Decimal] | None = None,
) -> Split:
    """Round and share. ``untagged`` is None where every charge has a target.

    A target with a fixed share and no cost of its own gets a line. Ties of a cent go to the name
    that sorts first, so that the order of the charges does not matter.
    """
    names = sorted(direct)
    *cents, untagged_cents = round_lines([*(direct[name] for name in names), untagged or Decimal(0)])
    own = dict(zip(names, cents, strict=True))
    weights = _weights(direct, shared, fixed_shares)
    if not weights:
        lines = {name: Cents(own[name]) for name in names}
        rest = {} if untagged is None else {UNALLOCATED: Cents(untagged_cents)}
        return Split(lines | rest, untagged_cents)
    parts = dict(zip(weights, split_cents(untagged_cents, list(weights.values())), strict=True))
    everybody = sorted({*own, *parts})
    return Split(
        {name: Cents(own.get(name, 0), parts.get(name, 0)) for name in everybody}, untagged_cents
    )


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
    if UNALLOCATED in shares:
        raise AllocationError(f"{UNALLOCATED} is the cost that is shared out and cannot be a target")
    if wrong := [name for name, share in shares.items() if not (share.is_finite() and share >= 0)]:
        raise AllocationError(f"shares lie between 0 and 1; look at {_listed(wrong)}")
    if (whole := exact_sum(shares.values())) != 1:
        raise AllocationError(f"fixed shares must add up to 1; these add up to {whole}")
    return shares


def _weights(
    direct: Mapping[str, Decimal], shared: Shared, fixed_shares: Mapping[str, Decimal] | None
) -> Mapping[str, Decimal]:
    """Weight by target in the order of names; nobody, where nothing is shared."""
    match shared:
        case "none":
            return {}
        case "proportional":
            return {name: direct[name] for name in sorted(direct)}
        case "even":
            return {name: Decimal(1) for name in sorted(direct)}
        case "fixed":
            return dict(sorted((fixed_shares or {}).items()))


def _listed(names: Sequence[str] | Mapping[str, Decimal]) -> str:
    return ", ".join(map(repr, names))
