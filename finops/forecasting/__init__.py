"""Where will the costs of a period end, given the whole days that have passed?

Spent so far + what the remaining days are expected to add: usage by the model that would have forecast
best (``models``, ``backtest``), recurring fees on their days (``fees``), and no one-time charge again.
Intervals come from what the same forecast missed at earlier days of the history (``intervals``). How
well this does is measured by ``python -m benchmarks.forecasting``.
"""

from finops.forecasting.daily import daily_costs
from finops.forecasting.models import PROFILE_DAYS
from finops.forecasting.months import Bounded, MonthAhead, MonthsAhead, Tested, project_months
from finops.forecasting.project import project_days, project_period
from finops.forecasting.projection import BOUNDS, COMPLETE, Point, Projection
from finops.forecasting.spikes import Spike, spikes, without

__all__ = [
    "BOUNDS",
    "COMPLETE",
    "PROFILE_DAYS",
    "Bounded",
    "MonthAhead",
    "MonthsAhead",
    "Point",
    "Projection",
    "Spike",
    "Tested",
    "daily_costs",
    "project_days",
    "project_months",
    "project_period",
    "spikes",
    "without",
]
