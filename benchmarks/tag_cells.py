"""What does it cost to read the tags of every row, and to ask for one key?

Against: the obvious ``apply`` that parses ``K=V,K=V`` in every row, which knows one format only and
joins nothing. Repeated cells are the usual case: a tag set belongs to a team's resources.

``table`` reads a million resources with 1,000 distinct cells, and with all different ones: a tenth of
them is blank as null and a tenth as empty text. Everything is a ratio to reading the same column from
Parquet, in seconds of the processor, best of three; the peak is that of a process that reads, and of one
that reads and parses.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.timing import ROUNDS, Comparison, compare
from finops import tags

REPEATED_ROWS = 200_000
SETS = 500
DIFFERENT_ROWS = 20_000
MILLION = 1_000_000
GOALS = {1_000: 1.5, MILLION: 15.0}
_PEAK = """
import re, sys
from pathlib import Path
import pandas as pd
from finops import tags
column = pd.read_parquet(sys.argv[1])["Tags"]
if sys.argv[2] == "parse":
    tags.parse_column(column)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def repeated() -> Comparison:
    return against_apply(f"tags, {REPEATED_ROWS:,} rows of {SETS} sets", cells(REPEATED_ROWS, SETS))


def all_different() -> Comparison:
    rows = DIFFERENT_ROWS
    return against_apply(f"tags, {rows:,} rows, all different", cells(rows, rows))


def cells(rows: int, distinct: int) -> pd.Series:
    texts = [
        f"Owner=person{n},Environment=Prod,Team=team{n % 20},CostCenter=CC-{n % 40},Project=p{n % 60}"
        for n in range(distinct)
    ]
    return pd.Series(texts * (rows // distinct), dtype="str")


def against_apply(what: str, column: pd.Series) -> Comparison:
    def ours() -> pd.Series:
        parsed, _ = tags.parse_column(column)
        return tags.values(parsed, "Team")

    assert ours().equals(column.apply(_team).astype("str"))
    return compare(
        what, ("parse_column + values", ours), ("apply, one format", lambda: column.apply(_team))
    )


def table() -> str:
    """A million resources: seconds, ratio to reading, memory, and whether every blank is counted."""
    lines = [
        f"{'cells':24}{'what':18}{'seconds':>9}{'× reading':>11}{'goal':>7}{'peak MB':>9}{'blank':>9}"
    ]
    for distinct, goal in GOALS.items():
        column = cells(MILLION, distinct)
        column.iloc[::10], column.iloc[5::10] = None, ""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tags.parquet"
            column.to_frame("Tags").to_parquet(path)
            # In turn, so that a busy moment of the machine meets both.
            times = [
                (_cpu(pd.read_parquet, path), _cpu(tags.parse_column, column)) for _ in range(ROUNDS)
            ]
            peak = {what: _peak(path, what) for what in ("read", "parse")}
        reading, parsing = min(one for one, _ in times), min(one for _, one in times)
        naive = _cpu(column.apply, _canonical)
        parsed, _ = tags.parse_column(column)
        blank = int(parsed.eq("{}").sum())
        assert blank == int(column.isna().sum() + column.eq("").sum())
        name = f"{MILLION:,} of {distinct:,}"
        for what, seconds, aim, megabytes, count in (
            ("read from Parquet", reading, "", f"{peak['read']:.0f}", ""),
            ("parse_column", parsing, f"{goal:g}", f"{peak['parse']:.0f}", f"{blank:,}"),
            ("naive apply", naive, "", "", ""),
        ):
            ratio = seconds / reading
            lines.append(
                f"{name:24}{what:18}{seconds:>9.2f}{ratio:>11.2f}{aim:>7}{megabytes:>9}{count:>9}"
            )
    return "\n".join(lines)


def _cpu(run: Callable[..., object], given: object) -> float:
    start = time.process_time()
    run(given)
    return time.process_time() - start


def _peak(path: Path, what: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path), what], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def _team(text: str) -> str | None:
    return dict(pair.split("=", 1) for pair in text.split(",")).get("Team")


def _canonical(text: object) -> str:
    if not isinstance(text, str) or not text:
        return "{}"
    return tags.canonical(dict(pair.split("=", 1) for pair in text.split(",")))


if __name__ == "__main__":
    print(table())
