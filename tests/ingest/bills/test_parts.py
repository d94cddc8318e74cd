"""Which files count: folders with everything else they hold, AWS's deliveries, uploads."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from finops.errors import EmptyInput, FileUnreadable, OutputError
from finops.ingest.bills import parts_fingerprint
from finops.ingest.bills.parts import Parts, parts_of
from finops.ingest.bills.parts_fingerprint import fingerprint
from finops.ingest.files import InputFile


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    folder = tmp_path / "bill"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, content: bytes | None = None, day: int = 1) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode() if content is None else content)
    when = datetime(2023, 7, day, tzinfo=UTC).timestamp()
    os.utime(path, (when, when))
    return path


def names(parts: Parts) -> list[str]:
    return [part.name for part in parts.parts]


def messages(parts: Parts) -> dict[str, str]:
    assert all(issue.file == parts.source for issue in parts.issues)
    return {issue.code: issue.message for issue in parts.issues}


def test_a_single_file(bill: Path, spool: Path) -> None:
    path = put(bill, "any.name", b"a,b\n")
    (part,) = parts_of(path, spool).parts
    assert (part.name, part.location, part.size, part.delivery) == ("any.name", str(path), 4, "")
    assert part.fingerprint == hashlib.sha256(b"a,b\n").hexdigest()
    assert part.delivered == datetime(2023, 7, 1, tzinfo=UTC)
    assert parts_of(str(path), spool).parts == (part,)


def test_a_folder_and_what_it_holds_besides(bill: Path, spool: Path) -> None:
    for name in (
        "a.csv",
        "b.CSV.GZ",
        "c.csv.zip",
        "m/d.snappy.parquet",
        "_SUCCESS",
        "notes.txt",
        ".x.csv",
    ):
        put(bill, name)
    parts = parts_of(bill, spool)
    assert names(parts) == ["a.csv", "b.CSV.GZ", "c.csv.zip", "m/d.snappy.parquet"]
    assert [part.delivery for part in parts.parts] == ["bill", "bill", "bill", "m"]
    assert messages(parts) == {
        "file_skipped": "2 file(s) are in no figure: .x.csv (hidden), "
        "notes.txt (neither CSV nor Parquet)"
    }


def test_the_same_content_counts_once(bill: Path, spool: Path) -> None:
    put(bill, "a.csv", b"1")
    put(bill, "b.csv", b"1")
    put(bill, "c.csv", b"2")
    parts = parts_of(bill, spool)
    assert names(parts) == ["a.csv", "c.csv"]
    assert messages(parts) == {
        "duplicate_file": "1 file(s) are counted once only: b.csv (the same as a.csv)"
    }


def test_empty_files(bill: Path, spool: Path) -> None:
    put(bill, "empty.csv", b"")
    with pytest.raises(EmptyInput, match=r"bill: holds empty files only \(empty\.csv\)"):
        parts_of(bill, spool)
    with pytest.raises(EmptyInput, match=r"empty\.csv: the file is empty \(0 bytes\)"):
        parts_of(bill / "empty.csv", spool)
    put(bill, "full.csv")
    parts = parts_of(bill, spool)
    assert names(parts) == ["full.csv"]
    assert messages(parts) == {"empty_file": "1 file(s) have 0 bytes, download them again: empty.csv"}


def test_paths_that_hold_no_bill(bill: Path, spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        EmptyInput, match=r"bill: holds no file that ends in \.parquet, \.csv, \.gz, \.zip$"
    ):
        parts_of(bill, spool)
    put(bill, "x.txt")
    with pytest.raises(EmptyInput, match=r"it holds x\.txt"):
        parts_of(bill, spool)
    with pytest.raises(FileUnreadable, match=r"absent: there is no such file"):
        parts_of(bill / "absent", spool)
    with pytest.raises(FileUnreadable, match="this is a device"):
        parts_of("/dev/null", spool)
    with pytest.raises(EmptyInput, match="no file was given"):
        parts_of((), spool)
    path = put(bill, "a.csv")

    def denied(*_: object, **__: object) -> Iterator[object]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(FileUnreadable, match=r"a\.csv: permission to read it is denied"):
        parts_of(bill, spool)


def test_uploads_are_written_once(spool: Path) -> None:
    uploads = (InputFile("b.csv", b"1"), InputFile("a.csv", b"2"), InputFile("c.csv", b"1"))
    parts = parts_of(uploads, spool)
    assert names(parts) == ["a.csv", "b.csv"]
    assert [part.delivered for part in parts.parts] == [None, None]
    assert sorted(path.name for path in spool.iterdir()) == sorted(
        hashlib.sha256(content).hexdigest() for content in (b"1", b"2")
    )
    assert Path(parts.parts[1].location).read_bytes() == b"1"
    assert list(messages(parts)) == ["duplicate_file"]
    assert parts_of(uploads[1], spool).parts == parts.parts[:1]
    with pytest.raises(EmptyInput, match=r"x\.csv: the file is empty"):
        parts_of(InputFile("x.csv", b""), spool)


def test_a_spool_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write"):
        parts_of(InputFile("a.csv", b"1"), tmp_path / "file" / "spool")


def test_a_pipe_is_an_upload(spool: Path) -> None:
    ends = os.pipe()
    os.write(ends[1], b"a,b\n")
    os.close(ends[1])
    (part,) = parts_of(f"/dev/fd/{ends[0]}", spool).parts
    os.close(ends[0])
    assert Path(part.location).read_bytes() == b"a,b\n"


def test_a_fingerprint_is_remembered_until_the_file_changes(
    bill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(bill, "a.csv", b"1")
    calls: list[object] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: calls.append(1) or digest(*given))
    parts_fingerprint._digest.cache_clear()
    assert fingerprint(path) == fingerprint(path) == hashlib.sha256(b"1").hexdigest()
    assert len(calls) == 1
    put(bill, "a.csv", b"2", day=2)
    assert fingerprint(path) == hashlib.sha256(b"2").hexdigest()
    with pytest.raises(FileUnreadable, match="no such file"):
        fingerprint(bill / "absent")


def legacy(bill: Path, assembly: str, parts: int, place: str, day: int, *, month: str = "06") -> None:
    """A manifest of a legacy report; ``place`` is its folder."""
    period = f"2023{month}01-2023{int(month) + 1:02}01"
    document = {
        "assemblyId": assembly,
        "reportName": "cur",
        "billingPeriod": {"start": f"2023{month}01T000000.000Z", "end": "…"},
        "reportKeys": [f"pre/fix/cur/{period}/{assembly}/cur-{at}.csv.gz" for at in range(1, parts + 1)],
    }
    put(bill, f"{place}/cur-Manifest.json".lstrip("/"), json.dumps(document).encode(), day)


def report(bill: Path) -> None:
    """Two assemblies of June, the newer with two files, and one of July."""
    june, july = "cur/20230601-20230701", "cur/20230701-20230801"
    for name in (f"{june}/old/cur-1.csv.gz", f"{june}/new/cur-1.csv.gz", f"{june}/new/cur-2.csv.gz"):
        put(bill, name)
    put(bill, f"{july}/only/cur-1.csv.gz")
    legacy(bill, "old", 1, f"{june}/old", 2)
    legacy(bill, "new", 2, f"{june}/new", 3)
    legacy(bill, "new", 2, june, 3)
    legacy(bill, "only", 1, july, 2, month="07")


def test_only_the_newest_assembly_of_a_period_counts(bill: Path, spool: Path) -> None:
    report(bill)
    parts = parts_of(bill, spool)
    june = "cur/20230601-20230701"
    assert names(parts) == [
        f"{june}/new/cur-1.csv.gz",
        f"{june}/new/cur-2.csv.gz",
        "cur/20230701-20230801/only/cur-1.csv.gz",
    ]
    assert [part.delivery for part in parts.parts] == ["new", "new", "only"]
    assert parts.parts[0].delivered == datetime(2023, 7, 3, tzinfo=UTC)
    assert messages(parts) == {
        "superseded_delivery": "1 file(s) are in no figure, for AWS delivered new in their place: "
        f"{june}/old/cur-1.csv.gz"
    }


def test_the_folder_of_a_period_or_of_an_assembly_may_be_given(bill: Path, spool: Path) -> None:
    report(bill)
    assert names(parts_of(bill / "cur/20230601-20230701", spool)) == [
        "new/cur-1.csv.gz",
        "new/cur-2.csv.gz",
    ]
    assert names(parts_of(bill / "cur/20230601-20230701/old", spool)) == ["cur-1.csv.gz"]


def test_the_manifest_of_the_period_wins_whatever_the_times_say(bill: Path, spool: Path) -> None:
    report(bill)
    legacy(bill, "old", 1, "cur/20230601-20230701/old", 30)  # copied later
    (first, *_) = parts_of(bill, spool).parts
    assert first.delivery == "new"


def test_a_manifest_without_its_files_says_nothing(bill: Path, spool: Path) -> None:
    june = "cur/20230601-20230701"
    put(bill, f"{june}/old/cur-1.csv.gz")
    legacy(bill, "old", 1, f"{june}/old", 2)
    legacy(bill, "new", 2, june, 3)
    parts = parts_of(bill, spool)
    assert (names(parts), parts.issues) == ([f"{june}/old/cur-1.csv.gz"], ())


def test_a_file_that_the_manifest_names_and_that_is_missing(bill: Path, spool: Path) -> None:
    report(bill)
    (bill / "cur/20230601-20230701/new/cur-2.csv.gz").unlink()
    parts = parts_of(bill, spool)
    assert "new/cur-2.csv.gz" in messages(parts)["missing_file"]
    assert {issue.severity for issue in parts.issues if issue.code == "missing_file"} == {"error"}


def test_files_side_by_side_with_their_manifests(bill: Path, spool: Path) -> None:
    for month in ("06", "07"):
        put(bill, f"{month}.csv.gz")
        document = {
            "assemblyId": f"a{month}",
            "billingPeriod": {"start": f"2023{month}01T000000.000Z"},
            "reportKeys": [f"x/{month}.csv.gz"],
        }
        put(bill, f"{month}-Manifest.json", json.dumps(document).encode())
    put(bill, "other.csv")
    parts = parts_of(bill, spool)
    assert names(parts) == ["06.csv.gz", "07.csv.gz", "other.csv"]
    assert [part.delivery for part in parts.parts] == ["a06", "a07", "bill"]
    assert not parts.issues


def export(bill: Path, execution: str, files: list[str], place: str) -> None:
    """A manifest of a data export for January 2025."""
    keys = [f"s3://bucket/pre/exp/data/BILLING_PERIOD=2025-01/{name}" for name in files]
    document = {"executionId": execution, "dataFiles": keys}
    put(
        bill,
        f"metadata/BILLING_PERIOD=2025-01/{place}exp-Manifest.json",
        json.dumps(document).encode(),
        5,
    )


def test_executions_of_a_data_export(bill: Path, spool: Path) -> None:
    old, new = "2025-01-05T10:00:00.000Z-aaa", "2025-01-06T10:00:00.000Z-bbb"
    for name in (f"{old}/exp-1.parquet", f"{new}/exp-1.parquet"):
        put(bill, f"data/BILLING_PERIOD=2025-01/{name}")
    export(bill, "aaa", [f"{old}/exp-1.parquet"], f"{old}/")
    export(bill, "bbb", [f"{new}/exp-1.parquet"], f"{new}/")
    parts = parts_of(bill, spool)
    assert names(parts) == [f"data/BILLING_PERIOD=2025-01/{new}/exp-1.parquet"]
    assert parts.parts[0].delivered == datetime(2025, 1, 6, 10, tzinfo=UTC)
    assert f"{old}/exp-1.parquet" in messages(parts)["superseded_delivery"]


def test_an_export_that_overwrites(bill: Path, spool: Path) -> None:
    for name in ("exp-1.parquet", "exp-2.parquet"):
        put(bill, f"data/BILLING_PERIOD=2025-01/{name}")
    put(bill, "data/BILLING_PERIOD=2025-02/exp-1.parquet")
    export(bill, "ccc", ["exp-1.parquet"], "")
    parts = parts_of(bill, spool)
    assert names(parts) == [f"data/BILLING_PERIOD=2025-0{month}/exp-1.parquet" for month in (1, 2)]
    assert "exp-2.parquet" in messages(parts)["superseded_delivery"]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{", b'{"assemblyId": 1}', b'{"assemblyId":"a","reportKeys":[]}']
)
def test_a_manifest_that_says_nothing(bill: Path, spool: Path, content: bytes) -> None:
    put(bill, "a-Manifest.json", content)
    put(bill, "a.csv.gz", gzip.compress(b"a"))
    parts = parts_of(bill, spool)
    assert (names(parts), parts.issues) == (["a.csv.gz"], ())
