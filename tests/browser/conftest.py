"""A running dashboard and a real browser for the journeys in this folder.

The browser is Debian's Chromium. Where there is none the journeys are skipped, with the reason; in
CI that is a failure. Each journey gets a page of its own, and each module a server with an empty
state of its own. A warning in the server's process, and a page that logs an error, fail the journey.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
RUN_MILLISECONDS = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder is a journey, marked or not."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        missing = "no chromium on the PATH. On Debian: apt install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return {"executable_path": CHROMIUM, "args": ARGUMENTS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"viewport": {"width": 1440, "height": 1000}, "accept_downloads": True, "locale": "en-US"}


@pytest.fixture(scope="module")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this module keeps state and models; give it to a command to see the same."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def dashboard_url(
    browser_type_launch_args: dict[str, object],
    state_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of a dashboard that has just been started. Needs a browser first of all."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    url = f"http://127.0.0.1:{free_port()}"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                "-m",
                "streamlit",
                "run",
                str(ROOT / "streamlit_dashboard.py"),
            ],
            cwd=ROOT,
            env=server_environment(url, state_folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            wait_until_healthy(url, server, log)
            yield url
        finally:
            server.terminate()
    complaints = [
        line for line in log.read_text().splitlines() if "Warning" in line or "Traceback" in line
    ]
    assert complaints == [], log.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def server_environment(url: str, state_folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "FINOPS_DATA_DIR": str(state_folder),
        "FINOPS_MODEL_DIR": str(state_folder / "models"),
        "FINOPS_KEY_FILE": str(state_folder / "key" / "model.key"),
        "STREAMLIT_SERVER_PORT": url.rpartition(":")[2],
        "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
    }


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the dashboard did not become healthy; it wrote:\n{log.read_text()}", pytrace=False)


def settle(page: Page) -> None:
    """Wait until the script has run and every part is drawn; fail if it ended in an exception."""
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=RUN_MILLISECONDS
    )
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=RUN_MILLISECONDS)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.fixture
def console_errors(page: Page) -> Iterator[list[str]]:
    """What the page logged as an error; a journey that leaves some there fails."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield errors
    assert errors == []


@pytest.fixture
def visit(page: Page, dashboard_url: str, console_errors: list[str]) -> Callable[[str], Page]:
    """``visit("?tab=S3")`` opens that address and gives the page once the script has run."""

    def open_and_settle(query: str = "") -> Page:
        page.goto(f"{dashboard_url}/{query}")
        settle(page)
        return page

    return open_and_settle


@pytest.fixture
def elsewhere(
    browser: Browser, browser_context_args: dict[str, object], dashboard_url: str
) -> Iterator[Callable[[str], Page]]:
    """As ``visit``, in the browser of somebody else; the script may still run."""
    with browser.new_context(**browser_context_args) as context:
        page = context.new_page()

        def open_there(query: str = "") -> Page:
            page.goto(f"{dashboard_url}/{query}")
            return page

        yield open_there


@pytest.fixture
def settled() -> Callable[[Page], None]:
    """``settled(page)`` waits until the script has run to its end.

    Right after a click the rerun may not have begun: expect what the click brings, then settle.
    """
    return settle
