"""Where does the month end? Our forecast beside run rate and seasonal naive, on synthetic costs.

Each series of ``benchmarks/cost_series.py`` is cut after days 5, 10, 15, 20 and 25 of twelve months, and
its month-end forecast from the days before the cut. Run rate is spent ÷ days elapsed × the month's days;
seasonal naive repeats the last week; both take every charge as it comes. ``python -m
benchmarks.forecasting`` prints, per kind and pooled over the kinds that do not break,

- the median of the absolute errors in percent of the month, ours and theirs, and the difference with its
  standard error, from resampled series (months of the sample);
- how many totals lie in the intervals of 80 and 95 % where there is one, with the standard error over
  series, and how often there is one;
- which models were chosen, and the median processor time of a forecast.

A last row is the bill of the sample estate. With ``--fit`` it fits the stretch of the intervals on the
tuning seeds and prints it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from benchmarks.cost_series import (
    CUT_MONTHS,
    EVALUATION_SEEDS,
    KINDS,
    STEADY,
    TUNING_SEEDS,
    CostSeries,
    cost_series,
)
from finops.estate import load_estate
from finops.forecasting import daily_costs, project_period
from finops.forecasting.backtest import outlook
from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import without_hidden_fees
from finops.forecasting.intervals import LEVELS
from finops.periods import Month
from finops.ri_engine.quantity import Floats

SEEDS = {"tuning": TUNING_SEEDS, "evaluation": EVALUATION_SEEDS}
SAMPLE, POOLED = "sample estate", "pooled, without breaks"
RULES = ("run_rate", "seasonal_naive")
_RESAMPLES = 400
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One cut of a series; ``cluster`` is its seed, or the month of the sample.

    Errors are in percent of the month; ``in_80`` and ``in_95`` are None without an interval.
    """

    kind: str
    cluster: int
    day: int
    ours: float
    run_rate: float
    seasonal_naive: float
    in_80: bool | None
    in_95: bool | None
    method: str
    seconds: float


def forecasts(series: CostSeries) -> Iterator[Forecast]:
    """All cuts of a series."""
    for month, day in series.cuts():
        known, total = series.known(month, day), series.month_end(month, day)
        begun = time.process_time()
        projection = project_period(known, (month.start, month.end))
        taken = time.process_time() - begun
        every = known.sum(axis=1).to_numpy()
        spent, left = every[-day:].sum(), month.days - day
        last_week = np.resize(every[-_WEEK:], left).sum()
        yield Forecast(
            kind=series.kind,
            cluster=month.month if series.kind == SAMPLE else series.seed,
            day=day,
            ours=_error(projection.total_usd, total),
            run_rate=_error(spent / day * month.days, total),
            seasonal_naive=_error(spent + last_week, total),
            in_80=_inside(projection.lower_80_usd, total, projection.upper_80_usd),
            in_95=_inside(projection.lower_95_usd, total, projection.upper_95_usd),
            method=projection.method,
            seconds=taken,
        )


def _error(forecast: float, total: float) -> float:
    return abs(forecast / total - 1) * 100


def _inside(low: float | None, total: float, high: float | None) -> bool | None:
    return None if low is None or high is None else low <= total <= high


class _Billed(CostSeries):
    """Costs of a bill: what came after the cut-off is what was billed."""

    def _break(self, month: Month, day: int) -> Floats:
        return np.ones(month.days)


def sample_series() -> CostSeries:
    """The billed cost of the sample estate; its last twelve whole months are forecast."""
    estate = load_estate()
    assert estate.billed is not None
    daily = daily_costs(estate.costs, "BilledCost", estate.billed.first, estate.billed.last)
    months = estate.billed.full_months[:CUT_MONTHS]
    return _Billed(kind=SAMPLE, seed=0, months=months[::-1], daily=daily)


def of_series(task: tuple[str, int]) -> list[Forecast]:
    return list(forecasts(cost_series(*task)))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """A row per kind, and one over all kinds that do not break; percentages."""
    groups = [(str(kind), group) for kind, group in rows.groupby("kind", sort=False)]
    return pd.DataFrame(
        [
            _summary(name, group)
            for name, group in [*groups, (POOLED, rows[rows["kind"].isin(STEADY)])]
            if len(group)
        ]
    )


def _summary(name: str, rows: pd.DataFrame) -> dict[str, object]:
    rng = np.random.default_rng(0)
    found: dict[str, object] = {"kind": name, "ours": rows["ours"].median()}
    for rule in RULES:
        difference, error = _difference(rows, rule, rng)
        found |= {rule: rows[rule].median(), f"ours - {rule}": difference, f"± {rule}": error}
    bounded = rows.dropna(subset="in_80")
    for level in (80, 95):
        share = bounded[f"in_{level}"].astype(float).groupby([bounded["kind"], bounded["cluster"]])
        found |= {
            f"in {level}": share.sum().sum() / len(bounded) * 100,
            f"± {level}": share.mean().sem() * 100,
        }
    return found | {"bounded": len(bounded) / len(rows) * 100, "ms": rows["seconds"].median() * 1000}


def _difference(rows: pd.DataFrame, rule: str, rng: np.random.Generator) -> tuple[float, float]:
    """Median error of ours less that of the rule, and its standard error over resampled series."""
    by_series = [group[["ours", rule]].to_numpy() for _, group in rows.groupby(["kind", "cluster"])]
    medians = np.median(np.concatenate(by_series), axis=0)
    drawn = np.empty(_RESAMPLES)
    for at in range(_RESAMPLES):
        chosen = rng.integers(len(by_series), size=len(by_series))
        ours, theirs = np.median(np.concatenate([by_series[one] for one in chosen]), axis=0)
        drawn[at] = ours - theirs
    error = float(drawn.std(ddof=1)) if len(by_series) > 1 else np.nan
    return float(medians[0] - medians[1]), error


def verdicts(table: pd.DataFrame) -> list[str]:
    """What was promised of the kinds that do not break, and whether it holds."""
    of = table.set_index("kind")
    pooled, kinds = of.loc[POOLED], of[of.index.isin(STEADY)]
    worse = [
        f"{kind} against {rule}"
        for rule in RULES
        for kind, row in kinds.iterrows()
        if row[f"ours - {rule}"] > 2 * row[f"± {rule}"]
    ]
    better = all(pooled[f"ours - {rule}"] < 0 for rule in RULES)
    return [
        f"pooled median error below both: {_yes(better)}",
        f"worse by more than two standard errors: {', '.join(worse) or 'on no kind'}",
        f"80 % interval holds 77-83 %: {_yes(77 <= pooled['in 80'] <= 83)} ({pooled['in 80']:.1f})",
        f"95 % interval holds 92-98 %: {_yes(92 <= pooled['in 95'] <= 98)} ({pooled['in 95']:.1f})",
        f"median processor time at most 5 ms: {_yes(pooled['ms'] <= 5)} ({pooled['ms']:.1f})",
    ]


def _yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def ratios(task: tuple[str, int]) -> list[tuple[float, ...]]:
    """Per cut with replays: days asked for ÷ span, and the miss ÷ the ranked miss at each level."""
    series, found = cost_series(*task), []
    for month, day in series.cuts():
        history = History.of(series.known(month, day))
        plain = without_hidden_fees(history, Calendar.of(history.first, history.days))
        left = month.days - day
        seen = outlook(plain, left, min(day, history.days))
        if not len(seen.missed) or seen.span < left:
            continue
        rest = series.month_end(month, day) - history.every[-day:].sum()
        ranked = np.quantile(np.abs(seen.missed.sum(axis=1)), LEVELS)
        if (ranked > 0).all():
            found.append((left / seen.span, *(abs(rest - seen.expected.sum()) / ranked)))
    return found


def fitted(rows: Floats) -> list[tuple[float, float]]:
    """Base and few at each level: a line through what tenths of the cuts, by their span, would need."""
    order = rows[np.argsort(rows[:, 0])]
    parts = np.array_split(order, 10)
    coefficients = []
    for at, level in enumerate(LEVELS, start=1):
        x, needed = zip(
            *((part[:, 0].mean(), np.quantile(part[:, at], level)) for part in parts), strict=True
        )
        few, base = np.polyfit(x, needed, 1)
        rest = np.quantile(rows[:, at] / (base + few * rows[:, 0]), level)
        coefficients.append((float(base * rest), float(few * rest)))
    return coefficients


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__)
    asked.add_argument("--seeds", choices=SEEDS, default="tuning")
    asked.add_argument("--limit", type=int, help="so many of the seeds")
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--fit", action="store_true", help="fit on the tuning seeds")
    given = asked.parse_args(words)
    seeds = TUNING_SEEDS if given.fit else SEEDS[given.seeds]
    kinds = STEADY if given.fit else KINDS
    tasks = [(kind, seed) for kind in kinds for seed in seeds[: given.limit]]
    with ProcessPoolExecutor(given.workers) as workers:
        if given.fit:
            print(fitted(np.array([row for part in workers.map(ratios, tasks) for row in part])))
            return
        found = [one for part in workers.map(of_series, tasks) for one in part]
    report([*found, *forecasts(sample_series())])


def report(found: Sequence[Forecast]) -> None:
    rows = pd.DataFrame([asdict(one) for one in found])
    table = summary(rows)
    print(table.to_string(index=False, float_format="{:.2f}".format))
    print("\n" + "\n".join(verdicts(table)))
    name = rows["method"].str.partition(":")
    rows["chosen"] = name[0].where(name[1].eq(""), "not tested")
    shares = pd.crosstab(rows["kind"], rows["chosen"], normalize="index").reindex(rows["kind"].unique())
    print("\nChosen, % of cuts\n" + (shares * 100).round().astype(int).to_string())


if __name__ == "__main__":
    main()
