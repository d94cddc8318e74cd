"""What is a budget? A scope, an amount in US dollars for a period, and the thresholds that alert."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from finops.budget_manager.amounts import Dollars
from finops.budget_manager.thresholds import DEFAULT, Thresholds, percentages_of, with_percentages
from finops.errors import BudgetError

ScopeType = Literal[
    "total", "service", "region", "account", "team", "environment", "cost_center", "project", "tag"
]
PeriodKind = Literal["monthly", "quarterly", "annual", "custom"]
CostBasis = Literal["billed", "effective"]

SCOPE_TYPES: tuple[str, ...] = get_args(ScopeType)
PERIODS: tuple[str, ...] = get_args(PeriodKind)
# Scopes that go by a tag of the mandatory ones.
NAMED_TAGS = {
    "team": "Team",
    "environment": "Environment",
    "cost_center": "CostCenter",
    "project": "Project",
}
_WHOLE_ESTATE = frozenset({"", "*", "all", "total"})


class Budget(BaseModel):
    """A budget. ``scope_value`` is blank for total and ``Key=Value`` for a tag.

    ``amount`` is US dollars for one period, ``thresholds`` when it alerts.
    ``start`` and ``end`` are the first and the last day of a custom period, and null otherwise.
    ``cost_basis`` says which costs of a bill count: billed (on its cash date) or effective
    (upfront fees spread over their term).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    scope_type: ScopeType
    scope_value: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    amount: Dollars
    period: PeriodKind = "monthly"
    start: date | None = None
    end: date | None = None
    owner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    thresholds: Thresholds = DEFAULT
    cost_basis: CostBasis = "billed"
    created: date | None = None
    status: Literal["active", "paused"] = "active"

    @field_validator("name")
    @classmethod
    def _fits_one_line(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("a name has no line breaks or control characters")
        return name

    @model_validator(mode="before")
    @classmethod
    def _percentages_are_thresholds(cls, data: object) -> object:
        return with_percentages(data) if isinstance(data, dict) else data

    @model_validator(mode="before")
    @classmethod
    def _total_has_no_value(cls, data: object) -> object:
        if not isinstance(data, dict) or data.get("scope_type") != "total":
            return data
        value = str(data.get("scope_value") or "").strip()
        if value.casefold() not in _WHOLE_ESTATE:
            raise ValueError(f"the scope total is everything and takes no value; received {value!r}")
        return {**data, "scope_value": ""}

    @model_validator(mode="after")
    def _scope_is_whole(self) -> Budget:
        if self.scope_type != "total" and not self.scope_value:
            raise ValueError(
                f"the scope {self.scope_type} needs a scope_value, such as {_EXAMPLE[self.scope_type]}"
            )
        key, equals, value = self.scope_value.partition("=")
        if self.scope_type == "tag" and not (key.strip() and equals and value.strip()):
            raise ValueError(
                f"a tag scope is Key=Value, such as Project=Atlas; received {self.scope_value!r}"
            )
        return self

    @model_validator(mode="after")
    def _days_fit_the_period(self) -> Budget:
        if self.period != "custom":
            if self.start is not None or self.end is not None:
                raise ValueError(f"start and end belong to a custom period, not to a {self.period} one")
        elif self.start is None or self.end is None or self.end < self.start:
            raise ValueError("a custom period needs start and end, its first and last day")
        return self

    @property
    def alert_thresholds(self) -> tuple[float, ...]:
        """The percentages of the amount at which actual spend alerts, ascending."""
        return percentages_of(self.thresholds)

    @property
    def tag(self) -> tuple[str, str]:
        """Key and value of a scope that goes by a tag."""
        if self.scope_type in NAMED_TAGS:
            return NAMED_TAGS[self.scope_type], self.scope_value
        key, _, value = self.scope_value.partition("=")
        return key.strip(), value.strip()


_EXAMPLE = {
    "service": "EC2, S3 or combined",
    "region": "us-east-1",
    "account": "123456789012",
    "team": "Platform",
    "environment": "Prod",
    "cost_center": "CC-100",
    "project": "Atlas",
    "tag": "Project=Atlas",
}


def make_budget(**fields: object) -> Budget:
    """A budget of these fields. Raises BudgetError naming each that makes no sense."""
    try:
        return Budget.model_validate(fields)
    except ValidationError as error:
        raise BudgetError("; ".join(map(_in_words, error.errors(include_url=False)))) from error


def _in_words(error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    received = f"; received {error['input']!r}" if where else ""
    return f"{where or 'budget'}: {error['msg'].removeprefix('Value error, ')}{received}"
