"""Months: their ends, neighbours, and the last one that is complete."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from finops.periods import Month, Span, between, last_full_month


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 10, 18), "2026-09"),
        (date(2026, 9, 30), "2026-09"),
        (date(2026, 9, 29), "2026-08"),
        (date(2026, 1, 1), "2025-12"),
        (date(2024, 2, 29), "2024-02"),
        (date(2024, 2, 28), "2024-01"),
    ],
)
def test_the_last_full_month_has_all_its_days(as_of: date, expected: str) -> None:
    assert str(last_full_month(as_of)) == expected


def test_months_know_their_neighbours_and_days() -> None:
    december = Month(2025, 12)
    assert december.next() == Month(2026, 1)
    assert december.next().previous() == december
    assert december.end == date(2026, 1, 1)
    assert (Month(2024, 2).days, Month(2026, 2).days) == (29, 28)


def test_a_month_is_read_as_it_is_written() -> None:
    assert str(Month.parse("2026-09")) == "2026-09"
    with pytest.raises(ValueError, match="does not match format"):
        Month.parse("September 2026")


def test_a_period_holds_its_first_day_and_not_its_end() -> None:
    times = pd.Series(
        pd.to_datetime(["2026-08-31T23:00", "2026-09-01T00:00", "2026-10-01T00:00"], utc=True)
    )
    assert list(between(times, date(2026, 9, 1), date(2026, 10, 1))) == [False, True, False]


def test_a_span_knows_its_full_months_and_names_the_others() -> None:
    span = Span(date(2026, 6, 5), date(2026, 9, 10))
    assert span.full_months == (Month(2026, 8), Month(2026, 7))
    assert span.name(Month(2026, 8)) == "2026-08"
    assert span.name(Month(2026, 9)) == "2026-09-01/2026-09-10"
    assert span.name(Month(2026, 6)) == "2026-06-05/2026-06-30"
    assert Span(date(2026, 10, 1), date(2026, 10, 18)).month is None
