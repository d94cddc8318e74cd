"""What do ``describe-reserved-instances`` and ``describe-savings-plans`` say, in the frame's words?

Sources: the EC2 API reference (ReservedInstances) and the Savings Plans API reference (SavingsPlan).
FixedPrice and RecurringCharges are per instance and are multiplied by InstanceCount, because a row of
``commitments`` holds the money of the whole row. A regional Reserved Instance does not say its
region: the region of the call is not in the answer. An entry may carry a ``Region`` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from finops.errors import CurrencyError, FrameError
from finops.ingest.columns import folded
from finops.ingest.ec2_list import known_platform
from finops.ingest.sheet import cell_text, shortened

_SECONDS_PER_YEAR = 365 * 24 * 3600
_A_WEEK = 7 * 24 * 3600
_MOST_DIGITS = 18
_PLAN_KINDS = {
    "compute": "compute_savings_plan",
    "ec2instance": "ec2_instance_savings_plan",
}
Entry = Mapping[str, object]
Texts = dict[str, str]


def reserved_instance(entry: Entry, where: str) -> Texts:
    """One entry of ``ReservedInstances`` as cells of the ``commitments`` frame."""
    of = _Fields(entry, where)
    _in_dollars(of.text("CurrencyCode"), where)
    count = of.number("InstanceCount")
    zone = of.text("AvailabilityZone")
    return {
        "CommitmentId": of.text("ReservedInstancesId"),
        "Kind": "reserved_instance",
        "AccountId": of.text("AccountId"),
        "State": of.text("State"),
        "OfferingClass": of.text("OfferingClass").lower(),
        "TermYears": _years(of.number("Duration")),
        "PaymentOption": of.text("OfferingType"),
        "Scope": of.text("Scope") or ("Availability Zone" if zone else "Region"),
        "AvailabilityZone": zone,
        "Region": of.text("Region") or _region_of(zone),
        "InstanceType": of.text("InstanceType"),
        "Platform": known_platform(of.text("ProductDescription")),
        "Tenancy": of.text("InstanceTenancy"),
        "Quantity": _plain(count),
        "UpfrontUSD": _plain(_times(of.number("FixedPrice"), count)),
        "RecurringHourlyUSD": _plain(_times(_hourly(of), count)),
        "Start": of.text("Start"),
        "End": of.text("End"),
    }


def savings_plan(entry: Entry, where: str) -> Texts | None:
    """One entry of ``savingsPlans`` as cells of the frame; None for a plan of another service."""
    of = _Fields(entry, where)
    kind = _PLAN_KINDS.get(folded(of.text("savingsPlanType")))
    if kind is None:
        return None
    _in_dollars(of.text("currency"), where)
    return {
        "CommitmentId": of.text("savingsPlanId") or of.text("savingsPlanArn"),
        "Kind": kind,
        "AccountId": of.text("AccountId") or _account_of(of.text("savingsPlanArn")),
        "State": of.text("state"),
        "TermYears": _years(of.number("termDurationInSeconds")),
        "PaymentOption": of.text("paymentOption"),
        "Region": of.text("region") if kind == "ec2_instance_savings_plan" else "",
        "InstanceFamily": of.text("ec2InstanceFamily"),
        "HourlyCommitmentUSD": of.text("commitment"),
        "UpfrontUSD": of.text("upfrontPaymentAmount"),
        "RecurringHourlyUSD": of.text("recurringPaymentAmount"),
        "Start": of.text("start"),
        "End": of.text("end"),
    }


class _Fields:
    """The fields of an entry, in any case."""

    def __init__(self, entry: Entry, where: str) -> None:
        self._values = {folded(name): value for name, value in entry.items()}
        self._where = where

    def inside(self, entry: Entry) -> _Fields:
        """The fields of an entry of RecurringCharges."""
        return _Fields(entry, f"{self._where}, RecurringCharges")

    def raw(self, name: str) -> object:
        return self._values.get(folded(name))

    def text(self, name: str) -> str:
        value = self.raw(name)
        return "" if isinstance(value, dict | list) else cell_text(value)

    def number(self, name: str) -> Decimal | None:
        """A number as it is written. Raises FrameError for another value, and one out of all range."""
        value = self.raw(name)
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        try:
            found = Decimal(text)
        except ArithmeticError as error:
            raise self.error(name, text, "a number") from error
        if not found.is_finite() or found.adjusted() >= _MOST_DIGITS:
            raise self.error(name, text, "a finite number below 1e18")
        if found and found.adjusted() < -_MOST_DIGITS:
            raise self.error(name, text, "0 or a number of 1e-18 or more")
        return found if found else Decimal(0)

    def error(self, name: str, found: object, expected: str) -> FrameError:
        shown = shortened(str(found))
        return FrameError(f"{self._where}: {name} holds {shown!r}; expected {expected}")


def _hourly(of: _Fields) -> Decimal | None:
    charges = of.raw("RecurringCharges")
    if charges is None:
        return None
    if not isinstance(charges, list) or not all(isinstance(charge, dict) for charge in charges):
        raise of.error("RecurringCharges", charges, "a list of objects with Amount and Frequency")
    return sum((_hourly_charge(of.inside(charge)) for charge in charges), Decimal(0))


def _hourly_charge(of: _Fields) -> Decimal:
    if of.text("Frequency").lower() != "hourly":
        raise of.error("Frequency", of.text("Frequency"), "Hourly")
    return of.number("Amount") or Decimal(0)


def _in_dollars(currency: str, where: str) -> None:
    if currency.upper() not in {"", "USD"}:
        raise CurrencyError(f"{where}: a commitment in {currency}; expected US dollars")


def _years(seconds: Decimal | None) -> str:
    """1 or 3; blank for what is left of a term that was bought on the Marketplace."""
    if seconds is None:
        return ""
    years = round(seconds / _SECONDS_PER_YEAR)
    is_part = 0 < seconds < 3 * _SECONDS_PER_YEAR
    whole = years in {1, 3} and abs(seconds - years * _SECONDS_PER_YEAR) <= _A_WEEK
    return "" if is_part and not whole else str(years)


def _times(amount: Decimal | None, count: Decimal | None) -> Decimal | None:
    return None if amount is None or count is None else amount * count


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount, "f")


def _region_of(zone: str) -> str:
    return zone[:-1] if zone[-1:].isalpha() else ""


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""
