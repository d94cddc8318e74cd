"""What should the bill of the last full month add up to? Plain arithmetic, apart from any engine.

It knows the hours that each fleet ran, the list prices and the terms of the commitments, and does
not use what the allocation found. The README shows it line by line, and a test holds the bill to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from finops.money import HOURS_PER_YEAR
from scripts.demo_data.compute_charges import SPOT_FRACTION
from scripts.demo_data.fees_and_credits import (
    CREDIT_CENTS,
    MARKETPLACE_CENTS,
    REFUND_CENTS,
    SUPPORT_CENTS,
)
from scripts.demo_data.instances import Instance
from scripts.demo_data.owned import COMPUTE_PLAN, Commitment
from scripts.demo_data.prices import plain
from scripts.demo_data.resource_lists import month_cost
from scripts.demo_data.rhythms import batch
from scripts.demo_data.sample import Sample
from scripts.demo_data.service_charges import service_cents
from scripts.demo_data.timeline import BILLED_MONTH, QUARTERS, by_day, days_of

HOURS_OF_MONTH = BILLED_MONTH.days * 24
BATCH_TYPE = "c6i.8xlarge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure with its working."""

    label: str
    working: str
    usd: Decimal


@dataclass(frozen=True, kw_only=True)
class September:
    """The month's figures. Σ ``effective`` and Σ ``billed`` are the two totals of the bill."""

    fleets: list[Line]
    covered: list[Line]
    fees: list[Line]
    cash: list[Line]
    effective: list[Line]
    billed: list[Line]
    spot_discount: Line


def total(lines: list[Line]) -> Decimal:
    return sum((line.usd for line in lines), Decimal(0))


def september(sample: Sample) -> September:
    """All figures of the month."""
    owned = {commitment.name: commitment for commitment in sample.owned}
    fleets, spot_list = _fleets(sample), _spot_list(sample)
    covered, fees, cash = _covered(sample, owned), _fees(owned), _cash(owned)
    others = _others(sample)
    discount = Line(
        label="Spot discount",
        working=f"{spot_list} × (1 − {SPOT_FRACTION})",
        usd=-spot_list * (1 - SPOT_FRACTION),
    )
    on_demand = [
        Line(label="EC2 at list price", working="table 1", usd=total(fleets)),
        Line(label="of it covered by commitments", working="table 2", usd=-total(covered)),
        discount,
    ]
    return September(
        fleets=fleets,
        covered=covered,
        fees=fees,
        cash=cash,
        effective=[
            *on_demand,
            Line(label="Commitments, amortised", working="table 3", usd=total(fees)),
            *others,
        ],
        billed=[
            *on_demand,
            Line(label="Commitments, cash", working="table 4", usd=total(cash)),
            *others,
        ],
        spot_discount=discount,
    )


def _fleets(sample: Sample) -> list[Line]:
    hours: dict[tuple[str, str, Decimal], Decimal] = {}
    for instance in sample.instances:
        key = (instance.fleet.name, instance.fleet.instance_type, instance.rate)
        hours[key] = hours.get(key, Decimal(0)) + instance.hours_in(BILLED_MONTH)
    return [
        Line(label=f"{name} ({instance_type})", working=f"{hours_text(ran)} h × {rate}", usd=ran * rate)
        for (name, instance_type, rate), ran in hours.items()
        if ran
    ]


def _spot_list(sample: Sample) -> Decimal:
    return list_cost([each for each in sample.instances if each.fleet.spot])


def list_cost(instances: list[Instance]) -> Decimal:
    """What the hours of the month cost at the On-Demand rates, in dollars."""
    return sum((each.hours_in(BILLED_MONTH) * each.rate for each in instances), Decimal(0))


def batch_hours() -> int:
    """Hours of the month in which the nightly batch runs."""
    return int(by_day(batch(0))[days_of(BILLED_MONTH)].sum()) // QUARTERS


def _covered(sample: Sample, owned: Mapping[str, Commitment]) -> list[Line]:
    rate = sample.prices.on_demand
    ledger, checkout, catalog = owned["ledger"], owned["checkout"], owned["catalog-old"]
    search, lakehouse = owned["search"], owned["lakehouse"]
    r5 = rate(ledger.instance_type, ledger.region)
    m5_small, m5 = rate("m5.xlarge", checkout.region), rate(checkout.instance_type, checkout.region)
    c5_small, c5 = rate("c5.xlarge", catalog.region), rate(catalog.instance_type, catalog.region)
    r6g_search = rate(search.instance_type, search.region)
    r6g, c6i = rate(lakehouse.instance_type, lakehouse.region), rate(BATCH_TYPE, lakehouse.region)
    c6i_plan = _plan_rate(sample, lakehouse, BATCH_TYPE)
    night, month = batch_hours(), HOURS_OF_MONTH
    spent_on_batch = night * lakehouse.recurring * c6i / c6i_plan
    return [
        Line(label="RI ledger", working=f"4 × {r5} × {month}", usd=4 * r5 * month),
        Line(
            label="RI checkout",
            working=f"(4 × {m5_small} + 6 × {m5}) × {month}: 4 × 8 + 6 × 16 = 128 = 8 × 16 units",
            usd=(4 * m5_small + 6 * m5) * month,
        ),
        Line(
            label="RI catalog-old",
            working=f"(2 × {c5} + 1 × {c5_small}) × {month}: 2½ of 6 used, the half by development",
            usd=(2 * c5 + c5_small) * month,
        ),
        Line(
            label="EC2 Instance plan search",
            working=f"2 × {r6g_search} × {month}",
            usd=2 * r6g_search * month,
        ),
        Line(
            label="Compute plan lakehouse, while the batch runs",
            working=f"{night} × {lakehouse.recurring} × {c6i} ÷ {c6i_plan} of {BATCH_TYPE}",
            usd=spent_on_batch,
        ),
        Line(
            label="Compute plan lakehouse, all other hours",
            working=f"({month} − {night}) × {lakehouse.quantity} × {r6g}",
            usd=(month - night) * lakehouse.quantity * r6g,
        ),
    ]


def _plan_rate(sample: Sample, plan: Commitment, instance_type: str) -> Decimal:
    price = sample.prices.committed(
        COMPUTE_PLAN, instance_type, plan.region, term_years=plan.term_years, payment=plan.payment
    )
    return Decimal(str(price.effective_usd_per_hour))


def _fees(owned: Mapping[str, Commitment]) -> list[Line]:
    return [amortised(each) for each in owned.values()]


def amortised(commitment: Commitment) -> Line:
    """What the month's hours of a commitment cost, used or not."""
    term, month = HOURS_PER_YEAR * commitment.term_years, HOURS_OF_MONTH
    if commitment.is_plan:
        working = f"{commitment.recurring} × {month}"
    elif not commitment.recurring:
        working = f"{commitment.quantity} × {plain(commitment.upfront)} ÷ {term:,} × {month}"
    elif not commitment.upfront:
        working = f"{commitment.quantity} × {commitment.recurring} × {month}"
    else:
        working = (
            f"{commitment.quantity} × ({plain(commitment.upfront)} ÷ {term:,} + {commitment.recurring})"
            f" × {month}"
        )
    hourly = commitment.upfront * commitment.copies / term + commitment.recurring * commitment.copies
    return Line(label=_title(commitment), working=working, usd=hourly * month)


def _cash(owned: Mapping[str, Commitment]) -> list[Line]:
    return [
        Line(
            label=_title(each),
            working=(
                f"{each.recurring} × {HOURS_OF_MONTH}"
                if each.is_plan
                else f"{each.quantity} × {each.recurring} × {HOURS_OF_MONTH}"
            ),
            usd=each.recurring * each.copies * HOURS_OF_MONTH,
        )
        for each in owned.values()
        if each.recurring
    ]


def _title(commitment: Commitment) -> str:
    if not commitment.is_plan:
        return f"RI {commitment.name}"
    return f"{'Compute' if commitment.kind == COMPUTE_PLAN else 'EC2 Instance'} plan {commitment.name}"


def _others(sample: Sample) -> list[Line]:
    buckets = sum((month_cost(bucket, sample.prices) for bucket in sample.buckets), Decimal(0))
    return [
        Line(label="S3", working="Σ CostUSD of the 80 buckets", usd=buckets),
        *(
            Line(label=service, working="Σ of the month's days, each in whole cents", usd=amount)
            for service, amount in service_month().items()
        ),
        Line(label="AWS Support", working="fee of the 1st", usd=Decimal(SUPPORT_CENTS) / 100),
        Line(label="AWS Marketplace", working="fee of the 1st", usd=Decimal(MARKETPLACE_CENTS) / 100),
        Line(label="Migration credit", working="on the 1st", usd=-Decimal(CREDIT_CENTS) / 100),
        Line(
            label="Refund for July's request storm",
            working="on the 15th",
            usd=-Decimal(REFUND_CENTS) / 100,
        ),
    ]


def service_month() -> Mapping[str, Decimal]:
    """Dollars of the month by service, of everything but instances and buckets."""
    span = days_of(BILLED_MONTH)
    return {service: Decimal(int(cents[span].sum())) / 100 for service, cents in service_cents().items()}


def hours_text(hours: Decimal | int) -> str:
    """Hours with a thousands separator, and with two places if they are not whole."""
    return f"{hours:,.2f}".removesuffix(".00")
