"""How are the bounds of a forecast put into a table?"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from finops.answers.forecast import BOUNDS
from finops.dashboard import tables

_WITHIN = {"80": "Four of five outcomes lie between", "95": "19 of 20 outcomes lie between"}
BOUND_COLUMNS = {
    f"{side}_{level}_usd": tables.dollars(f"{level} % {word}", within)
    for level, within in _WITHIN.items()
    for side, word in (("lower", "from"), ("upper", "to"))
}


def with_bounds(rows: Iterable[tuple[object, object]], when: str) -> pd.DataFrame:
    """``when`` (a day or a month), ``mean_usd`` and the bounds, NaN where there are none.

    A row is when it is, and a record with those dollars.
    """
    names = ("mean_usd", *BOUNDS)
    frame = pd.DataFrame(
        [(at, *(getattr(part, name) for name in names)) for at, part in rows], columns=[when, *names]
    )
    return frame.astype(dict.fromkeys(names, "float64"))
