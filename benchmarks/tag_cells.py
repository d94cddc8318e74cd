"""What does it cost to read the tags of every row, and to ask for one key?

Against: the obvious ``apply`` that parses ``K=V,K=V`` in every row, which knows one format only and
joins nothing. Repeated cells are the usual case: a tag set belongs to a team's resources.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.timing import Comparison, compare
from finops import tags

REPEATED_ROWS = 200_000
SETS = 500
DIFFERENT_ROWS = 20_000


def repeated() -> Comparison:
    return against_apply(f"tags, {REPEATED_ROWS:,} rows of {SETS} sets", cells(REPEATED_ROWS, SETS))


def all_different() -> Comparison:
    rows = DIFFERENT_ROWS
    return against_apply(f"tags, {rows:,} rows, all different", cells(rows, rows))


def cells(rows: int, distinct: int) -> pd.Series:
    texts = [
        f"Owner=person{n},Environment=Prod,Team=team{n % 20},CostCenter=CC-{n % 40},Project=p{n % 60}"
        for n in range(distinct)
    ]
    return pd.Series(texts * (rows // distinct), dtype="str")


def against_apply(what: str, column: pd.Series) -> Comparison:
    def ours() -> pd.Series:
        parsed, _ = tags.parse_column(column)
        return tags.values(parsed, "Team")

    def naive() -> pd.Series:
        return column.apply(
            lambda text: dict(pair.split("=", 1) for pair in text.split(",")).get("Team")
        )

    assert ours().equals(naive().astype("str"))
    return compare(what, ("parse_column + values", ours), ("apply, one format", naive))
