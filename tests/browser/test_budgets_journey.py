"""What people do with budgets: begin, change, hear of it, answer, undo – also two of them at once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from finops.budget_manager import BudgetManager
from finops.money import usd
from finops.storage import JsonStore
from tests.browser.pages import SLOW, Settled, Visit, figure, press, without_documents

SECTION = "?tab=💰 Enterprise FinOps&section=Budgets"


@pytest.fixture
def manager(state_folder: Path) -> BudgetManager:
    """The budgets that the server shows; none at first."""
    return BudgetManager(JsonStore(without_documents(state_folder)))


def test_from_a_template_to_an_alert_to_an_undo(
    visit: Visit, settled: Settled, manager: BudgetManager
) -> None:
    # An empty state leads to templates.
    page = visit(SECTION)
    press(page, "Begin with templates")
    page.get_by_text("EC2: $", exact=False).first.click()
    press(page, "Create the ticked budgets")
    expect(figure(page, "Budgets")).to_have_text("2", timeout=SLOW)
    settled(page)
    assert [budget.name for budget in manager.list_budgets()] == ["Total", "EC2"]

    # EC2 gets an amount that is spent already.
    card = page.get_by_test_id("stVerticalBlock").filter(has_text="EC2").last
    card.get_by_role("button", name="Edit", exact=True).click()
    amount = page.get_by_label("Amount in USD", exact=True)
    expect(amount).to_be_visible(timeout=SLOW)
    expect(page.get_by_label("Name", exact=True)).to_have_value("EC2")
    amount.fill("100")
    page.get_by_label("Alert at", exact=True).fill("100%")
    press(page, "Save changes")
    expect(figure(page, "Exceeded or will be")).to_have_text("1", timeout=SLOW)
    settled(page)
    [ec2] = [budget for budget in manager.list_budgets() if budget.name == "EC2"]
    assert (ec2.amount, ec2.alert_thresholds) == (100, (100.0,))

    # The alert is seen and taken in hand.
    page.get_by_role("tab", name="Alerts").click()
    alert = page.get_by_test_id("stVerticalBlock").filter(has_text="EC2: $").last
    expect(alert).to_contain_text("of $100.00: the threshold of 100 % is reached", timeout=SLOW)
    before = int(figure(page, "Open budget alerts").inner_text())
    row = page.get_by_test_id("stHorizontalBlock").filter(has_text="EC2: $").last
    row.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Your name", exact=True).fill("Ada")
    page.get_by_label("Note", exact=True).fill("a migration, ends on Friday")
    press(page, "Acknowledge it")
    expect(page.get_by_text("Acknowledged by Ada", exact=False)).to_be_visible(timeout=SLOW)
    expect(figure(page, "Open budget alerts")).to_have_text(str(before - 1), timeout=SLOW)
    settled(page)

    # Deleted after a question, and back.
    page.get_by_role("tab", name="Overview").last.click()
    card = page.get_by_test_id("stVerticalBlock").filter(has_text="EC2").last
    card.get_by_role("button", name="Delete", exact=True).click()
    press(page, "Yes, delete it")
    expect(figure(page, "Budgets")).to_have_text("1", timeout=SLOW)
    settled(page)
    assert [budget.name for budget in manager.list_budgets()] == ["Total"]
    press(page, "Undo")
    expect(figure(page, "Budgets")).to_have_text("2", timeout=SLOW)
    settled(page)
    assert [budget for budget in manager.list_budgets() if budget.name == "EC2"] == [ec2]


def test_the_second_of_two_sessions_is_told_and_nothing_is_lost(
    manager: BudgetManager, visit: Visit, elsewhere: Visit, settled: Settled
) -> None:
    budget = manager.create_budget("Shared", "total", "", 1000, owner="Ada")
    first, second = visit(SECTION), elsewhere(SECTION)
    second.reload()
    for page in (first, second):
        page.get_by_role("button", name="Edit", exact=True).click(timeout=SLOW)
        expect(page.get_by_label("Owner", exact=True)).to_have_value("Ada", timeout=SLOW)

    first.get_by_label("Amount in USD", exact=True).fill("2000")
    press(first, "Save changes")
    expect(first.get_by_text("of $2,000.00")).to_be_visible(timeout=SLOW)

    second.get_by_label("Owner", exact=True).fill("Grace")
    second.get_by_label("Alert at", exact=True).fill("90%")
    press(second, "Save changes")
    told = second.get_by_text("Shared was changed by somebody else")
    expect(told).to_be_visible(timeout=SLOW)
    expect(second.get_by_text("was 1,000.00, is now 2,000.00")).to_be_visible()
    settled(second)
    # Nothing is overwritten, and nothing that was typed is gone.
    assert manager.list_budgets()[0].owner == "Ada"
    expect(second.get_by_label("Owner", exact=True)).to_have_value("Grace")
    expect(second.get_by_label("Alert at", exact=True)).to_have_value("90%")

    press(second, "Save changes")
    expect(second.get_by_text("of $2,000.00")).to_be_visible(timeout=SLOW)
    settled(second)
    [both] = manager.list_budgets()
    assert (both.id, both.amount, both.owner) == (budget.id, 2000, "Grace")
    assert both.alert_thresholds == (90.0,)


def test_what_is_typed_in_a_form_outlives_another_view(
    visit: Visit, settled: Settled, manager: BudgetManager
) -> None:
    page = visit(f"{SECTION}&budgets=Edit")
    page.get_by_label("Name", exact=True).fill("Half done")
    press(page, "Create budget")
    expect(page.get_by_text("Say how many dollars", exact=False)).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="Templates").click()
    expect(page.get_by_role("button", name="Create the ticked budgets")).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="Edit").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half done", timeout=SLOW)
    settled(page)


def test_a_broken_file_is_said_and_put_out_of_the_way(
    visit: Visit, settled: Settled, manager: BudgetManager, state_folder: Path
) -> None:
    broken = state_folder / "budgets.json"
    broken.write_text('{"version": 2, "budgets": [')
    page = visit(SECTION)
    expect(page.get_by_role("alert").filter(has_text="budgets.json")).to_be_visible()
    page.get_by_role("tab", name="Chargeback").click()
    expect(figure(page, "Total")).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="Budgets").click()
    assert broken.read_text() == '{"version": 2, "budgets": ['
    press(page, "Put the broken file out of the way")
    expect(page.get_by_text("There is no budget yet")).to_be_visible(timeout=SLOW)
    settled(page)
    assert not broken.exists()


def test_files_for_finance_and_for_aws(visit: Visit, manager: BudgetManager, tmp_path: Path) -> None:
    manager.create_budget("=1+1", "total", "", 70000)
    page = visit(f"{SECTION}&budgets=Variance")
    status = download(page, "Status as CSV", tmp_path)
    with status.open(newline="") as file:
        [row] = list(csv.DictReader(file))
    # A name that a spreadsheet would run is text.
    assert row["name"] == "'=1+1"
    expect(page.get_by_text("whole periods", exact=False)).to_be_visible()
    book = load_workbook(download(page, "Everything as workbook", tmp_path))
    assert book.sheetnames == ["Status", "Variance", "Year end", "Alerts"]
    head = [cell.value for cell in book["Status"][1]]
    cell = book["Status"].cell(2, head.index("name") + 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    actual = book["Status"].cell(2, head.index("actual_usd") + 1).value
    page.get_by_role("tab", name="Chart").click()
    expect(figure(page, "Spent so far")).to_have_text(usd(actual), timeout=SLOW)

    page.get_by_role("tab", name="AWS and files").click()
    exported = download(page, "Download AWS Budgets JSON", tmp_path)
    assert [one["BudgetName"] for one in json.loads(exported.read_text())["Budgets"]] == ["=1+1"]


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download(timeout=SLOW) as arriving:
        page.get_by_role("button", name=label).click()
    saved = folder / arriving.value.suggested_filename
    arriving.value.save_as(saved)
    return saved
