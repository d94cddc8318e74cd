"""Which engine reduces a bill? DuckDB in this process, or Spark, by ``FINOPS_BACKEND``.

The same Ibis expressions run on both. Sessions are pinned to UTC, whatever the machine's time zone.
A Spark session is local unless ``FINOPS_SPARK_MASTER`` (``yarn``, ``spark://…``) or
``FINOPS_SPARK_REMOTE`` (Spark Connect, ``sc://…``) says otherwise.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import ibis
import pyarrow as pa

from finops.errors import BackendError
from finops.ingest.bills import remote

BACKENDS = ("duckdb", "pyspark")
MEMORY_LIMIT = "1GB"
_S3 = "s3://"


@dataclass(slots=True, kw_only=True)
class Backend:
    """An open connection. ``connection`` is Ibis's; close it with ``close``."""

    name: str
    connection: Any
    _settings: Mapping[str, str] = field(default_factory=dict)

    def read(self, locations: str | Path | Sequence[str | Path]) -> ibis.Table:
        """The rows of Parquet files with one set of columns."""
        with _quietly():
            return self._read(locations)

    def _read(self, locations: str | Path | Sequence[str | Path]) -> ibis.Table:
        several = [locations] if isinstance(locations, str | Path) else list(locations)
        paths = [self._reachable(str(location)) for location in several]
        if self.name == "duckdb" and any(path.startswith(_S3) for path in paths):
            return self._remote([_exactly(path) for path in paths])
        if self.name == "duckdb":
            return self.connection.read_parquet([_exactly(path) for path in paths])
        plain = [re.sub(r"([\[\]{}*?\\])", r"\\\1", path) for path in paths]
        return self.connection.read_parquet(plain[0]) if len(plain) == 1 else self._spark_union(plain)

    def _remote(self, paths: list[str]) -> ibis.Table:
        """Ibis would load DuckDB's own extension for S3, which must be downloaded first."""
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        name = f"finops_{uuid4().hex}"
        self.connection.raw_sql(f"CREATE TEMP VIEW {name} AS FROM read_parquet([{quoted}])")
        return self.connection.table(name)

    def _spark_union(self, paths: list[str]) -> ibis.Table:
        return ibis.union(*(self.connection.read_parquet(path) for path in paths))

    def _reachable(self, location: str) -> str:
        if location.startswith(_S3) and self.name == "duckdb":
            remote.register(self.connection.con)
        if location.startswith(_S3) and self.name == "pyspark":
            return "s3a://" + location.removeprefix(_S3)
        return location

    def memory(self, table: pa.Table) -> ibis.Table:
        """A small Arrow table as one of the backend's. Nulls stay nulls on both."""
        if self.name == "duckdb":
            return ibis.memtable(table)
        # Ibis hands Spark a memtable by way of pandas, where a null text becomes the text NaN.
        name = f"finops_{uuid4().hex}"
        with _quietly():
            self.connection._session.createDataFrame(table).createOrReplaceTempView(name)
            return self.connection.table(name)

    def arrow(self, expression: ibis.Table) -> pa.Table:
        """The rows of an expression, in memory."""
        with _quietly():
            return self.connection.to_pyarrow(expression)

    def write(self, expression: ibis.Table, path: Path) -> None:
        """Write the rows to a Parquet file (DuckDB) or a folder of them (Spark) at ``path``."""
        options = {"compression": "zstd"} if self.name == "duckdb" else {}
        with _quietly():
            self.connection.to_parquet(expression, path, **options)

    def interrupt(self) -> None:
        """Stop what runs now, from another thread. Spark stops between two queries."""
        if self.name == "duckdb":
            self.connection.con.interrupt()

    def close(self) -> None:
        if self.name == "duckdb":
            self.connection.disconnect()


@contextmanager
def _quietly() -> Iterator[None]:
    """Ibis calls functions of DuckDB and Spark that those have begun to rename."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


@contextmanager
def connected(name: str | None = None, spill: Path | None = None) -> Iterator[Backend]:
    """The backend of this name, by default that of ``FINOPS_BACKEND``, else DuckDB.

    ``spill`` is a folder for what does not fit in memory. Raises BackendError where it is unknown
    or not installed.
    """
    chosen = name or os.environ.get("FINOPS_BACKEND") or "duckdb"
    if chosen not in BACKENDS:
        raise BackendError(f"FINOPS_BACKEND is {chosen!r}; expected one of {', '.join(BACKENDS)}")
    with _quietly():
        backend = _duckdb(spill) if chosen == "duckdb" else _pyspark()
    try:
        yield backend
    finally:
        with _quietly():
            backend.close()


def _duckdb(spill: Path | None) -> Backend:
    connection = ibis.duckdb.connect()
    limit = os.environ.get("FINOPS_MEMORY_LIMIT", MEMORY_LIMIT)
    settings = {
        "TimeZone": "UTC",
        "memory_limit": limit,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "enable_progress_bar": "false",
    }
    if spill is not None:
        settings["temp_directory"] = str(spill)
    for key, value in settings.items():
        escaped = value.replace("'", "''")
        try:
            connection.raw_sql(f"SET {key} = '{escaped}'")
        except duckdb.Error as error:
            raise BackendError(
                f"DuckDB cannot take {value!r} as {key}: {_first_line(error)}; "
                "set FINOPS_MEMORY_LIMIT to a size such as 1GB"
            ) from error
    return Backend(name="duckdb", connection=connection)


def _exactly(path: str) -> str:
    """A path in which DuckDB finds no pattern: ``bill[1].parquet`` is not bill1.parquet."""
    return re.sub(r"([\[*?])", r"[\1]", path)


_SPARK = threading.Lock()


def _pyspark() -> Backend:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 – an extra of 450 MB
    except ImportError as error:
        raise BackendError(
            "FINOPS_BACKEND is pyspark, which is not installed: pip install -r requirements-spark.txt, "
            "and Java 17 (on Debian: apt install openjdk-17-jre-headless)"
        ) from error
    with _SPARK:
        remote_address = os.environ.get("FINOPS_SPARK_REMOTE")
        builder = SparkSession.builder
        if remote_address:
            builder = builder.remote(remote_address)
        else:
            builder = (
                builder.master(os.environ.get("FINOPS_SPARK_MASTER", "local[*]"))
                .config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .config("spark.sql.shuffle.partitions", os.environ.get("FINOPS_SPARK_PARTITIONS", "8"))
                .config("spark.driver.memory", os.environ.get("FINOPS_SPARK_MEMORY", "2g"))
            )
        try:
            session = builder.appName("finops").getOrCreate()
        except Exception as error:
            raise BackendError(
                f"Spark cannot be started: {_first_line(error)}; is Java 17 there?"
            ) from error
        for key, value in _SPARK_SETTINGS.items():
            session.conf.set(key, value)
    return Backend(name="pyspark", connection=ibis.pyspark.connect(session))


_SPARK_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.ansi.enabled": "false",
}


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
