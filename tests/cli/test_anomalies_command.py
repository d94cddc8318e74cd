"""``anomalies`` on the command line: the keys that scripts read, and verdicts."""

from __future__ import annotations

import json

import pytest

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


def test_a_verdict_is_given_used_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = answer(capsys, "--since", "2026-10-01")["anomalies"]
    assert main(["anomalies", "feedback", one["id"], "planned", "--until", "2026-10-16"]) == 0
    told = f"{one['id']}  planned  account 333344445555, 2026-10-06 to 2026-10-16\n"
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
    assert capsys.readouterr().out.endswith("  planned  total, 2026-11-02 to 2026-11-13\n")
    kept = answer(capsys)["feedback"]
    assert [(one["dimension"], one["start"], one["verdict"]) for one in kept] == [
        ("total", "2026-11-02", "planned")
    ]


def test_nothing_to_reset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomalies", "reset"]) == 0
    assert capsys.readouterr().out == "the verdicts can be read; nothing moved\n"
