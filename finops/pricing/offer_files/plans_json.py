"""What does a Savings Plan charge? ``products`` and ``terms.savingsPlan`` of its offer file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from finops.errors import UnknownFormat
from finops.pricing.offer_files.figures import Intake
from finops.pricing.offer_files.json_events import Event, as_map, build, items, members, skip
from finops.pricing.offer_files.products import Priced, discounted
from finops.pricing.offer_files.reserved import plan_key
from finops.pricing.records import COMPUTE_PLAN, EC2_PLAN, OfferKey

KINDS = {"ComputeSavingsPlans": COMPUTE_PLAN, "EC2InstanceSavingsPlans": EC2_PLAN}
_MOST_RATES = 300_000


class _Plan(NamedTuple):
    key: OfferKey
    region: str


class PlanReader:
    """Takes in the plans for EC2, then the rates that each gives."""

    def __init__(self, stream: Iterator[Event], intake: Intake) -> None:
        self._stream = stream
        self._intake = intake
        self._name = intake.name
        self._kept: dict[str, _Plan] = {}

    def products(self) -> None:
        """``products``: [{sku, productFamily, attributes: {purchaseOption, purchaseTerm, …}}]."""
        others: set[str] = set()
        for first in items(self._stream):
            found = as_map(build(self._stream, first, self._name), self._name, "a product")
            family = str(found.get("productFamily", "")).replace(" ", "")
            if family not in KINDS:
                others.add(family[:60])
                continue
            attributes = as_map(found.get("attributes"), self._name, "attributes of a plan")
            key = plan_key(
                KINDS[family], attributes.get("purchaseTerm"), attributes.get("purchaseOption")
            )
            if key:
                plan = _Plan(key, str(attributes.get("regionCode", "")))
                if self._kept.setdefault(str(found.get("sku")), plan) != plan:
                    raise UnknownFormat(
                        f"{self._name} holds one SKU for two plans; get it again from AWS"
                    )
        if not self._kept:
            raise other_plans(self._name, others)

    def terms(self, region: str) -> None:
        """``terms.savingsPlan``: [{sku, rates: [{discountedUsageType, discountedRate, …}]}].

        ``region`` is the file's own; a rate that names its region says so itself.
        """
        for first in items(self._stream):
            if first[0] != "start_map":
                as_map(build(self._stream, first, self._name), self._name, "a term")
            sku, rates = "", list[Mapping[str, object]]()
            for key in members(self._stream):
                value = next(self._stream)
                if key == "rates" and value[0] == "start_array":
                    rates.extend(self._rates())
                elif key == "sku":
                    sku = str(value[1])
                else:
                    skip(self._stream, value[0], self._name)
            if plan := self._kept.get(sku):
                for rate in rates:
                    self._take(plan, rate, region or plan.region)

    def _rates(self) -> Iterator[Mapping[str, object]]:
        """The rates for instances with default tenancy. The SKU of their plan may come after them."""
        number = 0
        for first in items(self._stream):
            rate = as_map(build(self._stream, first, self._name), self._name, "a rate")
            if "BoxUsage" in str(rate.get("discountedUsageType")):
                number += 1
                if number > _MOST_RATES:
                    raise UnknownFormat(f"{self._name} holds more rates than AWS has instances")
                yield rate

    def _take(self, plan: _Plan, rate: Mapping[str, object], region: str) -> None:
        texts = {key: value for key, value in rate.items() if isinstance(value, str)}
        priced: Priced | None = discounted(texts, region)
        if priced is not None:
            price = as_map(rate.get("discountedRate"), self._name, "discountedRate")
            currency = str(price.get("currency", "no currency"))
            self._intake.hourly(priced, plan.key, price.get("price"), currency)


def other_plans(name: str, families: set[str]) -> UnknownFormat:
    """The error for plans that are not for EC2, such as those of SageMaker and of databases."""
    received = ", ".join(sorted(filter(None, families))[:3]) or "none"
    return UnknownFormat(
        f"{name} holds no Savings Plan for EC2 (received {received}); "
        f"expected {' or '.join(KINDS)}, which the offer file AWSComputeSavingsPlan holds"
    )
