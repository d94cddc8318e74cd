"""What do the hours of the usage cost under the commitments given?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from finops.errors import CurrencyError, EmptyInput, Issue
from finops.estate import DOLLARS, Estate
from finops.pricing import Catalogue, load_catalogue
from finops.ri_engine.report import NotPriced
from finops.ri_engine.simulation import simulate_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """Which hours, and when commitments count. No ``lookback_days``: all whole days of the usage.

    ``as_if_owned``: what counts on the day after counts in all hours, as advice is sized.
    """

    lookback_days: int | None = None
    as_if_owned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedBill:
    """The bill of ``hours`` hours, in dollars of these hours; percentages are 0 to 100.

    ``total_usd`` = ``commitments_usd`` (amortised; = ``used_usd`` + ``unused_usd``) + ``residual_usd``;
    ``on_demand_usd`` = ``covered_usd`` + ``residual_usd``. What rests on an unknown fee is None. The
    frames are those of ``finops.ri_engine.simulation.Simulation``. ``source``: always hourly usage.
    """

    on_demand_usd: float
    covered_usd: float
    residual_usd: float
    commitments_usd: float | None
    used_usd: float | None
    unused_usd: float | None
    total_usd: float | None
    coverage_pct: float | None
    utilization_pct: float | None
    effective_savings_rate_pct: float | None
    by_commitment: pd.DataFrame = field(compare=False)
    by_pool: pd.DataFrame = field(compare=False)
    by_hour: pd.DataFrame = field(compare=False)
    not_priced: tuple[NotPriced, ...]
    hours: int
    period_start: date
    period_end: date
    as_if_owned: bool
    as_of: date
    source: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]


def simulate(
    estate: Estate, settings: SimulationSettings | None = None, catalogue: Catalogue | None = None
) -> SimulatedBill:
    """The bill of the estate's hourly usage under its commitments, prices being the catalogue's.

    Raises EmptyInput without hourly usage, CurrencyError where only a bill in another currency has any.
    """
    asked = settings or SimulationSettings()
    found = simulate_usage(
        _usage(estate),
        estate.commitments,
        catalogue or load_catalogue(),
        as_of=estate.as_of,
        lookback_days=asked.lookback_days,
        as_if_owned=asked.as_if_owned,
    )
    nothing = () if len(estate.commitments) else ("no commitments are given: all of it is On-Demand",)
    return SimulatedBill(
        on_demand_usd=found.on_demand_usd,
        covered_usd=found.covered_usd,
        residual_usd=found.residual_usd,
        commitments_usd=found.commitments_usd,
        used_usd=found.used_usd,
        unused_usd=found.unused_usd,
        total_usd=found.total_usd,
        coverage_pct=found.coverage_pct,
        utilization_pct=found.utilization_pct,
        effective_savings_rate_pct=found.effective_savings_rate_pct,
        by_commitment=found.by_commitment,
        by_pool=found.by_pool,
        by_hour=found.by_hour,
        not_priced=found.not_priced,
        hours=found.hours,
        period_start=found.start,
        period_end=found.end,
        as_if_owned=asked.as_if_owned,
        as_of=estate.as_of,
        source="hourly",
        notes=(*found.notes, *nothing),
        issues=estate.issues,
    )


def _usage(estate: Estate) -> pd.DataFrame:
    if not estate.usage.empty:
        return estate.usage
    if estate.currency not in {None, DOLLARS}:
        raise CurrencyError(
            f"the bill is in {estate.currency}, and prices are in US dollars: its hours cannot be "
            "billed; give a bill in USD, or hourly usage (--usage)"
        )
    raise EmptyInput(
        f"there is no hourly usage up to {estate.as_of} to bill; give hourly usage (--usage), or a bill "
        "with hours of instances (--billing)"
    )
