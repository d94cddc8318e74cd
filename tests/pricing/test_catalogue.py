"""Lookups in the shipped catalogue. Prices quoted are AWS's for the region and type named."""

from __future__ import annotations

from datetime import date

import pytest

from finops.errors import UnknownPrice
from finops.pricing import Catalogue, RIPricingEngine, load_catalogue, packaged_catalogue
from finops.schema import COMMITMENT_KINDS

RI, EC2_PLAN, COMPUTE_PLAN = COMMITMENT_KINDS
LINUX, WINDOWS, RED_HAT = "Linux/UNIX", "Windows", "Red Hat Enterprise Linux"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return packaged_catalogue()


def _effective(catalogue: Catalogue, kind: str, instance_type: str, *offer) -> float:
    return catalogue.commitment_price(kind, instance_type, "us-east-1", *offer).effective_usd_per_hour


@pytest.mark.parametrize(
    ("instance_type", "region", "platform", "expected"),
    [
        ("c5.large", "us-east-1", LINUX, 0.085),
        ("m5.large", "us-east-1", LINUX, 0.096),
        ("c6g.large", "us-east-1", LINUX, 0.068),
        ("x2iedn.32xlarge", "ap-south-1", LINUX, 27.524),
        ("x2iedn.32xlarge", "ap-south-1", WINDOWS, 33.412),
    ],
)
def test_on_demand(catalogue: Catalogue, instance_type, region, platform, expected) -> None:
    assert catalogue.on_demand(instance_type, region, platform).usd_per_hour == expected
    engine = RIPricingEngine(catalogue)
    assert engine.get_on_demand_price(instance_type, region, platform) == expected


def test_the_engine_reads_the_shipped_catalogue_by_itself() -> None:
    assert RIPricingEngine().get_on_demand_price("c5.large", "us-east-1") == 0.085


def test_the_shipped_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()


def test_a_price_says_its_day_source_and_basis(catalogue: Catalogue) -> None:
    price = catalogue.on_demand("c5.large", "us-east-1")
    assert (price.basis, price.as_of) == ("recorded", date(2025, 4, 1))
    assert "AWS public price files" in price.source
    newer = catalogue.on_demand("m8i.large", "us-east-1")
    assert newer.as_of == date(2026, 7, 1)
    assert catalogue.as_of == date(2026, 9, 28)


def test_a_derived_licence_is_marked(catalogue: Catalogue) -> None:
    # c5.18xlarge in af-south-1: 4.104 + 72 vCPU × 0.046 = 7.416
    price = catalogue.on_demand("c5.18xlarge", "af-south-1", WINDOWS)
    assert (price.usd_per_hour, price.basis) == (7.416, "derived")
    assert "licence" in price.source


def test_a_type_with_rates_has_every_offer(catalogue: Catalogue) -> None:
    offers = catalogue.commitment_prices("m5.large", "us-east-1")
    # (standard RI, convertible RI, EC2 Instance plan, Compute plan) × 2 terms × 3 payments
    assert len(offers) == 24
    assert {offer.kind for offer in offers} == set(COMMITMENT_KINDS)
    assert catalogue.commitment_prices("m5.large", "us-east-1") == offers


def test_plans_cost_what_reserved_instances_cost(catalogue: Catalogue) -> None:
    for term in (1, 3):
        offer = (LINUX, term, "No Upfront")
        assert _effective(catalogue, EC2_PLAN, "c6i.large", *offer) == _effective(
            catalogue, RI, "c6i.large", *offer, "standard"
        )
        assert _effective(catalogue, COMPUTE_PLAN, "c6i.large", *offer) == _effective(
            catalogue, RI, "c6i.large", *offer, "convertible"
        )


def test_basis_of_offers(catalogue: Catalogue) -> None:
    offers = catalogue.commitment_prices("m5.large", "us-east-1")
    recorded = {o.kind for o in offers if o.basis == "recorded"}
    assert recorded == {RI}
    assert {o.payment_option for o in offers if o.basis == "recorded"} == {"No Upfront"}
    assert {o.basis for o in offers if o.kind != RI} == {"derived"}


@pytest.mark.parametrize("platform", [WINDOWS, RED_HAT])
@pytest.mark.parametrize("payment", ["No Upfront", "Partial Upfront", "All Upfront"])
def test_no_commitment_discounts_a_licence(catalogue: Catalogue, platform: str, payment: str) -> None:
    licence = (
        catalogue.on_demand("m6i.4xlarge", "us-east-1", platform).usd_per_hour
        - catalogue.on_demand("m6i.4xlarge", "us-east-1").usd_per_hour
    )
    for offer in catalogue.commitment_prices("m6i.4xlarge", "us-east-1", platform):
        if offer.payment_option == payment:
            linux = catalogue.commitment_price(
                offer.kind,
                "m6i.4xlarge",
                "us-east-1",
                LINUX,
                offer.term_years,
                payment,
                offer.offering_class,
            )
            # Both sides round: a dollar over the term, and one unit of the fifth decimal.
            slack = 1 / 8760 + 1e-5
            difference = offer.effective_usd_per_hour - linux.effective_usd_per_hour
            assert difference == pytest.approx(licence, abs=slack)
            assert offer.basis == "derived"


@pytest.mark.parametrize("instance_type", ["m8i.large", "m8a.large", "m8gd.large", "p4d.24xlarge"])
def test_without_a_rate_there_is_an_estimated_compute_plan_only(
    catalogue: Catalogue, instance_type: str
) -> None:
    offers = catalogue.commitment_prices(instance_type, "us-east-1")
    assert {(o.kind, o.basis) for o in offers} == {(COMPUTE_PLAN, "estimated")}
    on_demand = catalogue.on_demand(instance_type, "us-east-1").usd_per_hour
    for term, share in ((1, 0.735), (3, 0.507)):
        rate = _effective(catalogue, COMPUTE_PLAN, instance_type, LINUX, term, "No Upfront")
        assert rate == pytest.approx(share * on_demand, abs=5e-6)
    with pytest.raises(UnknownPrice, match="priced are compute_savings_plan"):
        catalogue.commitment_price(RI, instance_type, "us-east-1", LINUX, 1, "No Upfront", "standard")


def test_the_error_says_that_aws_sells_none(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownPrice, match="AWS sells no Reserved Instances of m8i"):
        catalogue.commitment_price(RI, "m8i.large", "us-east-1", LINUX, 3, "No Upfront", "standard")


def test_what_is_not_on_offer_is_an_error(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownPrice, match="offering class standard or convertible; received None"):
        catalogue.commitment_price(RI, "m5.large", "us-east-1", LINUX, 1, "No Upfront")
    with pytest.raises(UnknownPrice, match="2 year"):
        catalogue.commitment_price(COMPUTE_PLAN, "m5.large", "us-east-1", LINUX, 2, "No Upfront")
    with pytest.raises(UnknownPrice, match="no_upfront"):
        catalogue.commitment_price(COMPUTE_PLAN, "m5.large", "us-east-1", LINUX, 1, "no_upfront")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("c5.lage", "us-east-1"), r"'c5.lage' \(near it: c5.large"),
        (("zzzzzzzz", "us-east-1"), "no type has a name like it"),
        (("c5.large", "us-esat-1"), r"'us-esat-1' \(near it: .*us-east-1"),
        (("c5.large", "moon"), "known: af-south-1"),
        (("p5.48xlarge", "af-south-1"), "p5.48xlarge is not priced in af-south-1; it is priced in"),
        (("c6g.large", "us-east-1", WINDOWS), "not priced for Windows; it is for Linux/UNIX"),
        (("c5.large", "us-east-1", "windows"), "expected one of Linux/UNIX, Windows, Red Hat"),
        (("c5.large", "us-east-1", LINUX, "dedicated"), "default tenancy only, not 'dedicated'"),
        ((float("nan"), "us-east-1"), "no instance type nan"),
        (("", ""), "no instance type ''"),
    ],
)
def test_errors_say_what_was_asked_and_what_is_near(catalogue: Catalogue, asked, said: str) -> None:
    with pytest.raises(UnknownPrice, match=said):
        catalogue.on_demand(*asked)


def test_commitments_refuse_as_on_demand_does(catalogue: Catalogue) -> None:
    for asked in (("c5.lage", "us-east-1"), ("c5.large", "moon"), ("c6g.large", "us-east-1", WINDOWS)):
        with pytest.raises(UnknownPrice):
            catalogue.commitment_prices(*asked)


def test_specifications(catalogue: Catalogue) -> None:
    spec = catalogue.spec("c5.4xlarge")
    assert (spec.family, spec.size, spec.vcpu, spec.memory_gib) == ("c5", "4xlarge", 16, 32)
    assert (spec.normalization_factor, spec.size_flexible, spec.burstable) == (32, True, False)
    assert catalogue.spec("t3.micro").burstable
    assert catalogue.spec("i3.metal").normalization_factor == 128
    assert not catalogue.spec("g5.xlarge").size_flexible
    assert catalogue.spec("g7.2xlarge").memory_gib is None
    with pytest.raises(UnknownPrice, match=r"c5\.4xlarge"):
        catalogue.spec("c5.4xlarg")


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        ("nano", 0.25),
        ("micro", 0.5),
        ("small", 1),
        ("medium", 2),
        ("large", 4),
        ("xlarge", 8),
        ("2xlarge", 16),
    ],
)
def test_normalization_factors(catalogue: Catalogue, size: str, factor: float) -> None:
    assert catalogue.spec(f"t3.{size}").normalization_factor == factor


@pytest.mark.parametrize(
    "family",
    (
        *("g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f"),
        *("hpc7a", "p5", "inf1", "inf2", "u7i-6tb", "u7i-8tb"),
    ),
)
def test_families_that_are_not_size_flexible(catalogue: Catalogue, family: str) -> None:
    types = {t for region in catalogue.regions() for t in catalogue.instance_types(region)}
    of_family = [t for t in types if t.partition(".")[0] == family]
    assert of_family
    assert not any(catalogue.spec(t).size_flexible for t in of_family)


def test_regions_and_types(catalogue: Catalogue) -> None:
    assert len(catalogue.regions()) == 34
    assert "c5.large" in catalogue.instance_types("us-east-1")
    with pytest.raises(UnknownPrice, match=r"near it: .*us-east-1"):
        catalogue.instance_types("us-east1")
