"""Which instance ran when? Every instance of the history with its running time, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from finops.periods import Month
from scripts.demo_data.fleet import Fleet, Member
from scripts.demo_data.fleets import FLEETS
from scripts.demo_data.prices import Prices, pico
from scripts.demo_data.timeline import (
    HOURS,
    QUARTERS,
    Ints,
    by_day,
    day_number,
    days_of,
    hour_number,
    random,
)

_ID_TOPIC = 3
HEX_DIGITS = "0123456789abcdef"


@dataclass(frozen=True, eq=False, kw_only=True)
class Instance:
    """One instance. ``quarters`` is its running time in each hour of the history, 0 to 4."""

    id: str
    number: int
    fleet: Fleet
    launched: date
    state: str
    listed: bool
    rate: Decimal
    quarters: Ints

    @property
    def list_per_quarter(self) -> int:
        """Pico-dollars of a quarter of an hour at the On-Demand rate."""
        whole, rest = divmod(pico(self.rate), QUARTERS)
        if rest:
            raise ValueError(f"{self.rate} $/h cannot be divided by four exactly")
        return whole

    def quarters_by_day(self) -> Ints:
        return by_day(self.quarters)

    def hours_in(self, month: Month) -> Decimal:
        return Decimal(int(self.quarters_by_day()[days_of(month)].sum())) / QUARTERS


def all_instances(prices: Prices, fleets: Iterable[Fleet] = FLEETS) -> list[Instance]:
    """Every instance that the history knows, in the order of the fleets."""
    found: list[Instance] = []
    for fleet in fleets:
        rate = prices.on_demand(fleet.instance_type, fleet.region)
        for slot, member in enumerate(_slots(fleet)):
            number = len(found)
            found.append(_instance(fleet, member, slot, number, rate))
    return found


def _slots(fleet: Fleet) -> Iterator[Member]:
    for member in fleet.members:
        yield from (member for _ in range(member.count))


def _instance(fleet: Fleet, member: Member, slot: int, number: int, rate: Decimal) -> Instance:
    quarters = fleet.rhythm(slot) * _alive(member)
    last_hour_runs = bool(quarters[-1])
    has_left = member.last is not None
    return Instance(
        id=_identifier(fleet, slot),
        number=number,
        fleet=fleet,
        launched=_day(member.launched),
        state=member.fate if has_left else ("running" if last_hour_runs else "stopped"),
        listed=not has_left or member.fate != "gone",
        rate=rate,
        quarters=quarters,
    )


def _alive(member: Member) -> Ints:
    alive = np.zeros(HOURS, dtype=np.int64)
    end = HOURS if member.last is None else hour_number(member.last)
    alive[max(hour_number(member.launched), 0) : max(end, 0)] = 1
    return alive


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _identifier(fleet: Fleet, slot: int) -> str:
    """``i-0`` and sixteen hexadecimal digits that depend on the fleet and the slot only."""
    key = [*fleet.name.encode(), abs(day_number(_day(fleet.members[0].launched))), slot]
    digits = random(_ID_TOPIC, *key).integers(0, 16, 16)
    return "i-0" + "".join(HEX_DIGITS[digit] for digit in digits)
