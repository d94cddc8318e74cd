"""The house stands: floors hold, public names are there, and imports stay light."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import finops

LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
FLOORS = "Floors: each imports only what lies below it"
MAY_PRINT = ("finops/cli/", "finops/selftest.py")
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/changelog.md")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def sources(tree: Path) -> list[Path]:
    return sorted((tree / "finops").rglob("*.py"))


def contracts(tree: Path) -> dict[str, dict[str, object]]:
    settings = tomllib.loads((tree / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["name"]: contract for contract in settings["contracts"]}


def test_floors_hold(tree: Path) -> None:
    done = lint_imports(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "forbidden", "broken"),
    [
        ("finops/ri_engine/__init__.py", "import streamlit", "Streamlit lives in the dashboard only"),
        ("finops/tagging/__init__.py", "import plotly.graph_objects", "Plotly lives in charts only"),
        ("finops/chargeback/__init__.py", "import finops.tagging", "Floors"),
        ("finops/pricing/__init__.py", "import finops.ingest", "Floors"),
        ("finops/cli/__init__.py", "import finops.ri_engine", "Faces"),
    ],
)
def test_forbidden_import_breaks_its_contract(
    module: str, forbidden: str, broken: str, tree: Path, tmp_path: Path
) -> None:
    shutil.copytree(tree / "finops", tmp_path / "finops", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tree / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{forbidden}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^{broken}.* BROKEN", done.stdout, re.MULTILINE), done.stdout


def test_every_room_stands_in_the_contracts(tree: Path) -> None:
    rooms = {path.stem for path in (tree / "finops").glob("*.py") if not path.stem.startswith("__")}
    rooms |= {path.parent.name for path in (tree / "finops").glob("*/__init__.py")}
    rules = contracts(tree)
    floors = {name for layer in rules[FLOORS]["layers"] for name in re.findall(r"[\w.]+", layer)}
    assert {f"finops.{room}" for room in rooms} == floors
    for contract, exempt in (
        ("Streamlit lives in the dashboard only", "dashboard"),
        ("Plotly lives in charts only", "charts"),
    ):
        assert {f"finops.{room}" for room in rooms - {exempt}} == set(rules[contract]["source_modules"])


def test_public_names_are_what_they_say() -> None:
    assert sorted(finops._ROOMS) == finops.__all__ == sorted(finops.__all__)
    for name in finops.__all__:
        assert getattr(finops, name).__name__ == name
        assert getattr(finops, name).__module__.startswith(f"finops.{finops._ROOMS[name]}")
    assert set(finops.__all__) <= set(dir(finops))


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="'Budgets'; it has BudgetManager, ChargebackEngine"):
        finops.Budgets  # noqa: B018


def test_import_stays_light(tree: Path) -> None:
    """``import finops`` loads no module of its own but itself, and nothing that is installed."""
    code = (
        "import sys; before = set(sys.modules); import finops, json; print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tree, capture_output=True, text=True, check=True
    )
    loaded = json.loads(done.stdout)
    assert [name for name in loaded if name.startswith("finops")] == ["finops"]
    assert not {"pandas", "numpy", "streamlit", "plotly", "pydantic"} & set(loaded)


def test_files_are_short(tree: Path) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources(tree)}
    assert {str(path): length for path, length in lengths.items() if length >= 400} == {}


def test_library_code_prints_nothing(tree: Path) -> None:
    printing = [
        f"{path.relative_to(tree)}:{node.lineno}"
        for path in sources(tree)
        if not path.relative_to(tree).as_posix().startswith(MAY_PRINT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_package_is_typed(tree: Path) -> None:
    assert (tree / "finops" / "py.typed").is_file()


def test_requirements_are_pinned_to_the_tested_set(tree: Path) -> None:
    tested = set(pins(tree / "constraints.txt"))
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-spark.txt"):
        wanted = pins(tree / name)
        assert all("==" in pin for pin in wanted)
        assert set(wanted) <= tested


def pins(path: Path) -> list[str]:
    """The packages of a requirements file, without their extras."""
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#-"]
    return [re.sub(r"\[.*?\]", "", line) for line in lines]


@pytest.mark.parametrize("document", PAGES)
def test_pages_name_what_is_there(document: str, tree: Path) -> None:
    """Every relative link leads to a file, and every ``make`` target that a page names exists."""
    text = (tree / document).read_text()
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text)
    assert [link for link in links if not (tree / document).parent.joinpath(link).exists()] == []
    targets = set(re.findall(r"^([a-z-]+):", (tree / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def readme_commands(tree: Path) -> list[list[str]]:
    lines = re.findall(r"^    python -m finops (.+)$", (tree / "README.md").read_text(), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_readme_commands_are_commands(tree: Path) -> None:
    """Every command line of the README parses, and it shows every command that there is."""
    from finops.cli.main import COMMANDS, parser

    commands = {parser().parse_args(words).command for words in readme_commands(tree)}
    assert commands == {command.__name__.rpartition(".")[2] for command in COMMANDS}
