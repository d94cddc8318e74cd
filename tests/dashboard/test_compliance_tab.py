"""Tag compliance in the dashboard: what is shown and taken away, suggestions, the policy edited.

The two small lists of ``conftest`` cost $73 (i-one, compliant), $146 (i-two) and $30 (b-one) a month: by
count 1 of 3, by cost 73 of 249.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.answers.compliance import compliance, policy_in_force
from finops.answers.policy_editing import (
    TaggingPolicy,
    kept_policy,
    save_policy,
    with_exemption,
    with_scope,
    with_target,
)
from finops.answers.tag_suggestions import accept, suggest, virtual_tags
from finops.dashboard.compliance_section import VIEWS

from .conftest import EC2_CSV, ENTERPRISE, S3_CSV, Open, cards, run, texts, upload, uploader

Opened = Callable[..., AppTest]
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def opened(open_app: Open) -> Opened:
    """``opened("Policy")``: that view of tag compliance, on the sample."""
    return lambda view="Overview": open_app(ENTERPRISE, "Tag Compliance", view)


@pytest.fixture
def small(opened: Opened) -> Opened:
    """The same on the two small lists."""
    return lambda view="Overview": upload(opened(view), EC2_CSV, S3_CSV)


def field(app: AppTest, label: str) -> Any:
    kinds = (
        *app.text_input, *app.number_input, *app.selectbox, *app.text_area, *app.date_input,
        *app.multiselect, *app.checkbox, *app.radio,
    )  # fmt: skip
    return next(one for one in kinds if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return run(app)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def choose(app: AppTest, label: str, value: str) -> AppTest:
    field(app, label).set_value(value)
    return run(app)


def charts(app: AppTest) -> list[Any]:
    return list(app.get("plotly_chart"))


def downloads(app: AppTest) -> set[str]:
    return {one.proto.label for one in app.get("download_button")}


def frames(app: AppTest) -> list[Any]:
    return [one.value for one in app.dataframe]


# What is shown


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_drawn(small: Opened, view: str) -> None:
    app = small(view)
    assert cards(app)["By count"] == "33.3%"
    assert cards(app)["By cost"] == "29.3%"  # 73 of 249
    assert all(chart.proto.alt for chart in charts(app))


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_to_judge_is_said(opened: Opened, view: str) -> None:
    header = EC2_CSV.partition("\n")[0] + "\n"
    app = upload(opened(view), header + EC2_CSV.splitlines()[1] + "\n")
    assert cards(app)["By count"] == "100.0%"
    if view == "Violations":
        assert "Every resource complies." in texts(app)
    if view == "Overview":
        assert "The target is reached." in texts(app)


def test_gauges_and_heat_map_say_what_they_show(small: Opened) -> None:
    app = small()
    by_count, by_cost, cells, trend = (json.loads(chart.proto.spec) for chart in charts(app))
    assert (by_count["data"][0]["type"], by_count["data"][0]["gauge"]["threshold"]["value"]) == (
        "indicator", 95,
    )  # fmt: skip
    assert round(by_cost["data"][0]["value"], 1) == 29.3
    heat = cells["data"][0]
    assert heat["x"] == ["Owner", "Environment", "Team", "CostCenter", "Project"]
    # Lab ($146) before Core ($103): i-two lacks four keys, b-one of Core too.
    assert heat["z"] == [[1, 1, 0, 1, 1], [1, 1, 0, 1, 1]]
    assert (cells["layout"]["xaxis"]["title"]["text"], cells["layout"]["yaxis"]["title"]["text"]) == (
        "tag", "team",
    )  # fmt: skip
    assert "most for Owner in Lab: 1 of 1 resources, $146.00 a month" in charts(app)[2].proto.alt
    assert [trace["name"] for trace in trend["data"]] == ["by count", "by cost"]
    dollars = choose(app, "Cells are", "Dollars a month")
    heat = json.loads(charts(dollars)[2].proto.spec)["data"][0]
    assert heat["z"] == [[146, 146, 0, 146, 146], [30, 30, 0, 30, 30]]


def test_the_shortest_way_is_named(small: Opened) -> None:
    # 95 % of $249 is $236.55: $73 + $146 = $219 is too little, so both are needed.
    assert "Put right 2 resources of 2 ($176.00 a month): that gives 100.0%" in texts(small()).replace(
        "*", ""
    )


def test_a_look_at_the_whole_keeps_the_day_once(opened: Opened, own_state: Path) -> None:
    app = opened()
    run(app)
    [kept] = json.loads((own_state / "tag_compliance.json").read_text())["snapshots"]
    assert (kept["as_of"], kept["sample"]) == ("2026-10-18", True)
    before = (own_state / "tag_compliance.json").read_bytes()
    app.toggle[0].set_value(True)
    run(app)
    assert (own_state / "tag_compliance.json").read_bytes() == before
    assert "what is filtered or left out is not kept" in texts(app)


def test_a_broken_trend_is_a_banner_with_a_way_out(opened: Opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "tag_compliance.json").write_text("{")
    app = opened()
    assert "the trend of tag compliance was not kept" in texts(app).replace("The trend", "the trend")
    press(app, "Put the broken file out of the way")
    assert "was not kept" not in texts(app)


@pytest.mark.parametrize("group", ["Service", "Region", "Account", "Team", "Environment", "Age"])
def test_compliance_by_every_group(opened: Opened, sample: Estate, group: str) -> None:
    app = choose(opened("Breakdown"), "Beside the tags, by", group)
    lines = getattr(compliance(sample).report, f"by_{group.lower()}")
    assert [row["name"] for row in frames(app)[0].to_dict("records")] == [line.name for line in lines]


# What is taken away


@pytest.mark.parametrize(
    ("label", "value", "left"),
    [
        ("Violates", "Owner", 2),
        ("Kind of violation", "invalid", 0),
        ("Team", ["Lab"], 1),
        ("Service", ["S3"], 1),
        ("Account", ["unknown"], 2),
        ("Search", "b-one", 1),
    ],
)
def test_filters_narrow_the_violations(small: Opened, label: str, value: Any, left: int) -> None:
    app = small("Violations")
    field(app, label).set_value(value)
    run(app)
    assert f"{left} of 2 rows" in texts(app)
    assert downloads(app) >= {
        "Download the violations", "Tags to set (CSV)", "Workbook (XLSX)", "AWS CLI script",
        "Cloud Custodian policy",
    }  # fmt: skip


def test_what_no_script_can_tag_is_named(small: Opened) -> None:
    app = small("Violations")
    assert "8 tags on 2 resources: 0 with a known value, 8 for somebody to decide." in texts(
        app
    ).replace("*", "")
    [by_hand] = [frame for frame in frames(app) if "why" in frame.columns]
    assert list(by_hand["why"]) == ["its account is unknown"] * 2


# Suggestions


def test_suggestions_are_accepted_withdrawn_and_brought_back(opened: Opened, sample: Estate) -> None:
    told = suggest(sample).suggestions
    app = opened("Suggestions")
    assert len(frames(app)[1]) == len(told)
    field(app, "Key").set_value(["CostCenter"])
    run(app)
    of_key = told[told["key"] == "CostCenter"]
    field(app, f"All {len(of_key)} rows").set_value(True)
    field(app, "Your name").set_value("Ada")
    field(app, "Note").set_value("asked the team")
    press(app, "Accept")
    kept = virtual_tags()
    assert {(one.match.resource_ids[0], one.value) for one in kept} == set(
        zip(of_key["resource_id"], of_key["value"], strict=True)
    )
    assert {one.accepted_by for one in kept} == {"Ada"}
    assert all(one.reason.endswith("; asked the team") for one in kept)
    assert cards(app)["Accepted"] == str(len(kept))
    press(app, "Undo")
    assert virtual_tags() == ()
    field(app, "Key").set_value(["CostCenter"])
    run(app)
    assert f"All {len(of_key)} rows" in [box.label for box in app.checkbox]


def test_one_is_withdrawn_by_name_and_that_is_undone(opened: Opened, sample: Estate) -> None:
    one, other = accept(suggest(sample).suggestions.head(2), by="Ada", at=NOW)
    app = opened("Suggestions")
    field(app, "Your name").set_value("Bob")
    field(app, "Withdraw").set_value([one.id])
    run(app)
    press(app, "Withdraw")
    assert [tag.id for tag in virtual_tags()] == [other.id]
    assert "1 virtual tag withdrawn by Bob." in texts(app)
    press(app, "Undo")
    # They stand in the order in which they stood.
    assert [(tag.key, tag.value, tag.match) for tag in virtual_tags()] == [
        (tag.key, tag.value, tag.match) for tag in (one, other)
    ]


def test_what_somebody_else_accepted_stays_when_ones_own_is_undone(
    opened: Opened, sample: Estate
) -> None:
    app = opened("Suggestions")
    # Ada is quicker, on a page of her own.
    of_ada = accept(suggest(sample).suggestions.head(2), by="Ada", at=NOW)
    next(box for box in app.checkbox if box.label.startswith("All ")).set_value(True)
    field(app, "Your name").set_value("Bob")
    press(app, "Accept")
    assert {tag.accepted_by for tag in virtual_tags()} == {"Ada", "Bob"}
    press(app, "Undo")
    assert virtual_tags() == of_ada


@pytest.mark.parametrize(
    ("all_rows", "who", "said"),
    [(False, "Ada", "Nothing is chosen"), (True, " ", "needs the name of who accepts")],
)
def test_nothing_is_accepted_by_itself(opened: Opened, all_rows: bool, who: str, said: str) -> None:
    app = opened("Suggestions")
    box = next(one for one in app.checkbox if one.label.startswith("All "))
    box.set_value(all_rows)
    field(app, "Your name").set_value(who)
    press(app, "Accept")
    assert said in texts(app)
    assert virtual_tags() == ()


def test_accepted_values_are_in_the_script_of_the_violations(opened: Opened, sample: Estate) -> None:
    known = "known value"
    before = texts(opened("Violations")).replace("*", "")
    rows = suggest(sample).suggestions
    missing = rows[rows["kind"] == "inferred"].head(3)
    accept(missing, by="Ada", at=NOW)
    after = texts(opened("Violations")).replace("*", "")

    def number(text: str) -> int:
        return int(text.partition(f" with a {known}")[0].rpartition(" ")[2])

    assert number(after) == number(before) + 3


def test_broken_virtual_tags_are_a_banner_and_the_rest_goes_on(opened: Opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "virtual_tags.json").write_text("{")
    assert "Accepted suggestions are left out" in texts(opened("Violations"))
    app = opened("Suggestions")
    assert "virtual_tags.json" in texts(app)
    press(app, "Put the broken file out of the way")
    assert "None is in force." in texts(app)


# The policy


def test_the_reference_says_all_that_the_policy_says(opened: Opened) -> None:
    policy = with_scope(TaggingPolicy(), environments=("Dev",), not_required=("CostCenter",))
    policy = with_exemption(policy, reason="old", until=date(2026, 1, 1), accounts=("1",))
    policy = with_exemption(policy, reason="new", until=date(2027, 1, 1), accounts=("1",))
    save_policy(policy, kept_policy().revision)
    app = opened("Policy")
    shown = texts(app)
    assert "environments Dev: not mandatory CostCenter" in shown
    assert ":material/event_busy: ended: old: accounts 1, all keys, up to 2026-01-01" in shown
    assert ":material/event_available: in force: new" in shown
    assert list(frames(app)[0]["key"]) == list(policy.keys)
    assert downloads(app) == {"Policy (JSON)", "AWS tag policy (JSON)"}
    press(app, "Edit")
    assert "What would change" in [one.value for one in app.subheader]


def test_a_change_is_weighed_before_it_is_saved_and_can_be_undone(small: Opened) -> None:
    app = small("Edit policy")
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


def test_fields_of_a_key_are_all_kept(small: Opened) -> None:
    app = choose(small("Edit policy"), "Key", "a new key")
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
def test_a_rule_that_makes_no_sense_says_why(small: Opened, label: str, value: str, said: str) -> None:
    app = choose(small("Edit policy"), "Key", "Team")
    field(app, label).set_value(value)
    press(app, "Put into the draft")
    assert said in texts(app)
    assert "The draft is as it was" in texts(app)
    # What was typed is still there.
    assert field(app, label).value == value
    assert "Nothing is changed yet" in texts(app)


def test_a_key_is_removed(small: Opened) -> None:
    app = choose(small("Edit policy"), "Key", "Project")
    press(app, "Remove the key")
    assert "Project: mandatory → not in the policy" in texts(app)
    press(app, "Drop the draft")
    assert "Nothing is changed yet" in texts(app)


def test_exemptions_scopes_and_the_target_are_edited(small: Opened) -> None:
    app = choose(small("Edit policy"), "Edit", "Exemptions")
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
def test_policies_are_imported_into_the_draft(small: Opened, content: str | bytes, said: str) -> None:
    app = choose(small("Edit policy"), "Edit", "Import")
    data = content.encode() if isinstance(content, str) else content
    uploader(app, "Tag policy (JSON)").set_value([("p.json", data, "application/json")])
    run(app)
    press(app, "Import into the draft")
    assert said in texts(app)
    assert policy_in_force() == TaggingPolicy()


def test_the_second_of_two_is_told_and_loses_nothing(small: Opened) -> None:
    first, second = small("Edit policy"), small("Edit policy")
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


def test_starting_over_takes_what_they_saved(small: Opened) -> None:
    app = choose(small("Edit policy"), "Key", "Project")
    press(app, "Remove the key")
    save_policy(with_target(TaggingPolicy(), 70), kept_policy().revision)
    run(app)
    press(app, "Start over with theirs")
    assert "Nothing is changed yet" in texts(app)
    assert "changed by somebody else" not in texts(app)


def test_a_broken_policy_is_a_banner_with_a_way_out(opened: Opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "tag_policy.json").write_text("{")
    app = opened("Policy")
    assert "tag_policy.json" in texts(app)
    press(app, "Put the broken file out of the way")
    assert "The default policy: none is kept yet" in texts(app)
    assert len(list(own_state.glob("tag_policy.json.broken-*"))) == 1
