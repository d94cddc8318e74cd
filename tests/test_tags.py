"""Tag cells: every format met in the wild, and what holds for any text."""

from __future__ import annotations

import json
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import tags
from finops.schema import NO_TAGS

FORMATS = {
    "K=V,K=V": ("Owner=Alice,Environment=Dev", {"Owner": "Alice", "Environment": "Dev"}),
    "K=V, K=V": (" Owner = Alice , Environment = Dev ", {"Owner": "Alice", "Environment": "Dev"}),
    "K:V;K:V": ("Owner:Alice;Environment:Dev", {"Owner": "Alice", "Environment": "Dev"}),
    "K=V|K=V": ("Owner=Alice|Environment=Dev", {"Owner": "Alice", "Environment": "Dev"}),
    "JSON object": (
        '{"Owner": "Alice", "Cores": 4, "Old": null}',
        {"Owner": "Alice", "Cores": "4", "Old": ""},
    ),
    "AWS list": (
        '[{"Key": "Owner", "Value": "Alice"}, {"Key": "Team", "Value": ""}]',
        {"Owner": "Alice", "Team": ""},
    ),
    "AWS list in lower case": ('[{"key": "Owner", "value": "Alice"}]', {"Owner": "Alice"}),
    "CUR 2.0 map": (
        '{"user:Team": "Core", "aws:createdBy": "root"}',
        {"Team": "Core", "aws:createdBy": "root"},
    ),
    "prefixed pairs": ("user:Team=Core,user:Owner=Al", {"Team": "Core", "Owner": "Al"}),
    "legacy CUR keys": ("resourceTags/user:Team=Core", {"Team": "Core"}),
    "comma and = in quotes": ('Team="a,b=c",Owner=Al', {"Team": "a,b=c", "Owner": "Al"}),
    "semicolon in single quotes": ("Team:'a;b';Owner:Al", {"Team": "a;b", "Owner": "Al"}),
    "= in a value": ("Query=a=b,Owner=Al", {"Query": "a=b", "Owner": "Al"}),
    "a URL": ("Link=https://x/y,Owner=Al", {"Link": "https://x/y", "Owner": "Al"}),
    "a key with a colon": ("app:name=web,Team=Core", {"app:name": "web", "Team": "Core"}),
    "all in quotes": ('"Owner=Alice,Environment=Dev"', {"Owner": "Alice", "Environment": "Dev"}),
    "a comma that parts no pair": ("Team=a,b", {"Team": "a,b"}),
    "an apostrophe": ("Owner=O'Brien,Team=Core", {"Owner": "O'Brien", "Team": "Core"}),
    "decomposed accents": ("Owner=Zoe\u0308", {"Owner": "Zo\u00eb"}),
    "nan": ("nan", {}),
    "None": ("None", {}),
    "{}": ("{}", {}),
    "[]": ("[]", {}),
    "blank": ("   ", {}),
}


@pytest.mark.parametrize(("text", "expected"), FORMATS.values(), ids=FORMATS.keys())
def test_each_format_is_read(text: str, expected: dict[str, str]) -> None:
    parsed = tags.parse(text)
    assert tags.as_dict(parsed.canonical) == expected
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("resourceTags/user:Team", "Team"),
        ("resource_tags_user_team", "team"),
        ("resourceTags/aws:createdBy", "aws:createdBy"),
        ("resource_tags_aws_created_by", "aws:created_by"),
        ("lineItem/ResourceId", None),
        ("resourceTags/", None),
    ],
)
def test_legacy_columns_name_their_key(column: str, key: str | None) -> None:
    assert tags.key_of_column(column) == key


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Team", "not readable as tags"),
        ('{"Team":', "not readable as JSON"),
        ("Team=a,Team=b", "repeated"),
        ('{"Team":"a","Team":"b"}', "repeated"),
        ("=x,Team=a", "without a key"),
        ("Team=a,loose,Owner=b", "without '='"),
        ('[{"Value":"x"}]', "without a Key"),
        ('[{"Key":null,"Value":"x"}]', "without a Key"),
        ('{"Team":["a"]}', "not text"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, problem: str) -> None:
    (found,) = tags.parse(text).problems
    assert problem in found


def test_of_a_repeated_key_the_first_value_is_kept() -> None:
    assert tags.parse("Team=a,Team=b").canonical == '{"Team":"a"}'


def test_a_column_answers_row_by_row() -> None:
    texts = pd.Series(["Team=Core,Owner=Al", None, "", "team=Web", "Team=Core,Owner=Al", "loose"])
    read, problems = tags.parse_column(texts)
    assert tags.values(read, "Team").tolist()[0::4] == ["Core", "Core"]
    assert tags.values(read, "Team").isna().tolist() == [False, True, True, True, False, True]
    assert tags.values_any_case(read, "Team").fillna("-").tolist() == [
        "Core",
        "-",
        "-",
        "Web",
        "Core",
        "-",
    ]
    assert tags.keys(read) == ["Owner", "Team", "team"]
    assert list(problems) == ["loose"]


def test_no_rows_have_no_values() -> None:
    read, problems = tags.parse_column(pd.Series([], dtype="str"))
    assert read.empty
    assert tags.values(read, "Team").empty
    assert tags.keys(read) == []
    assert problems == {}


def _written(text: str) -> str:
    """Text as a tag can hold it: NFC, no NUL, no outer space."""
    return unicodedata.normalize("NFC", text.replace("\x00", "")).strip()


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = any_text.map(_written)
keys = values.filter(lambda key: key and not key.startswith(("user:", "resourceTags/user:")))
tag_sets = st.dictionaries(keys, values, max_size=5)
cells = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("ab=:,;|\"'{}[] \\\x00\ud800e\u0301"), max_size=30),
    st.lists(
        st.sampled_from(["user:", "Team", "=", ":", ",", ";", "|", '"', " ", "{", "}", "aws:"])
    ).map("".join),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
    ).map(json.dumps),
)


@given(tag_sets)
def test_a_canonical_set_reads_as_itself(tag_set: dict[str, str]) -> None:
    text = tags.canonical(tag_set)
    assert tags.parse(text) == tags.ParsedTags(text)
    assert tags.as_dict(text) == tag_set


@given(cells)
def test_any_text_is_read_and_reads_the_same_again(text: str) -> None:
    once = tags.parse(text)
    assert tags.parse(once.canonical) == tags.ParsedTags(once.canonical)
    once.canonical.encode()


@given(cells)
def test_text_is_lost_only_with_a_problem(text: str) -> None:
    parsed = tags.parse(text)
    nothing = {"", "nan", "none", "null", "{}", "[]", "<na>", "n/a"}
    assert (
        parsed.canonical != NO_TAGS
        or parsed.problems
        or text.strip().casefold() in nothing
        or (text.strip().startswith("{"))
    )


@given(
    st.dictionaries(
        st.text("abcXYZ", min_size=1, max_size=4), st.text("abc 1", max_size=4).map(str.strip)
    )
)
def test_pairs_and_json_say_the_same(tag_set: dict[str, str]) -> None:
    plain = ",".join(f"{key}={value}" for key, value in tag_set.items())
    assert tags.parse(plain).canonical == tags.parse(json.dumps(tag_set)).canonical


def test_a_prefix_that_repeats_is_read_at_once() -> None:
    # One pass: at a pass for each prefix, a megabyte of them would take minutes.
    text = "user:" * 200_000
    assert tags.parse(json.dumps({f"{text}Team": "a"})).canonical == '{"Team":"a"}'
    assert tags.parse(json.dumps({" user: resourceTags/user:user:\x00 Team ": "a"})).canonical == (
        '{"Team":"a"}'
    )


def test_null_and_blank_cells_are_both_without_tags() -> None:
    column = pd.Series(["", None, " ", "Team=A", None, "{}"], index=[9, 7, 5, 3, 1, 0], name="Tags")
    parsed, problems = tags.parse_column(column)
    assert parsed.tolist() == [NO_TAGS, NO_TAGS, NO_TAGS, '{"Team":"A"}', NO_TAGS, NO_TAGS]
    assert (list(parsed.index), parsed.name, problems) == ([9, 7, 5, 3, 1, 0], "Tags", {})
    assert tags.values(parsed, "Team").isna().sum() == 5
    for empty in (column.iloc[:0], column.iloc[[1, 4]]):
        nothing, _ = tags.parse_column(empty)
        assert tags.values(nothing, "Team").isna().all()
        assert (nothing == NO_TAGS).all()
