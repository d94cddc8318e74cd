"""Who pays for what? Cost by any tag, to the cent, from the bill or from the resource lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from finops.chargeback import ChargebackEngine, ChargebackReport
from finops.chargeback import chargeback_csv as report_csv
from finops.errors import AllocationError, FileUnreadable, Issue
from finops.estate import Estate
from finops.money import from_cents, split_cents
from finops.periods import Month

BillBasis = Literal["billed", "effective", "list"]
SharedMode = Literal["none", "proportional", "even", "fixed"]

BASES: tuple[BillBasis, ...] = ("billed", "effective", "list")
MODES: tuple[SharedMode, ...] = ("none", "proportional", "even", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackSettings:
    """What is asked: the key, who pays for untagged cost, the cost column, and the month."""

    by: str = "Team"
    shared: SharedMode = "none"
    basis: BillBasis = "billed"
    period: Month | None = None
    shares: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chargeback:
    """The report with the date it counts to and what was wrong with the input."""

    report: ChargebackReport
    as_of: date
    issues: tuple[Issue, ...]


def chargeback(estate: Estate, settings: ChargebackSettings) -> Chargeback:
    """Cost by the key. From the bill of the month, else from the lists at their run rate.

    Raises AllocationError where the month lies outside the bill, or where the lists are asked for
    a month they cannot know.
    """
    has_bill = estate.billed is not None
    if not has_bill and estate.ec2.empty and estate.s3.empty:
        raise AllocationError("there is no cost to charge: give a bill or a resource list")
    report = ChargebackEngine().generate_chargeback_report(
        estate.ec2,
        estate.s3,
        settings.by,
        shared=settings.shared,
        fixed_shares=settings.shares,
        costs=estate.costs if has_bill else None,
        span=estate.billed,
        period=settings.period,
        basis=settings.basis,
    )
    return Chargeback(report=report, as_of=estate.as_of, issues=estate.issues)


def chargeback_csv(answer: Chargeback) -> str:
    """The lines as finance downloads them."""
    return report_csv(answer.report)


def months_of(estate: Estate) -> tuple[Month, ...]:
    """The full months that the bill holds, newest first."""
    return () if estate.billed is None else estate.billed.full_months


def even_shares(targets: Sequence[str]) -> dict[str, Decimal]:
    """Equal parts of 100 percent with two decimals that add up to it exactly."""
    parts = split_cents(10_000, [1] * len(targets))
    return {target: from_cents(part) for target, part in zip(targets, parts, strict=True)}


def read_shares(path: Path) -> dict[str, Decimal]:
    """Fixed shares: a JSON object of target → fraction. Raises naming the file and what is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
        return {_encodable(target): Decimal(share) for target, share in document.items()}
    except OSError as error:
        raise FileUnreadable(f"cannot read the shares {path}: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError, InvalidOperation, RecursionError) as error:
        raise AllocationError(
            f'{path} holds no shares: expected a JSON object such as {{"Payments": 0.6, "Search": 0.4}}'
        ) from error


def _encodable(name: str) -> str:
    """The name, if a file can hold it; a lone surrogate raises UnicodeEncodeError, a ValueError."""
    name.encode()
    return name
