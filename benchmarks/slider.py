"""How soon do new numbers show when somebody moves a slider of the calculator? On the sample.

Server time. Every move changes one setting of coverage, cash or risk, as a person does; the first answer
of an estate and a choice of offers puts the market together and is reported apart.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from finops import load_estate
from finops.answers.commitments import CommitmentSettings
from finops.answers.what_if import what_if

COVERAGE = (None, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
CASH = (None, 300_000.0, 200_000.0, 100_000.0, 50_000.0, 20_000.0, 0.0)
RISK = (0.0, 0.25, 0.5, 0.75, 1.0)
MOVES = 200


def seconds_of_moves() -> tuple[float, list[float]]:
    """Seconds of the first answer, and of each move after it."""
    estate, random = load_estate(), np.random.default_rng(1000)
    settings = CommitmentSettings()
    start = time.perf_counter()
    what_if(estate, settings)
    first, moves = time.perf_counter() - start, []
    for _ in range(MOVES):
        name = ("target_coverage", "max_upfront_usd", "risk_aversion")[random.integers(3)]
        choices = {"target_coverage": COVERAGE, "max_upfront_usd": CASH, "risk_aversion": RISK}[name]
        settings = replace(settings, **{name: choices[random.integers(len(choices))]})
        start = time.perf_counter()
        what_if(estate, settings)
        moves.append(time.perf_counter() - start)
    return first, moves


def table() -> str:
    first, moves = seconds_of_moves()
    median, high = np.percentile(moves, [50, 95])
    return (
        f"first answer {first * 1000:,.0f} ms; {len(moves)} moves of a slider: median "
        f"{median * 1000:,.0f} ms, p95 {high * 1000:,.0f} ms, slowest {max(moves) * 1000:,.0f} ms"
    )


if __name__ == "__main__":
    print(table())
