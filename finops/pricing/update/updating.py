"""How does one update go? Every file is fetched and read; only then is the catalogue replaced, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from finops.errors import InputError
from finops.pricing.catalogue import catalogue_over, packaged_catalogue
from finops.pricing.published import NOTHING, Published
from finops.pricing.update.comparing import PriceChange, compared
from finops.pricing.update.fetching import Fetcher
from finops.pricing.update.gathering import Gathered, Gatherer, OfferFile
from finops.pricing.update.merging import merge
from finops.pricing.update.progress import Progress
from finops.pricing.update.taken_in import TakenIn
from finops.pricing.update.writing import locked, write_version
from finops.pricing.updated import UpdatedCatalogue

_WAIT_SECONDS = 5.0
_CACHE_REMEDY = "name another folder in FINOPS_CACHE_DIR"
_STATE_REMEDY = "name another folder in FINOPS_DATA_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRegion:
    """A region of which nothing was taken."""

    file: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUpdate:
    """What an update did. ``prices_taken`` counts the figures of the files that hold now.

    Of these, ``prices_new`` had no price before, ``prices_changed`` another. ``prices_older`` were left
    because an earlier update had read a later publication. ``as_of`` is the day of the newest figure
    taken, ``path`` the folder that holds now.
    """

    files: tuple[OfferFile, ...]
    refused: tuple[RefusedRegion, ...]
    regions: tuple[str, ...]
    instance_types: int
    prices_taken: int
    prices_new: int
    prices_changed: int
    prices_older: int
    largest_changes: tuple[PriceChange, ...]
    as_of: date
    path: str


def update_catalogue(
    places: Sequence[str],
    folder: Path,
    cache: Path,
    progress: Progress,
    regions: Collection[str] = (),
) -> PriceUpdate:
    """Read the offer files into the updated catalogue of ``folder``, all of them or none.

    ``places`` are paths and addresses; an index of regions stands for the files of its regions.
    ``regions`` limits what is fetched and taken, empty for all. ``cache`` keeps what an interrupted
    run has fetched and read. Raises InputError for a file that cannot be used, CatalogueError for
    a catalogue that cannot, OutputError where one cannot write; the catalogue is then as it was.
    """
    updated = UpdatedCatalogue(folder)
    _ = _earlier(updated)  # an unusable one is said before anything is fetched
    # The folder of the cache is that of bills, too, which are nobody else's business.
    with locked(cache, _WAIT_SECONDS, _CACHE_REMEDY, mode=0o700):
        reader = Gatherer(TakenIn(cache), Fetcher(cache, progress), progress, frozenset(regions))
        read = [each for place in places for each in reader.read(place)]
        _something_left(read, regions)
        files = [each.figures for each in read]
        with locked(folder, _WAIT_SECONDS, _STATE_REMEDY):
            earlier = _earlier(updated)
            described = packaged_catalogue().described_types()
            merged = merge(earlier, files, described)
            progress.begin("writing", str(folder), None)
            try:
                version = write_version(updated, merged.published)
            finally:
                progress.end()
        progress.begin("comparing with the prices before", "", None)
        comparison = compared(catalogue_over(earlier), merged.published, files)
        progress.end()
        reader.taken_in.clear()
    taken = sum(each.file.prices for each in read) - merged.older
    return PriceUpdate(
        files=tuple(each.file for each in read),
        refused=tuple(_refused(read)),
        regions=tuple(sorted({region for each in read for region in each.file.regions})),
        instance_types=len({of.instance_type for figures in files for of in figures.priced()}),
        prices_taken=taken,
        prices_new=comparison.new,
        prices_changed=comparison.changed,
        prices_older=merged.older,
        largest_changes=comparison.largest,
        as_of=max(figures.day for figures in files),
        path=str(folder / version),
    )


def _earlier(updated: UpdatedCatalogue) -> Published:
    version = updated.version()
    return NOTHING if version is None else updated.read(version)


def _something_left(read: Sequence[Gathered], regions: Collection[str]) -> None:
    if not any(each.file.prices for each in read):
        raise InputError(
            f"no file holds a price of {', '.join(sorted(regions)) or 'any region'}; "
            "name other files, or other regions"
        )


def _refused(read: Iterable[Gathered]) -> Iterator[RefusedRegion]:
    for each in read:
        for region, reason in each.figures.refused.items():
            yield RefusedRegion(file=each.file.file, region=region, reason=reason)
