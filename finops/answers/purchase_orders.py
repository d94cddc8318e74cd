"""What exactly is ordered from AWS? Advice as orders whose every word is checked before a shell sees it.

Words, seconds and amounts are those of the EC2 and Savings Plans API references
(``PurchaseReservedInstancesOffering``, ``CreateSavingsPlan``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from finops.errors import OutputError
from finops.money import CENT, HOURS_PER_YEAR, exact
from finops.ri_engine import COMPUTE_PLAN, EC2_PLAN, RI, RecommendationReport
from finops.ri_engine.ladder_steps import Ladder
from finops.schema import OFFERING_CLASSES, PAYMENT_OPTIONS, PLATFORMS

SECONDS_OF_TERM = {1: "31536000", 3: "94608000"}
PLAN_TYPES = {EC2_PLAN: "EC2Instance", COMPUTE_PLAN: "Compute"}
TENANCIES = ("default", "dedicated")
PARTIAL = "Partial Upfront"
_NOISE = Decimal("0.000001")
_MOST_INSTANCES = 100_000
_MOST_COMMITMENT = Decimal(1_000_000)
_WORDS: Mapping[str, str] = {
    "account_id": r"[0-9]{12}",
    "region": r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}",
    "instance_type": r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{2,20}",
    "instance_family": r"[a-z][a-z0-9-]{0,30}",
}
_LISTS: Mapping[str, Sequence[object]] = {
    "kind": (RI, EC2_PLAN, COMPUTE_PLAN),
    "platform": PLATFORMS,
    "tenancy": TENANCIES,
    "offering_class": OFFERING_CLASSES,
    "payment_option": PAYMENT_OPTIONS,
    "term_years": tuple(SECONDS_OF_TERM),
}
_NEEDED = {
    RI: ("region", "instance_type", "platform", "tenancy", "offering_class", "quantity"),
    EC2_PLAN: ("region", "instance_family", "hourly_commitment_usd"),
    COMPUTE_PLAN: ("hourly_commitment_usd",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One purchase on or after ``purchase_on``. Dollars are exact, and of the whole order."""

    purchase_on: date
    kind: str
    account_id: str | None
    region: str | None
    instance_type: str | None
    instance_family: str | None
    platform: str | None
    tenancy: str | None
    offering_class: str | None
    term_years: int
    payment_option: str
    quantity: int | None
    hourly_commitment_usd: Decimal | None
    upfront_usd: Decimal
    recurring_hourly_usd: Decimal

    @property
    def title(self) -> str:
        """In words, for a comment: made of checked words only."""
        terms = f"{self.term_years} yr {self.payment_option}"
        if self.kind == RI:
            words = (self.region, self.platform, self.tenancy, self.offering_class)
            return f"{self.quantity} x {self.instance_type} {' '.join(map(str, words))}, {terms}"
        place = f"{self.instance_family} {self.region} " if self.kind == EC2_PLAN else ""
        return f"{PLAN_TYPES[self.kind]} Savings Plan {place}of ${self.hourly_commitment_usd}/h, {terms}"

    @property
    def upfront_payment_usd(self) -> int | None:
        """Of a Partial Upfront plan: whole dollars from 50 % of the total value on, rounded up."""
        if self.hourly_commitment_usd is None or self.payment_option != PARTIAL:
            return None
        half = self.hourly_commitment_usd * HOURS_PER_YEAR * self.term_years / 2
        return int(max(self.upfront_usd, half).quantize(_NOISE).to_integral_value(ROUND_CEILING))

    @property
    def limit_usd(self) -> Decimal:
        """What all instances may cost upfront: to the cent, rounded up; a float's noise is not."""
        return self.upfront_usd.quantize(_NOISE).quantize(CENT, ROUND_CEILING)


def orders_of(report: RecommendationReport, ladder: Ladder | None = None) -> tuple[Order, ...]:
    """The advised steps of the ladder, without it the recommendations; by day.

    Renewals are no orders: they are decided when the day comes. Raises OutputError for a row with a
    word that AWS does not have, or that could be more than a word to a shell.
    """
    if ladder is None:
        found = [
            _order({**asdict(row.purchase), "purchase_on": row.purchase_on})
            for row in report.recommendations
        ]
    else:
        advised = (asdict(step) for step in ladder.steps if step.state == "advised")
        found = [_order(step) for step in advised]
    return tuple(
        sorted(found, key=lambda one: (one.purchase_on, one.kind, one.title, one.account_id or ""))
    )


def tokens(orders: Iterable[Order], as_of: date) -> tuple[str, ...]:
    """A name for each order, equal for equal content and day of advice: 32 hexadecimal digits.

    Equal orders within one advice are numbered, so that both are bought.
    """
    seen: Counter[str] = Counter()
    names = []
    for one in orders:
        content = json.dumps(
            {"as_of": as_of.isoformat()} | {name: str(value) for name, value in asdict(one).items()},
            sort_keys=True,
        )
        seen[content] += 1
        names.append(hashlib.sha256(f"{content}#{seen[content]}".encode()).hexdigest()[:32])
    return tuple(names)


def _order(row: Mapping[str, object]) -> Order:
    for name, words in _LISTS.items():
        if row[name] is not None and row[name] not in words:
            raise _refused(name, row[name], f"one of {', '.join(map(str, words))}")
    for name, pattern in _WORDS.items():
        if row[name] is not None and not re.fullmatch(pattern, str(row[name])):
            raise _refused(name, row[name], f"text of the form {pattern}")
    for name in ("kind", "term_years", "payment_option", *_NEEDED.get(str(row["kind"]), ())):
        if row[name] is None:
            raise _refused(name, None, f"a value: a {row['kind']} needs one")
    return Order(
        **{name: row[name] for name in _TEXTS},  # type: ignore[arg-type]
        quantity=_quantity(row["quantity"]),
        hourly_commitment_usd=_commitment(row["hourly_commitment_usd"]),
        upfront_usd=_dollars("upfront_usd", row["upfront_usd"]),
        recurring_hourly_usd=_dollars("recurring_hourly_usd", row["recurring_hourly_usd"]),
    )


_TEXTS = ("purchase_on", "account_id", "region", "instance_type", "instance_family", *_LISTS)


def _quantity(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or value != int(value) or not 0 < value <= _MOST_INSTANCES:
        raise _refused("quantity", value, f"a whole number from 1 to {_MOST_INSTANCES:,}")
    return int(value)


def _commitment(value: object) -> Decimal | None:
    """At most five decimal places, as AWS takes them."""
    if value is None:
        return None
    amount = _dollars("hourly_commitment_usd", value).quantize(Decimal("0.00001"), ROUND_DOWN)
    if not Decimal("0.001") <= amount <= _MOST_COMMITMENT:
        raise _refused("hourly_commitment_usd", value, "from 0.001 to 1,000,000 dollars")
    return amount.normalize() if amount != amount.to_integral_value() else amount.quantize(Decimal(1))


def _dollars(name: str, value: object) -> Decimal:
    if isinstance(value, int | float | Decimal):
        amount = exact(value)
        if amount.is_finite() and amount >= 0:
            return amount
    raise _refused(name, value, "dollars, 0 or more")


def _refused(name: str, received: object, expected: str) -> OutputError:
    return OutputError(
        f"no purchase script: {name} of a row is {received!r}, expected {expected}; correct the input "
        "that it comes from, or buy this row by hand"
    )
