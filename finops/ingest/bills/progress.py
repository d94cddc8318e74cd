"""How far is the job, does anybody want it to stop, and what does its engine raise?

What an engine does is stopped by ``Progress.cancel``, and what it raises becomes an error of the
package.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from finops.errors import BackendError, Cancelled, FileUnreadable

_LONGEST = 300
_OUT_OF_ROOM = ("out of memory", "no space left", "disk quota", "max_temp_directory_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Where a job is. Totals and seconds are None as long as they are unknown."""

    stage: str
    rows_done: int
    rows_total: int | None
    bytes_done: int
    bytes_total: int | None
    remaining_seconds: float | None


class Progress:
    """What a job tells about itself, and how it is stopped. Safe to use from several threads.

    The job calls ``begin``, ``advance``, ``read`` and ``check``; whoever waits for it calls
    ``snapshot`` and ``cancel``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._interrupts: list[Callable[[], None]] = []
        self._stage, self._started = "", clock()
        self._rows_done, self._bytes_done = 0, 0
        self._rows_total: int | None = None
        self._bytes_total: int | None = None

    def begin(
        self, stage: str, *, rows_total: int | None = None, bytes_total: int | None = None
    ) -> None:
        """A new stage, whose counts begin at zero. Raises Cancelled."""
        with self._lock:
            self._stage, self._started = stage, self._clock()
            self._rows_done, self._rows_total = 0, rows_total
            self._bytes_done, self._bytes_total = 0, bytes_total
        self.check()

    def advance(self, rows: int) -> None:
        """So many rows more are done. Raises Cancelled."""
        with self._lock:
            self._rows_done += rows
        self.check()

    def read(self, bytes_done: int) -> None:
        """So many bytes of the stage are read in all. Raises Cancelled."""
        with self._lock:
            self._bytes_done = bytes_done
        self.check()

    def snapshot(self) -> Snapshot:
        with self._lock:
            return Snapshot(
                stage=self._stage,
                rows_done=self._rows_done,
                rows_total=self._rows_total,
                bytes_done=self._bytes_done,
                bytes_total=self._bytes_total,
                remaining_seconds=self._remaining(),
            )

    def _remaining(self) -> float | None:
        """At the rate of this stage so far, by rows where their total is known, else by bytes."""
        elapsed = self._clock() - self._started
        for done, total in ((self._rows_done, self._rows_total), (self._bytes_done, self._bytes_total)):
            if total and done > 0:
                return elapsed / done * max(total - done, 0)
        return None

    def cancel(self) -> None:
        """Ask the job to stop; a query that runs is interrupted. The job raises Cancelled."""
        self._stop.set()
        with self._lock:
            interrupts = list(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def check(self) -> None:
        """Raises Cancelled once somebody has asked to stop."""
        if self._stop.is_set():
            stage = self._stage or "reading the bill"
            raise Cancelled(f"stopped on request while {stage}; what is finished stays in the cache")

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Within, ``cancel`` calls ``interrupt`` as well."""
        with self._lock:
            self._interrupts.append(interrupt)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)


@contextmanager
def engine_errors(progress: Progress, name: str, *, is_file: bool = False) -> Iterator[None]:
    """What DuckDB, Spark, Ibis and Arrow raise becomes an error of the package that names ``name``.

    Raises Cancelled where the query was interrupted, FileUnreadable where ``is_file`` and the engine
    has room enough, else BackendError.
    """
    try:
        yield
    except _raised_by_engines() as error:
        progress.check()
        reason = _first_line(error)
        if any(words in reason.lower() for words in _OUT_OF_ROOM) or isinstance(error, MemoryError):
            raise BackendError(
                f"{name}: the engine ran out of room: {reason}; "
                "free disk space, or raise FINOPS_MEMORY_LIMIT"
            ) from error
        if is_file:
            raise FileUnreadable(f"{name}: cannot be read: {reason}; download it again") from error
        raise BackendError(
            f"{name}: the engine failed: {reason}; try again, or set FINOPS_BACKEND"
        ) from error
    progress.check()


def _raised_by_engines() -> tuple[type[BaseException], ...]:
    """The classes of the engines that this process has loaded; the others cannot have raised."""
    places = (
        ("duckdb", "Error"),
        ("ibis.common.exceptions", "IbisError"),
        ("pyarrow", "ArrowException"),
        ("pyspark.errors", "PySparkException"),
        ("py4j.protocol", "Py4JError"),
    )
    loaded = ((sys.modules.get(module), name) for module, name in places)
    return (OSError, MemoryError, *(getattr(module, name) for module, name in loaded if module))


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:_LONGEST] if text else type(error).__name__
