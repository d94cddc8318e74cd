"""From the headline to the details and back: what links, lists and downloads of two tabs do."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from finops.money import usd
from tests.browser.pages import SLOW, Settled, Visit, figure, press

ENTERPRISE = "💰 Enterprise FinOps"
DATA = Path(__file__).resolve().parents[2] / "data"


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def downloaded(page: Page, label: str) -> list[dict[str, str]]:
    with page.expect_download(timeout=SLOW) as download:
        press(page, label)
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def follow(page: Page, label: str) -> None:
    """Press the first of the links with this label: a headline's."""
    page.get_by_role("button", name=label, exact=True).first.click(timeout=SLOW)


def is_open(page: Page, tab: str) -> None:
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true", timeout=SLOW)


def test_a_headline_opens_its_tab_and_section_and_the_address_says_so(
    visit: Visit, settled: Settled
) -> None:
    page = visit("")
    follow(page, "Open Tag Compliance")
    is_open(page, ENTERPRISE)
    is_open(page, "Tag Compliance")
    settled(page)
    assert address(page) == {"tab": [ENTERPRISE], "section": ["Tag Compliance"]}
    page.get_by_role("tab", name="Overview").first.click()
    settled(page)
    follow(page, "Open Anomalies")
    is_open(page, "ML Insights")
    settled(page)
    assert address(page) == {"tab": ["ML Insights"], "insight": ["Anomalies"]}


def test_an_action_opens_its_details_and_the_rows_add_up(visit: Visit, settled: Settled) -> None:
    page = visit("")
    before, after, saved = (
        figure(page, label).inner_text()
        for label in ("Bill now, a year", "Bill with all actions done", "Saved, a year")
    )
    page.get_by_text("as a table").first.click()
    rows = downloaded(page, "Download the actions")
    assert usd(sum(float(row["annual_saving_usd"]) for row in rows)) == saved
    now, then = (float(text.strip("$").replace(",", "")) for text in (before, after))
    assert usd(now - then) == saved
    # The first row changes instances: its details are in the tab EC2.
    page.get_by_role("button", name="Open EC2").nth(1).click()
    is_open(page, "EC2")
    settled(page)
    expect(page.get_by_role("heading", name="Rightsizing")).to_be_visible(timeout=SLOW)
    findings = downloaded(page, "Download the findings")
    counted = sum(float(row["saving_usd"]) for row in findings if row["counts"] == "True")
    expect(figure(page, "Saving that counts, a month")).to_have_text(usd(counted))


def test_lists_without_history_have_no_ranked_sum_but_things_to_check(
    visit: Visit, settled: Settled
) -> None:
    page = visit("")
    for label, name in (
        ("EC2 resource list (CSV)", "aws_resources_compute.csv"),
        ("S3 resource list (CSV)", "aws_resources_S3.csv"),
    ):
        uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
        uploader.locator("input[type=file]").set_input_files(DATA / name)
        expect(uploader.get_by_role("button", name=f"Remove {name}")).to_be_visible(timeout=SLOW)
    files = "Your files: aws_resources_compute.csv, aws_resources_S3.csv"
    expect(page.get_by_text(files)).to_be_visible(timeout=SLOW)
    settled(page)
    expect(page.get_by_text("No hourly usage, so no ranked sum.")).to_be_visible(timeout=SLOW)
    rows = downloaded(page, "Download what is to be checked")
    assert {row["details"] for row in rows} == {"EC2", "S3", "Enterprise FinOps"}
    assert "30 instances stopped with a cost" in {row["title"] for row in rows}
    # The tab that is opened shows the files of this session, which a link would have lost.
    follow(page, "Open RI & Savings Plans")
    expect(page.get_by_text("Weak evidence: a snapshot.")).to_be_visible(timeout=SLOW)
