"""Daily costs that a reader can add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

Amount = float | Callable[[date], float]


def daily(
    first: date, last: date, usage: Amount = 10.0, recurring: Amount = 0.0, one_time: Amount = 0.0
) -> pd.DataFrame:
    """Days from ``first`` to ``last``; each amount is a number or a function of the day."""
    index = pd.date_range(first, last, freq="D", tz="UTC")

    def column(amount: Amount) -> list[float]:
        return [float(amount(stamp.date()) if callable(amount) else amount) for stamp in index]

    return pd.DataFrame(
        {
            "usage_usd": column(usage),
            "recurring_usd": column(recurring),
            "one_time_usd": column(one_time),
        },
        index=index,
    )


def on_day(number: int, amount: float, otherwise: float = 0.0) -> Callable[[date], float]:
    """So much on one day of each month."""
    return lambda day: amount if day.day == number else otherwise


def workdays(amount: float, weekend: float) -> Callable[[date], float]:
    return lambda day: weekend if day.weekday() >= 5 else amount
