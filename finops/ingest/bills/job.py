"""What does a run do part by part and month by month? It finds an entry in the cache, or makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from finops.errors import EmptyInput, FileUnreadable, Issue
from finops.ingest.bills import redelivery
from finops.ingest.bills.cache import Cache, Entry, issue_values
from finops.ingest.bills.code_version import entry_key
from finops.ingest.bills.engine import Engine, key_lines, lines_of_month, lines_without
from finops.ingest.bills.formats import format_of
from finops.ingest.bills.parts import Part
from finops.ingest.bills.parts_fingerprint import fingerprint
from finops.ingest.bills.progress import Progress, engine_errors
from finops.ingest.bills.remote import is_remote
from finops.ingest.bills.surveyed import Replaced, SurveyedTable, month_name, surveyed
from finops.ingest.bills.text_tables import RawTable, raw_tables

if TYPE_CHECKING:
    import ibis


@dataclass(slots=True, kw_only=True)
class Job:
    """One run: its cache, its progress, its engine, and the lines that it has flattened so far."""

    store: Cache
    progress: Progress
    engine: Engine
    _lines: dict[str, Path] = field(default_factory=dict)

    def folder(self, name: str) -> Path:
        path = self.store.run / name
        path.mkdir(exist_ok=True)
        return path

    def survey(self, part: Part) -> list[SurveyedTable]:
        """What is known of the tables of a part, from the cache or from the part itself."""
        name = f"part-{entry_key(part.fingerprint, part.name)}"
        entry = self.store.find(name) or self.store.make(name, lambda folder: self._fill(part, folder))
        return [
            surveyed(part, place, meta, self.store.tables(entry, str(place)))
            for place, meta in enumerate(entry.meta["tables"])
        ]

    def _fill(self, part: Part, folder: Path) -> Mapping[str, Any]:
        tables = self._flatten(part)
        for place, (raw, path) in enumerate(tables):
            (folder / str(place)).mkdir()
            with engine_errors(self.progress, part.name, is_file=True):
                self.engine.survey(raw.location, path, folder / str(place))
        self._discard(tables)
        return {"tables": [_described(raw) for raw, _ in tables]}

    def _flatten(self, part: Part) -> list[tuple[RawTable, Path]]:
        """The tables of a part that hold a row, each with its flat lines in the folder of this run."""
        self.progress.begin(f"reading {part.name}", bytes_total=part.size)
        raws = raw_tables(part, self.folder("text"), self.progress.read)
        tables = [raw for raw in raws if raw.rows]
        empty = tuple(_no_rows(raw) for raw in raws if not raw.rows)
        if not tables:
            raise EmptyInput(f"{part.name}: holds a header and no row; expected the lines of a bill")
        tables[0] = replace(tables[0], issues=(*tables[0].issues, *empty))
        formats = [format_of(raw.columns, raw.part.name) for raw in tables]
        paths = []
        for place, (raw, bill_format) in enumerate(zip(tables, formats, strict=True)):
            paths.append(self.folder("lines") / f"{len(self._lines)}.parquet")
            with engine_errors(self.progress, part.name, is_file=True):
                self.engine.flatten(raw.location, bill_format, paths[-1])
            self._lines[f"{part.fingerprint}.{place}"] = paths[-1]
        _check_unchanged(part)
        return list(zip(tables, paths, strict=True))

    def _discard(self, tables: Sequence[tuple[RawTable, Path]]) -> None:
        """The text of a large bill takes as much room as its lines, and is not needed any more."""
        for raw, _ in tables:
            if Path(raw.location).parent == self.store.run / "text":
                Path(raw.location).unlink(missing_ok=True)

    def _of_month(self, table: SurveyedTable, month: str) -> ibis.Table:
        if table.id not in self._lines:
            self._discard(self._flatten(table.part))
        with engine_errors(self.progress, table.name, is_file=True):
            lines = self.engine.backend.read(self._lines[table.id])
        own = lines_of_month(lines, month)
        return lines_without(own, table.replaced[month]) if month in table.replaced else own

    def without(self, table: SurveyedTable, month: str, replaced: Replaced) -> SurveyedTable | None:
        """The table of which only the rest of a month counts; None where nothing is left of it."""

        def fill(folder: Path) -> Mapping[str, Any]:
            (folder / "rest").mkdir()
            rest = lines_without(self._of_month(table, month), replaced)
            with engine_errors(self.progress, table.name, is_file=True):
                self.engine.survey_rest(rest, folder / "rest")
            return {}

        name = f"rest-{entry_key(month, table.id, replaced.key)}"
        entry = self.store.find(name) or self.store.make(name, fill)
        rest = self.store.tables(entry, "rest")
        return _without(table, month, replaced, rest) if len(rest["hours"]) else None

    def same_lines(
        self, month: str, tables: Sequence[SurveyedTable]
    ) -> tuple[set[redelivery.Pair], set[redelivery.Pair]]:
        """The places of each two tables that hold the same lines of a month, and of those that may."""
        if len(tables) == 1:
            return set(), set()

        def fill(_folder: Path) -> Mapping[str, Any]:
            held = [table.months[month] for table in tables]
            chosen = redelivery.hours_to_compare(held)
            if not chosen:
                return {"same": [], "possible": []}
            several = [self._of_month(table, month) for table in tables]
            expression = key_lines(several, sorted(set(chosen.values())))
            with engine_errors(self.progress, f"comparing the reports of {month}"):
                keys = self.engine.backend.arrow(expression)
            same, possible = redelivery.same_lines(held, chosen, keys)
            return {"same": sorted(same), "possible": sorted(possible)}

        name = f"same-{entry_key(month, *(table.id for table in tables))}"
        entry = self.store.find(name) or self.store.make(name, fill)
        same, possible = (entry.meta[kind] for kind in ("same", "possible"))
        return {(one, two) for one, two in same}, {(one, two) for one, two in possible}

    def reduce(self, name: str, month: str, tables: Sequence[SurveyedTable]) -> Entry:
        """A new entry of a billing month."""

        def fill(folder: Path) -> Mapping[str, Any]:
            several = [self._of_month(table, month) for table in tables]
            with engine_errors(self.progress, f"reducing {month}"):
                return self.engine.reduce(several, folder)

        return self.store.make(name, fill)


def _without(
    table: SurveyedTable, month: str, replaced: Replaced, rest: Mapping[str, pa.Table]
) -> SurveyedTable:
    """The table of which only the rest of a month counts, by what ``surveyed`` takes of the rest."""
    left = surveyed(table.part, 0, table.meta, rest)
    counted = left.months[month]
    facts = {}
    for name, facts_of_all in table.facts.items():
        if name in left.facts:
            others = [one for one in facts_of_all.to_pylist() if month_name(one) != month]
            kept = pa.Table.from_pylist(others, schema=facts_of_all.schema)
            facts[name] = pa.concat_tables([kept, left.facts[name].cast(facts_of_all.schema)])
        else:
            facts[name] = facts_of_all
    return replace(
        table,
        facts=facts,
        months={**table.months, month: counted},
        replaced={**table.replaced, month: replaced},
        replaced_lines=table.replaced_lines + table.months[month].lines - counted.lines,
    )


def _check_unchanged(part: Part) -> None:
    """What was read goes under the fingerprint that was taken before."""
    now = part.fingerprint if is_remote(part.location) else fingerprint(part.location)
    if now != part.fingerprint:
        raise FileUnreadable(f"{part.name}: changed while it was read; read it again")


def _no_rows(raw: RawTable) -> Issue:
    message = "holds a header and no row; nothing of it is in any figure"
    return Issue(severity="error", code="empty_part", message=message, file=raw.part.name)


def _described(raw: RawTable) -> dict[str, Any]:
    bill_format = format_of(raw.columns, raw.part.name)
    return {
        "name": raw.part.name,
        "format": bill_format.name,
        "version": bill_format.version,
        "rows": raw.rows,
        "broken_rows": raw.broken_rows,
        "columns": list(raw.columns),
        "issues": [issue_values(issue) for issue in raw.issues],
        "broken": [[row.number, row.text, row.reason] for row in raw.broken],
    }
