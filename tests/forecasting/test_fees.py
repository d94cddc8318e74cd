"""Fees of every day, of one day of the month, and those that no label tells."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import expected_fees, hidden_fees, steady_fees, without_hidden_fees
from tests.forecasting.made import daily, on_day, workdays

FIRST = date(2026, 8, 1)


def fees_after(recurring, days: int, until: date = date(2026, 10, 18)) -> list[float]:
    history = History.of(daily(FIRST, until, recurring=recurring))
    calendar = Calendar.of(FIRST, history.days + days)
    return expected_fees(history.recurring, calendar, np.array([history.days]), days)[0].tolist()


def test_a_fee_of_every_day_goes_on() -> None:
    assert fees_after(5.0, 40) == [5] * 40


def test_a_fee_of_one_day_comes_on_that_day_of_each_month() -> None:
    expected = fees_after(on_day(1, 505.0, otherwise=5.0), 75)  # 19 October to 1 January
    assert [at for at, usd in enumerate(expected) if usd != 5] == [13, 43, 74]
    assert expected[13] == expected[74] == 505


def test_what_is_known_of_a_day_is_the_latest_month_that_has_it() -> None:
    # 31 October: September has no 31st, August had $70.
    expected = fees_after(lambda day: 70.0 if (day.month, day.day) == (8, 31) else 0.0, 13)
    assert expected == [0] * 12 + [70]


def last_day_of_month(usd: float, otherwise: float = 0.0):
    return lambda day: usd if (day + timedelta(days=1)).day == 1 else otherwise


def on_dates(expected: list[float], first: date) -> dict[str, float]:
    days = (first + timedelta(days=at) for at in range(len(expected)))
    return {str(day): usd for day, usd in zip(days, expected, strict=True) if usd}


def test_a_fee_of_the_last_day_comes_on_the_last_day_of_each_month() -> None:
    expected = fees_after(last_day_of_month(70.0), 150)
    assert on_dates(expected, date(2026, 10, 19)) == dict.fromkeys(
        ("2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"), 70.0
    )


def test_a_fee_of_the_30th_comes_in_february_too_and_in_march_once() -> None:
    # After 28 February, which had it, March expects it on the 30th, and not on the 28th as well.
    for until, days in ((date(2026, 10, 18), 170), (date(2027, 2, 28), 37)):
        expected = fees_after(
            lambda day: 70.0 if day.day == 30 or (day.month, day.day) == (2, 28) else 0.0, days, until
        )
        march = {
            day: usd
            for day, usd in on_dates(expected, until + timedelta(days=1)).items()
            if day >= "2027-02-20"
        }
        february = {"2027-02-28": 70.0} if until.year == 2026 else {}
        assert march == {**february, "2027-03-30": 70.0}


def test_a_last_day_that_has_more_than_the_fee_of_the_31st_has_a_fee_of_its_own() -> None:
    # 31 August $70, 30 September $300: 70 of the 31st and 230 of the 30th.
    given = {date(2026, 8, 31): 70.0, date(2026, 9, 30): 300.0}
    expected = fees_after(lambda day: given.get(day, 0.0), 45)
    assert on_dates(expected, date(2026, 10, 19)) == {
        "2026-10-30": 230.0,
        "2026-10-31": 70.0,
        "2026-11-30": 300.0,
    }


@pytest.mark.parametrize(
    ("fees", "until", "expected"),
    [
        # $100 on each 30th and $70 on each 31st alone: 30 April had its own, and nothing moved there.
        (
            {30: (100.0, False), 31: (70.0, False)},
            date(2027, 5, 10),
            {"05-30": 100.0, "05-31": 70.0, "06-30": 100.0},
        ),
        # $500 on each 30th, in February on its last day, and $200 on each 31st alone.
        (
            {30: (500.0, True), 31: (200.0, False)},
            date(2027, 3, 10),
            {"03-30": 500.0, "03-31": 200.0, "04-30": 500.0},
        ),
        # The larger one is that of the 31st alone.
        (
            {30: (200.0, True), 31: (500.0, False)},
            date(2027, 3, 10),
            {"03-30": 200.0, "03-31": 500.0, "04-30": 200.0},
        ),
        # $100 on each 28th, and $30 on each last day.
        (
            {28: (100.0, False), 31: (30.0, True)},
            date(2027, 3, 10),
            {"03-28": 100.0, "03-31": 30.0, "04-28": 100.0, "04-30": 30.0},
        ),
    ],
)
def test_a_last_day_with_a_fee_of_its_own_and_one_of_a_later_number(
    fees: dict[int, tuple[float, bool]], until: date, expected: dict[str, float]
) -> None:
    """By number: dollars, and whether a month without it has them on its last day. From 1 August."""

    def usd(day: date) -> float:
        last = (day + timedelta(days=1)).day == 1
        return sum(
            amount
            for number, (amount, moves) in fees.items()
            if day.day == number or (moves and last and day.day < number)
        )

    days = 55
    found = on_dates(fees_after(usd, days, until), until + timedelta(days=1))
    whole = {f"2027-{day}": amount for day, amount in expected.items()}
    shown = {day: amount for day, amount in found.items() if day <= max(whole)}
    assert shown == pytest.approx(whole)


def test_a_fee_of_the_last_day_that_rises_is_that_of_the_last_day() -> None:
    given = {date(2026, 8, 31): 70.0, date(2026, 9, 30): 84.0}
    expected = fees_after(lambda day: given.get(day, 0.0), 45)
    assert on_dates(expected, date(2026, 10, 19)) == {"2026-10-31": 84.0, "2026-11-30": 84.0}


def test_a_fee_that_a_shorter_month_went_without_is_not_moved_to_its_last_day_again() -> None:
    # As of a job on each 31st: August had it, 30 September did not; 31 October has it, 30 November not.
    expected = fees_after(lambda day: 70.0 if day.day == 31 else 0.0, 75)
    assert on_dates(expected, date(2026, 10, 19)) == {"2026-10-31": 70.0, "2026-12-31": 70.0}


def test_a_daily_fee_that_rose_goes_on_at_its_new_height() -> None:
    # From 10 October on 8 instead of 5; September's days tell nothing of it.
    assert fees_after(lambda day: 8.0 if day >= date(2026, 10, 10) else 5.0, 31) == [8] * 31


def test_a_replay_knows_fees_up_to_its_origin() -> None:
    history = History.of(
        daily(FIRST, date(2026, 10, 18), recurring=lambda day: day.month * on_day(1, 1)(day))
    )
    calendar, september = Calendar.of(FIRST, history.days + 31), 31
    then, now = expected_fees(history.recurring, calendar, np.array([september, history.days]), 31)
    assert then.tolist() == [8] + [0] * 29 + [8]  # on 1 September and 1 October as on 1 August
    assert now.sum() == 10  # on 1 November as on 1 October


def test_two_days_do_not_tell_a_daily_fee_from_a_monthly_one() -> None:
    two = np.array([500.0, 500.0])
    assert steady_fees(two, np.array([2])).tolist() == [0]
    assert steady_fees(np.array([500.0, 5.0, 5.0]), np.array([3])).tolist() == [5]


def moved(usage) -> History:
    history = History.of(daily(date(2026, 5, 1), date(2026, 10, 18), usage=usage))
    return without_hidden_fees(history, Calendar.of(history.first, history.days))


def test_usage_that_jumps_on_one_day_of_each_month_is_a_fee() -> None:
    found = moved(on_day(3, 510.0, otherwise=10.0))
    assert set(found.usage) == {10.0}
    assert found.recurring.sum() == 6 * 500
    assert found.every.sum() == found.usage.sum() + 3000


def test_usage_that_jumps_on_the_last_day_of_each_month_is_a_fee() -> None:
    found = moved(last_day_of_month(510.0, otherwise=10.0))
    assert set(found.usage) == {10.0}
    assert found.recurring.sum() == 5 * 500


def test_one_jump_or_a_weekend_is_no_fee() -> None:
    once = moved(lambda day: 510.0 if day == date(2026, 9, 3) else 10.0)
    assert not once.recurring.any()
    assert not moved(workdays(10.0, weekend=2.0)).recurring.any()


def test_fees_of_many_series_are_those_of_each() -> None:
    """Of three series the second alone has $500 more on each tenth of a month."""
    history = History.of(
        daily(date(2026, 5, 1), date(2026, 10, 18), usage=on_day(10, 510.0, otherwise=10.0))
    )
    calendar = Calendar.of(history.first, history.days)
    usage = np.vstack([np.full(history.days, 10.0), history.usage, np.zeros(history.days)])
    fees = hidden_fees(usage, calendar)
    tenths = calendar.day == 10
    assert tenths.sum() == 6
    assert fees[1].tolist() == np.where(tenths, 500.0, 0.0).tolist()
    assert not fees[[0, 2]].any()
