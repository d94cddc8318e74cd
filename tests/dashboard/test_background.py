"""The thread of a bill: when it waits, when it stops, and what it leaves."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest

from finops import Estate
from finops.dashboard import background
from finops.dashboard.background import Jobs
from finops.errors import BackendError, Cancelled
from finops.ingest.bills.progress import Progress

SECONDS = 60


def waiting(progress: Progress) -> Estate:
    stop = threading.Event()
    with progress.interrupting(stop.set):
        stop.wait(SECONDS)
        progress.check()
    raise AssertionError("nobody cancelled")


def test_a_session_that_is_gone_cancels_its_bill() -> None:
    jobs = Jobs(Progress)
    job = jobs.ask(("a",), "a.csv", waiting)
    del jobs
    gc.collect()
    assert job.wait(SECONDS)
    with pytest.raises(Cancelled):
        job.result()


def test_a_bill_waits_for_its_turn(sample: Estate) -> None:
    def begun(event: threading.Event) -> Callable[[Progress], Estate]:
        def work(progress: Progress) -> Estate:
            event.set()
            return waiting(progress)

        return work

    sessions, events = [Jobs(Progress) for _ in range(background.AT_ONCE)], []
    for jobs in sessions:
        events.append(threading.Event())
        jobs.ask(("a",), "a.csv", begun(events[-1]))
    assert all(event.wait(SECONDS) for event in events)
    late = Jobs(Progress)
    job = late.ask(("b",), "b.csv", lambda progress: sample)
    assert not job.done
    sessions[0].stop()
    assert job.wait(SECONDS)
    assert job.result() is sample
    for jobs in sessions:
        jobs.stop()


def test_a_mistake_of_ours_ends_the_job_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda failed: logged.append(failed.exc_type))

    def broken(progress: Progress) -> Estate:
        raise ZeroDivisionError

    jobs = Jobs(Progress)
    job = jobs.ask(("a",), "a.csv", broken)
    assert job.wait(SECONDS)
    with pytest.raises(BackendError, match=r"a\.csv: it ended without .* same data it will fail again"):
        job.result()
    assert logged == [ZeroDivisionError]
