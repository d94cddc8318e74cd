"""Amounts, times and yes or no: what is read, and what is not guessed."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.ingest.cell_values import parse_amount, parse_booleans, parse_numbers, parse_times


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.074", "1.074"),
        (" 1.074 ", "1.074"),
        ("$1.07", "1.07"),
        ("US$ 1.07", "1.07"),
        ("USD 1.07", "1.07"),
        ("1.07 USD", "1.07"),
        ("1.07$", "1.07"),
        ("+1.07", "1.07"),
        ("1,234.5", "1234.5"),
        ("$1,234,567.89", "1234567.89"),
        ("1,234", "1234"),
        ("1e-3", "0.001"),
        ("1.5E+2", "150"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1.07", "-1.07"),
        ("-$1.07", "-1.07"),
        ("$-1.07", "-1.07"),
        ("(1.07)", "-1.07"),
        ("($1,234.50)", "-1234.5"),
        ("\u22121.07", "-1.07"),
        ("0", "0"),
        ("-0.00", "0"),
    ],
)
def test_amounts_are_read_exactly(text: str, value: str) -> None:
    found = parse_amount(text)
    assert found.problem == ""
    assert found.value == Decimal(value)
    assert not str(found.value).startswith("-0")


@pytest.mark.parametrize("text", ["", "  ", "None", "none", "nan", "NaN", "null", "N/A"])
def test_words_for_nothing_are_blank(text: str) -> None:
    assert parse_amount(text) == (None, "blank")


@pytest.mark.parametrize(
    "text", ["€5", "5 €", "£1.00", "¥100", "EUR 5", "5 EUR", "CA$5", "A$ 5", "(€5)", "₹9"]
)
def test_other_currencies_are_foreign(text: str) -> None:
    assert parse_amount(text) == (None, "foreign")


@pytest.mark.parametrize(
    "text",
    [
        "1,07",
        "12,34.5",
        "1,2345",
        "1.234,56",
        "1_000",
        "0x1f",
        "inf",
        "-inf",
        "1.2.3",
        "1 074",
        "--1",
        "(1",
        "1)",
        "(-1)",
        "$",
        "USD",
        ".",
        "e5",
        "abc",
        "1.07x",
        "1\ufffd2",
        "٣",
        "1e9999",
        "9" * 50,
        "-",
        "+",
        "$$5",
        "1;5",
    ],
)
def test_what_could_mean_two_things_is_not_read(text: str) -> None:
    assert parse_amount(text) == (None, "unreadable")


def test_a_comma_may_be_the_decimal_sign_where_semicolons_delimit() -> None:
    # 1,234 is 1234 in New York and 1.234 in Vienna; with a point beside it there is no doubt.
    assert parse_amount("1,234", comma_may_be_decimal=True).problem == "unreadable"
    assert parse_amount("1,234.5", comma_may_be_decimal=True).value == Decimal("1234.5")
    assert parse_amount("1,234,567", comma_may_be_decimal=True).value == Decimal(1234567)


@given(st.text(max_size=20))
def test_no_text_makes_an_amount_that_is_not_finite(text: str) -> None:
    found = parse_amount(text)
    assert (found.value is None) == (found.problem != "")
    assert found.value is None or found.value.is_finite()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**8))
def test_an_amount_survives_its_grouping(value: Decimal) -> None:
    assert parse_amount(f"${value:,}").value == value


def test_numbers_are_read_by_column() -> None:
    values, bad = parse_numbers(["68.18", "", "70%", "abc", "1,000"], percent=True)
    assert values[[0, 2, 4]].tolist() == [68.18, 70.0, 1000.0]
    assert math.isnan(values[1])
    assert math.isnan(values[3])
    assert bad.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-07-22", "2025-07-22T00:00:00+00:00"),
        ("2025-07-22T10:30:00Z", "2025-07-22T10:30:00+00:00"),
        ("2025-07-22 10:30:00", "2025-07-22T10:30:00+00:00"),
        ("2025-07-22 10:30:00 UTC", "2025-07-22T10:30:00+00:00"),
        ("2025-07-22T10:30:00+02:00", "2025-07-22T08:30:00+00:00"),
        ("2025-07-22T23:30:00-05:00", "2025-07-23T04:30:00+00:00"),
        ("2025-07-22T10:30:00.123Z", "2025-07-22T10:30:00.123000+00:00"),
    ],
)
def test_iso_times_become_utc(text: str, utc: str) -> None:
    times, bad = parse_times([text])
    assert times[0].isoformat() == utc
    assert not bad[0]


@pytest.mark.parametrize(
    "text",
    [
        "22.07.2025",
        "07/22/2025",
        "2025-02-30",
        "0001-01-01",
        "9999-12-31",
        "2025-W30-1",
        "45860",
        "soon",
    ],
)
def test_other_dates_are_not_guessed(text: str) -> None:
    times, bad = parse_times([text])
    assert times.isna()[0]
    assert bad[0]


def test_yes_and_no() -> None:
    values, bad = parse_booleans(["True", "no", "Enabled", "Suspended", "", "perhaps"])
    assert values == [True, False, True, False, None, None]
    assert bad.tolist() == [False] * 5 + [True]
