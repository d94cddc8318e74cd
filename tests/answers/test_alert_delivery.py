"""Each alert arrives once on each channel; where something dies or fails in between, at least once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from finops.answers.alert_delivery import DeliveryReport, deliver
from finops.budget_manager import ALERTS_FILE, AlertBook
from finops.budget_manager.deliveries import CLAIM
from finops.errors import ChannelError, StateError
from finops.notify import Channel, Message, Outcome, channels_of, send
from finops.storage import JsonStore
from tests.budget_manager.test_alert_history import NOON, TODAY, alert
from tests.channels import closed_port, mailbox, webhook

ALERTS = (alert(1), alert(2, severity="exceeded", threshold=100))
MINUTE = timedelta(minutes=1)


def run(folder: Path, urls: str, at=NOON, active=ALERTS, **options) -> DeliveryReport:
    """One run of a process of its own."""
    return deliver(
        active,
        channels_of(urls),
        as_of=TODAY,
        clock=lambda: at,
        wait=lambda _: None,
        book=AlertBook(JsonStore(folder)),
        **options,
    )


def states(report: DeliveryReport) -> list[tuple[str, str]]:
    return [(line.alert_id, line.state) for line in report.deliveries]


def test_a_hundred_runs_are_one_message(tmp_path: Path) -> None:
    with webhook() as hook:
        first = run(tmp_path, f"ops={hook.url}")
        written = (tmp_path / ALERTS_FILE).stat().st_ino
        again = [run(tmp_path, f"ops={hook.url}", NOON + number * MINUTE) for number in range(1, 101)]
    assert states(first) == [(ALERTS[0].id, "delivered"), (ALERTS[1].id, "delivered")]
    assert (first.problems, hook.requests) == ((), 1)
    assert {(report.deliveries, report.problems) for report in again} == {((), ())}
    assert (tmp_path / ALERTS_FILE).stat().st_ino == written  # and nothing was written again


def test_one_message_holds_all_alerts_the_gravest_first(tmp_path: Path) -> None:
    with mailbox() as box:
        run(tmp_path, box.url)
    (mail,) = box.received
    assert mail["subject"] == "FinOps: 2 alerts: 1 exceeded, 1 action required"
    text = mail.get_content()
    assert text.index(ALERTS[1].id) < text.index(ALERTS[0].id)


def test_what_comes_later_is_told_alone(tmp_path: Path) -> None:
    with webhook() as hook:
        run(tmp_path, hook.url)
        run(tmp_path, hook.url, NOON + MINUTE, (*ALERTS, alert(3)))
    assert [alert(3).id in got["message"] for got in hook.received] == [False, True]
    assert ALERTS[0].id not in hook.received[1]["message"]


def test_what_fails_waits_and_arrives_once_the_server_is_back(tmp_path: Path) -> None:
    port = closed_port()
    url = f"ops=json://127.0.0.1:{port}/"
    down = run(tmp_path, url)
    assert [state for _, state in states(down)] == ["pending", "pending"]
    assert down.problems == (
        "channel ops: the server refused the connection; 2 alerts wait and will be sent again from "
        "2026-10-18 12:20 UTC on",
    )
    with webhook(port) as hook:
        waiting = run(tmp_path, url, NOON + 19 * MINUTE)
        assert (hook.requests, len(waiting.problems)) == (0, 1)
        back = run(tmp_path, url, NOON + 20 * MINUTE, ())  # although they are active no more
        assert back.problems == ()
    assert [(line.state, line.attempts) for line in back.deliveries] == [("delivered", 4)] * 2
    assert len(hook.received) == 1
    assert all(one.id in hook.bodies for one in ALERTS)


@pytest.mark.parametrize("status", [500, 404])
def test_a_channel_that_fails_does_not_keep_the_other_from_its_message(
    tmp_path: Path, status: int
) -> None:
    with webhook() as good, webhook() as bad:
        bad.status = status
        urls = f"bad={bad.url} good={good.url}"
        report = run(tmp_path, urls)
        assert [problem.split(";")[0] for problem in report.problems] == [
            f"channel bad: the server answered HTTP {status}"
        ]
        bad.status = 200
        assert run(tmp_path, urls, NOON + timedelta(hours=6)).problems == ()
        assert (len(good.received), len(bad.received)) == (1, 1)


def test_a_url_that_is_wrong_is_said_and_the_others_are_told(tmp_path: Path) -> None:
    with webhook() as hook:
        report = run(tmp_path, f"slakc://s3cret-word {hook.url}")
        assert len(hook.received) == 1
    (problem,) = report.problems
    assert problem.startswith("channel 1 of 2 in FINOPS_NOTIFY_URLS")


def test_without_a_channel_nothing_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="set FINOPS_NOTIFY_URLS"):
        run(tmp_path, "")
    assert not (tmp_path / ALERTS_FILE).exists()


def test_a_channel_that_is_named_no_more_is_no_problem(tmp_path: Path) -> None:
    run(tmp_path, f"old=json://127.0.0.1:{closed_port()}/")
    with webhook() as hook:
        report = run(tmp_path, f"new={hook.url}", NOON + timedelta(days=1))
    assert report.problems == ()
    assert {(line.channel, line.state) for line in report.deliveries} == {
        ("old", "pending"),
        ("new", "delivered"),
    }


def test_no_secret_is_recorded_or_reported(tmp_path: Path) -> None:
    with webhook() as hook:
        hook.status = 500
        report = run(tmp_path, hook.url)
    kept = "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
    assert "json:127.0.0.1:" in kept
    for secret in ("s3cret-word", "t0ken-path"):
        assert secret not in kept + repr(report)


def test_before_a_message_leaves_it_is_recorded_as_pending_and_claimed(tmp_path: Path) -> None:
    seen = []

    def look(channel: Channel, message: Message, wait: object) -> Outcome:
        for record in AlertBook(JsonStore(tmp_path)).history().alerts:
            seen.extend((one.channel, one.delivered_at, one.claimed_until) for one in record.deliveries)
        return Outcome(delivered=True, attempts=1)

    run(tmp_path, "a=json://example.com b=json://example.org", send=look)
    # Told a, then b: while a is told, b waits; while b is told, a has been.
    assert seen[:4] == [("a", None, NOON + CLAIM), ("b", None, None)] * 2
    assert seen[4:] == [("a", NOON, None), ("b", None, NOON + CLAIM)] * 2


def test_nothing_leaves_that_cannot_be_recorded(tmp_path: Path) -> None:
    (tmp_path / ALERTS_FILE).write_text("{")
    with webhook() as hook:
        for _ in range(2):
            with pytest.raises(StateError, match=ALERTS_FILE):
                run(tmp_path, hook.url)
        assert hook.requests == 0
    assert (tmp_path / ALERTS_FILE).read_text() == "{"


def test_what_was_told_and_cannot_be_recorded_is_said(tmp_path: Path) -> None:
    def damage(channel: Channel, message: Message, wait: object) -> Outcome:
        (tmp_path / ALERTS_FILE).write_text("{")
        return Outcome(delivered=True, attempts=1)

    with pytest.raises(StateError, match="channel ops was told, but that could not be recorded"):
        run(tmp_path, "ops=json://example.com", send=damage)


def _together(folder: str, url: str, barrier: Barrier) -> None:
    barrier.wait()
    run(Path(folder), url)


def test_two_processes_at_the_same_moment_send_one_message(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2)
    with webhook() as hook:
        hook.silence_seconds = 0.2  # long enough for the other to come by
        both = [
            spawn.Process(target=_together, args=(str(tmp_path), hook.url, barrier)) for _ in range(2)
        ]
        for process in both:
            process.start()
        for process in both:
            process.join()
        assert [process.exitcode for process in both] == [0, 0]
        assert len(hook.received) == 1


def _killed(folder: str, url: str, sends_first: bool) -> None:
    def last_act(channel: Channel, message: Message, wait) -> Outcome:
        if sends_first:
            assert send(channel, message, wait).delivered
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    run(Path(folder), url, send=last_act)


@pytest.mark.parametrize(("sends_first", "messages"), [(True, 2), (False, 1)])
def test_who_is_killed_before_the_record_leaves_it_to_the_next_run(
    tmp_path: Path, sends_first: bool, messages: int
) -> None:
    spawn = multiprocessing.get_context("spawn")
    with webhook() as hook:
        process = spawn.Process(target=_killed, args=(str(tmp_path), hook.url, sends_first))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        while_claimed = run(tmp_path, hook.url, NOON + CLAIM - MINUTE)
        assert [line.state for line in while_claimed.deliveries] == ["sending", "sending"]
        assert while_claimed.problems == ()
        after = run(tmp_path, hook.url, NOON + CLAIM)
        assert [line.state for line in after.deliveries] == ["delivered", "delivered"]
        assert len(hook.received) == messages
        run(tmp_path, hook.url, NOON + timedelta(days=1))
        assert len(hook.received) == messages
    # Who reads both sees by the ids that they are the same.
    assert all(one.id in got["message"] for one in ALERTS for got in hook.received)
