"""What does one offer file say, and can it be believed? Each figure is checked as it is taken in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from finops.errors import CurrencyError, EmptyInput, InputError, UnknownFormat
from finops.pricing.derivations import ALL_UPFRONT, NO_UPFRONT
from finops.pricing.offer_files.products import Priced
from finops.pricing.records import OfferKey
from finops.pricing.tables import SpecRow

# The dearest hour, u-24tb1.112xlarge, costs some 220 dollars. More than this is no price of an instance.
MOST_PER_HOUR = Decimal(10_000)
MOST_ONCE = MOST_PER_HOUR * 8760 * 3
_LEAST = Decimal("1e-9")

_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?", re.ASCII)
_DOLLARS = "USD"
_MOST_KEYS = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one file, as text in dollars.

    ``offers`` has (paid once, paid each hour), or ("", rate) for a plan. ``placeholders`` counts
    prices and offers of 0 dollars, which AWS writes where it sells nothing. ``refused`` are regions
    with another currency, each with the reason.
    """

    offer_code: str
    published: str
    on_demand: Mapping[Priced, str]
    offers: Mapping[Priced, Mapping[OfferKey, tuple[str, str]]]
    specs: Mapping[str, SpecRow]
    placeholders: int
    refused: Mapping[str, str]

    @property
    def day(self) -> date:
        """The day of publication."""
        return datetime.fromisoformat(self.published).date()

    @property
    def source_id(self) -> str:
        """Names the publication: the JSON and the CSV of one publication are one source."""
        return f"{self.offer_code}-{re.sub('[^0-9]', '', self.published)}"

    @property
    def source_text(self) -> str:
        """The publication, for a reader."""
        return f"AWS offer file {self.offer_code}, published {self.published}"

    def priced(self) -> tuple[Priced, ...]:
        """Everything with a figure, in order."""
        return tuple(sorted({*self.on_demand, *self.offers}))


class Intake:
    """The figures of a file while it is read. Raises where one cannot be a price."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.specs: dict[str, SpecRow] = {}
        self._on_demand: dict[Priced, str] = {}
        self._once: dict[tuple[Priced, OfferKey], str] = {}
        self._hourly: dict[tuple[Priced, OfferKey], str] = {}
        self._refused: dict[str, str] = {}

    def on_demand(self, priced: Priced, text: object, currency: str) -> None:
        """An On-Demand price of an hour."""
        self._take(self._on_demand, priced, priced, text, currency, MOST_PER_HOUR)

    def hourly(self, priced: Priced, key: OfferKey, text: object, currency: str) -> None:
        """What an offer takes each hour; the rate of a plan."""
        self._take(self._hourly, (priced, key), priced, text, currency, MOST_PER_HOUR)

    def once(self, priced: Priced, key: OfferKey, text: object, currency: str) -> None:
        """What a Reserved Instance takes once."""
        self._take(self._once, (priced, key), priced, text, currency, MOST_ONCE)

    def refuse(self, region: str, currency: str) -> None:
        """A region in another currency: none of its figures is taken."""
        self._refused.setdefault(region, f"its prices are in {currency}, not {_DOLLARS}")

    def finish(self, offer_code: str, published: str) -> Figures:
        """All that the file holds. Raises where that is nothing, or nobody can say of which day."""
        self._check_day(published)
        on_demand = {
            of: price
            for of, price in self._on_demand.items()
            if price and of.region not in self._refused
        }
        offers = self._offers()
        if not on_demand and not offers:
            raise self._nothing()
        return Figures(
            offer_code=offer_code,
            published=published,
            on_demand=on_demand,
            offers=offers,
            specs=self._specs(offers),
            placeholders=self._placeholders(offers),
            refused=dict(sorted(self._refused.items())),
        )

    def _take(  # noqa: PLR0917
        self,
        into: dict,  # type: ignore[type-arg]  # two kinds of key
        key: object,
        priced: Priced,
        text: object,
        currency: str,
        most: Decimal,
    ) -> None:
        if currency != _DOLLARS:
            self.refuse(priced.region, currency)
            return
        price = self._price(text, priced, most)
        known = into.get(key)
        if known is None:
            into[key] = price
            if len(into) > _MOST_KEYS * 12:
                raise UnknownFormat(f"{self.name} holds more prices than AWS sells instances")
        elif known != price:
            raise InputError(
                f"{self.name} prices {_of(priced)} twice, at {known or 0} and {price or 0}; nothing was "
                "taken from it, get it again from AWS"
            )

    def _price(self, text: object, priced: Priced, most: Decimal) -> str:
        """The price without needless zeros; empty for 0, which is no price."""
        if not isinstance(text, str) or not _NUMBER.fullmatch(text):
            raise self._no_price(text, priced, "expected a number")
        value = Decimal(text)
        if not value:
            return ""
        if value < 0:
            raise self._no_price(text, priced, "a price is not below 0")
        if not _LEAST <= value <= most:
            raise self._no_price(text, priced, f"no instance costs less than {_LEAST} or over {most:,}")
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain

    def _no_price(self, text: object, priced: Priced, why: str) -> InputError:
        return InputError(
            f"{self.name} prices {_of(priced)} at {str(text)[:40]!r}; {why}. Nothing was taken from it, "
            "get it again from AWS"
        )

    def _offers(self) -> dict[Priced, dict[OfferKey, tuple[str, str]]]:
        """The whole offers: one that lacks what its payment option needs is a placeholder."""
        offers: dict[Priced, dict[OfferKey, tuple[str, str]]] = {}
        for priced, key in dict.fromkeys((*self._hourly, *self._once)):
            once, hourly = self._once.get((priced, key), ""), self._hourly.get((priced, key), "")
            if priced.region not in self._refused and _is_whole(key, once, hourly):
                offers.setdefault(priced, {})[key] = (once, hourly)
        return offers

    def _placeholders(self, offers: Mapping[Priced, Mapping[OfferKey, object]]) -> int:
        free = sum(not price for of, price in self._on_demand.items() if of.region not in self._refused)
        met = {pair for pair in (*self._hourly, *self._once) if pair[0].region not in self._refused}
        return free + len(met) - sum(map(len, offers.values()))

    def _specs(self, offers: Mapping[Priced, Mapping[OfferKey, object]]) -> dict[str, SpecRow]:
        sold = {
            of.instance_type
            for of, keys in offers.items()
            if any(key.offering_class is not None for key in keys)
        }
        return {
            name: row._replace(ri_offered="1" if name in sold else "0")
            for name, row in self.specs.items()
        }

    def _check_day(self, published: str) -> None:
        try:
            datetime.fromisoformat(published)
        except ValueError as error:
            raise UnknownFormat(
                f"{self.name} names no day of publication (received {published[:40]!r}); "
                "expected an offer file of AWS as it was published"
            ) from error

    def _nothing(self) -> InputError:
        if self._refused:
            regions = "; ".join(f"{region}: {why}" for region, why in sorted(self._refused.items()))
            return CurrencyError(
                f"{self.name} was refused, {regions}. The catalogue holds dollars; "
                "name the files of regions that AWS prices in dollars"
            )
        return EmptyInput(
            f"{self.name} holds no price of Linux, Windows or Red Hat instances with shared tenancy; "
            "expected an offer file of AmazonEC2 or of Savings Plans"
        )


def _is_whole(key: OfferKey, once: str, hourly: str) -> bool:
    if key.offering_class is None or key.payment_option == NO_UPFRONT:
        return bool(hourly)
    return bool(once) and (bool(hourly) or key.payment_option == ALL_UPFRONT)


def _of(priced: Priced) -> str:
    return f"{priced.instance_type} in {priced.region} on {priced.platform}"
