"""Where does the data lie, month by month, as it ages, comes in and is deleted?

Data is followed in cohorts that came in on one day, each by age through the classes of the rule. What is
older than a step when the rule begins moves on the first day, straight to the class of its age.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from finops.insights.lifecycle_rules import Assumptions, Step, Stored
from finops.insights.storage_billing import DAYS_PER_MONTH, NO_RULES, RULES

Floats: TypeAlias = NDArray[np.float64]
_COHORTS_A_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """GB by month (rows) and class (columns, warm to cold, the present one first).

    ``mean_gb``: stored on average over the month. ``moved_gb``: that a rule brought into the class.
    ``early_gb_months``: GB × months that are billed though the data had left the class before its
    shortest stay was over. ``end_gb``: at the month's end. By month: ``arrived_gb``, ``deleted_gb``.
    """

    classes: tuple[str, ...]
    mean_gb: Floats
    moved_gb: Floats
    early_gb_months: Floats
    end_gb: Floats
    arrived_gb: Floats
    deleted_gb: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Cohorts:
    """The day of arrival of each, from now on (before now: below 0), and its GB."""

    day: Floats
    gb: Floats

    def alive(self, at: float, deleted_after: float) -> float:
        """GB that have come and are not deleted at a moment."""
        there = (self.day <= at) & (self.day + deleted_after > at)
        return float(self.gb[there].sum())


def course(stored: Stored, steps: tuple[Step, ...], assumptions: Assumptions) -> Course:
    """The course of what is stored under these steps; no steps: as it is."""
    deleted_after = (
        math.inf if assumptions.deleted_after_days is None else assumptions.deleted_after_days
    )
    last = steps[-1].after_days if steps else 0
    old = _present(stored.size_gb, assumptions, deleted_after, last)
    cohorts, arrived = _with_arrivals(old, assumptions, deleted_after)
    classes = (stored.storage_class, *(step.storage_class for step in steps))
    ages = np.array([0.0, *(float(step.after_days) for step in steps), deleted_after])
    shape = (assumptions.months, len(classes))
    mean, moved, early, end = (np.zeros(shape) for _ in range(4))
    for at, name in enumerate(classes):
        enters = np.maximum(cohorts.day + ages[at], 0.0)
        leaves = np.maximum(cohorts.day + ages[at + 1], 0.0)
        was_here = leaves > enters if at else np.ones(len(leaves), dtype=bool)
        since = enters if at else cohorts.day
        short = np.maximum(RULES.get(name, NO_RULES).days - (leaves - since), 0.0)
        _by_month(moved[:, at], enters, np.where(was_here, cohorts.gb, 0.0) if at else 0 * cohorts.gb)
        _by_month(early[:, at], leaves, np.where(was_here, cohorts.gb * short / DAYS_PER_MONTH, 0.0))
        for month in range(assumptions.months):
            begins, ends = month * DAYS_PER_MONTH, (month + 1) * DAYS_PER_MONTH
            days = np.clip(np.minimum(leaves, ends) - np.maximum(enters, begins), 0.0, None)
            mean[month, at] = float((cohorts.gb * days).sum()) / DAYS_PER_MONTH
            end[month, at] = float(cohorts.gb[(enters < ends) & (leaves >= ends)].sum())
    gone = np.zeros(assumptions.months)
    _by_month(gone, cohorts.day + deleted_after, cohorts.gb)
    return Course(
        classes=classes,
        mean_gb=mean,
        moved_gb=moved,
        early_gb_months=early,
        end_gb=end,
        arrived_gb=arrived,
        deleted_gb=gone,
    )


def _present(size_gb: float, assumptions: Assumptions, deleted_after: float, last: float) -> _Cohorts:
    """What is there now. What has passed the last step is one cohort where nothing is deleted."""
    if assumptions.ages == "equal" or assumptions.age_days < 1:
        return _Cohorts(np.array([-assumptions.age_days]), np.array([size_gb]))
    oldest = min(assumptions.age_days, deleted_after)
    count = math.ceil(oldest)
    ages = (np.arange(count) + 0.5) * oldest / count
    gb = np.full(count, size_gb / count)
    settled = ages >= max(last, _longest_stay()) if math.isinf(deleted_after) else np.zeros(count, bool)
    if settled.any():
        young = ~settled
        ages = np.append(ages[young], ages[settled].min())
        gb = np.append(gb[young], gb[settled].sum())
    return _Cohorts(-ages, gb)


def _longest_stay() -> float:
    return max(rules.days for rules in RULES.values())


def _with_arrivals(
    cohorts: _Cohorts, assumptions: Assumptions, deleted_after: float
) -> tuple[_Cohorts, Floats]:
    """What comes in, a part of what is there at each month's start, on thirty days of the month."""
    arrived = np.zeros(assumptions.months)
    if assumptions.growth == 0:
        return cohorts, arrived
    within = (np.arange(_COHORTS_A_MONTH) + 0.5) / _COHORTS_A_MONTH
    for month in range(assumptions.months):
        begins = month * DAYS_PER_MONTH
        arrived[month] = assumptions.growth * cohorts.alive(begins, deleted_after)
        days = begins + within * DAYS_PER_MONTH
        gb = np.full(_COHORTS_A_MONTH, arrived[month] / _COHORTS_A_MONTH)
        cohorts = _Cohorts(np.append(cohorts.day, days), np.append(cohorts.gb, gb))
    return cohorts, arrived


def _by_month(into: Floats, days: Floats, amounts: Floats) -> None:
    """Add what happens on these days to the months in which it does; what is later is not in them."""
    months = np.floor(np.where(np.isfinite(days), days, 1e12) / DAYS_PER_MONTH).astype(np.int64)
    within = (months >= 0) & (months < len(into))
    np.add.at(into, months[within], amounts[within])
