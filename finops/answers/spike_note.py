"""What would coming days cost if a day that stood out did not come back?"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from finops.forecasting import spikes, without
from finops.money import usd

_CENT = 0.01


def spike_note(
    daily: pd.DataFrame, expected: Callable[[pd.DataFrame], float], what: str
) -> tuple[str, ...]:
    """In words, for ``expected`` dollars of ``what`` by a method that nothing has tested; else nothing.

    Named are the days of ``daily`` without which it would be a cent or more less.
    """
    whole = expected(daily)
    less = {spike: whole - expected(without(daily, spike)) for spike in spikes(daily)}
    felt = [spike for spike, dollars in less.items() if dollars >= _CENT]
    if not felt:
        return ()
    most = max(felt, key=lambda spike: spike.beyond_usd)
    how_many, back = ("one day", "it does") if len(felt) == 1 else (f"{len(felt)} days", "they do")
    return (
        f"{how_many} stood out{'' if len(felt) == 1 else ', the most'}: {most.date} cost "
        f"{usd(most.beyond_usd)} more than the days around it; if {back} not come back, {what} about "
        f"{usd(sum(less[spike] for spike in felt))} less",
    )
