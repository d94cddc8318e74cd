"""``tags`` on the command line: violations, the way to the target, the trend, policies in and out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops.cli import main

Json = dict[str, Any]
Ask = Callable[..., Json]
AWS = Path(__file__).parents[1] / "resources" / "tag_policies" / "inheritance.json"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def answer(*words: str | Path, status: int = 0) -> Json:
        assert main([*map(str, words), "--json"]) == status
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


@pytest.fixture
def organization(tmp_path: Path) -> list[Path]:
    """Policies A and B of AWS's first example: the root assigns two values, the unit one other."""
    case = json.loads(AWS.read_text("utf-8"))[0]
    files = [tmp_path / "root.json", tmp_path / "unit.json"]
    for file, (policy,) in zip(files, case["levels"], strict=True):
        file.write_text(json.dumps(policy))
    return files


def test_a_run_keeps_one_snapshot_a_day(ask: Ask) -> None:
    first, second = ask("tags"), ask("tags")
    (kept,) = second["trend"]
    assert kept["as_of"] == second["as_of"]
    assert kept["compliance_pct"] == first["compliance_pct"]


def test_the_way_to_the_target_is_a_list(ask: Ask, tmp_path: Path) -> None:
    answer = ask("tags")
    by_cost = answer["path_to_target"]["by_cost"]
    listed = ask("tags", "violations", "--to-target", "cost")["violations"]
    assert [row["resource_id"] for row in listed] == by_cost["resource_ids"]
    reached = answer["compliant_cost_usd"] + sum(row["monthly_cost_usd"] for row in listed)
    assert 100 * reached / answer["total_cost_usd"] == pytest.approx(by_cost["reaches_pct"])
    out = tmp_path / "fix.csv"
    ask("tags", "violations", "--key", "Team", "--out", out)
    team = next(line for line in answer["by_tag"] if line["key"] == "Team")
    assert len(out.read_text().splitlines()) == 1 + answer["resources"] - team["compliant"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "sh", "yml"])
def test_the_tags_to_set_are_written_by_ending(ask: Ask, tmp_path: Path, ending: str) -> None:
    answer, out = ask("tags"), tmp_path / f"fix.{ending}"
    of_team = next(line for line in answer["by_tag"] if line["key"] == "Team")
    done = ask("tags", "remediate", "--key", "Team", "--out", out)
    assert done["resources"] == done["tags"] == answer["resources"] - of_team["compliant"]
    # Each resource with a key in a wrong spelling has the value already.
    assert done["known"] == of_team["wrong_case"]
    assert out.stat().st_size > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "fix.txt"), "its ending says no form"),
        (("--key", "Tem", "--out", "fix.csv"), "the policy has no key 'Tem'"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tags", "remediate", *words]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_the_text_says_what_to_do_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tags"]) == 0
    out, err = capsys.readouterr()
    assert "resources by violation: missing key" in out
    assert "to 95% by cost: put right the" in out
    assert "apart: untaggable" in out
    assert err == ""


def test_policies_of_aws_are_taken_over_and_given_back(
    ask: Ask, organization: list[Path], tmp_path: Path
) -> None:
    before = ask("tags")
    preview = ask("tags", "import", *organization, "--preview")
    assert (preview["saved"], ask("tags")["policy"]) == (False, before["policy"])
    assert preview["compliance_before_pct"] == before["compliance_pct"]
    done = ask("tags", "import", *organization)
    assert done["policy"]["allowed_values"]["CostCenter"]["values"] == ["Sandbox"]
    after = ask("tags")
    assert after["policy"] == done["policy"]
    assert after["compliance_pct"] == done["compliance_pct"] == preview["compliance_pct"]
    given = tmp_path / "back.json"
    assert ask("tags", "export", given)["keys"] == 9
    tags = json.loads(given.read_text("utf-8"))["tags"]
    assert tags["costcenter"]["tag_value"] == {"@@assign": ["Sandbox"]}
    assert tags["costcenter"]["enforced_for"] == {"@@assign": ["redshift:*", "dynamodb:table"]}
    ask("tags", "import", given)
    again = tmp_path / "again.json"
    ask("tags", "export", again)
    assert again.read_bytes() == given.read_bytes()


def test_a_policy_of_ours_replaces_the_one_in_force(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text('{"required": ["Owner"], "allowed_values": {}}')
    changed = ask("tags", "import", file)
    assert ask("tags")["policy"]["required"] == ["Owner"]
    assert ask("tags", "--policy", file)["compliance_pct"] == changed["compliance_pct"]


@pytest.mark.parametrize(
    ("content", "named"),
    [("{", "p.json"), ('{"tags": {"a": 1}}', "tags.a is 1"), ('{"requird": []}', "requird")],
)
def test_a_file_that_is_no_policy_changes_nothing(
    content: str, named: str, tmp_path: Path, own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.json"
    file.write_text(content)
    assert main(["tags", "import", str(file)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert named in err
    assert not (own_state / "tag_policy.json").exists()


def test_documents_that_cannot_be_read_stay_until_the_reset(
    ask: Ask, own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_state.mkdir(parents=True, exist_ok=True)
    for name in ("tag_policy.json", "tag_compliance.json"):
        (own_state / name).write_text("{")
    assert main(["tags"]) == 1
    assert "tags reset" in capsys.readouterr().err
    assert len(ask("tags", "reset")["moved"]) == 2
    assert ask("tags", "reset")["moved"] == []
    assert ask("tags")["resources"] == 200
