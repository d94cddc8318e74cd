"""What may be added up is added up, candidates are not, and covered hours are no saving."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from finops import Estate, load_estate
from finops.answers.rightsizing import Rightsizing, hours_on_the_bill, rightsizing
from finops.ingest import InputFile
from finops.insights.findings import Ran
from finops.money import usd
from finops.periods import Month


@pytest.fixture(scope="module")
def answer(sample: Estate) -> Rightsizing:
    return rightsizing(sample)


def test_only_what_counts_is_added_up(answer: Rightsizing) -> None:
    counting = [finding.saving_usd for finding in answer.findings if finding.counts]
    assert answer.counted_usd == sum(counting)
    assert (answer.counted, answer.candidates) == (len(counting), len(answer.findings) - len(counting))
    assert answer.by_kind["counted_usd"].sum() == pytest.approx(answer.counted_usd)
    assert answer.by_kind["instances"].sum() == len(answer.findings)
    assert (answer.measured, answer.running, answer.month) == (0, 82, Month(2026, 9))


def test_one_finding_an_instance(answer: Rightsizing) -> None:
    ids = [finding.instance_id for finding in answer.findings]
    assert len(ids) == len(set(ids))


def test_hours_and_cover_are_those_of_the_bill(sample: Estate) -> None:
    """data/README.md, tables 1 and 2: September has 720 hours; the ledger is covered, payments not."""
    ran = hours_on_the_bill(sample.costs, Month(2026, 9))
    by_type = sample.ec2.set_index("InstanceId")["InstanceType"]
    payments = ran["i-03e470ab25b9f246d"]
    assert payments == Ran(730.0, 0.0)
    covered = [name for name, of in ran.items() if of.covered == 1 and by_type.get(name) == "r5.4xlarge"]
    assert len(covered) == 4  # the four of the RI "ledger"
    # Developer desktops: 1,980 hours of nine machines in 720 hours.
    desktops = [ran[name].hours for name in by_type.index[by_type == "t3.2xlarge"]]
    assert sum(desktops) == pytest.approx(1980 / 720 * 730)


def test_covered_instances_save_nothing(answer: Rightsizing) -> None:
    """The ledger's four r5.4xlarge are old, and wholly covered by a Reserved Instance."""
    covered = [f for f in answer.findings if f.covered_pct == 100]
    assert [f for f in covered if f.saving_usd is not None or f.counts] == []
    assert len([f for f in covered if f.instance_type == "r5.4xlarge"]) == 4


def test_from_lists_alone_nothing_counts(tree: Path) -> None:
    listed = rightsizing(load_estate(ec2=tree / "data" / "aws_resources_compute.csv"))
    assert (listed.counted, listed.counted_usd, listed.month) == (0, 0, None)
    assert listed.candidates > 0


def test_table_has_a_row_a_finding(answer: Rightsizing) -> None:
    table = answer.table
    assert list(table["instance_id"]) == [finding.instance_id for finding in answer.findings]
    large = table[table["kind"].eq("oversized") & table["instance_type"].eq("r5.4xlarge")]
    assert set(large["target_type"]) == {"r5.xlarge"}
    # Each saving can be worked out from its row.
    priced = table[table["saving_usd"].notna() & table["target_type"].notna()]
    expected = (priced["usd_per_hour"] - priced["target_usd_per_hour"]) * priced["hours"]
    uncovered = 1 - priced["covered_pct"].astype("float64") / 100
    pd.testing.assert_series_equal(priced["saving_usd"], expected * uncovered, check_names=False)


def test_what_the_catalogue_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ec2.csv"
    path.write_text(
        "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,"
        "MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps\n"
        "i-1,EC2,eu-west-1,1.0,,2025-01-01,z9.huge,running,50,50,1,1\n"
    )
    [issue] = rightsizing(load_estate(ec2=path)).issues
    assert (issue.code, issue.rows, issue.cost_usd) == ("instance_not_priced", 1, 730.0)
    assert "z9.huge in eu-west-1" in issue.message


def test_what_commitments_cover_is_asked_of_a_bill(tree: Path, tmp_path: Path) -> None:
    """An m5.2xlarge in eu-central-1 that idles for 14 days counts at 0.46 × 730 = 335.80 dollars."""
    ec2, metrics = tmp_path / "ec2.csv", tmp_path / "metrics.csv"
    ec2.write_text(
        "ResourceId,ResourceType,Region,CostUSD,InstanceType,State,CPUUtilization\n"
        "i-1,EC2,eu-central-1,0.46,m5.2xlarge,running,0.5\n"
    )
    hours = pd.date_range("2026-10-05", periods=14 * 24, freq="h", tz="UTC")
    pd.DataFrame({"InstanceId": "i-1", "Hour": hours, "CpuMax": 0.5, "CpuAvg": 0.2}).to_csv(
        metrics, index=False
    )
    as_of = date(2026, 10, 18)
    alone = rightsizing(load_estate(ec2=ec2, metrics=metrics, as_of=as_of))
    assert (alone.counted_usd, alone.issues) == (pytest.approx(335.80), ())
    owned = tree / "data" / "commitments.json"
    beside = rightsizing(load_estate(ec2=ec2, metrics=metrics, commitments=owned, as_of=as_of))
    [issue] = beside.issues
    assert (issue.code, issue.rows, issue.cost_usd) == ("cover_unknown", 1, pytest.approx(335.80))


def test_what_could_not_be_judged_is_told_with_its_run_rate() -> None:
    """0.5 and 0.6 an hour × 730 of two without a price; a disk; no CPU figure."""
    listed = InputFile(
        "ec2.csv",
        b"ResourceId,ResourceType,Region,CostUSD,CreationDate,InstanceType,State,CPUUtilization\n"
        b"i-1,EC2,us-east-1,0.5,2025-01-01,zz9.large,running,50\n"
        b"i-2,EC2,us-east-1,0.6,2025-01-01,zz9.large,running,50\n"
        b"i-3,EC2,us-east-1,0.2,2025-01-01,i3.large,running,50\n"
        b"i-4,EC2,us-east-1,0.1,2025-01-01,m8i.large,running,\n"
        b"i-5,EC2,us-east-1,0.1,2025-01-01,m8i.large,stopped,\n",
    )
    issues = {issue.code: issue for issue in rightsizing(load_estate(ec2=listed)).issues}
    told = {code: (issue.rows, issue.cost_usd) for code, issue in issues.items()}
    assert told == {
        "instance_not_priced": (2, pytest.approx(1.1 * 730)),
        "instance_not_sized": (1, pytest.approx(146.0)),
        "instance_not_measured": (1, pytest.approx(73.0)),
    }
    assert "zz9.large in us-east-1" in issues["instance_not_priced"].message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["zz9.large,us-east-1", ",us-east-1"], "zz9.large in us-east-1 and 1 without a type or region"),
        (
            ["zz9.large,us-east-1", ",us-east-1", "zz9.large,us-east-1", ","],
            "zz9.large in us-east-1 and 2 without a type or region",
        ),
        ([",us-east-1"], "1 without a type or region"),
        (
            [*(f"zz{at}.large,us-east-1" for at in range(6)), ",us-east-1"],
            "zz0.large in us-east-1, zz1.large in us-east-1, zz2.large in us-east-1, "
            "zz3.large in us-east-1, zz4.large in us-east-1 … and 1 without a type or region",
        ),
    ],
)
def test_instances_without_a_type_are_counted_beside_the_named(rows: list[str], told: str) -> None:
    lines = "".join(f"i-{at},EC2,0.5,running,50,{row}\n" for at, row in enumerate(rows))
    header = "ResourceId,ResourceType,CostUSD,State,CPUUtilization,InstanceType,Region\n"
    estate = load_estate(ec2=InputFile("ec2.csv", (header + lines).encode()))
    [issue] = rightsizing(estate).issues
    assert (issue.code, issue.rows) == ("instance_not_priced", len(rows))
    assert issue.message.endswith(f"are not judged by it: {told}")


def test_the_table_names_the_options_by_risk(answer: Rightsizing) -> None:
    rows = answer.table.set_index("instance_id")
    for finding in answer.findings:
        row = rows.loc[finding.instance_id]
        named = [row[name] for name in ("same_family", "same_architecture", "graviton")]
        assert [text for text in named if pd.notna(text)] == [
            f"{option.instance_type} at {usd(option.usd_per_hour, 4)}" for option in finding.options
        ]
    assert answer.table is answer.table
