"""Worked examples of tag compliance: four resources that can be judged by eye."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd

from finops import schema
from finops.schema import Frames
from finops.tagging.aws_inheritance import effective_policy
from finops.tagging.aws_policy import read_aws_policy
from finops.tagging.compliance import TagComplianceAnalyzer
from finops.tagging.policy import TaggingPolicy

_COMPLETE = '{"CostCenter":"100","Environment":"Prod","Owner":"Ann","Project":"Web","Team":"Core"}'
_LOWER_TEAM = '{"CostCenter":"100","Environment":"prod","Owner":"Ann","Project":"Web","team":"Core"}'
_TYPO = '{"CostCenter":"100","Environment":"Prodd","Owner":"Ann","Project":"Web","Team":"Core"}'


def four_resources() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three instances of $60, $20 and $10 and a bucket of $10: complete, wrong case, typo, no tags."""
    ec2 = schema.EC2.conform(
        pd.DataFrame(
            {
                "InstanceId": ["i-complete", "i-lower", "i-typo"],
                "Region": ["us-east-1", "us-east-1", "eu-west-1"],
                "State": ["running", "stopped", "running"],
                "MonthlyCostUSD": [60.0, 20.0, 10.0],
                "Tags": [_COMPLETE, _LOWER_TEAM, _TYPO],
            }
        )
    )
    s3 = schema.S3.conform(
        pd.DataFrame(
            {
                "BucketName": ["b-bare"],
                "Region": ["us-east-1"],
                "MonthlyCostUSD": [10.0],
                "Tags": [schema.NO_TAGS],
            }
        )
    )
    return ec2, s3


def worked_examples(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """What, the value expected, the value that the room gives."""
    report = TagComplianceAnalyzer().analyze_compliance(*four_resources())
    yield "one of four resources complies, by count (%)", 25.0, report.compliance_pct
    yield "60 of 100 dollars comply, by cost (%)", 60.0, report.compliance_by_cost_pct
    yield (
        "the violations, dearest first",
        [
            ("i-lower", (), ("team",), ()),
            ("i-typo", (), (), ("Environment=Prodd",)),
            ("b-bare", ("Owner", "Environment", "Team", "CostCenter", "Project"), (), ()),
        ],
        list(
            report.non_compliant[["resource_id", "missing", "wrong_case", "invalid"]].itertuples(
                index=False, name=None
            )
        ),
    )
    team = next(line for line in report.by_tag if line.key == "Team")
    yield "Team: present, wrong case, missing", (2, 1, 1), (team.present, team.wrong_case, team.missing)
    yield "dollars without a proper Team", 30.0, team.cost_without_usd
    lenient = TaggingPolicy.from_json('{"required": ["Owner"], "allowed_values": {}}', "example")
    owners = TagComplianceAnalyzer(lenient).analyze_compliance(*four_resources())
    yield "a policy that asks for Owner only (%)", 75.0, owners.compliance_pct
    empty = TagComplianceAnalyzer().analyze_compliance(schema.EC2.empty(), schema.S3.empty())
    yield "nothing taggable: no figure", None, empty.compliance_pct
    path = report.path_to_target
    yield (
        "95 of 100 dollars are reached from 60 by $20 + $10 + $10 and no fewer",
        (3, 40.0),
        (path.by_cost.resources, path.by_cost.monthly_cost_usd) if path.by_cost else None,
    )
    yield "another spelling of Environment is one", "Environment", TaggingPolicy().key_of("Enviroment")
    yield from _inherited()
    yield from _sample(estate)


def _inherited() -> Iterator[tuple[str, object, object]]:
    """Policies E and F of "Inheritance examples", AWS Organizations User Guide."""
    child_control = "@@operators_allowed_for_child_policies"
    root = {
        "tag_key": {"@@assign": "Project", child_control: ["@@none"]},
        "tag_value": {"@@assign": ["Maintenance", "Escalations"], child_control: ["@@append"]},
    }
    unit = {
        "tag_key": {"@@assign": "PROJECT"},
        "tag_value": {"@@append": ["Escalations - research"]},
    }
    levels = [
        [read_aws_policy(json.dumps({"tags": {"project": rules}}), "example")] for rules in (root, unit)
    ]
    (rule,) = effective_policy(levels)
    yield "the unit may not change the case of the key", "Project", rule.tag_key
    yield (
        "it may append a value",
        ("Maintenance", "Escalations", "Escalations - research"),
        rule.tag_value,
    )


def _sample(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """Facts of the sample estate."""
    if estate.ec2.empty and estate.s3.empty:
        return
    everything = TagComplianceAnalyzer().analyze_compliance(estate.ec2, estate.s3)
    yield "resources of the sample: 120 instances and 80 buckets", 200, everything.resources
    yield "of them compliant", 74, everything.compliant
    yield (
        "by service, the resources are those of the lists",
        len(estate.ec2) + len(estate.s3),
        sum(line.resources for line in everything.by_service),
    )
