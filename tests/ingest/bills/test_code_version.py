"""Does another code never use the entries of this one?"""

from __future__ import annotations

from pathlib import Path

import finops.ingest.bills
import finops.schema
import finops.tags
from finops.ingest.bills.code_version import code_version, entry_key, sources, version_of


def test_a_changed_source_changes_every_key(tmp_path: Path) -> None:
    paths = [tmp_path / "one.py", tmp_path / "two.py"]
    for path in paths:
        path.write_text("x = 1\n")
    before = version_of(paths)
    assert version_of(paths) == before
    paths[1].write_text("x = 2\n")
    after = version_of(paths)
    assert after != before
    assert entry_key("part", version=after) != entry_key("part", version=before)
    assert version_of(paths[:1]) not in {before, after}


def test_what_moves_from_one_source_to_another_is_a_change(tmp_path: Path) -> None:
    paths = [tmp_path / "one.py", tmp_path / "two.py"]
    paths[0].write_text("ab")
    paths[1].write_text("c")
    before = version_of(paths)
    paths[0].write_text("a")
    paths[1].write_text("bc")
    assert version_of(paths) != before


def test_every_module_of_the_bills_decides_what_the_cache_holds() -> None:
    package = Path(next(iter(finops.ingest.bills.__path__)))
    besides = {Path(str(module.__file__)) for module in (finops.tags, finops.schema)}
    assert {*package.glob("*.py"), *besides} <= set(sources())
    assert code_version() == version_of(sources())
    assert entry_key("part") == entry_key("part", version=code_version())
