"""A server of offer files on this machine, with the faults that lines and servers have."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file, and how the server behaves.

    ``cut_after`` breaks the line after so many bytes of each answer in the list; ``statuses`` are
    answered before anything else, one per request; ``weak``: an ETag that says nothing of bytes.
    """

    content: bytes
    etag: str = '"one"'
    ranges: bool = True
    length: bool = True
    weak: bool = False
    cut_after: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirect: str = ""


@dataclass
class OfferServer:
    """``files`` by path; ``asked`` has (path, Range, bytes sent) of every request."""

    address: str
    files: dict[str, Served] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[OfferServer]:
    """A server that runs until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, state)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = False
    state = OfferServer(f"http://127.0.0.1:{httpd.server_address[1]}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def _answer(request: BaseHTTPRequestHandler, state: OfferServer) -> None:
    path, asked = request.path.partition("?")[0], request.headers.get("Range", "")
    file = state.files.get(path)
    status = 404 if file is None else file.statuses.pop(0) if file.statuses else 200
    if file is None or status != 200 or file.redirect:
        request.send_response(302 if file and file.redirect else status)
        if file and file.redirect:
            request.send_header("Location", file.redirect)
        request.send_header("Content-Length", "0")
        request.end_headers()
        state.asked.append((path, asked, 0))
        return
    etag = f"W/{file.etag}" if file.weak else file.etag
    if etag and request.headers.get("If-None-Match") == etag:
        request.send_response(304)
        request.end_headers()
        state.asked.append((path, asked, 0))
        return
    start = int(re.sub("[^0-9]", "", asked) or 0)
    partial = bool(asked) and file.ranges and request.headers.get("If-Range") == file.etag
    body = file.content[start:] if partial else file.content
    request.send_response(206 if partial else 200)
    if etag:
        request.send_header("ETag", etag)
    if partial:
        whole = len(file.content)
        request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
    if file.length:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if file.cut_after:
        body = body[: file.cut_after.pop(0)]
    request.wfile.write(body)
    state.asked.append((path, asked, len(body)))
