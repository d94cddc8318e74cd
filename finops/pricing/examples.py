"""Do the prices still come out right? Figures that AWS published, and arithmetic done by hand.

Hourly prices are shown as text with every digit that matters: as numbers, a price of half a cent
could be anything within the self-test's tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator

from finops.errors import UnknownPrice
from finops.pricing.catalogue import Catalogue, packaged_catalogue
from finops.pricing.derivations import break_even_utilization
from finops.pricing.engine import RIPricingEngine
from finops.pricing.records import COMPUTE_PLAN, RESERVED, CommitmentPrice
from finops.schema import Frames

Example = tuple[str, object, object]
LINUX = "Linux/UNIX"


def worked_examples(estate: Frames) -> Iterator[Example]:
    """What is computed, what is expected, what the catalogue says. Shipped prices only."""
    catalogue = packaged_catalogue()
    yield from _published_by_aws(catalogue)
    yield from _parts_of_an_offer(catalogue)
    yield from _estimates(catalogue)
    yield from _storage(catalogue)
    yield from _refusals(catalogue)


def _published_by_aws(catalogue: Catalogue) -> Iterator[Example]:
    """AWS's own figures, from sources other than the catalogue's."""
    price = RIPricingEngine(catalogue).get_on_demand_price("c6i.large", "us-east-1")
    yield "c6i.large, us-east-1: On-Demand $/h", "0.08500", _rate(price)
    three_years = _ri(catalogue, "c6g.large", 3, "No Upfront")
    yield "c6g.large, us-east-1: standard RI, 3 years, No Upfront", "0.02940", _effective(three_years)
    partial = _ri(catalogue, "m6id.8xlarge", 1, "Partial Upfront")
    yield "m6id.8xlarge, us-east-1: standard RI, 1 year, Partial Upfront", "1.13904", _effective(partial)
    plan = catalogue.commitment_price(
        COMPUTE_PLAN, "m7i.4xlarge", "us-east-1", LINUX, 1, "Partial Upfront"
    )
    yield "m7i.4xlarge, us-east-1: Compute plan, 1 year, Partial Upfront", "0.56424", _effective(plan)
    windows = catalogue.commitment_price(
        RESERVED, "x2iedn.32xlarge", "ap-south-1", "Windows", 1, "No Upfront", "standard"
    )
    yield (
        "x2iedn.32xlarge, ap-south-1, Windows: RI = 16.93552 + 5.888 licence",
        "22.82352",
        _effective(windows),
    )


def _parts_of_an_offer(catalogue: Catalogue) -> Iterator[Example]:
    """m6i.xlarge, us-east-1, 1 year: 0.12701 ÷ 1.05 = 0.12096; half of it a year is $529.8."""
    partial = _ri(catalogue, "m6i.xlarge", 1, "Partial Upfront")
    yield "m6i.xlarge, us-east-1: Partial Upfront pays in whole dollars", 530, partial.upfront_usd
    yield "  and an hour", "0.06048", _rate(partial.recurring_usd_per_hour)
    yield "  effective = 530 ÷ 8,760 + 0.06048", "0.12098", _effective(partial)
    no_upfront = _ri(catalogue, "m6i.xlarge", 1, "No Upfront")
    used = break_even_utilization(no_upfront.effective_usd_per_hour, 0.192)
    yield "  No Upfront breaks even at 0.12701 ÷ 0.192 of the hours, %", 66.15, 100 * used


def _estimates(catalogue: Catalogue) -> Iterator[Example]:
    """AWS sells no RI of m8i; its Compute plan is taken as 0.735 × On-Demand, and says so."""
    offers = catalogue.commitment_prices("m8i.large", "us-east-1")
    yield "m8i.large, us-east-1: kinds of offers", {COMPUTE_PLAN}, {offer.kind for offer in offers}
    yield "  Compute plan, 1 year = 0.735 × 0.10584", "0.07779", _effective(offers[0])
    yield "  its basis", "estimated", offers[0].basis


def _storage(catalogue: Catalogue) -> Iterator[Example]:
    """us-east-1 STANDARD: 0.023 for 51,200 GB, 0.022 up to 512,000 GB, 0.021 beyond."""
    small = catalogue.storage_cost("us-east-1", "STANDARD", 1000)
    yield "STANDARD, us-east-1: 1,000 GB × 0.023", 23.00, small
    large = catalogue.storage_cost("us-east-1", "STANDARD", 600_000)
    yield "STANDARD, us-east-1: 51,200 × 0.023 + 460,800 × 0.022 + 88,000 × 0.021", 13163.20, large
    tier = catalogue.storage_tiers("eu-central-1", "GLACIER")[0]
    yield "GLACIER, eu-central-1: how well the price is known", "unverified", tier.basis


def _refusals(catalogue: Catalogue) -> Iterator[Example]:
    """What is not known is an error, never a default."""
    yield (
        "a type that does not exist",
        "UnknownPrice",
        _refusal(catalogue, "c5.huge", "us-east-1", LINUX),
    )
    yield (
        "a region that does not exist",
        "UnknownPrice",
        _refusal(catalogue, "c5.large", "moon-1", LINUX),
    )
    yield (
        "Windows on an ARM type",
        "UnknownPrice",
        _refusal(catalogue, "c6g.large", "us-east-1", "Windows"),
    )


def _ri(catalogue: Catalogue, instance_type: str, years: int, payment: str) -> CommitmentPrice:
    return catalogue.commitment_price(
        RESERVED, instance_type, "us-east-1", LINUX, years, payment, "standard"
    )


def _effective(offer: CommitmentPrice) -> str:
    return _rate(offer.effective_usd_per_hour)


def _rate(usd_per_hour: float) -> str:
    return f"{usd_per_hour:.5f}"


def _refusal(catalogue: Catalogue, instance_type: str, region: str, platform: str) -> str:
    try:
        return str(catalogue.on_demand(instance_type, region, platform).usd_per_hour)
    except UnknownPrice as error:
        return type(error).__name__
