"""How far is the job, does anybody want it to stop, and what does the engine do meanwhile?

The engine is opened when it is first needed: a bill that is all in the cache needs none. What it does
is stopped by ``Progress.cancel``, and what it raises becomes an error of the package.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq

from finops.errors import BackendError, Cancelled, FileUnreadable
from finops.ingest.bills.formats import FOCUS, BillFormat
from finops.periods import Month

if TYPE_CHECKING:
    import ibis

    from finops.ingest.bills.backend import Backend
    from finops.ingest.bills.tag_sets import TagSets

_LONGEST = 300
_COSTS_ORDER = (
    *("ChargePeriodStart", "SubAccountId", "ServiceName", "RegionId", "ResourceId", "SkuId"),
    *("ChargeCategory", "CommitmentDiscountId", "CommitmentDiscountStatus", "ChargeDescription"),
    *("BilledCost", "Tags"),
)
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


@dataclass(slots=True, kw_only=True)
class Engine:
    """The engine of a run, opened when it is first needed and closed with ``stack``.

    ``folder`` is the run's own; the engine spills there. Every method raises Cancelled on request.
    """

    progress: Progress
    name: str | None
    folder: Path
    stack: ExitStack
    _backend: Backend | None = None
    _known: TagSets | None = None

    @property
    def backend(self) -> Backend:
        self.progress.check()
        if self._backend is None:
            from finops.ingest.bills.backend import connected  # noqa: PLC0415 – takes a second

            self._backend = self.stack.enter_context(connected(self.name, self.folder / "spill"))
            self.stack.enter_context(self.progress.interrupting(self._backend.interrupt))
        return self._backend

    @property
    def known(self) -> TagSets:
        if self._known is None:
            from finops.ingest.bills.tag_sets import TagSets  # noqa: PLC0415

            self._known = TagSets()
        return self._known

    def flatten(self, location: str, bill_format: BillFormat, path: Path) -> None:
        """Write the flat lines of a raw table; its tag sets are known then."""
        from finops.ingest.bills.cur_lines import cur_lines  # noqa: PLC0415
        from finops.ingest.bills.focus_lines import focus_lines  # noqa: PLC0415
        from finops.ingest.bills.tag_sets import flat_lines  # noqa: PLC0415

        read = focus_lines if bill_format.name == FOCUS else cur_lines
        lines = read(self.backend.read(location), bill_format)
        self.backend.write(flat_lines(lines, self.backend, self.known), path)

    def survey(self, location: str, path: Path, folder: Path) -> None:
        """Write what must be known of a raw table and of its flat lines: sums by hour, the facts."""
        from finops.ingest.bills.doctor_facts import PART_FACTS, RAW_FACTS  # noqa: PLC0415

        lines, sets = self.backend.read(path), self.backend.memory(self.known.table())
        self._keep(hourly_sums(lines), folder / "hours.parquet")
        for name, fact in PART_FACTS.items():
            self._keep(fact(lines, sets), folder / f"{name}.parquet")
        for name, raw_fact in RAW_FACTS.items():
            self._keep(raw_fact(self.backend.read(location)), folder / f"{name}.parquet")

    def reduce(self, several: Sequence[ibis.Table], folder: Path) -> Mapping[str, Any]:
        """Write the tables and facts of a billing month's lines; how many rows the large ones have."""
        from finops.ingest.bills import reductions  # noqa: PLC0415
        from finops.ingest.bills.doctor_facts import PERIOD_FACTS  # noqa: PLC0415

        lines, sets = self._settled(several), self.backend.memory(self.known.table())
        usage = reductions.usage(lines)
        large = {
            "costs": reductions.costs(lines, sets).order_by(*_COSTS_ORDER),
            "costs_by_account": reductions.costs(lines, sets, grain="account").order_by(*_COSTS_ORDER),
            "usage": usage.order_by(*usage.columns[:9]),
        }
        for name, expression in large.items():
            self.backend.write(expression, folder / f"{name}.parquet")
        self._keep(reductions.commitments(lines), folder / "commitments.parquet")
        self._keep(reductions.instances(lines), folder / "instances.parquet")
        self._keep(reductions.buckets(lines), folder / "buckets.parquet")
        (folder / "facts").mkdir()
        for name, fact in PERIOD_FACTS.items():
            self._keep(fact(lines, sets), folder / "facts" / f"{name}.parquet")
        self._keep_tags(folder, "instances", "buckets")
        rows = {name: pyarrow.dataset.dataset(folder / f"{name}.parquet").count_rows() for name in large}
        return {"rows": rows}

    def _settled(self, several: Sequence[ibis.Table]) -> ibis.Table:
        """The lines of a month ready to be added; once for all where blank fees make it a join."""
        import ibis  # noqa: PLC0415

        from finops.ingest.bills.reductions import profile  # noqa: PLC0415
        from finops.ingest.bills.settled import settled  # noqa: PLC0415

        lines = several[0] if len(several) == 1 else ibis.union(*several)
        blank, folded = _profile(self.backend.arrow(profile(lines)))
        ready = settled(lines, blank_plan_fees=blank, folded=folded)
        if not blank:
            return ready
        stored = self.folder / f"settled-{time.monotonic_ns()}.parquet"
        self.backend.write(ready, stored)
        return self.backend.read(stored)

    def _keep_tags(self, folder: Path, *names: str) -> None:
        """The tags of the resources only: a large bill has millions of tag sets."""
        used = [pq.read_table(folder / f"{name}.parquet").column("TagSetId") for name in names]
        ids = pa.chunked_array([chunk for column in used for chunk in column.chunks], pa.int64())
        sets = self.known.table().select(["TagSetId", "Tags"])
        pq.write_table(sets.filter(pc.is_in(sets["TagSetId"], ids)), folder / "tags.parquet")

    def _keep(self, expression: ibis.Table, path: Path) -> None:
        pq.write_table(self.backend.arrow(expression), path)


def _profile(rows: pa.Table) -> tuple[bool, bool]:
    """Whether plan fees are blank, and whether covered usage and its negation cancel in the month."""
    found = rows.to_pylist()
    pairs = [("Covered", "Negation"), ("GrossCovered", "GrossNegation")]
    sums = {name: sum(row[name] or 0 for row in found) for pair in pairs for name in pair}
    cancel = all(sums[covered] + sums[negation] == 0 for covered, negation in pairs)
    return any(row["BlankPlanFees"] for row in found), cancel and any(sums.values())


def hourly_sums(lines: ibis.Table) -> ibis.Table:
    """Lines and dollars by billing Month, Hour of their start and Currency, null where unknown."""
    import ibis  # noqa: PLC0415 – a bill that is cached needs no engine

    start = lines.ChargePeriodStart
    return lines.group_by(
        Month=ibis.coalesce(lines.BillingPeriodStart, start).truncate("M"),
        Hour=start.truncate("h"),
        Currency=lines.BillingCurrency.upper(),
    ).agg(
        Lines=lines.count(),
        Invoiced=lines.InvoiceId.count(),
        Priced=lines.BilledCost.count(),
        Billed=lines.BilledCost.sum(),
        Effective=lines.EffectiveCost.sum(),
        List=lines.ListCost.sum(),
        First=start.min(),
        Last=ibis.coalesce(lines.ChargePeriodEnd, start).max(),
    )


def lines_of_month(lines: ibis.Table, month: str) -> ibis.Table:
    """The lines of a billing month, with a beginning and the ends of the month where they have none."""
    import ibis  # noqa: PLC0415

    days = Month.parse(month)
    start, end = ibis.timestamp(f"{days.start} 00:00:00"), ibis.timestamp(f"{days.end} 00:00:00")
    belongs = ibis.coalesce(lines.BillingPeriodStart, lines.ChargePeriodStart)
    own = lines.filter((belongs >= start) & (belongs < end))
    filled = {"BillingPeriodStart": start, "BillingPeriodEnd": end, "ChargePeriodStart": start}
    return own.mutate(
        **{name: ibis.coalesce(own[name], value).cast("timestamp") for name, value in filled.items()}
    )
