"""Which services, accounts, regions, teams and resources explain an anomaly?

What each did on the days of the anomaly is held against what it did on the same weekdays of the four
weeks before it, and its fees against the fees that were expected of it. Per dimension the values that
explain nine tenths of the impact are named, dearest first and none below a hundredth, and the rest is
one line, so that each dimension adds up to the impact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from finops.insights.anomaly_events import Event
from finops.insights.daily_scopes import DIMENSIONS, DailyScopes, expected_daily_fees
from finops.insights.week_level import LEARNT, WEEK
from finops.money import exact, fit_cents, to_cents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

RESOURCE = "resource"
THE_REST = "(the rest)"
_EXPLAINS, _LEAST_SHARE, _MOST_VALUES = 0.9, 0.01, 50
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """What a value of a dimension did to the dollars of the anomaly, and its part in percent."""

    dimension: str
    value: str
    impact_usd: float
    share_pct: float


def cell_excess(daily: DailyScopes, event: Event) -> Floats:
    """Dollars of each cell (C, days of the event) beyond those of the four weeks before it."""
    start = event.days[0] - LEARNT
    at = np.ix_(np.arange(len(daily.scopes), len(daily.actual)), np.arange(start, event.days[-1] + 1))
    usage = daily.actual[at] - daily.fees[at]
    same_weekday = usage[:, :LEARNT].reshape(len(usage), -1, WEEK).mean(axis=1)
    usual = same_weekday[:, (event.days - event.days[0]) % WEEK]
    excess: Floats = (usage[:, event.days - start] - usual) * daily.members[event.row][:, None]
    return excess


def causes(daily: DailyScopes, event: Event, impact_usd: float) -> tuple[Cause, ...]:
    """Every dimension but the scope's own, then the resources; none for a day without a figure.

    Each dimension is in cents that add up to ``impact_usd``, the event's to the cent.
    """
    if event.kind == "missing_data":
        return ()
    by_cell = cell_excess(daily, event).sum(axis=1)
    found: list[Cause] = []
    for dimension in DIMENSIONS:
        if dimension != event.scope.dimension:
            values = pd.Series(by_cell).groupby(daily.cells[dimension].astype("str")).sum()
            found += _explained(dimension, values, event)
    found += _explained(RESOURCE, _by_resource(daily, event), event)
    by_dimension = groupby(found, key=lambda cause: cause.dimension)
    return tuple(one for _, of_it in by_dimension for one in _in_cents(list(of_it), impact_usd))


def _in_cents(found: Sequence[Cause], impact_usd: float) -> Iterator[Cause]:
    cents = fit_cents([exact(one.impact_usd) for one in found], to_cents(impact_usd))
    for one, usd in zip(found, cents, strict=True):
        yield replace(one, impact_usd=usd / 100)


def cause_text(event: Event, found: tuple[Cause, ...]) -> str:
    """The root cause in words: where it happened, and which resources it was."""
    if event.kind == "missing_data":
        return f"no charges of {event.scope.name}: the data is missing, or it was switched off"
    places, resources = [], []
    for cause in found:
        if cause.value == THE_REST or cause.share_pct < 10:
            continue
        if cause.dimension == RESOURCE:
            resources.append(cause)
        elif cause.share_pct >= 50:
            places.append(f"{cause.dimension} {cause.value} ({cause.share_pct:.0f} %)")
    every = [one for one in found if one.dimension == RESOURCE and one.value != THE_REST]
    named = ", ".join(one.value for one in (resources or every)[:_NAMED])
    more = len(every) - min(_NAMED, len(resources or every))
    if named:
        places.append(f"resources {named}" + (f" and {more} more" if more > 0 else ""))
    return "; ".join(places) or "spread over many; no value explains half of it"


def _by_resource(daily: DailyScopes, event: Event) -> pd.Series:
    charges = daily.charges[daily.members[event.row][daily.charges["cell"]]]
    fees, usage = charges[charges["fee"]], charges[~charges["fee"]]
    start = int(event.days[0])
    then = usage[usage["day"].isin(event.days)]
    before = usage[(usage["day"] >= start - LEARNT) & (usage["day"] < start)]
    # How often each weekday, counted from the start, is a day of the event.
    times = np.bincount((event.days - start) % WEEK, minlength=WEEK)
    weight = times[(before["day"] - start) % WEEK] * WEEK / LEARNT
    spent = then.groupby("resource")["usd"].sum()
    usual = (before["usd"] * weight).groupby(before["resource"]).sum()
    beyond: pd.Series = spent.sub(usual, fill_value=0.0).add(
        _fees_beyond(daily, event, fees), fill_value=0.0
    )
    return beyond


def _fees_beyond(daily: DailyScopes, event: Event, fees: pd.DataFrame) -> pd.Series:
    """Dollars of each resource's labelled fees on the days of the event beyond those expected of it."""
    known = fees[fees["day"] <= event.days[-1]]
    paid = known.pivot_table(
        index="resource", columns="day", values="usd", aggfunc="sum", fill_value=0.0
    )
    paid = paid.reindex(columns=range(int(event.days[-1]) + 1), fill_value=0.0)
    by_day = paid.to_numpy(dtype=np.float64)
    expected = expected_daily_fees(daily.first, np.zeros_like(by_day), by_day)
    return pd.Series((by_day - expected)[:, event.days].sum(axis=1), index=paid.index, dtype="float64")


def _explained(dimension: str, values: pd.Series, event: Event) -> Iterator[Cause]:
    """The values on the side of the event, until they explain enough, and the rest."""
    impact = event.impact_usd
    told = (values * event.side).sort_values(ascending=False, kind="stable")
    left = abs(impact)
    for name, usd in told.head(_MOST_VALUES).items():
        if usd < _LEAST_SHARE * abs(impact) or usd <= 0 or left <= (1 - _EXPLAINS) * abs(impact):
            break
        left -= usd
        yield Cause(dimension, str(name), event.side * usd, usd / abs(impact) * 100)
    if abs(left) >= 0.005:
        yield Cause(dimension, THE_REST, event.side * left, left / abs(impact) * 100)
