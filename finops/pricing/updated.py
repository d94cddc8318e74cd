"""Where is the catalogue that ``prices update`` wrote, and is it whole?

In ``pricing/`` of the state folder. ``current.json`` there names the folder of one version, whose
``manifest.json`` holds the size and SHA-256 of every file in it. A version is never changed: an update
writes another one, and then the name. A reader therefore meets the old catalogue or the new one; what
is neither is named with its remedy.

    pricing/current.json                        {"version": 1, "catalogue": "v-0123456789abcdef"}
    pricing/v-0123456789abcdef/manifest.json    {"version": 1, "files": {NAME: [bytes, sha256]}}
                               sources.csv      as in the shipped catalogue
                               ec2_specs.csv    the types that the shipped catalogue does not describe
                               ec2_published.REGION.csv.gz
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from finops.errors import CatalogueError
from finops.pricing.published import Published
from finops.pricing.tables import SOURCES_FILE, SPECS_FILE, Source, SourceRow, SpecRow

FORM = 1
CURRENT, MANIFEST = "current.json", "manifest.json"
VERSION_NAME = re.compile(r"v-[0-9a-f]{16}")
TABLE_NAME = re.compile(r"ec2_published\.([a-z0-9-]+)\.csv\.gz")

_MAX_BYTES = 64_000_000
_ATTEMPTS = 3


def updated_folder() -> Path:
    """``pricing`` in the folder that FINOPS_DATA_DIR names, else in ``data/`` of the repository."""
    named = os.environ.get("FINOPS_DATA_DIR", "").strip()
    try:
        state = Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "data"
    except RuntimeError as error:
        raise CatalogueError(f"FINOPS_DATA_DIR is {named!r}: {error}; name a folder") from error
    return state / "pricing"


@dataclass(frozen=True, slots=True)
class UpdatedCatalogue:
    """The updated catalogue of a folder, which need not be there. Reads, and never writes."""

    folder: Path

    def version(self) -> str | None:
        """The name of the version that holds, None where nothing was ever updated.

        Raises CatalogueError where ``current.json`` is there and cannot be used.
        """
        path = self.folder / CURRENT
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise self.broken(f"{CURRENT} cannot be read: {error}") from error
        name = self._document(CURRENT, content).get("catalogue")
        if not isinstance(name, str) or not VERSION_NAME.fullmatch(name):
            raise self.broken(f"{CURRENT} names no version of it")
        return name

    def read(self, version: str) -> Published:
        """The figures of a version, every byte of it checked.

        Where an update has replaced it meanwhile, the figures of the version that holds now. Raises
        CatalogueError naming the folder and the remedy.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._read(version)
            except CatalogueError:
                now = self.version()
                if now is None or now == version:
                    raise
                version = now
        return self._read(version)

    def _read(self, version: str) -> Published:
        files = self._files(version)
        tables = {
            found[1]: content for name, content in files.items() if (found := TABLE_NAME.fullmatch(name))
        }
        try:
            sources = [SourceRow._make(row) for row in _rows(files[SOURCES_FILE], SourceRow._fields)]
            specs = [SpecRow._make(row) for row in _rows(files[SPECS_FILE], SpecRow._fields)]
            return Published(
                tables,
                {row.id: Source(row.text, date.fromisoformat(row.day)) for row in sources},
                {row.instance_type: row for row in specs},
            )
        except (KeyError, ValueError, TypeError, csv.Error) as error:
            raise self.broken(f"its tables cannot be read: {error}") from error

    def _files(self, version: str) -> Mapping[str, bytes]:
        folder = self.folder / version
        listed = self._document(MANIFEST, self._content(folder / MANIFEST)).get("files")
        if not isinstance(listed, dict):
            raise self.broken(f"{version}/{MANIFEST} lists no files")
        files: dict[str, bytes] = {}
        for name, facts in listed.items():
            content = self._content(folder / Path(name).name)
            if facts != [len(content), hashlib.sha256(content).hexdigest()]:
                raise self.broken(f"{version}/{name} is not as it was written")
            files[name] = content
        return files

    def _content(self, path: Path) -> bytes:
        where = path.relative_to(self.folder)
        try:
            if not path.is_file() or path.stat().st_size > _MAX_BYTES:
                raise self.broken(f"{where} is missing or is no file of it")
            return path.read_bytes()
        except OSError as error:
            raise self.broken(f"{where} cannot be read: {error.strerror or error}") from error

    def _document(self, name: str, content: bytes) -> Mapping[str, object]:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.broken(f"{name} is not JSON ({error})") from error
        form = document.get("version") if isinstance(document, dict) else None
        if type(form) is int and form > FORM:
            raise CatalogueError(
                f"the updated price catalogue {self.folder} is of version {form}, and this release "
                f"reads up to {FORM}; use the newer one, or move the folder away for the shipped prices"
            )
        if form != FORM:
            raise self.broken(f"{name} is no document of version {FORM}")
        return dict(document)

    def broken(self, reason: str) -> CatalogueError:
        """The error for a catalogue that is there and cannot be used."""
        return CatalogueError(
            f"the updated price catalogue {self.folder} cannot be used: {reason}. Nothing falls back in "
            "silence: move that folder away for the shipped prices, then run "
            "`python -m finops prices update` again"
        )


def _rows(content: bytes, columns: tuple[str, ...]) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    if tuple(header) != columns:
        raise ValueError(f"columns {', '.join(header)[:200]}; expected {', '.join(columns)}")
    return rows
