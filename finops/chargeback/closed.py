"""What is kept of a closed period? ``closed_periods.json``: figures, terms, adjustments and a log.

What does not add up, or is not a month, was never closed so, and is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from finops.chargeback.report import (
    UNALLOCATED,
    ChargebackLine,
    ChargebackReport,
    CostBasis,
    Shared,
)
from finops.chargeback.rules import AllocationRules
from finops.chargeback.trail import with_month_before
from finops.money import exact_sum
from finops.periods import Month
from finops.storage import StoredDocument

CLOSED_FILE = "closed_periods.json"


def _a_month(text: str) -> str:
    if str(Month.parse(text)) != text:
        raise ValueError(f"{text} is not written YYYY-MM")
    return text


MonthText = Annotated[str, AfterValidator(_a_month)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BillOwner(_Record):
    """Whose bill of a month it is: the billing accounts that it names. The sample's stands apart."""

    accounts: tuple[str, ...] = ()
    sample: bool = False

    def in_words(self) -> str:
        """For a reader; a dash where the bill names nobody."""
        return "sample" if self.sample else ", ".join(self.accounts) or "–"


class PeriodKey(NamedTuple):
    """What is closed once: a month by a key on a basis, of one owner's bill."""

    period: str
    by: str
    basis: str
    owner: BillOwner

    @property
    def series(self) -> tuple[str, str, bool]:
        """Whose adjustments it bears. A later month may name other billing accounts."""
        return self.by, self.basis, self.owner.sample


class Adjustment(_Record):
    """What the bill of a closed ``period`` has changed for a target since, in dollars to the cent."""

    period: MonthText
    owner: BillOwner = BillOwner()
    allocated_to: str
    usd: Decimal


class Terms(_Record):
    """By which rules, facts of accounts and virtual tags (their JSON) a period was closed.

    It is compared with later bills by these alone.
    """

    rules: AllocationRules = AllocationRules()
    shared: Shared = "none"
    shares: dict[str, Decimal] | None = None
    drivers: dict[str, dict[str, Decimal]] | None = None
    virtual_tags: tuple[dict[str, Any], ...] = ()
    accounts: dict[str, dict[str, str]] | None = None


class ClosedPeriod(_Record):
    """The frozen figures of one month, key and basis. ``adjustments`` of earlier periods were posted
    with it. What does not add up was not closed so, and is refused. ``own_digest`` is that of the month
    without the one before; ``first_charge`` the day of its first charge, before which no bill of it may
    begin."""

    period: MonthText
    by: str
    basis: CostBasis
    owner: BillOwner = BillOwner()
    first_charge: date | None = None
    digest: str
    own_digest: str = ""
    total_usd: Decimal
    allocated_usd: Decimal
    unallocated_usd: Decimal
    untagged_usd: Decimal
    allocated_pct: float | None
    previous_total_usd: Decimal | None
    lines: tuple[ChargebackLine, ...]
    terms: Terms
    adjustments: tuple[Adjustment, ...]
    closed_at: datetime
    closed_by: str

    @property
    def key(self) -> PeriodKey:
        return PeriodKey(self.period, self.by, self.basis, self.owner)

    def is_of(self, now: ChargebackReport) -> bool:
        """Was it closed with these charges and rules? What the month before was does not matter."""
        return now.own_digest == self.own_digest if self.own_digest else now.digest == self.digest

    @model_validator(mode="after")
    def _adds_up(self) -> ClosedPeriod:
        totals = totals_of(self.lines)
        sums = {
            "lines": (exact_sum(line.total_usd for line in self.lines), self.total_usd),
            "direct and shared dollars": (
                exact_sum(line.direct_usd + line.shared_usd for line in self.lines),
                self.total_usd,
            ),
            "dollars without a target": (totals.get(UNALLOCATED, Decimal(0)), self.unallocated_usd),
            "allocated dollars and the others": (
                self.allocated_usd + self.unallocated_usd,
                self.total_usd,
            ),
        }
        for what, (is_, closed) in sums.items():
            if is_ != closed:
                raise ValueError(f"the {what} of {self.period} come to {is_}, and {closed} was closed")
        if len(totals) < len(self.lines):
            raise ValueError(f"two lines of {self.period} have one name")
        if self.own_digest and with_month_before(self.own_digest, self.lines) != self.digest:
            raise ValueError(f"the lines of {self.period} are not those that its hash was made of")
        return self


class LogEntry(_Record):
    """Who closed or reopened what, when and why, and the hash of what was closed."""

    at: datetime
    who: str
    action: Literal["closed", "reopened"]
    period: MonthText
    by: str
    basis: CostBasis
    owner: BillOwner = BillOwner()
    digest: str
    reason: str = ""


class ClosedPeriods(StoredDocument):
    """The closed periods, oldest first, and everything that was done, in its order."""

    reset_command: ClassVar[str] = "python -m finops chargeback rules reset"

    periods: tuple[ClosedPeriod, ...] = ()
    log: tuple[LogEntry, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> ClosedPeriods:
        if len({one.key for one in self.periods}) < len(self.periods):
            raise ValueError("a period is closed twice")
        return self

    def find(self, key: PeriodKey) -> ClosedPeriod | None:
        """The closed period of this month, key, basis and bill, or None."""
        return next((one for one in self.periods if one.key == key), None)

    def before(self, key: PeriodKey) -> tuple[ClosedPeriod, ...]:
        """The closed periods before this month, of whatever billing accounts."""
        return tuple(
            one for one in self.periods if one.key.series == key.series and one.period < key.period
        )


def totals_of(lines: Iterable[ChargebackLine]) -> Mapping[str, Decimal]:
    """Dollars by target."""
    return {line.allocated_to: line.total_usd for line in lines}
