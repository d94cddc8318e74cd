"""The commands on the sample estate and on bad input: keys, sums, exit statuses, no traceback."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops.cli import main
from finops.errors import StateError
from finops.storage import JsonStore

DATA = Path(__file__).parents[2] / "data"

Json = dict[str, Any]

EC2_LIST = """\
ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,\
MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps
i-1,EC2,us-east-1,0.192,"Team==HYPERLINK(""x""),Environment=Dev",2025-07-22,m5.xlarge,running,50,50,1,1
i-2,EC2,us-east-1,0.096,Team=Search,2025-07-22,m5.large,stopped,0,0,0,0
i-3,EC2,us-east-1,abc,Team=Search,2025-07-22,m5.large,running,0,0,0,0
i-4,EC2,us-east-1,-0.5,,2025-07-22,m5.large,running,0,0,0,0
"""
S3_LIST = """\
BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,VersionEnabled,Encryption
logs,us-east-1,12.34,Team=Search,2024-01-01,STANDARD,10,536.5,True,None
"""


@pytest.fixture
def lists(tmp_path: Path) -> list[str]:
    (tmp_path / "ec2.csv").write_text(EC2_LIST)
    (tmp_path / "s3.csv").write_text(S3_LIST)
    files = ["--ec2", str(tmp_path / "ec2.csv"), "--s3", str(tmp_path / "s3.csv")]
    return [*files, "--as-of", "2026-10-18"]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Json]:
    def answer(*words: str, status: int = 0) -> Json:
        assert main([*words, "--json"]) == status
        out, _ = capsys.readouterr()
        document: Json = json.loads(out)
        return document

    return answer


def test_inspect_counts_the_sample(ask: Callable[..., Json]) -> None:
    answer = ask("inspect")
    ec2 = {name: answer["ec2"][name] for name in ("resources", "running")}
    assert ec2 == {"resources": 120, "running": 82}
    assert answer["s3"]["resources"] == 80
    assert answer["as_of"] == "2026-10-18"
    assert {"path", "format", "version", "rows", "currency", "billed_cost"} <= set(answer["files"][0])
    steps = answer["reconciliation"]
    added = sum(Decimal(str(step["usd"])) for step in steps["lines"])
    difference = Decimal(str(steps["run_rate_usd"])) + added - Decimal(str(steps["effective_usd"]))
    assert abs(difference) < Decimal("1e-6")


def test_shown_and_set_aside_are_the_file(ask: Callable[..., Json], lists: list[str]) -> None:
    answer = ask("inspect", *lists)
    ec2 = answer["ec2"]
    assert ec2["resources"] == 2
    assert ec2["monthly_cost_usd"] == pytest.approx((0.192 + 0.096) * 730)
    assert ec2["set_aside_monthly_usd"] == pytest.approx(-0.5 * 730)
    shown_and_aside = ec2["monthly_cost_usd"] + ec2["set_aside_monthly_usd"]
    assert ec2["file_monthly_usd"] == pytest.approx(shown_and_aside)
    aside = {issue["code"]: issue["rows"] for issue in answer["issues"] if issue["set_aside"]}
    assert sum(aside.values()) == ec2["set_aside_rows"] == 2


def test_prices_that_are_off_the_list_are_an_issue(
    ask: Callable[..., Json], tmp_path: Path, lists: list[str]
) -> None:
    (tmp_path / "ec2.csv").write_text(EC2_LIST.replace("0.192", "0.25"))
    found = [issue for issue in ask("inspect", *lists)["issues"] if issue["code"] == "price_mismatch"]
    assert [(issue["rows"], issue["cost_usd"]) for issue in found] == [(1, 0.25 * 730)]
    codes = {issue["code"] for issue in ask("recommend", *lists)["issues"]}
    assert "price_mismatch" in codes


def test_recommend_has_its_keys_and_adds_up(ask: Callable[..., Json], tmp_path: Path) -> None:
    out = tmp_path / "advice.json"
    answer = ask("recommend", "--term", "1", "--payment", "No Upfront", "--out", str(out))
    rows = answer["recommendations"]
    assert rows
    cents = sum(Decimal(str(row["annual_savings_usd"])) for row in rows)
    assert cents == Decimal(str(answer["annual_savings_usd"]))
    assert {row["payment_option"] for row in rows} == {"No Upfront"}
    assert {row["upfront_usd"] for row in rows} == {0}
    assert 0 <= answer["optimality_gap_pct"] < 1
    assert len(json.loads(out.read_text())) == len(rows)
    assert all(row["why"] and row["case_against"] and row["marginal_savings"] for row in rows)


LOOKBACKS: list[list[str]] = [["--lookback-days", "90"], ["--lookback-days", "30"], []]


@pytest.mark.parametrize("lookback", LOOKBACKS, ids=["90", "30", "chosen"])
def test_what_recommend_promises_is_what_simulate_bills(
    ask: Callable[..., Json], tmp_path: Path, lookback: list[str]
) -> None:
    """Saving a year = (bill of what is owned − bill of that and the advice) ÷ hours × 8,760."""
    out, both = tmp_path / "advice.json", tmp_path / "both.json"
    answer = ask("recommend", *lookback, "--out", str(out))
    owned = json.loads((DATA / "commitments.json").read_text())
    both.write_text(json.dumps([*owned, *json.loads(out.read_text())]))
    words = [
        "simulate",
        "--usage",
        str(DATA / "usage.parquet"),
        "--as-of",
        "2026-10-18",
        "--as-if-owned",
    ]
    words += ["--lookback-days", str(answer["window"]["days"])]
    before = ask(*words, "--commitments", str(DATA / "commitments.json"))
    after = ask(*words, "--commitments", str(both))
    saved = (before["total_usd"] - after["total_usd"]) / after["hours"] * 8760
    assert saved == pytest.approx(answer["annual_savings_usd"], abs=0.02)
    assert after["coverage_pct"] == pytest.approx(answer["coverage_after_pct"], abs=1e-6)


LIMITED: list[tuple[list[str], str, float]] = [
    (["--max-upfront", "20000"], "upfront_usd", 20_000),
    (["--target-coverage", "60"], "coverage_after_pct", 60),
    (["--max-break-even", "8"], "break_even_months", 8),
]


@pytest.mark.parametrize(("words", "figure", "most"), LIMITED, ids=[case[1] for case in LIMITED])
def test_limits_hold_and_leave_something_to_buy(
    ask: Callable[..., Json], words: list[str], figure: str, most: float
) -> None:
    answer = ask("recommend", "--lookback-days", "90", *words)
    rows = answer["recommendations"]
    assert rows
    of_rows = [row[figure] for row in rows] if figure in rows[0] else [answer[figure]]
    found = sum(of_rows) if figure == "upfront_usd" else max(of_rows)
    assert 0.5 * most < found <= most + 1e-6


def test_every_row_is_used_as_much_as_is_asked(ask: Callable[..., Json]) -> None:
    rows = ask("recommend", "--lookback-days", "90", "--min-utilization", "95")["recommendations"]
    assert rows
    assert min(row["utilization_pct"] for row in rows) >= 95 - 1e-6


def test_a_gap_is_given_only_where_it_has_a_meaning(ask: Callable[..., Json]) -> None:
    answer = ask("recommend", "--lookback-days", "90", "--risk-aversion", "0.5")
    assert answer["optimality_gap_pct"] is None
    assert "a risk setting" in answer["optimality_gap_reason"]
    assert ask("recommend", "--max-upfront", "1000")["optimality_gap_reason"] is None


def test_the_ladder_spreads_what_ends(ask: Callable[..., Json]) -> None:
    answer = ask("recommend", "--term", "1", "--max-expiring-pct", "40", "--lookback-days", "90")
    advised = [step for step in answer["ladder"] if step["state"] == "advised"]
    assert len({step["purchase_on"] for step in advised}) > 1
    bought = sum(step["hourly_usd"] for step in advised)
    rows = answer["recommendations"]
    hourly = sum(row["upfront_usd"] / 8760 + row["monthly_usd"] / 730 for row in rows)
    assert bought == pytest.approx(hourly, rel=1e-9)
    renewed = [step["renews"] for step in answer["ladder"] if step["state"] == "renewal"]
    assert len(renewed) == 5  # all that is owned ends within a year


def test_planted_cases_are_found_and_explained(ask: Callable[..., Json]) -> None:
    answer = ask("recommend", "--kinds", "reserved_instance", "--lookback-days", "90", "--term", "1")
    (steady,) = (r for r in answer["recommendations"] if r["instance_type"] == "m6i.4xlarge"
                 and r["region"] == "eu-west-1")  # fmt: skip
    assert steady["quantity"] == 6
    assert "6 and not 7" in steady["why"][0]
    office = [pool for pool in answer["stays_on_demand"] if pool["InstanceType"] == "t3.2xlarge"]
    assert "too rarely to pay" in office[0]["Why"]
    assert not [row for row in answer["recommendations"] if row["instance_type"] == "t3.2xlarge"]
    assert [(one["instance_type"], one["quantity"]) for one in answer["expiring"]] == [("r5.4xlarge", 4)]
    (idle,) = answer["underused"]
    assert (idle["instance_type"], idle["always_idle"], idle["at_this_level_since"]) == (
        "c5.2xlarge",
        3,
        "2026-05-04",
    )


def test_advice_that_was_taken_is_not_given_twice(ask: Callable[..., Json], tmp_path: Path) -> None:
    first = ask("recommend", "--term", "1", "--payment", "No Upfront", "--out", str(tmp_path / "a.json"))
    owned = json.loads((DATA / "commitments.json").read_text())
    bought = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "owned.json").write_text(json.dumps(owned + bought))
    words = ["recommend", "--usage", str(DATA / "usage.parquet"), "--as-of", "2026-10-18"]
    again = ask(*words, "--commitments", str(tmp_path / "owned.json"), "--term", "1")
    assert again["annual_savings_usd"] < 0.02 * first["annual_savings_usd"]


def test_lists_alone_are_weak_evidence(ask: Callable[..., Json], lists: list[str]) -> None:
    answer = ask("recommend", *lists)
    assert answer["evidence"] == "snapshot"
    assert all(row["confidence_pct"] is None for row in answer["recommendations"])


def test_only_the_kinds_that_are_asked_for_are_bought(ask: Callable[..., Json]) -> None:
    rows = ask("recommend", "--kinds", "compute_savings_plan")["recommendations"]
    assert {row["kind"] for row in rows} == {"compute_savings_plan"}


def test_tags_gate_on_the_share_that_complies(ask: Callable[..., Json]) -> None:
    answer = ask("tags", "--fail-under", "95", status=3)
    assert answer["compliant"] + len(answer["non_compliant"]) == answer["resources"]
    share = 100 * answer["compliant"] / answer["resources"]
    assert answer["compliance_pct"] == pytest.approx(share)
    assert ask("tags", "--fail-under", "1")["compliance_pct"] == pytest.approx(share)


@pytest.mark.parametrize("shared", ["none", "proportional", "even"])
@pytest.mark.parametrize("basis", ["billed", "effective", "list"])
def test_chargeback_lines_add_up_to_the_bill(
    ask: Callable[..., Json], tmp_path: Path, shared: str, basis: str
) -> None:
    out = tmp_path / "f.csv"
    words = ["chargeback", "--by", "Team", "--shared", shared, "--basis", basis, "--out", str(out)]
    answer = ask(*words)
    whole = Decimal(str(answer["total_usd"]))
    assert sum(Decimal(str(line["total_usd"])) for line in answer["lines"]) == whole
    with out.open(newline="", encoding="utf-8") as file:
        assert sum(Decimal(row["total_usd"]) for row in csv.DictReader(file)) == whole
    assert answer["reconciliation_difference_usd"] == 0
    assert (answer["unallocated_usd"] == 0) == (shared != "none")


def test_chargeback_of_lists_alone(ask: Callable[..., Json], lists: list[str], tmp_path: Path) -> None:
    out = tmp_path / "f.csv"
    answer = ask("chargeback", "--by", "Team", *lists, "--out", str(out))
    # 0.192 × 730 = 140.16 and 0.096 × 730 + 12.34 = 82.42
    amounts = {line["allocated_to"]: line["total_usd"] for line in answer["lines"]}
    assert amounts == {'=HYPERLINK("x")': 140.16, "Search": 82.42}
    assert answer["total_usd"] == 222.58
    with out.open(newline="", encoding="utf-8") as file:
        names = [row["allocated_to"] for row in csv.DictReader(file)]
    assert names == ['\'=HYPERLINK("x")', "Search"]


def test_an_unfinished_month_says_how_far_it_goes(ask: Callable[..., Json]) -> None:
    answer = ask("chargeback", "--by", "Team", "--period", "2026-10")
    assert answer["period"] == "2026-10-01/2026-10-18"
    assert ask("chargeback", "--by", "Team", "--period", "2026-09")["period"] == "2026-09"


def test_a_month_without_charges_names_those_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chargeback", "--by", "Team", "--period", "2019-01"]) == 1
    message = capsys.readouterr().err
    assert "2019-01" in message
    assert "2025-09" in message


def test_budgets_live_from_create_to_delete(ask: Callable[..., Json]) -> None:
    words = ["--name", "All", "--scope-type", "total", "--amount", "1000", "--period", "monthly"]
    made = ask("budgets", "create", *words, "--thresholds", "50,90")
    assert [budget["id"] for budget in ask("budgets", "list")["budgets"]] == [made["id"]]
    check = ask("budgets", "check", "--fail-on", "breach", status=3)
    assert check["budgets"][0]["status"] == "exceeded"
    assert {alert["threshold_pct"] for alert in check["alerts"] if alert["kind"] == "actual"} == {50, 90}
    ask("budgets", "delete", made["id"])
    assert ask("budgets", "list")["budgets"] == []


def test_a_broken_document_is_refused_until_it_is_reset(
    ask: Callable[..., Json], own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_state.mkdir()
    broken = own_state / "budgets.json"
    broken.write_text('{"budgets": [')
    for _ in range(2):
        assert main(["budgets", "list"]) == 1
        assert "budgets.json" in capsys.readouterr().err
        assert broken.read_text() == '{"budgets": ['
    assert len(ask("budgets", "reset")["renamed"]) == 1
    assert not broken.exists()
    assert ask("budgets", "list")["budgets"] == []


def test_prices_show_the_published_rates(ask: Callable[..., Json]) -> None:
    answer = ask("prices", "show", "m5.large", "us-east-1")
    assert answer["on_demand_usd_per_hour"] == 0.096
    rates = {
        (offer["kind"], offer["offering_class"], offer["term_years"], offer["payment_option"]): offer
        for offer in answer["commitments"]
    }
    standard = rates["reserved_instance", "standard", 1, "No Upfront"]
    assert standard["effective_usd_per_hour"] == standard["recurring_usd_per_hour"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["inspect", "--ec2", "nowhere.csv"], "nowhere.csv"),
        (["inspect", "--s3", "/"], "/"),
        (["prices", "show", "m5.huge", "us-east-1"], "m5.huge"),
        (["budgets", "delete", "nobody"], "nobody"),
        (["tags", "--policy", "nowhere.json"], "nowhere.json"),
        (["chargeback", "--by", "Team", "--shared", "fixed", "--shares", "nowhere"], "nowhere"),
        (["chargeback", "--by", "Team", "--out", "/nowhere/f.csv"], "/nowhere/f.csv"),
        (["chargeback", "--by", "Team", "--shared", "fixed"], "fixed"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["chargeback"],
        ["inspect", "--as-of", "yesterday"],
        ["inspect", "--as-of", "9999-12-31"],
        ["inspect", "--ec2", ""],
        ["recommend", "--kinds", "barter"],
        ["chargeback", "--by", "Team", "--period", "9999-12"],
        ["budgets", "create", "--name", "x", "--scope-type", "total", "--amount", "1_000"],
        ["chargeback", "--by", "Team", "--period", "October"],
        ["budgets", "create", "--name", "x", "--scope-type", "galaxy", "--amount", "1"],
        ["budgets", "create", "--name", "x", "--scope-type", "total", "--amount", "much"],
    ],
)
def test_wrong_words_end_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    "words",
    [["inspect"], ["recommend"], ["tags"], ["chargeback", "--by", "Team"], ["budgets", "check"]],
)
def test_every_command_has_a_text_for_readers(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    out, _ = capsys.readouterr()
    assert "2026-1" in out or "2026-09" in out


def test_the_policy_is_an_object(ask: Callable[..., Json]) -> None:
    assert ask("tags")["policy"]["required"][0] == "Owner"


def test_no_demand_is_no_advice_of_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "s3.csv").write_text(S3_LIST)
    assert main(["recommend", "--s3", str(tmp_path / "s3.csv")]) == 1
    assert "--usage" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_still_answers(
    ask: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("budgets", "create", "--name", "All", "--scope-type", "total", "--amount", "1000")

    def refuse(*_: object, **__: object) -> None:
        raise StateError("the folder is read-only")

    monkeypatch.setattr(JsonStore, "update", refuse)
    check = ask("budgets", "check", "--fail-on", "breach", status=3)
    assert check["alerts"]
    assert "read-only" in check["warnings"][0]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_few_characters_gets_an_answer(tree: Path, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "finops", "prices", "show", "m5.large", "us-east-1"],
        cwd=tree,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_one_line(tree: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "finops", "prices", "show", "m5.large", "us-east-1"],
            cwd=tree,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"No space left" in done.stderr
