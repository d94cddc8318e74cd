"""Coming months: whole months by hand, naive rules, what history tests, and any history at all."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.forecasting import MonthAhead, MonthsAhead, project_months
from finops.forecasting.long_trend import LONG_TREND
from finops.forecasting.months import LAST_MONTH, LAST_WEEK, NAIVE, RUN_RATE, UNTESTED
from finops.periods import Month

from .made import daily, on_day, workdays

FIRST = date(2025, 1, 1)


def growing(rate: float) -> pd.DataFrame:
    """$100 a day on 1 January 2025, and so much more each day, up to 14 January 2026."""
    return daily(FIRST, date(2026, 1, 14), lambda day: 100 * (1 + rate) ** (day - FIRST).days)


def means(answer: MonthsAhead) -> list[float]:
    return [row.alone.mean_usd for row in answer.months]


def test_the_months_are_the_whole_ones_that_follow() -> None:
    answer = project_months(daily(FIRST, date(2025, 12, 18)), 12)
    assert answer.months[0].month == Month(2026, 1)
    assert answer.months[-1].month == Month(2026, 12)
    assert answer.history_days == 352
    after = project_months(daily(FIRST, date(2025, 12, 31)), 3)
    assert [str(row.month) for row in after.months] == ["2026-01", "2026-02", "2026-03"]


def test_ten_dollars_a_day_are_the_days_of_each_month() -> None:
    """310 in January, 280 in February, 310 in March; no day was ever missed, so bounds are the mean.

    The run rate is right, too: the model is not better, and the rule is shown.
    """
    answer = project_months(daily(FIRST, date(2025, 12, 18)), 3)
    assert means(answer) == pytest.approx([310, 280, 310])
    assert [row.to_date.mean_usd for row in answer.months] == pytest.approx([310, 590, 900])
    assert [row.alone.upper_95_usd for row in answer.months] == pytest.approx([310, 280, 310])
    assert (answer.method, answer.naive, answer.beaten) == (LAST_WEEK, LAST_WEEK, False)
    assert answer.tested[0].missed_usd[RUN_RATE] == pytest.approx(0, abs=1e-9)


def test_what_each_rule_missed_by_hand() -> None:
    """$10 a day: the last month again misses February after January by 30, of 280 dollars.

    From 18 February back to the first origin on which a whole month was known, 5 February: two origins,
    neither of which knows a whole month that followed.
    """
    answer = project_months(daily(FIRST, date(2025, 2, 18)), 2)
    assert answer.tested == ()
    assert (answer.naive, answer.beaten) == (None, False)
    assert answer.method == f"{UNTESTED}: too few days of history to test it (49)"
    assert means(answer) == pytest.approx([310, 300])
    assert answer.months[0].alone.lower_80_usd is None


def test_errors_of_the_last_month_again() -> None:
    """$10 a day, known to the end of June: origins are every seventh day from 1 July back to 4 February.

    One month ahead of an origin in February lies March (310) after January (310); in March April (300)
    after February (280); in April May (310) after March (310), in May June (300) after April (300);
    one of 1 July is now. Origins: 4, 11, 18, 25 February; 4, 11, 18, 25 March; 1, 8, 15, 22, 29 April;
    6, 13, 20, 27 May; those of June know no whole month that followed. 1 April is the first of a whole
    month: April (300) after March (310).
    """
    answer = project_months(daily(FIRST, date(2025, 6, 30)), 1)
    [tested] = answer.tested
    assert tested.replays == 17
    missed = [0] * 4 + [20] * 4 + [10] + [0] * 4 + [0] * 4
    assert tested.missed_usd[LAST_MONTH] == pytest.approx(np.mean(missed))
    cost = [310] * 4 + [300] * 4 + [300] + [310] * 4 + [300] * 4
    assert tested.missed_pct[LAST_MONTH] == pytest.approx(np.mean(missed) / np.mean(cost) * 100)


def test_steady_growth_beats_the_rules_and_fades() -> None:
    """0.1 % a day for 379 days. January comes to 100 × Σ 1.001^(379 …) if it goes on; the model's growth
    fades, so that it expects less than that and more than no growth."""
    answer = project_months(growing(0.001), 12)
    assert (answer.method, answer.beaten) == (LONG_TREND, True)
    ongoing = [
        100 * sum(1.001 ** (date(2026, 2, 1) - FIRST + timedelta(days=at)).days for at in range(28))
    ]
    assert means(answer)[0] == pytest.approx(ongoing[0], rel=0.005)
    assert means(answer)[0] < ongoing[0]
    per_day = [row.alone.mean_usd / row.month.days for row in answer.months]
    assert per_day == sorted(per_day)
    assert all(row.missed_usd[LONG_TREND] < row.missed_usd[RUN_RATE] for row in answer.tested)


def test_a_month_start_fee_is_in_each_month_once_and_a_purchase_in_none() -> None:
    """$500 on the 1st beside $10 a day on workdays and $4 at weekends: February 2026 has 20 and 8."""
    bought = on_day(9, 9000.0)
    known = daily(
        FIRST,
        date(2026, 1, 14),
        usage=workdays(10.0, 4.0),
        recurring=on_day(1, 500.0),
        one_time=lambda day: bought(day) if day.month == 3 else 0.0,
    )
    answer = project_months(known, 2)
    assert answer.method == LONG_TREND
    assert means(answer) == pytest.approx([500 + 20 * 10 + 8 * 4, 500 + 22 * 10 + 9 * 4])


def test_a_replay_knows_only_what_was_known_then() -> None:
    """A fee of $400 on the 5th that no label tells, and one of $300 on the 9th that is labelled, beside
    days that grow. What the model missed is what it would have missed if asked on each of these days.

    On 5 February nobody could know that the 5th has a fee: it was seen once.
    """
    known = daily(
        FIRST,
        date(2025, 8, 20),
        usage=lambda day: 50 + 0.1 * (day - FIRST).days + (400 if day.day == 5 else 0),
        recurring=on_day(9, 300.0, otherwise=2.0),
    )
    total = known.sum(axis=1)
    missed = []
    for origin in range(len(known), 27, -7):
        then = project_months(known.iloc[:origin], 1)
        month = then.months[0].month
        begin, end = (month.start - FIRST).days, (month.end - FIRST).days
        if origin >= 31 and end <= len(known):
            missed.append(abs(then.by_method[LONG_TREND][0] - float(total.iloc[begin:end].sum())))
    [tested] = project_months(known, 1).tested
    assert tested.replays == len(missed)
    assert tested.missed_usd[LONG_TREND] == pytest.approx(np.mean(missed))


def test_a_fee_of_a_short_bill_comes_once_a_month() -> None:
    """$500 on the 1st and $10 a day, five days known: $810 in a month of 31 days, not 110 × 31."""
    answer = project_months(daily(date(2025, 3, 1), date(2025, 3, 5), recurring=on_day(1, 500.0)), 2)
    assert means(answer) == pytest.approx([800, 810])
    assert answer.method.startswith(UNTESTED)


def test_bounds_reach_as_far_as_replays_span() -> None:
    """379 days, known to 14 January: the first origin is 4 February 2025 (the first Wednesday back with
    a whole month and 28 days before), 344 days before now. The end of month h is 18 + 28, … days ahead:
    it is tested where the origins that know a whole month h span as many days."""
    answer = project_months(growing(0.0), 12)
    known = [row.alone.upper_80_usd is not None for row in answer.months]
    assert known == [True] * sum(known) + [False] * (12 - sum(known))
    assert 4 <= sum(known) <= 6
    assert len(answer.tested) > sum(known)


@settings(max_examples=60, deadline=None)
@given(
    days=st.integers(1, 300),
    level=st.floats(0, 1e6),
    noise=st.floats(0, 1),
    start=st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_history_gives_months_that_add_up_within_their_bounds(
    days: int, level: float, noise: float, start: date, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    costs = level * (1 + noise * (rng.random(days) - 0.5))
    known = daily(start, start + timedelta(days=days - 1), lambda day: costs[(day - start).days])
    answer = project_months(known, 12)
    assert len(answer.months) == 12
    assert [row.to_date.mean_usd for row in answer.months] == pytest.approx(
        np.cumsum(means(answer)), rel=1e-9, abs=1e-4
    )
    assert answer.beaten == (answer.method == LONG_TREND)
    assert answer.naive in {None, *NAIVE}
    for row in answer.months:
        _bounds_hold(row)


def _bounds_hold(row: MonthAhead) -> None:
    for part in (row.alone, row.to_date):
        bounds = (part.lower_95_usd, part.lower_80_usd, part.upper_80_usd, part.upper_95_usd)
        assert all(bound is None for bound in bounds) or None not in bounds
        if part.lower_95_usd is not None:
            assert 0 <= part.lower_95_usd <= part.lower_80_usd <= part.mean_usd
            assert part.mean_usd <= part.upper_80_usd <= part.upper_95_usd
