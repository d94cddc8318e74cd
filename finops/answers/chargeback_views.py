"""What do the views of a chargeback show beside its lines? Steps between periods, ways, and charges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from finops.answers.allocation import Chargeback
from finops.answers.closing import Settled
from finops.chargeback import NO_RULE, Flow, Flows, drawn_and_not, flows, opened
from finops.errors import AllocationError
from finops.money import exact_sum

__all__ = ["ByRule", "Flow", "Flows", "Ways", "opened_line", "steps_between", "ways"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways of the dollars: all of them, those that a picture can show, and the dollars below zero
    that it cannot, between services and rules and between rules and targets."""

    flows: Flows
    drawn_into_rules: tuple[Flow, ...]
    drawn_into_targets: tuple[Flow, ...]
    not_drawn_into_rules_usd: Decimal
    not_drawn_into_targets_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRule:
    """What one rule adds to a line: charges and dollars, exact."""

    rule: str
    kind: str
    charges: int
    usd: Decimal


def ways(result: Settled) -> Ways:
    """The way of every dollar from services by rules to targets; each half adds up to the total.

    Raises AllocationError for a frozen period whose bill has been restated: its charges are no longer
    those that made its lines.
    """
    report = result.answer.report
    if result.restated:
        raise AllocationError(
            f"the bill of {report.period} has been restated since it was closed: its charges are no "
            "longer those that made its lines"
        )
    way = flows(report)
    rules, rules_not = drawn_and_not(way.into_rules)
    targets, targets_not = drawn_and_not(way.into_targets)
    return Ways(
        flows=way,
        drawn_into_rules=rules,
        drawn_into_targets=targets,
        not_drawn_into_rules_usd=rules_not,
        not_drawn_into_targets_usd=targets_not,
    )


def steps_between(answer: Chargeback) -> tuple[tuple[str, Decimal], ...]:
    """What led from the total of the period before to this one: the movers, then all other lines."""
    report = answer.report
    if report.previous_total_usd is None:
        return ()
    movers = [(mover.allocated_to, mover.change_usd) for mover in answer.review.movers]
    rest = report.total_usd - report.previous_total_usd - exact_sum(usd for _, usd in movers)
    return (*movers, *([("All other lines", rest)] if rest else []))


def opened_line(answer: Chargeback, allocated_to: str) -> tuple[tuple[ByRule, ...], pd.DataFrame]:
    """A line by rule and its charges (``TRAIL``), dearest first; each adds up to the line.

    Raises AllocationError for no such line.
    """
    trail = opened(answer.report, allocated_to)
    no_rule = trail["kind"].map({"direct": NO_RULE, "rounding": "–"})
    named = trail.assign(rule=trail["rule"].fillna(no_rule))
    rows = [
        ByRule(rule=str(rule), kind=str(kind), charges=len(group), usd=exact_sum(group["cost_usd"]))
        for (rule, kind), group in named.groupby(["rule", "kind"], sort=True)
    ]
    dearest = named.sort_values("cost_usd", ascending=False, kind="stable").reset_index(drop=True)
    return tuple(sorted(rows, key=lambda row: -row.usd)), dearest
