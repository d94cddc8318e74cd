"""Rules of allocation: which rule takes a charge, and how pools are shared one after the other."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops import schema
from finops.chargeback import (
    AllocationRules,
    ChargebackReport,
    allocate,
    charges_from_costs,
    parse_rules,
    stored_rules,
)
from finops.chargeback.charges import CHARGES
from finops.chargeback.commitments import owner_keeps
from finops.chargeback.rules import FILE_NAME, is_under
from finops.errors import AllocationError, StateUnreadable
from finops.periods import Month
from finops.storage import JsonStore

TAG = {"kind": "tag", "name": "Tag"}
ACCOUNTS = schema.ACCOUNTS.conform(
    pd.DataFrame({"AccountId": ["001", "002"], "Team": ["Web", None], "CostCenter": ["CC-1", "CC-2"]})
)


def rules(*rule: dict[str, object], **settings: object) -> AllocationRules:
    return parse_rules(json.dumps({"version": 1, "rules": rule, **settings}), "the test")


def charges(*rows: dict[str, object]) -> pd.DataFrame:
    """Each row: usd, and what differs from an untagged charge of EC2 on 10 September 2026."""
    usual = {"ServiceName": "AmazonEC2", "ChargeCategory": "Usage", "Start": "2026-09-10T00:00:00Z"}
    tagged = [
        {
            **usual,
            "ResourceId": f"r-{at}",
            "Cost": Decimal(str(row["usd"])),
            "Tags": json.dumps(row.get("tags", {}), sort_keys=True, separators=(",", ":")),
            **{name: value for name, value in row.items() if name not in {"usd", "tags"}},
        }
        for at, row in enumerate(rows)
    ]
    return CHARGES.conform(pd.DataFrame(tagged))


def team(name: str, usd: object) -> dict[str, object]:
    return {"usd": usd, "tags": {"Team": name}}


def totals(report: ChargebackReport) -> dict[str, str]:
    assert report.reconciliation_difference_usd == 0
    return {line.allocated_to: str(line.total_usd) for line in report.lines}


def test_a_path_ends_before_the_first_key_that_a_charge_lacks() -> None:
    path = {"kind": "tag", "name": "Path", "keys": ["CostCenter", "Team", "Project"]}
    report = allocate(
        charges(
            {"usd": 8, "tags": {"CostCenter": "Book", "Team": "Ads", "Project": "x/y"}},
            {"usd": 4, "tags": {"CostCenter": "Book", "Project": "z"}},
            {"usd": 2, "tags": {"CostCenter": "Bookkeeping", "Team": "Ads"}},
            {"usd": 1, "tags": {"Team": "Ads"}},
        ),
        "Team",
        document=rules(path),
    )
    assert totals(report) == {
        "Book/Ads/x%2Fy": "8.00",
        "Book": "4.00",
        "Bookkeeping/Ads": "2.00",
        "Unallocated": "1.00",
    }


def test_paths_compare_whole_segments() -> None:
    assert is_under("Book", ["Book"])
    assert is_under("Book/Ads", ["Book"])
    assert not is_under("Bookkeeping", ["Book"])
    assert not is_under("Book", ["Book/Ads"])


def test_the_account_stands_in_for_a_missing_tag() -> None:
    bill = charges(
        {**team("Core", 5), "AccountId": "001"},
        {"usd": 3, "AccountId": "001"},
        {"usd": 2, "AccountId": "002"},
        {"usd": 1},
    )
    by_account = rules(TAG, {"kind": "account", "name": "Account"})
    assert totals(allocate(bill, "Team", document=by_account, accounts=ACCOUNTS)) == {
        "Core": "5.00",
        "Web": "3.00",
        "Unallocated": "3.00",
    }
    path = rules({"kind": "account", "name": "Account", "columns": ["CostCenter", "Team"]})
    assert totals(allocate(bill, "Team", document=path, accounts=ACCOUNTS)) == {
        "CC-1/Web": "8.00",
        "CC-2": "2.00",
        "Unallocated": "1.00",
    }
    with pytest.raises(AllocationError, match=r"Fleet is none; choose among AccountId"):
        allocate(bill, "Fleet", document=by_account, accounts=ACCOUNTS)


@pytest.mark.parametrize(
    ("source", "charge"),
    [
        ("tax", {"ChargeCategory": "Tax"}),
        ("support", {"ServiceName": "AWS Support (Business)"}),
        ("support", {"ServiceName": "AWSSupportBusiness"}),
        ("network", {"ServiceCategory": "Networking"}),
        ("network", {"ServiceName": "AWS Data Transfer"}),
        ("commitment_waste", {"CommitmentDiscountStatus": "Unused"}),
        ("untagged", {}),
    ],
)
def test_every_source_is_shared_in_proportion(source: str, charge: dict[str, object]) -> None:
    # 9.00 over 60 : 30 is 6.00 and 3.00.
    bill = charges(team("A", 60), team("B", 30), {"usd": 9, **charge})
    report = allocate(bill, "Team", document=rules(TAG, {"kind": "pool", "name": "P", "source": source}))
    assert totals(report) == {"A": "66.00", "B": "33.00"}
    assert [(part.rule, part.allocated_to, str(part.usd)) for part in report.parts] == [
        ("P", "A", "6.00"),
        ("P", "B", "3.00"),
    ]


def test_the_first_rule_that_fits_takes_the_charge() -> None:
    bill = charges({**team("A", 10), "ChargeCategory": "Tax"}, team("A", 10), team("B", 10))
    tax = {"kind": "pool", "name": "Tax", "source": "tax"}
    assert totals(allocate(bill, "Team", document=rules(TAG, tax))) == {"A": "20.00", "B": "10.00"}
    assert totals(allocate(bill, "Team", document=rules(tax, TAG))) == {"A": "15.00", "B": "15.00"}


def test_pools_are_shared_one_after_the_other() -> None:
    # Tax 12.00 evenly: A 16, B 26. Support 21.00 by these: 21 · 16/42 = 8.00 and 21 · 26/42 = 13.00.
    bill = charges(
        team("A", 10),
        team("B", 20),
        {"usd": 12, "ChargeCategory": "Tax"},
        {"usd": 21, "ServiceName": "AWS Support (Business)"},
    )
    tax = {"kind": "pool", "name": "Tax", "source": "tax", "split": "even"}
    support = {"kind": "pool", "name": "Support", "source": "support"}
    cascade = rules(TAG, tax, support)
    assert totals(allocate(bill, "Team", document=cascade)) == {"B": "39.00", "A": "24.00"}
    # The other way round: support 7.00 and 14.00, then tax 6.00 each.
    assert totals(allocate(bill, "Team", document=rules(TAG, support, tax))) == {
        "B": "40.00",
        "A": "23.00",
    }


def test_a_shared_target_is_used_once_and_takes_no_part() -> None:
    bill = charges(
        team("Platform", 6),
        team("Platform/Net", 4),
        team("Platforms", 10),
        team("A", 30),
        {"usd": 8, "ChargeCategory": "Tax"},
    )
    shared = {"kind": "pool", "name": "Platform", "source": "target", "names": ["Platform"]}
    tax = {"kind": "pool", "name": "Tax", "source": "tax", "split": "even"}
    # Tax 4.00 each: 14 and 34. Platform 10.00 by these: 2.9166… and 7.0833….
    report = allocate(bill, "Team", document=rules(TAG, tax, shared))
    assert totals(report) == {"A": "41.08", "Platforms": "16.92"}


def test_a_pool_is_shared_by_a_driver_among_some() -> None:
    bill = charges(team("Book/Ads", 1), team("Bookkeeping", 1), {"usd": 9})
    pool = {
        "kind": "pool",
        "name": "Rest",
        "source": "untagged",
        "split": "driver",
        "driver": "requests",
        "among": ["Book", "New"],
    }
    requests = {"Book/Ads": Decimal(100), "Bookkeeping": Decimal(999), "New": Decimal(50)}
    report = allocate(bill, "Team", document=rules(TAG, pool), drivers={"requests": requests})
    assert totals(report) == {"Book/Ads": "7.00", "New": "3.00", "Bookkeeping": "1.00"}
    nothing = {"requests": dict.fromkeys(requests, Decimal(0))}
    even = allocate(bill, "Team", document=rules(TAG, pool), drivers=nothing)
    assert totals(even) == {"Book/Ads": "5.50", "New": "4.50", "Bookkeeping": "1.00"}
    with pytest.raises(AllocationError, match="pool Rest needs the driver requests; there is none"):
        allocate(bill, "Team", document=rules(TAG, pool))


@pytest.mark.parametrize("name", ["Unallocated", "unallocated"])
def test_what_has_no_target_takes_no_share(name: str) -> None:
    bill = charges(team("A", 1), {"usd": 9, "ChargeCategory": "Tax"})
    pool = {"kind": "pool", "name": "Tax", "source": "tax", "split": "driver", "driver": "requests"}
    requests = {"requests": {"A": Decimal(10), name: Decimal(90)}}
    with pytest.raises(AllocationError, match=f"the driver requests names '{name}'"):
        allocate(bill, "Team", document=rules(TAG, pool), drivers=requests)
    shares = {"A": Decimal("0.1"), name: Decimal("0.9")}
    with pytest.raises(AllocationError, match="cannot be a target"):
        allocate(bill, "Team", "fixed", shares)


def test_a_pool_without_a_target_stays_unallocated() -> None:
    pool = {"kind": "pool", "name": "Rest", "source": "untagged", "among": ["Nobody"]}
    report = allocate(charges(team("A", 1), {"usd": 9}), "Team", document=rules(TAG, pool))
    assert totals(report) == {"Unallocated": "9.00", "A": "1.00"}
    assert (report.unallocated_usd, report.untagged_usd) == (Decimal("9.00"), Decimal("9.00"))


def test_what_the_rules_leave_over_is_shared_as_asked() -> None:
    bill = charges(team("A", 3), team("B", 1), {"usd": 2, "ChargeCategory": "Tax"}, {"usd": 2})
    tax = {"kind": "pool", "name": "Tax", "source": "tax", "split": "even"}
    report = allocate(bill, "Team", "fixed", {"B": Decimal(1)}, document=rules(TAG, tax))
    assert totals(report) == {"A": "4.00", "B": "4.00"}


def test_rules_hold_from_their_first_to_their_last_day() -> None:
    tax = {"kind": "pool", "name": "Tax", "source": "tax", "starts": "2026-09-02", "ends": "2026-09-03"}
    bill = charges(
        team("A", 1),
        *(
            {"usd": usd, "ChargeCategory": "Tax", "Start": f"2026-09-0{usd}T23:00:00Z"}
            for usd in (1, 2, 3, 4)
        ),
        {"usd": 9, "ChargeCategory": "Tax", "Start": None},
    )
    assert totals(allocate(bill, "Team", document=rules(TAG, tax))) == {
        "Unallocated": "14.00",
        "A": "6.00",
    }


def test_a_credit_keeps_its_sign_in_a_pool() -> None:
    bill = charges(team("A", 3), team("B", 1), {"usd": -2, "ChargeCategory": "Tax"})
    tax = {"kind": "pool", "name": "Tax", "source": "tax"}
    assert totals(allocate(bill, "Team", document=rules(TAG, tax))) == {"A": "1.50", "B": "0.50"}


def test_the_owner_of_a_commitment_keeps_its_discount() -> None:
    # Account 001 owns sp-1 (it has the purchase); 002 uses it: 10.00 On-Demand, 6.00 effective.
    costs = schema.COSTS.conform(
        pd.DataFrame(
            {
                "ChargePeriodStart": pd.to_datetime(["2026-09-01"] * 3, utc=True),
                "SubAccountId": ["001", "002", "002"],
                "ResourceId": ["sp-1", "i-1", "i-2"],
                "ChargeCategory": ["Purchase", "Usage", "Usage"],
                "CommitmentDiscountId": ["sp-1", "sp-1", None],
                "CommitmentDiscountStatus": [None, "Used", None],
                "ConsumedQuantity": [None, 24.0, 12.0],
                "BilledCost": [Decimal(6), Decimal(0), Decimal(1)],
                "EffectiveCost": [Decimal(0), Decimal(6), Decimal(1)],
                "ContractedCost": [Decimal(0), Decimal(10), Decimal(1)],
            }
        )
    )
    month = Month(2026, 9)
    used = allocate(charges_from_costs(costs, month, "effective"), "AccountId")
    assert totals(used) == {"002": "7.00", "001": "0.00"}
    kept = allocate(charges_from_costs(costs, month, "effective", "owner_keeps"), "AccountId")
    assert totals(kept) == {"002": "11.00", "001": "-4.00"}
    billed = allocate(charges_from_costs(costs, month, "billed", "owner_keeps"), "AccountId")
    assert totals(billed) == {"001": "6.00", "002": "1.00"}
    # What is handed back is money; the usage is counted once.
    assert owner_keeps(costs, costs)["ConsumedQuantity"].sum() == 36.0


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"kind": "pool", "name": "P", "source": "target"}, "names belong to the sources"),
        ({"kind": "pool", "name": "P", "source": "tax", "split": "driver"}, "needs it"),
        ({"kind": "pool", "name": "P", "source": "tax", "split": "fixed"}, "which needs them"),
        (
            {"kind": "pool", "name": "P", "source": "tax", "split": "fixed", "shares": {"A": 0.3}},
            "add up to 1; these add up to 0.3",
        ),
        ({"kind": "tag", "name": "Tag"}, "twice: Tag"),
        ({"kind": "tag", "name": "T", "starts": "2026-02-01", "ends": "2026-01-01"}, "before it starts"),
        ({"kind": "pool", "name": "P", "source": "moon"}, "rules.1.pool.source"),
        ({"kind": "tag", "name": "T", "key": "Team"}, "rules.1.tag.key"),
        (
            {
                "kind": "pool",
                "name": "P",
                "source": "tax",
                "split": "fixed",
                "shares": {"A": "1", "B": "1e-99999999"},
            },
            "at most 30 decimals",
        ),
        (
            {
                "kind": "pool",
                "name": "P",
                "source": "tax",
                "split": "fixed",
                "shares": {"A": 1, " A": 0},
            },
            "a target has two shares",
        ),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(rule: dict[str, object], complaint: str) -> None:
    with pytest.raises(AllocationError, match=f"the test holds no allocation rules.*{complaint}"):
        rules(TAG, rule)


def test_nothing_is_left_for_a_rule_after_a_pool_of_all_that_is_untagged() -> None:
    rest = {"kind": "pool", "name": "Rest", "source": "untagged"}
    with pytest.raises(AllocationError, match="Tag stands after a pool of all untagged cost"):
        rules(rest, TAG)
    # In September alone it leaves the rule the other months.
    assert rules({**rest, "starts": "2026-09-01"}, TAG).rules[1].name == "Tag"


def test_a_key_that_stands_twice_in_a_file_of_rules_is_refused() -> None:
    with pytest.raises(AllocationError, match=r"the test .*a key is repeated"):
        parse_rules('{"version": 1, "rules": [], "rules": []}', "the test")


def test_a_source_takes_no_fixed_share_and_is_shared_once() -> None:
    source = {"kind": "pool", "name": "S", "source": "target", "names": ["Platform"]}
    share = {"kind": "pool", "name": "F", "source": "tax", "split": "fixed", "shares": {"Platform": 1}}
    with pytest.raises(AllocationError, match="Platform is a source and takes no share"):
        rules(TAG, source, share)
    with pytest.raises(AllocationError, match="shared once; twice: Platform"):
        rules(TAG, source, {**source, "name": "S2"})
    with pytest.raises(AllocationError, match="no rule says who pays"):
        rules(source)


def test_the_rules_that_are_kept(tmp_path: Path) -> None:
    store = JsonStore(tmp_path)
    assert stored_rules(store) == AllocationRules()
    shares = {"A": 0.1, "B": 0.9}
    pool = {"kind": "pool", "name": "P", "source": "tax", "split": "fixed", "shares": shares}
    kept = rules(TAG, pool, commitments="owner_keeps")
    store.update(FILE_NAME, AllocationRules, lambda _: kept)
    assert stored_rules(store) == kept
    assert kept.pools[0].shares == {"A": Decimal("0.1"), "B": Decimal("0.9")}
    (tmp_path / FILE_NAME).write_text("{}")
    with pytest.raises(StateUnreadable, match=FILE_NAME):
        stored_rules(store)
