"""What journeys do with a page, whichever tab they are in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page

# Milliseconds: a busy machine works out a tab in many seconds.
SLOW = 60_000

Visit = Callable[[str], Page]
Settled = Callable[[Page], None]


def figure(page: Page, label: str) -> Locator:
    """The value of the card with this label, of the view that is shown."""
    card = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(label, exact=True), visible=True
    )
    return card.get_by_test_id("stMetricValue")


def press(page: Page, label: str) -> None:
    """Press the button with this label."""
    page.get_by_role("button", name=label, exact=True).click(timeout=SLOW)


def without_documents(state_folder: Path) -> Path:
    """The folder of the server's state, with nothing in it."""
    for document in state_folder.glob("*.json"):
        document.unlink()
    return state_folder
