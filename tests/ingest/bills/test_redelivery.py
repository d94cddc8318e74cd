"""Are the lines of a month that come twice counted once, and those that only look alike twice?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from finops.ingest.bills import redelivery
from finops.ingest.bills.redelivery import (
    Pair,
    hours_to_compare,
    mixed_granularity,
    possibly_redelivered,
    redelivered,
    replaced,
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
        "BillingAccountId": "999999999999",
        "SubAccountId": "111111111111",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "RegionId": "us-east-1",
        "AvailabilityZone": None,
        "TagSetId": 1,
        "Lines": 1,
        **values,
    }


def compared(months: list[TableMonth], *rows: Row) -> str:
    """Whether the two tables hold the "same" lines, lines that are "alike", or "other" ones."""
    keys = pa.Table.from_pylist([dict(row) for row in rows])
    found, possible = same_lines(months, hours_to_compare(months), keys)
    return "same" if found == {(0, 1)} else "alike" if possible == {(0, 1)} else "other"


def not_counted(months: list[TableMonth], pairs: set[Pair]) -> dict[int, int]:
    return redelivery.not_counted(months, replaced(months, pairs))


TWO = [month("a.csv"), month("b.csv")]


def test_the_same_resource_and_quantity_in_an_hour_is_the_same_line() -> None:
    assert compared(TWO, line(0), line(1)) == "same"
    assert compared(TWO, line(0), line(1, resource="i-2")) == "other"
    assert compared(TWO, line(0), line(1, ConsumedQuantity=0.5)) == "other"


@pytest.mark.parametrize(
    "other",
    [
        {"SubAccountId": "222222222222"},
        {"BillingAccountId": "888888888888"},
        {"ServiceName": "Amazon Simple Storage Service"},
        {"RegionId": "eu-west-1"},
        {"AvailabilityZone": "us-east-1a"},
        {"TagSetId": 2},
    ],
    ids=lambda other: next(iter(other)),
)
@pytest.mark.parametrize("resource", [None, "i-1"])
def test_the_same_usage_of_somebody_else_only_looks_alike(other: Row, resource: str | None) -> None:
    assert compared(TWO, line(0, resource), line(1, resource, **other)) == "alike"


def test_half_of_the_smaller_table_is_enough() -> None:
    many = [line(1, resource=f"i-{n}") for n in range(20)]
    half = [line(0, resource="i-1"), line(0, resource="other")]
    assert compared(TWO, *half, *many) == "same"
    assert compared(TWO, *half, line(0, resource="third"), *many) == "other"


def test_lines_that_are_alike_count_as_often_as_they_stand() -> None:
    """Of 2 and 5 lines 1 is in both: half of 2. Of 3 and 5 it is a third."""
    many = line(1, "other", Lines=4)
    assert compared(TWO, line(0), line(0, "x"), line(1), many) == "same"
    assert compared(TWO, line(0, Lines=3), line(1), many) == "other"


def test_line_ids_tell_the_same_lines_whoever_pays() -> None:
    ids = [line(place, LineItemId="x", SubAccountId=str(place), BillingAccountId="") for place in (0, 1)]
    assert compared(TWO, *ids) == "same"


def test_other_line_ids_do_not_make_other_lines() -> None:
    """AWS does not keep them from one report to the next."""
    rows = [line(place, None, LineItemId=f"{place}") for place in (0, 1)]
    assert compared(TWO, *rows) == "same"


def test_another_kind_of_report_has_other_words_for_the_same_lines() -> None:
    months = [month("cur.csv"), month("focus.parquet", format="FOCUS")]
    words = {"LineItemType": "SavingsPlanCoveredUsage", "UsageType": None, "SkuId": "SKU1"}
    other = line(1, **{**words, "LineItemType": "Usage"}, ServiceName="EC2", RegionId=None, TagSetId=2)
    assert compared(months, line(0, **words), other) == "same"
    assert compared(TWO, line(0, **words), other) == "other"
    elsewhere = {**other, "SubAccountId": "222222222222"}
    assert compared(months, line(0, **words), elsewhere) == "alike"
    assert compared(months, line(0, **words), {**other, "BillingAccountId": None}) == "same"


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
    accounts = [
        replace(one, accounts=frozenset({("9", str(n))})) for n, one in enumerate((hourly, daily))
    ]
    assert not_counted(accounts, set()) == {}
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


def test_only_the_hours_and_the_accounts_of_the_better_table_are_replaced() -> None:
    hours = [FIRST + timedelta(hours=n) for n in range(3)]
    one, two = ("9", "1"), ("9", "2")
    old = month("old", hours=dict.fromkeys(hours[:2], 5), accounts=frozenset({one, two}), lines=99)
    new = month("new", hours=dict.fromkeys(hours[1:], 5), accounts=frozenset({one}), delivered=FIRST)
    (found,) = replaced([old, new], {(0, 1)}).values()
    (block,) = found.blocks
    assert (found.by, block.hours, block.accounts) == (1, frozenset(hours[1:2]), frozenset({one}))
    assert not found.covers(old)
    assert found.covers(replace(old, hours={hours[1]: 5}, accounts=frozenset({one})))
    # Two accounts that the better one writes otherwise are the same: the ids say so.
    renamed = replace(new, hours=old.hours, accounts=frozenset({("09", "01")}))
    assert not_counted([old, renamed], {(0, 1)}) == {0: 1}


def test_parts_of_a_new_delivery_replace_an_old_table_together() -> None:
    hours = [FIRST + timedelta(hours=n) for n in range(2)]
    old = month("old", hours=dict.fromkeys(hours, 5))
    new = [month(f"new-{n}", hours={at: 5}, delivered=FIRST) for n, at in enumerate(hours)]
    assert not_counted([old, *new], {(0, 1), (0, 2)}) == {0: 2}
    assert not_counted([old, *new], {(0, 1)}) == {}


def test_what_only_looks_alike_is_an_error_with_its_dollars() -> None:
    issue = possibly_redelivered([month("a.csv", lines=11, billed=Decimal(8)), month("b.csv")])
    assert (issue.severity, issue.code, issue.file) == ("error", "possible_redelivery", "b.csv")
    assert (issue.rows, issue.cost_usd, issue.set_aside) == (10, 12.5, False)
    assert "2026-01: a.csv, b.csv tell" in issue.message and "$12.50" in issue.message
    assert "line ids" in issue.message


def test_the_issue_of_a_part_of_a_table_tells_that_part_only() -> None:
    """12.50 of 10 lines, of which 4.25 of 3 lines count still."""
    rest = month("a.csv", lines=3, billed=Decimal("4.25"))
    issue = redelivered(month("a.csv"), month("b.csv", delivered=FIRST), rest)
    assert (issue.rows, issue.cost_usd) == (7, 8.25)
    assert "7 line(s), $8.25 are not counted again, the other 3 count" in issue.message
