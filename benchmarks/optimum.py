"""How near to the best is the optimiser on large fleets, how long does it take, and in how much memory?

``python -m benchmarks.optimum`` prints a row per size and choice of kinds: 90 days of hours, every term,
payment and class. A row runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

from benchmarks.fleets import large_fleet
from benchmarks.value import evidence_of
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.optimum import Limits, best_portfolio

HOURS, SEED = 2160, 1000
KINDS = {"RIs + Compute plan": (RI, COMPUTE_PLAN), "with EC2 plans": (RI, EC2_PLAN, COMPUTE_PLAN)}
SIZES = ((200, "RIs + Compute plan"), (200, "with EC2 plans"), (2000, "RIs + Compute plan"))
HEADER = ("pools", "kinds", "seconds", "gap %", "rows", "MB", "saves %")


def row(pools: int, kinds: str) -> tuple[str, ...]:
    """One fleet, solved in this process."""
    fleet = large_fleet(pools, HOURS, SEED)
    evidence = evidence_of(fleet)
    start = time.perf_counter()
    found = best_portfolio(evidence, fleet.history, Limits(kinds=KINDS[kinds]))
    seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    saved = (1 - found.bill_usd / found.on_demand_usd) * 100
    figures = (f"{seconds:.1f}", f"{found.gap_pct:.4f}", len(found.purchases), f"{megabytes:.0f}")
    return (str(pools), kinds, *map(str, figures), f"{saved:.2f}")


def table() -> str:
    """All sizes, one after the other."""
    words = [sys.executable, "-m", "benchmarks.optimum", "--pools"]
    lines = ["  ".join(HEADER)]
    for pools, kinds in SIZES:
        done = subprocess.run(
            [*words, str(pools), "--kinds", kinds], check=True, capture_output=True, text=True
        )
        lines.append(done.stdout.strip())
    return "\n".join(lines)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.optimum", description=__doc__)
    asked.add_argument("--pools", type=int)
    asked.add_argument("--kinds", choices=KINDS, default="RIs + Compute plan")
    given = asked.parse_args()
    print("  ".join(row(given.pools, given.kinds)) if given.pools else table())


if __name__ == "__main__":
    main()
