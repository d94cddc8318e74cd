"""Has advice paid in the past? Rolling origins over the estate's own hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finops.answers.commitments import CommitmentSettings, hourly_usage, prices_for
from finops.errors import EmptyInput, Issue
from finops.estate import Estate
from finops.pricing import Catalogue
from finops.ri_engine.backtest import (
    Backtest,
    Fold,
    LosingPool,
    WindowChoice,
    backtest,
    check_history,
    choose_window,
    given_window,
    sized_for,
)
from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.owned import shield
from finops.ri_engine.pools import last_complete_day

__all__ = ["BacktestedAdvice", "Fold", "LosingPool", "WindowChoice", "backtest_advice"]

_LOOKBACK_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestedAdvice:
    """The folds and their totals in dollars of their hours; percentages are 0 to 100.

    ``window`` is what advice of today is sized on; the folds chose theirs on what was known at each.
    ``source`` is the evidence: always hourly usage.
    """

    report: Backtest
    window: WindowChoice
    as_of: date
    source: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]


def backtest_advice(
    estate: Estate, settings: CommitmentSettings | None = None, catalogue: Catalogue | None = None
) -> BacktestedAdvice:
    """What ``recommend`` with these settings would have promised in the past, and what came of it.

    Raises EmptyInput without 90 days of hourly usage, CurrencyError where only a bill in another
    currency has any.
    """
    asked = settings or CommitmentSettings()
    evidence = _evidence(estate, asked, catalogue)
    check_history(evidence)
    limits, days = asked.limits, asked.lookback_days

    def window_at(known: Evidence) -> WindowChoice:
        return choose_window(known, limits) if days is None else given_window(days)

    return BacktestedAdvice(
        report=backtest(
            evidence, estate.commitments, limits, lambda known: sized_for(known, window_at(known))
        ),
        window=window_at(evidence),
        as_of=evidence.as_of,
        source=evidence.kind,
        notes=(*evidence.notes, *_notes(asked)),
        issues=estate.issues,
    )


def _evidence(estate: Estate, asked: CommitmentSettings, catalogue: Catalogue | None) -> Evidence:
    usage = hourly_usage(estate)
    if usage is None:
        raise EmptyInput(
            f"there is no hourly usage up to {estate.as_of} to back-test on, and 90 days of it are "
            "needed: give hourly usage (--usage), or a bill with hours of instances (--billing)"
        )
    return from_usage(
        usage,
        shield(estate.commitments, min(estate.as_of, last_complete_day(usage))),
        prices_for(asked, catalogue),
        as_of=estate.as_of,
        lookback_days=asked.lookback_days or _LOOKBACK_DAYS,
    )


def _notes(asked: CommitmentSettings) -> tuple[str, ...]:
    notes = [
        "horizons of neighbouring origins overlap: the totals compare promise, outcome and hindsight; "
        "they are not dollars of one period",
        "prices are those of today in every fold",
    ]
    if asked.max_expiring_pct is not None:
        notes.append("every fold buys at once: purchases spread over months are not back-tested")
    return tuple(notes)
