"""Rules as they are typed: what is kept comes back, and each button does one thing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from finops.answers.allocation_rules import AllocationRules
from finops.chargeback import parse_rules
from finops.dashboard.chargeback_draft import (
    added,
    begun,
    moved,
    opened,
    removed,
    rules_of,
    shares_of,
    typed_in,
)
from finops.errors import AllocationError
from finops.storage import Document

KEPT = {
    "version": 1,
    "commitments": "owner_keeps",
    "rules": [
        {"kind": "pool", "name": "Support", "source": "support", "split": "even", "ends": "2026-12-31"},
        {"kind": "tag", "name": "Path", "keys": ["CostCenter", "Team"], "starts": "2026-01-01"},
        {"kind": "virtual_tag", "name": "Virtual"},
        {"kind": "cost_category", "name": "Unit", "categories": ["Unit"]},
        {"kind": "account", "name": "Account", "columns": ["CostCenter", "Team"]},
        {"kind": "pool", "name": "Net", "source": "network", "split": "driver", "driver": "requests"},
        {"kind": "pool", "name": "Own", "source": "target", "names": ["A/Platform"], "among": ["B"]},
        {
            "kind": "pool",
            "name": "Rest",
            "source": "untagged",
            "split": "fixed",
            "shares": {"Data Platform": "0.6", "B": "0.4"},
        },
    ],
}


def kept(document: dict[str, object] = KEPT) -> Document[AllocationRules]:
    return Document(parse_rules(json.dumps(document), "the test"), "revision")


def names(draft: object) -> list[str]:
    return [one.name for one in draft.entries]  # type: ignore[attr-defined]


def test_what_is_kept_is_what_the_draft_says() -> None:
    draft = begun(kept(), 1)
    assert rules_of(draft) == kept().value
    assert not draft.is_touched
    assert draft.entries[-1].fields["shares_text"] == "Data Platform 60\nB 40"


def test_without_rules_it_begins_with_the_tag_alone() -> None:
    draft = begun(Document(AllocationRules(), "absent"), 1)
    assert (names(draft), draft.is_touched) == (["Tag"], False)


def test_add_move_open_and_remove() -> None:
    draft = added(added(begun(Document(AllocationRules(), "absent"), 1), "pool"), "pool")
    assert names(draft) == ["Tag", "Shared cost", "Shared cost 2"]
    assert (draft.opened, draft.is_touched) == (2, True)
    up = moved(draft, 2, -1)
    assert names(up) == ["Tag", "Shared cost 2", "Shared cost"]
    assert names(moved(moved(up, 2, -1), 2, -1)) == ["Shared cost 2", "Tag", "Shared cost"]
    assert names(moved(up, 1, 1)) == names(up)
    less = removed(opened(up, 1), 1)
    assert (names(less), less.entry) == (["Tag", "Shared cost 2"], None)
    typed = typed_in(less, 2, {"kind": "pool", "name": "Tax", "source": "tax", "split": "even"})
    assert [rule.name for rule in rules_of(typed).rules] == ["Tag", "Tax"]
    with pytest.raises(AllocationError, match="no rule says who pays"):
        rules_of(removed(typed, 0))


def test_a_rule_on_who_pays_comes_before_the_pool_of_what_is_left() -> None:
    kept = Document(AllocationRules(), "r1")
    draft = added(added(begun(kept, 1), "pool"), "tag")
    assert names(draft) == ["Tag", "Tag 2", "Shared cost"]
    assert [rule.name for rule in rules_of(draft).rules] == names(draft)
    assert names(added(draft, "pool")) == ["Tag", "Tag 2", "Shared cost", "Shared cost 2"]


def test_shares_are_percents_a_line_a_target() -> None:
    assert shares_of("Data Platform 60 %\n\nB 40") == {
        "Data Platform": Decimal("0.6"),
        "B": Decimal("0.4"),
    }
    for text in ("60", "A sixty", "A 60\nA 40", "A NaN"):
        with pytest.raises(AllocationError, match="a target of its own and its percent"):
            shares_of(text)
