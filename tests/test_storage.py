"""Documents survive what happens to files: damage, two writers at once, and SIGKILL."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import StateChanged, StateError, StateTooNew, StateUnreadable
from finops.storage import ABSENT, JsonStore, Migration, StoredDocument, default_store

NAME = "notes.json"
NOON = datetime(2026, 10, 18, 12, 0, 0, tzinfo=UTC)


class Notes(StoredDocument):
    amounts: tuple[Decimal, ...] = ()
    lines: tuple[str, ...] = ()


def adding(line: str):
    return lambda notes: Notes(amounts=notes.amounts, lines=(*notes.lines, line))


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    return JsonStore(tmp_path / "not" / "there" / "yet")


def test_a_missing_file_reads_as_the_empty_document_and_makes_nothing(store: JsonStore) -> None:
    document = store.read(NAME, Notes)
    assert (document.value, document.revision) == (Notes(), ABSENT)
    assert not store.folder.exists()


def test_an_update_is_read_back_by_another_store(store: JsonStore) -> None:
    assert store.update(NAME, Notes, adding("größer")).lines == ("größer",)
    assert JsonStore(store.folder).read(NAME, Notes).value.lines == ("größer",)


def test_money_is_stored_as_the_text_of_a_decimal(store: JsonStore) -> None:
    store.update(NAME, Notes, lambda _: Notes(amounts=(Decimal("0.10"),)))
    assert json.loads(store.path(NAME).read_text())["amounts"] == ["0.10"]
    assert store.read(NAME, Notes).value.amounts == (Decimal("0.10"),)


def test_a_new_file_is_private_and_a_mode_that_was_set_is_kept(store: JsonStore) -> None:
    store.update(NAME, Notes, adding("one"))
    assert stat.S_IMODE(store.path(NAME).stat().st_mode) == 0o600
    store.path(NAME).chmod(0o640)
    store.update(NAME, Notes, adding("two"))
    assert stat.S_IMODE(store.path(NAME).stat().st_mode) == 0o640


def test_beside_the_document_lies_only_a_hidden_lock(store: JsonStore) -> None:
    store.update(NAME, Notes, adding("one"))
    assert {path.name for path in store.folder.iterdir()} <= {NAME, f".{NAME}.lock"}


def test_a_change_that_changes_nothing_does_not_write(store: JsonStore) -> None:
    store.update(NAME, Notes, adding("one"))
    before = store.path(NAME).stat().st_ino
    store.update(NAME, Notes, lambda notes: notes)
    assert store.path(NAME).stat().st_ino == before


def test_a_change_that_fails_leaves_the_document(store: JsonStore) -> None:
    store.update(NAME, Notes, adding("one"))

    def fail(_: Notes) -> Notes:
        raise LookupError

    with pytest.raises(LookupError):
        store.update(NAME, Notes, fail)
    assert store.read(NAME, Notes).value.lines == ("one",)


def test_a_save_over_something_newer_is_refused(store: JsonStore) -> None:
    mine = store.read(NAME, Notes)
    theirs = store.save(NAME, adding("theirs")(mine.value), mine.revision)
    with pytest.raises(StateChanged, match="nothing was overwritten"):
        store.save(NAME, adding("mine")(mine.value), mine.revision)
    assert store.read(NAME, Notes) == theirs


def test_an_update_is_repeated_when_an_editor_saved_in_between(store: JsonStore) -> None:
    store.update(NAME, Notes, adding("first"))
    calls = []

    def change(notes: Notes) -> Notes:
        if not calls:
            store.path(NAME).write_text('{"version": 1, "amounts": [], "lines": ["by hand"]}')
        calls.append(notes.lines)
        return adding("mine")(notes)

    assert store.update(NAME, Notes, change).lines == ("by hand", "mine")
    assert calls == [("first",), ("by hand",)]


BROKEN = {
    "truncated": b'{"version": 1, "lines": ["a"',
    "empty": b"",
    "blank": b" \n",
    "binary": bytes(range(256)),
    "not an object": b"[]",
    "without a version": b'{"lines": []}',
    "a version that is no number": b'{"version": true}',
    "an older version": b'{"version": 0}',
    "an unknown key": b'{"version": 1, "owner": "Ada"}',
    "a value of another type": b'{"version": 1, "lines": 3}',
    "NaN": b'{"version": 1, "amounts": [NaN]}',
    "NaN as text": b'{"version": 1, "amounts": ["NaN"]}',
    "a repeated key": b'{"version": 1, "lines": [], "lines": ["a"]}',
    "nested without end": b"[" * 200_000,
    "a number of 5,000 digits": b'{"version": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_document_stays_and_is_refused_twice(store: JsonStore, content: bytes) -> None:
    store.folder.mkdir(parents=True)
    path = store.path(NAME)
    path.write_bytes(content)
    for _ in range(2):
        for attempt in (
            lambda: store.read(NAME, Notes),
            lambda: store.update(NAME, Notes, adding("x")),
            lambda: store.save(NAME, Notes(), ABSENT),
        ):
            with pytest.raises(StateUnreadable, match="budgets reset") as refusal:
                attempt()
            assert str(path) in str(refusal.value)
    assert path.read_bytes() == content


def test_a_document_of_a_newer_version_stays_and_is_refused_twice(store: JsonStore) -> None:
    store.folder.mkdir(parents=True)
    store.path(NAME).write_text('{"version": 2, "planned": []}')
    for _ in range(2):
        with pytest.raises(StateTooNew, match=r"version 2.*reads up to 1"):
            store.read(NAME, Notes)
        with pytest.raises(StateTooNew, match="budgets reset"):
            store.update(NAME, Notes, adding("x"))
    assert store.path(NAME).read_text() == '{"version": 2, "planned": []}'


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_by_our_own_error(tmp_path_factory, content: bytes) -> None:
    store = JsonStore(tmp_path_factory.mktemp("any"))
    store.path(NAME).write_bytes(content)
    with pytest.raises(StateError):
        store.read(NAME, Notes)


def test_reset_renames_and_overwrites_no_earlier_one(store: JsonStore) -> None:
    store.folder.mkdir(parents=True)
    for number, expected in enumerate(("", "-2", "-3")):
        store.path(NAME).write_text(f"broken {number}")
        moved = store.reset(NAME, NOON)
        assert moved.name == f"{NAME}.broken-20261018T120000Z{expected}"
        assert moved.read_text() == f"broken {number}"
    assert store.read(NAME, Notes).value == Notes()


def test_there_is_nothing_to_reset_without_a_file(store: JsonStore) -> None:
    with pytest.raises(StateError, match="nothing to reset"):
        store.reset(NAME, NOON)


def test_a_folder_in_the_way_of_the_document_is_unreadable(store: JsonStore) -> None:
    store.path(NAME).mkdir(parents=True)
    with pytest.raises(StateUnreadable, match="it is a folder"):
        store.read(NAME, Notes)


def test_a_state_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = JsonStore(tmp_path / "file" / "state")
    with pytest.raises(StateError, match="FINOPS_DATA_DIR"):
        store.update(NAME, Notes, adding("x"))


def test_a_full_disk_leaves_the_old_document(store: JsonStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.update(NAME, Notes, adding("one"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match=r"No space left on device.*is as it was"):
        store.update(NAME, Notes, adding("two"))
    assert store.read(NAME, Notes).value.lines == ("one",)
    assert not list(store.folder.glob(".*.tmp"))


def test_a_lock_that_is_held_too_long_is_said(store: JsonStore) -> None:
    impatient = JsonStore(store.folder, lock_timeout_seconds=0.05)
    store.update(NAME, Notes, adding("one"))
    with FileLock(store.folder / f".{NAME}.lock"), pytest.raises(StateError, match="another process"):
        impatient.update(NAME, Notes, adding("two"))
    assert impatient.update(NAME, Notes, adding("two")).lines == ("one", "two")


def test_what_killed_writers_left_is_cleared_and_other_documents_are_not(store: JsonStore) -> None:
    store.folder.mkdir(parents=True)
    mine, other = store.folder / f".{NAME}.abc.tmp", store.folder / ".other.json.abc.tmp"
    mine.write_text("half")
    other.write_text("half")
    store.update(NAME, Notes, adding("one"))
    assert (mine.exists(), other.exists()) == (False, True)


@pytest.mark.parametrize("name", ["../up.json", "a/b.json", ".hidden.json", ""])
def test_a_document_is_a_plain_file_name(store: JsonStore, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        store.path(name)


def test_the_folder_is_the_environments_or_the_repositorys(
    tree: Path, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_store().folder == own_state
    monkeypatch.setenv("FINOPS_DATA_DIR", " ")
    assert default_store().folder == tree / "data"


def _add_many(folder: str, who: int, times: int) -> None:
    for number in range(times):
        JsonStore(Path(folder)).update(NAME, Notes, adding(f"{who}-{number}"))


def test_no_update_of_four_processes_is_lost(store: JsonStore) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_add_many, args=(str(store.folder), who, 25)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    lines = store.read(NAME, Notes).value.lines
    assert sorted(lines) == sorted(f"{who}-{number}" for who in range(4) for number in range(25))


# It acknowledges a save by a line on its standard output, once the save has returned.
WRITER = """
import sys
from pathlib import Path
from finops.storage import JsonStore, StoredDocument

class Notes(StoredDocument):
    amounts: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

store = JsonStore(Path(sys.argv[1]))
for number in range(10_000):
    line = f"{sys.argv[2]}-{number}"
    store.update("notes.json", Notes, lambda notes: Notes(lines=(*notes.lines, line)))
    print(line, flush=True)
"""


def test_killed_writers_lose_no_acknowledged_save(store: JsonStore, tree: Path) -> None:
    chance = random.Random(7)
    acknowledged: list[str] = []
    for round_number in range(4):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(store.folder), f"{round_number}{who}"],
                stdout=subprocess.PIPE,
                text=True,
                cwd=tree,
            )
            for who in "ab"
        ]
        acknowledged += [writer.stdout.readline().strip() for writer in writers]
        time.sleep(chance.uniform(0.0, 0.2))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            acknowledged += writer.communicate()[0].split()
        store.read(NAME, Notes)
        assert len(list(store.folder.glob(".*.tmp"))) <= len(writers)
    final = store.update(NAME, Notes, adding("after"))
    assert set(acknowledged) <= set(final.lines)
    assert len(set(final.lines)) == len(final.lines)
    assert not list(store.folder.glob(".*.tmp"))


class OldNotes(StoredDocument):
    """The document of an earlier release."""

    text: str = ""


class NewNotes(StoredDocument):
    """Version 2 had lines for a text, version 3 has an author too."""

    newest_version: ClassVar[int] = 3
    migrations: ClassVar[Mapping[int, Migration]] = {
        1: lambda old: {"lines": old["text"].splitlines()},
        2: lambda old: {**old, "author": "unknown"},
    }

    lines: tuple[str, ...] = ()
    author: str = ""


def test_a_new_document_is_of_the_newest_version() -> None:
    assert (OldNotes().version, NewNotes().version) == (1, 3)


def test_an_older_document_is_read_step_by_step_and_written_in_the_new_form(tmp_path: Path) -> None:
    store = JsonStore(tmp_path)
    before = store.save("notes.json", OldNotes(text="a\nb"), ABSENT)
    read = store.read("notes.json", NewNotes)
    assert read.value == NewNotes(lines=("a", "b"), author="unknown")
    assert read.revision == before.revision  # nothing is written by reading
    store.update("notes.json", NewNotes, lambda notes: notes.model_copy(update={"author": "Ada"}))
    written = json.loads(store.path("notes.json").read_text())
    assert written == {"version": 3, "lines": ["a", "b"], "author": "Ada"}
    with pytest.raises(StateTooNew):
        store.read("notes.json", OldNotes)


@pytest.mark.parametrize(
    "document", [{"version": 1}, {"version": 1, "text": 5}, {"version": 0}, {"version": -1}]
)
def test_what_no_migration_fits_is_refused_and_stays(tmp_path: Path, document: object) -> None:
    path = JsonStore(tmp_path).path("notes.json")
    path.write_text(json.dumps(document))
    for _ in range(2):
        with pytest.raises(StateUnreadable, match=r"notes\.json"):
            JsonStore(tmp_path).update("notes.json", NewNotes, lambda notes: notes)
    assert json.loads(path.read_text()) == document
