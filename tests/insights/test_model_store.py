"""A model is loaded only if this user's key has signed it; whatever else lies there is never run."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest

from finops.errors import Cancelled, ModelRefused, OutputError
from finops.insights import model_store
from finops.insights.model_store import ModelStore, cache_key
from finops.insights.training import Training, TrainingState
from tests.insights.made_models import KEY, MODEL, fetched, kept, never


class Poison:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.write_text, (self.target, "it ran"))


def test_trained_once_then_loaded(store: ModelStore) -> None:
    first = fetched(store)
    second = store.fetch("clusters", KEY, never)
    assert (first.origin, second.origin, first.issues, second.issues) == ("trained", "loaded", (), ())
    assert np.array_equal(second.model["centres"], MODEL["centres"])
    assert second.model["names"] == MODEL["names"]
    assert stat.S_IMODE(store.path("clusters", KEY).stat().st_mode) == 0o600


def test_none_is_a_model_too(store: ModelStore) -> None:
    store.save("nothing", KEY, None)
    assert store.load("nothing", KEY) == (None,)
    assert store.load("clusters", KEY) is None


def poisoned_pickle(path: Path, target: Path) -> None:
    path.write_bytes(pickle.dumps(Poison(target)))


def poisoned_joblib(path: Path, target: Path) -> None:
    joblib.dump(Poison(target), path)


def poisoned_behind_a_signature(path: Path, target: Path) -> None:
    """The old signature and header, another pickle."""
    magic, signature, header, _ = path.read_bytes().split(b"\n", 3)
    path.write_bytes(b"\n".join([magic, signature, header, pickle.dumps(Poison(target))]))


def poisoned_with_another_key(path: Path, target: Path) -> None:
    other = ModelStore(path.parent, target.parent / "other" / "model.key")
    other.save("clusters", KEY, Poison(target))


def renamed_from_another_model(path: Path, target: Path) -> None:
    """Signed by the right key, but as another model: a valid file cannot stand in for another."""
    store = ModelStore(path.parent, target.parent / "config" / "model.key")
    store.save("other", KEY, Poison(target))
    store.path("other", KEY).rename(path)


def of_an_old_version(path: Path, target: Path) -> None:
    store = ModelStore(path.parent, target.parent / "config" / "model.key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_store, "FORMAT", 0)
        store.save("clusters", KEY, Poison(target))


def of_other_libraries(path: Path, target: Path) -> None:
    store = ModelStore(path.parent, target.parent / "config" / "model.key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_store, "versions", lambda: {"joblib": "0.1"})
        store.save("clusters", KEY, Poison(target))


def empty(path: Path, target: Path) -> None:
    path.write_bytes(b"")


def torn(path: Path, target: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def one_bit_changed(path: Path, target: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(bytes(content))


def a_link(path: Path, target: Path) -> None:
    elsewhere = target.parent / "elsewhere.txt"
    elsewhere.write_text("mine")
    path.unlink()
    path.symlink_to(elsewhere)


def a_pipe(path: Path, target: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HARMS = {
    poisoned_pickle: "not written by this program",
    poisoned_joblib: "not written by this program",
    poisoned_behind_a_signature: "signature does not hold",
    poisoned_with_another_key: "signature does not hold",
    renamed_from_another_model: "another model, or of another version",
    of_an_old_version: "another model, or of another version",
    of_other_libraries: "another model, or of another version",
    empty: "it is empty",
    torn: "signature does not hold",
    one_bit_changed: "signature does not hold",
    a_link: "it is a link",
    a_pipe: "it is no file",
}


@pytest.mark.parametrize(("harm", "reason"), HARMS.items(), ids=[harm.__name__ for harm in HARMS])
def test_what_is_not_signed_is_refused_named_and_trained_again(
    harm, reason: str, store: ModelStore, tmp_path: Path
) -> None:
    path, target = kept(store), tmp_path / "written_by_the_pickle"
    harm(path, target)
    with pytest.raises(ModelRefused, match=reason) as refused:
        store.load("clusters", KEY)
    assert str(path) in str(refused.value)
    again = fetched(store)
    assert again.origin == "trained"
    [issue] = again.issues
    assert (issue.code, issue.file) == ("model_refused", str(path))
    assert reason in issue.message
    assert not target.exists()
    assert store.fetch("clusters", KEY, never).origin == "loaded"
    if harm is a_link:
        assert (tmp_path / "elsewhere.txt").read_text() == "mine"


def test_the_poison_works(tmp_path: Path) -> None:
    """The tests above prove something only if such a pickle does write its file when it is loaded."""
    target = tmp_path / "written_by_the_pickle"
    joblib.load(io.BytesIO(pickle.dumps(Poison(target))))
    assert target.read_text() == "it ran"


def test_bytes_are_read_once(store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is swapped after its signature was verified is not what is loaded."""
    path, target = kept(store), tmp_path / "written_by_the_pickle"
    verified = ModelStore._verified

    def swap(self: ModelStore, *args: object) -> bytes:
        pickled = verified(self, *args)
        poisoned_joblib(path, target)
        return pickled

    monkeypatch.setattr(ModelStore, "_verified", swap)
    assert store.fetch("clusters", KEY, never).model["names"] == MODEL["names"]
    assert not target.exists()


def test_a_folder_in_the_way_stays(store: ModelStore) -> None:
    path = kept(store)
    path.unlink()
    path.mkdir()
    codes = [issue.code for issue in fetched(store).issues]
    assert codes == ["model_refused", "model_not_kept"]
    assert path.is_dir()


def test_key_of_a_model_is_its_data_settings_libraries_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_key("a", {"x": 1, "y": 2}) == cache_key("a", {"y": 2, "x": 1})
    others = [cache_key("b", {"x": 1, "y": 2}), cache_key("a", {"x": 1, "y": 3}), cache_key("a", {})]
    monkeypatch.setattr(model_store, "versions", lambda: {"scikit-learn": "0.1"})
    others.append(cache_key("a", {"x": 1, "y": 2}))
    monkeypatch.undo()
    monkeypatch.setattr(model_store, "_code_version", lambda: "other code")
    others.append(cache_key("a", {"x": 1, "y": 2}))
    monkeypatch.undo()
    assert len({cache_key("a", {"x": 1, "y": 2}), *others}) == 6
    with pytest.raises(TypeError):
        cache_key("a", {"x": object()})


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "A", ".hidden"])
def test_a_name_is_a_name(name: str, store: ModelStore) -> None:
    with pytest.raises(ValueError, match="no name and key"):
        store.path(name, KEY)


def test_used_longest_ago_goes_first(tmp_path: Path) -> None:
    """Models of 1,000 numbers are 8,000 bytes and a little; 20,000 bytes hold two of them."""
    store = ModelStore(tmp_path / "ml_cache", tmp_path / "model.key", most_bytes=20_000)
    keys = [cache_key(data, {}) for data in "abc"]
    for at, key in enumerate(keys[:2]):
        store.save("big", key, np.zeros(1000))
        os.utime(store.path("big", key), (at, at))
    assert store.load("big", keys[0]) is not None  # used now, so the second is the older one
    store.save("big", keys[2], np.zeros(1000))
    assert [store.path("big", key).exists() for key in keys] == [True, False, True]
    assert sum(path.stat().st_size for path in store.folder.glob("*.joblib")) <= 20_000


def test_files_of_others_and_folders_are_left_alone(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "ml_cache", tmp_path / "model.key", most_bytes=10_000)
    store.folder.mkdir()
    mine = store.folder / "my_own_model.joblib"
    mine.write_bytes(bytes(9_000))
    for name in (f"clusters-{'0' * 32}.joblib", ".x.joblib.y.tmp"):
        (store.folder / name).mkdir()
    keys = [cache_key(data, {}) for data in "ab"]
    for key in keys:
        assert store.fetch("big", key, lambda training: np.zeros(1000)).issues == ()
    assert mine.stat().st_size == 9_000
    assert [store.path("big", key).exists() for key in keys] == [False, True]


def test_a_loop_of_links_costs_the_file_and_not_the_model(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for store in (ModelStore(tmp_path / "ml", loop / "model.key"), ModelStore(loop, tmp_path / "key")):
        got = store.fetch("clusters", KEY, lambda training: MODEL)
        assert (got.model, got.origin) == (MODEL, "trained")
        assert [issue.code for issue in got.issues][-1] == "model_not_kept"


def test_a_model_as_deep_as_the_stack_is_there_all_the_same(store: ModelStore) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    got = store.fetch("clusters", KEY, lambda training: deep)
    assert got.model is deep
    assert [issue.code for issue in got.issues] == ["model_not_kept"]
    while deep:  # taken apart, for to free it at once would go as deep
        (deep,) = deep  # type: ignore[misc]


def test_a_model_larger_than_the_store_is_not_kept(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "ml_cache", tmp_path / "model.key", most_bytes=100)
    with pytest.raises(OutputError, match="more than the 100"):
        store.save("big", KEY, np.zeros(1000))
    assert [issue.code for issue in fetched(store).issues] == ["model_not_kept"]
    assert not list(tmp_path.rglob("*.joblib"))


def test_what_cannot_be_pickled_is_there_all_the_same(store: ModelStore) -> None:
    """A function without a name of its own has no place in a file."""
    got = store.fetch("clusters", KEY, lambda training: lambda: 42)
    assert got.model() == 42
    assert [issue.code for issue in got.issues] == ["model_not_kept"]
    assert store.load("clusters", KEY) is None


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "ml_cache", tmp_path / "model.key", most_bytes=10_000)
    path = kept(store)
    with path.open("r+b") as file:
        file.truncate(10**12)
    with pytest.raises(ModelRefused, match="more than 10,000 bytes"):
        store.load("clusters", KEY)


def test_folder_may_be_deleted_while_it_is_used(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(store)
    shutil.rmtree(store.folder)
    assert fetched(store).origin == "trained"
    whole, times = model_store.write_whole, []

    def delete_first(path: Path, content: bytes, mode: int) -> None:
        if not times:
            times.append(1)
            shutil.rmtree(store.folder)
        whole(path, content, mode)

    monkeypatch.setattr(model_store, "write_whole", delete_first)
    store.save("clusters", KEY, MODEL)
    assert times == [1]
    assert store.fetch("clusters", KEY, never).origin == "loaded"


def test_what_killed_writers_left_goes(store: ModelStore) -> None:
    path = kept(store)
    left = path.with_name(f".{path.name}.abc.tmp")
    left.write_bytes(b"half a model")
    store.save("clusters", KEY, MODEL)
    assert sorted(file.name for file in store.folder.iterdir()) == [".lock", path.name]


def test_training_tells_where_it_is_and_can_be_stopped(store: ModelStore) -> None:
    running, seen = Training(), []

    def train(training: Training) -> dict[str, object]:
        training.begin("grouping resources", 4)
        training.advance()
        seen.append(training.state)
        training.cancel()
        training.advance()
        raise AssertionError("not stopped")

    with pytest.raises(Cancelled, match="no model was kept"):
        store.fetch("clusters", KEY, train, running)
    assert seen == [TrainingState("grouping resources", 1, 4)]
    assert seen[0].share == 0.25
    assert store.load("clusters", KEY) is None
    with pytest.raises(Cancelled):
        store.fetch("clusters", KEY, never, running)


def test_what_training_raises_leaves_nothing(store: ModelStore) -> None:
    with pytest.raises(AssertionError, match="trained although"):
        store.fetch("clusters", KEY, never)
    assert not store.folder.exists()


WRITER = """
import sys
from pathlib import Path
from finops.insights.model_store import ModelStore
store = ModelStore(Path(sys.argv[1]), Path(sys.argv[2]))
for turn in range(40):
    found = store.fetch("clusters", sys.argv[3], lambda training: list(range(10_000)))
    assert found.issues == (), found.issues
    assert found.model == list(range(10_000))
    store.save("clusters", sys.argv[3], found.model)
    store.save("mine", f"{turn % 10}" * 32, sys.argv[4] * 1000)
"""


def test_two_processes_at_once(store: ModelStore, tmp_path: Path, tree: Path) -> None:
    """They make one key between them, and neither ever meets half a file or one that does not hold."""
    arguments = [str(store.folder), str(tmp_path / "config" / "model.key"), KEY]
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, *arguments, name],
            cwd=tree,
            stderr=subprocess.PIPE,
        )
        for name in "ab"
    ]
    ends = [(process.communicate()[1], process.returncode) for process in running]
    assert ends == [(b"", 0), (b"", 0)]
    assert store.load("mine", "7" * 32)[0] in ("a" * 1000, "b" * 1000)


def test_header_says_what_the_file_is(store: ModelStore) -> None:
    header = json.loads(kept(store).read_bytes().split(b"\n", 3)[2])
    assert (header["format"], header["model"], header["key"]) == (1, "clusters", KEY)
    assert header["versions"]["joblib"] == joblib.__version__
