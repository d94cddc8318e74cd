"""Tag policies: the default one, those in files, and those that make no sense."""

from __future__ import annotations

import pytest

from finops.errors import NotAvailable, PolicyError
from finops.tagging import AllowedValues, TaggingPolicy


def test_the_default_policy_asks_for_five_keys() -> None:
    policy = TaggingPolicy()
    assert policy.required == ("Owner", "Environment", "Team", "CostCenter", "Project")
    assert policy.optional == ("ExpirationDate", "BackupPolicy", "Compliance", "Application")
    assert policy.target_pct == 95
    assert list(policy.allowed_values) == ["Environment"]


@pytest.mark.parametrize(
    "value", ["Prod", "PRODUCTION", "stage", "Staging", "test", "qa", " Dev ", "sandbox"]
)
def test_environment_is_compared_without_case(value: str) -> None:
    assert TaggingPolicy().allowed_values["Environment"].allow(value)


def test_case_can_matter() -> None:
    exactly = AllowedValues(values=("Prod",), case_sensitive=True)
    assert exactly.allow("Prod")
    assert not exactly.allow("prod")


def test_a_file_without_fields_is_the_default_policy() -> None:
    assert TaggingPolicy.from_json("{}", "policy.json") == TaggingPolicy()


def test_a_file_is_read_back_as_it_was_written() -> None:
    policy = TaggingPolicy(
        required=("Team",),
        optional=("Stage",),
        allowed_values={"Stage": AllowedValues(values=("Prod", "Dev"), case_sensitive=True)},
        target_pct=99,
    )
    assert TaggingPolicy.from_json(policy.model_dump_json(), "policy.json") == policy


def test_a_plain_list_of_values_is_compared_without_case() -> None:
    policy = TaggingPolicy.from_json(
        '{"version": 1, "required": ["CostCenter"], "allowed_values": {"CostCenter": ["CC-1"]}}',
        "p.json",
    )
    assert policy.allowed_values["CostCenter"].allow("cc-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "p.json is not readable as JSON"),
        ("[]", "p.json holds list"),
        ('{"version": 2}', "p.json has version 2"),
        ('{"requird": ["Team"]}', "requird"),
        ('{"required": []}', "at least one required key"),
        ('{"required": "Team"}', "required: "),
        ('{"required": [" "]}', "not blank"),
        ('{"required": ["Team", "team"]}', "repeated: Team/team"),
        ('{"required": ["Team"], "optional": ["Team"]}', "repeated: Team/Team"),
        ('{"allowed_values": {"Enviroment": ["Prod"]}}', "allowed_values names Enviroment"),
        ('{"allowed_values": {"Environment": []}}', "at least 1 item"),
        ('{"allowed_values": []}', "allowed_values"),
        ('{"target_pct": 101}', "less than or equal to 100"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=r"p\.json") as caught:
        TaggingPolicy.from_json(text, "p.json")
    assert message in str(caught.value)


def test_a_policy_of_aws_organizations_is_not_read_as_something_else() -> None:
    text = '{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}}}}'
    with pytest.raises(NotAvailable, match="AWS Organizations"):
        TaggingPolicy.from_json(text, "p.json")
