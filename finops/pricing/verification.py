"""Can a catalogue be trusted? Every cell is checked, and the first one that is wrong is named."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from finops.errors import CatalogueError
from finops.pricing.records import BASES
from finops.pricing.tables import (
    EC2_FILE,
    REQUESTS_FILE,
    SPECS_FILE,
    STORAGE_FILE,
    Ec2Row,
    SpecRow,
    StorageRow,
    Tables,
)

_PRICES = tuple(Ec2Row._fields[9:])
_FLAGS = ("burstable", "current_generation", "size_flexible", "ri_offered")


def verify(tables: Tables) -> None:
    """Raise CatalogueError unless every price is a number above zero with a source and a basis.

    Checked: prices are finite and positive (a request rate may be 0: AWS gives some away); the source of
    each is listed and its basis is a known word; a licence costs something; bands of storage start at
    0, rise without a gap and end open or not at all; every priced type has a specification.
    """
    for instance_type, region in tables.ec2:
        _verify_ec2(tables.ec2_row(instance_type, region), tables)
    for spec_row in tables.specs.values():
        _verify_spec(spec_row)
    for bands in tables.storage.values():
        _verify_bands(bands, tables)
    for row in tables.requests.values():
        what = f"{row.storage_class} {row.rate} in {row.region}"
        _source(tables, row.source, REQUESTS_FILE, what)
        _basis(row.basis, REQUESTS_FILE, what)
        if _number(row.usd, REQUESTS_FILE, what) < 0:
            raise CatalogueError(f"{REQUESTS_FILE}: {what} is {row.usd}; a rate is not below 0")


def _verify_ec2(row: Ec2Row, tables: Tables) -> None:
    what = f"{row.instance_type} in {row.region}"
    _source(tables, row.source, EC2_FILE, what)
    if row.instance_type not in tables.specs:
        raise CatalogueError(f"{EC2_FILE} prices {what}, but {SPECS_FILE} does not describe the type")
    linux = _positive(row.linux, EC2_FILE, what)
    for price, basis in ((row.windows, row.windows_basis), (row.rhel, row.rhel_basis)):
        if price:
            _basis(basis, EC2_FILE, what)
            if _positive(price, EC2_FILE, what) <= linux:
                raise CatalogueError(
                    f"{EC2_FILE}: {what} costs {price} with a licence and {row.linux} without; "
                    "a licence costs something"
                )
    if not row.places.isdecimal() or not 0 <= int(row.places) <= 12:
        raise CatalogueError(f"{EC2_FILE}: {what} has {row.places!r} decimal places; expected 0 to 12")
    for name in _PRICES:
        cell = getattr(row, name)
        if cell:
            _positive(cell, EC2_FILE, f"{name} of {what}")


def _verify_spec(row: SpecRow) -> None:
    _positive(row.vcpu, SPECS_FILE, f"vcpu of {row.instance_type}")
    _positive(row.normalization_factor, SPECS_FILE, f"normalization_factor of {row.instance_type}")
    if row.memory_gib:
        _positive(row.memory_gib, SPECS_FILE, f"memory_gib of {row.instance_type}")
    if not row.vcpu.isdecimal():
        raise CatalogueError(
            f"{SPECS_FILE}: vcpu of {row.instance_type} is {row.vcpu!r}; expected a count"
        )
    for name in _FLAGS:
        if getattr(row, name) not in ("0", "1"):
            raise CatalogueError(f"{SPECS_FILE}: {name} of {row.instance_type} must be 0 or 1")


def _verify_bands(bands: tuple[StorageRow, ...], tables: Tables) -> None:
    what = f"{bands[0].storage_class} in {bands[0].region}"
    for row in bands:
        _source(tables, row.source, STORAGE_FILE, what)
        _basis(row.basis, STORAGE_FILE, what)
        _positive(row.usd_per_gb_month, STORAGE_FILE, what)
    starts = [_number(row.start_gb, STORAGE_FILE, what) for row in bands]
    ends = [_number(row.end_gb, STORAGE_FILE, what) if row.end_gb else math.inf for row in bands]
    if starts[0] != 0 or starts[1:] != ends[:-1] or not _rises([*starts, ends[-1]]):
        raise CatalogueError(
            f"{STORAGE_FILE}: the bands of {what} must start at 0 and follow each other without a gap"
        )


def _rises(bounds: Iterable[float]) -> bool:
    return all(low < high for low, high in pairwise(bounds))


def _source(tables: Tables, source: str, file: str, what: str) -> None:
    if source not in tables.sources:
        raise CatalogueError(f"{file}: {what} names the source {source!r}, which is not listed")


def _basis(basis: str, file: str, what: str) -> None:
    if basis not in BASES:
        raise CatalogueError(
            f"{file}: {what} has the basis {basis!r}; expected one of {', '.join(BASES)}"
        )


def _positive(cell: str, file: str, what: str) -> float:
    value = _number(cell, file, what)
    if value <= 0:
        raise CatalogueError(f"{file}: {what} is {cell}; expected a number above 0")
    return value


def _number(cell: str, file: str, what: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise CatalogueError(f"{file}: {what} is {cell[:40]!r}; expected a number") from error
    if not math.isfinite(value):
        raise CatalogueError(f"{file}: {what} is {cell}; expected a finite number")
    return value
