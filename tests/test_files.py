"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops.errors import OutputError
from finops.files import read_whole, whole_file, write_whole


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_file_is_read_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"12345", mode=0o600)
    content, facts = read_whole(path, most_bytes=5)
    assert (content, facts.st_mode & 0o777) == (b"12345", 0o600)
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_whole(path, most_bytes=4)
    with pytest.raises(OSError, match="it is no file"):
        read_whole(tmp_path, most_bytes=4)
    with pytest.raises(FileNotFoundError):
        read_whole(tmp_path / "nowhere", most_bytes=4)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*out\.csv: No such file"):
        write_whole(tmp_path / "nowhere" / "out.csv", b"x")


def test_a_failed_rename_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    write_whole(Path("/dev/null"), b"x")
    assert not Path("/dev/null").is_file()


def test_a_stream_takes_its_place_at_the_end_of_the_body(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with whole_file(path, 0o600) as temporary:
        with temporary.open("wb") as file:
            file.writelines((b"new ", b"and long"))
        assert temporary.parent == tmp_path
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new and long"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_body_that_fails_leaves_the_old_file_and_keeps_its_own_error(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with pytest.raises(TimeoutError, match="reading"), whole_file(path) as temporary:
        temporary.write_bytes(b"half")
        raise TimeoutError("reading")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link, path = tmp_path / "link.csv", tmp_path / "kept" / "out.csv"
    path.write_bytes(b"old")
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_the_remedy_is_the_callers(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "part.parquet"
    with (
        pytest.raises(OutputError, match=r"No such file.*; name another folder"),
        whole_file(missing, remedy="name another folder"),
    ):
        pass
