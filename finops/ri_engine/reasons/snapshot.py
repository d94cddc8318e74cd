"""What do launch dates and states say about the demand of a row, where there is no hourly usage?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from finops.ri_engine.pools import POOL_KEYS
from finops.ri_engine.snapshot import known_by
from finops.ri_engine.steadiness import snapshot_steadiness
from finops.schema import USAGE_DEFAULTS


def launches(pools: pd.DataFrame, ec2: pd.DataFrame, as_of: date, lookback_days: int) -> str | None:
    """A sentence on the running instances of ``ec2`` in ``pools`` (POOL_KEYS); None without any.

    Steadiness is running hours since LaunchTime inside the lookback ÷ its hours.
    """
    running = known_by(ec2, as_of)
    filled = running.assign(
        Platform=running["Platform"].fillna(USAGE_DEFAULTS["Platform"]),
        Tenancy=USAGE_DEFAULTS["Tenancy"],
        SteadinessPct=snapshot_steadiness(running, as_of, lookback_days),
    )
    served = filled.merge(pools[POOL_KEYS], on=POOL_KEYS, how="inner")
    if served.empty:
        return None
    text = (
        f"The {len(served):,} running instances that it may serve have a steadiness of "
        f"{served['SteadinessPct'].mean():.0f} % on average: hours run of the last "
        f"{lookback_days} days, by their launch dates"
    )
    known = served["LaunchTime"].dropna()
    if known.empty:
        return f"{text}, none of which is known."
    return f"{text}, from {known.min().date()} to {known.max().date()}."
