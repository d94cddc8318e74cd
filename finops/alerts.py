"""What is an alert? One threshold that one subject has reached in one period, whoever raises it.

Budgets, commitments, tag compliance and anomalies raise the same record, so that one history keeps
them and one channel carries them.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field

from finops.money import exact

Source = Literal["budget", "commitment", "compliance", "anomaly"]
Kind = Literal["actual", "forecast", "pace", "utilization", "coverage", "expiry", "compliance", "impact"]
Unit = Literal["percent", "usd", "days"]
Severity = Literal["early_warning", "action_required", "exceeded", "forecast", "pace"]

# Stored as the text of a decimal, read as a float: for figures that are shown and compared, not added.
Stored = Annotated[
    float,
    PlainSerializer(lambda figure: str(exact(figure)), return_type=str, when_used="json"),
    Field(allow_inf_nan=False),
]


class Alert(BaseModel):
    """One threshold of one subject in one period. ``raised_on`` is the ``as_of`` it was seen on.

    ``subject_id`` and ``subject`` are the id and the name of a budget or commitment, or what else it
    is about. ``threshold`` and ``measured`` are in ``unit``: percent of an amount, dollars, or days
    left. ``period_start`` and ``period_end`` are the first and last day of what it is about; the last
    is null where an earlier version did not keep it. ``message`` says what happened, ``action`` what
    to do; both are for readers and hold names as they were written.

    ``actual_usd`` are the dollars that were measured: what a budget has spent (also for a forecast,
    whose dollars ``forecast_usd`` holds), what an anomaly costs beyond what was expected, or of a month
    what a commitment's unused part costs, what is not covered, what is not compliant. ``amount_usd`` is
    the budget's. Null where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    subject_id: str
    subject: str
    kind: Kind
    threshold: Stored
    unit: Unit
    measured: Stored | None
    severity: Severity
    actual_usd: Stored | None
    forecast_usd: Stored | None = None
    amount_usd: Stored | None = None
    set_amount_usd: Stored | None = None
    message: str
    action: str
    period_start: date
    period_end: date | None
    raised_on: date

    @property
    def key(self) -> tuple[str, ...]:
        """What there is only one alert of: a threshold of a subject in a period.

        A percentage of another amount is another threshold: who has raised a budget that was exceeded
        wants to hear when that is exceeded, too.
        """
        of = self.set_amount_usd if self.unit == "percent" else None
        return (
            self.source,
            self.subject_id,
            self.kind,
            self.unit,
            _text(self.threshold),
            "" if of is None else _text(of),
            self.period_start.isoformat(),
        )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """A digest of the key: the same alert has the same id in every process."""
        return hashlib.sha256("\x1f".join(self.key).encode()).hexdigest()[:12]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def budget_id(self) -> str | None:
        """The id of the budget that it is about, None where it is about something else."""
        return self.subject_id if self.source == "budget" else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def budget_name(self) -> str | None:
        """The name of that budget."""
        return self.subject if self.source == "budget" else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def threshold_pct(self) -> float | None:
        """The threshold, where it is a percentage."""
        return self.threshold if self.unit == "percent" else None


def _text(figure: float) -> str:
    return f"{exact(figure).normalize():f}"
