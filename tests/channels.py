"""A web server and a mail server on this machine that take messages, and have the faults of servers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Webhook:
    """``received`` holds the JSON of every message that was accepted.

    ``statuses`` are answered first, one a request; after that it answers ``status``, and a redirect
    leads to a page that anybody may read. It is silent for ``silence_seconds`` before each answer.
    """

    url: str
    received: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    statuses: list[int] = field(default_factory=list)
    status: int = 200
    silence_seconds: float = 0.0

    @property
    def bodies(self) -> str:
        return "\n".join(message["message"] for message in self.received)


@contextmanager
def webhook(port: int | None = None) -> Iterator[Webhook]:
    """A web server that runs until the block ends, on a ``closed_port`` if one is given."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests += 1
            time.sleep(state.silence_seconds)
            status = state.statuses.pop(0) if state.statuses else state.status
            if status == 200:
                state.received.append(json.loads(body))
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/sign-in")
                self.send_header("Content-Length", "0")
                self.end_headers()
            except BrokenPipeError:
                pass  # who asked has given up

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=port is None)
    if port is not None:
        httpd.socket.close()
        httpd.socket = _opened(port)
        httpd.server_address = httpd.socket.getsockname()
        httpd.server_activate()
    httpd.daemon_threads = False
    state = Webhook(f"json://user:s3cret-word@127.0.0.1:{httpd.server_address[1]}/t0ken-path")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@dataclass
class Mailbox:
    """``received`` holds every mail that was accepted; ``answers`` are given first, one a mail."""

    url: str = ""
    received: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.received.append(mail)
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that runs until the block ends."""
    box = Mailbox()
    controller = _OnAnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.url = (
        f"mailto://127.0.0.1:{controller.port}?from=finops@example.com&to=team@example.com"
        "&smtp=127.0.0.1&mode=insecure"
    )
    try:
        yield box
    finally:
        controller.stop()


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        # Its port is known once it listens, and it is asked whether it does.
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


_HELD: list[socket.socket] = []


def closed_port() -> int:
    """A port that refuses connections, and that no other process can take meanwhile."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return int(held.getsockname()[1])


def _opened(port: int) -> socket.socket:
    """The socket of a closed port, to listen on."""
    found = next(held for held in _HELD if held.getsockname()[1] == port)
    _HELD.remove(found)
    return found
