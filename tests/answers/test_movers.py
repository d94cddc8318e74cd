"""What moved the bill: totals are the bill's, rows add up, and each row says why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from finops import Estate
from finops.answers.movers import GROUPS, last_days, movers, whole_month
from finops.answers.overview import overview
from finops.estate import Filters
from finops.insights.attribution import PARTS
from finops.money import round_cents
from finops.periods import Month, Span
from finops.schema import NO_VALUE


@pytest.fixture(scope="module")
def september(sample: Estate):
    return movers(sample)


def test_totals_are_those_of_the_overview(september, sample: Estate) -> None:
    shown = overview(sample)
    assert (september.basis, str(september.after.first)) == ("effective", "2026-09-01")
    assert september.before_usd == round_cents(shown.previous_usd)
    assert september.after_usd == round_cents(shown.cost_usd)


@pytest.mark.parametrize("at", range(12))
def test_every_row_and_every_column_adds_up_to_the_cent(sample: Estate, at: int) -> None:
    """Each whole month of the bill but the first, held against the month before."""
    answer = movers(sample, after=whole_month(Month(2025 + (9 + at) // 12, (9 + at) % 12 + 1)))
    assert answer is not None
    assert sum(answer.parts.values()) == answer.change_usd
    assert answer.before_usd + answer.change_usd == answer.after_usd == round_cents(answer.after_usd)
    for by in GROUPS:
        table = answer.groups[by]
        for row in table.to_dict("records"):
            assert sum(row[part] for part in PARTS) == row["change_usd"]
            assert row["change_usd"] == row["after_usd"] - row["before_usd"]
        for column, whole in (
            ("before_usd", answer.before_usd),
            ("after_usd", answer.after_usd),
            *answer.parts.items(),
        ):
            assert sum(table[column]) == whole
        assert table["cause"].str.len().min() > 0


def test_what_is_shown_is_a_cent_or_two_from_the_lines_at_most(september) -> None:
    lines = september.lines
    exactly = lines.groupby(lines["region_name"].astype("object").fillna(NO_VALUE))[list(PARTS)].sum()
    table = september.groups["region"].set_index("name")
    away = (table[list(PARTS)].astype("float64") - exactly.astype("float64")).abs()
    assert away.loc[table.index].to_numpy().max() < 0.02


def test_services_carry_their_cause(september) -> None:
    """data/README.md: the refund for July's request storm came in September, 118.40 dollars."""
    row = september.groups["service"].set_index("name").loc["Amazon Simple Storage Service"]
    assert "credits and refunds, new -$118.40" in row["cause"]
    assert row["new_usd"] == Decimal("-118.40")


def test_what_is_not_shown_is_one_row_at_the_end(september, sample: Estate) -> None:
    table = movers(sample, limit=2).groups["service"]
    assert next(iter(table["name"])) == "Amazon Elastic Compute Cloud"
    assert list(table["name"])[-1] == "Other (7 more)"
    assert sum(table["after_usd"]) == september.after_usd


def test_any_two_spans(sample: Estate) -> None:
    """The GPU fleet came on 2026-10-06: six days before it against six days with it."""
    before, after = (
        Span(date(2026, 9, 28), date(2026, 10, 3)),
        Span(date(2026, 10, 7), date(2026, 10, 12)),
    )
    table = movers(sample, before, after).groups["account"].set_index("name")
    row = table.loc["development"]
    assert row["new_resources"] == 4
    assert row["new_usd"] == Decimal("693.50")  # 6 days × 115.584 of data/planted_truths.json
    assert "BoxUsage:g4dn.4xlarge" in row["cause"]


def test_none_where_the_bill_does_not_reach(sample: Estate) -> None:
    first = whole_month(Month(2025, 9))
    assert movers(sample, after=first) is None
    assert movers(sample, after=whole_month(Month(2026, 10))) is None
    assert movers(sample, before=first, after=whole_month(Month(2025, 10))) is not None


def test_none_without_a_bill(tree) -> None:
    from finops import load_estate

    assert movers(load_estate(ec2=tree / "data" / "aws_resources_compute.csv")) is None


def test_filters_narrow_it(sample: Estate) -> None:
    narrowed = movers(sample.narrowed(Filters(regions=("ap-south-1",))))
    assert set(narrowed.lines["region"]) == {"ap-south-1"}


def test_the_last_days_are_held_against_as_many_before_them(sample: Estate) -> None:
    """The bill ends on 18 October: the last seven days begin on the 12th, those before on the 5th."""
    assert last_days(sample, 7) == (
        Span(date(2026, 10, 5), date(2026, 10, 11)),
        Span(date(2026, 10, 12), date(2026, 10, 18)),
    )
    assert last_days(sample, 500) is None  # of 413 days
