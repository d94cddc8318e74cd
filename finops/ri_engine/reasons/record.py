"""What is known about one row of advice? The figures, before they are put into words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from finops.money import HOURS_PER_MONTH, HOURS_PER_YEAR
from finops.ri_engine.evidence import EvidenceKind
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.reasons.alternatives import Alternative
from finops.ri_engine.reasons.hours import Stretch
from finops.ri_engine.reasons.steps import amount_of, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """An owned commitment that serves less because of the row. ``unused_pct`` of it is idle for that
    reason, ``unused_usd`` a year (None where its cost is unknown)."""

    commitment_id: str
    kind: str
    unused_pct: float
    unused_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of ``Reasons`` but for its sentences: see there."""

    purchase: Purchase
    evidence: EvidenceKind
    steps: pd.DataFrame = field(compare=False)
    hours: pd.DataFrame = field(compare=False)
    pools: pd.DataFrame = field(compare=False)
    saving_usd: float
    used_hours_pct: float | None
    last_unit_pct: float | None
    utilization_pct: float | None
    break_even_pct: float | None
    break_even_months: float | None
    fall_pct: float
    worst_hour: Stretch | None
    worst_week: Stretch | None
    displaced: tuple[Displaced, ...]
    alternatives: tuple[Alternative, ...]
    uncertain_prices: tuple[tuple[str, str], ...]

    @property
    def amount(self) -> float:
        """Instances, or plan dollars an hour."""
        return amount_of(self.purchase)

    @property
    def unit(self) -> float:
        """One instance, or $0.001 an hour."""
        return unit_of(self.purchase)

    @property
    def idle_hours(self) -> int:
        """Hours in which some of the row lies unused."""
        return int((self.hours["unused"] > self.unit * 1e-6).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons(Figures):
    """Why this row, why so much of it, and what speaks against it.

    All is of the joint bill: with what is owned and the other rows in place. Dollars are of the whole
    row, a year has 8,760 hours. ``steps`` holds STEP_COLUMNS, ``hours`` HOUR_COLUMNS (see there), and
    ``pools`` a row per pool that it may serve, the largest first: POOL_KEYS, served (mean instances),
    served_usd (a year at On-Demand rates).

    ``saving_usd`` is what a year's bill is lower with the row than without it, its cost deducted. It is
    not what advice credits the row with: that counts all that it serves, and adds up to the whole.
    ``used_hours_pct`` is the share of hours in which the last unit is used in full, ``last_unit_pct``
    its mean use, ``utilization_pct`` that of the row; these and the worst stretches are None on a
    snapshot, which measures none. ``break_even_pct`` is the use from which the row pays, its cost ÷ the
    On-Demand price of what it serves in full use; ``break_even_months`` the months of the term that it
    needs at the use measured; both None where it serves nothing. ``fall_pct`` is the fall of all demand,
    at once and for good, beyond which the row loses money; 0 where it does already.
    """

    why: tuple[str, ...]
    case_against: tuple[str, ...]


def months_of(one: Purchase) -> int:
    """The months of the term."""
    return 12 * one.term_years


def months_to_pay(cost_usd: float, value_usd: float, term_years: int) -> float | None:
    """The months in which hours of ``value_usd`` On-Demand pay a term of hours of ``cost_usd``."""
    hours = HOURS_PER_YEAR * term_years
    return cost_usd * hours / (value_usd * HOURS_PER_MONTH) if value_usd > 0 else None
