"""Which way do the dollars take, from the services by the rules to those who pay?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from finops import schema
from finops.chargeback.report import UNALLOCATED, ChargebackLine, ChargebackReport
from finops.money import exact_sum, from_cents, round_lines, to_cents

NO_RULE, NO_SERVICE = "No rule fits", "No service named"
MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Dollars, to the cent, that go from one name to another; below zero where credits are more."""

    start: str
    end: str
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """``into_rules`` from services, ``into_targets`` from rules. Each adds up to ``total_usd``."""

    into_rules: tuple[Flow, ...]
    into_targets: tuple[Flow, ...]
    total_usd: Decimal


def flows(report: ChargebackReport, most: int = MOST) -> Flows:
    """The way of every dollar of a report, whose lines are those of its charges.

    The ``most`` dearest services and targets have a name of their own, the rest is ``Other …``. A charge
    of no rule goes by ``No rule fits``. Largest flow first, equal ones by name.
    """
    detail = report.detail[report.detail["cost_usd"].notna()]
    rules = detail["rule"].astype("object").where(detail["rule"].notna(), NO_RULE)
    services = detail["service"].astype("object").where(detail["service"].notna(), NO_SERVICE)
    by_service = _sums(detail, services, rules)
    into_rules = dict(
        zip(
            by_service,
            round_lines(list(by_service.values()), to_cents(report.total_usd)),
            strict=True,
        )
    )
    into_targets = _into_targets(report, detail, rules)
    return Flows(
        into_rules=_flows(into_rules, most, start="Other services"),
        into_targets=_flows(into_targets, most, end="Other targets"),
        total_usd=report.total_usd,
    )


def _sums(detail: pd.DataFrame, starts: pd.Series, ends: pd.Series) -> dict[tuple[str, str], Decimal]:
    """Exact dollars by pair, in the order of the names."""
    groups = detail.groupby([starts.to_numpy(), ends.to_numpy()], sort=True)["cost_usd"]
    return {(str(start), str(end)): schema.total(costs) for (start, end), costs in groups}


def _into_targets(
    report: ChargebackReport, detail: pd.DataFrame, rules: pd.Series
) -> dict[tuple[str, str], int]:
    """Cents by rule and target; those of a target are its line."""
    shared = {part.rule for part in report.parts}
    apart = (detail["allocated_to"] == UNALLOCATED) & rules.isin(shared)
    own = _sums(detail[~apart], rules[~apart], detail.loc[~apart, "allocated_to"])
    cents: dict[tuple[str, str], int] = {}
    for line in report.lines:
        cents.update(_direct(line, own))
    for part in report.parts:
        pair = (part.rule, part.allocated_to)
        cents[pair] = cents.get(pair, 0) + to_cents(part.usd)
    return cents


def _direct(line: ChargebackLine, own: Mapping[tuple[str, str], Decimal]) -> dict[tuple[str, str], int]:
    mine = {pair: usd for pair, usd in own.items() if pair[1] == line.allocated_to}
    parts = round_lines(list(mine.values()), to_cents(line.direct_usd)) if mine else []
    return dict(zip(mine, parts, strict=True))


def _flows(
    cents: Mapping[tuple[str, str], int],
    most: int,
    *,
    start: str | None = None,
    end: str | None = None,
) -> tuple[Flow, ...]:
    """``start`` or ``end`` is the name for those that have none of their own on that side."""
    side = 0 if start else 1
    rest = start or end or ""
    named = _dearest(((pair[side], usd) for pair, usd in cents.items()), most)
    merged: dict[tuple[str, str], int] = {}
    for pair, usd in cents.items():
        name = pair[side] if pair[side] in named else rest
        key = (name, pair[1]) if side == 0 else (pair[0], name)
        merged[key] = merged.get(key, 0) + usd
    made = [Flow(start=pair[0], end=pair[1], usd=from_cents(usd)) for pair, usd in merged.items() if usd]
    return tuple(sorted(made, key=lambda flow: (-flow.usd, flow.start, flow.end)))


def _dearest(amounts: Iterable[tuple[str, int]], most: int) -> Sequence[str]:
    sums: dict[str, int] = {}
    for name, usd in amounts:
        sums[name] = sums.get(name, 0) + usd
    ordered = sorted(sums, key=lambda name: (-sums[name], name))
    # One that is left over has its own name: "other" would say less in as much room.
    return ordered if len(ordered) <= most + 1 else ordered[:most]


def drawn_and_not(parts: Sequence[Flow]) -> tuple[tuple[Flow, ...], Decimal]:
    """The flows above zero, which a picture can show, and the sum of the others."""
    drawn = tuple(flow for flow in parts if flow.usd > 0)
    return drawn, exact_sum(flow.usd for flow in parts if flow.usd < 0)
