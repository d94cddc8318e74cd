"""Closing on bills of a few charges: what counts as a restatement, and what each view says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops.answers.allocation import ChargebackSettings
from finops.answers.allocation_rules import reset
from finops.answers.chargeback_export import export_chargeback, export_files
from finops.answers.chargeback_views import opened_line, ways
from finops.answers.closing import Settled, close_period, reopen_period, settled
from finops.chargeback import CLOSED_FILE, ClosedPeriods, charges_digest, parse_rules
from finops.errors import AllocationError, StateError, StateUnreadable
from finops.estate import Estate
from finops.periods import Month, Span
from finops.schema import ACCOUNTS, COSTS
from finops.storage import JsonStore

AT = datetime(2026, 10, 2, 9, tzinfo=UTC)
JULY, AUGUST, SEPTEMBER = (
    ChargebackSettings(period=Month(2026, month), basis="billed") for month in (7, 8, 9)
)
# A charge: the day, the resource, its team, and its dollars.
Charge = tuple[str, str, str | None, str]
BILL: tuple[Charge, ...] = (
    ("2026-07-01", "i-1", "Payments", "10.00"),
    ("2026-08-01", "i-1", "Payments", "20.00"),
    ("2026-08-01", "i-2", "Payments", "5.00"),
    ("2026-08-01", "i-3", "Mobile", "7.00"),
    ("2026-09-01", "i-1", "Payments", "30.00"),
)


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    return JsonStore(tmp_path / "state")


def bill(sample: Estate, charges: Sequence[Charge] = BILL, **columns: str) -> Estate:
    """An estate of a bill of July to September 2026 and nothing else; ``columns`` hold for all rows."""
    costs = pd.DataFrame(
        {
            "ChargePeriodStart": [pd.Timestamp(day, tz="UTC") for day, _, _, _ in charges],
            "ResourceId": [resource for _, resource, _, _ in charges],
            "Tags": [json.dumps({"Team": team} if team else {}) for _, _, team, _ in charges],
            "BilledCost": [Decimal(usd) for _, _, _, usd in charges],
            "BillingCurrency": "USD",
            "BillingAccountId": "999900001111",
            "SubAccountId": "111122223333",
            "ServiceName": "Amazon EC2",
            **columns,
        }
    )
    return replace(
        sample,
        ec2=sample.ec2.head(0),
        s3=sample.s3.head(0),
        accounts=sample.accounts.head(0),
        costs=COSTS.conform(costs),
        billed=Span(date(2026, 7, 1), date(2026, 9, 30)),
        is_sample=False,
        digest=sha256(repr((charges, columns)).encode()).hexdigest(),
    )


def changed(old: Charge, *new: Charge) -> tuple[Charge, ...]:
    """The bill with other charges instead of one of its own."""
    return tuple(one for row in BILL for one in (new if row == old else (row,)))


def totals(lines: Sequence[object]) -> dict[str, str]:
    return {line.allocated_to: str(line.total_usd) for line in lines}  # type: ignore[attr-defined]


def test_a_restatement_of_the_same_total_is_one(sample: Estate, store: JsonStore) -> None:
    # i-2, $5.00, goes from Payments to Mobile: $25.00 and $7.00 were closed, it is $20.00 and $12.00.
    retagged = bill(
        sample,
        changed(("2026-08-01", "i-2", "Payments", "5.00"), ("2026-08-01", "i-2", "Mobile", "5.00")),
    )
    before = close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    assert ways(before).flows.total_usd == Decimal("32.00")
    after = settled(retagged, AUGUST, store)
    assert after.restated
    assert after.answer.report.reconciliation_difference_usd == 0
    assert totals(after.answer.report.lines) == {"Payments": "25.00", "Mobile": "7.00"}
    with pytest.raises(AllocationError, match="has been restated since it was closed"):
        ways(after)
    # What is missing from the charges of today is in the row of rounding: 25.00 = 20.00 + 5.00.
    by_rule, _ = opened_line(after.answer, "Payments")
    assert [(one.kind, one.usd) for one in by_rule] == [
        ("direct", Decimal(20)),
        ("rounding", Decimal(5)),
    ]
    due = settled(retagged, SEPTEMBER, store).adjustments
    assert [(one.period, one.allocated_to, str(one.usd)) for one in due] == [
        ("2026-08", "Mobile", "5.00"),
        ("2026-08", "Payments", "-5.00"),
    ]


def edited(store: JsonStore, change: Callable[[dict[str, Any]], object]) -> None:
    """The document of closed periods as somebody leaves it in an editor."""
    path = store.path(CLOSED_FILE)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def first(document: dict[str, Any]) -> dict[str, Any]:
    period: dict[str, Any] = document["periods"][0]
    return period


# August was closed at $32.00: 25.00 of Payments and 7.00 of Mobile.
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda it: first(it)["terms"].update(virtual_tags=[{"x": 1}]),
            "closed by: key: Field required",
        ),
        (lambda it: first(it).update(period="2026-13"), "periods.0.period"),
        (lambda it: first(it).update(period="0000-00"), "periods.0.period"),
        (lambda it: first(it).update(period="2026-8"), "2026-8 is not written YYYY-MM"),
        (lambda it: it["log"][0].update(period="August"), "log.0.period"),
        (lambda it: it["periods"].append(first(it)), "a period is closed twice"),
        (
            lambda it: first(it).update(total_usd="1.00"),
            "the lines of 2026-08 come to 32.00, and 1.00 was closed",
        ),
        (
            lambda it: first(it)["lines"][0].update(direct_usd="24.00"),
            "the direct and shared dollars of 2026-08 come to 31.00, and 32.00 was closed",
        ),
        (
            lambda it: first(it).update(allocated_usd="30.00"),
            "the allocated dollars and the others of 2026-08 come to 30.00, and 32.00 was closed",
        ),
        (
            lambda it: first(it).update(allocated_usd="30.00", unallocated_usd="2.00"),
            "the dollars without a target of 2026-08 come to 0, and 2.00 was closed",
        ),
        (
            lambda it: first(it)["lines"][0].update(previous_usd="11.00"),
            "the lines of 2026-08 are not those that its hash was made of",
        ),
        (
            lambda it: first(it)["lines"][0].update(allocated_to="Mobile"),
            "two lines of 2026-08 have one name",
        ),
    ],
)
def test_a_document_that_was_edited_into_nonsense_is_refused(
    sample: Estate, store: JsonStore, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    edited(store, change)
    with pytest.raises(StateUnreadable, match=re.escape(said)):
        settled(bill(sample), AUGUST, store)
    assert [path.name.partition(".broken")[0] for path in reset(store)] == [CLOSED_FILE]
    assert settled(bill(sample), AUGUST, store).closed_at is None


def test_lines_that_add_up_to_what_was_closed_and_are_others_are_refused(
    sample: Estate, store: JsonStore
) -> None:
    close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    # $1.00 goes from Payments to Mobile in the file, and the bill has not changed.
    edited(
        store,
        lambda it: [
            line.update(direct_usd=usd, total_usd=usd)
            for line, usd in zip(first(it)["lines"], ["24.00", "8.00"], strict=True)
        ],
    )
    with pytest.raises(StateError, match="are not those that were closed under"):
        settled(bill(sample), AUGUST, store)


# July of $10.00, of $11.00 and of a team that August does not know; without it the bill begins later.
@pytest.mark.parametrize(
    "july",
    [
        ("2026-07-01", "i-1", "Payments", "11.00"),
        ("2026-07-01", "i-9", "Search", "10.00"),
        None,
    ],
)
def test_another_month_before_restates_nothing(
    sample: Estate, store: JsonStore, tmp_path: Path, july: Charge | None
) -> None:
    closed = close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    later = bill(sample, changed(BILL[0], july) if july else BILL[1:])
    if july is None:
        later = replace(later, billed=Span(date(2026, 8, 1), date(2026, 9, 30)))
    after = settled(later, AUGUST, store)
    assert not after.restated
    assert after.answer.report.previous_total_usd == Decimal("10.00")
    one = export_chargeback(bill(sample), closed, tmp_path / "one")
    other = export_chargeback(later, after, tmp_path / "other")
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_accounts_count_as_they_were_when_it_was_closed(sample: Estate, store: JsonStore) -> None:
    rules = parse_rules(
        '{"version":1,"rules":[{"kind":"account","name":"OU","columns":["OU","Team"]}]}', "the test"
    )
    asked = replace(AUGUST, rules=rules)
    fact = pd.DataFrame({"AccountId": ["111122223333", "9"], "OU": ["Shop", None], "Team": ["A", "B"]})
    with_file = replace(bill(sample), accounts=ACCOUNTS.conform(fact.assign(Owner="Ann")))
    closed = close_period(with_file, asked, store, at=AT, who="Dana")
    # All of August, 20.00 + 5.00 + 7.00, is the account's.
    assert totals(closed.answer.report.lines) == {"Shop/A": "32.00"}
    [kept] = store.read(CLOSED_FILE, ClosedPeriods).value.periods
    assert kept.terms.accounts == {
        "OU": {"111122223333": "Shop"},
        "Team": {"111122223333": "A", "9": "B"},
    }
    moved = replace(with_file, accounts=ACCOUNTS.conform(fact.assign(OU="Lab")), digest="other")
    for estate in (bill(sample), moved):
        after = settled(estate, asked, store)
        assert not after.restated
        assert totals(after.answer.report.lines) == {"Shop/A": "32.00"}
        assert settled(estate, replace(SEPTEMBER, rules=rules), store).adjustments == ()


def test_what_is_closed_of_one_bill_is_not_closed_of_another(sample: Estate, store: JsonStore) -> None:
    mine = bill(sample)
    theirs = bill(sample, BILL[:1] + BILL[2:], BillingAccountId="555566667777")
    close_period(replace(mine, is_sample=True), AUGUST, store, at=AT, who="Dana")
    for estate in (mine, theirs):
        assert settled(estate, AUGUST, store).closed_at is None
        assert settled(estate, SEPTEMBER, store).adjustments == ()
    close_period(mine, AUGUST, store, at=AT, who="Dana")
    # 5.00 and 7.00 of theirs, that lacks the charge of 20.00.
    assert totals(settled(theirs, AUGUST, store).answer.report.lines) == {
        "Mobile": "7.00",
        "Payments": "5.00",
    }
    assert close_period(theirs, SEPTEMBER, store, at=AT, who="Dana").adjustments == ()
    reopen_period(mine, AUGUST, store, at=AT, who="Dana", reason="Tax was late")
    kept = store.read(CLOSED_FILE, ClosedPeriods).value
    assert [one.key.owner.in_words() for one in kept.periods] == ["sample", "555566667777"]
    assert [(one.action, one.owner.in_words()) for one in kept.log] == [
        ("closed", "sample"),
        ("closed", "999900001111"),
        ("closed", "555566667777"),
        ("reopened", "999900001111"),
    ]


def test_a_month_of_a_bill_that_begins_later_is_not_held_whole(sample: Estate, store: JsonStore) -> None:
    late = ("2026-08-10", "i-3", "Mobile", "9.00")
    close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    # All of July and what August had before the 10th is missing, though the billing period is August's.
    part = bill(sample, (late, BILL[-1]))
    assert settled(part, SEPTEMBER, store).adjustments == ()
    whole = bill(sample, (*BILL, late))
    due = settled(whole, SEPTEMBER, store).adjustments
    assert [(one.allocated_to, str(one.usd)) for one in due] == [("Mobile", "9.00")]


def test_an_adjustment_is_posted_once_though_the_payer_changes(sample: Estate, store: JsonStore) -> None:
    def moved(*charges: Charge) -> Estate:
        """From September on another account pays."""
        estate = bill(sample, (*BILL, *charges))
        costs = estate.costs
        is_old = costs["ChargePeriodStart"] < pd.Timestamp("2026-09-01", tz="UTC")
        payer = costs["BillingAccountId"].where(is_old, "555566667777")
        return replace(
            estate,
            costs=costs.assign(BillingAccountId=payer),
            billed=Span(date(2026, 7, 1), date(2026, 10, 31)),
        )

    october = ("2026-10-01", "i-1", "Payments", "40.00")
    late = ("2026-08-31", "i-3", "Mobile", "9.00")
    close_period(moved(october), AUGUST, store, at=AT, who="Dana")
    posted = close_period(moved(october, late), SEPTEMBER, store, at=AT, who="Dana").adjustments
    assert [(one.period, one.allocated_to, str(one.usd)) for one in posted] == [
        ("2026-08", "Mobile", "9.00")
    ]
    asked = replace(SEPTEMBER, period=Month(2026, 10))
    assert settled(moved(october, late), asked, store).adjustments == ()


def focus(estate: Estate, result: Settled) -> tuple[str, bytes]:
    [file] = [one for one in export_files(estate, result) if one.kind == "focus"]
    return file.name, file.content()


def test_a_focus_file_that_changes_has_another_name(sample: Estate, store: JsonStore) -> None:
    mine = bill(sample)
    closed = close_period(mine, AUGUST, store, at=AT, who="Dana")
    # None is a restatement: billed cost is as it was. 20.00 is one charge, or 12.00 and 8.00.
    split = (("2026-08-01", "i-1", "Payments", "12.00"), ("2026-08-01", "i-1", "Payments", "8.00"))
    others = [
        bill(sample, EffectiveCost="1.00"),
        bill(sample, changed(BILL[1], *split)),
        bill(sample, SkuId="sku-1"),
        bill(sample, BILL[::-1]),
    ]
    files = [focus(mine, closed)]
    for estate in others:
        now = settled(estate, AUGUST, store)
        assert not now.restated
        files.append(focus(estate, now))
    assert len(dict(files)) == len(set(files)) == 4
    # The order of the charges changes neither.
    assert files[4] == files[0]


def test_the_hash_of_charges_keeps_values_apart(sample: Estate) -> None:
    costs = bill(sample).costs
    pairs = [("a", "b"), ("a,1:b", None), (None, "a,1:b"), ("-", None), (None, "-"), ("", None)]
    made = [
        costs.head(1).assign(**{"SkuId": one, "ChargeDescription": other}).astype(costs.dtypes.to_dict())
        for one, other in pairs
    ]
    assert len({charges_digest(frame) for frame in made}) == len(pairs)


def test_the_month_before_is_what_was_closed(sample: Estate, store: JsonStore) -> None:
    open_ = settled(bill(sample), SEPTEMBER, store).answer.report
    close_period(bill(sample), AUGUST, store, at=AT, who="Dana")
    # Closing changes nothing of a month whose bill has not changed, and so not its hash.
    assert settled(bill(sample), SEPTEMBER, store).answer.report.digest == open_.digest
    # $20.00 of August are Search's now, and $25.00 and $7.00 were closed.
    later = bill(sample, changed(BILL[1], ("2026-08-01", "i-1", "Search", "20.00")))
    without = replace(bill(sample, BILL[4:]), billed=Span(date(2026, 9, 1), date(2026, 9, 30)))
    for estate in (later, without):
        answer = settled(estate, SEPTEMBER, store).answer
        lines = [
            (line.allocated_to, str(line.total_usd), str(line.previous_usd))
            for line in answer.report.lines
        ]
        assert lines == [("Payments", "30.00", "25.00"), ("Mobile", "0.00", "7.00")]
        assert answer.report.previous_total_usd == Decimal("32.00")
        assert answer.report.digest == open_.digest
        changes = {mover.allocated_to: str(mover.change_usd) for mover in answer.review.movers}
        assert changes == {"Payments": "5.00", "Mobile": "-7.00"}
    closed = close_period(later, SEPTEMBER, store, at=AT, who="Dana").answer.report
    assert (closed.digest, closed.previous_total_usd) == (open_.digest, Decimal("32.00"))


def test_what_is_asked_of_a_closed_month_and_does_not_count_is_said(
    sample: Estate, store: JsonStore
) -> None:
    mine = bill(sample, (*BILL, ("2026-08-02", "i-4", None, "8.00")))
    close_period(mine, AUGUST, store, at=AT, who="Dana")
    assert settled(mine, AUGUST, store).other_terms == ()
    rules = parse_rules('{"version":1,"rules":[{"kind":"account","name":"A","columns":["OU"]}]}', "test")
    asked = replace(AUGUST, rules=rules, shared="even")
    after = settled(mine, asked, store)
    assert after.other_terms == ("rules", "sharing of untagged cost")
    # 25.00 and 7.00 as they were closed, and 8.00 that nobody pays.
    assert totals(after.answer.report.lines) == {
        "Payments": "25.00",
        "Unallocated": "8.00",
        "Mobile": "7.00",
    }
    drivers = {"requests": {"Mobile": Decimal(7)}}
    assert settled(mine, replace(AUGUST, drivers=drivers), store).other_terms == ("drivers",)
    assert settled(mine, replace(SEPTEMBER, shared="even"), store).other_terms == ()
