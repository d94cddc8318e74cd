"""What does a list of instances say about a day? Who was running, and how old is the list?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from finops.periods import utc


def latest_launch(ec2: pd.DataFrame) -> date | None:
    """The last day on which an instance was launched: the list cannot be older than that."""
    last = ec2["LaunchTime"].max()
    return None if pd.isna(last) else last.date()


def known_by(ec2: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The running instances of an ``ec2`` frame that were launched by the end of ``as_of``."""
    later = ec2["LaunchTime"] >= utc(as_of) + pd.Timedelta(days=1)
    return ec2[(ec2["State"] == "running") & ~later]
