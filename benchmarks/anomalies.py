"""Are anomalies found? Ours beside "today > mean × 1.2" and a plain z-score, on synthetic costs.

Each looks at the 200 series of ``benchmarks/anomaly_series.py``. An alarm is the day on which something
is first told: ours as ``finops.insights.watch`` tells it, of the others the first day of a run of days
beyond their threshold. Mean and spread are those of the 28 days before; the z-score looks both ways. To
it a day that is not there costs nothing, and is left out of later means. ``watch`` is scored, one
series at a time: the least dollars that ``find_anomalies`` reports, and that it tells an event once in
all scopes, are no part of it. An anomaly is found by an alarm on one of its days; a false alarm lies
neither there nor in the four weeks after it, nor on days that were said to be planned or in the four
weeks after these. ``python -m benchmarks.anomalies`` prints, per kind,

- the share of anomalies that are found, that share weighed by dollars, F1, and false alarms a month, of
  each method at the threshold that has the highest F1 on the tuning seeds ("at its best");
- the same within two false alarms a month and series, each kind by itself: at the threshold of those
  that keep to it on the tuning seeds that finds the most dollars, or of equals the highest F1;
- ours with the thresholds that are shipped, and "today > mean × 1.2".

Thresholds are always chosen on the tuning seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.anomaly_series import (
    DAYS,
    EVALUATION_SEEDS,
    KINDS,
    TUNING_SEEDS,
    WARM_UP,
    AnomalySeries,
    anomaly_series,
)
from benchmarks.cost_series import MONTH_DAYS, RECURRING, USAGE
from finops.insights.daily_scopes import expected_daily_fees
from finops.insights.watch import watch
from finops.ri_engine.quantity import Floats

SEEDS = {"tuning": TUNING_SEEDS, "evaluation": EVALUATION_SEEDS}
OURS, MEAN, PLAIN_Z = "ours", "today > mean × k", "plain z-score"
LITERAL = "today > mean × 1.2"
MOST_FALSE = 2.0
_ECHO_DAYS, _BACK = 28, 28
_GRIDS: Mapping[str, Sequence[float]] = {
    OURS: (0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7, 2.0, 2.3, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0),
    MEAN: (3.0, 2.0, 1.7, 1.5, 1.4, 1.3, 1.25, 1.2, 1.15, 1.1, 1.05, 1.03, 1.02, 1.01, 1.0),
    PLAIN_Z: (5.0, 4.0, 3.5, 3.0, 2.5, 2.25, 2.0, 1.75, 1.5, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6),
}


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """S series of D days: dollars (NaN: no figure), expected fees, planned days."""

    series: tuple[AnomalySeries, ...]
    total: Floats
    fees: Floats
    planned: np.ndarray

    @classmethod
    def of(cls, series: Sequence[AnomalySeries]) -> Looked:
        total = np.array([(one.daily[USAGE] + one.daily[RECURRING]).to_numpy() for one in series])
        fees = np.array(
            [
                expected_daily_fees(
                    one.daily.index[0].date(),
                    one.daily[[USAGE]].fillna(0.0).to_numpy().T,
                    one.daily[[RECURRING]].fillna(0.0).to_numpy().T,
                )[0]
                for one in series
            ]
        )
        planned = np.zeros(total.shape, dtype=bool)
        for row, one in enumerate(series):
            planned[row, list(one.planned)] = True
        return cls(tuple(series), total, fees, planned)


def of_seeds(seeds: Sequence[int]) -> Looked:
    return Looked.of([anomaly_series(kind, seed) for kind in KINDS for seed in seeds])


def ours(looked: Looked, sensitivity: float) -> np.ndarray:
    """Days (S, D) on which something is told. The least usual miss is a thousandth of a mean day."""
    floor = 0.001 * np.nanmean(looked.total, axis=1)
    usage = looked.total - looked.fees
    return watch(usage, looked.fees, floor, looked.planned, sensitivity).told


def above_mean(looked: Looked, factor: float) -> np.ndarray:
    mean, _ = _before(looked.total)
    return _begins(looked.total > mean * factor)


def plain_z(looked: Looked, threshold: float) -> np.ndarray:
    mean, spread = _before(looked.total)
    return _begins(np.abs(np.nan_to_num(looked.total) - mean) > threshold * spread)


_METHODS: Mapping[str, Callable[[Looked, float], np.ndarray]] = {
    OURS: ours,
    MEAN: above_mean,
    PLAIN_Z: plain_z,
}


def _before(total: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of the 28 days before each day; NaN for the first."""
    windows = np.lib.stride_tricks.sliding_window_view(total, _BACK, axis=1)[:, :-1]
    found = np.full((2, *total.shape), np.nan)
    found[:, :, _BACK:] = np.nanmean(windows, axis=2), np.nanstd(windows, axis=2)
    return found[0], found[1]


def _begins(beyond: np.ndarray) -> np.ndarray:
    before = np.pad(beyond, ((0, 0), (1, 0)))[:, :-1]
    return beyond & ~before


def scores(looked: Looked, told: np.ndarray) -> pd.DataFrame:
    """A row per kind, and one over all: found, found by dollars, F1, and false alarms a month."""
    rows = []
    for one, alarms in zip(looked.series, told, strict=True):
        days = np.flatnonzero(alarms[WARM_UP - _BACK :]) + WARM_UP - _BACK
        days = days[~np.isin(days, one.planned)]
        excused = [(event.first, event.last) for event in one.injected]
        if one.planned:
            excused.append((one.planned[0], one.planned[-1]))
        false = sum(not any(a <= day <= b + _ECHO_DAYS for a, b in excused) for day in days)
        for event in one.injected:
            found = bool(((event.first <= days) & (days <= event.last)).any())
            rows.append(
                (one.kind, found, not found, abs(event.excess_usd) * found, abs(event.excess_usd), 0)
            )
        rows.append((one.kind, 0, 0, 0.0, 0.0, false))
    columns = ["kind", "found", "not_found", "found_usd", "usd", "false"]
    sums = pd.DataFrame(rows, columns=columns).groupby("kind")[columns[1:]].sum().loc[list(KINDS)]
    sums.loc["all"] = sums.sum()
    series = len(looked.series) / len(KINDS)
    months = series * (DAYS - WARM_UP + _BACK) / MONTH_DAYS
    months_of = np.array([months] * len(KINDS) + [months * len(KINDS)])
    return pd.DataFrame(
        {
            "found": sums["found"] / (sums["found"] + sums["not_found"]),
            "found_usd": sums["found_usd"] / sums["usd"],
            "f1": 2 * sums["found"] / (2 * sums["found"] + sums["false"] + sums["not_found"]),
            "false": sums["false"] / months_of,
        }
    )


Chosen = tuple[float, dict[str, float]]


def thresholds(looked: Looked) -> dict[str, Chosen]:
    """Per method the threshold of the highest F1, and per kind that within two false alarms a month."""
    chosen = {}
    for name, grid in _GRIDS.items():
        tried = {at: scores(looked, _METHODS[name](looked, at)) for at in grid}
        best = max(tried, key=lambda at: tried[at].loc["all", "f1"])
        within = {kind: _within(tried, kind) for kind in KINDS}
        chosen[name] = (best, within)
    return chosen


def _within(tried: Mapping[float, pd.DataFrame], kind: str) -> float:
    scored = {at: table.loc[kind] for at, table in tried.items()}
    kept = [at for at, score in scored.items() if score["false"] <= MOST_FALSE]
    return max(kept, key=lambda at: (scored[at]["found_usd"], scored[at]["f1"]))


def at_two(looked: Looked, name: str, of_kind: Mapping[str, float]) -> pd.DataFrame:
    """Each kind at its own threshold."""
    tables = {at: scores(looked, _METHODS[name](looked, at)) for at in set(of_kind.values())}
    return pd.DataFrame({kind: tables[at].loc[kind] for kind, at in of_kind.items()}).T


Tables = Mapping[str, pd.DataFrame]


def verdicts(best: Tables, within: Tables, literal: pd.DataFrame) -> list[str]:
    """On which kinds ours is better than each rule, that of 1.2 included, and where it is not."""
    asked = [
        ("F1 at its best", "f1", best),
        ("F1 within two false alarms a month", "f1", within),
        ("dollars found within two false alarms a month", "found_usd", within),
    ]
    return [_verdict(what, column, {**tables, LITERAL: literal}) for what, column, tables in asked]


def _verdict(what: str, column: str, tables: Tables) -> str:
    apart = {
        f"{kind} against {rule}": float(tables[OURS].loc[kind, column] - tables[rule].loc[kind, column])
        for rule in (MEAN, PLAIN_Z, LITERAL)
        for kind in KINDS
    }
    worse = [name for name, difference in apart.items() if difference < 0]
    equal = [name for name, difference in apart.items() if difference == 0]
    said = f"{what}: ours is better on each kind"
    for word, names in (("EQUAL", equal), ("WORSE", worse)):
        said += f"; {word} on {', '.join(names)}" if names else ""
    return said


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.anomalies", description=__doc__)
    asked.add_argument("--seeds", choices=SEEDS, default="tuning")
    asked.add_argument("--limit", type=int, help="so many of the seeds")
    given = asked.parse_args(words)
    chosen = thresholds(of_seeds(TUNING_SEEDS[: given.limit]))
    looked = of_seeds(SEEDS[given.seeds][: given.limit])
    best = {name: scores(looked, _METHODS[name](looked, at)) for name, (at, _) in chosen.items()}
    equal = {name: at_two(looked, name, of_kind) for name, (_, of_kind) in chosen.items()}
    _print("At its best", {f"{name} [{chosen[name][0]:g}]": table for name, table in best.items()})
    _print(f"Within {MOST_FALSE:g} false alarms a month", equal)
    literal = scores(looked, above_mean(looked, 1.2))
    _print("As they stand", {f"{OURS} [1]": scores(looked, ours(looked, 1.0)), LITERAL: literal})
    print("\n" + "\n".join(verdicts(best, equal, literal)))


def _print(title: str, tables: Mapping[str, pd.DataFrame]) -> None:
    joined = pd.concat(tables, axis=1)
    print(f"\n{title}: found, found by dollars, F1, false alarms a month and series")
    for name in tables:
        print(f"\n{name}\n" + joined[name].to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
