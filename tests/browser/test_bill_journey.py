"""How a bill comes into the dashboard, in a real browser: uploaded, and as a folder of two months."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import SLOW, Settled, Visit

ENTERPRISE = "💰 Enterprise FinOps"


HEADER = (
    "BillingAccountId,SubAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,"
    "ChargePeriodEnd,ChargeCategory,ChargeFrequency,ChargeDescription,ServiceName,ServiceCategory,RegionId,"
    "ResourceId,PricingQuantity,PricingUnit,BilledCost,EffectiveCost,ListCost,ContractedCost,ProviderName,"
    "PublisherName,InvoiceIssuerName,Tags\n"
)


def charge(month: int, day: int, resource: str, cost: str, team: str) -> str:
    """A day's charge of 2026, on demand: the same dollars on every basis."""
    last = {8: 31, 9: 30}[month]
    following = f"2026-{month:02}-{day + 1:02}" if day < last else f"2026-{month + 1:02}-01"
    days = f"2026-{month:02}-{day:02}T00:00:00Z,{following}T00:00:00Z"
    period = f"2026-{month:02}-01T00:00:00Z,2026-{month + 1:02}-01T00:00:00Z"
    return (
        f"111111111111,222222222222,USD,{period},{days},Usage,Usage-Based,Storage,"
        f"Amazon Simple Storage Service,Storage,us-east-1,{resource},1,GB-Mo,"
        f'{cost},{cost},{cost},{cost},AWS,AWS,AWS,"{{""Team"":""{team}""}}"\n'
    )


# $123.33, of which $103.13 are of the team Core.
SEPTEMBER = (
    HEADER
    + charge(9, 1, "arn:aws:s3:::one", "100.10", "Core")
    + charge(9, 15, "arn:aws:s3:::two", "20.20", "Lab")
    + charge(9, 30, "arn:aws:s3:::one", "3.03", "Core")
)
# $77.70.
AUGUST = (
    HEADER
    + charge(8, 1, "arn:aws:s3:::one", "70.00", "Core")
    + charge(8, 31, "arn:aws:s3:::two", "7.70", "Lab")
)


@pytest.fixture
def months(tmp_path: Path) -> Path:
    """A folder of two monthly files, one of them packed."""
    folder = tmp_path / "bills"
    folder.mkdir()
    (folder / "2026-08.csv").write_text(AUGUST)
    (folder / "2026-09.csv.gz").write_bytes(gzip.compress(SEPTEMBER.encode(), mtime=0))
    return folder


def picker(page: Page) -> Locator:
    """The part of the sidebar with the bill, opened."""
    panel = page.get_by_test_id("stSidebar").get_by_test_id("stExpander")
    panel.get_by_text("Bill, usage, commitments, accounts").click()
    return panel


def figure_is(page: Page, label: str, value: str) -> None:
    card = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(label, exact=True), visible=True
    )
    expect(card.get_by_test_id("stMetricValue")).to_have_text(value, timeout=SLOW)


def folder_field(page: Page, panel: Locator, settled: Settled) -> Locator:
    """The field for a folder, once the run that brings it has ended: what is typed before is lost."""
    panel.get_by_text("Folder on this machine").click()
    place = panel.get_by_label("Folder or file", exact=True)
    expect(place).to_be_visible(timeout=SLOW)
    settled(page)
    return place


def charged_is(page: Page, total: str) -> None:
    page.get_by_role("tab", name=ENTERPRISE).click()
    page.get_by_role("tab", name="Chargeback").click()
    figure_is(page, "Total", total)


def test_an_uploaded_bill_gives_its_figures(visit: Visit, settled: Settled, tmp_path: Path) -> None:
    bill = tmp_path / "focus.csv"
    bill.write_text(SEPTEMBER)
    page = visit("")
    panel = picker(page)
    uploader = panel.get_by_test_id("stFileUploader").filter(has_text="Files of the bill")
    uploader.locator("input[type=file]").set_input_files(bill)
    expect(page.get_by_text("Your files: focus.csv")).to_be_visible(timeout=SLOW)
    settled(page)
    figure_is(page, "Cost 2026-09", "$123.33")
    expect(panel.get_by_text("FOCUS 1.0 · 3 rows")).to_be_visible()
    charged_is(page, "$123.33")


@pytest.mark.parametrize(
    ("query", "card"),
    [("", ("Cost 2026-09", "$123.33")), ("?as_of=2026-08-31", ("Cost 2026-08", "$77.70"))],
)
def test_a_folder_of_two_months_gives_its_figures(
    visit: Visit, settled: Settled, months: Path, query: str, card: tuple[str, str]
) -> None:
    page = visit(query)
    panel = picker(page)
    place = folder_field(page, panel, settled)
    place.fill(str(months))
    place.press("Enter")
    expect(page.get_by_text("Your files: 2026-08.csv, 2026-09.csv.gz")).to_be_visible(timeout=SLOW)
    settled(page)
    figure_is(page, *card)
    expect(panel.get_by_text("FOCUS 1.0 · 5 rows · 2 files")).to_be_visible()
    assert str(months.name) not in page.url

    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("The sample estate")).to_be_visible(timeout=SLOW)
    expect(place).to_be_hidden()


def test_a_folder_that_is_not_there_says_so(visit: Visit, settled: Settled, tmp_path: Path) -> None:
    page = visit("")
    panel = picker(page)
    place = folder_field(page, panel, settled)
    place.fill(str(tmp_path / "nowhere"))
    place.press("Enter")
    alert = page.get_by_test_id("stSidebar").get_by_role("alert")
    expect(alert).to_contain_text("there is no such file", timeout=SLOW)
    settled(page)
    expect(page.get_by_text("The sample estate")).to_be_visible()
