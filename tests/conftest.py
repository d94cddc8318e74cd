"""What every test may ask for: the tree, the sample estate, real bills, and a state of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from finops import Estate

# The same examples in every run, and no verdict on how fast this machine is.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's JSON state; models and their key too. No test touches the user's."""
    folder = tmp_path / "state"
    monkeypatch.setenv("FINOPS_DATA_DIR", str(folder))
    monkeypatch.setenv("FINOPS_MODEL_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("FINOPS_KEY_FILE", str(tmp_path / "key" / "model.key"))
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of reduced bills of this run. No test reads or writes the user's."""
    folder = tmp_path_factory.mktemp("bills")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINOPS_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tree() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def sample() -> Estate:
    """The sample estate, loaded once. Nothing may change its frames."""
    from finops import load_estate

    return load_estate()


@pytest.fixture(scope="session")
def conformance_data() -> Path:
    """Real bills, price lists and published examples that do not come with the project."""
    folder = os.environ.get("FINOPS_CONFORMANCE_DATA")
    if not folder:
        pytest.skip("FINOPS_CONFORMANCE_DATA names no folder of real bills and published examples")
    return Path(folder)
