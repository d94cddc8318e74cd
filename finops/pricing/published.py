"""What do AWS's offer files say? Published figures, as an updated catalogue keeps them.

One table per region, ``ec2_published.REGION.csv.gz``; a row is an instance type × platform. It holds
figures that AWS published and nothing else: On-Demand, the twelve Reserved Instance offers with what
is paid once and what each hour, and the rates of twelve Savings Plans. An empty cell was not in the
file. Each group of figures names its source. As in the shipped tables, cells are text until asked for,
and a region is unpacked when it is first asked for: an update of every region costs no reader anything.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from finops.errors import CatalogueError
from finops.money import HOURS_PER_YEAR
from finops.pricing.derivations import ALL_UPFRONT, NO_UPFRONT, Payment
from finops.pricing.records import (
    COMPUTE_PLAN,
    EC2_PLAN,
    OFFER_KEYS,
    RESERVED,
    CommitmentPrice,
    OfferKey,
)
from finops.pricing.tables import Source, SpecRow

ON_DEMAND = "on_demand"
GROUPS = (ON_DEMAND, RESERVED, EC2_PLAN, COMPUTE_PLAN)

_WORD = {RESERVED: "ri", EC2_PLAN: "sp_ec2", COMPUTE_PLAN: "sp_compute"}
_RESERVED_KEYS = tuple(key for key in OFFER_KEYS if key.kind == RESERVED)
_PLAN_KEYS = tuple(key for key in OFFER_KEYS if key.kind != RESERVED)


def column(key: OfferKey) -> str:
    """The column of an offer's hourly figure, such as ri_standard_1yr_partial_upfront."""
    words = (_WORD[key.kind], key.offering_class, f"{key.term_years}yr", *key.payment_option.split())
    return "_".join(word.lower() for word in words if word)


COLUMNS = (
    *("instance_type", "platform", ON_DEMAND),
    *(f"{group}_source" for group in GROUPS),
    *(name for key in _RESERVED_KEYS for name in (f"{column(key)}_once", column(key))),
    *(column(key) for key in _PLAN_KEYS),
)
_FIRST_RESERVED = 3 + len(GROUPS)
_FIRST_PLAN = _FIRST_RESERVED + 2 * len(_RESERVED_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """The published figures of a type on a platform, as text in dollars.

    ``offers`` has (paid once, paid each hour) for a Reserved Instance, ("", rate) for a plan;
    ``sources`` the source id of each group that has a figure.
    """

    instance_type: str
    platform: str
    on_demand: str
    offers: Mapping[OfferKey, tuple[str, str]]
    sources: Mapping[str, str]


def line_of(row: PublishedRow) -> str:
    """The row as a line of its table. No cell holds a comma or a quote."""
    none = ("", "")
    cells = [row.instance_type, row.platform, row.on_demand]
    cells += [row.sources.get(group, "") for group in GROUPS]
    cells += [cell for key in _RESERVED_KEYS for cell in row.offers.get(key, none)]
    cells += [row.offers.get(key, none)[1] for key in _PLAN_KEYS]
    return ",".join(cells)


def row_of(line: str) -> PublishedRow:
    """The row of a line that ``line_of`` made."""
    cells = line.split(",")
    paid = cells[_FIRST_RESERVED:_FIRST_PLAN]
    offers = {
        key: pair
        for key, pair in zip(_RESERVED_KEYS, zip(paid[::2], paid[1::2], strict=True), strict=True)
        if pair != ("", "")
    }
    plans = zip(_PLAN_KEYS, cells[_FIRST_PLAN:], strict=True)
    offers |= {key: ("", rate) for key, rate in plans if rate}
    named = zip(GROUPS, cells[3:_FIRST_RESERVED], strict=True)
    return PublishedRow(
        instance_type=cells[0],
        platform=cells[1],
        on_demand=cells[2],
        offers=offers,
        sources={group: source for group, source in named if source},
    )


def packed(rows: Iterable[PublishedRow]) -> bytes:
    """The table of a region. The same rows are the same bytes: sorted, no time, no name."""
    lines = sorted(line_of(row) for row in rows)
    text = "\n".join((",".join(COLUMNS), *lines)) + "\n"
    return gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0)


class Published:
    """The published figures of a catalogue: tables by region, their sources, specs of new types."""

    def __init__(
        self,
        tables: Mapping[str, bytes],
        sources: Mapping[str, Source],
        specs: Mapping[str, SpecRow],
    ) -> None:
        self.tables = tables
        self.sources = sources
        self.specs = specs
        self._lines: dict[str, Mapping[tuple[str, str], str]] = {}
        self._places: dict[tuple[str, str], int] = {}

    def regions(self) -> tuple[str, ...]:
        """The regions with a table, in order."""
        return tuple(sorted(self.tables))

    def types(self, region: str) -> tuple[str, ...]:
        """The types with an On-Demand price in the region, in order."""
        priced = (key[0] for key, line in self._of(region).items() if line.split(",", 3)[2])
        return tuple(sorted(set(priced)))

    def rows(self, region: str) -> tuple[PublishedRow, ...]:
        """Every row of a region; none where it has no table."""
        return tuple(row_of(line) for line in self._of(region).values())

    def row(self, instance_type: str, region: str, platform: str) -> PublishedRow | None:
        """The figures of a type on a platform, None where no file held any."""
        line = self._of(region).get((instance_type, platform))
        return None if line is None else row_of(line)

    def places(self, family: str, region: str) -> int:
        """To how many decimals AWS publishes the family's No Upfront rates in the region."""
        asked = (family, region)
        if asked not in self._places:
            start = f"{family}."
            lines = (line for (name, _), line in self._of(region).items() if name.startswith(start))
            self._places[asked] = _places(map(row_of, lines))
        return self._places[asked]

    def source(self, row: PublishedRow, group: str) -> Source:
        """Where a group of figures comes from."""
        return self.sources[row.sources[group]]

    def _of(self, region: str) -> Mapping[tuple[str, str], str]:
        if region not in self._lines:
            self._lines[region] = _unpacked(self.tables[region]) if region in self.tables else {}
        return self._lines[region]


NOTHING = Published({}, {}, {})


def commitment_price(key: OfferKey, figures: tuple[str, str], source: Source) -> CommitmentPrice:
    """A published offer as the price it is; its basis is ``recorded``."""
    payment = _reserved(key, figures) if key.kind == RESERVED else _plan(key, float(figures[1]))
    return CommitmentPrice(
        kind=key.kind,
        offering_class=key.offering_class,
        term_years=key.term_years,
        payment_option=key.payment_option,
        effective_usd_per_hour=payment.effective,
        upfront_usd=payment.upfront,
        recurring_usd_per_hour=payment.recurring,
        basis="recorded",
        source=source.text,
        as_of=source.day,
    )


def _places(rows: Iterable[PublishedRow]) -> int:
    rates = (
        hourly
        for row in rows
        for key, (_, hourly) in row.offers.items()
        if key.kind == RESERVED and key.payment_option == NO_UPFRONT
    )
    return max((len(rate.partition(".")[2]) for rate in rates), default=0)


def _reserved(key: OfferKey, figures: tuple[str, str]) -> Payment:
    once, hourly = (float(figure or 0) for figure in figures)
    return Payment(once / (HOURS_PER_YEAR * key.term_years) + hourly, once, hourly)


def _plan(key: OfferKey, rate: float) -> Payment:
    """What a plan that covers exactly one instance pays: half of each hour upfront if Partial."""
    share = {NO_UPFRONT: 0.0, ALL_UPFRONT: 1.0}.get(key.payment_option, 0.5)
    hours = HOURS_PER_YEAR * key.term_years
    return Payment(rate, rate * share * hours, rate * (1 - share))


def _unpacked(table: bytes) -> Mapping[tuple[str, str], str]:
    try:
        header, *lines = gzip.decompress(table).decode("utf-8").splitlines()
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise CatalogueError(f"a table of published prices cannot be unpacked: {error}") from error
    if header != ",".join(COLUMNS):
        raise CatalogueError(f"a table of published prices has the columns {header[:200]}")
    by_key = (line.split(",", 2) for line in lines)
    return {(cells[0], cells[1]): line for cells, line in zip(by_key, lines, strict=True)}
