"""Does the bill cache hold whole entries only, whatever happens to it?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops.errors import OutputError
from finops.ingest.bills.cache import (
    MANIFEST,
    EntryLost,
    cache_bytes,
    cache_folder,
    opened,
)

PART = "part-" + "a" * 32
MONTH = "2026-01-" + "b" * 32


def fill(folder: Path) -> dict[str, int]:
    pq.write_table(pa.table({"Number": [1, 2, 3]}), folder / "numbers.parquet")
    return {"rows": 3}


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_an_entry_is_found_again(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        made = cache.make(PART, fill)
        assert made.meta == {"rows": 3}
    with opened(tmp_path) as cache:
        found = cache.find(PART)
        assert found is not None
        assert cache.table(found, "numbers.parquet").column("Number").to_pylist() == [1, 2, 3]
        assert cache.find(MONTH) is None
    assert names(tmp_path) == [PART]


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "manifest", "no manifest"])
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as cache:
        cache.make(PART, fill)
    data, manifest = tmp_path / PART / "numbers.parquet", tmp_path / PART / MANIFEST
    content = data.read_bytes()
    match damage:
        case "flipped":
            data.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
        case "cut":
            data.write_bytes(content[:-1])
        case "gone":
            data.unlink()
        case "manifest":
            manifest.write_bytes(manifest.read_bytes().replace(b'"rows": 3', b'"rows": 4'))
        case "no manifest":
            manifest.unlink()
    with opened(tmp_path) as cache:
        assert cache.find(PART) is None
        assert cache.make(PART, fill).meta == {"rows": 3}
        assert cache.find(PART) is not None


def test_what_vanishes_while_it_is_read_is_lost_not_wrong(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        entry = cache.make(PART, fill)
        entry.path("numbers.parquet").unlink()
        with pytest.raises(EntryLost):
            cache.table(entry, "numbers.parquet")
        assert cache.find(PART) is None


def test_two_makers_of_one_entry_leave_one(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        one.make(PART, lambda folder: other.make(PART, fill) and fill(folder))
        assert one.find(PART) is not None
    assert names(tmp_path) == [PART]


def test_a_failed_maker_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> dict[str, int]:
        fill(folder)
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"), opened(tmp_path) as cache:
        cache.make(PART, fail)
    assert names(tmp_path) == []


def test_the_entries_used_longest_ago_go_first(tmp_path: Path) -> None:
    several = ["part-" + letter * 32 for letter in "cde"]
    with opened(tmp_path) as cache:
        for age, name in enumerate(several):
            cache.make(name, fill)
            os.utime(tmp_path / name / MANIFEST, (age, age))
    size = sum(path.stat().st_size for path in (tmp_path / several[0]).iterdir())
    with opened(tmp_path) as cache:
        assert cache.find(several[0]) is not None  # now it is the newest
        cache.shrink(2 * size)
    assert names(tmp_path) == [several[0], several[2]]
    with opened(tmp_path) as cache:
        cache.find(several[2])
        cache.shrink(0)  # what this run uses stays
    assert names(tmp_path) == [several[2]]


def test_a_stranger_s_file_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "run-of-mine").mkdir()
    with opened(tmp_path) as cache:
        cache.shrink(0)
    assert names(tmp_path) == ["notes.txt", "run-of-mine"]


def test_the_folder_of_a_run_that_lives_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        (one.run / "lines").write_text("x")
        with opened(tmp_path):
            pass
        assert (one.run / "lines").read_text() == "x"
    assert names(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from finops.ingest.bills import cache
steps = int(sys.argv[2])
def counted(real):
    def step(*args, **kwargs):
        global steps
        steps -= 1
        if steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return step
cache.os.fsync = counted(os.fsync)
Path.rename = counted(Path.rename)
def fill(folder):
    pq.write_table(pa.table({"Number": [1, 2, 3]}), folder / "numbers.parquet")
    return {"rows": 3}
with cache.opened(Path(sys.argv[1])) as store:
    store.make("part-" + "a" * 32, fill)
"""


@pytest.mark.parametrize("steps", range(4))
def test_a_killed_maker_leaves_a_whole_entry_or_none(tmp_path: Path, tree: Path, steps: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(steps)], cwd=tree, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert any(name.startswith("run-") for name in names(tmp_path))
    with opened(tmp_path) as cache:
        assert cache.find(PART) is None
        assert cache.make(PART, fill).meta == {"rows": 3}
    assert names(tmp_path) == [PART]


def test_where_it_cannot_be_written_to_there_is_a_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with opened(tmp_path / "file") as cache:
        assert [issue.code for issue in cache.issues] == ["cache_unwritable"]
        cache.make(PART, fill)
        root = cache.root
    assert not root.exists()


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FINOPS_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "finops-dashboard"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "finops-dashboard"
    monkeypatch.setenv("FINOPS_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_how_large_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINOPS_CACHE_BYTES", raising=False)
    assert cache_bytes() == 20_000_000_000
    monkeypatch.setenv("FINOPS_CACHE_BYTES", "5e9")
    with pytest.raises(OutputError, match="whole number"):
        cache_bytes()
