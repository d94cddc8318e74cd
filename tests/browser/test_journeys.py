"""What people do in the dashboard, in a real browser: look, compare, upload, budget, download."""

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
from playwright.sync_api import Page, expect

from finops.money import usd
from tests.browser.pages import SLOW, Settled, Visit

ROOT = Path(__file__).resolve().parents[2]
ENTERPRISE = "💰 Enterprise FinOps"

Ask = Callable[..., dict[str, Any]]

# $73.00 and $146.00 a month of 730 hours, and a row whose cost cannot be read.
EC2_CSV = """\
ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps
i-one,EC2,us-east-1,0.1,"Owner=Ann,Environment=Prod,Team=Core,CostCenter=1,Project=Web",2025-01-01,m5.large,running,50,40,1,1
i-two,EC2,eu-west-1,0.2,Team=Lab,2025-01-01,m5.xlarge,stopped,1,2,1,1
i-bad,EC2,eu-west-1,twelve,Team=Lab,2025-01-01,m5.xlarge,running,1,2,1,1
"""
S3_CSV = """\
BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,VersionEnabled,Encryption
b-one,us-east-1,30,Team=Core,2025-01-01,STANDARD,10,1000,True,None
"""


@pytest.fixture
def ask(state_folder: Path) -> Ask:
    """``ask("tags", "--ec2", file)``: what the command line prints as JSON, with the server's state."""

    def command(*words: str | Path) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "finops", *map(str, words), "--json"],
            cwd=ROOT,
            env={**os.environ, "FINOPS_DATA_DIR": str(state_folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return command


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    """An EC2 and an S3 resource list of one's own."""
    ec2, s3 = tmp_path / "my_ec2.csv", tmp_path / "my_s3.csv"
    ec2.write_text(EC2_CSV)
    s3.write_text(S3_CSV)
    return ec2, s3


def figure_is(page: Page, label: str, value: str) -> None:
    """The card with this label shows this value."""
    card = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(label, exact=True), visible=True
    )
    expect(card.get_by_test_id("stMetricValue")).to_have_text(value, timeout=SLOW)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def percent(value: float) -> str:
    return f"{value:.1f}%"


def upload(page: Page, label: str, file: Path) -> None:
    uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
    uploader.locator("input[type=file]").set_input_files(file)
    expect(uploader.get_by_text(file.name)).to_be_visible(timeout=SLOW)


def test_every_section_shows_the_figures_of_the_command_line(visit: Visit, ask: Ask) -> None:
    page = visit("")
    inspected = ask("inspect")
    lists_usd = sum(Decimal(str(inspected[kind]["monthly_cost_usd"])) for kind in ("ec2", "s3"))
    figure_is(page, "Run rate", usd(lists_usd))

    open_tab(page, "EC2")
    figure_is(page, "Instances", str(inspected["ec2"]["resources"]))
    figure_is(page, "Running", str(inspected["ec2"]["running"]))
    figure_is(page, "Run rate", usd(inspected["ec2"]["monthly_cost_usd"]))

    open_tab(page, "S3")
    figure_is(page, "Buckets", str(inspected["s3"]["resources"]))
    figure_is(page, "Cost a month", usd(inspected["s3"]["monthly_cost_usd"]))

    open_tab(page, ENTERPRISE)
    advice = ask("recommend")
    figure_is(page, "Annual savings", usd(advice["annual_savings_usd"]))
    figure_is(page, "Of On-Demand", percent(advice["savings_pct"]))
    before, after = (percent(advice[f"coverage_{when}_pct"]) for when in ("before", "after"))
    figure_is(page, "Coverage, now → then", f"{before} → {after}")

    open_tab(page, "Tag Compliance")
    tags = ask("tags")
    figure_is(page, "By count", percent(tags["compliance_pct"]))
    figure_is(page, "By cost", percent(tags["compliance_by_cost_pct"]))
    figure_is(page, "Non-compliant", str(len(tags["non_compliant"])))

    open_tab(page, "Chargeback")
    charged = ask("chargeback", "--by", "Team")
    figure_is(page, "Total", usd(charged["total_usd"]))
    figure_is(page, "Allocated", usd(charged["allocated_usd"]))
    figure_is(page, "Unallocated", usd(charged["unallocated_usd"]))


def test_two_uploads_change_everything(
    visit: Visit, settled: Settled, ask: Ask, lists: tuple[Path, Path]
) -> None:
    ec2, s3 = lists
    given = ("--ec2", ec2, "--s3", s3)
    page = visit("")
    upload(page, "EC2 resource list (CSV)", ec2)
    upload(page, "S3 resource list (CSV)", s3)
    expect(page.get_by_text("Your files: my_ec2.csv, my_s3.csv")).to_be_visible(timeout=SLOW)
    settled(page)
    figure_is(page, "Run rate", "$249.00")  # 73 + 146 + 30
    figure_is(page, "Not running", "$146.00")
    expect(page.get_by_text("1 row set aside").first).to_be_visible()

    open_tab(page, "EC2")
    figure_is(page, "Run rate", "$219.00")
    open_tab(page, "S3")
    figure_is(page, "Cost a month", "$30.00")
    open_tab(page, ENTERPRISE)
    expect(page.get_by_text("Weak evidence: a snapshot.")).to_be_visible(timeout=SLOW)
    figure_is(page, "Annual savings", usd(ask("recommend", *given)["annual_savings_usd"]))
    open_tab(page, "Tag Compliance")
    figure_is(page, "By count", percent(ask("tags", *given)["compliance_pct"]))
    open_tab(page, "Chargeback")
    figure_is(page, "Total", "$249.00")
    open_tab(page, "Budgets")
    expect(page.get_by_text("There is no budget yet")).to_be_visible(timeout=SLOW)

    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("The sample estate")).to_be_visible(timeout=SLOW)


def test_a_file_that_is_neither_says_why(visit: Visit, settled: Settled, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    page = visit("")
    upload(page, "EC2 resource list (CSV)", wrong)
    expect(page.get_by_test_id("stSidebar").get_by_role("alert")).to_contain_text("wrong.csv")
    settled(page)
    expect(page.get_by_text("The sample estate")).to_be_visible()


def test_a_budget_is_there_after_a_reload(visit: Visit, settled: Settled, ask: Ask) -> None:
    page = visit(f"?tab={ENTERPRISE}&section=Budgets&budgets=Edit")
    page.get_by_label("Name", exact=True).fill("Everything")
    page.get_by_label("Amount in USD", exact=True).fill("70000")
    page.get_by_role("button", name="Create budget").click()
    figure_is(page, "Budgets", "1")

    page.reload()
    settled(page)
    figure_is(page, "Budgets", "1")
    [budget] = ask("budgets", "check")["budgets"]
    assert (budget["name"], budget["amount_usd"]) == ("Everything", 70000)
    card = page.get_by_test_id("stProgress")
    expect(card).to_contain_text(f"{percent(budget['percent_used'])} used")
    expect(page.get_by_text(f"{usd(budget['actual_usd'])} of $70,000.00")).to_be_visible()

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_text("There is no budget yet")).to_be_visible(timeout=SLOW)
    assert ask("budgets", "list")["budgets"] == []


def test_the_chargeback_file_adds_up(visit: Visit, ask: Ask, tmp_path: Path) -> None:
    page = visit(f"?tab={ENTERPRISE}&section=Chargeback")
    charged = ask("chargeback", "--by", "Team")
    figure_is(page, "Total", usd(charged["total_usd"]))
    with page.expect_download() as arriving:
        page.get_by_role("button", name="Download for finance").click()
    saved = tmp_path / "finance.csv"
    arriving.value.save_as(saved)

    by_command = tmp_path / "command.csv"
    ask("chargeback", "--by", "Team", "--out", by_command)
    assert saved.read_bytes() == by_command.read_bytes()
    with saved.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(Decimal(row["total_usd"]) for row in rows) == Decimal(str(charged["total_usd"]))


def test_an_address_opens_its_tab_with_its_filters(visit: Visit) -> None:
    page = visit("?tab=EC2&regions=eu-west-1")
    expect(page.get_by_text("filtered by Region eu-west-1")).to_be_visible()
    expect(page.get_by_role("tab", name="EC2")).to_have_attribute("aria-selected", "true")
