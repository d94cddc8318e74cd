"""What an analyst does with commitment advice: read it, doubt it, try other limits, take it away."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from finops.money import usd
from tests.browser.pages import SLOW, Settled, Visit, figure

ROOT = Path(__file__).resolve().parents[2]
SECTION = "?tab=💰 Enterprise FinOps&section=RI %26 Savings Plans"


@cache
def advised(*limits: str) -> dict[str, Any]:
    """What ``recommend`` prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "finops", "recommend", *limits, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def choose(page: Page, label: str, option: str) -> None:
    """Look for the option by typing, and take it. A list closes when the page scrolls: scroll first."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    box.press("ArrowDown")
    box.fill(option)
    page.get_by_role("option", name=option).first.click()


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download() as arriving:
        page.get_by_role("button", name=label).click()
    saved = folder / arriving.value.suggested_filename
    arriving.value.save_as(saved)
    return saved


def test_the_headline_is_that_of_the_command_line(visit: Visit) -> None:
    page = visit(SECTION)
    expect(figure(page, "Annual savings")).to_have_text(
        usd(advised()["annual_savings_usd"]), timeout=SLOW
    )
    expect(figure(page, "Worth today (NPV)")).to_have_text(usd(advised()["npv_savings_usd"]))


def test_an_address_carries_the_settings(visit: Visit) -> None:
    page = visit(f"{SECTION}&term=1 year&payment=No Upfront&view=Coverage")
    limits = ("--term", "1", "--payment", "No Upfront")
    expect(figure(page, "Annual savings")).to_have_text(
        usd(advised(*limits)["annual_savings_usd"]), timeout=SLOW
    )
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()


def test_a_recommendation_says_why(visit: Visit, settled: Settled) -> None:
    page = visit(SECTION)
    rows = advised()["recommendations"]
    chosen = next(row for row in rows[2:10] if row["region"])
    choose(
        page, "Explained", f"{chosen['instance_type'] or chosen['instance_family']} · {chosen['region']}"
    )
    saving = page.get_by_text(f"saves {usd(chosen['annual_savings_usd'])} a year")
    expect(saving).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("the row must be used for").first).to_be_visible()
    # The second row of the table: its header and each row are 35 pixels high.
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 35 * 2 + 17})
    second = page.get_by_text(f"saves {usd(rows[1]['annual_savings_usd'])} a year")
    expect(second).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="What speaks against it").click()
    expect(page.get_by_text("It binds for")).to_be_visible(timeout=SLOW)
    settled(page)


def test_other_limits_give_other_numbers(visit: Visit, settled: Settled) -> None:
    page = visit(f"{SECTION}&view=Calculator")
    saving, covered = figure(page, "Would save a year"), figure(page, "Would be covered")
    expect(saving).to_contain_text("$", timeout=SLOW)
    before = saving.inner_text(), covered.inner_text()
    slider = page.get_by_role("slider", name="Coverage up to, %")
    for _ in range(4):
        slider.press("PageDown")
    expect(covered).not_to_have_text(before[1], timeout=SLOW)
    expect(saving).not_to_have_text(before[0])
    settled(page)
    expect(figure(page, "Annual savings")).to_have_text(usd(advised()["annual_savings_usd"]))


def test_the_advice_is_taken_away(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"{SECTION}&view=Purchase")
    saved = download(page, "Advice as CSV", tmp_path)
    with saved.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == [row["kind"] for row in advised()["recommendations"]]
    total = sum(float(row["annual_savings_usd"]) for row in rows)
    assert total == pytest.approx(advised()["annual_savings_usd"], abs=0.005)

    script = download(page, "Purchase script", tmp_path).read_text()
    assert script.startswith("#!/usr/bin/env bash")
    assert "PURCHASE=${PURCHASE:-no}" in script
    assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
