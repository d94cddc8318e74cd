"""Tag compliance in the dashboard: what is shown and taken away, and suggestions.

The two small lists of ``conftest`` cost $73 (i-one, compliant), $146 (i-two) and $30 (b-one) a month: by
count 1 of 3, by cost 73 of 249.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from finops import Estate
from finops.answers.compliance import compliance
from finops.answers.tag_suggestions import accept, suggest, virtual_tags
from finops.dashboard.compliance_section import VIEWS

from .apps import charts, choose, downloads, field, frames, press
from .conftest import EC2_CSV, Opened, cards, run, texts, upload

NOW = datetime(2026, 11, 1, tzinfo=UTC)


# What is shown


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_drawn(small_tags: Opened, view: str) -> None:
    app = small_tags(view)
    assert cards(app)["By count"] == "33.3%"
    assert cards(app)["By cost"] == "29.3%"  # 73 of 249
    assert all(chart.proto.alt for chart in charts(app))


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_to_judge_is_said(tags_tab: Opened, view: str) -> None:
    header = EC2_CSV.partition("\n")[0] + "\n"
    app = upload(tags_tab(view), header + EC2_CSV.splitlines()[1] + "\n")
    assert cards(app)["By count"] == "100.0%"
    if view == "Violations":
        assert "Every resource complies." in texts(app)
    if view == "Overview":
        assert "The target is reached." in texts(app)


def test_gauges_and_heat_map_say_what_they_show(small_tags: Opened) -> None:
    app = small_tags()
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
        "Tag", "Team",
    )  # fmt: skip
    assert "most for Owner in Lab: 1 of 1 resources, $146.00 a month" in charts(app)[2].proto.alt
    assert [trace["name"] for trace in trend["data"]] == ["by count", "by cost"]
    dollars = choose(app, "Cells are", "Dollars a month")
    heat = json.loads(charts(dollars)[2].proto.spec)["data"][0]
    assert heat["z"] == [[146, 146, 0, 146, 146], [30, 30, 0, 30, 30]]


def test_the_shortest_way_is_named(small_tags: Opened) -> None:
    # 95 % of $249 is $236.55: $73 + $146 = $219 is too little, so both are needed.
    assert "Put right 2 resources of 2 ($176.00 a month): that gives 100.0%" in texts(
        small_tags()
    ).replace("*", "")


def test_a_look_at_the_whole_keeps_the_day_once(tags_tab: Opened, own_state: Path) -> None:
    app = tags_tab()
    run(app)
    [kept] = json.loads((own_state / "tag_compliance.json").read_text())["snapshots"]
    assert (kept["as_of"], kept["sample"]) == ("2026-10-18", True)
    before = (own_state / "tag_compliance.json").read_bytes()
    app.toggle[0].set_value(True)
    run(app)
    assert (own_state / "tag_compliance.json").read_bytes() == before
    assert "what is filtered or left out is not kept" in texts(app)


def test_a_broken_trend_is_a_banner_with_a_way_out(tags_tab: Opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "tag_compliance.json").write_text("{")
    app = tags_tab()
    assert "the trend of tag compliance was not kept" in texts(app).replace("The trend", "the trend")
    press(app, "Put the broken file out of the way")
    assert "was not kept" not in texts(app)


@pytest.mark.parametrize("group", ["Service", "Region", "Account", "Team", "Environment", "Age"])
def test_compliance_by_every_group(tags_tab: Opened, sample: Estate, group: str) -> None:
    app = choose(tags_tab("Breakdown"), "Beside the tags, by", group)
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
def test_filters_narrow_the_violations(small_tags: Opened, label: str, value: Any, left: int) -> None:
    app = small_tags("Violations")
    field(app, label).set_value(value)
    run(app)
    assert f"{left} of 2 rows" in texts(app)
    assert downloads(app) >= {
        "Download the violations", "Tags to set (CSV)", "Workbook (XLSX)", "AWS CLI script",
        "Cloud Custodian policy",
    }  # fmt: skip


def test_what_no_script_can_tag_is_named(small_tags: Opened) -> None:
    app = small_tags("Violations")
    assert "8 tags on 2 resources: 0 with a known value, 8 for somebody to decide." in texts(
        app
    ).replace("*", "")
    [by_hand] = [frame for frame in frames(app) if "why" in frame.columns]
    assert list(by_hand["why"]) == ["its account is unknown"] * 2


# Suggestions


def test_suggestions_are_accepted_withdrawn_and_brought_back(tags_tab: Opened, sample: Estate) -> None:
    told = suggest(sample).suggestions
    app = tags_tab("Suggestions")
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


def test_one_is_withdrawn_by_name_and_that_is_undone(tags_tab: Opened, sample: Estate) -> None:
    one, other = accept(suggest(sample).suggestions.head(2), by="Ada", at=NOW)
    app = tags_tab("Suggestions")
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
    tags_tab: Opened, sample: Estate
) -> None:
    app = tags_tab("Suggestions")
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
def test_nothing_is_accepted_by_itself(tags_tab: Opened, all_rows: bool, who: str, said: str) -> None:
    app = tags_tab("Suggestions")
    box = next(one for one in app.checkbox if one.label.startswith("All "))
    box.set_value(all_rows)
    field(app, "Your name").set_value(who)
    press(app, "Accept")
    assert said in texts(app)
    assert virtual_tags() == ()


def test_accepted_values_are_in_the_script_of_the_violations(tags_tab: Opened, sample: Estate) -> None:
    known = "known value"
    before = texts(tags_tab("Violations")).replace("*", "")
    rows = suggest(sample).suggestions
    missing = rows[rows["kind"] == "inferred"].head(3)
    accept(missing, by="Ada", at=NOW)
    after = texts(tags_tab("Violations")).replace("*", "")

    def number(text: str) -> int:
        return int(text.partition(f" with a {known}")[0].rpartition(" ")[2])

    assert number(after) == number(before) + 3


def test_broken_virtual_tags_are_a_banner_and_the_rest_goes_on(
    tags_tab: Opened, own_state: Path
) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / "virtual_tags.json").write_text("{")
    assert "Accepted suggestions are left out" in texts(tags_tab("Violations"))
    app = tags_tab("Suggestions")
    assert "virtual_tags.json" in texts(app)
    press(app, "Put the broken file out of the way")
    assert "None is in force." in texts(app)
