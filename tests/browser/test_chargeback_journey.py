"""From a policy to an invoice: change the policy, accept tags, share a cost, download and sum up."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from finops import Estate, load_estate
from finops.answers.allocation_rules import AllocationRules, made_rules
from finops.money import exact_sum, round_cents
from finops.periods import Month, between
from finops.storage import JsonStore
from finops.tagging import PolicyBook
from tests.browser.pages import SLOW, Settled, Visit, figure, press, without_documents

ENTERPRISE = "?tab=💰 Enterprise FinOps"
RULES = f"{ENTERPRISE}&section=Chargeback&chargeback=Rules"
FILE = "allocation_rules.json"


@pytest.fixture
def store(state_folder: Path) -> JsonStore:
    """What the server keeps; nothing at first."""
    return JsonStore(without_documents(state_folder))


@pytest.fixture(scope="module")
def sample() -> Estate:
    return load_estate()


def write(page: Page, label: str, text: str) -> None:
    """Type it and send it, as a reader does who presses Enter."""
    field = page.get_by_label(label, exact=True)
    field.fill(text, timeout=SLOW)
    field.press("Enter")


def go(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click(timeout=SLOW)


def save_rules(page: Page, settled: Settled) -> None:
    """The offer to undo it stands above everything, so that the figures below are drawn anew."""
    press(page, "Save rules")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible(timeout=SLOW)
    settled(page)


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download(timeout=SLOW) as arriving:
        page.get_by_role("button", name=label).click()
    saved = folder / arriving.value.suggested_filename
    arriving.value.save_as(saved)
    return saved


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amount(cells: list[str]) -> Decimal:
    return exact_sum(Decimal(cell) for cell in cells if cell)


def test_from_the_policy_to_files_that_add_up(
    visit: Visit, settled: Settled, store: JsonStore, sample: Estate, tmp_path: Path
) -> None:
    page = visit(f"{ENTERPRISE}&section=Tag Compliance&tags=Edit policy")
    change_the_policy(page, settled, store)
    accept_suggestions(page, settled)
    share_a_cost(page, settled, store)
    go(page, "Files")
    expect(page.get_by_role("button", name="FOCUS 1.2 (CSV)")).to_be_visible(timeout=SLOW)
    settled(page)
    sum_up(page, sample, tmp_path)


def change_the_policy(page: Page, settled: Settled, store: JsonStore) -> None:
    """Without the key Owner, and only after a look at what that does."""
    expect(page.get_by_text("Nothing is changed yet", exact=False)).to_be_visible(timeout=SLOW)
    press(page, "Remove the key")
    expect(figure(page, "Newly passing")).not_to_have_text("0", timeout=SLOW)
    settled(page)
    assert not store.path("tag_policy.json").exists()
    press(page, "Save the policy")
    expect(page.get_by_text("Nothing is changed yet", exact=False)).to_be_visible(timeout=SLOW)
    settled(page)
    assert "Owner" not in PolicyBook(store).policy().required


def accept_suggestions(page: Page, settled: Settled) -> None:
    """All of them, as virtual tags."""
    go(page, "Suggestions")
    expect(figure(page, "Accepted")).to_have_text("0", timeout=SLOW)
    settled(page)
    page.get_by_text(re.compile(r"^All [\d,]+ rows?$")).click(timeout=SLOW)
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* suggestions? chosen"))).to_be_visible(timeout=SLOW)
    write(page, "Your name", "Dana")
    settled(page)
    press(page, "Accept")
    expect(figure(page, "Accepted")).not_to_have_text("0", timeout=SLOW)
    settled(page)


def share_a_cost(page: Page, settled: Settled, store: JsonStore) -> None:
    """The difference stays at nothing while the rule is typed, and once it is kept."""
    go(page, "Chargeback")
    expect(figure(page, "Total")).to_be_visible(timeout=SLOW)
    settled(page)
    go(page, "Rules")
    expect(figure(page, "Reconciliation difference")).to_have_text("$0.00", timeout=SLOW)
    settled(page)
    total = figure(page, "Total").inner_text()
    press(page, "Add shared cost")
    expect(figure(page, "Unallocated after")).to_have_text("$0.00", timeout=SLOW)
    expect(figure(page, "Reconciliation difference")).to_have_text("$0.00")
    write(page, "Rule name", "What is left")
    expect(page.get_by_text("2. What is left", exact=False)).to_be_visible(timeout=SLOW)
    expect(figure(page, "Reconciliation difference")).to_have_text("$0.00")
    expect(figure(page, "Total under these rules")).to_have_text(total)
    settled(page)
    assert not store.path(FILE).exists()
    save_rules(page, settled)
    expect(figure(page, "Unallocated")).to_have_text("$0.00", timeout=SLOW)
    expect(figure(page, "Reconciliation difference")).to_have_text("$0.00", timeout=SLOW)
    settled(page)
    kept = store.read(FILE, AllocationRules).value
    assert [rule.name for rule in kept.rules] == ["Tag", "What is left"]


def sum_up(page: Page, sample: Estate, tmp_path: Path) -> None:
    """What is downloaded adds up to the bill of the month, in each file."""
    month = Month(2026, 9)
    of_month = sample.costs[between(sample.costs["ChargePeriodStart"], month.start, month.end)]
    bill = round_cents(exact_sum(of_month["BilledCost"].dropna()))
    summary = download(page, "Summary (CSV)", tmp_path)
    assert re.fullmatch(r"chargeback_2026-09_billed_[0-9a-f]{12}_summary\.csv", summary.name)
    lines = {row["allocated_to"]: Decimal(row["total_usd"]) for row in rows_of(summary)}
    assert exact_sum(lines.values()) == bill
    detail = rows_of(download(page, "Detail (CSV)", tmp_path))
    assert round_cents(amount([row["cost_usd"] for row in detail])) == bill
    assert "Tag (virtual)" in {row["rule"] for row in detail}
    journal = rows_of(download(page, "Journal entries (CSV)", tmp_path))
    borne = [row for row in journal if row["account"] == "Cloud cost"]
    assert amount([row["debit"] for row in borne]) - amount([row["credit"] for row in borne]) == bill
    sheet = load_workbook(download(page, "Workbook (XLSX)", tmp_path))["Summary"]
    at = [cell.value for cell in sheet[1]].index("total_usd")
    cells = [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert exact_sum(round_cents(cell) for cell in cells) == bill
    focus: dict[str, list[Decimal]] = {}
    for row in rows_of(download(page, "FOCUS 1.2 (CSV)", tmp_path)):
        target = json.loads(row["Tags"])["chargeback/allocated_to"]
        focus.setdefault(target, []).append(Decimal(row["BilledCost"]))
    borne_by = {name: exact_sum(costs) for name, costs in focus.items()}
    assert borne_by == {name: total for name, total in lines.items() if name in borne_by}
    assert exact_sum(borne_by.values()) == bill


def test_a_save_over_somebody_elses_rules_is_refused_and_one_is_undone(
    store: JsonStore, visit: Visit, elsewhere: Visit, settled: Settled
) -> None:
    first, second = visit(RULES), elsewhere(RULES)
    for page in (first, second):
        press(page, "Add shared cost")
        expect(figure(page, "Unallocated after")).to_have_text("$0.00", timeout=SLOW)
        settled(page)
    save_rules(first, settled)
    expect(figure(first, "Unallocated")).to_have_text("$0.00", timeout=SLOW)
    kept = store.read(FILE, AllocationRules)

    write(second, "Rule name", "Mine")
    expect(second.get_by_text("2. Mine", exact=False)).to_be_visible(timeout=SLOW)
    press(second, "Save rules")
    expect(second.get_by_text("changed by somebody else", exact=False)).to_be_visible(timeout=SLOW)
    settled(second)
    assert store.read(FILE, AllocationRules) == kept
    # What was typed is still there.
    expect(second.get_by_text("2. Mine", exact=False)).to_be_visible()

    undo = first.get_by_role("button", name="Undo", exact=True)
    undo.click()
    expect(undo).to_have_count(0, timeout=SLOW)
    settled(first)
    expect(figure(first, "Unallocated")).not_to_have_text("$0.00", timeout=SLOW)
    assert store.read(FILE, AllocationRules).value == AllocationRules()


def test_a_broken_file_is_said_and_put_out_of_the_way(
    store: JsonStore, visit: Visit, settled: Settled
) -> None:
    store.update(FILE, AllocationRules, lambda _: made_rules({"rules": [{"kind": "tag", "name": "T"}]}))
    broken = store.path(FILE)
    broken.write_text('{"version": 1, "rules": [')
    page = visit(RULES)
    expect(page.get_by_role("alert").filter(has_text=FILE)).to_be_visible()
    assert broken.read_text() == '{"version": 1, "rules": ['
    press(page, "Put the broken file out of the way")
    expect(figure(page, "Reconciliation difference")).to_have_text("$0.00", timeout=SLOW)
    settled(page)
    assert not broken.exists()
