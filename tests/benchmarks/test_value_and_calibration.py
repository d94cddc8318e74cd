"""Tables of the benchmarks, worked by hand on a handful of outcomes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration import Row as Recommended
from benchmarks.calibration import fitted, reliability
from benchmarks.value import OPTIMUM, OURS, Billed, Outcome, against_best_rule, summary


def _outcome(seed: int, rule: str, paid: float) -> Outcome:
    """Of 10 $/h On-Demand at least 5 are left, in sample and after."""
    billed = Billed(on_demand=10.0, paid=paid, hindsight=5.0)
    return Outcome(generator="web", change="shock", seed=seed, rule=rule, before=billed, after=billed)


ROWS = [
    *(_outcome(seed, OPTIMUM, 5.0) for seed in (0, 1)),
    *(_outcome(seed, OURS, paid) for seed, paid in ((0, 5.5), (1, 6.0))),
    *(_outcome(seed, "plan", paid) for seed, paid in ((0, 6.0), (1, 6.0))),
    *(_outcome(seed, "nothing", 10.0) for seed in (0, 1)),
]


def test_captured_shares_and_regrets() -> None:
    table = summary(ROWS).query("generator == 'web' and change == 'shock'").set_index("rule")
    # Ours saves 4.5 + 4 of 5 + 5 dollars; its bills are 10 % and 20 % above hindsight's.
    assert table["captured_out_pct"].to_dict() == pytest.approx(
        {OPTIMUM: 100, OURS: 85, "plan": 80, "nothing": 0}
    )
    assert table.loc[OURS, "regret_pct"] == pytest.approx(15)
    assert table.loc[OURS, "standard_error"] == pytest.approx(5)


def test_ours_stands_against_the_best_rule_of_people() -> None:
    table = against_best_rule(ROWS)
    assert table["best_rule"].unique().tolist() == ["plan"]
    # 10 % and 20 % against 20 % and 20 %: 5 % below, and 5 % of that is chance.
    assert table["ours_above_pct"].tolist() == pytest.approx([-5] * 4)
    assert table["standard_error"].tolist() == pytest.approx([5] * 4)


def test_reliability_is_by_tenths_of_what_was_given() -> None:
    given = np.linspace(0.05, 0.95, 20)
    paid = (given > 0.5).astype(float)
    table = reliability(given[::-1], paid[::-1])
    assert table["rows"].tolist() == [2] * 10
    assert table["paid_pct"].tolist() == [0] * 5 + [100] * 5
    assert table["given_pct"].iloc[0] == pytest.approx((given[0] + given[1]) / 2 * 100)


def test_the_fit_finds_the_odds() -> None:
    # Of 4,000 rows without anything to tell them apart three in four paid: odds of 3.
    rows = [
        Recommended(
            generator="web",
            change="shock",
            seed=0,
            horizon=30,
            kind="reserved_instance",
            features=(1.0,),
            paid=number % 4 > 0,
        )
        for number in range(4000)
    ]
    assert fitted(rows) == pytest.approx([np.log(3)], abs=0.01)
