"""What is worked out in the background? One thread for what a session asked last: a bill, or models."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

import streamlit as st

from finops.answers.clusters import Models
from finops.answers.models import Training
from finops.errors import BackendError, FinOpsError
from finops.estate import Estate
from finops.ingest import Progress

AT_ONCE = 2

_BILLS, _TRAININGS = "bill jobs", "training jobs"
_TURN_SECONDS = 0.2
# Of the whole server: each bill may take the memory that FINOPS_MEMORY_LIMIT allows.
_TURNS = threading.BoundedSemaphore(AT_ONCE)


class Stoppable(Protocol):
    """What a job tells about itself, and how it is stopped."""

    def begin(self, what: str, /) -> None: ...

    def check(self) -> None: ...

    def cancel(self) -> None: ...


P = TypeVar("P", bound=Stoppable)
T = TypeVar("T")


class Job(Generic[P, T]):
    """Work that is being done, or was. ``name`` is for people, ``key`` says all that was asked."""

    def __init__(self, key: tuple[object, ...], name: str, work: Callable[[P], T], progress: P) -> None:
        self.key = key
        self.name = name
        self.progress = progress
        self._outcome: T | FinOpsError | None = None
        self._done = threading.Event()
        # A server that is stopped does not wait for it.
        self._thread = threading.Thread(target=self._run, args=(work,), name="job", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until its thread has ended; whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> T:
        """What came out, once it is done. Raises the FinOpsError that the work raised, and Cancelled."""
        if isinstance(self._outcome, FinOpsError):
            raise self._outcome
        if self._outcome is None:
            raise BackendError(
                f"{self.name}: it ended without an answer; the server's log says why. "
                "For the same data it will fail again"
            )
        return self._outcome

    def _run(self, work: Callable[[P], T]) -> None:
        try:
            with _turn(self.progress):
                self._outcome = work(self.progress)
        except FinOpsError as error:
            self._outcome = error
        finally:
            self._done.set()


@contextmanager
def _turn(progress: Stoppable) -> Iterator[None]:
    if not _TURNS.acquire(blocking=False):
        progress.begin("waiting for its turn: others are busy")
        while not _TURNS.acquire(timeout=_TURN_SECONDS):
            progress.check()
    try:
        progress.check()
        yield
    finally:
        _TURNS.release()


class Jobs(Generic[P, T]):
    """The job of one session: what it asks for, until it asks for something else, stops or is gone."""

    def __init__(self, progress: Callable[[], P]) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._job: Job[P, T] | None = None
        self._left: weakref.finalize[[], Jobs[P, T]] | None = None

    def ask(self, key: tuple[object, ...], name: str, work: Callable[[P], T]) -> Job[P, T]:
        """The job with this key: the one there is, else a new one, for which any other is cancelled."""
        with self._lock:
            if self._job is None or self._job.key != key:
                self._forget()
                self._job = Job(key, name, work, self._progress())
                # Nobody waits for the work of a session that is over.
                self._left = weakref.finalize(self, self._job.progress.cancel)
            return self._job

    def asked(self, key: tuple[object, ...]) -> Job[P, T] | None:
        """The job with this key, if it was asked for."""
        with self._lock:
            return self._job if self._job is not None and self._job.key == key else None

    def stop(self) -> None:
        """Cancel and forget what there is."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._left is not None:
            self._left()
        self._job = self._left = None


BillJob = Job[Progress, Estate]
TrainingJob = Job[Training, Models]


def bills() -> Jobs[Progress, Estate]:
    """The bill that this session reads."""
    found: Jobs[Progress, Estate] = st.session_state.setdefault(_BILLS, Jobs(Progress))
    return found


def trainings() -> Jobs[Training, Models]:
    """The models that this session trains."""
    found: Jobs[Training, Models] = st.session_state.setdefault(_TRAININGS, Jobs(Training))
    return found
