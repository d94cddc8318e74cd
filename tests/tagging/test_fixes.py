"""Which tag a resource needs, which value is known, and its ARN."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from finops import schema
from finops.tagging import TagComplianceAnalyzer, TaggingPolicy, arn_of, tag_fixes
from finops.tagging.value_rules import AllowedValues

ACCOUNT = "111122223333"
FULL = {"Owner": "Al", "Environment": "Prod", "Team": "Core", "CostCenter": "1", "Project": "P"}


def violations(policy: TaggingPolicy, *tag_sets: dict[str, str]) -> pd.DataFrame:
    """The rows of instances i-0, i-1, … with these tags, dearest first: i-0 costs the most."""
    ec2 = schema.EC2.conform(
        pd.DataFrame(
            {
                "InstanceId": [f"i-{at}" for at in range(len(tag_sets))],
                "AccountId": [ACCOUNT] * len(tag_sets),
                "Region": ["eu-west-1"] * len(tag_sets),
                "Tags": [json.dumps(dict(sorted(one.items()))) for one in tag_sets],
                "MonthlyCostUSD": [100.0 - at for at in range(len(tag_sets))],
            }
        )
    )
    return TagComplianceAnalyzer(policy).analyze_compliance(ec2, schema.S3.empty()).non_compliant


def without(key: str, **more: str) -> dict[str, str]:
    return {name: value for name, value in FULL.items() if name != key} | more


STRICT = TaggingPolicy(
    allowed_values={"Environment": AllowedValues(values=("Prod", "Dev"), case_sensitive=True)}
)


@pytest.mark.parametrize(
    ("tag_set", "key", "kind", "value", "origin"),
    [
        (without("Team"), "Team", "missing", None, None),
        (without("Team", team="Lab"), "Team", "wrong_case", "Lab", "spelling of the key"),
        (without("CostCenter", cost_centre="7"), "CostCenter", "wrong_case", "7", "spelling of the key"),
        (
            without("Environment", Environment="PROD"),
            "Environment", "invalid", "Prod", "spelling of the value",
        ),
        (without("Environment", Environment="live"), "Environment", "invalid", None, None),
        # Key and value are both wrong: one fix.
        (without("Environment", env="d-e-v"), "Environment", "wrong_case", "Dev", "spelling of the key"),
        (without("Environment", env="live"), "Environment", "wrong_case", None, None),
    ],
)  # fmt: skip
def test_a_value_is_known_or_it_is_none(
    tag_set: dict[str, str], key: str, kind: str, value: str | None, origin: str | None
) -> None:
    [fix] = tag_fixes(violations(STRICT, tag_set), STRICT)
    assert (fix.key, fix.kind, fix.value, fix.origin) == (key, kind, value, origin)
    assert (fix.resource_id, fix.account, fix.region) == ("i-0", ACCOUNT, "eu-west-1")


def test_two_allowed_values_that_are_spelled_alike_are_no_answer() -> None:
    rule = AllowedValues(values=("Dev-1", "Dev_1", "Prod"), case_sensitive=True)
    policy = TaggingPolicy(allowed_values={"Environment": rule})
    [fix] = tag_fixes(violations(policy, without("Environment", Environment="dev1")), policy)
    assert fix.value is None


def test_accepted_values_are_used_where_the_policy_allows_them() -> None:
    rows = violations(STRICT, without("Team"), without("Environment"))
    accepted = {("i-0", "Team"): "Lab", ("i-1", "Environment"): "live", ("i-1", "Owner"): "Eve"}
    lab, live = tag_fixes(rows, STRICT, accepted)
    assert (lab.value, lab.origin) == ("Lab", "accepted suggestion")
    assert (live.key, live.value) == ("Environment", None)


def test_fixes_come_dearest_first_and_in_the_order_of_the_policy() -> None:
    rows = violations(STRICT, {"owner": "Al"}, without("Project"))
    assert [(fix.resource_id, fix.key) for fix in tag_fixes(rows, STRICT)] == [
        *(("i-0", key) for key in STRICT.required),
        ("i-1", "Project"),
    ]


@pytest.mark.parametrize(
    ("service", "name", "region", "arn"),
    [
        ("EC2", "i-0123456789abcdef0", "eu-west-1",
         f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0123456789abcdef0"),
        ("EC2", "i-0123abcd", "cn-north-1", f"arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:instance/i-0123abcd"),
        ("EC2", "i-0123abcd", "us-gov-west-1",
         f"arn:aws-us-gov:ec2:us-gov-west-1:{ACCOUNT}:instance/i-0123abcd"),
        ("S3", "my.bucket-1", "us-east-1", "arn:aws:s3:::my.bucket-1"),
        ("S3", "Old_Bucket", "us-east-1", "arn:aws:s3:::Old_Bucket"),
        ("S3", "b-1", "cn-northwest-1", "arn:aws-cn:s3:::b-1"),
    ],
)  # fmt: skip
def test_the_arn_of_a_resource(service: str, name: str, region: str, arn: str) -> None:
    assert arn_of(service, name, ACCOUNT, region) == arn


@pytest.mark.parametrize(
    ("service", "name", "account", "region", "why"),
    [
        ("EC2", "i-0123abcd", "unknown", "eu-west-1", "account"),
        ("S3", "my-bucket", "11112222333", "eu-west-1", "account"),
        ("S3", "my-bucket", "١١١١٢٢٢٢٣٣٣٣", "eu-west-1", "account"),
        ("EC2", "i-0123abcd", ACCOUNT, "unknown", "region"),
        ("EC2", "i-0123abcd", ACCOUNT, "eu-west-1\n", "region"),
        ("EC2", "i-0123abcd'; id", ACCOUNT, "eu-west-1", "instance id"),
        ("EC2", "i-0123ABCD", ACCOUNT, "eu-west-1", "instance id"),
        ("S3", "$(id)", ACCOUNT, "eu-west-1", "bucket name"),
        ("S3", "-rf", ACCOUNT, "eu-west-1", "bucket name"),
        ("S3", "my-bucket\n", ACCOUNT, "eu-west-1", "bucket name"),
    ],
)
def test_no_arn_is_made_up(service: str, name: str, account: str, region: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        arn_of(service, name, account, region)
