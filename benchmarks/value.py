"""What is advice worth after it was followed? Ours beside the simple rules, on fleets of every kind.

Ours is what ``recommend`` advises unless told otherwise: its window chosen by back-test, its demand
adjusted. Beside it stands the optimum of the history as it was. Each buys on the history of a fleet.
The simulator then bills the history (in sample) and the days after the purchase (out of sample), and
compares with hindsight: the least that these hours could have cost, which is the optimum's certified
bound where it has one. ``python -m benchmarks.value`` prints

- the captured share: saving ÷ the saving of hindsight, in dollars over all seeds;
- the regret: (bill − bill of hindsight) ÷ bill of hindsight, out of sample, mean and standard error
  over the seeds;
- and how far ours is above the best simple rule of each class, rule by rule on the same fleets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.fleets import CHANGES, EVALUATION_SEEDS, GENERATORS, TUNING_SEEDS, Fleet, fleet
from benchmarks.simple_rules import (
    PAYMENT_OPTION,
    RULES,
    TERM_YEARS,
    Purchases,
    Rule,
    reserved_then_plan,
)
from finops.pricing import packaged_catalogue
from finops.ri_engine.advice import without_losses
from finops.ri_engine.backtest import choose_window, near_best, sized_for
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum import Limits, Portfolio
from finops.ri_engine.pools import Demand, Pools
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.rates import on_demand_rates, owned_plan_rates, pool_offers
from finops.schema import COMMITMENTS

OURS = "ours"
OPTIMUM = "optimum of the history"
EVERY = "all"
SEEDS = {"tuning": TUNING_SEEDS, "evaluation": EVALUATION_SEEDS}
# The least that the mean hour of demand could cost, in dollars.
Hindsight = Callable[[Evidence, Demand], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisor:
    """Ours: what it buys on a history, by default and for demand as it was, and what it knows of hours
    in hindsight."""

    advise: Rule
    optimum: Rule
    hindsight: Hindsight


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """Dollars of the mean hour: all On-Demand, as bought, and the least that was possible."""

    on_demand: float
    paid: float
    hindsight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One rule on one fleet."""

    generator: str
    change: str
    seed: int
    rule: str
    before: Billed
    after: Billed


def evidence_of(one: Fleet) -> Evidence:
    """The history of a fleet that owns nothing, at catalogue prices."""
    catalogue, history = packaged_catalogue(), one.history
    pools = Pools.of(history.lines)
    rates = on_demand_rates(history.lines, catalogue)
    by_pool = np.empty(len(pools.keys))
    by_pool[pools.of_line] = rates
    return Evidence(
        kind="hourly",
        as_of=history.hours[-1].date(),
        history=history,
        window_hours=len(history.hours),
        pools=pools,
        on_demand_usd=rates,
        pool_rate=by_pool,
        prices=pool_offers(pools.keys, catalogue),
        commitments=COMMITMENTS.empty(),
        plan_rates=np.empty((0, len(history.lines))),
        spec_of=catalogue.spec,
    )


def paid_usd(evidence: Evidence, demand: Demand, purchases: Purchases) -> float:
    """What the mean hour of ``demand`` costs under the purchases: their amortised cost and the rest.

    What names no account is bought by one that runs nothing itself, such as the payer.
    """
    commitments = as_commitments(purchases, evidence.as_of)
    by_pool, _ = owned_plan_rates(commitments, evidence.prices)
    owner = replace(evidence, commitments=commitments, plan_rates=by_pool[:, evidence.pools.of_line])
    residual = owner.billed(demand).residual.mean(axis=1)
    return float(evidence.usd @ residual) + sum(one.hourly_usd for one in purchases)


def outcomes(
    fleets: Iterable[Fleet], rules: Mapping[str, Rule], hindsight: Hindsight
) -> Iterator[Outcome]:
    """Every rule on every fleet. Fleets that follow each other with one history are advised once."""
    known: Fleet | None = None
    for one in fleets:
        if known is None or not same_history(known, one):
            known, evidence = one, evidence_of(one)
            bought = {name: rule(evidence, one.history) for name, rule in rules.items()}
            before = _billed(evidence, one.history, bought, hindsight)
        after = _billed(evidence, one.horizon, bought, hindsight)
        for name in rules:
            yield Outcome(
                generator=one.generator,
                change=one.change,
                seed=one.seed,
                rule=name,
                before=before[name],
                after=after[name],
            )


def same_history(one: Fleet, other: Fleet) -> bool:
    """Whether both fleets are one until the purchase."""
    return one.lines.equals(other.lines) and np.array_equal(one.history.quantity, other.history.quantity)


def _billed(
    evidence: Evidence, demand: Demand, bought: Mapping[str, Purchases], hindsight: Hindsight
) -> dict[str, Billed]:
    seen = replace(evidence, history=demand, window_hours=len(demand.hours))
    least, gross = hindsight(seen, demand), paid_usd(seen, demand, ())
    return {
        name: Billed(on_demand=gross, paid=paid_usd(seen, demand, purchases), hindsight=least)
        for name, purchases in bought.items()
    }


def summary(rows: Sequence[Outcome]) -> pd.DataFrame:
    """A row per generator, change and rule, each also over all others; shares and regrets in percent."""
    keys = ["generator", "change", "rule"]
    each = _classes(rows)
    groups = each.groupby(keys, sort=False)
    dollars = groups[["saved_before", "best_before", "saved_after", "best_after"]].sum()
    by_seed = each.groupby([*keys, "seed"], sort=False)["regret"].mean().groupby(keys, sort=False)
    return pd.DataFrame(
        {
            "fleets": groups.size(),
            "captured_in_pct": dollars["saved_before"] / dollars["best_before"] * 100,
            "captured_out_pct": dollars["saved_after"] / dollars["best_after"] * 100,
            "regret_pct": by_seed.mean(),
            "standard_error": by_seed.sem(),
        }
    ).reset_index()


def against_best_rule(rows: Sequence[Outcome]) -> pd.DataFrame:
    """Ours less the simple rule with the least mean regret, per generator and change, in percent.

    The standard error is that of the difference on the same fleets, over the seeds.
    """
    found = []
    for (generator, change), group in _classes(rows).groupby(["generator", "change"], sort=False):
        by_rule = group.pivot_table(index="seed", columns="rule", values="regret")
        simple = [rule for rule in by_rule.columns if rule not in {OURS, OPTIMUM}]
        best = by_rule[simple].mean().idxmin()
        above = by_rule[OURS] - by_rule[best]
        found.append(
            {
                "generator": generator,
                "change": change,
                "best_rule": best,
                "its_regret_pct": by_rule[best].mean(),
                "ours_above_pct": above.mean(),
                "standard_error": above.sem(),
            }
        )
    return pd.DataFrame(found)


def _classes(rows: Sequence[Outcome]) -> pd.DataFrame:
    """Outcomes as rows of their class, then of all generators, of all changes, and of all."""
    each = pd.DataFrame([_flat(one) for one in rows])
    every = {"generator": EVERY, "change": EVERY}
    wider = ({"generator": EVERY}, {"change": EVERY}, every)
    return pd.concat([each, *(each.assign(**names) for names in wider)], ignore_index=True)


def _flat(one: Outcome) -> dict[str, object]:
    before, after = one.before, one.after
    named = {name: value for name, value in asdict(one).items() if name not in {"before", "after"}}
    return named | {
        "saved_before": before.on_demand - before.paid,
        "best_before": before.on_demand - before.hindsight,
        "saved_after": after.on_demand - after.paid,
        "best_after": after.on_demand - after.hindsight,
        "regret": (after.paid / after.hindsight - 1) * 100,
    }


def stand_in() -> Advisor:
    """The best of the simple rules in place of the optimiser, its own bill in place of a bound."""
    return Advisor(
        advise=reserved_then_plan,
        optimum=reserved_then_plan,
        hindsight=lambda seen, demand: paid_usd(seen, demand, reserved_then_plan(seen, demand)),
    )


def optimum() -> Advisor:
    """The advice of ``recommend``, limited to the offers that the simple rules buy."""
    limits = Limits(term_years=TERM_YEARS, payment_option=PAYMENT_OPTION)

    def best(evidence: Evidence, demand: Demand) -> Portfolio:
        return near_best(evidence, demand, limits)

    def advise(evidence: Evidence, demand: Demand) -> Purchases:
        wanted = sized_for(evidence, choose_window(evidence, limits))
        found = best(wanted.evidence, wanted.demand)
        return without_losses(wanted.evidence, wanted.evidence.window, found).portfolio.purchases

    def hindsight(seen: Evidence, demand: Demand) -> float:
        found = best(seen, demand)
        return found.bill_usd if found.bound_usd is None else found.bound_usd

    return Advisor(
        advise=advise, optimum=lambda seen, demand: best(seen, demand).purchases, hindsight=hindsight
    )


ADVISORS = {"optimum": optimum, "stand-in": stand_in}


def of_seed(task: tuple[str, int], advisor: str, pools: int) -> list[Outcome]:
    """All changes of one generator and seed; those with the history of the unchanged fleet first."""
    generator, seed = task
    ours = ADVISORS[advisor]()
    order = sorted(CHANGES, key=lambda change: change in {"growth", "decline"})
    fleets = (fleet(generator, change, seed, pools) for change in order)
    rules = {OURS: ours.advise, OPTIMUM: ours.optimum, **RULES}
    return list(outcomes(fleets, rules, ours.hindsight))


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.value", description=__doc__)
    asked.add_argument("--seeds", choices=SEEDS, default="tuning")
    asked.add_argument("--limit", type=int, help="so many of the seeds")
    asked.add_argument("--pools", type=int, default=40)
    asked.add_argument("--ours", choices=ADVISORS, default="optimum")
    asked.add_argument("--workers", type=int, default=1)
    given = asked.parse_args(words)
    tasks = [(generator, seed) for generator in GENERATORS for seed in SEEDS[given.seeds][: given.limit]]
    with ProcessPoolExecutor(given.workers) as workers:
        run = partial(of_seed, advisor=given.ours, pools=given.pools)
        rows = [one for part in workers.map(run, tasks) for one in part]
    print(summary(rows).to_string(index=False, float_format="{:.2f}".format))
    print("\nOurs against the best simple rule of each class")
    print(against_best_rule(rows).to_string(index=False, float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
