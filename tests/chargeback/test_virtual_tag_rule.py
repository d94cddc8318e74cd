"""Virtual tags in chargeback: after the resource's own, before cost categories, accounts and pools."""

from __future__ import annotations

import json
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.chargeback import AllocationRules, allocate
from finops.chargeback.rules import TagRule, VirtualTagRule, with_virtual_tags
from finops.chargeback.trail import opened
from tests.chargeback.test_rules import ACCOUNTS, charges, rules

TAG = {"kind": "tag", "name": "Tag"}
ORDER = with_virtual_tags(
    rules(
        TAG,
        {"kind": "cost_category", "name": "Category"},
        {"kind": "account", "name": "Account"},
        {"kind": "pool", "name": "Rest", "source": "untagged", "split": "even"},
    )
)


def cell(**tag_set: str) -> str:
    return json.dumps(tag_set, sort_keys=True, separators=(",", ":"))


def test_the_order_is_fixed() -> None:
    # Each charge lacks one source more than the one before it.
    virtual, category = {"VirtualTags": cell(Team="Virtual")}, {"CostCategory": cell(Team="Category")}
    account = {"AccountId": "001"}
    rows = charges(
        {"usd": 1, "tags": {"Team": "Own"}, **virtual, **category, **account},
        {"usd": 2, **virtual, **category, **account},
        {"usd": 4, **category, **account},
        {"usd": 8, **account},
        {"usd": 16},
    )
    report = allocate(rows, "Team", document=ORDER, accounts=ACCOUNTS)
    # The pool of 16 is split evenly among the four: 4 each.
    assert {line.allocated_to: (line.direct_usd, line.shared_usd) for line in report.lines} == {
        "Own": (1, 4),
        "Virtual": (2, 4),
        "Category": (4, 4),
        "Web": (8, 4),
    }
    by_rule = dict(zip(report.detail["rule"], report.detail["cost_usd"], strict=True))
    assert by_rule == {"Tag": 1, "Tag (virtual)": 2, "Category": 4, "Account": 8, "Rest": 16}


def test_the_trail_names_the_rule_of_virtual_tags() -> None:
    rows = charges({"usd": 3, "tags": {"Team": "Web"}}, {"usd": 5, "VirtualTags": cell(Team="Web")})
    report = allocate(rows, "Team", document=with_virtual_tags(AllocationRules()))
    trail = opened(report, "Web")
    assert dict(zip(trail["rule"], trail["cost_usd"], strict=True)) == {"Tag": 3, "Tag (virtual)": 5}


def test_without_the_rule_virtual_tags_do_nothing() -> None:
    rows = charges({"usd": 5, "VirtualTags": cell(Team="Web")})
    assert allocate(rows, "Team").unallocated_usd == 5


def test_a_level_of_a_path_is_its_own_tag_where_it_has_one() -> None:
    path = with_virtual_tags(rules({**TAG, "keys": ["CostCenter", "Team"]}))
    rows = charges(
        {"usd": 1, "tags": {"Team": "Web"}, "VirtualTags": cell(CostCenter="CC-1")},
        {"usd": 2, "VirtualTags": cell(CostCenter="CC-1", Team="Data")},
        {"usd": 4, "VirtualTags": cell(Team="Data")},
        {"usd": 8, "tags": {"Team": " "}, "VirtualTags": cell(CostCenter="CC-1", Team="Data")},
    )
    report = allocate(rows, "Team", document=path)
    assert {line.allocated_to: line.total_usd for line in report.lines} == {
        "CC-1/Web": 1,
        "CC-1/Data": 10,
        "Unallocated": 4,
    }


def test_virtual_tags_follow_each_run_of_tag_rules() -> None:
    document = rules(
        {**TAG, "name": "A", "keys": ["Team"], "starts": "2026-09-01"},
        {**TAG, "name": "A (virtual)", "keys": ["Project"]},
        {"kind": "account", "name": "Account"},
        {**TAG, "name": "B", "keys": ["Owner"]},
        commitments="owner_keeps",
    )
    made = with_virtual_tags(document)
    assert [(rule.kind, rule.name) for rule in made.rules] == [
        ("tag", "A"),
        ("tag", "A (virtual)"),
        ("virtual_tag", "A (virtual) (virtual)"),
        ("virtual_tag", "A (virtual) (virtual) (virtual)"),
        ("account", "Account"),
        ("tag", "B"),
        ("virtual_tag", "B (virtual)"),
    ]
    assert [rule.keys for rule in made.rules if isinstance(rule, VirtualTagRule)] == [
        ("Team",),
        ("Project",),
        ("Owner",),
    ]
    assert (made.rules[2].starts, made.commitments) == (document.rules[0].starts, "owner_keeps")
    # Where they stand already, they stay.
    assert with_virtual_tags(made) is made


def test_rules_without_any_begin_with_the_tag() -> None:
    made = with_virtual_tags(AllocationRules())
    assert made.rules == (
        TagRule(kind="tag", name="Tag"),
        VirtualTagRule(kind="virtual_tag", name="Tag (virtual)"),
    )


@given(
    rows=st.lists(
        st.tuples(
            st.decimals(-1000, 1000, places=6),
            st.sampled_from([None, "Own", " "]),
            st.sampled_from([None, "Virtual", "Own"]),
            st.sampled_from([None, "001", "002"]),
        ),
        min_size=1,
        max_size=8,
    ),
    shared=st.sampled_from(["none", "proportional", "even"]),
)
def test_the_lines_add_up_and_own_tags_keep_their_cost(
    rows: list[tuple[Decimal, str | None, str | None, str | None]], shared: str
) -> None:
    made = charges(
        *(
            {
                "usd": usd,
                "tags": {} if own is None else {"Team": own},
                "VirtualTags": cell() if virtual is None else cell(Team=virtual),
                "AccountId": account,
            }
            for usd, own, virtual, account in rows
        )
    )
    with_tags = allocate(made, "Team", shared, document=with_virtual_tags(AllocationRules()))  # type: ignore[arg-type]
    assert with_tags.reconciliation_difference_usd == 0
    assert sum(line.total_usd for line in with_tags.lines) == with_tags.total_usd
    of_tag = with_tags.detail[with_tags.detail["rule"].eq("Tag").fillna(False)]
    assert _sum(of_tag) == sum((usd for usd, own, _, _ in rows if (own or "").strip()), Decimal(0))


def _sum(detail: pd.DataFrame) -> Decimal:
    return sum((Decimal(str(usd)) for usd in detail["cost_usd"]), Decimal(0))


@pytest.mark.parametrize("kind", ["virtual_tag"])
def test_a_document_may_place_the_rule_itself(kind: str) -> None:
    made = rules(TAG, {"kind": kind, "name": "Accepted"})
    rows = charges({"usd": 5, "VirtualTags": cell(Team="Web")})
    assert allocate(rows, "Team", document=made).lines[0].allocated_to == "Web"
