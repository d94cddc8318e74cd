"""Which few names carry most of the cost? The first N, and the rest as one line that keeps the total."""

from __future__ import annotations

import pandas as pd

REST = "Other"


def top_and_rest(ranked: pd.DataFrame, limit: int = 10) -> pd.DataFrame:
    """The first ``limit`` rows of a frame that is sorted, then one row that adds up all others.

    ``ranked`` has a column ``name`` and columns of numbers; a sum of nothing but NaN is NaN.
    """
    if len(ranked) <= limit + 1:
        return ranked
    first, others = ranked.iloc[:limit], ranked.iloc[limit:]
    summed = others.drop(columns="name").sum(min_count=1)
    rest = summed.to_frame().T.assign(name=f"{REST} ({len(others)} more)")
    return pd.concat([first, rest[list(ranked.columns)]], ignore_index=True)


def top_series(over_time: pd.DataFrame, when: str, limit: int = 6) -> tuple[pd.DataFrame, list[str]]:
    """Cost over time with the ``limit`` dearest names of the whole span, all others as one.

    ``over_time``: ``when``, name, cost_usd. Returns the frame, and the names most expensive first with
    the rest at the end.
    """
    ranked = over_time.groupby("name")["cost_usd"].sum().sort_values(ascending=False)
    if len(ranked) <= limit + 1:
        return over_time, list(ranked.index)
    kept = list(ranked.index[:limit])
    names = over_time["name"].where(over_time["name"].isin(kept), REST)
    folded = over_time["cost_usd"].groupby([over_time[when], names]).sum()
    return folded.rename_axis([when, "name"]).reset_index(), [*kept, REST]


def matching(frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows of which a text column holds every word of ``text``, whatever the case."""
    found = pd.Series(data=True, index=frame.index)
    texts = frame.select_dtypes(include=["str"])
    for word in text.split():
        hits = texts.apply(lambda column, word=word: column.str.contains(word, case=False, regex=False))
        found &= hits.fillna(value=False).any(axis=1)
    return frame[found]
