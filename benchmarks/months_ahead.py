"""What do coming months cost? Our months beside the naive rules, on synthetic costs.

Each series of ``benchmarks/cost_series.py`` that does not break is cut three times in its year: on the
15th of the first month, the 20th of the fourth and the 28th of the seventh. From the days before, the
whole months that are left of the year are forecast. ``python -m benchmarks.months_ahead`` prints, per
kind and pooled,

- the mean absolute error in percent of a month: of the method that is shown, of the model alone, and of
  each naive rule;
- how often the model is shown, since it missed less than the rules in the history;
- how many months lie in the intervals of 80 and 95 % where there is one, and how often there is one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pandas as pd

from benchmarks.cost_series import (
    EVALUATION_SEEDS,
    STEADY,
    TUNING_SEEDS,
    CostSeries,
    cost_series,
)
from benchmarks.forecasting import POOLED
from finops.forecasting import project_months
from finops.forecasting.long_trend import LONG_TREND
from finops.forecasting.months import NAIVE

SEEDS = {"tuning": TUNING_SEEDS, "evaluation": EVALUATION_SEEDS}
# The month's place in the year of the series, and how many of its days are known.
CUTS = ((0, 15), (3, 20), (6, 28))


def months_ahead(series: CostSeries) -> Iterator[dict[str, object]]:
    """A row for each coming month of each cut; errors in percent of what the month came to."""
    total = series.daily.sum(axis=1)
    months = total.groupby(total.index.strftime("%Y-%m")).sum()
    for place, day in CUTS:
        left = len(series.months) - 1 - place
        found = project_months(series.known(series.months[place], day), left)
        for at, row in enumerate(found.months):
            usd, part = float(months[str(row.month)]), row.alone
            known = part.lower_80_usd is not None
            errors = {name: abs(sums[at] - usd) / usd * 100 for name, sums in found.by_method.items()}
            yield {
                "kind": series.kind,
                "ahead": at + 1,
                "shown": abs(part.mean_usd - usd) / usd * 100,
                **errors,
                "model shown": found.beaten,
                "bounded": known,
                "in 80": part.lower_80_usd <= usd <= part.upper_80_usd if known else None,
                "in 95": part.lower_95_usd <= usd <= part.upper_95_usd if known else None,
            }


def of_series(task: tuple[str, int]) -> list[dict[str, object]]:
    return list(months_ahead(cost_series(*task)))


def summary(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """A row per value of ``by``, and one over all: means, and percentages of 100."""
    groups = [*((str(name), group) for name, group in rows.groupby(by, sort=False)), (POOLED, rows)]
    return pd.DataFrame([{by: name, **_summary(group)} for name, group in groups])


def _summary(rows: pd.DataFrame) -> dict[str, float]:
    found = {name: float(rows[name].mean()) for name in ("shown", LONG_TREND, *NAIVE) if name in rows}
    for name in ("model shown", "bounded", "in 80", "in 95"):
        found[name] = float(rows[name].dropna().astype("float64").mean() * 100)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", choices=tuple(SEEDS), default="evaluation")
    seeds = SEEDS[parser.parse_args().seeds]
    tasks = [(kind, seed) for kind in STEADY for seed in seeds]
    with ProcessPoolExecutor() as pool:
        rows = pd.DataFrame([row for found in pool.map(of_series, tasks, chunksize=8) for row in found])
    for by in ("kind", "ahead"):
        print(summary(rows, by).round(1).to_string(index=False), end="\n\n")


if __name__ == "__main__":
    main()
