"""An analyst walks the four tabs: on the sample, and on lists of resources that have no history."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from finops import load_estate
from finops.answers.inventory import instances
from finops.answers.rightsizing import rightsizing
from finops.answers.storage import storage
from finops.money import usd
from tests.browser.pages import SLOW, Settled, Visit, figure, press

DATA = Path(__file__).resolve().parents[2] / "data"
TRAINED = 3 * SLOW
LISTS = {
    "EC2 resource list (CSV)": DATA / "aws_resources_compute.csv",
    "S3 resource list (CSV)": DATA / "aws_resources_S3.csv",
}


def go(page: Page, settled: Settled, *names: str) -> None:
    """Open a tab, and a section of it."""
    for name in names:
        page.get_by_role("tab", name=name, exact=True).filter(visible=True).first.click(timeout=SLOW)
        settled(page)


def upload_lists(page: Page, settled: Settled) -> None:
    for label, path in LISTS.items():
        uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
        uploader.locator("input[type=file]").set_input_files(path)
        expect(uploader.get_by_role("button", name=f"Remove {path.name}")).to_be_visible(timeout=SLOW)
        settled(page)


def check_resources(page: Page, settled: Settled) -> None:
    """The tabs EC2 and S3 say what the lists hold; a bill changes nothing of that."""
    estate = load_estate(ec2=LISTS["EC2 resource list (CSV)"], s3=LISTS["S3 resource list (CSV)"])
    go(page, settled, "EC2")
    expect(figure(page, "Run rate")).to_have_text(usd(instances(estate).monthly_cost_usd), timeout=SLOW)
    expect(figure(page, "Idle")).to_have_text("5")
    go(page, settled, "S3")
    expect(figure(page, "Cost a month")).to_have_text(
        usd(storage(estate).monthly_cost_usd), timeout=SLOW
    )
    go(page, settled, "Lifecycle")
    expect(figure(page, "Saving, mean of a month")).to_be_visible(timeout=SLOW)


def train(page: Page, settled: Settled) -> None:
    """Clusters are found on request; the second time they are there."""
    go(page, settled, "ML Insights", "Clusters")
    press(page, "Find clusters and outliers")
    expect(figure(page, "Silhouette")).to_be_visible(timeout=TRAINED)
    settled(page)
    page.reload()
    settled(page)


def test_four_tabs_on_the_sample(visit: Visit, settled: Settled) -> None:
    page = visit("")
    expect(figure(page, "Saved, a year")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("What to do first").first).to_be_visible()
    check_resources(page, settled)
    counted = rightsizing(load_estate()).counted_usd
    go(page, settled, "EC2")
    expect(figure(page, "Saving that counts, a month")).to_have_text(usd(counted), timeout=SLOW)
    go(page, settled, "ML Insights", "Forecast")
    expect(figure(page, "As is, 12 months")).to_be_visible(timeout=SLOW)
    go(page, settled, "Anomalies")
    expect(figure(page, "More than expected")).to_be_visible(timeout=SLOW)
    go(page, settled, "Rightsizing")
    expect(figure(page, "Saving that counts, a month")).to_have_text(usd(counted), timeout=SLOW)
    train(page, settled)
    expect(figure(page, "Silhouette")).to_be_visible(timeout=SLOW)  # loaded, not trained again


def test_four_tabs_on_lists_without_history(visit: Visit, settled: Settled) -> None:
    page = visit("")
    upload_lists(page, settled)
    expect(page.get_by_text("No hourly usage, so no ranked sum.")).to_be_visible(timeout=SLOW)
    check_resources(page, settled)
    go(page, settled, "EC2")
    expect(figure(page, "Saving that counts, a month")).to_have_text("$0.00", timeout=SLOW)
    go(page, settled, "ML Insights", "Forecast")
    expect(page.get_by_text("No statistical forecast: there is no history.")).to_be_visible(timeout=SLOW)
    go(page, settled, "Anomalies")
    expect(page.get_by_text("daily costs").first).to_be_visible(timeout=SLOW)
    go(page, settled, "Clusters")
    press(page, "Find clusters and outliers")
    expect(figure(page, "Silhouette")).to_be_visible(timeout=TRAINED)
