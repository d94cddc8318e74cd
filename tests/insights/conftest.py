"""What tests of the insights may ask for beside the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops.insights.model_store import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store of its own, with a key that is made on first use."""
    return ModelStore(tmp_path / "ml_cache", tmp_path / "config" / "model.key")
