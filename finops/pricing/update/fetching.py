"""How does a file of several hundred megabytes come over a line that breaks? From where it broke.

What has come lies in the cache folder beside the ETag of the whole. A new attempt, in this run or a
later one, asks for the rest (``Range``) if the file is still the same (``If-Range``); a server that
does not know these sends everything, and then it starts over. RFC 9110, sections 13.1.5 and 14.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from finops.errors import FileUnreadable, InputError, OutputError
from finops.files import write_whole
from finops.pricing.offer_files.opening import MOST_BYTES
from finops.pricing.update.addresses import shown
from finops.pricing.update.progress import Progress

PIECE = 1 << 18
TIMEOUT_SECONDS = 60.0
ATTEMPTS = 5  # without a byte in between; as long as bytes come, it goes on
_SERVER_ERROR = 500
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file in the cache folder, its ETag (empty if none) and the bytes that came for it now."""

    path: Path
    etag: str
    received: int


class _Broken(Exception):
    """The line broke, or the server is unwell: worth another attempt."""


class _Stale(Exception):
    """What has come belongs to something that is not there any more: start over."""


@dataclass(slots=True)
class Fetcher:
    """Fetches into one folder, which nobody else writes to meanwhile."""

    folder: Path
    progress: Progress
    pause: Callable[[float], None] = time.sleep
    received: int = 0

    def fetch(self, url: str, known_etag: str = "") -> Fetched | None:
        """The file at ``url``, None where it still is the one of ``known_etag``.

        Raises FileUnreadable where the server refuses, or the line breaks again and again: what has
        come stays for the next run. Raises OutputError where it cannot be kept.
        """
        self.received, failures = 0, 0
        while True:
            before = self.received
            try:
                return self._attempt(url, known_etag)
            except _Stale:
                self.forget(url)
                failures += 1
            except _Broken as error:
                failures = 1 if self.received > before else failures + 1
                if failures >= ATTEMPTS:
                    raise FileUnreadable(
                        f"cannot get {shown(url)} to its end: {error}; what has come is kept, "
                        "run the same command again to go on from there"
                    ) from error
                self.pause(0.5 * 2**failures)
            if failures > 2 * ATTEMPTS:
                raise FileUnreadable(f"{shown(url)} changes all the time; try again later")

    def forget(self, url: str) -> None:
        """Remove what has come of a file."""
        for path in (self._part(url), self._facts(url)):
            path.unlink(missing_ok=True)

    def _attempt(self, url: str, known_etag: str) -> Fetched | None:
        etag, total, have = self._had(url)
        headers = {"Accept-Encoding": "identity", "User-Agent": "finops-dashboard"}
        if have and have == total:
            headers["If-None-Match"] = etag
        elif have:
            headers |= {"Range": f"bytes={have}-", "If-Range": etag}
        elif known_etag:
            headers["If-None-Match"] = known_etag
        try:
            asked = Request(url, headers=headers)  # noqa: S310 - the opener knows no other scheme
            with _opener().open(asked, timeout=TIMEOUT_SECONDS) as response:
                return self._receive(url, response, have, etag)
        except HTTPError as error:
            with error:
                status = error.code
            if status == http.client.NOT_MODIFIED:
                return Fetched(self._part(url), etag, 0) if have else None
            if status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _Stale from error
            if status >= _SERVER_ERROR or status == _TOO_MANY:
                raise _Broken(f"the server answers {status}") from error
            raise FileUnreadable(
                f"cannot get {shown(url)}: the server answers {status} ({error.reason}); "
                "check the address"
            ) from error
        except (http.client.InvalidURL, ValueError) as error:
            raise InputError(f"{shown(url)} is no address: {error}; check it") from error
        except (URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            raise _Broken(str(getattr(error, "reason", None) or error)) from error

    def _receive(self, url: str, response: http.client.HTTPResponse, have: int, etag: str) -> Fetched:
        resumed = response.status == http.client.PARTIAL_CONTENT
        now = response.headers.get("ETag", "")
        if resumed and (now not in {"", etag} or not _starts_at(response, have)):
            raise _Stale
        start = have if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        if (total or 0) > MOST_BYTES:
            raise FileUnreadable(f"{shown(url)} has {total:,} bytes; no offer file of AWS has, check it")
        if not resumed:
            etag = now
            self._remember(url, etag, total)
        self.progress.begin("getting", shown(url), total, start)
        try:
            self._copy(url, response, resumed, total)
        finally:
            self.progress.end()
        size = self._part(url).stat().st_size
        if total is not None and size != total:
            raise _Broken(f"the line broke after {size:,} of {total:,} bytes")
        return Fetched(self._part(url), etag, self.received)

    def _copy(
        self, url: str, response: http.client.HTTPResponse, resumed: bool, total: int | None
    ) -> None:
        part = self._part(url)
        with self._writing(), part.open("ab" if resumed else "wb") as file:
            self._pour(response, file, MOST_BYTES if total is None else total)

    def _pour(self, response: http.client.HTTPResponse, file: BinaryIO, most: int) -> None:
        while True:
            try:
                piece = response.read1(PIECE)
            except (OSError, http.client.HTTPException) as error:
                raise _Broken(str(error)) from error
            if not piece:
                return
            file.write(piece)
            self.received += len(piece)
            self.progress.advance(len(piece))
            if file.tell() > most:
                raise FileUnreadable("more bytes came than the server announced; try again later")

    def _had(self, url: str) -> tuple[str, int | None, int]:
        """ETag, size of the whole, and size of what has come; nothing where it cannot be continued.

        Only a strong ETag says that two answers are the same byte for byte.
        """
        with suppress(OSError, ValueError, TypeError, KeyError):
            facts = json.loads(self._facts(url).read_bytes())
            etag, total = facts["etag"], facts["total"]
            if facts["url"] == url and etag.startswith('"'):
                return etag, total, self._part(url).stat().st_size
        return "", None, 0

    def _remember(self, url: str, etag: str, total: int | None) -> None:
        self.forget(url)
        facts = {"url": url, "etag": etag, "total": total}
        write_whole(self._facts(url), json.dumps(facts).encode(), mode=0o600)

    def _writing(self) -> _Writing:
        return _Writing(self.folder)

    def _part(self, url: str) -> Path:
        return self.folder / f"{_digest(url)}.part"

    def _facts(self, url: str) -> Path:
        return self.folder / f"{_digest(url)}.part.json"


@dataclass(frozen=True, slots=True)
class _Writing:
    """A disk that is full is not a line that broke."""

    folder: Path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError):
            raise OutputError(
                f"cannot keep what comes in {self.folder}: {error.strerror or error}; free space, or "
                "name another folder in FINOPS_CACHE_DIR"
            ) from error


def _opener() -> OpenerDirector:
    """Speaks http and https, through the proxy of the environment; a redirection leads nowhere else."""
    opener = OpenerDirector()
    for handler in (
        *(ProxyHandler(), UnknownHandler(), HTTPHandler(), HTTPSHandler()),
        *(HTTPRedirectHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor()),
    ):
        opener.add_handler(handler)
    return opener


def _starts_at(response: http.client.HTTPResponse, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]
