"""``chargeback --rules`` on the sample: every rule file reconciles, and bad ones say what is wrong."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from finops.cli import main

RULES = {
    "version": 1,
    "rules": [
        {"kind": "pool", "name": "Support", "source": "support", "split": "even"},
        {"kind": "tag", "name": "Tag"},
        {"kind": "account", "name": "Account"},
        {
            "kind": "pool",
            "name": "Network",
            "source": "network",
            "split": "driver",
            "driver": "requests",
        },
        {"kind": "pool", "name": "Platform", "source": "target", "names": ["Platform"]},
    ],
    "commitments": "owner_keeps",
}
DRIVERS = "allocated_to,requests,people\r\nCheckout,300,\r\nSearch,100,4\r\n"


def answer_of(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["chargeback", "--by", "Team", *words, "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out, parse_float=Decimal)
    return document


@pytest.mark.parametrize("basis", ["billed", "effective", "list"])
def test_the_sample_under_rules_adds_up_to_its_bill(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, basis: str
) -> None:
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    (tmp_path / "drivers.csv").write_text(DRIVERS)
    files = ["--rules", str(tmp_path / "rules.json"), "--drivers", str(tmp_path / "drivers.csv")]
    plain = answer_of(capsys, "--basis", basis)
    ruled = answer_of(capsys, "--basis", basis, "--shared", "proportional", *files)
    lines = ruled["lines"]
    assert isinstance(lines, list)
    assert sum(line["total_usd"] for line in lines) == ruled["total_usd"] == plain["total_usd"]
    assert ruled["unallocated_usd"] == 0
    assert sum(line["shared_usd"] for line in lines) == ruled["untagged_usd"]
    assert "Platform" not in {line["allocated_to"] for line in lines}


def test_the_kept_rules_hold_without_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_DATA_DIR", str(tmp_path))
    rules = {"version": 1, "rules": [{"kind": "account", "name": "A", "columns": ["Name"]}]}
    (tmp_path / "allocation_rules.json").write_text(json.dumps(rules))
    lines = answer_of(capsys)["lines"]
    assert isinstance(lines, list)
    assert {"production", "sandbox"} <= {line["allocated_to"] for line in lines}


def test_rules_are_kept_shown_and_put_out_of_the_way(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_DATA_DIR", str(tmp_path / "state"))
    given = tmp_path / "rules.json"
    given.write_text(json.dumps(RULES))
    assert main(["chargeback", "rules", "show"]) == 0
    assert "no rules are kept" in capsys.readouterr().out
    for words in (("--json", "rules", "show"), ("rules", "--json", "show"), ("rules", "show", "--json")):
        assert main(["chargeback", *words]) == 0
        assert json.loads(capsys.readouterr().out)["rules"] == []
    assert main(["chargeback", "rules", "import", str(given), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [rule["name"] for rule in shown["rules"]] == [
        "Support",
        "Tag",
        "Account",
        "Network",
        "Platform",
    ]
    assert main(["chargeback", "rules", "show"]) == 0
    told = capsys.readouterr().out
    assert "network and data transfer, shared by the driver requests" in told
    assert "commitments: owner keeps" in told
    given.write_text("{")
    assert main(["chargeback", "rules", "import", str(given)]) == 1
    assert str(given) in capsys.readouterr().err
    kept = tmp_path / "state" / "allocation_rules.json"
    kept.write_text("{")
    assert main(["chargeback", "rules", "show"]) == 1
    assert "python -m finops chargeback rules reset" in capsys.readouterr().err
    assert main(["chargeback", "rules", "reset"]) == 0
    assert "allocation_rules.json.broken-" in capsys.readouterr().out
    assert not kept.exists()


def test_without_a_key_it_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chargeback"])
    assert ended.value.code == 2
    assert "--by TAG" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["chargeback", "showback"])
def test_the_files_of_a_mode(capsys: pytest.CaptureFixture[str], tmp_path: Path, mode: str) -> None:
    said = answer_of(capsys, "--mode", mode, "--export", str(tmp_path))
    stem = f"{mode}_2026-09_billed_{str(said['digest'])[:12]}"
    ends = ["_summary.csv", "_detail.csv", "_focus.csv", ".xlsx"]
    ends += ["_journal.csv"] if mode == "chargeback" else []
    names = [re.sub(r"_charges_[0-9a-f]{12}_focus", "_focus", path.name) for path in tmp_path.iterdir()]
    assert sorted(names) == sorted(stem + end for end in ends)
    assert said["mode"] == mode


@pytest.mark.parametrize(
    ("option", "text", "complaint"),
    [
        ("--rules", "{", "holds no allocation rules"),
        ("--rules", '{"version":1,"rules":[{"kind":"tax"}]}', "rules.0"),
        ("--drivers", "team,requests\nA,1\n", "needs the column allocated_to"),
        ("--drivers", "allocated_to,requests\nA,many\n", "line 2: 'many' is no quantity"),
        ("--drivers", "allocated_to,requests\nA,1\nA,2\n", "line 3: a row needs an allocated_to"),
        ("--drivers", "allocated_to,requests\nA,-1\n", "'-1' is no quantity"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, text: str, complaint: str
) -> None:
    (tmp_path / "given").write_text(text)
    assert main(["chargeback", "--by", "Team", option, str(tmp_path / "given")]) == 1
    complained = capsys.readouterr().err
    assert complaint in complained
    assert str(tmp_path / "given") in complained


def test_a_month_is_closed_and_reopened(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_DATA_DIR", str(tmp_path))
    month = ["--period", "2026-08"]
    assert main(["chargeback", "--by", "Team", *month, "--close"]) == 1
    assert "say who closes" in capsys.readouterr().err
    closed = answer_of(capsys, *month, "--close", "--who", "Dana")
    assert (closed["closed_by"], closed["restated"], closed["adjustments"]) == ("Dana", False, [])
    assert answer_of(capsys, *month)["closed_at"] == closed["closed_at"]
    other = answer_of(capsys, *month, "--shared", "even")
    assert (other["lines"], other["shared"]) == (closed["lines"], "none")
    assert other["other_terms"] == ["sharing of untagged cost"]
    assert main(["chargeback", "--by", "Team", *month, "--shared", "even"]) == 0
    assert "not what is asked for now: sharing of untagged cost" in capsys.readouterr().out
    assert main(["chargeback", "--by", "Team", *month, "--close", "--who", "Ken"]) == 1
    assert "closed already" in capsys.readouterr().err
    assert answer_of(capsys, *month, "--reopen", "late", "--who", "Ken")["closed_at"] is None
    log = json.loads((tmp_path / "closed_periods.json").read_text())["log"]
    assert [(entry["action"], entry["who"]) for entry in log] == [
        ("closed", "Dana"),
        ("reopened", "Ken"),
    ]
