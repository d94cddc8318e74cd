"""Each room's self-test passes as it is, and fails as soon as one expected value is another."""

from __future__ import annotations

import ast
import math
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from finops import selftest
from finops.errors import UnknownPrice

ROOMS = ("budget_manager", "chargeback", "ingest", "insights", "pricing", "ri_engine", "tagging")


def run_room(room: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", f"finops.{room}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("room", ROOMS)
def test_room_holds(room: str, tree: Path) -> None:
    done = run_room(room, tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓" in done.stdout
    assert "✗" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("room", ROOMS)
def test_one_altered_value_fails(room: str, tree: Path, tmp_path: Path) -> None:
    for part in ("finops", "data"):
        shutil.copytree(tree / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    examples = tmp_path / "finops" / room / "examples.py"
    examples.write_text(with_one_altered_value(examples.read_text()))
    done = run_room(room, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "✗" in done.stdout
    assert done.stderr == ""


def with_one_altered_value(source: str) -> str:
    """The source of an examples module, with the first expected literal made another."""
    triples = (node for node in ast.walk(ast.parse(source)) if is_example(node))
    literals = (
        part
        for triple in sorted(triples, key=lambda node: node.lineno)
        for part in ast.walk(triple.elts[1])
        if isinstance(part, ast.Constant) and isinstance(part.value, bool | int | float | str)
    )
    literal = next(literals)
    lines = source.encode().splitlines(keepends=True)
    assert literal.lineno == literal.end_lineno
    line = lines[literal.lineno - 1]
    altered = repr(another(literal.value)).encode()
    lines[literal.lineno - 1] = line[: literal.col_offset] + altered + line[literal.end_col_offset :]
    return b"".join(lines).decode()


def is_example(node: ast.AST) -> bool:
    """Whether a node is ``(what, expected, actual)``."""
    return isinstance(node, ast.Tuple) and len(node.elts) == 3 and is_text(node.elts[0])


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def another(value: float | str) -> float | str:
    if isinstance(value, bool):
        return not value
    return f"1{value}" if isinstance(value, str) else value + 1


def test_altering_changes_the_first_expected_literal_only() -> None:
    source = 'def f(e):\n    yield "a – b", Decimal("2.50"), g(3)\n    yield "c", 4, 5\n'
    assert with_one_altered_value(source) == source.replace('"2.50"', "'12.50'")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1.0, 1.005),
        (Decimal("65000.00"), 64999.995),
        (82, 82),
        (math.nan, math.nan),
        (math.inf, math.inf),
        ("Team", "Team"),
        (None, None),
        ((1, "a"), (1, "a")),
    ],
)
def test_agrees(expected: object, actual: object) -> None:
    assert selftest.agrees(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1.0, 1.0051),
        (82, 83),
        (1.0, math.nan),
        (math.inf, -math.inf),
        (math.inf, 1.0),
        (True, 1.004),
        ("1", 1),
        (None, 0.0),
    ],
)
def test_differs(expected: object, actual: object) -> None:
    assert not selftest.agrees(expected, actual)


class Examples:
    """Stands in for a room's examples module."""

    def __init__(self, *rows: tuple[str, object, object], error: Exception | None = None) -> None:
        self.rows, self.error = rows, error

    def worked_examples(self, estate: object):
        yield from self.rows
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("examples", "status", "last_line"),
    [
        (Examples(("sum", 3.0, 3.001)), 0, "all 1 examples hold"),
        (Examples(("sum", 3.0, 3.0), ("rate", 0.5, 0.6)), 1, "1 of 2 examples differ"),
        (Examples(), 1, "no examples: nothing was shown to hold"),
        (Examples(("sum", 3, 3), error=UnknownPrice("no x9.large")), 1, "1 of 2 examples differ"),
    ],
)
def test_status_and_verdict(
    examples: Examples,
    status: int,
    last_line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(selftest, "import_module", lambda name: examples)
    monkeypatch.setattr(selftest, "load_estate", lambda: None)
    assert selftest.run("pricing") == status
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == last_line
    assert ("UnknownPrice: no x9.large" in printed) == (examples.error is not None)
