"""The benchmark of anomalies: what is an alarm, a hit and a false alarm, on cases worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.anomalies import (
    MEAN,
    OURS,
    PLAIN_Z,
    Looked,
    above_mean,
    ours,
    plain_z,
    scores,
    verdicts,
)
from benchmarks.anomaly_series import DAYS, KINDS, AnomalySeries, Injected
from benchmarks.cost_series import MONTH_DAYS


def series(
    kind: str, usage: np.ndarray, *injected: Injected, planned: range = range(0)
) -> AnomalySeries:
    days = pd.date_range("2025-01-01", periods=DAYS, tz="UTC")
    daily = pd.DataFrame({"usage_usd": usage, "recurring_usd": 0.0, "one_time_usd": 0.0}, index=days)
    return AnomalySeries(kind=kind, seed=0, daily=daily, injected=injected, planned=tuple(planned))


def spiked(*at: int) -> np.ndarray:
    usage = 100 + np.arange(DAYS) % 2.0  # 100, 101, 100 …: a mean of 100.5, a spread of 0.5
    usage[list(at)] = 130
    return usage


def test_an_alarm_is_the_first_day_of_a_run() -> None:
    looked = Looked.of([series("spike", spiked(200, 201, 202, 300))])
    for told in (above_mean(looked, 1.2), plain_z(looked, 10), ours(looked, 1.0)):
        assert np.flatnonzero(told[0]).tolist() == [200, 300]
    assert not above_mean(looked, 1.31).any()


def test_a_day_that_is_not_there_costs_nothing_to_the_z_score() -> None:
    usage = spiked()
    usage[200] = np.nan
    looked = Looked.of([series("missing", usage)])
    # $100.50 below the mean, at a spread of $0.50: z is −201.
    assert np.flatnonzero(plain_z(looked, 200)[0]).tolist() == [200]
    assert not plain_z(looked, 202).any()


def test_hits_and_false_alarms() -> None:
    usage = spiked()
    looked = Looked.of(
        [
            series(
                kind, usage, Injected(200, 202, 50.0), Injected(300, 302, 150.0), planned=range(250, 264)
            )
            for kind in KINDS
        ]
    )
    told = np.zeros((len(KINDS), DAYS), dtype=bool)
    # Found on its second day; in its echo; planned, and in the echo of that; before, and long after.
    told[0, [201, 220, 255, 280, 150, 340]] = True
    table = scores(looked, told)
    spike = table.loc["spike"]
    assert (spike["found"], spike["found_usd"]) == (0.5, 0.25)
    # One found, one not, two false alarms (150 and 340) in 328 days.
    assert spike["f1"] == pytest.approx(2 / (2 + 2 + 1))
    assert spike["false"] == pytest.approx(2 / (328 / MONTH_DAYS))
    assert table.loc["drift", "f1"] == 0


def test_verdicts_name_where_ours_is_not_better() -> None:
    def table(f1: float, found_usd: float) -> pd.DataFrame:
        return pd.DataFrame({"f1": f1, "found_usd": found_usd}, index=list(KINDS))

    better = {OURS: table(0.9, 0.9), MEAN: table(0.5, 0.5), PLAIN_Z: table(0.5, 0.5)}
    mixed = {OURS: table(0.9, 0.9), MEAN: table(0.5, 0.5), PLAIN_Z: table(0.5, 0.5)}
    mixed[MEAN].loc["drift", "found_usd"] = 0.9
    mixed[PLAIN_Z].loc["spike", "found_usd"] = 0.95
    said = verdicts(better, mixed, table(0.5, 0.5))
    assert said[:2] == [
        "F1 at its best: ours is better on each kind",
        "F1 within two false alarms a month: ours is better on each kind",
    ]
    assert said[2].endswith(
        "; EQUAL on drift against today > mean × k; WORSE on spike against plain z-score"
    )
