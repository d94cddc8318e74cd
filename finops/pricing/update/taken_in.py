"""Which files need not be read again? Those whose figures an earlier run has kept.

An update of many files that is interrupted has their figures in the cache folder, and the next run goes
on from there. An entry holds the SHA-256 of its own content; one that does not match is no entry.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finops.files import write_whole
from finops.pricing.offer_files.figures import Figures
from finops.pricing.offer_files.products import Priced
from finops.pricing.records import OfferKey
from finops.pricing.tables import SpecRow

# To be raised whenever a reader takes other figures from the same file.
READER = 1
_ENDING = ".figures"


@dataclass(frozen=True, slots=True)
class Entry:
    """The figures of a file, and the ETag that it had."""

    figures: Figures
    etag: str


@dataclass(slots=True)
class TakenIn:
    """The kept figures of one folder. ``identity`` is an address, or the hash of a file's content."""

    folder: Path
    used: set[str] = field(default_factory=set)

    def find(self, identity: str) -> Entry | None:
        """The figures of this identity; None where none are kept, or they are damaged."""
        try:
            digest, content = self._path(identity).read_bytes().split(b"\n", 1)
            if hashlib.sha256(content).hexdigest().encode() != digest:
                return None
            document = json.loads(gzip.decompress(content))
            entry = Entry(_figures(document["figures"]), document["etag"])
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
            return None
        self.used.add(self._path(identity).name)
        return entry

    def keep(self, identity: str, figures: Figures, etag: str = "") -> None:
        """Keep the figures. Raises OutputError where they cannot be written."""
        document = {"figures": _document(figures), "etag": etag}
        content = gzip.compress(json.dumps(document).encode(), compresslevel=5, mtime=0)
        digest = hashlib.sha256(content).hexdigest().encode()
        write_whole(self._path(identity), digest + b"\n" + content, mode=0o600)
        self.used.add(self._path(identity).name)

    def clear(self) -> None:
        """Remove all that this run did not use: other entries, and parts of files."""
        for path in self.folder.iterdir():
            if path.is_file() and path.name not in self.used and not path.name.endswith(".lock"):
                path.unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        digest = hashlib.sha256(f"{READER}\n{identity}".encode()).hexdigest()[:32]
        return self.folder / f"{digest}{_ENDING}"


def _document(figures: Figures) -> Mapping[str, object]:
    return {
        "offer_code": figures.offer_code,
        "published": figures.published,
        "on_demand": [[*of, price] for of, price in figures.on_demand.items()],
        "offers": [
            [*of, *key, *paid] for of, offers in figures.offers.items() for key, paid in offers.items()
        ],
        "specs": [list(row) for row in figures.specs.values()],
        "placeholders": figures.placeholders,
        "refused": dict(figures.refused),
    }


def _figures(document: Mapping[str, Any]) -> Figures:
    offers: dict[Priced, dict[OfferKey, tuple[str, str]]] = {}
    for region, instance_type, platform, kind, offering_class, term, payment, once, hourly in document[
        "offers"
    ]:
        key = OfferKey(kind, offering_class, term, payment)
        offers.setdefault(Priced(region, instance_type, platform), {})[key] = (once, hourly)
    specs = [SpecRow._make(row) for row in document["specs"]]
    return Figures(
        offer_code=document["offer_code"],
        published=document["published"],
        on_demand={Priced(*of): price for *of, price in document["on_demand"]},
        offers=offers,
        specs={row.instance_type: row for row in specs},
        placeholders=document["placeholders"],
        refused=document["refused"],
    )
