"""Why this row of advice, why so much of it, and what speaks against it?

Every figure comes from the billing simulator, with what is owned and the other rows in place: with one
unit more or fewer, without the row, with less demand. The sentences say nothing that the figures do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import pandas as pd

from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.reasons.against import case_against
from finops.ri_engine.reasons.alternatives import Alternative
from finops.ri_engine.reasons.figures import figures
from finops.ri_engine.reasons.hours import HOUR_COLUMNS, Stretch, duration
from finops.ri_engine.reasons.record import Displaced, Figures, Reasons
from finops.ri_engine.reasons.snapshot import launches
from finops.ri_engine.reasons.steps import STEP_COLUMNS, amount_of
from finops.ri_engine.reasons.why import why

__all__ = [
    "HOUR_COLUMNS",
    "STEP_COLUMNS",
    "Alternative",
    "Displaced",
    "Reasons",
    "Stretch",
    "duration",
    "reasons",
]

NO_LIMITS = Limits()


def reasons(
    evidence: Evidence,
    demand: Demand,
    purchases: Sequence[Purchase],
    number: int,
    *,
    limits: Limits = NO_LIMITS,
    ec2: pd.DataFrame | None = None,
    lookback_days: int = 90,
) -> Reasons:
    """The reasons of purchase ``number`` of a portfolio for ``demand`` (of the evidence's lines).

    ``limits`` are those under which it was chosen: they may be why there is no more of it. ``ec2``, the
    list of instances, gives the launch dates that stand in for hours on a snapshot. Raises IndexError
    for a number that is not there, ValueError for a row of nothing and for demand without hours.
    """
    one = purchases[number]
    if amount_of(one) <= 0:
        raise ValueError(f"purchase {number} is of nothing; reasons are given for an amount above 0")
    if not len(demand.hours):
        raise ValueError("the demand has no hours; reasons need one hour or more")
    found = figures(evidence, demand, purchases, number)
    launched = None
    if evidence.kind == "snapshot" and ec2 is not None:
        launched = launches(found.pools, ec2, evidence.as_of, lookback_days)
    return Reasons(
        **{each.name: getattr(found, each.name) for each in fields(Figures)},
        why=why(found, purchases, limits, launched),
        case_against=case_against(found),
    )
