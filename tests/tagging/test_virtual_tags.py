"""Virtual tags: what is kept, what it is for, and that a tag of the resource itself comes first."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from finops import tags
from finops.errors import StateUnreadable, VirtualTagError
from finops.schema import resource_names
from finops.storage import JsonStore
from finops.tagging.virtual_book import VIRTUAL_FILE, VirtualTagBook, VirtualTags
from finops.tagging.virtual_tags import Match, Proposal, VirtualTag
from finops.tagging.virtual_values import virtual_tags_of

AT = datetime(2026, 10, 18, 9, tzinfo=UTC)
LATER = datetime(2026, 10, 19, 9, tzinfo=UTC)
MUCH_LATER = datetime(2026, 10, 20, 9, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> VirtualTagBook:
    return VirtualTagBook(JsonStore(tmp_path))


def proposal(key: str = "Team", value: str = "Web", **fields: Any) -> Proposal:
    match = fields.pop("match", {"resource_ids": ("b-1",)})
    return Proposal.model_validate({"key": key, "value": value, "match": match, **fields})


def rules(*proposals: Proposal) -> tuple[VirtualTag, ...]:
    """The proposals as they would stand, also where one leaves nothing to another."""
    return VirtualTags().with_accepted(proposals, "Lena", AT).tags


def charges(*rows: dict[str, Any]) -> pd.DataFrame:
    """Charges of bucket b-1 in account 1, eu-west-1, on 10 September 2026, but for what a row says."""
    usual = {
        "ResourceId": "b-1", "AccountId": "1", "Region": "eu-west-1", "Tags": {},
        "ServiceName": "Amazon Simple Storage Service", "Start": "2026-09-10T00:00:00Z",
    }  # fmt: skip
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    return frame.assign(
        Tags=frame["Tags"].map(tags.canonical), Start=pd.to_datetime(frame["Start"], utc=True)
    )


def given_to(rows: pd.DataFrame, *proposals: Proposal) -> list[str]:
    return list(virtual_tags_of(rows, rules(*proposals)))


def test_what_is_accepted_is_kept_with_who_when_and_why(book: VirtualTagBook) -> None:
    (kept,) = book.accept([proposal(probability=0.97, reason="4 of 4")], " Lena ", AT)
    assert (kept.id, kept.accepted_by, kept.accepted_at) == ("v1", "Lena", AT)
    assert (kept.probability, kept.reason) == (0.97, "4 of 4")
    assert book.read().in_force() == (kept,)


def test_the_same_twice_is_once(book: VirtualTagBook) -> None:
    first = book.accept([proposal(probability=0.97)], "Lena", AT)
    other = proposal("Owner", "ada")
    # Ken undoes what Ken added, and not what Lena did.
    (added,) = book.accept([proposal(probability=0.98), other, other], "Ken", LATER)
    assert (added.id, added.key, added.accepted_by) == ("v2", "Owner", "Ken")
    assert book.accept([proposal()], "Ken", LATER) == ()
    assert book.read().tags == (*first, added)


def test_what_is_withdrawn_stays_with_who_and_when(book: VirtualTagBook) -> None:
    book.accept([proposal(), proposal(value="Data", match={"accounts": ("1",)})], "Lena", AT)
    (gone,) = book.withdraw(["v1"], "Ken", LATER)
    assert (gone.withdrawn_by, gone.withdrawn_at) == ("Ken", LATER)
    kept = book.read()
    assert [one.id for one in kept.in_force()] == ["v2"]
    # What counted between the two can be told later.
    assert [one.id for one in kept.in_force(AT)] == ["v1", "v2"]
    assert [one.id for one in kept.in_force(LATER)] == ["v2"]
    # A number is never used twice.
    assert [one.id for one in book.accept([proposal()], "Lena", LATER)] == ["v3"]


def test_a_new_one_has_the_number_after_the_highest(book: VirtualTagBook) -> None:
    book.accept([proposal(value=value) for value in ("Web", "Data", "Shop")], "Lena", AT)
    # Somebody takes v1 out of the file by hand, and gives v2 a name.
    path = book.store.path(VIRTUAL_FILE)
    document = json.loads(path.read_text())
    del document["tags"][0]
    document["tags"][0]["id"] = "ours"
    path.write_text(json.dumps(document))
    book.accept([proposal("Owner", "ada"), proposal("Owner", "bob")], "Lena", LATER)
    assert [one.id for one in book.read().tags] == ["ours", "v3", "v4", "v5"]


def test_a_withdrawal_that_is_undone_leaves_the_order_as_it_was(book: VirtualTagBook) -> None:
    book.accept([proposal(value="A"), proposal(value="B", match={"names": ("b-*",)})], "Lena", AT)
    before = list(virtual_tags_of(charges({}), book.read().in_force()))
    book.withdraw(["v1"], "Ken", LATER)
    assert list(virtual_tags_of(charges({}), book.read().in_force())) == ['{"Team":"B"}']
    (back,) = book.restore(["v1"], " Ken ", MUCH_LATER)
    assert (back.id, back.value, back.accepted_by, back.accepted_at) == ("v3", "A", "Ken", MUCH_LATER)
    kept = book.read()
    assert list(virtual_tags_of(charges({}), kept.in_force())) == before == ['{"Team":"A"}']
    assert [one.id for one in kept.in_force()] == ["v3", "v2"]
    # That it did not count in between can be told still.
    assert [one.id for one in kept.in_force(LATER)] == ["v2"]
    for ids, said in ((["v1"], "v1 as v3"), (["v2"], "has the id v2"), (["v9"], "has the id v9")):
        with pytest.raises(VirtualTagError, match=said):
            book.restore(ids, "Ken", MUCH_LATER)
    assert book.read() == kept


@pytest.mark.parametrize(
    ("first", "fields", "named"),
    [
        ({}, {}, "v1 gives Team=Web to resource b-1"),
        ({}, {"match": {"resource_ids": ("b-0", "b-1")}}, "v1 gives Team=Web to resource b-1"),
        ({}, {"match": {"resource_ids": ("b-1",), "accounts": ("1",)}}, "resource b-1; account 1"),
        ({}, {"starts": date(2026, 9, 1)}, "v1 gives"),
        ({"match": {"names": ("B-*",)}}, {}, "v1 gives"),
        ({"match": {"services": ("S3",)}}, {"match": {"services": ("AmazonS3",)}}, "v1 gives"),
        ({"match": {"accounts": ("1", "2")}}, {"match": {"accounts": ("1",)}}, "v1 gives"),
        ({"starts": date(2026, 9, 1)}, {"starts": date(2026, 9, 1), "ends": date(2026, 9, 2)}, "v1"),
    ],
)
def test_one_without_effect_is_refused_by_what_stands_in_its_way(
    book: VirtualTagBook, first: dict[str, Any], fields: dict[str, Any], named: str
) -> None:
    before = book.accept([proposal(**first)], "Lena", AT)
    with pytest.raises(VirtualTagError, match=named) as refused:
        book.accept([proposal("Owner", "ada"), proposal(value="Data", **fields)], "Ken", LATER)
    assert "finops tags withdraw" in str(refused.value)
    assert book.read().tags == before
    # The same value is no contradiction, and once the first is withdrawn there is none.
    assert (
        book.accept([proposal("Team", "Web", **{"reason": "too", **fields})], "Ken", LATER) or not fields
    )
    book.withdraw([one.id for one in book.read().in_force()], "Lena", LATER)
    assert len(book.accept([proposal(value="Data", **fields)], "Ken", LATER)) == 1


@pytest.mark.parametrize(
    ("first", "fields"),
    [
        ({"ends": date(2026, 9, 1)}, {}),
        ({"starts": date(2026, 9, 2)}, {"starts": date(2026, 9, 1)}),
        ({"match": {"resource_ids": ("b-1",), "regions": ("eu-west-1",)}}, {}),
        ({"match": {"accounts": ("1",)}}, {}),
        ({}, {"match": {"names": ("b-*",)}}),
        ({"key": "Owner"}, {}),
    ],
)
def test_one_that_can_have_an_effect_is_accepted(
    book: VirtualTagBook, first: dict[str, Any], fields: dict[str, Any]
) -> None:
    book.accept([proposal(**first)], "Lena", AT)
    assert len(book.accept([proposal(value="Data", **fields)], "Ken", LATER)) == 1


def test_a_long_list_of_what_stands_in_the_way_is_cut(book: VirtualTagBook) -> None:
    every = [{"resource_ids": (f"b-{number}",)} for number in range(7)]
    book.accept([proposal(match=match) for match in every], "Lena", AT)
    with pytest.raises(VirtualTagError, match=r"v5 gives Team=Web to resource b-4, and 2 more\. "):
        book.accept([proposal(value="Data", match=match) for match in every], "Ken", LATER)


def test_what_cannot_be_done_is_named(book: VirtualTagBook) -> None:
    with pytest.raises(VirtualTagError, match="has the id v7"):
        book.withdraw(["v7"], "Ken", AT)
    with pytest.raises(VirtualTagError, match="the name of who accepts"):
        book.accept([proposal()], "  ", AT)
    assert not book.store.path(VIRTUAL_FILE).exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"match": {}}, "received none"),
        ({"match": {"tags": {}}}, "received none"),
        ({"match": {"resource_ids": ("",)}}, "at least 1 character"),
        ({"value": " "}, "at least 1 character"),
        ({"starts": date(2026, 9, 2), "ends": date(2026, 9, 1)}, "before it starts"),
        ({"probability": 1.5}, "less than or equal to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        proposal(**fields)


def test_a_document_that_cannot_be_read_stays_until_it_is_reset(book: VirtualTagBook) -> None:
    path = book.store.path(VIRTUAL_FILE)
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"version": 1, "tags": [{"key": "Team"}]}')
    with pytest.raises(StateUnreadable, match="tags reset"):
        book.read()
    (moved,) = book.reset(AT)
    assert moved.exists()
    assert book.read() == VirtualTags()
    assert book.reset(AT) == ()


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"resource_ids": ("b-1", "b-9")}, True),
        ({"resource_ids": ("b",)}, False),
        ({"accounts": ("1", "2")}, True),
        ({"regions": ("us-east-1",)}, False),
        ({"services": ("S3",)}, True),
        ({"services": ("amazon simple storage service",)}, True),
        ({"services": ("EC2",)}, False),
        ({"names": ("B-*",)}, True),
        ({"names": ("*-2", "?-1")}, True),
        ({"names": ("b",)}, False),
        ({"tags": {"Project": "Shop"}}, True),
        ({"tags": {"Project": "shop"}}, False),
        ({"tags": {"Project": "Shop"}, "accounts": ("2",)}, False),
        ({"resource_ids": ("b-1",), "regions": ("eu-west-1",)}, True),
        ({"resource_ids": ("b-1",), "regions": ("us-east-1",)}, False),
    ],
)
def test_all_that_is_given_has_to_fit(match: dict[str, Any], fits: bool) -> None:
    row = charges({"Tags": {"Project": "Shop"}})
    assert given_to(row, proposal(match=match)) == ['{"Team":"Web"}' if fits else "{}"]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:s3:::b-1", "b-1"),
        (" arn:aws:ec2:eu-west-1:111122223333:instance/i-1 ", "i-1"),
        ("arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/app/web/50dc", "app/web/50dc"),
        ("arn:aws:lambda:eu-west-1:1:function:resize", "function:resize"),
        ("i-1", "i-1"),
    ],
)
def test_a_resource_may_be_given_by_the_arn_of_the_bill(arn: str, name: str) -> None:
    billed = resource_names(pd.Series([arn.strip()], dtype="str"))
    assert list(billed) == [name]
    one = proposal(match={"resource_ids": (arn,)})
    assert given_to(charges({"ResourceId": billed[0]}, {"ResourceId": "b-2"}), one) == [
        '{"Team":"Web"}',
        "{}",
    ]
    assert rules(one, proposal(match={"resource_ids": (name,)})) == rules(one)


@pytest.mark.parametrize(
    ("own", "virtual"),
    [
        ({"Team": "Data"}, "{}"),
        ({"Team": "  "}, '{"Team":"Web"}'),
        ({"team": "Data"}, '{"Team":"Web"}'),
        ({}, '{"Team":"Web"}'),
    ],
)
def test_a_tag_of_its_own_comes_first(own: dict[str, str], virtual: str) -> None:
    assert given_to(charges({"Tags": own}), proposal()) == [virtual]


def test_of_several_rules_the_first_accepted_counts() -> None:
    first, second = proposal(value="Web"), proposal(value="Data", match={"accounts": ("1",)})
    other = proposal("CostCenter", "CC-1", match={"accounts": ("1",)})
    rows = charges({}, {"ResourceId": "b-2"}, {"ResourceId": None, "AccountId": None})
    assert given_to(rows, first, second, other) == [
        '{"CostCenter":"CC-1","Team":"Web"}',
        '{"CostCenter":"CC-1","Team":"Data"}',
        "{}",
    ]


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        ("2026-08-31T23:00:00Z", False),
        ("2026-09-01T00:00:00Z", True),
        ("2026-09-30T23:00:00Z", True),
        ("2026-10-01T00:00:00Z", False),
        (None, False),
    ],
)
def test_both_days_of_a_rule_are_its_own(start: str | None, fits: bool) -> None:
    rule = proposal(starts=date(2026, 9, 1), ends=date(2026, 9, 30))
    assert given_to(charges({"Start": start}), rule) == ['{"Team":"Web"}' if fits else "{}"]


def test_no_charges_and_no_rules_are_no_tags() -> None:
    rows = charges({}, {})
    assert given_to(rows) == ["{}", "{}"]
    assert list(virtual_tags_of(rows.head(0), rules(proposal()))) == []


_KEYS = st.sampled_from(["Team", "Owner"])
_MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "resource_ids": st.lists(st.sampled_from(["b-1", "b-2"]), min_size=1, max_size=2),
        "accounts": st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=2),
        "names": st.lists(st.sampled_from(["b*", "*2"]), min_size=1, max_size=2),
    },
).filter(bool)
_RULES = st.lists(
    st.builds(
        lambda key, value, match: proposal(key, value, match=match),
        _KEYS,
        st.sampled_from(["Web", "Data"]),
        _MATCHES,
    ),
    max_size=5,
)
_CHARGES = st.lists(
    st.fixed_dictionaries(
        {
            "ResourceId": st.sampled_from(["b-1", "b-2", None]),
            "AccountId": st.sampled_from(["1", "2", None]),
            "Tags": st.dictionaries(_KEYS, st.sampled_from(["Own", " "])),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(accepted=_RULES, rows=_CHARGES)
def test_row_by_row_it_is_the_first_rule_that_fits(
    accepted: list[Proposal], rows: list[dict[str, Any]]
) -> None:
    expected = []
    for row in rows:
        virtual: dict[str, str] = {}
        for one in accepted:
            if not row["Tags"].get(one.key, "").strip() and _fits(one.match, row):
                virtual.setdefault(one.key, one.value)
        expected.append(tags.canonical(virtual))
    assert given_to(charges(*rows), *accepted) == expected


@given(first=_MATCHES, later=_MATCHES, rows=_CHARGES)
def test_what_one_covers_gets_nothing_from_a_later_one(
    first: dict[str, Any], later: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    one, other = proposal(value="Web", match=first), proposal(value="Data", match=later)
    if one.match.covers(other.match):
        assert not any("Data" in given for given in given_to(charges(*rows), one, other))


def _fits(match: Match, row: dict[str, Any]) -> bool:
    name = row["ResourceId"] or ""
    return (
        (not match.resource_ids or name in match.resource_ids)
        and (not match.accounts or row["AccountId"] in match.accounts)
        and (not match.names or any(_LIKE[one](name) for one in match.names))
    )


_LIKE = {"b*": lambda name: name.startswith("b"), "*2": lambda name: name.endswith("2")}
