"""What does a bill give the estate? Charges, and of instances, buckets and commitments what it tells.

A report of AWS or FOCUS is reduced (``finops.ingest.bills``), whatever its size. Charges that are in
the form of the ``costs`` frame already, as the sample's are, are read as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from finops.ingest.bill import DOLLARS, read_costs
from finops.ingest.bills.doctor_records import Diagnosis
from finops.ingest.bills.progress import Progress
from finops.ingest.bills.reduction import ReducedBill, read_bill
from finops.ingest.columns import folded
from finops.ingest.files import TABLE_ENDINGS, InputFile, Source, read_inputs
from finops.ingest.provenance import FileInfo, FileKind, Loaded
from finops.money import exact_sum

# Columns that no report has: whoever has them wrote a costs frame.
_OWN = {folded("GrossBilledCost"), folded("GrossEffectiveCost"), folded("ChargePeriodStart")}
_HEADER_BYTES = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The frames that a bill gives by name (``costs`` always), its files, and what the doctor says.

    ``ec2`` and ``s3`` are what the bill tells of resources, for where no lists are given. In another
    currency than dollars there are charges only. ``diagnosis`` is None for a costs frame.
    """

    loaded: Mapping[str, Loaded]
    files: tuple[FileInfo, ...]
    digest: str
    diagnosis: Diagnosis | None = None


def load_bill(
    source: Source | Sequence[InputFile],
    progress: Progress | None = None,
    *,
    owned_given: bool = False,
) -> Bill:
    """Read a bill: a file, a folder, ``s3://bucket/prefix``, or uploads. Raises an InputError."""
    frames = _costs_frames(source)
    if frames:
        charges = read_costs(frames)
        content = [part for file in frames for part in (file.name.encode(errors="replace"), file.data)]
        return Bill(loaded={"costs": charges}, files=(charges.info,), digest=_digest(content))
    reduced = read_bill(source, progress=progress, owned_given=owned_given)
    return Bill(
        loaded=_loaded(reduced),
        files=reduced.files,
        digest=reduced.digest,
        diagnosis=reduced.diagnosis,
    )


def _digest(content: Sequence[bytes]) -> str:
    whole = sha256()
    for part in content:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def _costs_frames(source: Source | Sequence[InputFile]) -> tuple[InputFile, ...]:
    """The files, if they are costs frames; else none."""
    if isinstance(source, str | Path):
        first = _first_table(Path(source)) if not str(source).startswith("s3://") else None
        return read_inputs(source) if first is not None and _is_costs_frame(first) else ()
    files = (source,) if isinstance(source, InputFile) else tuple(source)
    return files if files and all(_is_costs_frame(file) for file in files) else ()


def _first_table(path: Path) -> Path | None:
    try:
        if path.is_file():
            return path
        tables = (found for found in path.rglob("*") if found.suffix.lower() in TABLE_ENDINGS)
        return min((found for found in tables if not found.name.startswith(("_", "."))), default=None)
    except (OSError, ValueError):
        return None  # reading it says what is wrong


def _is_costs_frame(file: Path | InputFile) -> bool:
    return {folded(name) for name in _header(file)} >= _OWN


def _header(file: Path | InputFile) -> list[str]:
    """The names of the columns, none where the file is packed or cannot be read."""
    try:
        begin = file.data[:_HEADER_BYTES] if isinstance(file, InputFile) else _begin(file)
        if begin[:4] == b"PAR1":
            whole = pa.BufferReader(file.data) if isinstance(file, InputFile) else str(file)
            return list(pq.read_schema(whole).names)
    except (OSError, pa.ArrowException):
        return []
    return begin.split(b"\n", 1)[0].decode("utf-8-sig", "replace").replace('"', "").split(",")


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)


def _loaded(reduced: ReducedBill) -> dict[str, Loaded]:
    infos = reduced.files
    currency = infos[0].currency
    path = ", ".join(info.path for info in infos[:3]) + (
        f" and {len(infos) - 3} more" if infos[3:] else ""
    )
    begins = [info.period_start for info in infos if info.period_start]
    ends = [info.period_end for info in infos if info.period_end]
    whole = FileInfo(
        path=path,
        kind="costs",
        format=infos[0].format,
        version=infos[0].version,
        rows=sum(info.rows for info in infos),
        set_aside_rows=sum(info.set_aside_rows for info in infos),
        currency=currency,
        billed_cost=exact_sum(info.billed_cost for info in infos if info.billed_cost is not None),
        period_start=min(begins, default=None),
        period_end=max(ends, default=None),
    )
    loaded = {
        "costs": Loaded(
            frame=reduced.costs, info=whole, issues=reduced.issues, set_aside=reduced.set_aside
        )
    }
    if currency != DOLLARS:
        return loaded
    kinds: tuple[FileKind, ...] = ("usage", "commitments", "ec2", "s3")
    for kind in kinds:
        frame = getattr(reduced, kind)
        if len(frame):
            info = FileInfo(
                path=path, kind=kind, format=infos[0].format, rows=len(frame), currency=currency
            )
            loaded[kind] = Loaded(frame=frame, info=info)
    return loaded
