"""What did an update change? Each figure of the files beside what the catalogue said before."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from finops.errors import UnknownPrice
from finops.pricing.catalogue import Catalogue
from finops.pricing.offer_files.figures import Figures
from finops.pricing.offer_files.products import Priced
from finops.pricing.published import Published, commitment_price
from finops.pricing.records import CommitmentPrice, OfferKey, Price

_ON_DEMAND = "on_demand"
_SAME = 1e-6
_MOST_CHANGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A price that differs: effective dollars an hour. ``kind`` is on_demand or that of an offer.

    ``basis_before`` tells a price that AWS changed (recorded) from a rule that was off (derived).
    """

    region: str
    instance_type: str
    platform: str
    kind: str
    offering_class: str | None
    term_years: int | None
    payment_option: str | None
    before_usd_per_hour: float
    after_usd_per_hour: float
    change_pct: float
    basis_before: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many figures of the files have no price before them, and how many another one."""

    new: int
    changed: int
    largest: tuple[PriceChange, ...]


def compared(before: Catalogue, after: Published, files: Sequence[Figures]) -> Comparison:
    """Each figure of the files, as it is published now, against the catalogue before."""
    new = 0
    changes: list[PriceChange] = []
    for of, keys in _held(files).items():
        old, now = dict(_prices(before, of)), dict(_published(after, of))
        for key in keys & now.keys():
            if key not in old:
                new += 1
            elif not math.isclose(now[key], old[key][0], rel_tol=_SAME):
                changes.append(_change(of, key, *old[key], now[key]))
    return Comparison(new, len(changes), tuple(sorted(changes, key=_size)[:_MOST_CHANGES]))


def _held(files: Iterable[Figures]) -> dict[Priced, set[OfferKey | None]]:
    """Which prices the files hold, On-Demand as None."""
    held: dict[Priced, set[OfferKey | None]] = {}
    for figures in files:
        for of in figures.on_demand:
            held.setdefault(of, set()).add(None)
        for of, offers in figures.offers.items():
            held.setdefault(of, set()).update(offers)
    return held


def _size(change: PriceChange) -> tuple[object, ...]:
    """The largest first; of equal ones by name, so that two runs print the same."""
    named = (change.region, change.instance_type, change.platform, change.kind)
    offer = (change.offering_class or "", change.term_years or 0, change.payment_option or "")
    return (-abs(change.change_pct), *named, *offer)


def _prices(catalogue: Catalogue, of: Priced) -> Iterator[tuple[OfferKey | None, tuple[float, str]]]:
    """Every price of an instance, On-Demand under the key None; none where there is none."""
    where = (of.instance_type, of.region, of.platform)
    try:
        on_demand: Price = catalogue.on_demand(*where)
        offers: tuple[CommitmentPrice, ...] = catalogue.commitment_prices(*where)
    except UnknownPrice:
        return
    yield None, (on_demand.usd_per_hour, on_demand.basis)
    for offer in offers:
        key = OfferKey(offer.kind, offer.offering_class, offer.term_years, offer.payment_option)
        yield key, (offer.effective_usd_per_hour, offer.basis)


def _published(after: Published, of: Priced) -> Iterator[tuple[OfferKey | None, float]]:
    """Every published price of an instance, On-Demand under the key None."""
    row = after.row(of.instance_type, of.region, of.platform)
    if row is None:
        return
    if row.on_demand:
        yield None, float(row.on_demand)
    for key, figures in row.offers.items():
        yield key, commitment_price(key, figures, after.source(row, key.kind)).effective_usd_per_hour


def _change(of: Priced, key: OfferKey | None, before: float, basis: str, after: float) -> PriceChange:
    return PriceChange(
        region=of.region,
        instance_type=of.instance_type,
        platform=of.platform,
        kind=key.kind if key else _ON_DEMAND,
        offering_class=key.offering_class if key else None,
        term_years=key.term_years if key else None,
        payment_option=key.payment_option if key else None,
        before_usd_per_hour=before,
        after_usd_per_hour=after,
        change_pct=100 * (after / before - 1),
        basis_before=basis,
    )
