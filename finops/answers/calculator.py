"""What would a commitment of this size save, if the instances run for so many of their hours?"""

from __future__ import annotations

import pandas as pd

from finops.answers.prices import prices
from finops.money import HOURS_PER_YEAR
from finops.pricing import Catalogue
from finops.pricing.derivations import break_even_utilization


def savings_by_offer(  # noqa: PLR0917 - as one would say it
    instance_type: str,
    region: str,
    platform: str,
    quantity: int,
    used_pct: float,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Every offer for ``quantity`` instances that run ``used_pct`` (0–100) of a year's 8,760 hours.

    One row an offer, the largest saving first: kind, offering_class, term_years, payment_option,
    on_demand_usd (a year, of the hours used), committed_usd (a year, of all hours, upfront spread over
    the term), annual_savings_usd = on_demand − committed, savings_pct of the On-Demand cost,
    break_even_used_pct (the share of the hours at which the saving is 0), upfront_usd and basis (how
    the price is known). Raises UnknownPrice where the catalogue has no On-Demand price.
    """
    known = prices(instance_type, region, platform, catalogue)
    hours = quantity * HOURS_PER_YEAR
    on_demand = known.on_demand_usd_per_hour * hours * used_pct / 100
    rows = [
        {
            "kind": offer.kind,
            "offering_class": offer.offering_class,
            "term_years": offer.term_years,
            "payment_option": offer.payment_option,
            "on_demand_usd": on_demand,
            "committed_usd": offer.effective_usd_per_hour * hours,
            "annual_savings_usd": on_demand - offer.effective_usd_per_hour * hours,
            "break_even_used_pct": 100
            * break_even_utilization(offer.effective_usd_per_hour, known.on_demand_usd_per_hour),
            "upfront_usd": offer.upfront_usd * quantity,
            "basis": offer.basis,
        }
        for offer in known.commitments
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    share = frame["annual_savings_usd"] / on_demand * 100 if on_demand > 0 else float("nan")
    frame["savings_pct"] = share
    order = ["annual_savings_usd", "term_years", "kind", "payment_option"]
    return frame.sort_values(order, ascending=[False, True, True, True], ignore_index=True)


_COLUMNS = [
    "kind",
    "offering_class",
    "term_years",
    "payment_option",
    "on_demand_usd",
    "committed_usd",
    "annual_savings_usd",
    "savings_pct",
    "break_even_used_pct",
    "upfront_usd",
    "basis",
]
