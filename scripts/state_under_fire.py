"""Do budgets and alerts survive killed writers and many at once? Every acknowledged save must be there.

    python -m scripts.state_under_fire [--processes 8] [--saves 200] [--creates 100] [--seed 1]

Crash: the processes save budgets and alerts by turns in one folder, and each time one of them is
killed (SIGKILL) at a random point both files must parse and hold every save that was acknowledged,
and no more temporary files may lie about than there are writers. Concurrent: the processes create
budgets at once, and each must be there exactly once. Exit status 1 where anything is missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from finops.alerts import Alert
from finops.budget_manager import ALERTS_FILE, BUDGETS_FILE, AlertBook, BudgetManager
from finops.errors import BudgetError
from finops.storage import JsonStore

# Forked from a process that has imported everything: a new writer begins at once.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["finops.budget_manager"])
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReport:
    """What a run came to; ``lost`` names acknowledged saves that are missing, and broken files."""

    kills: int
    acknowledged: int
    stored: int
    most_temporary_files: int
    lost: tuple[str, ...]


def crash(folder: Path, processes: int, saves: int, seed: int, pause: float = 0.4) -> CrashReport:
    """Kill one writer after the other at random points until all of their saves are acknowledged.

    ``pause`` bounds the seconds between two kills; a writer that was killed is followed by another,
    which goes on where it stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    begun = dict.fromkeys(range(processes), 0)
    writers = {who: _started(folder, who, saves) for who in range(processes)}
    lost: list[str] = []
    kills = most = 0
    while len(_acknowledged(folder)) < processes * saves:
        time.sleep(chance.uniform(pause / 10, pause))
        # One that has saved since it was started, so that the work goes on.
        living = [
            who
            for who, writer in writers.items()
            if writer.is_alive() and _next(folder, who) > begun[who]
        ]
        if living:
            victim = chance.choice(living)
            writers[victim].kill()
            writers[victim].join()
            kills += 1
        # In this order: what is acknowledged before the files are read must be in them.
        acknowledged = _acknowledged(folder)
        most = max(most, len(_temporary_files(folder)))
        lost += _missing(folder, acknowledged)
        for who, writer in writers.items():
            if not writer.is_alive() and _next(folder, who) < saves:
                begun[who] = _next(folder, who)
                writers[who] = _started(folder, who, saves)
    for writer in writers.values():
        writer.join(_PATIENCE_SECONDS)
    # Whoever writes next clears what the dead have left.
    _save(BudgetManager(JsonStore(folder)), "last 0")
    _save(BudgetManager(JsonStore(folder)), "last 1")
    acknowledged = _acknowledged(folder)
    lost += _missing(folder, acknowledged)
    lost += [f"temporary file {path.name}" for path in _temporary_files(folder)]
    return CrashReport(
        kills=kills,
        acknowledged=len(acknowledged),
        stored=len(_stored(folder)) - 2,
        most_temporary_files=most,
        lost=tuple(lost),
    )


def concurrent(folder: Path, processes: int, creates: int) -> int:
    """How many budgets there are after so many processes have created so many each, at once."""
    makers = [_SERVER.Process(target=_create, args=(folder, who, creates)) for who in range(processes)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(_PATIENCE_SECONDS)
    budgets = BudgetManager(JsonStore(folder)).list_budgets()
    return len({(budget.id, budget.name) for budget in budgets})


def _started(folder: Path, who: int, saves: int) -> ForkServerProcess:
    writer = _SERVER.Process(target=_write, args=(folder, who, saves))
    writer.start()
    return writer


def _write(folder: Path, who: int, saves: int) -> None:
    manager = BudgetManager(JsonStore(folder))
    told = os.open(_log(folder, who), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(_next(folder, who), saves):
        _save(manager, f"{who} {number}")
        os.write(told, f"{who} {number}\n".encode())


def _save(manager: BudgetManager, name: str) -> None:
    """A budget where the number is even, an alert where it is odd."""
    if int(name.split()[1]) % 2:
        AlertBook(manager.store).record([_alert(name)])
        return
    # The name is taken where the writer before was killed between saving it and saying so.
    with suppress(BudgetError):
        manager.create_budget(name, "total", "", 1)


def _alert(name: str) -> Alert:
    return Alert(
        source="budget",
        subject_id=name,
        subject=name,
        kind="actual",
        threshold=80,
        unit="percent",
        measured=81,
        severity="action_required",
        actual_usd=81,
        message="",
        action="",
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 31),
        raised_on=date(2026, 10, 18),
    )


def _create(folder: Path, who: int, creates: int) -> None:
    for number in range(creates):
        BudgetManager(JsonStore(folder)).create_budget(f"{who} {number}", "total", "", 1)


def _log(folder: Path, who: int) -> Path:
    return folder / f"acknowledged-{who}.txt"


def _acknowledged(folder: Path) -> set[str]:
    logs = folder.glob("acknowledged-*.txt")
    return {
        line.strip()
        for log in logs
        for line in log.read_text().splitlines(keepends=True)
        if line[-1:] == "\n"
    }


def _next(folder: Path, who: int) -> int:
    log = _log(folder, who)
    return len(log.read_text().splitlines()) if log.exists() else 0


def _stored(folder: Path) -> set[str]:
    store = JsonStore(folder)
    budgets = {budget.name for budget in BudgetManager(store).list_budgets()}
    return budgets | {record.alert.subject for record in AlertBook(store).history().alerts}


def _missing(folder: Path, acknowledged: set[str]) -> list[str]:
    return sorted(acknowledged - _stored(folder))


def _temporary_files(folder: Path) -> list[Path]:
    return [path for name in (BUDGETS_FILE, ALERTS_FILE) for path in folder.glob(f".{name}.*.tmp")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Kill writers of budgets and alerts, and count.")
    for word, default in (("processes", 8), ("saves", 200), ("creates", 100), ("seed", 1)):
        parser.add_argument(f"--{word}", type=int, default=default)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        report = crash(Path(place) / "crash", args.processes, args.saves, args.seed)
        print(
            f"crash: {report.kills} kills, {report.acknowledged} of {args.processes * args.saves} saves "
            f"acknowledged, {report.stored} stored, at most {report.most_temporary_files} temporary "
            f"files at once, lost: {', '.join(report.lost) or 'nothing'}"
        )
        made = concurrent(Path(place) / "concurrent", args.processes, args.creates)
        wanted = args.processes * args.creates
        print(f"concurrent: {made} budgets of {wanted}")
    held = not report.lost and made == wanted and report.acknowledged == args.processes * args.saves
    print("held" if held else "FAILED")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
