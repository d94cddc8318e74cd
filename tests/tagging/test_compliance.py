"""Compliance by count and by cost. Expected figures can be added up from the rows above them."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import schema
from finops.schema import NO_TAGS
from finops.spreadsheet import csv_text
from finops.tagging import (
    AllowedValues,
    ComplianceReport,
    TagComplianceAnalyzer,
    TaggingPolicy,
    TagLine,
    remediation_frame,
)
from finops.tagging.examples import four_resources, worked_examples
from finops.tagging.remediation import LISTS

FULL = {"Owner": "Al", "Environment": "Prod", "Team": "Core", "CostCenter": "1", "Project": "P"}


def instances(*rows: tuple[str, dict[str, str], float | None, str]) -> pd.DataFrame:
    """An ec2 frame of (region, tags, dollars a month, state), with the ids i-0, i-1, …"""
    return schema.EC2.conform(
        pd.DataFrame(
            {
                "InstanceId": [f"i-{at}" for at in range(len(rows))],
                "Region": [row[0] for row in rows],
                "Tags": [
                    json.dumps(dict(sorted(row[1].items())), separators=(",", ":")) for row in rows
                ],
                "MonthlyCostUSD": [row[2] for row in rows],
                "State": [row[3] for row in rows],
            }
        )
    )


def check(*rows: tuple[str, dict[str, str], float | None, str], **policy: object) -> ComplianceReport:
    analyzer = TagComplianceAnalyzer(TaggingPolicy(**policy))  # type: ignore[arg-type]
    return analyzer.analyze_compliance(instances(*rows), schema.S3.empty())


def line_of(report: ComplianceReport, key: str) -> TagLine:
    return next(line for line in report.by_tag if line.key == key)


def without(key: str, **more: str) -> dict[str, str]:
    return {name: value for name, value in FULL.items() if name != key} | more


class NoEstate:
    ec2 = schema.EC2.empty()
    s3 = schema.S3.empty()


def test_worked_examples_hold() -> None:
    for what, expected, actual in worked_examples(NoEstate()):  # type: ignore[arg-type]
        assert expected == actual, what


def test_every_figure_of_the_four_resources() -> None:
    report = TagComplianceAnalyzer().analyze_compliance(*four_resources())
    assert (report.resources, report.compliant, report.target_pct) == (4, 1, 95)
    assert (report.total_cost_usd, report.compliant_cost_usd) == (100, 60)
    assert [
        (line.name, line.resources, line.compliant, line.cost_usd) for line in report.by_service
    ] == [
        ("EC2", 3, 1, 90),
        ("S3", 1, 0, 10),
    ]
    assert [(line.name, line.resources, line.compliance_by_cost_pct) for line in report.by_region] == [
        ("us-east-1", 3, pytest.approx(100 * 60 / 90)),
        ("eu-west-1", 1, 0),
    ]
    environment = line_of(report, "Environment")
    assert (environment.present, environment.missing, environment.invalid) == (3, 1, 1)
    assert (environment.compliance_pct, environment.compliance_by_cost_pct) == (50, 80)
    assert report.unknown_cost_resources == 0
    assert report.excluded == ()


@pytest.mark.parametrize(
    ("tags", "missing", "wrong_case", "invalid"),
    [
        (FULL, (), (), ()),
        (without("Team"), ("Team",), (), ()),
        (FULL | {"Team": "  "}, ("Team",), (), ()),
        (without("Team", team="Core"), (), ("team",), ()),
        (FULL | {"Team": "", "TEAM": "Core"}, (), ("TEAM",), ()),
        (without("Team", team=" "), ("Team",), (), ()),
        (FULL | {"team": "Other"}, (), (), ()),
        (FULL | {"Environment": "prodd"}, (), (), ("Environment=prodd",)),
        (FULL | {"Environment": "pRoD"}, (), (), ()),
        (without("Environment", environment="prodd"), (), ("environment",), ("environment=prodd",)),
        ({}, tuple(TaggingPolicy().required), (), ()),
    ],
)
def test_the_three_kinds_of_violation(
    tags: dict[str, str], missing: tuple[str, ...], wrong_case: tuple[str, ...], invalid: tuple[str, ...]
) -> None:
    report = check(("r", tags, 1.0, "running"))
    rows = report.non_compliant[["missing", "wrong_case", "invalid"]].itertuples(index=False, name=None)
    violated = bool(missing or wrong_case or invalid)
    assert list(rows) == ([(missing, wrong_case, invalid)] if violated else [])
    assert report.compliant == (0 if violated else 1)


def test_optional_keys_are_checked_only_where_they_are_and_have_a_rule() -> None:
    report = check(
        ("r", FULL | {"Tier": "1"}, 1.0, "running"),
        ("r", FULL | {"Tier": "9"}, 2.0, "running"),
        ("r", FULL | {"tier": "9"}, 4.0, "running"),
        ("r", FULL, 8.0, "running"),
        optional=("Tier", "Note"),
        allowed_values={"Tier": AllowedValues(values=("1", "2"))},
    )
    assert report.compliant == 3
    assert report.non_compliant["invalid"].tolist() == [("Tier=9",)]
    tier = line_of(report, "Tier")
    assert (tier.required, tier.present, tier.compliant, tier.cost_without_usd) == (False, 2, 3, 2)
    assert len(report.by_tag) == 6


def test_terminated_instances_are_left_out_when_asked_for() -> None:
    ec2 = instances(("r", FULL, 6.0, "running"), ("r", {}, 4.0, "terminated"), ("r", {}, 2.0, "stopped"))
    analyzer = TagComplianceAnalyzer()
    report = analyzer.analyze_compliance(ec2, schema.S3.empty(), include_terminated=False)
    (excluded,) = report.excluded
    assert (excluded.reason, excluded.resources, excluded.monthly_cost_usd) == ("terminated", 1, 4)
    assert (report.resources, report.compliance_by_cost_pct) == (2, 75)
    everything = analyzer.analyze_compliance(ec2, schema.S3.empty())
    assert (everything.resources, everything.compliance_by_cost_pct) == (3, 50)
    assert everything.excluded == ()


def test_an_instance_without_a_state_counts() -> None:
    ec2 = instances(("r", FULL, 6.0, "running")).assign(State=pd.Series([None], dtype="str"))
    assert TagComplianceAnalyzer().analyze_compliance(ec2, schema.S3.empty()).resources == 1


def test_an_unknown_cost_counts_as_a_resource_and_in_no_dollar() -> None:
    report = check(("r", FULL, None, "running"), ("r", {}, 3.0, "running"), ("r", FULL, 1.0, "running"))
    assert report.unknown_cost_resources == 1
    assert report.compliance_pct == pytest.approx(200 / 3)
    assert report.compliance_by_cost_pct == 25


def test_dollars_come_from_the_bill_where_there_is_one() -> None:
    ec2 = instances(("r", FULL, 1.0, "running"), ("r", {}, 1.0, "running"), ("r", {}, 1.0, "running"))
    billed = pd.Series({"i-0": 30.0, "i-1": 10.0, "elsewhere": 99.0})
    report = TagComplianceAnalyzer().analyze_compliance(ec2, schema.S3.empty(), resource_costs=billed)
    assert (report.total_cost_usd, report.compliance_by_cost_pct) == (40, 75)
    assert report.unknown_cost_resources == 1  # i-2 is not on the bill
    assert report.non_compliant["resource_id"].tolist() == ["i-1", "i-2"]
    assert math.isnan(report.non_compliant["monthly_cost_usd"].iloc[1])


def test_without_dollars_there_is_no_percentage_by_cost() -> None:
    assert check(("r", FULL, 0.0, "running")).compliance_by_cost_pct is None
    assert check(("r", FULL, -1.0, "running"), ("r", {}, 0.5, "running")).compliance_by_cost_pct is None


def test_nothing_taggable_has_no_figure() -> None:
    report = TagComplianceAnalyzer().analyze_compliance(schema.EC2.empty(), schema.S3.empty())
    assert (report.resources, report.compliance_pct, report.compliance_by_cost_pct) == (0, None, None)
    assert (report.by_service, report.by_region, report.advice) == ((), (), ())
    assert csv_text(remediation_frame(report)).startswith("resource_id,service,region,missing")


def test_a_missing_region_has_a_name() -> None:
    ec2 = instances(("r", {}, 1.0, "running")).assign(Region=pd.Series([None], dtype="str"))
    report = TagComplianceAnalyzer().analyze_compliance(ec2, schema.S3.empty())
    assert [line.name for line in report.by_region] == ["unknown"]


def test_the_dearest_stands_first_and_advice_has_its_dollars() -> None:
    report = check(
        ("r", without("Team"), 5.0, "running"),
        ("r", without("Team", team="x"), 7.0, "running"),
        ("r", FULL | {"Environment": "x"}, 1.0, "running"),
        ("r", without("Team"), 4.0, "running"),
    )
    assert report.non_compliant["monthly_cost_usd"].tolist() == [7, 5, 4, 1]
    assert [(line.action, line.resources, line.monthly_cost_usd) for line in report.advice] == [
        ("Add the tag Team", 2, 9),
        ("Rename the tag team to Team", 1, 7),
        ("Replace the value of Environment=x by an allowed one", 1, 1),
    ]


def test_the_list_for_a_spreadsheet_is_safe_text() -> None:
    report = check(
        ("r", FULL | {"Environment": "=1+1"}, 2.5, "running"), ("r", {"Owner": "=x"}, 1.0, "running")
    )
    assert csv_text(remediation_frame(report)[["resource_id", *LISTS, "environment"]]) == (
        "resource_id,missing,wrong_case,invalid,environment\r\n"
        "i-0,,,Environment==1+1,'=1+1\r\n"
        'i-1,"Environment, Team, CostCenter, Project",,,(none)\r\n'
    )


def test_cells_of_a_tag_and_a_team_add_up_to_the_tag() -> None:
    report = check(
        ("r", FULL, 10.0, "running"),
        ("r", without("Owner"), 5.0, "running"),
        ("r", without("Owner", Team="Lab"), 2.0, "running"),
        ("r", without("Team"), None, "running"),
    )
    cells = {(one.key, one.team): one for one in report.by_tag_and_team}
    owner = cells["Owner", "Core"]
    assert (owner.resources, owner.violating, owner.violating_cost_usd) == (2, 1, 5.0)
    assert (owner.compliance_pct, owner.compliance_by_cost_pct) == (50.0, pytest.approx(1000 / 15))
    assert (cells["Team", "(none)"].violating, cells["Team", "(none)"].violating_cost_usd) == (1, 0.0)
    for line in report.by_tag:
        of_key = [one for one in report.by_tag_and_team if one.key == line.key]
        assert [one.team for one in of_key] == (["Core", "Lab", "(none)"] if line.required else [])
        if line.required:
            assert sum(one.violating for one in of_key) == line.missing + line.wrong_case
            assert math.fsum(one.violating_cost_usd for one in of_key) == line.cost_without_usd


def test_frames_are_left_as_they_were() -> None:
    ec2, s3 = four_resources()
    before = (ec2.copy(deep=True), s3.copy(deep=True))
    TagComplianceAnalyzer().analyze_compliance(ec2, s3)
    pd.testing.assert_frame_equal(ec2, before[0])
    pd.testing.assert_frame_equal(s3, before[1])


def test_tags_as_text_give_what_tags_as_categories_give() -> None:
    ec2, s3 = four_resources()
    plain = ec2.assign(Tags=ec2["Tags"].astype("str"))
    one = TagComplianceAnalyzer().analyze_compliance(ec2, s3)
    other = TagComplianceAnalyzer().analyze_compliance(plain, s3)
    assert (one.by_tag, one.advice) == (other.by_tag, other.advice)


tag_sets = st.dictionaries(
    st.sampled_from([*FULL, "team", "TEAM", "environment", "Tier"]),
    st.sampled_from(["", " ", "Prod", "prodd", "x"]),
)
rows = st.tuples(
    st.sampled_from(["us-east-1", "eu-west-1"]),
    tag_sets,
    st.none() | st.floats(-10, 1e6),
    st.sampled_from(["running", "stopped", "terminated"]),
)


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False))
def test_the_parts_add_up_and_the_order_of_rows_does_not_matter(
    listed: list[tuple[str, dict[str, str], float | None, str]], random: object
) -> None:
    report = check(*listed)
    excluded = sum(part.resources for part in report.excluded)
    assert report.resources + excluded == len(listed)
    assert report.compliant + len(report.non_compliant) == report.resources
    for lines in (report.by_service, report.by_region):
        assert sum(line.resources for line in lines) == report.resources
        assert sum(line.compliant for line in lines) == report.compliant
        assert sum(line.cost_usd for line in lines) == pytest.approx(report.total_cost_usd)
    for line in report.by_tag:
        assert line.present + line.wrong_case + line.missing == report.resources
        assert line.compliant >= report.compliant
    shuffled = instances(*listed).sample(frac=1, random_state=random.randrange(99))  # type: ignore[attr-defined]
    again = TagComplianceAnalyzer().analyze_compliance(
        shuffled.reset_index(drop=True), schema.S3.empty()
    )
    assert (again.by_tag, again.by_region, again.advice) == (
        report.by_tag,
        report.by_region,
        report.advice,
    )
    assert again.compliance_by_cost_pct == report.compliance_by_cost_pct


def test_no_tags_at_all_misses_every_key() -> None:
    ec2 = instances(("r", {}, 1.0, "running"))
    assert ec2["Tags"].tolist() == [NO_TAGS]
    report = TagComplianceAnalyzer().analyze_compliance(ec2, schema.S3.empty())
    assert all(line.missing == 1 for line in report.by_tag)
