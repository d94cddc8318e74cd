"""What instances are there, and what do they cost by type, region and state?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from finops import tags
from finops.schema import Frames, total

TAG_COLUMNS = ("Owner", "Environment", "Team", "CostCenter", "Project")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceInventory:
    """The instances. ``resources`` is the ec2 frame with one column per mandatory tag instead of Tags.

    It has a column Family, too: the letters before the dot of the type.
    ``by_*``: name, resources, cost_usd (a month at 730 hours, every state), most expensive first.
    """

    resources: pd.DataFrame
    count: int
    running: int
    stopped: int
    terminated: int
    hourly_cost_usd: Decimal
    monthly_cost_usd: Decimal
    not_running_usd: Decimal
    unknown_cost: int
    by_family: pd.DataFrame
    by_region: pd.DataFrame
    by_state: pd.DataFrame


def instances(estate: Frames) -> InstanceInventory:
    """The instances of an estate with their totals."""
    ec2 = estate.ec2
    family = ec2["InstanceType"].str.split(".").str[0]
    states = ec2["State"].value_counts()
    cost = ec2["MonthlyCostUSD"]
    return InstanceInventory(
        resources=_with_tag_columns(ec2).assign(Family=family),
        count=len(ec2),
        running=int(states.get("running", 0)),
        stopped=int(states.get("stopped", 0)),
        terminated=int(states.get("terminated", 0)),
        hourly_cost_usd=total(ec2["CostPerHourUSD"]),
        monthly_cost_usd=total(cost),
        not_running_usd=total(cost[ec2["State"] != "running"]),
        unknown_cost=int(cost.isna().sum()),
        by_family=_by(family, cost),
        by_region=_by(ec2["Region"], cost),
        by_state=_by(ec2["State"], cost),
    )


def _with_tag_columns(frame: pd.DataFrame) -> pd.DataFrame:
    values = {key: tags.values(frame["Tags"], key) for key in TAG_COLUMNS}
    return frame.drop(columns="Tags").assign(**values)


def _by(names: pd.Series, cost: pd.Series) -> pd.DataFrame:
    grouped = cost.groupby(names.fillna("(unknown)"))
    frame = pd.DataFrame({"resources": grouped.size(), "cost_usd": grouped.sum()})
    named = frame.rename_axis("name").reset_index()
    return named.sort_values(["cost_usd", "name"], ascending=[False, True], ignore_index=True)
