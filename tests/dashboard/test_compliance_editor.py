"""The tag policy in the dashboard: the reference, the draft and its preview, two readers, a broken file.

The two small lists of ``conftest`` cost $73 (i-one, compliant), $146 (i-two) and $30 (b-one) a month: by
count 1 of 3, by cost 73 of 249.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from finops.answers.compliance import policy_in_force
from finops.answers.policy_editing import (
    TaggingPolicy,
    kept_policy,
    save_policy,
    with_exemption,
    with_scope,
    with_target,
)

from .apps import choose, downloads, field, frames, press
from .conftest import Opened, cards, run, texts, uploader

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_reference_says_all_that_the_policy_says(tags_tab: Opened) -> None:
    policy = with_scope(TaggingPolicy(), environments=("Dev",), not_required=("CostCenter",))
    policy = with_exemption(policy, reason="old", until=date(2026, 1, 1), accounts=("1",))
    policy = with_exemption(policy, reason="new", until=date(2027, 1, 1), accounts=("1",))
    save_policy(policy, kept_policy().revision)
    app = tags_tab("Policy")
    shown = texts(app)
    assert "environments Dev: not mandatory CostCenter" in shown
    assert ":material/event_busy: ended: old: accounts 1, all keys, up to 2026-01-01" in shown
    assert ":material/event_available: in force: new" in shown
    assert list(frames(app)[0]["key"]) == list(policy.keys)
    assert downloads(app) == {"Policy (JSON)", "AWS tag policy (JSON)"}
    press(app, "Edit")
    assert "What would change" in [one.value for one in app.subheader]


def test_a_change_is_weighed_before_it_is_saved_and_can_be_undone(small_tags: Opened) -> None:
    app = small_tags("Edit policy")
    assert "Nothing is changed yet" in texts(app)
    choose(app, "Key", "Owner")
    field(app, "It is").set_value("optional")
    press(app, "Put into the draft")
    choose(app, "Key", "Team")
    field(app, "Allowed values").set_value("Lab\nNobody\n")
    press(app, "Put into the draft")
    # Core is not allowed any more: i-one, which cost $73, fails; nobody passes.
    shown = cards(app)
    assert (shown["By count, with it"], shown["Newly failing"], shown["Newly passing"]) == (
        "0.0%", "1", "0",
    )  # fmt: skip
    assert "Owner: mandatory → optional" in texts(app)
    assert "Team: allowed values: none → Lab, Nobody" in texts(app)
    assert "i-one" in set(frames(app)[1]["resource_id"])
    assert policy_in_force() == TaggingPolicy()
    press(app, "Save the policy")
    assert policy_in_force().allowed_values["Team"].values == ("Lab", "Nobody")
    assert cards(app)["By count"] == "0.0%"
    assert "The tag policy is changed: 2 changes." in texts(app)
    press(app, "Undo")
    assert policy_in_force() == TaggingPolicy()
    assert kept_policy().is_default
    assert cards(app)["By count"] == "33.3%"


def test_fields_of_a_key_are_all_kept(small_tags: Opened) -> None:
    app = choose(small_tags("Edit policy"), "Key", "a new key")
    field(app, "Name").set_value(" Tier ")
    field(app, "It is").set_value("optional")
    field(app, "Allowed values").set_value("1*\n\n2\n1*")
    field(app, "Other spellings").set_value("Level")
    field(app, "Pattern").set_value("[0-9]+")
    field(app, "Values are compared with case").set_value(True)
    field(app, "An asterisk in a value is any text").set_value(True)
    field(app, "Format").set_value("cost_center")
    press(app, "Put into the draft")
    press(app, "Save the policy")
    policy = policy_in_force()
    assert policy.optional[-1] == "Tier"
    rule = policy.allowed_values["Tier"]
    assert (rule.values, rule.case_sensitive, rule.wildcards) == (("1*", "2"), True, True)
    assert (policy.patterns, policy.formats) == ({"Tier": "[0-9]+"}, {"Tier": "cost_center"})
    assert policy.spellings["Tier"] == ("Level",)


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("Name", "Owner", "repeated: Owner/Owner"),
        ("Name", " ", "not blank"),
        ("Pattern", "(", "is no pattern of RE2"),
        ("Other spellings", "Env", "'Env' for Environment and"),
    ],
)
def test_a_rule_that_makes_no_sense_says_why(
    small_tags: Opened, label: str, value: str, said: str
) -> None:
    app = choose(small_tags("Edit policy"), "Key", "Team")
    field(app, label).set_value(value)
    press(app, "Put into the draft")
    assert said in texts(app)
    assert "The draft is as it was" in texts(app)
    # What was typed is still there.
    assert field(app, label).value == value
    assert "Nothing is changed yet" in texts(app)


def test_a_key_is_removed(small_tags: Opened) -> None:
    app = choose(small_tags("Edit policy"), "Key", "Project")
    press(app, "Remove the key")
    assert "Project: mandatory → not in the policy" in texts(app)
    press(app, "Drop the draft")
    assert "Nothing is changed yet" in texts(app)


def test_exemptions_scopes_and_the_target_are_edited(small_tags: Opened) -> None:
    app = choose(small_tags("Edit policy"), "Edit", "Exemptions")
    field(app, "Reason").set_value("lab")
    field(app, "Resources").set_value("i-t*")
    press(app, "Put into the draft")
    assert "an exemption needs the day on which it ends".casefold() in texts(app).casefold()
    field(app, "Up to and on").set_value(date(2100, 1, 1))
    press(app, "Put into the draft")
    choose(app, "Edit", "By type and environment")
    field(app, "Resource types").set_value(["s3:bucket"])
    field(app, "Not mandatory there").set_value(["Owner", "Environment", "CostCenter", "Project"])
    press(app, "Put into the draft")
    choose(app, "Edit", "Target")
    field(app, "Target, %").set_value(80.0)
    press(app, "Put into the draft")
    # i-two is exempt, b-one needs a Team alone: both pass, and two of two are judged.
    assert (cards(app)["By count, with it"], cards(app)["Newly passing"]) == ("100.0%", "2")
    press(app, "Save the policy")
    policy = policy_in_force()
    assert (policy.target_pct, policy.exemptions[0].until) == (80, date(2100, 1, 1))
    assert policy.scoped[0].resource_types == ("s3:bucket",)
    choose(app, "Edit", "Exemptions")
    press(app, "Remove what is ticked")
    assert "Nothing is ticked." in texts(app)
    app.checkbox[0].set_value(True)
    press(app, "Remove what is ticked")
    assert "exemption removed: lab: resources i-t*, all keys, up to 2100-01-01" in texts(app)


AWS = {"tags": {"owner": {"tag_key": {"@@assign": "Owner"}, "tag_value": {"@@assign": ["Bo"]}}}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(AWS), "Owner: allowed values: none → Bo (with case, * is any text)"),
        (TaggingPolicy(target_pct=50).model_dump_json(), "target: 95 % → 50 %"),
        ("{", "p.json is not readable as JSON"),
        (b"\xff\xfe", "not UTF-8 text"),
    ],
)
def test_policies_are_imported_into_the_draft(
    small_tags: Opened, content: str | bytes, said: str
) -> None:
    app = choose(small_tags("Edit policy"), "Edit", "Import")
    data = content.encode() if isinstance(content, str) else content
    uploader(app, "Tag policy (JSON)").set_value([("p.json", data, "application/json")])
    run(app)
    press(app, "Import into the draft")
    assert said in texts(app)
    assert policy_in_force() == TaggingPolicy()


def test_the_second_of_two_is_told_and_loses_nothing(small_tags: Opened) -> None:
    first, second = small_tags("Edit policy"), small_tags("Edit policy")
    choose(first, "Key", "Team")
    field(first, "Allowed values").set_value("Lab")
    press(first, "Put into the draft")
    choose(second, "Edit", "Target")
    field(second, "Target, %").set_value(80.0)
    press(second, "Put into the draft")
    press(first, "Save the policy")
    press(second, "Save the policy")
    assert policy_in_force().target_pct == 95
    assert "has changed since it was read; nothing was overwritten" in texts(second)
    assert "Team: allowed values: none → Lab" in texts(second)
    press(second, "Put my changes on top of theirs")
    press(second, "Save the policy")
    policy = policy_in_force()
    assert (policy.target_pct, policy.allowed_values["Team"].values) == (80, ("Lab",))
    # The first one's undo would lose the second's change: it is refused.
    press(first, "Undo")
    assert policy_in_force() == policy
    assert "nothing was overwritten" in texts(first)


def test_starting_over_takes_what_they_saved(small_tags: Opened) -> None:
    app = choose(small_tags("Edit policy"), "Key", "Project")
    press(app, "Remove the key")
    save_policy(with_target(TaggingPolicy(), 70), kept_policy().revision)
    run(app)
    press(app, "Start over with theirs")
    assert "Nothing is changed yet" in texts(app)
    assert "changed by somebody else" not in texts(app)


def test_a_broken_policy_is_a_banner_with_a_way_out(tags_tab: Opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "tag_policy.json").write_text("{")
    app = tags_tab("Policy")
    assert "tag_policy.json" in texts(app)
    press(app, "Put the broken file out of the way")
    assert "The default policy: none is kept yet" in texts(app)
    assert len(list(own_state.glob("tag_policy.json.broken-*"))) == 1
