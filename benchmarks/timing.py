"""How many times longer does one function take than another, run in turn?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Best times in seconds. A ``ratio`` above 1 says how many times longer ours takes."""

    what: str
    ours: str
    against: str
    seconds: float
    seconds_against: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.seconds_against


def compare(
    what: str, ours: tuple[str, Callable[[], object]], against: tuple[str, Callable[[], object]]
) -> Comparison:
    """Run both in turn, so that a busy moment of the machine meets both, and keep the best of each."""
    times = [(seconds(ours[1]), seconds(against[1])) for _ in range(ROUNDS)]
    return Comparison(
        what=what,
        ours=ours[0],
        against=against[0],
        seconds=min(mine for mine, _ in times),
        seconds_against=min(other for _, other in times),
    )


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
