"""Does 90 % mean nine in ten? ``confidence_pct`` held against what became of recommendations.

On fleets of every kind and change advice is bought (``advice``), and each row billed over the 30, 90
and 180 days after it: it has paid if the On-Demand cost that it displaced is at or above its amortised
cost. ``python -m benchmarks.calibration`` prints a reliability table – rows in tenths by the probability
that they were given, with the mean of that, the share that paid and their number – and Brier scores
beside those of giving every row the base rate. With ``--fit`` it fits the coefficients of
``finops.ri_engine.confidence`` on the tuning seeds and prints them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.fleets import CHANGES, EVALUATION_SEEDS, GENERATORS, TUNING_SEEDS, Fleet, fleet
from benchmarks.simple_rules import PAYMENT_OPTION, TERM_YEARS
from benchmarks.value import evidence_of, same_history
from finops.ri_engine.advice import without_losses
from finops.ri_engine.attribution import Beside, attribute
from finops.ri_engine.backtest import choose_window, given_window, near_best, sized_for
from finops.ri_engine.claims import RI
from finops.ri_engine.confidence import COEFFICIENTS, FEATURES, features, probabilities, signs_of
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.optimum import Limits
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats

HORIZONS = (30, 90, 180)
SEEDS = {"tuning": TUNING_SEEDS, "evaluation": EVALUATION_SEEDS}
# How strongly coefficients are drawn to 0, in rows: little against thousands.
_RIDGE = 1.0
_STEPS = 50
_NOTHING = 1e-9
_HASTY_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A recommendation, what spoke for it over ``horizon`` days, and whether it paid."""

    generator: str
    change: str
    seed: int
    horizon: int
    kind: str
    features: tuple[float, ...]
    paid: bool


def advice(evidence: Evidence) -> Iterator[tuple[Evidence, tuple[Purchase, ...]]]:
    """What is bought of one-year offers, and on which window: as ``recommend`` does by default, and
    Reserved Instances alone on the last two weeks as they were, which is how advice goes wrong."""
    limits = Limits(term_years=TERM_YEARS, payment_option=PAYMENT_OPTION)
    alone = replace(limits, kinds=(RI,))
    questions = ((limits, choose_window(evidence, limits)), (alone, given_window(_HASTY_DAYS)))
    for within, window in questions:
        wanted = sized_for(evidence, window)
        found = near_best(wanted.evidence, wanted.demand, within)
        kept = without_losses(wanted.evidence, wanted.evidence.window, found)
        if kept.portfolio.purchases:
            yield wanted.evidence, kept.portfolio.purchases


def rows_of(fleets: Iterable[Fleet]) -> Iterator[Row]:
    """Every recommendation over every horizon. Fleets that share their history are advised once."""
    known: Fleet | None = None
    for one in fleets:
        if known is None or not same_history(known, one):
            known, asked = one, list(advice(evidence_of(one)))
            known_of = [signs_of(*each) for each in asked]
            given = [[features(signs, days) for days in HORIZONS] for signs in known_of]
        for (evidence, bought), by_horizon in zip(asked, given, strict=True):
            for days, rows in zip(HORIZONS, by_horizon, strict=True):
                for purchase, row, paid in zip(
                    bought, rows, _paid(evidence, one, bought, days), strict=True
                ):
                    yield Row(
                        generator=one.generator,
                        change=one.change,
                        seed=one.seed,
                        horizon=days,
                        kind=purchase.kind,
                        features=tuple(float(value) for value in row),
                        paid=bool(paid),
                    )


def _paid(evidence: Evidence, one: Fleet, bought: Sequence[Purchase], days: int) -> Sequence[bool]:
    after, hours = one.horizon, days * HOURS_PER_DAY
    demand = replace(after, hours=after.hours[:hours], quantity=after.quantity[:, :hours])
    found = attribute(evidence, demand, Beside.of(evidence, demand), bought)
    paid: list[bool] = (found.value + found.effect >= found.cost - _NOTHING).tolist()
    return paid


def fitted(rows: Sequence[Row]) -> Floats:
    """The coefficients of largest likelihood, by Newton's steps."""
    of, paid = np.array([row.features for row in rows]), np.array([row.paid for row in rows], float)
    found = np.zeros(of.shape[1])
    ridge = _RIDGE * np.eye(len(found))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(of @ found, -30, 30)))
        slope = of.T @ (paid - chance) - ridge @ found
        found = found + np.linalg.solve((of * (chance * (1 - chance))[:, None]).T @ of + ridge, slope)
    return found


def reliability(given: Floats, paid: Floats) -> pd.DataFrame:
    """Rows in tenths by what they were given, in percent, those given the least first."""
    tenth = (np.argsort(np.argsort(given, kind="stable"), kind="stable") * 10) // len(given)
    frame = pd.DataFrame({"tenth": tenth + 1, "given_pct": given * 100, "paid_pct": paid * 100})
    groups = frame.groupby("tenth")
    return groups.mean().assign(rows=groups.size()).reset_index()


def report(rows: Sequence[Row], coefficients: Sequence[float]) -> str:
    """The reliability of the probabilities over all horizons, and the scores of each horizon."""
    given = probabilities(np.array([row.features for row in rows]), coefficients)
    paid = np.array([row.paid for row in rows], dtype=np.float64)
    horizon = np.array([row.horizon for row in rows])
    scores = [_score("all", given, paid)]
    scores += [_score(str(days), given[horizon == days], paid[horizon == days]) for days in HORIZONS]
    kind = np.array([row.kind for row in rows])
    scores += [_score(name, given[kind == name], paid[kind == name]) for name in sorted(set(kind))]
    change = np.array([row.change for row in rows])
    scores += [_score(name, given[change == name], paid[change == name]) for name in CHANGES]
    tables = (reliability(given, paid), pd.DataFrame(scores))
    return "\n\n".join(one.to_string(index=False, float_format="{:.3f}".format) for one in tables)


def _score(name: str, given: Floats, paid: Floats) -> dict[str, object]:
    base = float(paid.mean())
    return {
        "of": name,
        "rows": len(paid),
        "given_pct": float(given.mean()) * 100,
        "paid_pct": base * 100,
        "brier": float(((given - paid) ** 2).mean()),
        "brier_of_base_rate": base * (1 - base),
    }


def of_seed(task: tuple[str, int], pools: int) -> list[Row]:
    """All changes of one generator and seed; those with the history of the unchanged fleet first."""
    generator, seed = task
    order = sorted(CHANGES, key=lambda change: change in {"growth", "decline"})
    return list(rows_of(fleet(generator, change, seed, pools) for change in order))


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    asked.add_argument("--seeds", choices=SEEDS, default="evaluation")
    asked.add_argument("--skip", type=int, default=0, help="not the first so many seeds")
    asked.add_argument("--limit", type=int, default=4, help="so many of the seeds")
    asked.add_argument("--pools", type=int, default=40)
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--fit", action="store_true", help="fit on the tuning seeds")
    given = asked.parse_args(words)
    seeds = TUNING_SEEDS if given.fit else SEEDS[given.seeds]
    wanted = seeds[given.skip :][: given.limit]
    tasks = [(generator, seed) for generator in GENERATORS for seed in wanted]
    with ProcessPoolExecutor(given.workers) as workers:
        rows = [one for part in workers.map(partial(of_seed, pools=given.pools), tasks) for one in part]
    coefficients: Sequence[float] = COEFFICIENTS
    if given.fit:
        coefficients = fitted(rows).tolist()
        print("\n".join(f"{n:10} {c:8.3f}" for n, c in zip(FEATURES, coefficients, strict=True)), "\n")
    print(report(rows, coefficients))


if __name__ == "__main__":
    main()
