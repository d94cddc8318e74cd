"""Is a bill being read? One thread for what a session asked last, and nothing of it for any other."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from finops.errors import BackendError, FinOpsError
from finops.estate import Estate
from finops.ingest import Progress

AT_ONCE = 2
Work = Callable[[Progress], Estate]

_JOBS = "bill jobs"
_TURN_SECONDS = 0.2
# Of the whole server: each bill may take the memory that FINOPS_MEMORY_LIMIT allows.
_TURNS = threading.BoundedSemaphore(AT_ONCE)


class Job:
    """A bill that is being read, or was. ``name`` is for people, ``key`` says all that was asked."""

    def __init__(self, key: tuple[object, ...], name: str, work: Work) -> None:
        self.key = key
        self.name = name
        self.progress = Progress()
        self._outcome: Estate | FinOpsError | None = None
        self._done = threading.Event()
        # A server that is stopped does not wait for a bill.
        self._thread = threading.Thread(target=self._read, args=(work,), name="bill", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until its thread has ended; whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def estate(self) -> Estate:
        """What was read, once it is done. Raises FinOpsError as ``load_estate``, and Cancelled."""
        if isinstance(self._outcome, FinOpsError):
            raise self._outcome
        if self._outcome is None:
            raise BackendError(
                f"{self.name}: reading it ended without an answer; the server's log says why. Try again"
            )
        return self._outcome

    def _read(self, work: Work) -> None:
        try:
            with _turn(self.progress):
                self._outcome = work(self.progress)
        except FinOpsError as error:
            self._outcome = error
        finally:
            self._done.set()


@contextmanager
def _turn(progress: Progress) -> Iterator[None]:
    if not _TURNS.acquire(blocking=False):
        progress.begin("waiting until another bill is read")
        while not _TURNS.acquire(timeout=_TURN_SECONDS):
            progress.check()
    try:
        progress.check()
        yield
    finally:
        _TURNS.release()


class Jobs:
    """The bill of one session: what it asks for, until it asks for something else, stops or is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._left: weakref.finalize[[], Jobs] | None = None

    def ask(self, key: tuple[object, ...], name: str, work: Work) -> Job:
        """The job with this key: the one there is, else a new one, for which any other is cancelled."""
        with self._lock:
            if self._job is None or self._job.key != key:
                self._forget()
                self._job = Job(key, name, work)
                # Nobody waits for the bill of a session that is over.
                self._left = weakref.finalize(self, self._job.progress.cancel)
            return self._job

    def stop(self) -> None:
        """Cancel and forget what there is."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._left is not None:
            self._left()
        self._job = self._left = None


def jobs() -> Jobs:
    """Those of this session."""
    found: Jobs = st.session_state.setdefault(_JOBS, Jobs())
    return found
