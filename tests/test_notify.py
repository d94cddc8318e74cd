"""Messages arrive at real servers, faults are told apart, and no secret is ever said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from finops.errors import ChannelError
from finops.notify import (
    URLS,
    URLS_FILE,
    Channel,
    Message,
    Outcome,
    channels_of,
    configured_urls,
    send,
)
from tests.channels import closed_port, mailbox, webhook

MESSAGE = Message("Two alerts – now", "Größe < 5 & more\nsecond line")
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
SECRETS = ("s3cret-word", "t0ken-path", "T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ")


def one(url: str) -> Channel:
    (channel,) = channels_of(url).usable
    return channel


def sent(url: str) -> tuple[Outcome, list[float]]:
    waits: list[float] = []
    return send(one(url), MESSAGE, waits.append), waits


def test_a_webhook_gets_subject_and_body_as_they_are() -> None:
    with webhook() as hook:
        assert sent(hook.url) == (Outcome(delivered=True, attempts=1), [])
    assert [(got["title"], got["message"]) for got in hook.received] == [(MESSAGE.subject, MESSAGE.body)]


def test_a_mail_arrives_as_plain_text_with_its_subject_and_text() -> None:
    with mailbox() as box:
        assert sent(box.url) == (Outcome(delivered=True, attempts=1), [])
    (mail,) = box.received
    assert (mail["subject"], mail["to"]) == (MESSAGE.subject, "team@example.com")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().split() == MESSAGE.body.split()


def test_what_passes_is_tried_again_after_one_second_and_two() -> None:
    with webhook() as hook:
        hook.statuses = [500, 503]
        assert sent(hook.url) == (Outcome(delivered=True, attempts=3), [1.0, 2.0])
        assert len(hook.received) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_that_stays_broken_is_tried_three_times(status: int) -> None:
    with webhook() as hook:
        hook.status = status
        outcome, waits = sent(hook.url)
    assert outcome == Outcome(delivered=False, attempts=3, error=f"the server answered HTTP {status}")
    assert (waits, hook.requests) == ([1.0, 2.0], 3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_a_server_refuses_is_not_repeated_at_once(status: int) -> None:
    with webhook() as hook:
        hook.status = status
        assert sent(hook.url) == (
            Outcome(delivered=False, attempts=1, error=f"the server answered HTTP {status}"),
            [],
        )
        assert hook.requests == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_page_that_a_redirect_leads_to_is_no_delivery(status: int) -> None:
    with webhook() as hook:
        hook.status = status
        outcome, _ = sent(hook.url)
    assert outcome == Outcome(
        delivered=False,
        attempts=1,
        error=f"the server answered HTTP {status}, a redirect, which is not followed",
    )
    assert (hook.requests, hook.received) == (1, [])


def test_a_server_that_is_not_there() -> None:
    outcome, waits = sent(f"json://127.0.0.1:{closed_port()}/x")
    assert outcome.error == "the server refused the connection"
    assert waits == [1.0, 2.0]


def test_a_server_that_does_not_answer() -> None:
    with webhook() as hook:
        hook.silence_seconds = 0.2
        outcome, _ = sent(hook.url + "?rto=0.05")
    assert outcome == Outcome(delivered=False, attempts=3, error="the server did not answer in time")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["451 later"], Outcome(delivered=True, attempts=2)),
        (["550 no"], Outcome(delivered=False, attempts=1, error="the mail server answered 550")),
        (["451 later"] * 3, Outcome(delivered=False, attempts=3, error="the mail server answered 451")),
    ],
)
def test_a_mail_server_that_says_no_for_now_or_for_good(answers: list[str], expected: Outcome) -> None:
    with mailbox() as box:
        box.answers = answers
        assert sent(box.url)[0] == expected


def test_a_mail_server_that_is_not_there() -> None:
    outcome, _ = sent(
        f"mailto://127.0.0.1:{closed_port()}?from=a@example.com&to=b@example.com&smtp=127.0.0.1&mode=insecure"
    )
    assert outcome.error == "the server refused the connection"


@pytest.mark.parametrize(
    ("as_given", "instead", "error"),
    [
        (
            "mailto://",
            "mailto://user:s3cret-word@",
            "the mail server takes no sign-in on this connection",
        ),
        ("mode=insecure", "mode=starttls", "the mail server offers no TLS"),
    ],
)
def test_a_mail_server_that_does_not_do_what_the_url_asks(
    as_given: str, instead: str, error: str
) -> None:
    with mailbox() as box:
        outcome, _ = sent(box.url.replace(as_given, instead))
    assert outcome == Outcome(delivered=False, attempts=1, error=error)


def test_a_web_server_without_tls() -> None:
    with webhook() as hook:
        outcome, _ = sent(hook.url.replace("json://", "jsons://"))
    assert outcome.error == "the server speaks no TLS there, or another one"
    assert (outcome.attempts, hook.received) == (1, [])


def test_what_a_message_says_is_not_taken_for_what_a_server_says() -> None:
    with webhook() as hook:
        hook.status = 404
        outcome = send(one(hook.url), Message("error=503", "Socket Exception: (451, b'x')"), _at_once)
    assert outcome.error == "the server answered HTTP 404"


def test_labels_name_a_channel_and_no_secret() -> None:
    urls = f"{SLACK}\njson://user:s3cret-word@hooks.example.com/t0ken-path\nops={SLACK}"
    labels = channels_of(urls).labels
    assert [label.rpartition(":")[0] for label in labels[:2]] == ["slack", "json:hooks.example.com"]
    assert labels[2] == "ops"
    assert not any(secret in label for secret in SECRETS for label in labels)
    assert labels == channels_of(urls).labels  # in every run the same


def test_another_password_is_another_label() -> None:
    labels = channels_of("json://u:a@example.com json://u:b@example.com json://u:a@example.com").labels
    assert len(set(labels)) == len(labels) == 2


def test_a_slack_address_as_slack_gives_it() -> None:
    address = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert channels_of(address).labels[0].startswith("slack:")


def test_what_is_wrong_is_said_without_the_address_and_the_others_work() -> None:
    found = channels_of(f"slakc://T1JJ3T3L2/x s3cret-word mailto:// {SLACK}")
    assert len(found.usable) == 1
    assert [problem.split(" in ")[0] for problem in found.problems] == [
        "channel 1 of 4",
        "channel 2 of 4",
        "channel 3 of 4",
    ]
    assert "slakc://…" in found.problems[0]
    assert not any(secret in problem for secret in SECRETS for problem in found.problems)


def test_one_name_for_two_channels_is_refused() -> None:
    found = channels_of(f"ops={SLACK} ops=json://example.com")
    assert len(found.usable) == 1
    assert "ops" in found.problems[0]
    assert "give each a name" in found.problems[0]


def test_lines_that_are_comments_and_blank_text() -> None:
    written = f"# {SLACK}\n\n  json://example.com  # a webhook\nops={SLACK}\n"
    found = channels_of(written)
    assert [channel.url for channel in found.usable] == ["json://example.com", SLACK]
    assert found.problems == ()
    assert channels_of("").usable == ()


# A program that logs everything that anybody says, as an operator may who looks for a fault.
TALKATIVE = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from finops.notify import Message, channels_of, send
found = channels_of(sys.stdin.read())
print(found, *found.usable)
for channel in found.usable:
    print(send(channel, Message("subject", "body"), lambda seconds: None))
"""


def test_no_secret_is_logged_printed_or_shown(tree: Path) -> None:
    with webhook() as good, webhook() as bad:
        bad.status = 500
        absent = f"json://user:s3cret-word@127.0.0.1:{closed_port()}/t0ken-path"
        done = subprocess.run(
            [sys.executable, "-c", TALKATIVE],
            input=f"{good.url}\n{bad.url}\n{absent}\nmailto://s3cret-word",
            capture_output=True,
            text=True,
            cwd=tree,
            check=True,
        )
    said = done.stdout + done.stderr
    assert said.count("delivered=True") == 1
    assert said.count("delivered=False") == 2
    assert "channel 4 of 4" in said
    assert "DEBUG" in said
    assert not any(secret in said for secret in SECRETS)


def _at_once(_: float) -> None:
    """A wait that takes no time."""


def test_urls_come_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text(f"{SLACK}\n")
    assert configured_urls({}) == ""
    assert configured_urls({URLS: " json://a ", URLS_FILE: str(file)}) == "json://a"
    assert configured_urls({URLS_FILE: str(file)}) == SLACK


def test_a_file_of_urls_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"FINOPS_NOTIFY_URLS_FILE names .*nothere.*No such file"):
        configured_urls({URLS_FILE: str(tmp_path / "nothere")})
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ChannelError, match="not UTF-8"):
        configured_urls({URLS_FILE: str(tmp_path / "binary")})
