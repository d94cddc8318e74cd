"""Does a bill come out right whatever stops the job, or runs beside it?"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import ibis
import pytest

from finops.errors import BackendError, Cancelled
from finops.ingest.bills.engine import Engine
from finops.ingest.bills.progress import Progress, engine_errors
from finops.ingest.bills.reduction import read_bill
from tests.ingest.bills.written_bills import billed


class _StopsAt(Progress):
    def __init__(self, stage: str) -> None:
        super().__init__()
        self._at = stage

    def begin(self, stage: str, **totals: int | None) -> None:
        if stage.startswith(self._at):
            self.cancel()
        super().begin(stage, **totals)


@pytest.mark.parametrize("stage", ["reading jan.csv", "reducing"])
def test_a_cancelled_job_leaves_nothing_half_done(folder: Path, cache: Path, stage: str) -> None:
    with pytest.raises(Cancelled):
        read_bill(folder, cache=cache, progress=_StopsAt(stage))
    assert {path.name.partition("-")[0] for path in cache.iterdir()} <= {"part"}
    assert billed(read_bill(folder, cache=cache)) == Decimal("18")


def _endless() -> ibis.Table:
    """A billion billion pairs."""
    one, two, three = (ibis.range(1_000_000).unnest().name(name).as_table() for name in "abc")
    pairs = one.cross_join(two).cross_join(three)
    return pairs.agg(total=(pairs.a * pairs.b * pairs.c % 7).sum())


def test_cancel_interrupts_the_query_that_runs(tmp_path: Path) -> None:
    progress, started, raised = Progress(), threading.Event(), []

    def work() -> None:
        with ExitStack() as stack:
            engine = Engine(progress=progress, name="duckdb", folder=tmp_path, stack=stack)
            endless = _endless()
            started.set()
            try:
                with engine_errors(progress, "bill.csv"):
                    engine.backend.arrow(endless)
            except Cancelled as error:
                raised.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert started.wait(60)
    while worker.is_alive():  # the query may begin after the first call
        progress.cancel()
        worker.join(0.05)
    assert len(raised) == 1


def test_progress_tells_the_time_that_is_left() -> None:
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    progress.begin("reducing", rows_total=100)
    assert progress.snapshot().remaining_seconds is None
    now[0] = 3.0
    progress.advance(25)
    assert progress.snapshot().remaining_seconds == 9.0  # 3 seconds for 25 rows, 75 are left
    progress.begin("reading", bytes_total=10)
    progress.read(5)
    found = progress.snapshot()
    assert (found.stage, found.rows_done, found.bytes_done) == ("reading", 0, 5)


def test_an_unknown_engine_is_named(folder: Path, cache: Path) -> None:
    with pytest.raises(BackendError, match="polars"):
        read_bill(folder, cache=cache, backend="polars")


KILLED = """
import os, signal, sys
from pathlib import Path
import pyarrow.parquet as pq
from finops.ingest.bills.backend import Backend
from finops.ingest.bills.reduction import read_bill
left = int(sys.argv[3])
def counted(real):
    def step(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return step
Backend.write = counted(Backend.write)
pq.write_table = counted(pq.write_table)
Path.rename = counted(Path.rename)
read_bill(sys.argv[1], cache=Path(sys.argv[2]))
"""


def test_a_killed_job_leaves_nothing_half_done(folder: Path, cache: Path, tree: Path) -> None:
    """Each kill goes further, for what was finished before it is kept."""
    for steps in (0, 2, 9, 14):
        command = [sys.executable, "-c", KILLED, str(folder), str(cache), str(steps)]
        done = subprocess.run(command, cwd=tree, check=False)
        assert done.returncode == -signal.SIGKILL
        assert any(path.name.startswith("run-") for path in cache.iterdir())
    assert billed(read_bill(folder, cache=cache)) == Decimal("18")
    assert not [path.name for path in cache.iterdir() if path.name.startswith("run-")]


def test_two_processes_at_once_come_to_the_same(folder: Path, cache: Path, tree: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from finops.ingest.bills.reduction import read_bill; "
        "bill = read_bill(sys.argv[1], cache=Path(sys.argv[2])); "
        "print(bill.costs['BilledCost'].sum(), bill.digest)"
    )
    command = [sys.executable, "-c", code, str(folder), str(cache)]
    running = [subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0].split() for process in running]
    assert printed[0] == printed[1]
    assert printed[0][0] == "18.000000000000"
    assert not [path.name for path in cache.iterdir() if path.name.startswith("run-")]


def test_a_cache_that_is_deleted_meanwhile_is_begun_again(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Engine.reduce, []

    def reduce(engine: Engine, *args: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            shutil.rmtree(cache)
        return real(engine, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "reduce", reduce)
    assert billed(read_bill(folder, cache=cache)) == Decimal("18")
