"""What is in a catalogue folder, and how is it read? Five small files of text.

| file | a row is |
|---|---|
| ``ec2_prices.csv.gz`` | a region × instance type: On-Demand by platform, No Upfront rates |
| ``ec2_specs.csv`` | an instance type |
| ``s3_storage.csv`` | a region × storage class × price band |
| ``s3_requests.csv`` | a region × storage class × rate |
| ``sources.csv`` | where figures come from, and their day |

Cells stay text until a lookup needs them, so that loading 18,000 rows takes milliseconds. The
shipped folder is verified by the tests; any other folder is verified when it is read.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from finops.errors import CatalogueError

# No catalogue is near this; a file that is was not made by this project.
_MAX_BYTES = 64_000_000


class Ec2Row(NamedTuple):
    """The columns of ``ec2_prices.csv.gz``. An empty cell is not priced.

    ``places`` is the number of decimals to which the family's rates are published in the region;
    ``…_unrounded`` is a rate before that rounding, where it could be inferred.
    """

    region: str
    instance_type: str
    source: str
    linux: str
    windows: str
    windows_basis: str
    rhel: str
    rhel_basis: str
    places: str
    std1: str
    std3: str
    conv1: str
    conv3: str
    std1_unrounded: str
    std3_unrounded: str
    conv1_unrounded: str
    conv3_unrounded: str


class SpecRow(NamedTuple):
    """The columns of ``ec2_specs.csv``. Flags are 0 or 1."""

    instance_type: str
    vcpu: str
    memory_gib: str
    arch: str
    category: str
    burstable: str
    current_generation: str
    normalization_factor: str
    size_flexible: str
    ri_offered: str


class StorageRow(NamedTuple):
    """The columns of ``s3_storage.csv``. An empty ``end_gb`` has no end."""

    region: str
    storage_class: str
    start_gb: str
    end_gb: str
    usd_per_gb_month: str
    basis: str
    source: str


class RequestRow(NamedTuple):
    """The columns of ``s3_requests.csv``."""

    region: str
    storage_class: str
    rate: str
    usd: str
    basis: str
    source: str


class SourceRow(NamedTuple):
    """The columns of ``sources.csv``. ``day`` is ISO 8601."""

    id: str
    day: str
    text: str


class Source(NamedTuple):
    """Where a figure comes from, and of which day it is."""

    text: str
    day: date


EC2_FILE, SPECS_FILE = "ec2_prices.csv.gz", "ec2_specs.csv"
STORAGE_FILE, REQUESTS_FILE, SOURCES_FILE = "s3_storage.csv", "s3_requests.csv", "sources.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A catalogue folder in memory, each table by its key. ``ec2`` holds lines: 18,000 rows are many."""

    ec2: dict[tuple[str, str], str]  # (instance type, region)
    specs: dict[str, SpecRow]
    storage: dict[tuple[str, str], tuple[StorageRow, ...]]  # (region, storage class), bands in order
    requests: dict[tuple[str, str, str], RequestRow]  # (region, storage class, rate)
    sources: dict[str, Source]

    def ec2_row(self, instance_type: str, region: str) -> Ec2Row:
        """The row of a type in a region. Raises KeyError where there is none."""
        return Ec2Row._make(self.ec2[instance_type, region].split(","))


def read_tables(folder: Path) -> Tables:
    """The five files of a catalogue folder. Raises CatalogueError naming the file and what is wrong."""
    specs = [SpecRow._make(row) for row in _rows(folder / SPECS_FILE, SpecRow._fields)]
    storage = [StorageRow._make(row) for row in _rows(folder / STORAGE_FILE, StorageRow._fields)]
    requests = [RequestRow._make(row) for row in _rows(folder / REQUESTS_FILE, RequestRow._fields)]
    sources = [SourceRow._make(row) for row in _rows(folder / SOURCES_FILE, SourceRow._fields)]
    tables = Tables(
        ec2=_ec2_lines(folder / EC2_FILE),
        specs={row.instance_type: row for row in specs},
        storage=_bands(storage),
        requests={(row.region, row.storage_class, row.rate): row for row in requests},
        sources={row.id: Source(row.text, _day(row, folder)) for row in sources},
    )
    _distinct(folder / SPECS_FILE, len(specs), len(tables.specs))
    _distinct(folder / REQUESTS_FILE, len(requests), len(tables.requests))
    _distinct(folder / SOURCES_FILE, len(sources), len(tables.sources))
    return tables


def _ec2_lines(path: Path) -> dict[tuple[str, str], str]:
    # No cell of this table is ever quoted, so that a line can be split when it is asked for.
    header, *lines = _text(path).splitlines() or [""]
    _check_header(path, tuple(header.split(",")), Ec2Row._fields)
    commas = len(Ec2Row._fields) - 1
    table: dict[tuple[str, str], str] = {}
    for number, line in enumerate(lines, start=2):
        if line.count(",") != commas:
            raise _wrong_width(path, number, line.count(",") + 1, commas + 1)
        region, instance_type, _ = line.split(",", 2)
        table[instance_type, region] = line
    _distinct(path, len(lines), len(table))
    return table


def _distinct(path: Path, rows: int, keys: int) -> None:
    if rows != keys:
        raise CatalogueError(
            f"{path} prices something twice: {rows} rows for {keys} keys; keep one of each"
        )


def _bands(rows: list[StorageRow]) -> dict[tuple[str, str], tuple[StorageRow, ...]]:
    bands: dict[tuple[str, str], tuple[StorageRow, ...]] = {}
    for row in rows:
        key = (row.region, row.storage_class)
        bands[key] = (*bands.get(key, ()), row)
    return bands


def _day(row: SourceRow, folder: Path) -> date:
    try:
        return date.fromisoformat(row.day)
    except ValueError as error:
        raise CatalogueError(
            f"{folder / SOURCES_FILE}: the day of source {row.id!r} must be YYYY-MM-DD, "
            f"received {row.day!r}"
        ) from error


def _rows(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header, *rows = reader
    except (ValueError, csv.Error) as error:
        raise CatalogueError(f"{path} is no catalogue table: {error}") from error
    _check_header(path, tuple(header), columns)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise _wrong_width(path, number, len(row), len(columns))
    return rows


def _check_header(path: Path, received: tuple[str, ...], expected: tuple[str, ...]) -> None:
    if received != expected:
        raise CatalogueError(
            f"{path} has the columns {', '.join(received)[:200] or 'none'}; "
            f"expected {', '.join(expected)}"
        )


def _wrong_width(path: Path, number: int, received: int, expected: int) -> CatalogueError:
    return CatalogueError(f"{path}, row {number}: {received} cells received, {expected} expected")


def _text(path: Path) -> str:
    # is_file first: a pipe would wait for a writer for ever, and a folder has no text.
    if not path.is_file():
        raise CatalogueError(
            f"there is no price table {path}; name a folder that holds {EC2_FILE}, {SPECS_FILE}, "
            f"{STORAGE_FILE}, {REQUESTS_FILE} and {SOURCES_FILE}, or none for the shipped catalogue"
        )
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise CatalogueError(f"{path} holds more than {_MAX_BYTES:,} bytes; that is no price table")
        return content.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise CatalogueError(
            f"the price table {path} cannot be read: {error}; "
            "build it again or use the shipped catalogue"
        ) from error
