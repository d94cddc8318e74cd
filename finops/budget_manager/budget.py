"""What is a budget? A scope, an amount in US dollars for a period, and the thresholds that alert."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from finops.budget_manager.amounts import Dollars
from finops.budget_manager.budget_period import period_of
from finops.budget_manager.conditions import (
    SCOPE_TYPES,
    Condition,
    ScopeType,
    ScopeValue,
    refuse_empty,
    tag_of,
)
from finops.budget_manager.thresholds import DEFAULT, Thresholds, percentages_of, with_percentages
from finops.errors import BudgetError

__all__ = [
    "PERIODS",
    "SCOPE_TYPES",
    "AutoAdjust",
    "AwsOrigin",
    "Budget",
    "Condition",
    "Planned",
    "make_budget",
]

PeriodKind = Literal["monthly", "quarterly", "annual", "custom"]
CostBasis = Literal["billed", "effective"]
# ChargeCategory of FOCUS: what AWS leaves out by IncludeTax, or by IncludeCredit and IncludeRefund.
LeftOut = Literal["Tax", "Credit"]
Rollover = Literal["none", "unspent", "overspent", "both"]

PERIODS: tuple[str, ...] = get_args(PeriodKind)
ROLLOVERS: tuple[str, ...] = get_args(Rollover)
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
Text = Annotated[str, StringConstraints(strip_whitespace=True)]
MAX_NAME = 100
_WHOLE_ESTATE = frozenset({"", "*", "all", "total"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Frozen):
    """The amount of the period that begins on ``start``."""

    start: Day
    amount: Dollars


class AutoAdjust(_Frozen):
    """An amount that follows spend: × (1 + ``growth_pct`` ÷ 100), rounded to the cent.

    ``by`` history it is the mean of the last ``periods`` whole periods; by forecast, what the period
    is forecast to cost on its first day.
    """

    by: Literal["history", "forecast"] = "history"
    periods: Annotated[int, Field(ge=1, le=60)] = 3
    growth_pct: Annotated[Decimal, Field(gt=-100, le=1000)] = Decimal(0)


class AwsOrigin(_Frozen):
    """The budget as AWS Budgets wrote it, and its notifications (null where the file had none)."""

    budget: dict[str, Any]
    notifications: tuple[dict[str, Any], ...] | None = None


def _by_start(planned: tuple[Planned, ...]) -> tuple[Planned, ...]:
    starts = [one.start for one in planned]
    if len(set(starts)) < len(starts):
        raise ValueError("each period is planned once")
    return tuple(sorted(planned, key=lambda one: one.start))


def _each_once(names: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    return tuple(sorted(set(names)))


class Budget(_Frozen):
    """A budget.

    ``scope_value`` is blank for total and ``Key=Value`` for a tag; ``also`` are further conditions
    that a cost must satisfy, and ``leave_out`` names categories of charges that do not count.
    ``amount`` is US dollars for one period, where ``planned`` names none for it and ``adjust`` has
    nothing to go by. ``rollover`` carries what earlier periods, from ``start`` on, left unspent or
    overspent. Quarters and years begin with the month ``fiscal_year_start``. ``start`` and ``end``
    are the first and last day of a custom period, and for others the days from and to which the
    budget is in force. ``cost_basis`` says which costs of a bill count: billed (on its cash date) or
    effective (upfront fees spread over their term). ``parent`` is the id of the budget that this one
    is a part of.
    """

    id: str = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
    scope_type: ScopeType
    scope_value: ScopeValue = ""
    also: tuple[Condition, ...] = ()
    leave_out: Annotated[tuple[LeftOut, ...], AfterValidator(_each_once)] = ()
    amount: Dollars
    currency: Literal["USD"] = "USD"
    planned: Annotated[tuple[Planned, ...], AfterValidator(_by_start)] = ()
    adjust: AutoAdjust | None = None
    rollover: Rollover = "none"
    period: PeriodKind = "monthly"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    start: Day | None = None
    end: Day | None = None
    parent: str | None = None
    owner: Annotated[Text, Field(max_length=200)] = ""
    thresholds: Thresholds = DEFAULT
    cost_basis: CostBasis = "billed"
    notes: Annotated[Text, Field(max_length=5000)] = ""
    created: date | None = None
    status: Literal["active", "paused"] = "active"
    aws: AwsOrigin | None = None

    @field_validator("name")
    @classmethod
    def _fits_one_line(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("a name has no line breaks or control characters")
        return name

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        fields = with_percentages(data)
        planned = fields.get("planned")
        if planned and fields.get("amount") is None and isinstance(planned, (list, tuple)):
            fields["amount"] = max(
                map(Planned.model_validate, planned), key=lambda one: one.start
            ).amount
        if fields.get("scope_type") == "total":
            value = str(fields.get("scope_value") or "").strip()
            if value.casefold() not in _WHOLE_ESTATE:
                raise ValueError(f"the scope total is everything and takes no value; received {value!r}")
            fields["scope_value"] = ""
        return fields

    @model_validator(mode="after")
    def _scope_is_whole(self) -> Self:
        if self.scope_type != "total":
            refuse_empty(self.scope_type, self.scope_value)
        return self

    @model_validator(mode="after")
    def _days_fit_the_period(self) -> Self:
        if self.period == "custom" and (self.start is None or self.end is None):
            raise ValueError("a custom period needs start and end, its first and last day")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("the first and last day are start and end, in this order")
        return self

    @model_validator(mode="after")
    def _amounts_fit_the_period(self) -> Self:
        if self.period == "custom" and (self.planned or self.adjust or self.rollover != "none"):
            raise ValueError("a custom period comes once: no planned amounts, adjustment or rollover")
        if self.planned and self.adjust:
            raise ValueError("amounts are planned or adjusted, not both")
        if self.rollover != "none" and self.start is None:
            raise ValueError("rollover needs a start: the day from which remainders are carried")
        for one in self.planned:
            begins = period_of(self.period, self.fiscal_year_start, one.start).start
            if one.start != begins:
                raise ValueError(
                    f"{one.start} is planned for and is not the first day of a {self.period} period; "
                    f"that is {begins}"
                )
        return self

    @property
    def alert_thresholds(self) -> tuple[float, ...]:
        """The percentages of the amount at which actual spend alerts, ascending."""
        return percentages_of(self.thresholds)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What a cost must satisfy, all of it; none for everything."""
        if self.scope_type == "total":
            return self.also
        return Condition(scope_type=self.scope_type, values=(self.scope_value,)), *self.also

    @property
    def scope(self) -> str:
        """The scope in words, such as ``service EC2 and team Platform``."""
        return " and ".join(map(str, self.conditions)) or "total"

    @property
    def tag(self) -> tuple[str, str]:
        """Key and value of a scope that goes by a tag."""
        return tag_of(self.scope_type, self.scope_value)

    @property
    def revision(self) -> str:
        """A digest of every field, to save a change against."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def make_budget(**fields: object) -> Budget:
    """A budget of these fields. Raises BudgetError naming each that makes no sense."""
    try:
        return Budget.model_validate(fields)
    except ValidationError as error:
        raise BudgetError("; ".join(map(_in_words, error.errors(include_url=False)))) from error


def _in_words(error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    given = error["input"]
    said = str(given) if isinstance(given, Decimal) else repr(given)
    received = f"; received {said}" if where else ""
    return f"{where or 'budget'}: {error['msg'].removeprefix('Value error, ')}{received}"
