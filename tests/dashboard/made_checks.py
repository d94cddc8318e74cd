"""Checks of the detector of anomalies, as of bills on which a simple rule does better, or as well."""

from __future__ import annotations

from collections.abc import Callable

from finops import Estate
from finops.insights.detector_check import DetectorCheck, Planted, Verdict


def judged(verdict: Verdict) -> Callable[[Estate, str], DetectorCheck]:
    """Of $5,600 of spikes, 32 of each size, $600 are found: by the rule × 1.61 $3,275, or $600, too."""
    rules = {25: 3, 50: 10, 100: 27} if verdict == "worse" else {25: 0, 50: 0, 100: 6}
    rows = tuple(Planted(size, 32, 6 if size == 100 else 0, rules[size]) for size in rules)

    def detector_check(estate: Estate, basis: str) -> DetectorCheck:
        return DetectorCheck(
            planted=rows, alarms=0.0, rule_alarms=0.04, rule_factor=1.613, scopes=5, days=172,
        )  # fmt: skip

    detector_check.__qualname__ = f"judged {verdict}"  # what answers are kept by
    return detector_check
