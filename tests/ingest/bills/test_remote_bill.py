"""Bills in S3, read from a server on loopback: keys, prefixes, and every way in which it may fail."""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops.errors import EmptyInput, FileUnreadable
from finops.ingest.bills import remote
from finops.ingest.bills.parts import parts_of
from finops.ingest.bills.text_tables import raw_tables


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket "bills" of the server, and the environment that leads to it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    import boto3

    made = boto3.resource("s3", endpoint_url=endpoint).create_bucket(Bucket="bills")
    yield made
    made.objects.all().delete()
    made.delete()


def parquet() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"Id": ["a", "b"], "Cost": [1.5, 2.25]}), target)
    return target.getvalue()


def test_a_prefix(bucket: Any, tmp_path: Path) -> None:
    bucket.put_object(Key="cur/2023/a.csv.gz", Body=gzip.compress(b"Id,Cost\n1,2\n"))
    bucket.put_object(Key="cur/2023/b.parquet", Body=parquet())
    bucket.put_object(Key="cur/2023/copy.parquet", Body=parquet())
    bucket.put_object(Key="cur/2023/empty.csv", Body=b"")
    bucket.put_object(Key="cur/2023/notes.txt", Body=b"x")
    bucket.put_object(Key="cur/2023/_SUCCESS", Body=b"")
    bucket.put_object(Key="other/c.csv", Body=b"x")
    parts = parts_of("s3://bills/cur/", tmp_path)
    assert [part.name for part in parts.parts] == ["2023/a.csv.gz", "2023/b.parquet"]
    assert [part.location for part in parts.parts][1] == "s3://bills/cur/2023/b.parquet"
    assert [issue.code for issue in parts.issues] == ["file_skipped", "empty_file", "duplicate_file"]
    etag = bucket.Object("cur/2023/b.parquet").e_tag
    text = "\n".join((etag, str(len(parquet())), "cur/2023/b.parquet"))
    assert parts.parts[1].fingerprint == hashlib.sha256(text.encode()).hexdigest()
    assert parts.parts[0].delivered is not None


def test_a_key_and_the_beginning_of_keys(bucket: Any, tmp_path: Path) -> None:
    for name in ("2023-06/a.csv", "2023-07/a.csv", "2024-01/a.csv"):
        bucket.put_object(Key=f"cur/{name}", Body=name.encode())
    (part,) = parts_of("s3://bills/cur/2023-06/a.csv", tmp_path).parts
    assert (part.name, part.delivery, part.size) == ("a.csv", "", 13)
    for prefix in ("s3://bills/cur/2023", "s3://bills/cur/2023-0"):
        assert [one.name for one in parts_of(prefix, tmp_path).parts] == [
            "2023-06/a.csv",
            "2023-07/a.csv",
        ]
    assert len(parts_of("s3://bills", tmp_path).parts) == 3
    assert len(parts_of("s3://bills/", tmp_path).parts) == 3


def test_manifests_count_in_s3_too(bucket: Any, tmp_path: Path) -> None:
    root = "p/exp/data/BILLING_PERIOD=2025-01"
    for name in ("old/e-1.csv", "new/e-1.csv"):
        bucket.put_object(Key=f"{root}/{name}", Body=name.encode())
    manifest = b'{"executionId": "new", "dataFiles": ["s3://bills/%s/new/e-1.csv"]}' % root.encode()
    bucket.put_object(Key="p/exp/metadata/BILLING_PERIOD=2025-01/e-Manifest.json", Body=manifest)
    parts = parts_of("s3://bills/p/exp", tmp_path)
    assert [part.delivery for part in parts.parts] == ["new"]
    assert [issue.code for issue in parts.issues] == ["superseded_delivery"]


def test_objects_become_tables(bucket: Any, tmp_path: Path) -> None:
    bucket.put_object(Key="a.csv.gz", Body=gzip.compress(b"Id,Cost\n1,2\n"))
    bucket.put_object(Key="b.parquet", Body=parquet())
    text, typed = (
        raw_tables(part, tmp_path / "out")[0] for part in parts_of("s3://bills", tmp_path).parts
    )
    assert (text.rows, text.typed) == (1, False)
    assert (typed.rows, typed.typed, typed.location) == (2, True, "s3://bills/b.parquet")


def test_duckdb_reads_parquet_in_s3(bucket: Any) -> None:
    bucket.put_object(Key="x/b.parquet", Body=parquet())
    with duckdb.connect() as connection:
        remote.register(connection)
        remote.register(connection)
        query = "select sum(Cost), count(*) from read_parquet('s3://bills/x/b.parquet')"
        assert connection.execute(query).fetchone() == (3.75, 2)


def test_what_is_not_there(bucket: Any, tmp_path: Path) -> None:
    with pytest.raises(EmptyInput, match=r"s3://bills/none/: no object has a key that begins so"):
        parts_of("s3://bills/none/", tmp_path)
    with pytest.raises(EmptyInput, match="no object has a key"):
        parts_of("s3://bills", tmp_path)
    for url in ("s3://absent-bucket/cur/", "s3://absent-bucket", "s3://absent-bucket/a.csv"):
        with pytest.raises(FileUnreadable, match=rf"{url}: there is no such bucket; check its name"):
            parts_of(url, tmp_path)
    with pytest.raises(FileUnreadable, match="names no bucket"):
        parts_of("s3://", tmp_path)
    with pytest.raises(FileUnreadable, match=r"s3://bills/gone\.csv: there is no such object"):
        remote.open_file("s3://bills/gone.csv")


def test_a_server_that_is_down(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    with pytest.raises(FileUnreadable, match=r"s3://bills/cur: the server does not answer"):
        parts_of("s3://bills/cur", tmp_path)


def test_an_endpoint_that_is_no_url(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "localhost")
    with pytest.raises(FileUnreadable, match="expected a URL like"):
        parts_of("s3://bills/cur", tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "When getting: AWS Error ACCESS_DENIED during HeadObject: No response body.",
            "access is denied",
        ),
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2", "there is no such bucket"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadObject", "set AWS_REGION"),
        ("AWS Error NETWORK_CONNECTION during HeadObject: curlCode: 7", "the server does not answer"),
        ("something else", "cannot be read: something else"),
    ],
)
def test_each_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, reason: str
) -> None:
    class Broken:
        def get_file_info(self, *_: object) -> object:
            raise OSError(text)

    monkeypatch.setattr(remote, "file_system", Broken)
    with pytest.raises(FileUnreadable, match=rf"s3://bills/cur: {reason}|s3://bills/cur: .*{reason}"):
        parts_of("s3://bills/cur", tmp_path)
