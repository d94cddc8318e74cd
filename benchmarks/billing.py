"""``make bench-billing``: what a bill of 50 million hourly lines costs in seconds and memory.

Two questions – chargeback by team × service × month, and the hourly usage matrix – asked of the same
Parquet files by hand-written SQL on DuckDB, by the expressions of ``finops.ingest.bills`` on DuckDB and
on Spark, and by pandas where it fits. Each runs in a process of its own, the best of three after each
other; a ratio compares runs of one ``make``. A *bare sum* reads one column, a *bare scan* all columns
that the question must read. Memory is the highest resident size of the process and its children.

``FINOPS_BENCH_LINES`` (50,000,000) and ``FINOPS_BENCH_FOLDER`` change the size and the place.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks import bill_lines

LINES = int(os.environ.get("FINOPS_BENCH_LINES", "50000000"))
SMALL = LINES // 10
QUESTIONS = ("chargeback", "usage")
RUNNERS = ("bare sum", "bare scan", "SQL", "ours, DuckDB", "ours, Spark", "pandas")
TITLES = {"chargeback": "chargeback by team × service × month", "usage": "hourly usage matrix"}


def main() -> None:
    folder = Path(os.environ.get("FINOPS_BENCH_FOLDER") or tempfile.mkdtemp(prefix="finops-bench-"))
    try:
        for lines in (SMALL, LINES):
            print(f"Writing {lines:,} lines …", file=sys.stderr, flush=True)
            bill_lines.write(folder / str(lines), lines)
        print(_table(folder))
    finally:
        if "FINOPS_BENCH_FOLDER" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)


def _table(folder: Path) -> str:
    rows = [("lines", "question", "with", "seconds", "MB", "× bare sum", "× bare scan", "× SQL")]
    growth: dict[tuple[str, str], list[float]] = {}
    for lines in (SMALL, LINES):
        for question in QUESTIONS:
            found = {
                runner: _measured(folder / str(lines), question, runner)
                for runner in RUNNERS
                if _possible(runner, lines)
            }
            for runner, (seconds, megabytes) in found.items():
                ratios = [
                    f"{seconds / found[other][0]:.2f}" for other in ("bare sum", "bare scan", "SQL")
                ]
                rows.append(
                    (
                        f"{lines:,}",
                        TITLES[question],
                        runner,
                        f"{seconds:.2f}",
                        f"{megabytes:,.0f}",
                        *ratios,
                    )
                )
                growth.setdefault((question, runner), []).append(seconds)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines_of_text = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    ]
    grown = [
        f"{TITLES[question]}, {runner}: {times[1] / times[0]:.1f} × the time for 10 × the lines"
        for (question, runner), times in growth.items()
        if len(times) == 2
    ]
    return "\n".join([*lines_of_text, "", *grown])


def _possible(runner: str, lines: int) -> bool:
    if runner == "pandas":
        return lines == SMALL  # at 50 million lines it takes 6 to 8 GB
    if runner == "ours, Spark":
        return find_spec("pyspark") is not None and shutil.which("java") is not None
    return True


def _measured(folder: Path, question: str, runner: str) -> tuple[float, float]:
    """Seconds and MB, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.billing_runs", str(folder), question, runner],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{runner}, {question}: {done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["megabytes"]


if __name__ == "__main__":
    main()
