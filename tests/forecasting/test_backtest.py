"""The model that fits the days is the one that is chosen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from finops.forecasting.backtest import FEWEST_REPLAYS, MOST_REPLAYS, Outlook, outlook
from finops.forecasting.daily import History
from tests.forecasting.made import daily, workdays

LAST = date(2026, 10, 18)


def seen(usage, days_known: int, days: int = 13, elapsed: int = 18) -> Outlook:
    history = History.of(daily(LAST - timedelta(days=days_known - 1), LAST, usage=usage))
    return outlook(history, days, elapsed)


def month_end_doubles(day: date) -> float:
    return 20.0 if (day + timedelta(days=2)).month != day.month else 10.0


@pytest.mark.parametrize(
    ("usage", "model"),
    [
        (10.0, "weekday profile"),  # all are right, and the first wins
        (workdays(10.0, weekend=3.0), "weekday profile"),
        (lambda day: 1.002 ** (day - LAST).days, "damped trend"),
        (month_end_doubles, "month profile"),
    ],
)
def test_the_model_that_misses_least_is_chosen(usage, model: str) -> None:
    assert seen(usage, 400).method == model


def test_what_was_right_every_time_misses_nothing() -> None:
    found = seen(workdays(10.0, weekend=3.0), 400)
    assert (
        found.expected.sum() == 10 * 10 + 3 * 3
    )  # 19 to 31 October 2026: ten workdays, three at a weekend
    assert np.abs(found.missed).max() == pytest.approx(0)


def test_misses_are_told_in_usual_days_of_now() -> None:
    # $10 a day for 300 days, then $20. Replays lie 6 days apart back from day 387; that of day 297
    # expected 13 × $10 and had 3 × $10 + 10 × $20: a miss of $100 then, and of $200 now.
    begun = LAST - timedelta(days=399)
    found = seen(lambda day: 20.0 if (day - begun).days >= 300 else 10.0, 400)
    assert found.method == "seasonal naive"  # a week after the jump it is right again
    assert found.missed.sum(axis=1).max() == pytest.approx(200)


@pytest.mark.parametrize(
    ("days_known", "method"),
    [
        (13, "run rate: too few days of history to back-test (13)"),
        (14, "weekday profile: too few days of history to back-test (14)"),
        (47, "weekday profile: too few days of history to back-test (47)"),
    ],
)
def test_short_history_falls_back_and_says_so(days_known: int, method: str) -> None:
    found = seen(10.0, days_known)
    assert (found.method, len(found.missed)) == (method, 0)
    assert found.expected.tolist() == [10] * 13


def test_four_weeks_and_eight_replays_are_enough() -> None:
    # Replays begin after day 28 at the earliest and end 13 days before day 48: days 28 to 35.
    found = seen(10.0, 48)
    assert len(found.missed) == FEWEST_REPLAYS
    assert found.span == 7


def test_replays_are_no_more_than_sixty_however_long_the_history() -> None:
    assert len(seen(10.0, 1000).missed) <= MOST_REPLAYS
