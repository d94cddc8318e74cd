"""What does EC2 charge? ``products`` and ``terms`` of its offer file, SKU by SKU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from finops.errors import UnknownFormat
from finops.pricing.offer_files.figures import Intake
from finops.pricing.offer_files.json_events import Event, as_map, build, members, skip
from finops.pricing.offer_files.products import Priced, product, spec
from finops.pricing.offer_files.reserved import reserved_key

_MOST_SKUS = 300_000
_FAMILY = "Compute Instance"


class Ec2Reader:
    """Takes in the products that the catalogue prices, then their prices."""

    def __init__(self, stream: Iterator[Event], intake: Intake) -> None:
        self._stream = stream
        self._intake = intake
        self._name = intake.name
        self._kept: dict[str, Priced] = {}

    def products(self) -> None:
        """``products``: {SKU: {productFamily, attributes}}."""
        for sku in members(self._stream):
            found = as_map(
                build(self._stream, next(self._stream), self._name), self._name, f"product {sku}"
            )
            if not str(found.get("productFamily", _FAMILY)).startswith(_FAMILY):
                continue
            attributes = _texts(found.get("attributes"), self._name, sku)
            priced = product(attributes)
            if priced is None:
                continue
            if self._kept.setdefault(sku, priced) != priced:
                raise UnknownFormat(
                    f"{self._name} holds the SKU {sku[:40]} twice, for different instances; "
                    "get it again from AWS"
                )
            if len(self._kept) > _MOST_SKUS:
                raise UnknownFormat(f"{self._name} holds more instances than AWS sells")
            if priced.instance_type not in self._intake.specs:
                row = spec(attributes, priced.instance_type)
                if row:
                    self._intake.specs[priced.instance_type] = row

    def on_demand(self) -> None:
        """``terms.OnDemand``: {SKU: {offer: {priceDimensions: {rate: {unit, pricePerUnit}}}}}."""
        for priced, offer in self._offers():
            for unit, price, currency in self._dimensions(offer):
                if unit == "Hrs":
                    self._intake.on_demand(priced, price, currency)

    def reserved(self) -> None:
        """``terms.Reserved``, with termAttributes; the unit of what is paid once is ``Quantity``."""
        for priced, offer in self._offers():
            attributes = as_map(offer.get("termAttributes"), self._name, "termAttributes")
            key = reserved_key(
                *(
                    attributes.get(name)
                    for name in ("LeaseContractLength", "OfferingClass", "PurchaseOption")
                )
            )
            if key is None:
                continue
            for unit, price, currency in self._dimensions(offer):
                take = self._intake.once if unit == "Quantity" else self._intake.hourly
                take(priced, key, price, currency)

    def _offers(self) -> Iterator[tuple[Priced, Mapping[str, object]]]:
        """The offers of the products that were kept; the others are passed over, never built."""
        for sku in members(self._stream):
            first = next(self._stream)
            priced = self._kept.get(sku)
            if priced is None:
                skip(self._stream, first[0], self._name)
                continue
            offers = as_map(build(self._stream, first, self._name), self._name, f"the terms of {sku}")
            for offer in offers.values():
                yield priced, as_map(offer, self._name, f"an offer of {sku}")

    def _dimensions(self, offer: Mapping[str, object]) -> Iterator[tuple[str, object, str]]:
        """Unit, price and currency of each price of an offer."""
        for value in as_map(offer.get("priceDimensions"), self._name, "priceDimensions").values():
            dimension = as_map(value, self._name, "a price dimension")
            prices = as_map(dimension.get("pricePerUnit"), self._name, "pricePerUnit")
            currency = "USD" if "USD" in prices else ", ".join(map(str, prices))[:40] or "no currency"
            yield str(dimension.get("unit")), prices.get(currency), currency


def _texts(attributes: object, name: str, sku: str) -> dict[str, str]:
    found = as_map(attributes, name, f"attributes of {sku}")
    return {key.lower(): value for key, value in found.items() if isinstance(value, str)}
