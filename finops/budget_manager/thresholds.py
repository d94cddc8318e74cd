"""At which spend does a budget alert? At a percentage of its amount, or at dollars.

``on`` says what is held against it: actual spend, the forecast for the period's end, or the pace
(spend as a percentage of the straight line to date: amount × days elapsed ÷ days of the period).
A threshold is reached at its value: 80.00 % has reached 80 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from finops.budget_manager.amounts import Dollars
from finops.errors import BudgetError

On = Literal["actual", "forecast", "pace"]
Unit = Literal["percent", "usd"]
DEFAULT_PERCENTAGES = (50, 80, 100)

EXAMPLE = "50, 80, 100, $500, forecast 100, pace 120"
_WRITTEN = re.compile(r"(?:(actual|forecast|pace)[ :]\s*)?(?:(\$)\s*([0-9.]+)|([0-9.]+)\s*%?)")
# $1,500 would be $1 and 500 %.
_GROUPED = re.compile(r"\$\s*[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_NO_FORECAST = frozenset({"forecast none", "forecast:none"})
_ORDER = {name: place for place, name in enumerate(get_args(On))}


class Threshold(BaseModel):
    """A value above 0, in percent of the budget's amount or in US dollars."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: On = "actual"
    unit: Unit = "percent"
    value: Dollars

    @model_validator(mode="after")
    def _pace_is_a_percentage(self) -> Self:
        if self.on == "pace" and self.unit != "percent":
            raise ValueError("a threshold on pace is a percentage of the straight line to date")
        return self

    def amount_usd(self, budget_amount: Decimal) -> Decimal:
        """The dollars at which it is reached, for a budget (or for pace, a plan to date) of so many."""
        return self.value if self.unit == "usd" else budget_amount * self.value / 100

    def percent_of(self, budget_amount: Decimal) -> Decimal:
        """The percentage of the budget at which it is reached."""
        return self.value if self.unit == "percent" else self.value * 100 / budget_amount

    @property
    def key(self) -> tuple[int, str, Decimal]:
        """The order of thresholds: actual, forecast, pace; percentages, dollars; ascending."""
        return _ORDER[self.on], self.unit, self.value

    def __str__(self) -> str:
        """As ``read_thresholds`` reads it: ``80%``, ``$500``, ``forecast 100%``, ``pace 120%``."""
        number = f"{self.value.normalize():f}"
        value = f"{number}%" if self.unit == "percent" else f"${number}"
        return value if self.on == "actual" else f"{self.on} {value}"


def _in_order(thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    # 80 and 80.0 are one threshold, and the first one stays as it was written.
    first: dict[tuple[int, str, Decimal], Threshold] = {}
    for threshold in thresholds:
        first.setdefault(threshold.key, threshold)
    return tuple(first[key] for key in sorted(first))


Thresholds = Annotated[tuple[Threshold, ...], AfterValidator(_in_order)]


def on_actual(percentages: Iterable[object]) -> tuple[Threshold, ...]:
    """A threshold on actual spend at each of these percentages."""
    # Validated, not constructed: the percentages may be what a user typed.
    return tuple(
        Threshold.model_validate({"on": "actual", "unit": "percent", "value": value})
        for value in percentages
    )


FORECAST_OVER = Threshold(on="forecast", unit="percent", value=Decimal(100))
DEFAULT = (*on_actual(DEFAULT_PERCENTAGES), FORECAST_OVER)


def percentages_of(thresholds: Iterable[Threshold]) -> tuple[float, ...]:
    """The percentages of the thresholds on actual spend, ascending."""
    return tuple(float(one.value) for one in thresholds if one.on == "actual" and one.unit == "percent")


def with_percentages(data: Mapping[str, object]) -> dict[str, object]:
    """Fields of a budget in which ``alert_thresholds`` (percentages on actual) are ``thresholds``.

    They replace the percentages on actual that there are, and leave every other threshold.
    """
    fields = dict(data)
    percentages = fields.pop("alert_thresholds", None)
    if percentages is None:
        return fields
    if not isinstance(percentages, Sequence) or isinstance(percentages, str) or not percentages:
        raise ValueError("thresholds are percentages above 0, such as 50, 80, 100; at least one")
    kept = fields.get("thresholds", (FORECAST_OVER.model_dump(mode="json"),))
    fields["thresholds"] = (
        *({"on": "actual", "unit": "percent", "value": value} for value in percentages),
        *(one for one in (kept if isinstance(kept, Sequence) else ()) if not _is_on_actual(one)),
    )
    return fields


def read_thresholds(text: str) -> tuple[Threshold, ...]:
    """Thresholds with commas between: ``50, 80, $500, forecast 100, pace 120``.

    A plain number is a percentage of the amount, on actual spend. Where nothing is said of the
    forecast, it alerts at 100 %, as without saying; ``forecast none`` is no such alert. Raises
    BudgetError.
    """
    if grouped := _GROUPED.search(text):
        raise BudgetError(
            f"a comma parts two thresholds: write ${grouped[0][1:].replace(',', '')} without one; "
            f"received {text!r}"
        )
    found: list[Threshold] = []
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        said = _WRITTEN.fullmatch(word)
        if word in _NO_FORECAST:
            continue
        if said is None:
            raise BudgetError(
                f"thresholds are percentages or dollars with commas between, such as {EXAMPLE}; "
                f"received {word!r}"
            )
        on, dollar, dollars, percentage = said.groups()
        number = dollars or percentage
        unit = "usd" if dollar else "percent"
        try:
            found.append(Threshold.model_validate({"on": on or "actual", "unit": unit, "value": number}))
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            raise BudgetError(f"threshold {word!r}: {reason}") from error
    if not any(one.on == "forecast" for one in found) and not _NO_FORECAST & set(words):
        found.append(FORECAST_OVER)
    return _in_order(tuple(found))


def _is_on_actual(threshold: object) -> bool:
    if isinstance(threshold, Threshold):
        return (threshold.on, threshold.unit) == ("actual", "percent")
    if isinstance(threshold, Mapping):
        on, unit = threshold.get("on", "actual"), threshold.get("unit", "percent")
        return (on, unit) == ("actual", "percent")
    return False
