"""Which entries does a file of owned commitments hold, whichever of its formats it has?

The text is decoded first and looked at then: PowerShell writes JSON as UTF-16.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from finops.errors import Issue, UnknownFormat
from finops.ingest.aws_commitments import Entry, Texts, reserved_instance, savings_plan
from finops.ingest.columns import folded, match, received
from finops.ingest.decoding import decode, encodable
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, frame_of_texts, places, read_frame_file
from finops.ingest.parquet_columns import is_parquet
from finops.ingest.sheet import cell_texts
from finops.schema import COMMITMENTS

# What a row must say depends on its Kind.
LENIENT = replace(COMMITMENTS, required=("Kind",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The rows of a file (maybe none), what its format is called, and how many plans are for others."""

    read: FrameFile
    format: str
    unsupported: int = 0


def read_entries(file: InputFile) -> Entries:
    """The entries of a CSV, a Parquet file, a JSON array or the JSON of AWS, as rows of the frame."""
    if is_parquet(file):
        return Entries(read=read_frame_file(file, LENIENT, may_be_empty=True), format="commitments")
    text, issues = decode(file)
    text = text.lstrip("\ufeff \t\r\n")
    if text[:1] not in {"[", "{"}:
        return Entries(read=read_frame_file(file, LENIENT, may_be_empty=True), format="commitments")
    json_reader = _JsonReader(file)
    document = json_reader.document(text)
    noticed = replace(file, issues=(*file.issues, *issues, *json_reader.issues()))
    return _entries(noticed, document)


def _entries(file: InputFile, document: object) -> Entries:
    if isinstance(document, dict):
        keys = {folded(name): value for name, value in document.items()}
        if "reservedinstances" in keys:
            rows = [
                reserved_instance(entry, f"{file.name}, entry {number}")
                for number, entry in enumerate(_objects(keys["reservedinstances"], file), start=1)
            ]
            read = _frame_of(file, rows, range(1, len(rows) + 1))
            return Entries(read=read, format="aws-reserved-instances")
        if "savingsplans" in keys:
            return _plans(file, _objects(keys["savingsplans"], file))
        document = keys.get("commitments")
    return Entries(read=_plain_objects(file, _objects(document, file)), format="commitments")


def _plans(file: InputFile, entries: Sequence[Entry]) -> Entries:
    found = [
        savings_plan(entry, f"{file.name}, entry {number}")
        for number, entry in enumerate(entries, start=1)
    ]
    rows = {number: plan for number, plan in enumerate(found, start=1) if plan is not None}
    others = [number for number, plan in enumerate(found, start=1) if plan is None]
    read = _frame_of(file, list(rows.values()), list(rows))
    return Entries(
        read=replace(read, issues=(*read.issues, *_other_plans(file, others))),
        format="aws-savings-plans",
        unsupported=len(others),
    )


def _objects(value: object, file: InputFile) -> list[Entry]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise UnknownFormat(
            f"{file.name}: expected a JSON array of commitments, or the answer of AWS's "
            "describe-reserved-instances or describe-savings-plans"
        )
    return value


def _plain_objects(file: InputFile, entries: Sequence[Entry]) -> FrameFile:
    if not entries:
        return _frame_of(file, [], [])
    header = list(dict.fromkeys(name for entry in entries for name in entry))
    found = places(header, LENIENT, None, file.name)
    for entry in entries:
        match(list(entry), COMMITMENTS.columns, file.name)
    by_name = {header[at]: name for name, at in found.items()}
    rows = [{by_name[key]: value for key, value in entry.items() if key in by_name} for entry in entries]
    try:
        texts = {
            name: cell_texts(pd.Series([row.get(name) for row in rows], dtype="object"))
            for name in found
        }
    except RecursionError as error:
        raise UnknownFormat(f"{file.name}: values are nested too deeply; expected plain ones") from error
    return frame_of_texts(file, LENIENT, texts, range(1, len(rows) + 1))


def _frame_of(file: InputFile, rows: Sequence[Texts], numbers: Sequence[int]) -> FrameFile:
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["Kind"]
    texts = {name: [row.get(name, "") for row in rows] for name in names}
    return frame_of_texts(file, LENIENT, texts, numbers)


def _other_plans(file: InputFile, numbers: Sequence[int]) -> tuple[Issue, ...]:
    if not numbers:
        return ()
    return (
        Issue(
            severity="warning",
            code="commitment_not_supported",
            message=f"{len(numbers)} plan(s) set aside: neither Compute nor EC2 Instance plans",
            file=file.name,
            rows=len(numbers),
            row_numbers=tuple(numbers),
            set_aside=True,
        ),
    )


@dataclass(slots=True)
class _JsonReader:
    """JSON with what it would otherwise lose: keys that an object repeats, and half characters."""

    file: InputFile
    repeated: dict[str, None] = field(default_factory=dict)
    broken: int = 0

    def document(self, text: str) -> object:
        try:
            return json.loads(text, object_pairs_hook=self._object)
        except (ValueError, RecursionError) as error:
            raise UnknownFormat(f"{self.file.name}: this is not readable as JSON: {error}") from error

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for raw_key, raw_value in pairs:
            key = self._text(raw_key)
            if folded(key) in seen:
                self.repeated[key] = None
            seen.add(folded(key))
            found[key] = self._text(raw_value) if isinstance(raw_value, str) else raw_value
        return found

    def _text(self, text: str) -> str:
        readable = encodable(text)
        self.broken += readable != text
        return readable

    def issues(self) -> list[Issue]:
        found: list[tuple[str, str]] = []
        if self.repeated:
            keys = received(list(self.repeated))
            found.append(
                ("repeated_key", f"key(s) that one object repeats, the last one counts: {keys}")
            )
        if self.broken:
            text = f"{self.broken} text(s) hold half of a character (a lone surrogate), shown as \ufffd"
            found.append(("broken_characters", text))
        return [
            Issue(severity="warning", code=code, message=message, file=self.file.name)
            for code, message in found
        ]
