"""How does a message reach people? Over channels that Apprise knows: mail, Slack, Teams, webhook, SNS.

A channel is a URL of Apprise, with a password or token in it. URLs come from the environment or from
Streamlit's secrets and stay in memory: what is recorded, printed or raised names a channel by its
label – scheme, host where a host is no secret, and four digits that tell two of them apart – or by
the name that stands before it: ``ops=slack://…``. What Apprise and its servers say is never quoted,
because it may hold an address; it is put in words of our own.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops.errors import ChannelError

if TYPE_CHECKING:
    from apprise import AppriseResult

URLS = "FINOPS_NOTIFY_URLS"
URLS_FILE = "FINOPS_NOTIFY_URLS_FILE"

ATTEMPTS = 3
FIRST_DELAY_SECONDS = 1.0

_NAMED = re.compile(
    r"(?:(?P<name>[A-Za-z][\w.-]{0,39})=)?(?P<url>(?P<scheme>[A-Za-z][A-Za-z0-9+]{0,24})://\S*)"
)
# What stands for a host in all other URLs may be a token.
_WITH_A_HOST = frozenset(
    {"mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"},
)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go. ``label`` may be recorded and shown, ``url`` is a secret."""

    label: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Channels:
    """Those that can be used, and in words, without any address, what is wrong with the others."""

    usable: tuple[Channel, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(channel.label for channel in self.usable)


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text: a subject of one line, and a body."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message: how often it was tried, and the last error in words, if it failed."""

    delivered: bool
    attempts: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Failure:
    words: str
    may_pass: bool = True


def configured_urls(environment: Mapping[str, str]) -> str:
    """What FINOPS_NOTIFY_URLS holds, or else the file that FINOPS_NOTIFY_URLS_FILE names; "" without.

    Raises ChannelError, naming the file, where it cannot be read.
    """
    if urls := environment.get(URLS, "").strip():
        return urls
    named = environment.get(URLS_FILE, "").strip()
    if not named:
        return ""
    try:
        return Path(named).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ChannelError(f"{URLS_FILE} names {named}, which cannot be read: {reason}") from None


def channels_of(urls: str) -> Channels:
    """The channels of URLs that stand one on a line or between spaces. ``#`` before a word begins a
    comment, to the end of the line.
    """
    found: dict[str, Channel] = {}
    problems: list[str] = []
    words = [word for line in urls.splitlines() for word in takewhile(_is_no_comment, line.split())]
    for number, word in enumerate(words, start=1):
        channel = _channel(word)
        if isinstance(channel, str):
            problems.append(f"channel {number} of {len(words)} in {URLS} {channel}")
        elif found.setdefault(channel.label, channel).url != channel.url:
            problems.append(
                f"channel {number} of {len(words)} in {URLS} has the label {channel.label}, as another "
                "one has; give each a name, such as ops=slack://…"
            )
    return Channels(tuple(found.values()), tuple(problems))


def send(channel: Channel, message: Message, wait: Callable[[float], None]) -> Outcome:
    """Send the message and say what became of it. Raises nothing that the channel or its server does.

    What may pass (no connection, no answer, HTTP 5xx and 429, SMTP 4xx) is tried three times, after
    ``wait`` of one second and of two. That it is delivered means that the server has accepted it.
    """
    failure = _attempt(channel, message)
    attempts = 1
    while failure is not None and failure.may_pass and attempts < ATTEMPTS:
        wait(FIRST_DELAY_SECONDS * (1 << (attempts - 1)))
        failure = _attempt(channel, message)
        attempts += 1
    return Outcome(
        delivered=failure is None, attempts=attempts, error="" if failure is None else failure.words
    )


def _is_no_comment(word: str) -> bool:
    return not word.startswith("#")


def _channel(word: str) -> Channel | str:
    """The channel, or what is wrong with the URL."""
    parts = _NAMED.fullmatch(word)
    if parts is None:
        return "is no URL of Apprise, such as mailto://… or slack://…"
    scheme, url = parts["scheme"].lower(), parts["url"]
    plugin = _plugin(url)
    if plugin is None:
        return (
            f"({scheme}://…) is none that Apprise can use: the scheme is unknown or the URL incomplete; "
            "https://appriseit.com/services/ describes them"
        )
    return Channel(parts["name"] or _label(scheme, url, plugin), url)


def _label(scheme: str, url: str, plugin: Any) -> str:
    # Four digits tell channels apart and are too few to try passwords against.
    digits = hashlib.scrypt(url.encode(), salt=b"finops channel", n=2**12, r=8, p=1, dklen=2).hex()
    service = (
        re.sub(r"\W+", "-", str(plugin.service_name)).strip("-").lower()
        if scheme in {"http", "https"}
        else scheme
    )
    host = str(getattr(plugin, "host", "") or "") if scheme in _WITH_A_HOST else ""
    return ":".join(part for part in (service, host, digits) if part)


def _apprise() -> Any:
    import apprise  # noqa: PLC0415 - 150 services, only when something is sent

    # Its log quotes addresses. It is read here, from the result of a call, and heard nowhere else.
    log = logging.getLogger("apprise")
    if log.propagate:
        log.addHandler(logging.NullHandler())
        log.propagate = False
        log.setLevel(logging.DEBUG)
    # So does that of the HTTP client below it.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    return apprise


def _asset() -> Any:
    return _apprise().AppriseAsset(
        app_id="FinOps dashboard",
        app_desc="Alerts of the FinOps dashboard",
        storage_mode="memory",  # nothing about a channel is written to the disk
        async_mode=False,
        secure_logging=True,
        # Who is sent elsewhere arrives with nothing in hand: 200 from a page to sign in is no delivery.
        http_redirects=False,
    )


def _plugin(url: str) -> Any:
    return _apprise().Apprise.instantiate(url, asset=_asset())


def _attempt(channel: Channel, message: Message) -> _Failure | None:
    """None if the server has accepted it."""
    apprise = _apprise()
    plugin = _plugin(channel.url)
    if plugin is None:
        return _Failure("is none that Apprise can use", may_pass=False)
    # One text too long for the service becomes several, unless the URL says otherwise.
    if "overflow=" not in channel.url:
        plugin.overflow_mode = apprise.OverflowMode.SPLIT
    carrier = apprise.Apprise(asset=_asset())
    carrier.add(plugin)
    result = carrier.notify(
        title=message.subject,
        body=message.body,
        body_format=apprise.NotifyFormat.TEXT,
        notify_type=apprise.NotifyType.WARNING,
        log_level=logging.DEBUG,
    )
    return None if result else _in_words(result)


_STATUS = re.compile(r"\berror=(\d{3})\b")
_SMTP = re.compile(r"^Socket Exception: \(?.*?\b([45]\d\d), b['\"]")
_REASONS: tuple[tuple[str, _Failure], ...] = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        _Failure("the certificate of the server is not trusted", may_pass=False),
    ),
    ("[SSL:", _Failure("the server speaks no TLS there, or another one", may_pass=False)),
    ("STARTTLS extension", _Failure("the mail server offers no TLS", may_pass=False)),
    ("AUTH extension", _Failure("the mail server takes no sign-in on this connection", may_pass=False)),
    ("timed out", _Failure("the server did not answer in time")),
    ("Connection refused", _Failure("the server refused the connection")),
    ("Failed to resolve", _Failure("the name of the server is not known")),
    ("Name or service not known", _Failure("the name of the server is not known")),
)
_TRY_LATER = frozenset({408, 425, 429})


def _in_words(result: AppriseResult) -> _Failure:
    for level, text in _logged(result):
        if level in {"WARNING", "ERROR"} and (status := _STATUS.search(text)):
            code = int(status[1])
            moved = ", a redirect, which is not followed" if 300 <= code < 400 else ""
            return _Failure(f"the server answered HTTP {code}{moved}", code >= 500 or code in _TRY_LATER)
        if not text.startswith("Socket Exception"):
            continue  # what is sent is logged, too, and holds names that people choose
        if smtp := _SMTP.search(text):
            return _Failure(f"the mail server answered {smtp[1]}", smtp[1].startswith("4"))
        for phrase, failure in _REASONS:
            if phrase in text:
                return failure
        return _Failure("the connection failed")
    return _Failure("the message was not accepted")


def _logged(result: AppriseResult) -> Iterator[tuple[str, str]]:
    for service in result:
        for attempt in service.attempts:
            for entry in attempt.logs:
                yield entry.level, entry.message
