"""The key of the models is the user's alone, made once, and trusted while nobody else may use it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from finops.errors import ModelKeyUnusable
from finops.insights.model_key import KEY_BYTES, key_file, signing_key
from finops.insights.model_store import ModelStore
from tests.insights.made_models import KEY, fetched, kept, never


def test_the_key_is_the_users_alone(store: ModelStore, tmp_path: Path) -> None:
    kept(store)
    key = tmp_path / "config" / "model.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert len(key.read_bytes()) == KEY_BYTES
    assert [path.name for path in key.parent.iterdir()] == ["model.key"]
    assert key.read_bytes() not in store.path("clusters", KEY).read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_use_is_not_trusted(mode: int, store: ModelStore, tmp_path: Path) -> None:
    kept(store)
    (tmp_path / "config" / "model.key").chmod(mode)
    again = fetched(store)
    assert again.origin == "trained"
    assert "others may read or write" in again.issues[0].message


def test_a_key_of_another_user_is_not_trusted(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(store)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    again = fetched(store)
    assert (again.origin, again.issues[0].code) == ("trained", "model_key_unusable")
    assert "belongs to another user" in again.issues[0].message


def test_a_file_system_without_links_has_a_key_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "config" / "model.key"
    made = signing_key(path, tmp_path / "ml_cache")
    assert (len(made), signing_key(path, tmp_path / "ml_cache")) == (KEY_BYTES, made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * (KEY_BYTES + 1)])
def test_a_key_of_another_length_is_no_key(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ModelKeyUnusable, match="cannot be used"):
        signing_key(path, tmp_path / "ml_cache")
    assert path.read_bytes() == content


def test_a_key_beside_the_models_is_refused(tmp_path: Path) -> None:
    models = tmp_path / "ml_cache"
    models.mkdir()
    (tmp_path / "link").symlink_to(models)
    for path in (models / "model.key", models / "deep" / "model.key", tmp_path / "link" / "model.key"):
        with pytest.raises(ModelKeyUnusable, match="beside the models"):
            signing_key(path, models)
    assert list(models.iterdir()) == []


def test_where_the_key_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FINOPS_KEY_FILE", str(tmp_path / "mine"))
    assert key_file() == tmp_path / "mine"
    monkeypatch.setenv("FINOPS_KEY_FILE", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_file() == tmp_path / "finops-dashboard" / "model.key"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert key_file() == tmp_path / "home" / ".config" / "finops-dashboard" / "model.key"


def test_a_new_key_makes_old_models_strangers(store: ModelStore, tmp_path: Path) -> None:
    kept(store)
    (tmp_path / "config" / "model.key").unlink()
    again = fetched(store)
    assert (again.origin, again.issues[0].code) == ("trained", "model_refused")
    assert store.fetch("clusters", KEY, never).origin == "loaded"


def test_without_a_place_for_the_key_models_are_trained_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ModelStore(tmp_path / "ml_cache", tmp_path / "file" / "model.key")
    for _ in range(2):
        got = fetched(store)
        assert (got.origin, [issue.code for issue in got.issues]) == ("trained", ["model_not_kept"])
