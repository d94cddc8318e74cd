"""The bill: three ways to give it, progress, how it is stopped, and what is said when it is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.dashboard import background, bill_picker, inputs, sidebar
from finops.dashboard.inputs import Access, ChosenBill, Upload, upload_of
from finops.dashboard.wording import duration
from finops.errors import Cancelled, FileUnreadable
from finops.ingest import FileInfo
from finops.ingest.bills.progress import Progress

from .conftest import Open, run, texts, uploader

SECONDS = 60
PUBLIC = Access(root="", is_private=False)


class Reader:
    """Stands for ``load_estate``: a bill is read once ``go`` is set, and says how far it is."""

    def __init__(self, sample: Estate) -> None:
        self.sample = sample
        self.go = threading.Event()
        self.began = threading.Event()
        self.asked: list[dict[str, Any]] = []

    def __call__(self, progress: Progress | None = None, **given: Any) -> Estate:
        if "billing" not in given:
            return self.sample
        self.asked.append(given)
        if progress is None:
            return self._estate(given)
        progress.begin("reading the costs of 2026-09.csv", rows_total=4_000)
        progress.advance(1_000)
        stop = threading.Event()
        self.began.set()
        with progress.interrupting(stop.set):
            while not self.go.is_set() and not stop.is_set():
                stop.wait(0.01)
            progress.check()
        return self._estate(given)

    def _estate(self, given: dict[str, Any]) -> Estate:
        bill = given["billing"]
        if bill == "/bills/broken":
            raise FileUnreadable(f"{bill}: there is no such file; check the path")
        name = bill if isinstance(bill, str) else ", ".join(file.name for file in bill)
        info = FileInfo(
            path=name,
            kind="costs",
            format="focus",
            version="1.2",
            rows=4_000,
            period_start=date(2026, 8, 1),
            period_end=date(2026, 9, 30),
        )
        return replace(self.sample, is_sample=False, files=(info,), digest=f"fake {name}")


@pytest.fixture
def reader(sample: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    fake = Reader(sample)
    monkeypatch.setattr(inputs, "load_estate", fake)
    monkeypatch.setattr(Access, "checked", lambda _, location: location)
    st.cache_resource.clear()
    yield fake
    fake.go.set()
    st.cache_resource.clear()


def allow(monkeypatch: pytest.MonkeyPatch, allowed: Access) -> None:
    for module in (bill_picker, sidebar):
        monkeypatch.setattr(module, "access", lambda: allowed)


def name_folder(app: AppTest, path: str, way: str = "folder") -> AppTest:
    app.session_state["bill way 0"] = way
    run(app)
    app.sidebar.text_input[0].set_value(path)
    return run(app)


def job_of(app: AppTest) -> background.BillJob:
    job = app.session_state["bill jobs"]._job
    assert job is not None
    return job


def finish(app: AppTest) -> AppTest:
    assert job_of(app).wait(SECONDS)
    return run(app)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return run(app)


def test_a_folder_is_read_while_the_page_shows_how_far(open_app: Open, reader: Reader) -> None:
    app = name_folder(open_app(), "/bills/2026")
    assert reader.began.wait(SECONDS)
    run(app)
    assert "Reading the bill** · /bills/2026" in texts(app)
    assert "1,000 of 4,000 rows · 25%" in texts(app)
    assert "a few seconds left" in texts(app)
    assert "The sample estate" in texts(app)
    assert "The bill is being read. These are the data from before." in texts(app)
    [bar] = app.get("progress")
    assert (bar.value, bar.text.replace("\\", "")) == (25, "Reading the costs of 2026-09.csv")

    reader.go.set()
    finish(app)
    assert "Your files: /bills/2026" in texts(app)
    assert "FOCUS 1.2** · 4,000 rows  \n2026-08-01 – 2026-09-30" in texts(app)
    assert not app.get("progress")
    assert [one["billing"] for one in reader.asked] == ["/bills/2026"]


def test_a_rerun_goes_on_with_the_same_job(open_app: Open, reader: Reader) -> None:
    app = name_folder(open_app(), "/bills/2026")
    first = job_of(app)
    for _ in range(3):
        run(app)
    assert job_of(app) is first
    reader.go.set()
    finish(app)
    run(app)
    assert len(reader.asked) == 1


def test_cancel_keeps_the_data_from_before_and_can_be_taken_back(open_app: Open, reader: Reader) -> None:
    app = name_folder(open_app(), "/bills/2026")
    press(app, "Cancel")
    finish(app)
    assert "Reading the bill was cancelled. These are the data from before." in texts(app)
    assert "The sample estate" in texts(app)
    assert not app.get("progress") and not app.sidebar.error
    reader.go.set()
    press(app, "Read again")
    assert "Your files: /bills/2026" in texts(finish(app))


def test_another_bill_cancels_the_first(open_app: Open, reader: Reader) -> None:
    app = name_folder(open_app(), "/bills/2026-08")
    first = job_of(app)
    app.sidebar.text_input[0].set_value("/bills/2026-09")
    run(app)
    assert first.wait(SECONDS)
    with pytest.raises(Cancelled):
        first.result()
    reader.go.set()
    assert "Your files: /bills/2026-09" in texts(finish(app))


def test_reset_cancels_and_forgets_the_choice(open_app: Open, reader: Reader) -> None:
    app = name_folder(open_app(), "/bills/2026")
    job = job_of(app)
    press(app, "Reset")
    assert job.progress.cancelled
    assert "The sample estate" in texts(app)
    assert "These are the data from before" not in texts(app)
    assert not app.sidebar.text_input
    assert uploader(app, "Files of the bill").value in (None, [])


def test_a_bill_that_cannot_be_read_says_why(open_app: Open, reader: Reader) -> None:
    reader.go.set()
    app = finish(name_folder(open_app(), "/bills/broken"))
    assert "/bills/broken: there is no such file" in app.sidebar.error[0].value.replace("\\", "")
    assert "The sample estate" in texts(app)
    assert "What was given last cannot be used" in texts(app)


def test_a_bill_that_ends_while_the_page_is_drawn_is_told(
    open_app: Open, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[background.BillJob] = []

    def done(job: background.BillJob) -> bool:
        """Not yet at the first look, and just after it."""
        if not looked:
            looked.append(job)
            assert job.wait(SECONDS)
            return False
        return not job._thread.is_alive()

    monkeypatch.setattr(background.Job, "done", property(done))
    reader.go.set()
    app = name_folder(open_app(), "/bills/broken")
    assert "/bills/broken: there is no such file" in app.sidebar.error[0].value.replace("\\", "")
    assert "The bill is being read" not in texts(app)


def test_small_uploads_are_read_at_once_and_large_ones_are_not(
    open_app: Open, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [("a.csv", b"one", "text/csv"), ("b.csv.gz", b"two", "application/gzip")]
    app = open_app()
    uploader(app, "Files of the bill").set_value(files)
    run(app)
    assert "Your files: a.csv, b.csv.gz" in texts(app)
    assert [file.data for file in reader.asked[0]["billing"]] == [b"one", b"two"]

    monkeypatch.setattr(inputs, "DIRECT_BYTES", 6)  # both have six bytes: not below
    run(app)
    assert "Reading the bill** · a.csv, b.csv.gz" in texts(app)
    reader.go.set()
    finish(app)
    assert "a.csv, b.csv.gz" in texts(app)


def test_two_sessions_have_two_jobs(open_app: Open, reader: Reader) -> None:
    one, other = name_folder(open_app(), "/bills/2026"), name_folder(open_app(), "/bills/2026")
    assert job_of(one) is not job_of(other)
    press(one, "Cancel")
    reader.go.set()
    assert "Your files: /bills/2026" in texts(finish(other))
    assert "was cancelled" in texts(finish(one))


def test_the_line_below_leads_to_the_data_quality(open_app: Open, reader: Reader) -> None:
    reader.go.set()
    app = press(finish(name_folder(open_app(), "/bills/2026")), "Data quality")
    assert "**Issues**" in texts(app)


@pytest.mark.parametrize("way", ["folder", "s3"])
def test_a_dashboard_that_others_reach_names_no_place(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    allow(monkeypatch, PUBLIC)
    app = open_app()
    app.session_state["bill way 0"] = way
    run(app)
    assert app.sidebar.text_input[0].disabled
    assert "Others may reach this dashboard" in texts(app)
    # What a forged message would do: a disabled field that holds something all the same.
    app.session_state[f"bill {way} 0"] = "/etc/passwd" if way == "folder" else "s3://bucket/bill/"
    finish(run(app))
    assert "Others may reach this dashboard" in app.sidebar.error[0].value


def test_what_an_estate_depends_on_is_in_the_key() -> None:
    def file(kind: str, content: bytes) -> Upload:
        return upload_of(kind, "same.csv", content)

    bill = ChosenBill(uploads=(file("billing", b"1"),))
    keys = {
        bill.key([], None),
        bill.key([], date(2026, 9, 30)),
        bill.key([file("ec2", b"1")], None),
        ChosenBill(uploads=(file("billing", b"2"),)).key([], None),
        ChosenBill(location="/bills").key([], None),
        ChosenBill(location="/bills", attempt=1).key([], None),
    }
    assert len(keys) == 6
    assert bill.key([], None) == ChosenBill(uploads=(file("billing", b"1"),)).key([], None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (9.9, "a few seconds"),
        (34, "about 30 seconds"),
        (55, "about 1 minute"),
        (125, "about 2 minutes"),
        (3_569, "about 59 minutes"),
        (3_590, "about 1 hour"),
        (5_400, "about 1.5 hours"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
