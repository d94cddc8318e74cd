"""``budgets check --notify`` and ``budgets alerts`` as cron and a shell see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops.cli import main
from tests.channels import closed_port, webhook

Json = dict[str, Any]

EC2_LIST = """\
ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State
i-1,EC2,us-east-1,1.00,Team=Search,2025-07-22,m5.xlarge,running
"""
# $730 a month; up to 18 October 18 of 31 days: $423.87, which is 84.77 % of $500.
BUDGET = ["--name", "All <!channel>", "--scope-type", "total", "--amount", "500"]


@pytest.fixture
def estate(tmp_path: Path) -> list[str]:
    (tmp_path / "ec2.csv").write_text(EC2_LIST)
    return ["--ec2", str(tmp_path / "ec2.csv"), "--as-of", "2026-10-18"]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Json]:
    def answer(*words: str, status: int = 0) -> Json:
        assert main([*words, "--json"]) == status
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


@pytest.fixture
def check(ask: Callable[..., Json], estate: list[str]) -> Callable[..., Json]:
    ask("budgets", "create", *BUDGET)

    def answer(*words: str, status: int = 0) -> Json:
        return ask("budgets", "check", *estate, *words, status=status)

    return answer


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINOPS_NOTIFY_URLS", raising=False)
    monkeypatch.delenv("FINOPS_NOTIFY_URLS_FILE", raising=False)
    monkeypatch.setattr("finops.cli.alerts.time.sleep", lambda seconds: None)


def kinds(document: Json) -> list[tuple[str, str, float]]:
    return [(one["source"], one["kind"], one["threshold"]) for one in document["alerts"]]


def test_without_notify_budgets_alone_are_asked_and_nothing_leaves(check: Callable[..., Json]) -> None:
    document = check()
    assert kinds(document) == [
        ("budget", "actual", 50),
        ("budget", "actual", 80),
        ("budget", "forecast", 100),
    ]
    assert document["deliveries"] == []
    first = document["alerts"][0]
    assert (first["budget_name"], first["threshold_pct"], first["severity"]) == (
        "All <!channel>",
        50,
        "early_warning",
    )


def test_notify_tells_of_all_sources_once(
    check: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook:
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", f"ops={hook.url}")
        first, second = check("--notify"), check("--notify")
    assert kinds(first)[3:] == [("compliance", "compliance", 95)]
    assert [(one["channel"], one["state"]) for one in first["deliveries"]] == [("ops", "delivered")] * 4
    assert (second["alerts"], second["deliveries"]) == (first["alerts"], [])
    (got,) = hook.received
    assert all(one["id"] in got["message"] for one in first["alerts"])
    assert "<!channel>" not in got["title"] + got["message"]


def test_urls_may_stand_in_a_file(
    check: Callable[..., Json], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with webhook() as hook:
        (tmp_path / "urls").write_text(f"# who is told\nops={hook.url}\n")
        monkeypatch.setenv("FINOPS_NOTIFY_URLS_FILE", str(tmp_path / "urls"))
        check("--notify", "--sources", "budgets")
    assert len(hook.received) == 1


def test_who_is_told_of_one_source_is_not_told_of_another(
    check: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook:
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", f"ops={hook.url}")
        first = check("--notify", "--sources", "compliance")
        # Budgets were checked, and their alerts wait for whoever is told of them.
        second = check("--notify", "--sources", "budgets")
    assert [len(document["deliveries"]) for document in (first, second)] == [1, 3]
    assert "Tag compliance" in hook.received[0]["message"]
    assert "All" not in hook.received[0]["message"]


def test_alerts_are_kept_where_nobody_can_be_told(
    check: Callable[..., Json], ask: Callable[..., Json]
) -> None:
    raised = check("--notify", status=1)["alerts"]
    kept = ask("budgets", "alerts", "list")["alerts"]
    assert {one["id"] for one in kept} == {one["id"] for one in raised}
    assert "compliance" in {one["source"] for one in kept}


def test_limits_and_sources_are_options(check: Callable[..., Json]) -> None:
    # The instance carries Team, and lacks four of the five keys: 0 % compliant.
    assert kinds(check("--sources", "compliance")) == [("compliance", "compliance", 95)]
    assert kinds(check("--sources", "compliance", "--compliance-below", "0")) == []
    assert len(check("--sources", "budgets,compliance", "--compliance-below", "50")["alerts"]) == 4


@pytest.mark.parametrize(
    "words",
    [
        ["--sources", "weather"],
        ["--expiry-days", "91"],
        ["--expiry-days", "x"],
        ["--expiry-days", "60,7.5"],
        ["--coverage-below", "101"],
    ],
)
def test_wrong_words_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["budgets", "check", *words])
    assert end.value.code == 2


def test_a_failed_delivery_is_one_line_and_exit_1_and_the_answer_is_printed(
    check: Callable[..., Json],
    estate: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FINOPS_NOTIFY_URLS", f"ops=json://u:s3cret@127.0.0.1:{closed_port()}/t0ken")
    assert (
        main(["budgets", "check", *estate, "--notify", "--sources", "budgets", "--fail-on", "breach"])
        == 1
    )
    out, err = capsys.readouterr()
    assert "ops: 3 pending" in out
    assert err.startswith(
        "finops budgets: channel ops: the server refused the connection; 3 alerts wait"
    )
    assert err.count("\n") == 1
    assert "s3cret" not in out + err
    assert "t0ken" not in out + err


def test_without_a_channel_notify_says_how_to_name_one(
    estate: list[str], check: Callable[..., Json], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["budgets", "check", *estate, "--notify"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("finops budgets: there is no channel to notify: set FINOPS_NOTIFY_URLS")
    assert "All <!channel>" in out


def test_a_gate_is_missed_where_everything_was_told(
    check: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook:
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", hook.url)
        check("--notify", "--fail-on", "breach", status=3)
    assert len(hook.received) == 1


def test_alerts_are_listed_acknowledged_snoozed_and_reopened(
    check: Callable[..., Json], ask: Callable[..., Json], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, _ = (one["id"] for one in check()["alerts"])
    done = ask("budgets", "alerts", "acknowledge", first, "--by", "Ada", "--note", "a migration")
    assert (done["state"], done["by"], done["note"]) == ("acknowledged", "Ada", "a migration")
    done = ask("budgets", "alerts", "snooze", second, "--until", "2199-01-01")
    assert (done["state"], done["snoozed_until"]) == ("snoozed", "2199-01-01")
    listed = ask("budgets", "alerts", "list")["alerts"]
    assert [one["state"] for one in listed] == ["open", "snoozed", "acknowledged"]  # newest first
    assert [one["id"] for one in ask("budgets", "alerts", "list", "--state", "snoozed")["alerts"]] == [
        second
    ]
    assert ask("budgets", "alerts", "reopen", second)["state"] == "open"
    assert main(["budgets", "alerts", "list"]) == 0
    assert "a migration" in capsys.readouterr().out


def test_what_cannot_be_done_is_one_line_and_exit_1(
    check: Callable[..., Json], capsys: pytest.CaptureFixture[str]
) -> None:
    alert = check()["alerts"][0]["id"]
    capsys.readouterr()
    for words, said in (
        (["reopen", alert], "is open already"),
        (["acknowledge", "nope", "--by", "Ada"], "no alert has the id 'nope'"),
        (["snooze", alert, "--until", "2020-01-01"], "a snooze ends after today"),
    ):
        assert main(["budgets", "alerts", *words]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


def test_an_acknowledged_alert_is_not_sent(
    check: Callable[..., Json], ask: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = check()["alerts"][0]["id"]
    ask("budgets", "alerts", "acknowledge", first, "--by", "Ada")
    with webhook() as hook:
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", hook.url)
        sent = check("--notify", "--sources", "budgets")["deliveries"]
    assert first not in {one["alert_id"] for one in sent}
    assert first not in hook.bodies
    assert len(sent) == 2


def test_channels_are_tried_without_an_alert(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_state: Path
) -> None:
    with webhook() as good:
        absent = f"json://u:s3cret@127.0.0.1:{closed_port()}/"
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", f"ops={good.url}")
        assert main(["budgets", "alerts", "try"]) == 0
        assert capsys.readouterr() == ("ops: took the message\n", "")
        monkeypatch.setenv("FINOPS_NOTIFY_URLS", f"ops={good.url} gone={absent}")
        assert main(["budgets", "alerts", "try"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == (
        "ops: took the message\n",
        "finops budgets: channel gone: the server refused the connection\n",
    )
    assert [got["title"] for got in good.received] == ["FinOps: this channel works"] * 2
    assert not own_state.exists()  # a trial is nothing to keep
