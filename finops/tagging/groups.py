"""How does compliance differ by service, region, account, team, environment and age?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from finops.money import share_pct
from finops.tagging.report import GroupLine
from finops.tagging.sums import Dollars, Flags, known_sum

# Lower ends in days, and the names of the bands.
AGES = ((0, "under 30 days"), (30, "30 to 89 days"), (90, "90 to 364 days"), (365, "365 days and more"))
UNKNOWN = "unknown"


def group_lines(names: pd.Series, compliant: Flags, cost: Dollars) -> tuple[GroupLine, ...]:
    """One line a name, dearest first."""
    codes, distinct = pd.factorize(names)
    lines = [
        _group_line(str(name), compliant[codes == code], cost[codes == code])
        for code, name in enumerate(distinct)
    ]
    return tuple(sorted(lines, key=lambda line: (-line.cost_usd, line.name)))


def age_lines(
    since: pd.Series, compliant: Flags, cost: Dollars, as_of: date | None
) -> tuple[GroupLine, ...]:
    """One line an age on the day ``as_of``, youngest first, unknown last; none without the day."""
    if as_of is None:
        return ()
    lines = {line.name: line for line in group_lines(_ages(since, as_of), compliant, cost)}
    return tuple(lines[name] for name in (*(name for _, name in AGES), UNKNOWN) if name in lines)


def _ages(since: pd.Series, as_of: date) -> pd.Series:
    """The band of each resource: whole days from its start to ``as_of``. A later start is under 30."""
    days = (pd.Timestamp(as_of, tz="UTC") - since.dt.normalize()).dt.days
    lower = [low for low, _ in AGES]
    at = np.clip(np.searchsorted(lower, days.fillna(0), side="right") - 1, 0, None)
    named = pd.Series(np.array([name for _, name in AGES])[at], index=since.index, dtype="str")
    return named.mask(days.isna(), UNKNOWN)


def _group_line(name: str, compliant: Flags, cost: Dollars) -> GroupLine:
    return GroupLine(
        name=name,
        resources=len(compliant),
        compliant=int(compliant.sum()),
        compliance_pct=share_pct(int(compliant.sum()), len(compliant)),
        compliance_by_cost_pct=share_pct(known_sum(cost[compliant]), known_sum(cost)),
        cost_usd=known_sum(cost),
        compliant_cost_usd=known_sum(cost[compliant]),
    )
