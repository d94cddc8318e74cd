"""Tag policies of AWS Organizations: read, written, and merged as AWS merges them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import PolicyError
from finops.tagging.aws_inheritance import document_of_effective, effective_policy
from finops.tagging.aws_policy import (
    ALL,
    NONE,
    SETTING_OPERATORS,
    AwsSetting,
    AwsTagPolicy,
    AwsTagRule,
    document_of_aws,
    read_aws_policy,
)

CARRIED = Path(__file__).parents[1] / "resources" / "tag_policies" / "inheritance.json"
CASES = json.loads(CARRIED.read_text(encoding="utf-8"))
CONTROL = "@@operators_allowed_for_child_policies"


def policy(document: object) -> AwsTagPolicy:
    return read_aws_policy(json.dumps(document), "p.json")


def of(key: str, **settings: Any) -> dict[str, Any]:
    return {"tags": {key: settings}}


def effective(*levels: list[dict[str, Any]]) -> dict[str, Any]:
    merged = effective_policy([[policy(document) for document in level] for level in levels])
    return document_of_effective(merged)["tags"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_aws_examples_of_inheritance(case: dict[str, Any]) -> None:
    assert {"tags": effective(*case["levels"])} == case["effective"]


def test_published_inheritance_examples(conformance_data: Path) -> None:
    """Every effective policy of the file from the policies above it.

    The older text of example 4 has the key in lower case, where the present page, like its own
    explanation ("policy F attempts to change the case treatment, but it can't"), has Project.
    """
    read = json.loads((conformance_data / "tags" / "tag_policy_inheritance.json").read_text("utf-8"))
    checked, above = 0, []
    for one in read:
        document = one["policy"]
        if "ffective" not in one["title"]:
            above = (
                [document]
                if "root tag policy" in one["title"] and "2" not in one["title"]
                else [
                    *above,
                    document,
                ]
            )
            assert document_of_aws(policy(document)) == document or "Policy D" in one["title"]
            continue
        got = effective(*([document] for document in above))
        expected = document["tags"]
        if got.keys() == {"project"}:
            assert got["project"].pop("tag_key") == "Project"
            assert expected["project"].pop("tag_key").casefold() == "project"
        assert got == expected, one["title"]
        checked += 1
    assert checked == 4
    g, h = (of("project", tag_value=one["policy"]["tags"]["project"]["tag_value"]) for one in read[-2:])
    grown = of("project", tag_value={"@@append": ["New"], "@@remove": ["Maintenance"]})
    assert effective([g, h], [grown])["project"]["tag_value"] == ["Maintenance", "New"]


def test_published_examples_are_read_and_written_unchanged(conformance_data: Path) -> None:
    folder = conformance_data / "tags"
    examples = json.loads((folder / "tag_policy_examples.json").read_text("utf-8"))
    documents = {one["title"]: one["policy"] for one in examples}
    sample = json.loads((folder / "tag_policy_sample.json").read_text("utf-8"))
    whole = [one["policy"] for one in examples if "effective" not in one["title"]]
    for document in (*whole, sample):
        assert document_of_aws(policy(document)) == document
    merged = effective([documents["Note"]], [documents["Policy B – account tag policy"]])
    assert merged == documents["Policy A + Policy B = effective tag policy for account"]["tags"]


def test_what_a_parent_forbids_no_child_allows_again() -> None:
    root = of("team", tag_value={"@@assign": ["A"], CONTROL: ["@@append"]})
    unit = of("team", tag_value={"@@append": ["B"], CONTROL: ["@@all"]})
    account = of("team", tag_value={"@@assign": ["X"], "@@remove": ["A"], "@@append": ["C"]})
    assert effective([root], [unit], [account]) == {
        "team": {"tag_key": "team", "tag_value": ["A", "B", "C"]}
    }


def test_child_control_does_not_bind_its_own_level() -> None:
    first = of("team", tag_value={"@@assign": ["A"], CONTROL: ["@@none"]})
    assert effective([first, of("team", tag_value={"@@append": ["B"]})])["team"]["tag_value"] == [
        "A",
        "B",
    ]
    assert effective([first], [of("team", tag_value={"@@append": ["B"]})])["team"]["tag_value"] == ["A"]


def test_a_control_on_a_key_keeps_children_from_adding_settings_and_not_from_changing_them() -> None:
    root = {"tags": {"team": {CONTROL: ["@@none"], "tag_value": {"@@assign": ["A"]}}}}
    child = of("team", tag_value={"@@append": ["B"]}, enforced_for={"@@assign": ["ec2:instance"]})
    assert effective([root], [child]) == {"team": {"tag_key": "team", "tag_value": ["A", "B"]}}


def test_a_control_on_tags_keeps_children_from_adding_keys() -> None:
    root = {"tags": {CONTROL: ["@@none"], "team": {"tag_key": {"@@assign": "Team"}}}}
    child = {
        "tags": {"team": {"tag_value": {"@@assign": ["A"]}}, "owner": {"tag_key": {"@@assign": "Owner"}}}
    }
    assert effective([root], [child]) == {"team": {"tag_key": "Team", "tag_value": ["A"]}}


def test_policy_keys_are_one_in_whatever_case_and_unset_keys_are_lower_case() -> None:
    assert effective(
        [of("CostCenter", tag_value={"@@assign": ["1"]})],
        [of("costcenter", tag_value={"@@append": ["2", "1"]})],
    ) == {"CostCenter": {"tag_key": "costcenter", "tag_value": ["1", "2"]}}


def test_required_types_are_inherited_like_values() -> None:
    root = of("team", report_required_tag_for={"@@assign": ["ec2:instance", "s3:bucket"]})
    child = of(
        "team", report_required_tag_for={"@@remove": ["s3:bucket"], "@@append": ["rds:ALL_SUPPORTED"]}
    )
    assert effective([root], [child])["team"]["report_required_tag_for"] == [
        "ec2:instance",
        "rds:ALL_SUPPORTED",
    ]


DEEP = '{"tags":' * 100_000


def controlled(operators: list[object]) -> str:
    return json.dumps(of("a", tag_value={CONTROL: operators}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        (DEEP, "not readable as JSON"),
        ('{"tags": NaN}', "NaN is no number"),
        ('{"tags": {"a": {}, "a": {}}}', "a key is repeated: a"),
        ('{"tags": {"a": {}, "A": {}}}', "'a' and 'A', which are one"),
        ("[]", "received list"),
        ('{"tags": {}, "more": 1}', "received ['more', 'tags']"),
        ('{"tags": []}', "tags is []"),
        ('{"tags": {"a": 1}}', "tags.a is 1; AWS writes an object"),
        ('{"tags": {"": {}}}', "the policy key is ''"),
        ('{"tags": {"@@assign": {}}}', "only @@operators_allowed_for_child_policies"),
        ('{"tags": {"a": {"tag_valeu": {}}}}', "tags.a has tag_valeu; AWS knows tag_key"),
        ('{"tags": {"a": {"tag_key": "a"}}}', "tags.a.tag_key is 'a'; AWS writes an object"),
        ('{"tags": {"a": {"tag_key": {"@@assign": ["a"]}}}}', "a tag key is one text"),
        (
            '{"tags": {"a": {"tag_key": {"@@assign": "b"}}}}',
            "may differ from the policy key 'a' in case",
        ),
        ('{"tags": {"a": {"tag_key": {"@@append": "a"}}}}', "tags.a.tag_key has @@append"),
        ('{"tags": {"a": {"tag_value": {"@@assign": "x"}}}}', "AWS writes a list of texts"),
        ('{"tags": {"a": {"tag_value": {"@@assign": [1]}}}}', "AWS writes a list of texts"),
        ('{"tags": {"a": {"tag_value": {"@@assign": ["a*b*"]}}}}', "one * and not more"),
        ('{"tags": {"a": {"tag_value": {"@@set": ["a"]}}}}', "tags.a.tag_value has @@set"),
        ('{"tags": {"a": {"tag_value": {"@@assign": ["\\ud800"]}}}}', "printable"),
        ('{"tags": {"a": {"enforced_for": {"@@assign": ["ec2"]}}}}', "a resource type is service:type"),
        (controlled(["@@any"]), "it is a list of @@all"),
        (controlled([["x"]]), "it is a list of @@all"),
        (controlled(["@@none", "@@append"]), "keep it alone"),
        (
            '{"tags": {"a": {"enforced_for": {}, "tag_value": {"enforced_for": {}}}}}',
            "beside and inside tag_value",
        ),
    ],
)
def test_what_is_no_tag_policy_is_refused_by_name_and_place(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_aws_policy(text, "p.json")
    assert str(caught.value).startswith("p.json")
    assert message in str(caught.value)


names = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="*"), min_size=1, max_size=8
)
values = st.builds(lambda name, star: name + star, names, st.sampled_from(["", "*"]))
types = st.sampled_from(
    ["ec2:instance", "s3:*", "rds:ALL_SUPPORTED", "elasticloadbalancing:loadbalancer/app"]
)
controls = (
    st.none()
    | st.sampled_from([(ALL,), (NONE,)])
    | (st.lists(st.sampled_from(SETTING_OPERATORS), min_size=1, unique=True).map(tuple))
)


def settings_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[AwsSetting | None]:
    lists = st.none() | st.lists(texts, max_size=3).map(tuple)
    return st.none() | st.builds(AwsSetting, lists, lists, lists, controls)


def rules_of(key: str) -> st.SearchStrategy[AwsTagRule]:
    spelled = st.sampled_from(
        [one for one in {key, key.lower(), key.upper()} if one.casefold() == key.casefold()]
    )
    tag_key = st.none() | st.builds(
        lambda one, control: AwsSetting(assign=(one,), allowed_for_children=control), spelled, controls
    )
    return st.builds(
        AwsTagRule,
        st.just(key),
        tag_key,
        settings_of(values),
        settings_of(types),
        settings_of(types),
        controls,
    )


policies = st.builds(
    AwsTagPolicy,
    st.lists(
        names.filter(lambda key: not key.startswith("@@")), max_size=4, unique_by=str.casefold
    ).flatmap(lambda keys: st.tuples(*map(rules_of, keys))),
    controls,
)


@given(policies)
def test_what_is_exported_is_imported_as_it_was(exported: AwsTagPolicy) -> None:
    document = document_of_aws(exported)
    assert read_aws_policy(json.dumps(document), "p.json") == exported
    assert document_of_aws(policy(document)) == document


@given(st.lists(policies, max_size=4))
def test_merging_holds_values_once_and_empty_levels_change_nothing(levels: list[AwsTagPolicy]) -> None:
    merged = effective_policy([one] for one in levels)
    assert merged == effective_policy(level for one in levels for level in ((), (one,), ()))
    keys = [rule.policy_key.casefold() for rule in merged]
    assert sorted(set(keys)) == sorted(keys)
    for rule in merged:
        assert rule.tag_key.casefold() == rule.policy_key.casefold() or not rule.policy_key.isascii()
        assert len(set(rule.tag_value)) == len(rule.tag_value)


@given(st.lists(policies, min_size=1, max_size=3))
def test_an_assign_that_is_allowed_decides_alone(levels: list[AwsTagPolicy]) -> None:
    last = AwsTagPolicy((AwsTagRule("team", tag_value=AwsSetting(assign=("only",))),))
    open_levels = [AwsTagPolicy(tuple(_open(rule) for rule in one.rules)) for one in levels]
    merged = {rule.policy_key.casefold(): rule for rule in effective_policy([[*open_levels], [last]])}
    assert merged["team"].tag_value == ("only",)


def _open(rule: AwsTagRule) -> AwsTagRule:
    return AwsTagRule(rule.policy_key, tag_key=None, tag_value=AwsSetting(append=("x",)))


def test_levels_are_read_from_the_root_down() -> None:
    for first, second in pairwise(("A", "B", "A")):
        root, account = (of("team", tag_value={"@@assign": [one]}) for one in (first, second))
        assert effective([root], [account])["team"]["tag_value"] == [second]
