"""What people do with tags: weigh a policy, save it, undo it, accept a suggestion, take the script."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from finops import load_estate
from finops.answers.compliance import compliance
from finops.answers.policy_editing import KeyRule, TaggingPolicy, with_rule
from finops.answers.tag_suggestions import VirtualTagBook, suggest
from finops.storage import JsonStore
from tests.browser.pages import SLOW, Settled, Visit, figure, press, without_documents

SECTION = "?tab=💰 Enterprise FinOps&section=Tag Compliance"


@pytest.fixture
def state(state_folder: Path) -> Path:
    """The state that the server shows; nothing at first."""
    return without_documents(state_folder)


def test_a_policy_is_weighed_saved_and_taken_back(visit: Visit, settled: Settled, state: Path) -> None:
    estate = load_estate()
    optional = with_rule(TaggingPolicy(), KeyRule(key="Owner", required=False), "Owner")
    before, after = compliance(estate).report, compliance(estate, optional).report
    page = visit(f"{SECTION}&tags=Edit policy")
    page.get_by_test_id("stRadio").get_by_text("optional", exact=True).click()
    page.get_by_role("textbox", name="Other spellings", exact=True).fill("")
    press(page, "Put into the draft")
    expect(figure(page, "By count, with it")).to_have_text(f"{after.compliance_pct:.1f}%", timeout=SLOW)
    expect(figure(page, "Newly passing")).to_have_text(str(after.compliant - before.compliant))
    assert not (state / "tag_policy.json").exists()
    press(page, "Save the policy")
    expect(figure(page, "By count")).to_have_text(f"{after.compliance_pct:.1f}%", timeout=SLOW)
    settled(page)
    kept = json.loads((state / "tag_policy.json").read_text())["policy"]
    assert "Owner" in kept["optional"]
    press(page, "Undo")
    expect(figure(page, "By count")).to_have_text(f"{before.compliance_pct:.1f}%", timeout=SLOW)


def test_a_suggestion_is_accepted_and_stands_in_the_script(
    visit: Visit, settled: Settled, state: Path, tmp_path: Path
) -> None:
    book = VirtualTagBook(JsonStore(state))
    told = suggest(load_estate(), TaggingPolicy(), book=book).suggestions
    page = visit(f"{SECTION}&tags=Suggestions")
    page.get_by_text(f"All {len(told)} rows", exact=True).click()
    expect(page.get_by_text(f"{len(told)} suggestions", exact=True)).to_be_visible(timeout=SLOW)
    page.get_by_role("textbox", name="Your name", exact=True).fill("Ada")
    page.get_by_role("textbox", name="Note", exact=True).fill("asked them")
    page.get_by_role("textbox", name="Note", exact=True).press("Enter")
    settled(page)
    press(page, "Accept")
    expect(figure(page, "Accepted")).to_have_text(str(len(told)), timeout=SLOW)
    settled(page)
    [first, *_] = book.read().in_force()
    assert (first.accepted_by, first.value) == ("Ada", told["value"].iloc[0])
    page.get_by_role("tab", name="Violations").click()
    with page.expect_download(timeout=SLOW) as arriving:
        page.get_by_role("button", name="AWS CLI script").click()
    script = tmp_path / "set_tags.sh"
    arriving.value.save_as(script)
    # Without APPLY=yes it asks nothing of AWS, and needs none.
    done = subprocess.run(["bash", script], capture_output=True, text=True, check=True)
    assert "nothing was tagged" in done.stdout
    assert f'"{first.key}": "{first.value}"' in script.read_text()
