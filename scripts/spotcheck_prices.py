"""Compare the price catalogue with prices from elsewhere: the shares, and every miss.

    python scripts/spotcheck_prices.py FILE [--catalogue FOLDER]

FILE is a CSV with region, instance_type, os, purchase, usd_per_hour. Exit status 1 when fewer than 99 %
lie within 1.5 %, or fewer than 95 % within 0.5 %; 2 when nothing can be compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from finops.errors import FinOpsError  # noqa: E402
from finops.pricing import load_catalogue  # noqa: E402
from finops.pricing.spotcheck import compare, summarize  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Compare the price catalogue with prices from elsewhere."
    )
    parser.add_argument("file", type=Path, help="CSV: region, instance_type, os, purchase, usd_per_hour")
    parser.add_argument("--catalogue", type=Path, help="a catalogue folder; by default the shipped one")
    options = parser.parse_args(arguments)
    try:
        compared = compare(load_catalogue(options.catalogue), pd.read_csv(options.file))
    except (FinOpsError, OSError, ValueError) as error:
        print(f"no spot check: {error}", file=sys.stderr)
        return 2
    result = summarize(compared)
    print(f"{result.points} prices")
    print(f"within 1.5 %: {result.within_1_5} ({result.within_1_5_pct:.1f} %)")
    print(f"within 0.5 %: {result.within_0_5} ({result.within_0_5_pct:.1f} %)")
    print(f"worst: {'–' if result.worst_pct is None else f'{result.worst_pct:.2f} %'}")
    misses = compared[compared["miss"]]
    print(f"misses ({len(misses)}):")
    if len(misses):
        print(misses.drop(columns="miss").to_string(index=False))
    return 0 if result.within_1_5_pct >= 99 and result.within_0_5_pct >= 95 else 1


if __name__ == "__main__":
    raise SystemExit(main())
