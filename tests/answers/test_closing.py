"""A closed period stays as it was; what the bill changes in it is an adjustment of the next, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops.answers.allocation import ChargebackSettings, chargeback_csv
from finops.answers.chargeback_export import export_chargeback, export_files
from finops.answers.closing import Settled, close_period, reopen_period, settled, unchanged
from finops.chargeback import CLOSED_FILE, ClosedPeriods, parse_rules
from finops.errors import AllocationError
from finops.estate import Estate, load_estate
from finops.periods import Month
from finops.storage import JsonStore

AT = datetime(2026, 10, 2, 9, tzinfo=UTC)
JULY, AUGUST, SEPTEMBER = (
    ChargebackSettings(by="AccountId", period=Month(2026, month)) for month in (7, 8, 9)
)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load_estate()


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    return JsonStore(tmp_path / "state")


def restated(estate: Estate, usd: str) -> Estate:
    """The bill with one more charge of account 111122223333 on 3 August."""
    costs = estate.costs
    day = pd.Timestamp("2026-08-03", tz="UTC")
    row = (
        costs[costs["ChargePeriodStart"] == day]
        .head(1)
        .assign(
            SubAccountId="111122223333",
            BilledCost=pd.array([Decimal(usd)], dtype=costs["BilledCost"].dtype),
        )
    )
    return replace(estate, costs=pd.concat([costs, row], ignore_index=True))


def adjustments(result: Settled) -> list[tuple[str, str, str]]:
    return [(one.period, one.allocated_to, str(one.usd)) for one in result.adjustments]


def test_a_restatement_is_an_adjustment_of_the_next_period_once(
    estate: Estate, store: JsonStore, tmp_path: Path
) -> None:
    before = close_period(estate, AUGUST, store, at=AT, who="Dana")
    files = export_chargeback(estate, before, tmp_path / "one")
    later = restated(estate, "12.34")
    after = settled(later, AUGUST, store)
    assert (after.closed_at, after.closed_by, after.restated) == (AT, "Dana", True)
    assert after.answer.report.lines == before.answer.report.lines
    assert after.answer.report.total_usd == before.answer.report.total_usd
    assert after.answer.report.digest == before.answer.report.digest
    assert after.answer.report.reconciliation_difference_usd == Decimal("-12.34")
    assert chargeback_csv(after.answer).encode() == files[0].read_bytes()
    with pytest.raises(AllocationError, match="2026-08 is closed under"):
        unchanged(after)

    due = [("2026-08", "111122223333", "12.34")]
    assert adjustments(settled(estate, SEPTEMBER, store)) == []
    assert adjustments(settled(later, SEPTEMBER, store)) == due
    assert adjustments(settled(later, JULY, store)) == []
    september = close_period(later, SEPTEMBER, store, at=AT, who="Dana")
    assert adjustments(september) == due
    journal = next(one for one in export_files(later, september) if one.kind == "journal")
    # Debited to the account in September's journal, and taken off the clearing account.
    lines = journal.content().decode().splitlines()
    assert lines[-2:] == [
        "2026-09,111122223333,Cloud cost,12.34,,Prior-period adjustment of 2026-08",
        "2026-09,,Cloud clearing,,12.34,Prior-period adjustment of 2026-08",
    ]
    assert "_journal_adjusted_" in journal.name
    with pytest.raises(AllocationError, match="its bill has been restated"):
        export_files(later, after)
    # Posted with September. A second restatement owes what it adds, in the period after.
    october = ChargebackSettings(by="AccountId", period=Month(2026, 10))
    assert adjustments(settled(later, october, store)) == []
    assert ("2026-08", "111122223333", "0.66") in adjustments(
        settled(restated(estate, "13.00"), october, store)
    )


def test_later_rules_do_not_change_a_closed_period(
    estate: Estate, store: JsonStore, tmp_path: Path
) -> None:
    closed = close_period(estate, AUGUST, store, at=AT, who="Dana")
    rules = parse_rules('{"version":1,"rules":[{"kind":"tag","name":"T","keys":["Team"]}]}', "the test")
    again = settled(estate, replace(AUGUST, rules=rules), store)
    assert not again.restated
    one = export_chargeback(estate, closed, tmp_path / "one")
    other = export_chargeback(estate, again, tmp_path / "other")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_reopening_is_logged(estate: Estate, store: JsonStore) -> None:
    digest = close_period(estate, AUGUST, store, at=AT, who="Dana").answer.report.digest
    with pytest.raises(AllocationError, match="closed already; reopen it first"):
        close_period(estate, AUGUST, store, at=AT, who="Dana")
    with pytest.raises(AllocationError, match="say why"):
        reopen_period(estate, AUGUST, store, at=AT, who="Ken", reason=" ")
    assert (
        reopen_period(estate, AUGUST, store, at=AT, who="Ken", reason="Tax was late").closed_at is None
    )
    log = store.read(CLOSED_FILE, ClosedPeriods).value.log
    assert [(one.action, one.who, one.reason, one.digest) for one in log] == [
        ("closed", "Dana", "", digest),
        ("reopened", "Ken", "Tax was late", digest),
    ]
    with pytest.raises(AllocationError, match="2026-08 by AccountId at billed cost is not closed"):
        reopen_period(estate, AUGUST, store, at=AT, who="Ken", reason="again")


def test_what_cannot_be_closed(estate: Estate, store: JsonStore) -> None:
    lists = replace(estate, costs=estate.costs.head(0), billed=None)
    with pytest.raises(AllocationError, match="730 h is no whole month"):
        close_period(lists, ChargebackSettings(), store, at=AT, who="Dana")
    with pytest.raises(AllocationError, match="say who"):
        close_period(estate, AUGUST, store, at=AT, who=" ")
    assert not store.path(CLOSED_FILE).exists()
