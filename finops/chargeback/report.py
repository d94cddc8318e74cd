"""What does a chargeback report hold?"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from finops.chargeback.rules import Commitments, Rule
    from finops.chargeback.targets import Assigned

Shared = Literal["none", "proportional", "even", "fixed"]
Source = Literal["costs", "inventory"]
CostBasis = Literal["billed", "effective", "list", "run_rate"]

UNALLOCATED = "Unallocated"


def is_nobody(name: str) -> bool:
    """Whether a target would read as the line of what has none, in any case."""
    return name.strip().casefold() == UNALLOCATED.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackLine:
    """What one target pays, in dollars with two places: ``direct_usd`` + ``shared_usd`` = ``total_usd``.

    ``previous_usd`` is the total of the period before under the same rule, None where there is no
    such period. ``percent`` is the share of the report's total, 0–100, None where that is not above
    zero. ``resources`` counts the distinct resources charged directly.
    """

    allocated_to: str
    direct_usd: Decimal
    shared_usd: Decimal
    total_usd: Decimal
    previous_usd: Decimal | None
    percent: float | None
    resources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a target takes of a shared pool: ``usd`` (two places) for its ``weight`` by the pool's split.

    Dollars, a share or a quantity of the driver; weights below zero count as zero.
    """

    rule: str
    allocated_to: str
    weight: Decimal
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One way to improve the allocation, with the dollars of the period that it concerns."""

    action: str
    usd: Decimal
    resources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackReport:
    """Who pays for what. The lines add up to ``total_usd`` to the cent, in every mode.

    ``untagged_usd`` is the cost without a target before sharing: Σ ``shared_usd`` of the lines where
    it is shared out, else the line ``Unallocated`` and ``unallocated_usd``.
    ``reconciliation_difference_usd`` = Σ lines − the input, added up on its own path: 0.00.
    ``allocated_pct`` is 0–100, None where the total is not above zero. ``unknown_cost_resources``
    are resources, or charges that name none, whose cost is not known: they are in no figure.

    ``rules`` are those that made it, in their order, and ``digest`` is the SHA-256 of what was asked,
    the rules, every charge and the period before: equal digests mean equal files. ``own_digest`` leaves
    the period before out.

    ``commitments`` says who has their discount. ``assigned`` has the target and the rule of every
    charge, in the order that they were given in.

    ``parts`` are the shares of the pools, in the order of the rules; they add up to ``shared_usd``.

    ``detail``: one row a target × resource × service × region × account × rule – allocated_to,
    resource_id, service, region, cost_usd (exact, Arrow decimal; null where no cost is known),
    account_id, rule – dearest first. Charges without a target are under ``Unallocated`` also where
    they are shared out; ``rule`` is then their pool, null where no rule fits. Σ detail of a target,
    rounded down or up to the cent, is its ``direct_usd``.
    """

    by: str
    basis: CostBasis
    source: Source
    period: str
    shared: Shared
    total_usd: Decimal
    allocated_usd: Decimal
    unallocated_usd: Decimal
    untagged_usd: Decimal
    reconciliation_difference_usd: Decimal
    allocated_pct: float | None
    previous_total_usd: Decimal | None
    unknown_cost_resources: int
    lines: tuple[ChargebackLine, ...]
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...]
    digest: str
    own_digest: str = field(metadata={"printed": False})
    advice: tuple[Advice, ...]
    detail: pd.DataFrame
    commitments: Commitments = field(metadata={"printed": False})
    assigned: Assigned = field(metadata={"printed": False})
