"""What has changed since last period, who costs most, what is allocated, and what does a unit cost?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from finops.chargeback.report import UNALLOCATED, ChargebackLine, ChargebackReport
from finops.chargeback.rules import SEPARATOR
from finops.chargeback.shares import Drivers
from finops.money import exact_sum, round_cents

TARGET_PCT = 90
MOVERS = TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A line against last period, in dollars; ``change_pct`` is None where that was not above zero."""

    allocated_to: str
    total_usd: Decimal
    previous_usd: Decimal
    change_usd: Decimal
    change_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCentre:
    """The first segment of the paths with what all lines below it pay, in dollars.

    ``percent`` is the share of the report's total, None where that is not above zero.
    """

    name: str
    total_usd: Decimal
    previous_usd: Decimal | None
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCost:
    """Dollars for a unit of a driver, to six places: the total of the line over its quantity."""

    driver: str
    allocated_to: str
    quantity: Decimal
    unit_cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The report read by a person of finance.

    ``to_target_usd`` is what must still be allocated for ``target_pct`` of the total, rounded up to
    the cent; None where the total is not above zero. ``movers`` are those with the largest change, up or
    down, empty without a period before.
    """

    target_pct: int
    to_target_usd: Decimal | None
    movers: tuple[Mover, ...]
    top_cost_centres: tuple[CostCentre, ...]
    unit_costs: tuple[UnitCost, ...]


def review(report: ChargebackReport, drivers: Drivers | None = None) -> Review:
    """Movers, top cost centres, the way to the target of coverage, and unit costs by ``drivers``."""
    return Review(
        target_pct=TARGET_PCT,
        to_target_usd=_to_target(report),
        movers=_movers(report.lines),
        top_cost_centres=_cost_centres(report),
        unit_costs=_unit_costs(report.lines, drivers or {}),
    )


def _to_target(report: ChargebackReport) -> Decimal | None:
    if report.total_usd <= 0:
        return None
    # In whole cents, rounded up: one less would miss the target.
    needed = -(-int(report.total_usd * 100) * TARGET_PCT // 100)
    return max(round_cents(Decimal(needed) / 100 - report.allocated_usd), Decimal("0.00"))


def _movers(lines: Sequence[ChargebackLine]) -> tuple[Mover, ...]:
    """Largest change first, equal ones by name."""
    movers = [
        Mover(
            allocated_to=line.allocated_to,
            total_usd=line.total_usd,
            previous_usd=line.previous_usd,
            change_usd=line.total_usd - line.previous_usd,
            change_pct=_percent(line.total_usd - line.previous_usd, line.previous_usd),
        )
        for line in lines
        if line.previous_usd is not None and line.previous_usd != line.total_usd
    ]
    ordered = sorted(movers, key=lambda mover: (-abs(mover.change_usd), mover.allocated_to))
    return tuple(ordered[:MOVERS])


def _cost_centres(report: ChargebackReport) -> tuple[CostCentre, ...]:
    """Largest total first, equal ones by name."""
    below: dict[str, list[ChargebackLine]] = {}
    for line in report.lines:
        if line.allocated_to != UNALLOCATED:
            below.setdefault(line.allocated_to.split(SEPARATOR)[0], []).append(line)
    centres = []
    for name, lines in below.items():
        total = exact_sum(line.total_usd for line in lines)
        before = [line.previous_usd for line in lines if line.previous_usd is not None]
        centres.append(
            CostCentre(
                name=name,
                total_usd=total,
                previous_usd=exact_sum(before) if before else None,
                percent=_percent(total, report.total_usd),
            )
        )
    return tuple(sorted(centres, key=lambda centre: (-centre.total_usd, centre.name))[:TOP])


def _unit_costs(lines: Sequence[ChargebackLine], drivers: Drivers) -> tuple[UnitCost, ...]:
    """By driver, in the order of the lines; a line without a quantity above zero has none."""
    return tuple(
        UnitCost(
            driver=driver,
            allocated_to=line.allocated_to,
            quantity=quantities[line.allocated_to],
            unit_cost_usd=_six_places(
                Fraction(line.total_usd) / Fraction(quantities[line.allocated_to])
            ),
        )
        for driver, quantities in sorted(drivers.items())
        for line in lines
        if _quantity(quantities, line) > 0
    )


def _quantity(quantities: Mapping[str, Decimal], line: ChargebackLine) -> Decimal:
    return quantities.get(line.allocated_to, Decimal(0))


def _six_places(amount: Fraction) -> Decimal:
    return Decimal(round(amount * 10**6)).scaleb(-6)


def _percent(part: Decimal, whole: Decimal) -> float | None:
    return round(float(100 * Fraction(part) / Fraction(whole)), 4) if whole > 0 else None
