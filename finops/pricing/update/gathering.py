"""Where do the figures of a place come from? From an earlier run, the disk, or the network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from finops.errors import FileUnreadable, InputError, UnknownFormat
from finops.pricing.offer_files import Figures, RegionIndex, read_offer_file
from finops.pricing.update.addresses import located, referred, shown
from finops.pricing.update.fetching import Fetcher
from finops.pricing.update.progress import Progress
from finops.pricing.update.taken_in import TakenIn


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFile:
    """A file that was read. ``downloaded_bytes`` is 0 for one on this disk, or kept by an earlier run.

    ``placeholders`` are prices and offers of 0 dollars, which are no prices.
    """

    file: str
    offer_code: str
    published: str
    regions: tuple[str, ...]
    prices: int
    placeholders: int
    downloaded_bytes: int
    kept_from_earlier_run: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """A file and its figures."""

    file: OfferFile
    figures: Figures


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Gets the figures of a place from an earlier run, from the disk, or from the network."""

    taken_in: TakenIn
    fetcher: Fetcher
    progress: Progress
    regions: frozenset[str]

    def read(self, text: str) -> Iterator[Gathered]:
        """The files that a place stands for: itself, or those of the regions of an index."""
        place = located(text)
        found = self._one(place)
        if isinstance(found, Gathered):
            yield found
            return
        for region, url in self._wanted(found, place):
            address = referred(place, url)
            of_region = self._one(address)
            if not isinstance(of_region, Gathered):
                raise UnknownFormat(
                    f"{shown(place)} leads to another index for {region}; expected its offer file"
                )
            yield of_region

    def _wanted(self, index: RegionIndex, place: str | Path) -> Iterable[tuple[str, str]]:
        absent = sorted(self.regions - index.urls.keys())
        if absent:
            known = ", ".join(sorted(index.urls))
            raise InputError(f"{shown(place)} has no region {', '.join(absent)}; it has {known}")
        return [
            (name, url) for name, url in index.urls.items() if not self.regions or name in self.regions
        ]

    def _one(self, place: str | Path) -> Gathered | RegionIndex:
        return self._fetched(place) if isinstance(place, str) else self._local(place)

    def _local(self, path: Path) -> Gathered | RegionIndex:
        identity = _content_identity(path) if path.is_file() else ""
        kept = self.taken_in.find(identity)
        if kept:
            return self._limited(str(path), kept.figures, 0, True)
        found = self._parsed(path, str(path))
        if isinstance(found, RegionIndex):
            return found
        self.taken_in.keep(identity, found)
        return self._limited(str(path), found, 0, False)

    def _fetched(self, url: str) -> Gathered | RegionIndex:
        name = shown(url)
        kept = self.taken_in.find(url)
        fetched = self.fetcher.fetch(url, kept.etag if kept else "")
        if fetched is None and kept:
            return self._limited(name, kept.figures, 0, True)
        if fetched is None:
            raise FileUnreadable(
                f"{name}: the server says that nothing has changed, but nothing is kept"
            )
        try:
            found = self._parsed(fetched.path, name)
        except InputError:  # it would be no better the next time
            self.fetcher.forget(url)
            raise
        if not isinstance(found, RegionIndex):
            self.taken_in.keep(url, found, fetched.etag)
        self.fetcher.forget(url)
        if isinstance(found, RegionIndex):
            return found
        return self._limited(name, found, fetched.received, False)

    def _parsed(self, path: Path, name: str) -> Figures | RegionIndex:
        self.progress.begin("reading", name, path.stat().st_size if path.is_file() else None)
        try:
            return read_offer_file(path, name, self.progress.advance)
        finally:
            self.progress.end()

    def _limited(self, name: str, figures: Figures, received: int, kept: bool) -> Gathered:
        """The figures of the wanted regions, and what to say of their file."""
        if self.regions:
            figures = replace(
                figures,
                on_demand={of: it for of, it in figures.on_demand.items() if of.region in self.regions},
                offers={of: it for of, it in figures.offers.items() if of.region in self.regions},
            )
        file = OfferFile(
            file=name,
            offer_code=figures.offer_code,
            published=figures.published,
            regions=tuple(sorted({of.region for of in figures.priced()})),
            prices=len(figures.on_demand) + sum(map(len, figures.offers.values())),
            placeholders=figures.placeholders,
            downloaded_bytes=received,
            kept_from_earlier_run=kept,
        )
        return Gathered(file, figures)


def _content_identity(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"content {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise FileUnreadable(
            f"cannot read {path}: {error.strerror or error}; give read permission"
        ) from error
