"""Who pays for what? Cost by any tag, to the cent, from the bill or from the resource lists."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Literal

from finops.chargeback import (
    AccountFacts,
    AllocationRules,
    ChargebackEngine,
    ChargebackReport,
    Drivers,
    Review,
    accounts_of,
    parse_rules,
    review,
    stored_rules,
)
from finops.chargeback import chargeback_csv as report_csv
from finops.errors import AllocationError, FileUnreadable, Issue
from finops.estate import Estate
from finops.money import from_cents, is_written_out, split_cents
from finops.periods import Month
from finops.storage import JsonStore, default_store, each_key_once
from finops.tagging.virtual_tags import VirtualTag
from finops.tagging.virtual_values import virtual_tags_of

BillBasis = Literal["billed", "effective", "list"]
SharedMode = Literal["none", "proportional", "even", "fixed"]

BASES: tuple[BillBasis, ...] = ("billed", "effective", "list")
MODES: tuple[SharedMode, ...] = ("none", "proportional", "even", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackSettings:
    """What is asked: the key, who pays for untagged cost, the cost column, the month, the rules, and
    the virtual tags that count. ``accounts`` are the facts that account rules look up (column →
    account → value) instead of those of the estate."""

    by: str = "Team"
    shared: SharedMode = "none"
    basis: BillBasis = "billed"
    period: Month | None = None
    shares: Mapping[str, Decimal] | None = None
    rules: AllocationRules | None = None
    drivers: Drivers | None = None
    virtual_tags: tuple[VirtualTag, ...] = ()
    accounts: AccountFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chargeback:
    """The report and its review, with the date it counts to and what was wrong with the input."""

    report: ChargebackReport
    review: Review
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
        rules=settings.rules,
        accounts=estate.accounts if settings.accounts is None else accounts_of(settings.accounts),
        drivers=settings.drivers,
        virtual_tags=partial(virtual_tags_of, rules=settings.virtual_tags)
        if settings.virtual_tags
        else None,
    )
    return Chargeback(
        report=report,
        review=review(report, settings.drivers),
        as_of=estate.as_of,
        issues=estate.issues,
    )


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
        document = json.loads(
            path.read_text(encoding="utf-8-sig"), parse_float=Decimal, object_pairs_hook=each_key_once
        )
        return {_encodable(target): Decimal(share) for target, share in document.items()}
    except OSError as error:
        raise FileUnreadable(f"cannot read the shares {path}: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError, InvalidOperation, RecursionError) as error:
        raise AllocationError(
            f"{path} holds no shares: expected a JSON object with each target once, such as "
            '{"Payments": 0.6, "Search": 0.4}'
        ) from error


def read_rules(path: Path) -> AllocationRules:
    """The allocation rules in a file. Raises FileUnreadable or AllocationError, each naming the file."""
    return parse_rules(_text_of(path, "allocation rules"), str(path))


def kept_rules(store: JsonStore | None = None) -> AllocationRules | None:
    """The rules that the user keeps, None without any. Raises StateError where they cannot be used."""
    kept = stored_rules(store or default_store())
    return None if kept == AllocationRules() else kept


def read_drivers(path: Path) -> Drivers:
    """Drivers: a CSV with the column allocated_to and one column of quantities a driver.

    Raises FileUnreadable, and what ``drivers_of`` does.
    """
    return drivers_of(_text_of(path, "drivers"), str(path))


def drivers_of(text: str, where: str) -> Drivers:
    """The drivers in the text of a CSV file. An empty cell is no quantity.

    Raises AllocationError, naming ``where`` and the line.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    drivers: dict[str, dict[str, Decimal]] = {}
    try:
        names = [name.strip() for name in rows.fieldnames or ()]
        if "allocated_to" not in names or len(set(names)) < max(len(names), 2):
            raise AllocationError(
                f"{where} needs the column allocated_to and one of its own for each driver; "
                f"received {', '.join(names) or 'nothing'}"
            )
        for row in rows:
            cells = dict(zip(names, row.values(), strict=False))
            target = (cells.pop("allocated_to") or "").strip()
            for driver, cell in cells.items():
                of_driver = drivers.setdefault(driver, {})
                if (cell or "").strip():
                    of_driver[_fresh(target, of_driver)] = _quantity(cell)
    except (ValueError, csv.Error) as error:
        raise AllocationError(f"{where}, line {rows.line_num}: {error}") from error
    return drivers


def _fresh(target: str, seen: Mapping[str, Decimal]) -> str:
    if not target or target in seen:
        raise ValueError(f"a row needs an allocated_to of its own; received {target!r}")
    return target


def _quantity(cell: str) -> Decimal:
    try:
        quantity = Decimal(cell.strip())
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not is_written_out(quantity) or quantity < 0:
        raise ValueError(f"{cell.strip()[:40]!r} is no quantity of zero or more")
    return quantity


def _text_of(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileUnreadable(f"cannot read the {what} {path}: {reason}") from error


def _encodable(name: str) -> str:
    """The name, if a file can hold it; a lone surrogate raises UnicodeEncodeError, a ValueError."""
    name.encode()
    return name
