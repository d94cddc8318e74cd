"""A web server and a mail server on this machine that take messages, and have the faults of servers."""

from __future__ import annotations

import json
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

    ``statuses`` are answered first, one a request; after that it answers ``status``. It is silent for
    ``silence_seconds`` before each answer.
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
def webhook(port: int = 0) -> Iterator[Webhook]:
    """A web server that runs until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests += 1
            time.sleep(state.silence_seconds)
            status = state.statuses.pop(0) if state.statuses else state.status
            if status == 200:
                state.received.append(json.loads(body))
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except BrokenPipeError:
                pass  # who asked has given up

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True
        daemon_threads = False

    httpd = Server(("127.0.0.1", port), Handler)
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
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = (
        f"mailto://127.0.0.1:{port}?from=finops@example.com&to=team@example.com"
        "&smtp=127.0.0.1&mode=insecure"
    )
    try:
        yield box
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return int(server.server_address[1])
