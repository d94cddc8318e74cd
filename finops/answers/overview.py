"""What is spent, on what, and how does it compare with the month before?

From the bill where there is one (effective cost of the last full month), else from the resource
lists (run rate over 730 hours). Both are shown side by side where both are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from finops import tags
from finops.answers.cost_basis import BILL_KEYS, NO_BILL, BillMonth, bill_month
from finops.answers.reconciliation import Reconciliation, reconcile
from finops.estate import Estate
from finops.periods import Month, between, utc
from finops.schema import NO_VALUE, Basis, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The headline figures. Dollars; frames are sorted by cost, most first.

    ``cost_usd`` is the period's cost, ``previous_usd`` the month before (None without a bill),
    ``month_to_date_usd`` the current month up to as_of. Run rates and ``not_running_usd`` are None where
    there is no instance and no bucket to add up. ``by_*``: name, cost_usd, previous_usd, share_pct.
    ``daily`` and ``monthly`` have a frame for each of service, region, team and account: date or month
    (YYYY-MM), name, cost_usd; without a bill they have no rows.
    """

    basis: Basis
    cost_usd: Decimal
    previous_usd: Decimal | None
    billed_usd: Decimal | None
    month_to_date_usd: Decimal | None
    run_rate_usd: Decimal | None
    ec2_run_rate_usd: Decimal | None
    s3_run_rate_usd: Decimal | None
    not_running_usd: Decimal | None
    by_service: pd.DataFrame
    by_region: pd.DataFrame
    by_team: pd.DataFrame
    by_account: pd.DataFrame
    daily: Mapping[str, pd.DataFrame]
    monthly: Mapping[str, pd.DataFrame]
    reconciliation: Reconciliation | None

    @property
    def change_pct(self) -> float | None:
        """The period's cost against the month before, in percent; None where that has no cost."""
        if self.previous_usd is None or self.previous_usd <= 0:
            return None
        return float((self.cost_usd - self.previous_usd) / self.previous_usd * 100)


def overview(estate: Estate) -> Overview:
    """All headline figures of an estate. Nothing is estimated: what the data lack is None."""
    counted = bill_month(estate)
    by_bill = _from_lists(estate) if counted is None else _from_bill(estate, counted)
    return Overview(**by_bill, **_run_rates(estate), reconciliation=reconcile(estate))


def _run_rates(estate: Estate) -> Mapping[str, Any]:
    names = ("run_rate_usd", "ec2_run_rate_usd", "s3_run_rate_usd", "not_running_usd")
    if estate.ec2.empty and estate.s3.empty:
        return dict.fromkeys(names)
    ec2, s3 = total(estate.ec2["MonthlyCostUSD"]), total(estate.s3["MonthlyCostUSD"])
    not_running = estate.ec2["State"] != "running"
    off = total(estate.ec2.loc[not_running, "MonthlyCostUSD"])
    return dict(zip(names, (ec2 + s3, ec2, s3, off), strict=True))


def _from_bill(estate: Estate, counted: BillMonth) -> Mapping[str, Any]:
    month, column = counted.month, counted.column
    costs = estate.costs.assign(Cost=estate.costs[column])
    start = costs["ChargePeriodStart"]
    now = costs[between(start, month.start, month.end)]
    before = costs[between(start, month.previous().start, month.start)]
    to_date = costs[start >= utc(Month.of(estate.as_of).start)]
    days = start.dt.floor("D")
    daily = {name: _by_day(costs, days, key(costs)) for name, key in BILL_KEYS.items()}
    has_previous = estate.billed is not None and estate.billed.first <= month.previous().start
    return {
        "basis": counted.basis,
        "cost_usd": total(now["Cost"]),
        "previous_usd": total(before["Cost"]) if has_previous else None,
        "billed_usd": total(now["BilledCost"]),
        "month_to_date_usd": total(to_date["Cost"]),
        **{
            f"by_{name}": _compare(_grouped(now, key), _grouped(before, key) if has_previous else None)
            for name, key in BILL_KEYS.items()
        },
        "daily": daily,
        "monthly": {name: _by_month(days) for name, days in daily.items()},
    }


def _grouped(costs: pd.DataFrame, key: Callable[[pd.DataFrame], pd.Series]) -> pd.Series:
    return costs["Cost"].groupby(key(costs).fillna(NO_VALUE).to_numpy()).sum()


def _by_day(costs: pd.DataFrame, days: pd.Series, names: pd.Series) -> pd.DataFrame:
    summed = costs["Cost"].groupby([days, names.fillna(NO_VALUE).to_numpy()]).sum()
    frame = summed.rename_axis(["date", "name"]).rename("cost_usd").reset_index()
    return frame.astype({"cost_usd": "float64"})


def _by_month(daily: pd.DataFrame) -> pd.DataFrame:
    months = daily["date"].dt.strftime("%Y-%m").rename("month")
    return daily["cost_usd"].groupby([months, daily["name"]]).sum().reset_index()


def _from_lists(estate: Estate) -> Mapping[str, Any]:
    ec2, s3 = estate.ec2, estate.s3
    cost = pd.concat([ec2["MonthlyCostUSD"], s3["MonthlyCostUSD"]], ignore_index=True)

    def grouped(of_ec2: pd.Series, of_s3: pd.Series) -> pd.DataFrame:
        names = pd.concat([of_ec2, of_s3], ignore_index=True).fillna(NO_VALUE)
        return _compare(cost.groupby(names).sum(), None)

    return {
        "basis": NO_BILL,
        "cost_usd": total(cost),
        "previous_usd": None,
        "billed_usd": None,
        "month_to_date_usd": None,
        "by_service": grouped(
            pd.Series(["Amazon Elastic Compute Cloud"] * len(ec2), dtype="str"),
            pd.Series(["Amazon Simple Storage Service"] * len(s3), dtype="str"),
        ),
        "by_region": grouped(ec2["Region"], s3["Region"]),
        "by_team": grouped(tags.values(ec2["Tags"], "Team"), tags.values(s3["Tags"], "Team")),
        "by_account": grouped(ec2["AccountId"], s3["AccountId"]),
        "daily": dict.fromkeys(BILL_KEYS, _NO_DAYS),
        "monthly": dict.fromkeys(BILL_KEYS, _NO_MONTHS),
    }


_NO_DAYS = pd.DataFrame({"date": [], "name": [], "cost_usd": []})
_NO_MONTHS = pd.DataFrame({"month": [], "name": [], "cost_usd": []})


def _compare(now: pd.Series, before: pd.Series | None) -> pd.DataFrame:
    cost = now.astype("float64")
    frame = pd.DataFrame({"cost_usd": cost})
    if before is None:
        frame["previous_usd"] = float("nan")
    else:
        frame = frame.join(before.astype("float64").rename("previous_usd"), how="outer").fillna(0.0)
    whole = frame["cost_usd"].sum()
    frame["share_pct"] = frame["cost_usd"] / whole * 100 if whole > 0 else float("nan")
    ordered = frame.rename_axis("name").reset_index()
    return ordered.sort_values(["cost_usd", "name"], ascending=[False, True], ignore_index=True)
