"""What do the new figures leave of the old ones? All that the files do not hold, and what is newer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from finops.pricing.offer_files.figures import Figures
from finops.pricing.offer_files.products import Priced
from finops.pricing.published import GROUPS, ON_DEMAND, Published, PublishedRow, packed
from finops.pricing.tables import Source, SpecRow


@dataclass(frozen=True, slots=True)
class Merged:
    """The figures that hold now; ``older`` counts those of the files that were not taken."""

    published: Published
    older: int


def merge(earlier: Published, files: Sequence[Figures], described: Iterable[str]) -> Merged:
    """The earlier figures under those of the files, group by group.

    A group is all On-Demand, all Reserved Instance, or all figures of one kind of plan of a type on a
    platform in a region: it is replaced whole, so that no two publications mix in one. The later
    publication wins, of two of one day the file named last. ``described`` are the types that the
    shipped catalogue describes: the files' own description of these is not kept.
    """
    sources = dict(earlier.sources)
    changed: dict[str, dict[tuple[str, str], PublishedRow]] = {}
    older = 0
    for figures in files:
        sources[figures.source_id] = Source(figures.source_text, figures.day)
        for priced in figures.priced():
            region = changed.setdefault(priced.region, _by_key(earlier, priced.region))
            key = (priced.instance_type, priced.platform)
            region[key], left = _merged_row(region.get(key), priced, figures, sources)
            older += left
    tables = {**earlier.tables, **{name: packed(rows.values()) for name, rows in changed.items()}}
    specs = _specs(earlier, files, frozenset(described))
    return Merged(_with_used_sources(tables, sources, specs), older)


def _by_key(published: Published, region: str) -> dict[tuple[str, str], PublishedRow]:
    return {(row.instance_type, row.platform): row for row in published.rows(region)}


def _merged_row(
    row: PublishedRow | None, priced: Priced, figures: Figures, sources: Mapping[str, Source]
) -> tuple[PublishedRow, int]:
    """The row with the groups that the file has and that are not older; how many figures were."""
    on_demand = row.on_demand if row else ""
    offers = dict(row.offers) if row else {}
    named = dict(row.sources) if row else {}
    older = 0
    found = figures.offers.get(priced, {})
    for group in GROUPS:
        of_group = {key: paid for key, paid in found.items() if key.kind == group}
        price = figures.on_demand.get(priced, "") if group == ON_DEMAND else ""
        if not of_group and not price:
            continue
        if group in named and sources[named[group]].day > figures.day:
            older += len(of_group) or 1
            continue
        named[group] = figures.source_id
        on_demand = price or on_demand
        offers = {key: paid for key, paid in offers.items() if key.kind != group} | of_group
    merged = PublishedRow(
        instance_type=priced.instance_type,
        platform=priced.platform,
        on_demand=on_demand,
        offers=offers,
        sources=named,
    )
    return merged, older


def _specs(
    earlier: Published, files: Iterable[Figures], described: frozenset[str]
) -> dict[str, SpecRow]:
    specs = dict(earlier.specs)
    for figures in files:
        for name, row in figures.specs.items():
            sold = row.ri_offered == "1" or (name in specs and specs[name].ri_offered == "1")
            specs[name] = row._replace(ri_offered="1" if sold else "0")
    return {name: specs[name] for name in sorted(specs) if name not in described}


def _with_used_sources(
    tables: Mapping[str, bytes], sources: Mapping[str, Source], specs: Mapping[str, SpecRow]
) -> Published:
    whole = Published(tables, sources, specs)
    used = {
        source
        for region in whole.regions()
        for row in whole.rows(region)
        for source in row.sources.values()
    }
    return Published(tables, {name: sources[name] for name in sorted(used)}, specs)
