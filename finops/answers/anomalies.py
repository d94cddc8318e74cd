"""Which costs of the bill were out of the ordinary, and what do people say of them?

Daily cost is watched per service, account, region and team and in total (``finops.insights.anomalies``).
By default it is the effective cost, where the bill has it: a commitment that is paid upfront is no
anomaly of the day it was paid on. Verdicts are kept in ``anomaly_feedback.json`` of the state folder,
and used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from finops.answers.anomaly_scopes import SCOPE_TYPES, belongs_to, missing_scope, places, refuse_missing
from finops.answers.cost_basis import amortises
from finops.errors import AnomalyError, CurrencyError, EmptyInput, Issue, UnknownAnomaly
from finops.estate import DOLLARS, Estate
from finops.insights.anomalies import Anomaly, find_anomalies
from finops.insights.anomaly_feedback import VERDICTS, Feedback, FeedbackBook, Verdict
from finops.insights.daily_scopes import TOTAL, Scope, daily_scopes, identifier
from finops.insights.week_level import LEARNT
from finops.periods import Span
from finops.storage import reason_of

__all__ = [
    "BASES",
    "PLANNED_DAYS",
    "SCOPE_TYPES",
    "VERDICTS",
    "Anomaly",
    "AnomalyReport",
    "AnomalySettings",
    "Feedback",
    "FeedbackBook",
    "Verdict",
    "anomalies",
    "belongs_to",
    "give_feedback",
    "missing_scope",
    "places",
    "plan",
    "reset_feedback",
    "take_back",
    "verdicts",
]

BASES: Mapping[str, str] = {"effective": "EffectiveCost", "billed": "BilledCost"}
# A planned change of which only the beginning is known is learnt from as many days.
PLANNED_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalySettings:
    """What to report. ``min_usd`` None: a twentieth of what the estate costs on a usual day.

    A scope is that of an anomaly, or a value that explains half of it. ``since`` is a day on which or
    after which it ended. ``basis`` "": the effective cost, or the billed cost of a bill that lacks it.
    """

    scope_type: str = ""
    scope_value: str = ""
    since: date | None = None
    min_usd: float | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyReport:
    """Anomalies, the latest first; ``muted`` are those that verdicts say are noise.

    ``feedback`` are the verdicts in force. Dollars are those of ``basis``. ``min_usd`` is the least that
    is reported. ``period_start`` and ``period_end`` are the days that were watched, from the first
    charge on, of which the first four weeks are learnt from only; None, with a note, without a bill.
    """

    anomalies: tuple[Anomaly, ...]
    muted: tuple[Anomaly, ...]
    feedback: tuple[Feedback, ...]
    min_usd: float
    usual_day_usd: float
    basis: str
    period_start: date | None
    period_end: date | None
    history_days: int
    as_of: date
    source: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]


def anomalies(
    estate: Estate,
    settings: AnomalySettings | None = None,
    feedback: tuple[Feedback, ...] | None = None,
) -> AnomalyReport:
    """The anomalies of the bill up to its last whole day; ``feedback`` by default that of the user.

    Raises CurrencyError for a bill not in dollars, EmptyInput where no charge has a cost of the basis
    or is of the scope, BudgetError for a value of the total, StateError where the verdicts cannot be
    read.
    """
    asked = settings or AnomalySettings()
    chosen = asked.basis or ("effective" if amortises(estate) else "billed")
    fell_back = not asked.basis and chosen == "billed"
    asked = replace(asked, basis=chosen)
    if estate.currency not in {None, DOLLARS}:
        raise CurrencyError(
            f"anomalies are in US dollars, and the bill is in {estate.currency}; load a bill in USD"
        )
    said = verdicts(estate) if feedback is None else feedback
    if estate.billed is None or estate.costs.empty:
        return _report(
            estate,
            asked,
            said,
            notes=("resource lists have no daily costs: give a bill (--billing) to find anomalies",),
        )
    column = BASES[asked.basis]
    unpriced = int(estate.costs[column].isna().sum())
    if unpriced == len(estate.costs):
        raise EmptyInput(f"no charge of the bill has {column}; choose another --basis")
    refuse_missing(estate, asked.scope_type, asked.scope_value, asked.basis)
    daily = daily_scopes(estate.costs, column, estate.billed)
    found = find_anomalies(daily, said, least_usd=asked.min_usd)
    short = daily.days <= LEARNT
    notes = [
        (short, f"days of history: {daily.days}; the first {LEARNT} are learnt from only"),
        (
            fell_back,
            "the bill has no usable EffectiveCost: billed cost, with upfront payments on their day",
        ),
        (unpriced > 0, f"charges without {column}, left out: {unpriced}"),
    ]
    return _report(
        estate,
        asked,
        said,
        days=Span(daily.first, estate.billed.last),
        anomalies=tuple(one for one in found.anomalies if _asked_for(one, asked)),
        muted=tuple(one for one in found.muted if _asked_for(one, asked)),
        min_usd=found.least_usd,
        usual_day_usd=found.usual_day_usd,
        notes=tuple(text for holds, text in notes if holds),
    )


def verdicts(estate: Estate, book: FeedbackBook | None = None) -> tuple[Feedback, ...]:
    """The verdicts on this estate: those on the sample are kept apart."""
    return (book or FeedbackBook()).entries(estate.is_sample)


def _report(
    estate: Estate,
    asked: AnomalySettings,
    feedback: tuple[Feedback, ...],
    *,
    notes: tuple[str, ...],
    days: Span | None = None,
    anomalies: tuple[Anomaly, ...] = (),
    muted: tuple[Anomaly, ...] = (),
    min_usd: float = 0.0,
    usual_day_usd: float = 0.0,
) -> AnomalyReport:
    billed = days or estate.billed
    return AnomalyReport(
        anomalies=anomalies,
        muted=muted,
        feedback=feedback,
        min_usd=min_usd,
        usual_day_usd=usual_day_usd,
        basis=asked.basis,
        period_start=billed.first if billed else None,
        period_end=billed.last if billed else None,
        history_days=(billed.last - billed.first).days + 1 if billed else 0,
        as_of=estate.as_of,
        source="costs" if billed else "inventory",
        notes=notes,
        issues=estate.issues,
    )


def _asked_for(one: Anomaly, asked: AnomalySettings) -> bool:
    if asked.since is not None and one.end < asked.since:
        return False
    return belongs_to(one, asked.scope_type, asked.scope_value)


def give_feedback(
    estate: Estate,
    anomaly_id: str,
    verdict: Verdict,
    *,
    at: datetime,
    until: date | None = None,
    note: str = "",
    settings: AnomalySettings | None = None,
    seen: Sequence[Feedback] | None = None,
    book: FeedbackBook | None = None,
) -> Feedback:
    """Keep what somebody says of an anomaly; an earlier verdict on it is replaced.

    ``until`` is the last day of a planned change, by default a fortnight after its first. Raises
    UnknownAnomaly where the estate has none of this id, AnomalyError where the days make no sense, and
    StateChanged where the verdict is no longer the one among ``seen``, if these are given.
    """
    kept = book or FeedbackBook()
    report = anomalies(estate, settings, verdicts(estate, kept))
    before = {one.anomaly_id: one for one in report.feedback}.get(anomaly_id)
    one = next((one for one in (*report.anomalies, *report.muted) if one.id == anomaly_id), None)
    if until is not None and verdict != "planned":
        raise AnomalyError(
            f"only a planned change has a last day; received --until {until} with {verdict}"
        )
    if one is None and before is None:
        raise UnknownAnomaly(
            f"no anomaly has the id {anomaly_id!r}; `python -m finops anomalies` lists those there are"
        )
    said: dict[str, object] = {"verdict": verdict, "note": note, "given_at": at}
    if one is not None:
        said |= {
            "anomaly_id": one.id,
            "dimension": one.dimension,
            "value": one.value,
            "side": one.side,
            "kind": one.kind,
            "start": one.date,
            "until": one.end,
            "dearest_day_usd": one.dearest_day_usd,
            "sample": estate.is_sample,
        }
    elif before is not None:
        said = before.model_dump() | said
    if verdict == "planned":
        start = said["start"]
        assert isinstance(start, date)
        said["until"] = until or start + timedelta(days=PLANNED_DAYS - 1)
    entry = _checked(said)
    kept.give(entry, seen)
    return entry


def plan(
    scope_type: str,
    scope_value: str,
    start: date,
    until: date,
    *,
    sample: bool,
    at: datetime,
    note: str = "",
    book: FeedbackBook | None = None,
) -> Feedback:
    """Say of a change before it comes that it is meant: from ``start`` to ``until`` nobody is alarmed.

    Raises AnomalyError for days that make no sense, and for a scope without its value.
    """
    if (scope_type == TOTAL) == bool(scope_value):
        asked = "no value" if scope_type == TOTAL else "a value"
        raise AnomalyError(f"the scope {scope_type} needs {asked}; received {scope_value!r}")
    entry = _checked(
        {
            "anomaly_id": identifier(Scope(scope_type, scope_value), start, "planned"),
            "verdict": "planned",
            "dimension": scope_type,
            "value": scope_value,
            "side": 1,
            "start": start,
            "until": until,
            "dearest_day_usd": 0.0,
            "note": note,
            "sample": sample,
            "given_at": at,
        }
    )
    (book or FeedbackBook()).give(entry)
    return entry


def _checked(said: Mapping[str, object]) -> Feedback:
    try:
        return Feedback.model_validate(said)
    except ValidationError as error:
        raise AnomalyError(
            f"the verdict on {said['anomaly_id']} makes no sense: {reason_of(error)}"
        ) from error


def take_back(
    anomaly_id: str,
    *,
    sample: bool,
    seen: Sequence[Feedback] | None = None,
    book: FeedbackBook | None = None,
) -> Feedback:
    """Forget a verdict. Raises UnknownAnomaly where none was given on this id, StateChanged as above."""
    kept = book or FeedbackBook()
    entry = next((one for one in kept.entries(sample) if one.anomaly_id == anomaly_id), None)
    if entry is None:
        raise UnknownAnomaly(f"no verdict was given on {anomaly_id!r}")
    kept.take_back(anomaly_id, sample, seen)
    return entry


def reset_feedback(book: FeedbackBook | None = None, at: datetime | None = None) -> tuple[Path, ...]:
    """Set a document of verdicts aside that cannot be read; where it is now."""
    return (book or FeedbackBook()).reset(at)
