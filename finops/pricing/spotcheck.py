"""How well does the catalogue agree with prices from elsewhere? A table of deviations."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from finops.errors import FrameError, UnknownPrice
from finops.pricing.catalogue import Catalogue
from finops.pricing.records import COMPUTE_PLAN, EC2_PLAN, RESERVED

COLUMNS = ("region", "instance_type", "os", "purchase", "usd_per_hour")
MISS_PCT = 1.5
CLOSE_PCT = 0.5

_PLATFORM = {"linux": "Linux/UNIX", "windows": "Windows", "rhel": "Red Hat Enterprise Linux"}
_OFFER = {
    "ri_standard": (RESERVED, "standard"),
    "ri_convertible": (RESERVED, "convertible"),
    "sp_ec2": (EC2_PLAN, None),
    "sp_compute": (COMPUTE_PLAN, None),
}
_PURCHASE = re.compile(rf"({'|'.join(_OFFER)})_([13])yr_(no|partial|all)_upfront")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck:
    """How many of the points lie within 1.5 % and within 0.5 % of the catalogue; shares are 0–100."""

    points: int
    within_1_5: int
    within_0_5: int
    worst_pct: float | None

    @property
    def within_1_5_pct(self) -> float:
        """The share within 1.5 %; 0 when there is no point."""
        return 100 * self.within_1_5 / self.points if self.points else 0.0

    @property
    def within_0_5_pct(self) -> float:
        """The share within 0.5 %; 0 when there is no point."""
        return 100 * self.within_0_5 / self.points if self.points else 0.0


def compare(catalogue: Catalogue, points: pd.DataFrame) -> pd.DataFrame:
    """Each point beside the catalogue's price, in the order given.

    ``points`` has the columns region, instance_type, os (linux, windows, rhel), purchase
    (``on_demand``, or such as ``ri_standard_1yr_partial_upfront`` and ``sp_compute_3yr_no_upfront``) and
    usd_per_hour. The answer has region, instance_type, os, purchase, expected, actual (both effective
    dollars an hour), deviation_pct = (actual ÷ expected − 1) × 100, and miss: more than 1.5 % off. A
    price that the catalogue lacks has NaN for actual and deviation, and is a miss. Raises FrameError
    for other columns, words or prices that are not above 0.
    """
    absent = [name for name in COLUMNS if name not in points.columns]
    if absent:
        raise FrameError(
            f"a spot check needs the column(s) {', '.join(absent)}; received {', '.join(points.columns)}"
        )
    expected = pd.to_numeric(points["usd_per_hour"], errors="coerce").astype("float64")
    if not (expected > 0).all():
        raise FrameError("usd_per_hour of a spot check must hold numbers above 0")
    asked = points[list(COLUMNS[:4])].astype("str").itertuples(index=False, name=None)
    table = points[list(COLUMNS[:4])].assign(
        expected=expected, actual=[_price(catalogue, *point) for point in asked]
    )
    deviation = (table["actual"] / table["expected"] - 1) * 100
    return table.assign(deviation_pct=deviation, miss=~(deviation.abs() <= MISS_PCT))


def summarize(compared: pd.DataFrame) -> SpotCheck:
    """The shares of a comparison."""
    off = compared["deviation_pct"].abs()
    return SpotCheck(
        points=len(compared),
        within_1_5=int((off <= MISS_PCT).sum()),
        within_0_5=int((off <= CLOSE_PCT).sum()),
        worst_pct=float(off.max()) if off.notna().any() else None,
    )


def _price(catalogue: Catalogue, region: str, instance_type: str, system: str, purchase: str) -> float:
    platform = _PLATFORM.get(system)
    offer = _PURCHASE.fullmatch(purchase)
    if platform is None or (offer is None and purchase != "on_demand"):
        raise FrameError(
            f"a spot check knows the systems {', '.join(_PLATFORM)}, on_demand and offers such as "
            f"ri_standard_1yr_no_upfront; received {system!r}, {purchase!r}"
        )
    try:
        if offer is None:
            return catalogue.on_demand(instance_type, region, platform).usd_per_hour
        kind, offering_class = _OFFER[offer[1]]
        payment = f"{offer[3].capitalize()} Upfront"
        return catalogue.commitment_price(
            kind, instance_type, region, platform, int(offer[2]), payment, offering_class
        ).effective_usd_per_hour
    except UnknownPrice:
        return float("nan")
