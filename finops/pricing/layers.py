"""Which figure holds, the shipped one or a published one? The published one, cell by cell.

A type in a region is one row of the shipped tables. Where an offer file was read, its On-Demand prices
and No Upfront rates take the place of the row's, each with its own source; other cells stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from finops.pricing import missing
from finops.pricing.derivations import NO_UPFRONT
from finops.pricing.published import ON_DEMAND, Published, PublishedRow
from finops.pricing.records import RESERVED, OfferKey, PriceBasis
from finops.pricing.tables import Ec2Row, Source

# Platform of AWS, the column with its On-Demand price, the column with that price's basis.
PLATFORM_COLUMNS = {
    "Linux/UNIX": ("linux", None),
    "Windows": ("windows", "windows_basis"),
    "Red Hat Enterprise Linux": ("rhel", "rhel_basis"),
}
_RATE_COLUMNS = {
    OfferKey(RESERVED, "standard", 1, NO_UPFRONT): "std1",
    OfferKey(RESERVED, "standard", 3, NO_UPFRONT): "std3",
    OfferKey(RESERVED, "convertible", 1, NO_UPFRONT): "conv1",
    OfferKey(RESERVED, "convertible", 3, NO_UPFRONT): "conv3",
}
_EMPTY = Ec2Row._make([""] * len(Ec2Row._fields))


@dataclass(frozen=True, slots=True)
class Known:
    """A row with the figures that hold, and where each comes from.

    ``newer`` has the sources of the columns that an offer file filled; other cells are of ``shipped``.
    """

    row: Ec2Row
    shipped: Source | None
    newer: Mapping[str, Source]

    def source(self, column: str) -> Source:
        """The source of a column that is priced."""
        found = self.newer.get(column, self.shipped)
        if found is None:  # a row without a shipped one has a source for every cell
            raise KeyError(column)
        return found


def layered(
    shipped: Ec2Row | None, source: Source | None, published: Published, instance_type: str, region: str
) -> Known:
    """The shipped row (None where there is none) under the published figures of the type."""
    cells: dict[str, str] = {}
    newer: dict[str, Source] = {}
    for platform, (price, basis) in PLATFORM_COLUMNS.items():
        row = published.row(instance_type, region, platform)
        if row is None:
            continue
        if row.on_demand:
            cells[price] = row.on_demand
            newer[price] = published.source(row, ON_DEMAND)
            if basis:
                cells[basis] = "recorded"
        if price == "linux":
            cells |= _rates(row, shipped)
            rates = [name for name in _RATE_COLUMNS.values() if name in cells]
            newer |= {name: published.source(row, RESERVED) for name in rates}
    base = shipped or _EMPTY._replace(region=region, instance_type=instance_type, places="0")
    if any(name in newer for name in _RATE_COLUMNS.values()):
        cells["places"] = str(published.places(instance_type.partition(".")[0], region))
    return Known(base._replace(**cells) if cells else base, source, newer)


def platform_cell(known: Known, platform: str) -> tuple[str, str, PriceBasis]:
    """The column of a platform, its price and how that is known. Raises UnknownPrice if it has none."""
    if platform not in PLATFORM_COLUMNS:
        raise missing.unknown_platform(platform)
    row = known.row
    column, basis = PLATFORM_COLUMNS[platform]
    if not getattr(row, column):
        priced = [name for name, (price, _) in PLATFORM_COLUMNS.items() if getattr(row, price)]
        raise missing.platform_not_priced(row.instance_type, row.region, platform, priced)
    return column, getattr(row, column), cast(PriceBasis, getattr(row, basis) if basis else "recorded")


def _rates(row: PublishedRow, shipped: Ec2Row | None) -> dict[str, str]:
    """The No Upfront rates. What one was before rounding is known only while it has not changed."""
    cells: dict[str, str] = {}
    for key, name in _RATE_COLUMNS.items():
        if key not in row.offers:
            continue
        rate = row.offers[key][1]
        cells[name] = rate
        if shipped and float(getattr(shipped, name) or 0) != float(rate):
            cells[f"{name}_unrounded"] = ""
    return cells
