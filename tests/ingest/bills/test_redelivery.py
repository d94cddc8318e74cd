"""Are the lines of a month that come twice counted once, and those that only look alike twice?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from finops.ingest.bills.redelivery import (
    hours_to_compare,
    mixed_granularity,
    not_counted,
    redelivered,
    same_lines,
)
from finops.ingest.bills.surveyed import TableMonth

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
Row = Mapping[str, object]


def month(name: str, **values: object) -> TableMonth:
    given: dict[str, object] = {
        "format": "CUR",
        "delivered": None,
        "month": "2026-01",
        "lines": 10,
        "invoiced": 0,
        "billed": Decimal("12.50"),
        "currencies": ("USD",),
        "hours": {FIRST: 10},
    }
    return TableMonth(name=name, **{**given, **values})  # type: ignore[arg-type]


def line(place: int, resource: str | None = "i-1", **values: object) -> Row:
    return {
        "Place": place,
        "Hour": FIRST.replace(tzinfo=None),
        "ChargePeriodStart": FIRST.replace(tzinfo=None),
        "ChargePeriodEnd": FIRST.replace(tzinfo=None) + timedelta(hours=1),
        "ResourceId": resource,
        "UsageType": "BoxUsage:m5.large",
        "SkuId": None,
        "Operation": "RunInstances",
        "LineItemType": "Usage",
        "ChargeCategory": "Usage",
        "ConsumedQuantity": 1.0,
        "LineItemId": None,
        "SubAccountId": "111111111111",
        **values,
    }


def same(months: list[TableMonth], *rows: Row) -> bool:
    chosen = hours_to_compare(months)
    return same_lines(months, chosen, pa.Table.from_pylist([dict(row) for row in rows])) == {(0, 1)}


TWO = [month("a.csv"), month("b.csv")]


def test_the_same_resource_and_quantity_in_an_hour_is_the_same_line() -> None:
    assert same(TWO, line(0), line(1))
    assert same(TWO, line(0), line(1, SubAccountId="222222222222"))
    assert not same(TWO, line(0), line(1, resource="i-2"))
    assert not same(TWO, line(0), line(1, ConsumedQuantity=0.5))


def test_half_of_the_smaller_table_is_enough() -> None:
    many = [line(1, resource=f"i-{n}") for n in range(20)]
    assert same(TWO, line(0, resource="i-1"), line(0, resource="other"), *many)
    assert not same(TWO, line(0, resource="i-1"), *(line(0, resource=f"x-{n}") for n in range(2)), *many)


def test_lines_without_a_resource_are_the_same_only_within_an_account() -> None:
    assert same(TWO, line(0, resource=None), line(1, resource=None))
    assert not same(TWO, line(0, resource=None), line(1, resource=None, SubAccountId="222222222222"))


def test_ids_tell_lines_apart_that_look_alike() -> None:
    assert not same(TWO, line(0, resource=None, LineItemId="x"), line(1, resource=None, LineItemId="y"))
    assert same(TWO, line(0, resource=None, LineItemId="x"), line(1, resource=None, LineItemId="x"))


def test_another_kind_of_report_has_other_words_for_the_same_lines() -> None:
    months = [month("cur.csv"), month("focus.parquet", format="FOCUS")]
    words = {"LineItemType": "SavingsPlanCoveredUsage", "UsageType": None, "SkuId": "SKU1"}
    assert same(months, line(0, **words), line(1, UsageType=None, SkuId="SKU1", LineItemType="Usage"))
    assert not same(TWO, line(0, **words), line(1, UsageType=None, SkuId="SKU1", LineItemType="Usage"))


def test_tables_that_share_no_hour_are_not_compared() -> None:
    later = month("b.csv", hours={FIRST + timedelta(hours=1): 5})
    assert hours_to_compare([month("a.csv"), later]) == {}


def test_the_hour_with_enough_lines_that_most_tables_hold_is_compared() -> None:
    one, two, three = FIRST, FIRST + timedelta(hours=1), FIRST + timedelta(hours=2)
    months = [
        month("a", hours={one: 5, two: 50, three: 50}),
        month("b", hours={one: 5, two: 30, three: 90}),
        month("c", hours={one: 5, two: 30}),
    ]
    assert hours_to_compare(months) == {(0, 1): two, (0, 2): two, (1, 2): two}


def test_the_final_report_counts_then_the_later_the_larger_the_last_name() -> None:
    final = month("a", invoiced=10, delivered=FIRST)
    later = month("b", delivered=FIRST + timedelta(days=1))
    assert not_counted([final, later], {(0, 1)}) == {1: 0}
    assert not_counted([month("a", delivered=FIRST), later], {(0, 1)}) == {0: 1}
    assert not_counted([month("a", lines=11), month("b")], {(0, 1)}) == {1: 0}
    assert not_counted([month("a"), month("b")], {(0, 1)}) == {0: 1}
    assert not_counted([month("a"), month("b")], set()) == {}


def test_of_two_granularities_the_finer_counts_where_they_come_to_the_same() -> None:
    hourly = month("a", hourly_usage=9, longer_usage=1)
    daily = month("b", longer_usage=5, billed=Decimal("12.60"), delivered=FIRST)  # 0.8 % more
    assert not_counted([hourly, daily], set()) == {1: 0}
    assert not_counted([hourly, replace(daily, billed=Decimal("12.63"))], set()) == {}  # 1.03 % more
    assert not_counted([hourly, replace(daily, hourly_usage=1)], set()) == {}
    assert not_counted([hourly, replace(daily, currencies=("EUR",))], set()) == {}
    assert not_counted([hourly, replace(daily, billed=None)], set()) == {}
    assert (
        not_counted([replace(hourly, billed=Decimal(0)), replace(daily, billed=Decimal(0))], set()) == {}
    )
    payers = [replace(hourly, payers=frozenset("1")), replace(daily, payers=frozenset("2"))]
    assert not_counted(payers, set()) == {}
    assert [issue.code for issue in mixed_granularity(payers)] == ["mixed_granularity"]
    assert mixed_granularity([hourly, hourly]) == ()


def test_parts_of_two_granularities_are_compared_together() -> None:
    hourly = [month(f"a-{n}", hourly_usage=9) for n in range(2)]  # 12.50 each
    daily = month("b", longer_usage=5, billed=Decimal(25))
    assert not_counted([*hourly, daily], set()) == {2: 0}


def test_what_gives_way_to_a_coarser_report_names_the_finer_one() -> None:
    hourly = month("a", hourly_usage=9)
    early, final = (month(name, longer_usage=5, invoiced=n) for name, n in (("b", 0), ("c", 10)))
    assert not_counted([hourly, early, final], {(1, 2)}) == {1: 0, 2: 0}


def test_one_invoiced_purchase_does_not_make_a_report_final() -> None:
    assert not month("a", invoiced=1).final
    assert month("a", invoiced=6).final


def test_parts_of_an_old_delivery_give_way_to_those_of_a_new_one() -> None:
    old = [month(f"old-{n}", delivered=FIRST) for n in range(2)]
    new = [month(f"new-{n}", delivered=FIRST + timedelta(days=1)) for n in range(3)]
    assert not_counted([*old, *new], {(0, 2), (0, 3), (1, 4)}) == {0: 3, 1: 4}


def test_the_issue_says_what_is_not_counted_and_why() -> None:
    issue = redelivered(month("a.csv"), month("b.csv", invoiced=10))
    assert (issue.code, issue.rows, issue.cost_usd, issue.set_aside) == (
        "redelivered_report",
        10,
        12.5,
        True,
    )
    assert "a.csv" in issue.message and "b.csv" in issue.message and "$12.50" in issue.message
    assert "final" in issue.message
    krone = redelivered(month("a.csv", currencies=("NOK",)), month("b.csv", currencies=("NOK",)))
    assert krone.cost_usd is None and "12.50 NOK" in krone.message
    assert "its name comes later" in krone.message
