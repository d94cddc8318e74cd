"""How often would the same rule have paid? A back-tested share, not yet a calibrated probability.

Weekly origins walk back through the history. At each, the pool is sized by the quantile rule on the
lookback before it, and the 30 days after it are billed: the purchase has paid when its amortised cost
is at or below the On-Demand cost that it displaced.
"""

from __future__ import annotations

from finops.ri_engine.quantity import Floats, Ladder

HORIZON_DAYS = 30
MIN_HISTORY_DAYS = 60
_STEP_DAYS = 7
_HOURS = 24


def origins(hours: int) -> list[int]:
    """The hours at which a history of ``hours`` is cut: 60 days or more before, 30 or more after."""
    last = hours - HORIZON_DAYS * _HOURS
    return list(range(last, MIN_HISTORY_DAYS * _HOURS - 1, -_STEP_DAYS * _HOURS))


def backtested_share_pct(
    demand: Floats, rate: float, on_demand: float, lookback_hours: int
) -> float | None:
    """Share of back-tests in which the rule's purchase paid, smoothed as (s + ½) ÷ (n + 1), in %.

    ``demand`` is hourly instances of shape (hours,), rates are dollars per instance-hour. Origins at
    which the rule would buy nothing do not count. None below 90 days of hours, or when none counts.
    """
    paid = tried = 0
    for origin in origins(demand.size):
        before = demand[max(0, origin - lookback_hours) : origin]
        quantity = Ladder.of(before).quantity(rate, on_demand)
        if quantity == 0:
            continue
        after = demand[origin : origin + HORIZON_DAYS * _HOURS].clip(max=quantity)
        tried += 1
        paid += rate * quantity <= on_demand * float(after.mean())
    return None if tried == 0 else (paid + 0.5) / (tried + 1) * 100
