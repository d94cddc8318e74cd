"""The findings in the EC2 tab: what counts is added up, candidates are not, and each can be found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
from streamlit.testing.v1 import AppTest

from finops.answers.inventory import instances
from finops.answers.rightsizing import rightsizing
from finops.dashboard import links, page
from finops.dashboard.rightsizing_view import KINDS
from finops.money import usd

from .apps import charts, choose, downloads, field, frames, press
from .conftest import ENTERPRISE, Open, cards, run, texts, upload

if TYPE_CHECKING:
    from finops import Estate

# A row for each kind that a list can show, one nobody can price, one with a disk, one without a CPU.
EC2_CSV = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,"
    "MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps\n"
    "i-stopped,EC2,us-east-1,0.1,,2025-01-01,m5.large,stopped,1,2,1,1\n"
    "i-idle,EC2,us-east-1,0.1,,2025-01-01,m7i.large,running,0.5,40,1,1\n"
    "i-large,EC2,us-east-1,0.4,,2025-01-01,m7i.2xlarge,running,8,20,1,1\n"
    "i-unknown,EC2,us-east-1,0.5,,2025-01-01,zz9.large,running,50,50,1,1\n"
    "i-disks,EC2,us-east-1,0.5,,2025-01-01,i3.large,running,50,50,1,1\n"
    "i-silent,EC2,us-east-1,0.5,,2025-01-01,m7i.large,running,,,1,1\n"
)


def findings(app: AppTest) -> pd.DataFrame:
    [table] = [frame for frame in frames(app) if "saving_usd" in frame.columns]
    return table


def inventory(app: AppTest) -> pd.DataFrame:
    [table] = [frame for frame in frames(app) if "LaunchTime" in frame.columns]
    return table


def test_cards_are_the_answers(open_app: Open, sample: Estate) -> None:
    drawn, answer = cards(open_app("EC2")), rightsizing(sample)
    assert drawn["Saving that counts, a month"] == usd(answer.counted_usd)
    assert (drawn["Findings that count"], drawn["Candidates"]) == ("7", "60")
    assert drawn["Measured"] == "0 of 82"
    by_kind = dict(zip(answer.by_kind["kind"], answer.by_kind["instances"], strict=True))
    assert {kind: int(drawn[label]) for kind, label in KINDS.items()} == by_kind


def test_only_what_counts_is_added_up_below_the_table(open_app: Open, sample: Estate) -> None:
    app = open_app("EC2")
    counted = f"Of the rows above {usd(rightsizing(sample).counted_usd)} a month"
    assert counted in texts(app)
    candidates = choose(app, "Dollars", "Candidates")
    assert not findings(candidates)["counts"].any()
    assert findings(candidates)["saving_usd"].sum() > 0
    assert "Of the rows above $0.00 a month may be added up" in texts(candidates)


def test_findings_by_kind_and_by_word(open_app: Open) -> None:
    app = open_app("EC2")
    field(app, "Kind").set_value(["Idle"])
    assert set(findings(run(app))["kind"]) == {"Idle"}
    app.session_state["rightsizing_search"] = "no such instance"
    assert findings(run(app)).empty
    assert "Download the findings" in downloads(app)


def test_what_cannot_be_judged_is_said(open_app: Open) -> None:
    app = upload(open_app("EC2"), EC2_CSV)
    said = texts(app)
    # 0.5 an hour × 730 for each of the three.
    assert said.count("Not fully judged · 1 instance, $365.00 a month") == 3
    for named in ("zz9.large in us-east-1", "i3.large in us-east-1", "m7i.large in us-east-1"):
        assert named in said
    drawn = cards(app)
    assert (drawn["Saving that counts, a month"], drawn["Candidates"]) == ("$0.00", "3")
    assert set(findings(app)["instance_id"]) == {"i-stopped", "i-idle", "i-large"}
    shown = inventory(app).set_index("InstanceId")["Finding"]
    assert (shown["i-idle"], shown["i-large"]) == ("Idle", "Oversized")
    assert pd.isna(shown["i-disks"])


def test_nothing_found_is_said(open_app: Open) -> None:
    header = EC2_CSV.splitlines()[0]
    busy = "i-busy,EC2,us-east-1,0.1,,2025-01-01,m8i.large,running,70,70,1,1\n"
    app = upload(open_app("EC2"), f"{header}\n{busy}")
    assert "Nothing was found" in texts(app)
    assert "Download the findings" not in downloads(app)


def test_inventory_is_narrowed(open_app: Open, sample: Estate) -> None:
    app = open_app("EC2")
    for label, value in (("Type family", "m5"), ("In region", "eu-central-1"), ("In state", "running")):
        field(app, label).set_value([value])
    shown = inventory(run(app))
    ec2 = sample.ec2
    mine = ec2[
        ec2["InstanceType"].str.startswith("m5.")
        & ec2["Region"].eq("eu-central-1")
        & ec2["State"].eq("running")
    ]
    assert set(shown["InstanceId"]) == set(mine["InstanceId"])
    assert f"{len(mine)} instances, {usd(mine['MonthlyCostUSD'].sum())} a month" in texts(app)
    field(app, "Finding").set_value(["Idle"])
    assert set(inventory(run(app))["Finding"]) <= {"Idle"}


def test_findings_have_a_ring_in_the_scatter(open_app: Open, sample: Estate) -> None:
    drawn = [json.loads(chart.proto.spec) for chart in charts(open_app("EC2"))]
    [rings] = [t for figure in drawn for t in figure["data"] if t.get("name") == "has a finding"]
    resources = instances(sample).resources
    known = resources.dropna(subset=["CPUUtilization", "MemoryUtilization"])["InstanceId"]
    found = {finding.instance_id for finding in rightsizing(sample).findings}
    assert {mark[0] for mark in rings["customdata"]} == found & set(known)


def test_a_link_opens_its_tab(open_app: Open) -> None:
    app = press(open_app("EC2"), "Open RI & Savings Plans")
    assert (app.session_state["tab"], app.session_state["section"]) == (ENTERPRISE, "RI & Savings Plans")
    assert "Annual savings" in cards(app)


def test_links_lead_to_tabs_that_exist() -> None:
    tabs = {links.OVERVIEW, links.EC2, links.S3, links.INSIGHTS, links.ENTERPRISE}
    assert tabs == set(page.TABS)
    assert links.tab_of("Enterprise FinOps") in tabs
    assert links.tab_of("EC2") == "EC2"
