"""``anomalies`` on the command line: the keys that scripts read, and verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops import Estate
from finops.answers.anomaly_course import DetectorCheck, Planted
from finops.cli import anomalies
from finops.cli.main import main

KEYS = {"date", "scope", "actual_usd", "expected_usd", "impact_usd", "impact_pct", "severity", "cause"}


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["anomalies", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_keys_of_an_anomaly(capsys: pytest.CaptureFixture[str]) -> None:
    document = answer(capsys, "--since", "2026-10-01")
    assert document["as_of"] == "2026-10-18"
    assert document["source"] == "costs"
    (one,) = document["anomalies"]
    assert one.keys() >= KEYS
    assert (one["date"], one["end"], one["severity"]) == ("2026-10-06", "2026-10-16", "high")
    assert one["impact_usd"] == pytest.approx(one["actual_usd"] - one["expected_usd"])
    assert one["impact_pct"] == pytest.approx(one["impact_usd"] / one["expected_usd"] * 100)
    assert sum(day["impact_usd"] for day in one["days"]) == pytest.approx(one["impact_usd"])


def test_the_check_of_the_detector_is_beside_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the sample it is better than the rule, without a note. Where it is worse that is said first."""
    document = answer(capsys)
    check = document["check"]
    ours, rule = (sum(row[key] for row in check["planted"]) for key in ("found", "rule_found"))
    assert (check["verdict"], ours > rule) == ("better", True)
    assert check["found_pct"] > check["rule_found_pct"]
    assert check["rule_alarms"] <= check["alarms"]
    assert document["notes"] == []

    def worse(estate: Estate, basis: str) -> DetectorCheck:
        return DetectorCheck(
            planted=(Planted(25, 32, 1, 2), Planted(50, 32, 3, 8)), alarms=0.1, rule_alarms=0.05,
            rule_factor=1.5, scopes=5, days=100,
        )  # fmt: skip

    monkeypatch.setattr(anomalies, "detector_check", worse)
    note = (
        "a simple rule does better on this bill: of the dollars of 64 planted spikes 7 % are found at "
        "0.10 alarms a month and scope, and 19 % by the rule “today > mean × 1.50” at 0.05"
    )
    assert answer(capsys)["notes"] == [note]
    assert main(["anomalies"]) == 0
    text = capsys.readouterr().out
    assert text.index(f"Note: {note}") < text.index("severity")
    assert text.count("a simple rule") == 1
    assert answer(capsys, "--min-usd", "1e9")["check"] is None


def test_a_verdict_is_given_used_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = answer(capsys, "--since", "2026-10-01")["anomalies"]
    assert main(["anomalies", "feedback", one["id"], "planned", "--until", "2026-10-16"]) == 0
    told = (
        f"{one['id']}  planned  account 333344445555, 2026-10-06 to 2026-10-16 (on the sample estate)\n"
    )
    assert capsys.readouterr().out == told
    assert main(["anomalies", "--since", "2026-10-01"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("0 anomalies")
    assert f"Planned: {one['id']} (333344445555, 2026-10-06 to 2026-10-16)" in text
    assert main(["anomalies", "forget", one["id"]]) == 0
    capsys.readouterr()
    assert [a["id"] for a in answer(capsys, "--since", "2026-10-01")["anomalies"]] == [one["id"]]


def test_an_unknown_id_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomalies", "feedback", "nothing", "yes"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("finops anomalies: no anomaly has the id 'nothing'; `python -m finops anom")


def test_a_planned_change_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--scope-type", "total", "--from", "2026-11-02", "--until", "2026-11-13"]
    assert main(["anomalies", "plan", *words]) == 0
    assert capsys.readouterr().out.endswith(
        "  planned  total, 2026-11-02 to 2026-11-13 (on the sample estate)\n"
    )
    kept = answer(capsys)["feedback"]
    assert [(one["dimension"], one["start"], one["verdict"]) for one in kept] == [
        ("total", "2026-11-02", "planned")
    ]


def test_a_scope_that_is_not_there_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for command in ("anomalies", "forecast"):
        assert main([command, "--scope-type", "service", "--scope-value", "Nope"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        said[command] = err.removeprefix(f"finops {command}: ")
    told = "up to 2026-10-18 no charge of service Nope is there; choose another scope\n"
    assert said == {"anomalies": told, "forecast": told}


@pytest.mark.parametrize(
    ("account", "warned"),
    [
        ("333344445555", ""),
        (
            "99999typo",
            "finops anomalies: the bill has no account 99999typo; it is planned all the same, as one to "
            "come\n",
        ),
    ],
)
def test_a_plan_for_what_the_bill_lacks_is_kept_with_a_warning(
    account: str, warned: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--scope-type", "account", "--scope-value", account, "--from", "2026-11-02"]
    assert main(["anomalies", "plan", *words, "--until", "2026-11-13", "--json"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["feedback"]["value"], err) == (account, warned)
    assert [one["value"] for one in answer(capsys)["feedback"]] == [account]


def test_nothing_to_reset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomalies", "reset"]) == 0
    assert capsys.readouterr().out == "the verdicts can be read; nothing moved\n"


def test_inputs_count_before_and_after_the_action(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Neither loses the bill: on a list of one's own there is no anomaly of the sample's id."""
    ec2 = tmp_path / "ec2.csv"
    ec2.write_text("ResourceId,Region,CostUSD,InstanceType,State\ni-1,us-east-1,0.1,m5.large,running\n")
    change = ["--scope-type", "total", "--from", "2026-11-02", "--until", "2026-11-13"]
    inputs = ["--ec2", str(ec2)]
    for words in (["plan", *change, *inputs], [*inputs, "plan", *change]):
        assert main(["anomalies", *words]) == 0
        assert capsys.readouterr().out.endswith("  planned  total, 2026-11-02 to 2026-11-13\n")
    kept = {where: answer(capsys, *where)["feedback"] for where in ((), tuple(inputs))}
    assert [len(one) for one in kept.values()] == [0, 1]
    assert main(["anomalies", "--json", "plan", *change]) == 0
    assert json.loads(capsys.readouterr().out)["feedback"]["verdict"] == "planned"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--since", "2026-10-01", "forget", "x"], "--since is no option of forget"),
        (["--scope-value", "EC2"], "--scope-value needs --scope-type"),
        (["--min-usd", "1e400"], "0 or more"),
        (["--min-usd", "nan"], "0 or more"),
        (["--min-usd", "-5"], "0 or more"),
    ],
)
def test_words_that_would_be_ignored_are_wrong_usage(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["anomalies", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_note_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--scope-type", "account", "--scope-value", "\x1b]0;pwn\x07", "--from", "2026-11-02"]
    assert main(["anomalies", "plan", *words, "--until", "2026-11-03"]) == 0
    assert main(["anomalies"]) == 0
    assert "\x1b" not in capsys.readouterr().out
