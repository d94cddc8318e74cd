"""How many instance-hours did each pool use in each hour? The ``usage`` frame from CSV or Parquet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finops.errors import Issue
from finops.ingest.cell_values import Mask
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, read_frame_file
from finops.ingest.provenance import FileInfo, Loaded, days_of
from finops.schema import SET_ASIDE, USAGE, USAGE_DEFAULTS

PURCHASE_OPTIONS = ("on_demand", "spot")
PURCHASE_WORDS = {"on-demand": "on_demand", "on demand": "on_demand", "ondemand": "on_demand"}

_REASONS = {
    "bad_quantity": "the row has a Quantity that is missing, infinite or below zero",
    "duplicate_usage": "the row is an exact copy of an earlier one",
}


def read_usage(file: InputFile) -> Loaded:
    """Read hourly usage. Required: Hour, Region, InstanceType (or UsageType) and Quantity.

    Columns that are absent or blank get ``schema.USAGE_DEFAULTS``. Rows whose Quantity is missing,
    infinite or negative (``bad_quantity``) and exact copies of a row (``duplicate_usage``) are set
    aside; two rows of one hour and pool with different quantities are parts of one total and both
    stay, said as ``split_usage``. A time inside an hour counts for that hour (``hour_floored``).
    Raises FrameError where a cell, or a whole hour, region or type, cannot be read.
    """
    read = read_frame_file(file, USAGE, aliases={"UsageType": "InstanceType"})
    for name in ("Hour", "Region", "InstanceType"):
        missing = read.frame[name].isna().to_numpy()
        if missing.any():
            raise read.error(name, missing, "a value")
    hours = read.frame["Hour"].dt.floor("h")
    moved = (hours != read.frame["Hour"]).to_numpy()
    defaults = {name: read.frame[name].fillna(word) for name, word in USAGE_DEFAULTS.items()}
    bought = defaults["PurchaseOption"].str.strip().str.casefold().replace(PURCHASE_WORDS)
    strange = ~bought.isin(PURCHASE_OPTIONS).to_numpy()
    frame = read.frame.assign(Hour=hours, **defaults | {"PurchaseOption": bought})
    rates = frame["OnDemandRateUSD"].to_numpy()
    bad_rate = (rates < 0) | np.isinf(rates)
    frame = frame.assign(OnDemandRateUSD=frame["OnDemandRateUSD"].mask(bad_rate))
    quantity = frame["Quantity"].to_numpy()
    bad = ~np.isfinite(quantity) | (quantity < 0)
    copies = frame.duplicated().to_numpy() & ~bad
    pool = [name for name in USAGE.columns if name not in {"Quantity", "OnDemandRateUSD"}]
    kept = ~(bad | copies)
    split = np.zeros(len(frame), dtype=bool)
    split[kept] = frame[kept].duplicated(pool).to_numpy()
    dollars = _dollars(frame, copies)
    issues = (
        *read.issues,
        *read.report("hour_floored", "have a time inside an hour and count for it", moved),
        *read.report(
            "unknown_purchase_option",
            f"are neither {' nor '.join(PURCHASE_OPTIONS)}: no commitment is advised for them",
            strange,
        ),
        *read.report("bad_rate", "have an OnDemandRateUSD below zero or infinite, now null", bad_rate),
        *read.report(
            "bad_quantity", "set aside: Quantity is missing, infinite or negative", bad, set_aside=True
        ),
        *read.report(
            "duplicate_usage",
            "set aside: exact copies of a row",
            copies,
            cost_usd=dollars,
            set_aside=True,
        ),
        *read.report("split_usage", "add to an hour and pool that has a row", split, severity="info"),
        *_assumed_platform(read),
    )
    first, last = days_of(hours)
    info = FileInfo(
        path=file.name,
        kind="usage",
        format="usage",
        rows=len(frame),
        set_aside_rows=int((~kept).sum()),
        currency="USD",
        period_start=first,
        period_end=last,
    )
    shown = USAGE.conform(frame[kept])
    return Loaded(frame=shown, info=info, issues=issues, set_aside=_aside(read, frame, bad, copies))


def _dollars(frame: pd.DataFrame, rows: Mask) -> float | None:
    worth = (frame["Quantity"] * frame["OnDemandRateUSD"])[rows]
    return float(worth.sum()) if worth.notna().any() else None


def _assumed_platform(read: FrameFile) -> tuple[Issue, ...]:
    blank = read.frame["Platform"].isna().to_numpy()
    text = f"name no platform; {USAGE_DEFAULTS['Platform']} is assumed"
    return read.report("platform_assumed", text, blank, severity="info")


def _aside(read: FrameFile, frame: pd.DataFrame, bad: Mask, copies: Mask) -> pd.DataFrame:
    rows = np.flatnonzero(bad | copies)
    codes = ["bad_quantity" if bad[at] else "duplicate_usage" for at in rows]
    lines = frame.iloc[rows]
    texts = (
        lines["Hour"].dt.strftime("%Y-%m-%dT%H:%MZ")
        + " "
        + lines["Region"]
        + " "
        + lines["InstanceType"]
    )
    return SET_ASIDE.conform(
        pd.DataFrame(
            {
                "File": pd.Series([read.file] * len(rows), dtype="str"),
                "Row": read.numbers[rows],
                "Code": pd.Series(codes, dtype="str"),
                "Reason": pd.Series([_REASONS[code] for code in codes], dtype="str"),
                "CostUSD": (lines["Quantity"] * lines["OnDemandRateUSD"]).mask(bad[rows]).to_numpy(),
                "Text": (texts + " × " + lines["Quantity"].astype("str")).to_numpy(),
            }
        )
    )
