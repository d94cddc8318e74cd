"""Which bytes are read: folders of a bill with everything else they hold, devices, permissions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import finops.ingest.files
from finops.errors import EmptyInput, FileUnreadable
from finops.ingest import read_costs, read_input, read_inputs

BILL = b"ChargePeriodStart,BilledCost,EffectiveCost,ListCost,BillingCurrency\n2026-09-01,1.10,1,1,USD\n"


def names(folder: Path) -> list[str]:
    return [Path(file.name).relative_to(folder).as_posix() for file in read_inputs(folder)]


def test_endings_count_in_any_case_and_folders_may_end_like_files(tmp_path: Path) -> None:
    (tmp_path / "2026-09.parquet").mkdir()
    for name in ("a.csv", "b.CSV", "2026-09.parquet/part-0.parquet", "c.Parquet", "_d.csv"):
        (tmp_path / name).write_bytes(BILL)
    assert names(tmp_path) == ["2026-09.parquet/part-0.parquet", "_d.csv", "a.csv", "b.CSV", "c.Parquet"]
    assert read_costs(read_inputs(tmp_path)).info.rows == 5
    assert not read_inputs(tmp_path)[0].issues


def test_what_a_folder_holds_besides_is_named(tmp_path: Path) -> None:
    for folder in ("_temporary", ".hidden"):
        (tmp_path / folder).mkdir()
    for name in (
        "a.csv",
        "b.csv.gz",
        "notes.txt",
        ".c.csv",
        "_temporary/d.csv",
        "_SUCCESS",
        "_metadata",
        ".a.csv.crc",
        ".hidden/x.txt",
    ):
        (tmp_path / name).write_bytes(BILL)
    (tmp_path / "latest.csv").symlink_to(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert names(tmp_path) == ["a.csv"]
    (issue,) = [one for one in read_costs(read_inputs(tmp_path)).issues if one.code == "file_skipped"]
    assert (issue.severity, issue.file) == ("warning", str(tmp_path))
    assert issue.message == (
        "6 file(s) of the folder are in no figure: .c.csv (hidden), _temporary/d.csv (hidden), "
        "b.csv.gz (packed: unpack it), latest.csv (the same file as a.csv), notes.txt (neither CSV nor "
        "Parquet), pipe.csv (not a regular file)"
    )


def test_a_folder_of_packed_files_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(EmptyInput, match=r"holds no file .*; it holds a\.csv\.gz \(packed: unpack it\)"):
        read_inputs(tmp_path)


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "bill").mkdir()
    (tmp_path / "months").mkdir()
    (tmp_path / "months" / "a.csv").write_bytes(BILL)
    (tmp_path / "bill" / "one").symlink_to(tmp_path / "months")
    (tmp_path / "bill" / "two").symlink_to(tmp_path / "months")
    (tmp_path / "months" / "back").symlink_to(tmp_path / "bill")
    assert names(tmp_path / "bill") == ["one/a.csv"]


def test_a_folder_that_may_not_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.csv").write_bytes(BILL)
    listed = os.scandir

    def denied(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", denied)
    for folder in (tmp_path, tmp_path / "sub"):
        with pytest.raises(FileUnreadable, match=r"sub: permission to read it is denied"):
            read_inputs(folder)


def test_a_path_that_cannot_be_looked_at_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileUnreadable, match="File name too long"):
        read_inputs("x" * 5000)
    with pytest.raises(FileUnreadable, match="no such file"):
        read_inputs(tmp_path / "absent")

    def denied(path: Path, **_: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(FileUnreadable, match=r"lockdir/a\.csv: permission to read it is denied"):
        read_inputs("lockdir/a.csv")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_file(path: str) -> None:
    with pytest.raises(FileUnreadable, match="this is a device; give a file"):
        read_input(path)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    ends = os.pipe()
    os.write(ends[1], BILL)
    os.close(ends[1])
    assert read_input(f"/dev/fd/{ends[0]}").data == BILL
    os.close(ends[0])


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finops.ingest.files, "MOST_BYTES", len(BILL) - 1)
    (tmp_path / "a.csv").write_bytes(BILL)
    with pytest.raises(FileUnreadable, match="is larger than"):
        read_input(tmp_path / "a.csv")
    ends = os.pipe()
    os.write(ends[1], BILL)
    os.close(ends[1])
    with pytest.raises(FileUnreadable, match="is larger than"):
        read_input(f"/dev/fd/{ends[0]}")
    os.close(ends[0])


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(BILL)
    (tmp_path / "b.csv").symlink_to(tmp_path / "gone.csv")
    (first,) = read_inputs(tmp_path)
    assert "b.csv (a link to nothing)" in first.issues[0].message
