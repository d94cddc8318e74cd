"""What does AWS charge? Lookups in the price catalogue: exact, or an error that says what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import cast

from finops.errors import UnknownPrice
from finops.pricing import missing
from finops.pricing.layers import Known, layered, platform_cell
from finops.pricing.offers import offers
from finops.pricing.published import NOTHING, Published, commitment_price
from finops.pricing.records import (
    OFFER_KEYS,
    OFFERING_CLASSES,
    RESERVED,
    CommitmentPrice,
    InstanceSpec,
    OfferKey,
    Price,
    PriceBasis,
    RequestRate,
    StorageTier,
)
from finops.pricing.storage_tiers import tiered_cost
from finops.pricing.tables import StorageRow, Tables, read_tables
from finops.pricing.updated import UpdatedCatalogue, updated_folder
from finops.pricing.verification import verify

PACKAGED = Path(__file__).resolve().parent / "data"

# AWS's storage class starts in the frequent access tier; the catalogue prices the tiers apart.
_STORAGE_ALIASES = {"INTELLIGENT_TIERING": "INTELLIGENT_TIERING_FA"}


class Catalogue:
    """The prices of one catalogue folder, under what AWS has published since. Answers are remembered.

    Dollars, per instance-hour or per GB-month. Whatever is missing raises UnknownPrice: there is no
    default price. Platforms are AWS's words (``finops.schema.PLATFORMS``), spelled exactly.
    """

    def __init__(self, tables: Tables, published: Published = NOTHING) -> None:
        self._tables = tables
        self._published = published
        self._known: dict[tuple[str, str], Known] = {}
        self._offers: dict[tuple[str, str, str], Mapping[OfferKey, CommitmentPrice]] = {}

    @property
    def as_of(self) -> date:
        """The day of its newest figure. Every price carries its own day, which may be earlier."""
        shipped, published = self._tables.sources.values(), self._published.sources.values()
        return max(source.day for source in (*shipped, *published))

    @cached_property
    def _shipped_types(self) -> Mapping[str, frozenset[str]]:
        by_region: dict[str, set[str]] = {}
        for instance_type, region in self._tables.ec2:
            by_region.setdefault(region, set()).add(instance_type)
        return {region: frozenset(names) for region, names in by_region.items()}

    def _types(self, region: str) -> frozenset[str]:
        """The types priced in a region, none where it is not known. Other regions stay packed."""
        return self._shipped_types.get(region, frozenset()) | frozenset(self._published.types(region))

    def regions(self) -> tuple[str, ...]:
        """The regions in which instances are priced, in order."""
        shipped = self._shipped_types
        new = [name for name in self._published.regions() if name not in shipped and self._types(name)]
        return tuple(sorted((*shipped, *new)))

    def instance_types(self, region: str) -> tuple[str, ...]:
        """The instance types priced in a region, in order. Raises UnknownPrice for an unknown region."""
        types = self._types(region)
        if not types:
            raise missing.unknown_region(region, self.regions())
        return tuple(sorted(types))

    def on_demand(
        self,
        instance_type: str,
        region: str,
        platform: str = "Linux/UNIX",
        tenancy: str = "default",
    ) -> Price:
        """The On-Demand price of an instance-hour."""
        if tenancy != "default":
            raise missing.tenancy_not_priced(tenancy)
        known = self._row(instance_type, region)
        column, cell, basis = platform_cell(known, platform)
        source = known.source(column)
        return Price(
            usd_per_hour=float(cell),
            basis=basis,
            source=source.text if basis == "recorded" else f"{source.text}; licence per vCPU added",
            as_of=source.day,
        )

    def commitment_prices(
        self, instance_type: str, region: str, platform: str = "Linux/UNIX"
    ) -> tuple[CommitmentPrice, ...]:
        """Every offer for an instance: Reserved Instances, EC2 Instance plans, Compute plans.

        In this order, then by term and payment. A type of which AWS sells no Reserved Instances, or
        whose rates are not known, has Compute plans only, and their basis is ``estimated``.
        """
        return tuple(self._offers_of(instance_type, region, platform).values())

    def commitment_price(  # noqa: PLR0917
        self,
        kind: str,
        instance_type: str,
        region: str,
        platform: str,
        term_years: int,
        payment_option: str,
        offering_class: str | None = None,
    ) -> CommitmentPrice:
        """The price of one offer. A Reserved Instance needs its offering class, a plan has none."""
        if kind == RESERVED and offering_class not in OFFERING_CLASSES:
            raise UnknownPrice(
                f"a {RESERVED} has the offering class standard or convertible; "
                f"received {offering_class!r}"
            )
        priced = self._offers_of(instance_type, region, platform)
        try:
            return priced[OfferKey(kind, offering_class, term_years, payment_option)]
        except KeyError:
            asked = _offer_name(kind, offering_class)
            asked = f"{asked}, {term_years} year(s), {payment_option}"
            names = dict.fromkeys(_offer_name(key.kind, key.offering_class) for key in priced)
            raise missing.offer_not_priced(asked, instance_type, region, platform, names) from None

    def spec(self, instance_type: str) -> InstanceSpec:
        """What a type is: family, size, vCPU, memory in GiB, normalisation factor."""
        row = self._tables.specs.get(instance_type) or self._published.specs.get(instance_type)
        if row is None:
            raise missing.unknown_type(instance_type, {**self._tables.specs, **self._published.specs})
        family, _, size = instance_type.partition(".")
        return InstanceSpec(
            instance_type=instance_type,
            family=family,
            size=size,
            vcpu=int(row.vcpu),
            memory_gib=float(row.memory_gib) if row.memory_gib else None,
            arch=row.arch,
            category=row.category,
            burstable=row.burstable == "1",
            current_generation=row.current_generation == "1",
            normalization_factor=float(row.normalization_factor),
            size_flexible=row.size_flexible == "1",
            ri_offered=row.ri_offered == "1",
        )

    def described_types(self) -> tuple[str, ...]:
        """The types that the tables of the folder describe, in order."""
        return tuple(sorted(self._tables.specs))

    def storage_classes(self, region: str) -> tuple[str, ...]:
        """The S3 storage classes priced in a region, in order; empty where none is."""
        named = {name for where, name in self._tables.storage if where == region}
        named.update(alias for alias, name in _STORAGE_ALIASES.items() if name in named)
        return tuple(sorted(named))

    def storage_tiers(self, region: str, storage_class: str) -> tuple[StorageTier, ...]:
        """The price bands of a storage class, from 0 GB up. Classes are AWS's API words.

        INTELLIGENT_TIERING is priced as its frequent access tier.
        """
        rows = self._tables.storage.get((region, _STORAGE_ALIASES.get(storage_class, storage_class)))
        if rows is None:
            raise missing.storage_not_priced(region, storage_class, self._storage_regions())
        return tuple(self._tier(row) for row in rows)

    def storage_cost(self, region: str, storage_class: str, size_gb: float) -> float:
        """A month's storage of ``size_gb`` GB in dollars, each band at its own price. Storage only."""
        return tiered_cost(self.storage_tiers(region, storage_class), size_gb)

    def request_rate(self, storage_class: str, rate: str, region: str) -> RequestRate:
        """An S3 charge other than storage, such as ``put_per_1000``. Known for us-east-1 only."""
        row = self._tables.requests.get((region, storage_class, rate))
        if row is None:
            raise missing.request_not_priced(region, storage_class, rate, self._tables.requests)
        source = self._tables.sources[row.source]
        return RequestRate(
            storage_class=storage_class,
            rate=rate,
            usd=float(row.usd),
            basis=cast(PriceBasis, row.basis),
            source=source.text,
            as_of=source.day,
        )

    def _row(self, instance_type: str, region: str) -> Known:
        asked = (instance_type, region)
        if asked not in self._known:
            shipped = self._tables.ec2_row(*asked) if asked in self._tables.ec2 else None
            source = self._tables.sources[shipped.source] if shipped else None
            known = layered(shipped, source, self._published, *asked)
            if not shipped and not known.newer:
                raise self._not_priced(*asked)
            self._known[asked] = known
        return self._known[asked]

    def _not_priced(self, instance_type: str, region: str) -> UnknownPrice:
        types = {where: self._types(where) for where in self.regions()}
        priced_in = [where for where, names in types.items() if instance_type in names]
        if not priced_in:
            return missing.unknown_type(instance_type, frozenset().union(*types.values()))
        if region not in types:
            return missing.unknown_region(region, types)
        return missing.not_in_region(instance_type, region, priced_in)

    def _offers_of(
        self, instance_type: str, region: str, platform: str
    ) -> Mapping[OfferKey, CommitmentPrice]:
        asked = (instance_type, region, platform)
        if asked not in self._offers:
            known = self._row(instance_type, region)
            _, cell, _ = platform_cell(known, platform)
            priced = {**offers(known, float(cell)), **self._published_offers(*asked)}
            self._offers[asked] = {key: priced[key] for key in OFFER_KEYS if key in priced}
        return self._offers[asked]

    def _published_offers(
        self, instance_type: str, region: str, platform: str
    ) -> Mapping[OfferKey, CommitmentPrice]:
        row = self._published.row(instance_type, region, platform)
        if row is None:
            return {}
        return {
            key: commitment_price(key, figures, self._published.source(row, key.kind))
            for key, figures in row.offers.items()
        }

    def _tier(self, row: StorageRow) -> StorageTier:
        source = self._tables.sources[row.source]
        return StorageTier(
            start_gb=float(row.start_gb),
            end_gb=float(row.end_gb) if row.end_gb else None,
            usd_per_gb_month=float(row.usd_per_gb_month),
            basis=cast(PriceBasis, row.basis),
            source=source.text,
            as_of=source.day,
        )

    def _storage_regions(self) -> dict[str, list[str]]:
        regions: dict[str, list[str]] = {}
        for region, name in self._tables.storage:
            regions.setdefault(name, []).append(region)
        for alias, name in _STORAGE_ALIASES.items():
            regions[alias] = regions.get(name, [])
        return regions


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue that holds: the shipped one under what ``prices update`` has read since.

    It is read once, and again when an update has replaced it. ``path`` names another folder with the
    tables of a catalogue, which is verified whole, or the folder of an updated one. Raises
    CatalogueError when a folder lacks a table, or a table holds anything but prices; an updated
    catalogue that cannot be used is never passed over in silence.
    """
    updated = UpdatedCatalogue(updated_folder() if path is None else Path(path))
    version = updated.version()
    if version is not None:
        return _updated(updated, version)
    if path is None:
        return packaged_catalogue()
    tables = read_tables(Path(path))
    verify(tables)
    return Catalogue(tables)


def catalogue_version() -> str:
    """The name of what ``load_catalogue`` gives: equal names mean equal prices.

    Raises CatalogueError where what ``prices update`` left names no version.
    """
    return UpdatedCatalogue(updated_folder()).version() or "shipped"


@cache
def packaged_catalogue() -> Catalogue:
    """The shipped catalogue alone, whatever has been read since. Read once."""
    return Catalogue(read_tables(PACKAGED))


@lru_cache(maxsize=2)
def _updated(updated: UpdatedCatalogue, version: str) -> Catalogue:
    return catalogue_over(updated.read(version))


def catalogue_over(published: Published) -> Catalogue:
    """The shipped catalogue under these published figures."""
    return Catalogue(packaged_catalogue()._tables, published)


def _offer_name(kind: str, offering_class: str | None) -> str:
    return f"{kind} ({offering_class})" if offering_class else kind
