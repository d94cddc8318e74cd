"""Which days of usage stood out, and what would the history be without one of them?

Where history is too short to test a method, coming days are means of it, and a day that stood out is in
them. Whether it comes back no history of that length tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import standing_out, without_hidden_fees
from finops.periods import utc

_FEWEST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Spike:
    """A day, and the dollars that its usage was beyond the days around it."""

    date: date
    beyond_usd: float


def spikes(daily: pd.DataFrame) -> tuple[Spike, ...]:
    """The days of ``daily_costs`` that stand out and are no fee's; none below a week."""
    history = History.of(daily)
    if history.days < _FEWEST_DAYS:
        return ()
    usage = without_hidden_fees(history, Calendar.of(history.first, history.days)).usage
    beyond, stands_out = standing_out(usage[None])
    return tuple(
        Spike(history.first + timedelta(days=at), float(beyond[0, at]))
        for at in np.flatnonzero(stands_out[0]).tolist()
    )


def without(daily: pd.DataFrame, spike: Spike) -> pd.DataFrame:
    """The same days, with that one as the days around it."""
    there = daily.index == utc(spike.date)
    return daily.assign(
        usage_usd=daily["usage_usd"].where(~there, daily["usage_usd"] - spike.beyond_usd)
    )
