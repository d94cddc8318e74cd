"""``tags suggest``, ``accept``, ``virtual`` and ``withdraw``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops.cli import main

Json = dict[str, Any]
Ask = Callable[..., Json]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def answer(*words: str | Path, status: int = 0) -> Json:
        assert main([*map(str, words), "--json"]) == status
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


def test_suggestions_are_told_and_written(ask: Ask, tmp_path: Path, tree: Path) -> None:
    policy = tree / "data" / "tag_policy_sample.json"
    out = tmp_path / "suggested.csv"
    answer = ask("tags", "suggest", "--policy", policy, "--key", "Team", "--out", out)
    assert {row["key"] for row in answer["suggestions"]} == {"Team"}
    assert len(out.read_text().splitlines()) == 1 + len(answer["suggestions"])
    (key,) = answer["keys"]
    assert key["suggested"] == len(answer["suggestions"])
    assert key["precision_low_pct"] >= 95


def test_from_a_suggestion_to_chargeback_and_back(ask: Ask, tree: Path) -> None:
    policy = tree / "data" / "tag_policy_sample.json"
    words = ("--key", "Team", "--policy", policy, "--who", "Lena")
    (kept,) = ask("tags", "accept", "acme-reports-01", *words)["virtual_tags"]
    assert (kept["id"], kept["value"], kept["accepted_by"]) == ("v1", "Analytics", "Lena")
    lines = {line["allocated_to"] for line in ask("chargeback", "--by", "Team")["lines"]}
    assert "Analytics" in lines
    assert [one["id"] for one in ask("tags", "virtual")["virtual_tags"]] == ["v1"]
    ask("tags", "withdraw", "v1", "--who", "Dana")
    assert ask("tags", "virtual")["virtual_tags"] == []
    (gone,) = ask("tags", "virtual", "--withdrawn")["virtual_tags"]
    assert gone["withdrawn_by"] == "Dana"
    assert len(ask("tags", "accept", "--all", *words)["virtual_tags"]) > 9


def test_a_rule_of_ones_own_needs_no_suggestion(ask: Ask) -> None:
    (kept,) = ask(
        "tags", "accept", "--key", "Team", "--value", "Mobile", "--account", "666677778888",
        "--service", "EC2,S3", "--name", "acme-*", "--tag", "Project=Shop", "--who", "Ken",
        "--starts", "2026-09-01", "--reason", "the sandbox is theirs",
    )["virtual_tags"]  # fmt: skip
    assert kept["match"] == {
        "resource_ids": [],
        "accounts": ["666677778888"],
        "regions": [],
        "services": ["EC2", "S3"],
        "names": ["acme-*"],
        "tags": {"Project": "Shop"},
    }
    assert (kept["starts"], kept["reason"]) == ("2026-09-01", "the sandbox is theirs")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "Team"), "the ids of resources, or --all"),
        (("--key", "Team", "--all", "acme-reports-01"), "the ids of resources, or --all"),
        (("--key", "Team", "--account", "1"), "a rule of your own needs its value"),
        (("--key", "Team", "--value", "Web", "--tag", "Project"), "a tag such as Team=Payments"),
    ],
)
def test_what_is_asked_for_has_to_be_said(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["tags", "accept", *words, "--who", "Ken"])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("accept", "nobody", "--key", "Team", "--who", "Ken"), "nothing is suggested for nobody"),
        (("accept", "--key", "Team", "--value", "Web", "--who", "Ken"), "received none"),
        (("accept", "--key", "Tea", "--all", "--who", "Ken"), "the policy does not require Tea"),
        (("withdraw", "v1", "--who", "Ken"), "has the id v1"),
        (("withdraw", "v1", "--who", " "), "the name of who"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tags", *words]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


def test_another_value_than_the_accepted_one_is_refused_by_name(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("tags", "accept", "acme-reports-01", "--key", "Team", "--who", "Ken", "--value")
    assert len(ask(*words, "Analytics")["virtual_tags"]) == 1
    for value, said in (("Web", "v1 gives Team=Analytics to resource acme-reports-01"),
                        ("Analytics", "is in force already")):  # fmt: skip
        assert main([*words, value]) == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert said in line
    assert [one["id"] for one in ask("tags", "virtual", "--withdrawn")["virtual_tags"]] == ["v1"]
    ask("tags", "withdraw", "v1", "--who", "Ken")
    assert [one["id"] for one in ask(*words, "Web")["virtual_tags"]] == ["v2"]


def test_all_suggestions_twice_are_accepted_once(
    ask: Ask, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tree / "data" / "tag_policy_sample.json"
    words = ("tags", "accept", "--all", "--key", "Team", "--policy", str(policy), "--who", "Lena")
    first = ask(*words)["virtual_tags"]
    assert main([*words]) == 0
    assert "nothing new" in capsys.readouterr().out
    assert ask("tags", "virtual")["virtual_tags"] == first


# A Reserved Instance as the sample's bill has it: its recurring fee is a charge without tags.
RESERVED = "arn:aws:ec2:us-east-1:222233334444:reserved-instances/0c7be9f4-6a12-4d38-b5f7-1d94e3a860c2"


def test_a_rule_by_the_arn_of_the_bill_moves_its_cost(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("tags", "accept", RESERVED, "--key", "Team", "--value", "Reserved", "--who", "Ken")
    assert main([*words]) == 0
    assert capsys.readouterr().err == ""
    lines = {
        line["allocated_to"] for line in ask("chargeback", "--by", "Team", "--basis", "billed")["lines"]
    }
    assert "Reserved" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acme-reports-01", "--key", "Teem"), "carries Teem, and the policy names only"),
        (("acme-reports-1", "b-9", "--key", "Team"), "has no resource acme-reports-1, b-9"),
        (("--key", "Team", "--name", "acme-*,nobody-?"), "has no resource like nobody-?"),
        (("--key", "Team", "--account", "1,666677778888"), "has no account 1"),
        (("--key", "Team", "--region", "mars-1"), "has no region mars-1"),
        (("--key", "Team", "--service", "S3,EC3"), "has no service EC3"),
        (("--key", "Team", "--tag", "Projekt=Shop"), "carries Projekt"),
    ],
)
def test_a_rule_for_what_nobody_knows_is_accepted_with_a_warning(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tags", "accept", *words, "--value", "Web", "--who", "Ken", "--json"]) == 0
    printed = capsys.readouterr()
    assert [one["id"] for one in json.loads(printed.out)["virtual_tags"]] == ["v1"]
    (line,) = printed.err.strip().splitlines()
    assert "v1: " in line
    assert said in line
