"""How does an answer leave the command line? As one JSON object, or as a table for a reader."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
from pydantic import BaseModel

DONE, UNUSABLE_INPUT, WRONG_USAGE, GATE_MISSED, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Printout:
    """What a command says: the JSON object, the text for a reader, warnings, and the exit status."""

    document: Mapping[str, object]
    text: str
    status: int = DONE
    warnings: tuple[str, ...] = ()


@contextmanager
def silenced() -> Iterator[None]:
    """Whatever libraries in C write to standard output is lost: an answer alone stands there.

    HiGHS says which of its functions runs when it mends a solution, and no option of it stops that.
    """
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def as_json(document: Mapping[str, object]) -> str:
    """One JSON object: amounts are numbers, dates ISO 8601, what is unknown is null."""
    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)


def as_json_lines(frame: pd.DataFrame) -> str:
    """A JSON array with one row of the frame a line."""
    rows = [json.dumps(plain(row), ensure_ascii=False) for row in frame.to_dict(orient="records")]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def document_of(record: object) -> dict[str, object]:
    """The JSON object of a record. The fields of its ``report``, if it has one, come first.

    Fields whose metadata says ``printed=False`` are what the record was worked out from: left out.
    """
    own = {
        field.name: getattr(record, field.name)
        for field in fields(record)  # type: ignore[arg-type]
        if field.metadata.get("printed", True)
    }
    report = own.pop("report", None)
    nested = {} if report is None else document_of(report)
    return nested | {name: plain(value) for name, value in own.items()}


def plain(value: object) -> object:  # noqa: PLR0911 - one line a type reads best
    """The value in JSON's own types. Records become objects, frames become lists of objects."""
    match value:
        case None | bool() | int() | str():
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case pd.DataFrame():
            return [plain(row) for row in value.to_dict(orient="records")]
        case pd.Timestamp() | datetime() | date():
            return None if pd.isna(value) else value.isoformat()
        case float() | Decimal() | np.generic():
            return _number(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case BaseModel():
            return plain(value.model_dump())
        case Iterable():
            return [plain(item) for item in value]
        case _ if value is pd.NA or value is pd.NaT:
            return None
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")


def _number(value: float | Decimal | np.generic) -> object:
    item = value.item() if isinstance(value, np.generic) else value
    if isinstance(item, float | Decimal):
        return float(item) + 0.0 if np.isfinite(float(item)) else None
    return plain(item)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns under their headers; numbers to the right."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    if not cells:
        return "(none)"
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    right = [all(_is_number(row[at]) for row in cells) for at in range(len(headers))]
    lines = [headers, ["─" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def printable(text: str, kept: str = "") -> str:
    """Control characters, which a terminal would obey, as a replacement sign; ``kept`` stay."""
    return "".join(c if c.isprintable() or c in kept else "\ufffd" for c in text)


def _is_number(cell: str) -> bool:
    return (
        cell in {"–", ""}
        or cell.lstrip("+-$").replace(",", "").rstrip("%").replace(".", "", 1).isdigit()
    )


def percent(value: float | None, places: int = 1) -> str:
    """A percentage for a reader, – where it is unknown."""
    return "–" if value is None or pd.isna(value) else f"{value:.{places}f}%"
