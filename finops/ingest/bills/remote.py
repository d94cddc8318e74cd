"""How are objects of S3 listed and read? Through Arrow, with the credentials that AWS's SDK finds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import urlsplit

from fsspec.implementations.arrow import ArrowFSWrapper
from pyarrow import fs

from finops.errors import EmptyInput, FileUnreadable

if TYPE_CHECKING:
    import duckdb

SCHEME = "s3://"
_CONNECT_SECONDS = 5
_REQUEST_SECONDS = 30
_ATTEMPTS = 2
_AT_ONCE = 8
_REASONS = (
    (("NO_SUCH_BUCKET", "NoSuchBucket"), "there is no such bucket; check its name"),
    (
        ("ACCESS_DENIED", "AccessDenied", "HTTP status 403", "Forbidden"),
        "access is denied; allow s3:ListBucket and s3:GetObject for it, or use other credentials",
    ),
    (
        ("INVALID_ACCESS_KEY_ID", "InvalidAccessKeyId", "SIGNATURE_DOES_NOT_MATCH", "ExpiredToken"),
        "the credentials are not valid; renew them",
    ),
    (("HTTP status 301", "PermanentRedirect"), "the bucket is in another region; set AWS_REGION to it"),
    (
        ("NETWORK_CONNECTION", "curlCode", "REQUEST_TIMEOUT"),
        "the server does not answer; check the network and AWS_ENDPOINT_URL_S3",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """An object: its URL, its key below the bucket, its bytes and when it was written (UTC)."""

    url: str
    key: str
    size: int
    modified: datetime | None


def is_remote(location: str) -> bool:
    """Whether a location is an s3:// URL."""
    return location.lower().startswith(SCHEME)


def file_system() -> fs.S3FileSystem:
    """S3 as the environment describes it.

    Credentials as AWS's SDK finds them; the endpoint from AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, the
    region from AWS_REGION or AWS_DEFAULT_REGION. Raises FileUnreadable for an endpoint that is no URL.
    """
    read = os.environ.get
    return _made(
        read("AWS_ENDPOINT_URL_S3") or read("AWS_ENDPOINT_URL") or "",
        read("AWS_REGION") or read("AWS_DEFAULT_REGION") or None,
        (read("AWS_ACCESS_KEY_ID"), read("AWS_PROFILE")),
    )


@lru_cache(maxsize=8)
def _made(endpoint: str, region: str | None, _identity: tuple[str | None, ...]) -> fs.S3FileSystem:
    parts = urlsplit(endpoint)
    if endpoint and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise FileUnreadable(
            f"AWS_ENDPOINT_URL_S3 is {endpoint!r}; expected a URL like https://s3.example.com"
        )
    return fs.S3FileSystem(
        region=region,
        scheme=parts.scheme or "https",
        endpoint_override=parts.netloc or None,
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_REQUEST_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def objects(url: str) -> tuple[RemoteObject, ...]:
    """The object of a key, or every object whose key begins with the prefix, by key.

    Raises FileUnreadable where the bucket is missing or may not be read or the server does not answer,
    EmptyInput where no key begins so.
    """
    path = _path(url)
    bucket, _, key = path.partition("/")
    try:
        system = file_system()
        if key and not key.endswith("/"):
            (one,) = system.get_file_info([path])
            if one.type == fs.FileType.File:
                return (_object(one),)
        folder = path if not key or key.endswith("/") else path.rpartition("/")[0]
        found = system.get_file_info(
            fs.FileSelector(folder.rstrip("/"), recursive=True, allow_not_found=bool("/" in folder))
        )
        if not found and system.get_file_info(bucket).type == fs.FileType.NotFound:
            raise FileUnreadable(f"{url}: there is no such bucket; check its name")
    except OSError as error:
        raise _unreadable(url, error) from error
    files = [one for one in found if one.type == fs.FileType.File and one.path.startswith(path)]
    if not files:
        raise EmptyInput(f"{url}: no object has a key that begins so; check the prefix")
    return tuple(sorted(map(_object, files), key=lambda one: one.key))


def etags(urls: Sequence[str]) -> tuple[str, ...]:
    """The ETag of each object. Raises FileUnreadable."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(_etag, urls))


def open_file(url: str) -> IO[bytes]:
    """An object as a seekable file. Raises FileUnreadable."""
    try:
        return cast(IO[bytes], file_system().open_input_file(_path(url)))
    except OSError as error:
        raise _unreadable(url, error) from error


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB read ``s3://`` URLs through Arrow, without its extension that must be downloaded."""
    if connection.filesystem_is_registered(_S3Wrapper.protocol):
        connection.unregister_filesystem(_S3Wrapper.protocol)
    connection.register_filesystem(_S3Wrapper(file_system()))


class _S3Wrapper(ArrowFSWrapper):  # type: ignore[misc]
    """Arrow's S3 as fsspec; DuckDB goes by the protocol, which the class above leaves open."""

    protocol = "s3"


def _etag(url: str) -> str:
    try:
        with file_system().open_input_file(_path(url)) as file:
            found = file.metadata()
    except OSError as error:
        raise _unreadable(url, error) from error
    value = next((found[key] for key in found if _text(key).lower() == "etag"), b"")
    return _text(value)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _path(url: str) -> str:
    path = url[len(SCHEME) :]
    if not path.partition("/")[0]:
        raise FileUnreadable(f"{url}: names no bucket; expected s3://bucket/prefix")
    return path


def _object(info: fs.FileInfo) -> RemoteObject:
    modified = info.mtime
    return RemoteObject(
        url=f"{SCHEME}{info.path}",
        key=info.path.partition("/")[2],
        size=info.size,
        modified=modified.astimezone(UTC) if modified else None,
    )


def _unreadable(url: str, error: OSError) -> FileUnreadable:
    text = str(error)
    for marks, reason in _REASONS:
        if any(mark in text for mark in marks):
            return FileUnreadable(f"{url}: {reason}")
    if isinstance(error, FileNotFoundError):
        bucket_only = "/" not in url[len(SCHEME) :].rstrip("/")
        what = "bucket; check its name" if bucket_only else "object or bucket; check the URL"
        return FileUnreadable(f"{url}: there is no such {what}")
    return FileUnreadable(f"{url}: cannot be read: {text}; check the URL and the credentials")
