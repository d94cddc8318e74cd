"""A policy beyond five keys: values, scopes, exemptions, spellings, the stored document, and AWS."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import schema
from finops.answers.compliance import compliance, policy_in_force
from finops.answers.remediation import Chosen, violations
from finops.errors import PolicyError, StateTooNew, StateUnreadable
from finops.storage import JsonStore
from finops.tagging import AllowedValues, PolicyBook, TagComplianceAnalyzer, TaggingPolicy
from finops.tagging.aws_exchange import as_aws_policy, with_aws_rules
from finops.tagging.aws_inheritance import effective_policy
from finops.tagging.aws_policy import document_of_aws, read_aws_policy
from finops.tagging.verdict import judge, value_of

FULL = {"Owner": "Al", "Environment": "Prod", "Team": "Core", "CostCenter": "1", "Project": "P"}
TODAY = date(2026, 3, 15)


def policy(**fields: Any) -> TaggingPolicy:
    return TaggingPolicy.from_json(json.dumps(fields), "p.json")


def estate(*ids: str, tags: dict[str, str] | None = None) -> pd.DataFrame:
    text = json.dumps(dict(sorted((tags or {}).items())), separators=(",", ":"))
    frame = pd.DataFrame(
        {"InstanceId": ids, "AccountId": "1", "MonthlyCostUSD": 10.0, "State": "running", "Tags": text}
    )
    return schema.EC2.conform(frame)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("env", "Environment"),
        ("Environment", "Environment"),
        ("ENVIRONMENT", "Environment"),
        ("Enviroment", "Environment"),
        ("cost_center", "CostCenter"),
        ("Cost-Centre", "CostCenter"),
        ("app", "Application"),
        ("Colour", None),
        ("_", None),
    ],
)
def test_spellings_mean_a_key(name: str, key: str | None) -> None:
    assert TaggingPolicy().key_of(name) == key


@pytest.mark.parametrize("spelling", ["env", "ENVIRONMENT", "Enviroment"])
def test_another_spelling_is_reported_as_such_and_not_as_missing(spelling: str) -> None:
    tags = {key: value for key, value in FULL.items() if key != "Environment"} | {spelling: "Prodd"}
    verdict = judge(tags, TaggingPolicy())
    assert verdict.missing == ()
    assert verdict.wrong_case == {"Environment": spelling}
    assert verdict.invalid == {"Environment": f"{spelling}=Prodd"}
    assert value_of(tags, "Environment", TaggingPolicy()) == "Prodd"
    report = TagComplianceAnalyzer().analyze_compliance(estate("i", tags=tags), schema.S3.empty())
    assert report.advice[0].action == f"Rename the tag {spelling} to Environment"


def test_of_two_spellings_the_nearer_one_counts() -> None:
    tags = {"env": "Prod", "environment": "Test"}
    assert judge(tags, TaggingPolicy()).wrong_case == {"Environment": "environment"}


def test_a_key_of_the_policy_is_no_spelling_of_another() -> None:
    assert policy(optional=["Env"]).key_of("env") == "Env"
    with pytest.raises(PolicyError, match="'XTeam' for Owner and for Team"):
        policy(spellings={"Owner": ["x-team"], "Team": ["XTeam"]})


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"formats": {"Owner": "email"}}, "a.b@example.com", "a@b"),
        ({"formats": {"Owner": "email"}}, "a@b.co", "a b@c.de"),
        ({"formats": {"Owner": "date"}}, "2028-02-29", "2027-02-29"),
        ({"formats": {"Owner": "date"}}, "2028-02-29", "20280229"),
        ({"formats": {"Owner": "cost_center"}}, "CC-1001", "CC-1"),
        ({"formats": {"Owner": "cost_center"}}, "4711", "the bar"),
        ({"patterns": {"Owner": "[a-z]+"}}, "ab", "ab1"),
        ({"patterns": {"Owner": "a|ab"}}, "ab", "abc"),
        ({"allowed_values": {"Owner": {"values": ["a*z"], "wildcards": True}}}, "A-z", "az1"),
        ({"allowed_values": {"Owner": {"values": ["a*"]}}}, "A*", "ab"),
    ],
)
def test_values_have_a_pattern_a_format_or_a_list(rule: dict[str, Any], good: str, bad: str) -> None:
    held = policy(**({"allowed_values": {}} | rule))
    assert judge(FULL | {"Owner": good}, held).compliant
    assert judge(FULL | {"Owner": bad}, held).invalid == {"Owner": f"Owner={bad}"}


def test_an_optional_key_with_a_format_is_checked_where_it_is() -> None:
    held = policy(formats={"ExpirationDate": "date"})
    assert judge(FULL, held).compliant
    assert not judge(FULL | {"ExpirationDate": "soon"}, held).compliant


def test_no_pattern_hangs() -> None:
    held = policy(required=["Owner"], allowed_values={}, patterns={"Owner": "(a+)+b"})
    assert not judge({"Owner": "a" * 256}, held).compliant


def test_scoped_rules_are_for_a_type_and_an_environment() -> None:
    held = policy(
        scoped=[
            {"resource_types": ["s3:*"], "required": ["BackupPolicy"], "not_required": ["Owner"]},
            {"environments": ["prod"], "allowed_values": {"Team": ["Web"]}},
        ]
    )
    bare = {key: value for key, value in FULL.items() if key != "Owner"} | {"Environment": "Test"}
    assert judge(FULL | {"Environment": "Test"}, held, "ec2:instance").compliant
    assert judge(bare, held, "s3:bucket").missing == ("BackupPolicy",)
    assert judge(bare | {"BackupPolicy": "daily"}, held, "s3:bucket").compliant
    assert judge(FULL, held, "ec2:instance").invalid == {"Team": "Team=Core"}
    assert judge(FULL | {"Team": "web"}, held, "ec2:instance").compliant


def test_an_exemption_ends_after_its_day() -> None:
    exemptions = [{"reason": "migration", "until": "2026-03-15", "resources": ["i-old*"]}]
    ec2 = estate("i-old1", "i-new")
    analyzer = TagComplianceAnalyzer(policy(exemptions=exemptions))
    on_the_day = analyzer.analyze_compliance(ec2, schema.S3.empty(), as_of=TODAY)
    assert [(one.reason, one.resources, one.monthly_cost_usd) for one in on_the_day.excluded] == [
        ("exempt", 1, 10)
    ]
    assert on_the_day.non_compliant["resource_id"].tolist() == ["i-new"]
    for later in (date(2026, 3, 16), None):
        report = analyzer.analyze_compliance(ec2, schema.S3.empty(), as_of=later)
        assert (report.resources, report.excluded) == (2, ())


def test_an_exemption_of_some_keys_leaves_the_others() -> None:
    exemptions = [{"reason": "r", "until": "2026-03-15", "accounts": ["1"], "keys": ["Owner", "Team"]}]
    analyzer = TagComplianceAnalyzer(policy(exemptions=exemptions))
    report = analyzer.analyze_compliance(estate("i"), schema.S3.empty(), as_of=TODAY)
    assert report.non_compliant["missing"].tolist() == [("Environment", "CostCenter", "Project")]
    assert next(line for line in report.by_tag if line.key == "Owner").compliant == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"patterns": {"Owner": "("}}, "no pattern of RE2"),
        ({"patterns": {"Owner": "(?=x)"}}, "no pattern of RE2"),
        ({"patterns": {"Shoe": "x"}}, "patterns names Shoe"),
        ({"formats": {"Owner": "phone"}}, "formats"),
        ({"scoped": [{"required": ["Owner"]}]}, "need resource_types or environments"),
        ({"scoped": [{"environments": ["x"], "required": ["Shoe"]}]}, "scoped names Shoe"),
        ({"exemptions": [{"reason": "r", "until": "2026-01-01"}]}, "needs resources"),
        ({"exemptions": [{"reason": "r", "resources": ["i"]}]}, "until"),
        (
            {
                "exemptions": [
                    {"reason": "r", "until": "2026-01-01", "resources": ["i"], "keys": ["Shoe"]}
                ]
            },
            "Shoe",
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=r"p\.json") as caught:
        policy(**fields)
    assert message in str(caught.value)


def test_the_stored_policy_is_in_force_until_it_is_reset(own_state: Path, sample: Any) -> None:
    assert policy_in_force() == TaggingPolicy()
    book = PolicyBook()
    lenient = policy(required=["Owner"], allowed_values={})
    assert book.update(lambda _: lenient) == lenient == policy_in_force()
    assert compliance(sample).policy == lenient
    stored = own_state / "tag_policy.json"
    for content, error in (
        ('{"version": 1, "policy": {"required": []}}', StateUnreadable),
        ('{"version": 9}', StateTooNew),
        ("", StateUnreadable),
    ):
        stored.write_text(content)
        with pytest.raises(error, match="tags reset"):
            policy_in_force()
        assert stored.read_text() == content
        (moved,) = book.reset()
        assert moved.read_text() == content
        assert policy_in_force() == TaggingPolicy()
    assert book.reset() == ()


def test_the_list_of_a_key_holds_its_other_spellings(sample: Any) -> None:
    answer = compliance(sample)
    listed = violations(answer, Chosen(key="Environment"))
    line = next(one for one in answer.report.by_tag if one.key == "Environment")
    assert len(listed) == answer.report.resources - line.compliant


AWS = """{"tags": {"costcenter": {"tag_key": {"@@assign": "costCenter"},
    "tag_value": {"@@assign": ["100", "3*"]}, "enforced_for": {"@@assign": ["ec2:instance"]},
    "report_required_tag_for": {"@@assign": ["ec2:instance", "s3:ALL_SUPPORTED"]}},
  "tier": {"tag_value": {"@@assign": ["*"]}, "report_required_tag_for": {"@@assign": ["s3:bucket"]}}}}"""


def test_aws_rules_take_the_place_of_ours() -> None:
    taken = with_aws_rules(TaggingPolicy(), effective_policy([[read_aws_policy(AWS, "a")]]))
    assert taken.required == ("Owner", "Environment", "Team", "costCenter", "Project")
    assert judge({"costCenter": "30"}, taken).invalid == {}
    assert judge({"costCenter": "40"}, taken).invalid == {"costCenter": "costCenter=40"}
    assert "tier" in judge({}, taken, "s3:bucket").missing
    assert "tier" not in judge({}, taken, "ec2:instance").missing
    assert taken.key_of("CostCentre") == "costCenter"
    document = document_of_aws(as_aws_policy(taken)[0])["tags"]
    assert document["costcenter"]["tag_value"] == {"@@assign": ["100", "3*"]}
    assert document["costcenter"]["enforced_for"] == {"@@assign": ["ec2:instance"]}
    assert document["tier"]["report_required_tag_for"] == {"@@assign": ["s3:bucket"]}


def test_what_aws_has_no_place_for_is_said() -> None:
    _, lost = as_aws_policy(
        policy(
            formats={"Owner": "email"},
            exemptions=[{"reason": "r", "until": "2026-01-01", "resources": ["i"]}],
            scoped=[{"environments": ["Prod"], "required": ["Application"]}],
        )
    )
    assert [line.partition(":")[0] for line in lost] == [
        "AWS compares values with case",
        "AWS has no patterns and formats",
        "AWS requires keys by resource type alone",
        "AWS has no exemptions",
    ]


texts = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6)
exact = st.lists(texts, min_size=1, max_size=3, unique=True).map(
    lambda values: AllowedValues(values=tuple(values), case_sensitive=True, wildcards=True)
)
keys = st.sampled_from([*TaggingPolicy().required, "Application"])


@given(
    st.dictionaries(keys, exact),
    st.dictionaries(
        keys, st.lists(st.sampled_from(["ec2:*", "s3:bucket"]), min_size=1, max_size=1).map(tuple)
    ),
    st.lists(st.sampled_from(["BackupPolicy", "Compliance"]), unique=True),
)
def test_our_policy_comes_back_from_aws_as_it_went(
    allowed: dict[str, AllowedValues], enforced: dict[str, tuple[str, ...]], asked: list[str]
) -> None:
    scoped = [{"resource_types": ("s3:bucket",), "required": (key,)} for key in asked]
    ours = TaggingPolicy(allowed_values=allowed, enforced_for=enforced, scoped=scoped)
    document, lost = as_aws_policy(ours)
    assert lost == ()
    back = read_aws_policy(json.dumps(document_of_aws(document)), "p.json")
    assert back == document
    plain = TaggingPolicy(allowed_values={}, scoped=())
    assert as_aws_policy(with_aws_rules(plain, effective_policy([[back]])))[0] == document
    again = with_aws_rules(ours, effective_policy([[back]]))
    assert as_aws_policy(again)[0] == document
    assert dict(again.allowed_values) == allowed


def test_two_users_do_not_overwrite_each_other(tmp_path: Path) -> None:
    one, other = PolicyBook(JsonStore(tmp_path)), PolicyBook(JsonStore(tmp_path))
    one.update(lambda old: old.model_copy(update={"target_pct": 90.0}))
    other.update(lambda old: old.model_copy(update={"optional": ("Tier",)}))
    assert (one.policy().target_pct, one.policy().optional) == (90, ("Tier",))
