"""Which instances are there, in which state, at which recorded cost? The EC2 resource list, cleaned."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import pandas as pd

from finops.errors import Issue
from finops.ingest.cleaning import (
    Cleaned,
    Rejections,
    cleaned,
    judged_costs,
    reject_repeated,
    reject_without_id,
)
from finops.ingest.columns import EC2_LIST
from finops.ingest.csv_rows import read_csv_rows
from finops.ingest.files import InputFile
from finops.ingest.kept_rows import KeptRows
from finops.ingest.sheet import Sheet, sheet_of_csv, sheet_of_frame
from finops.money import HOURS_PER_MONTH
from finops.schema import EC2, STATES

_ON_THE_WAY = {
    "pending": "running",
    "stopping": "stopped",
    "shutting-down": "terminated",
    "shutting_down": "terminated",
}
_EC2_TYPES = frozenset({"", "ec2", "instance", "ec2 instance", "ec2:instance", "aws::ec2::instance"})
_PLATFORMS = {
    "linux": "Linux/UNIX",
    "linux/unix": "Linux/UNIX",
    "linux/unix (amazon vpc)": "Linux/UNIX",
    "windows": "Windows",
    "windows (amazon vpc)": "Windows",
    "rhel": "Red Hat Enterprise Linux",
    "red hat enterprise linux": "Red Hat Enterprise Linux",
    "red hat enterprise linux (amazon vpc)": "Red Hat Enterprise Linux",
}
ASSUMED_PLATFORM = "Linux/UNIX"


def known_platform(text: str) -> str:
    """AWS's several names of a platform as the one that prices have; others as they are."""
    return _PLATFORMS.get(text.casefold(), text)


def clean_ec2_data(raw: pd.DataFrame) -> pd.DataFrame:
    """The ``ec2`` frame of a raw resource list, one row per instance.

    ``raw`` may come from a plain ``pd.read_csv`` or hold text only; it is left as it is. ``CostUSD``
    is dollars an hour; MonthlyCostUSD is that × 730 in every state. Rows that cannot stand are left
    out and named in ``frame.attrs["issues"]``, a list of JSON-serialisable issues whose row numbers
    count the first row as 2. ``frame.attrs["totals"]`` holds the hourly dollars of the input, of the
    frame and of what was set aside. A blank cost is null. Raises UnknownFormat for other columns.
    """
    return with_attrs(clean_ec2(sheet_of_frame(raw, EC2_LIST)))


def read_ec2(file: InputFile) -> Cleaned:
    """Read and clean an EC2 resource list. Raises EmptyInput, FileUnreadable or UnknownFormat."""
    return clean_ec2(sheet_of_csv(read_csv_rows(file), EC2_LIST))


def clean_ec2(sheet: Sheet) -> Cleaned:
    """The ec2 frame of a sheet, what was set aside, issues, and totals in dollars an hour."""
    rejections = Rejections.none(len(sheet.numbers))
    types = sheet.cells["ResourceType"]
    rejections.reject(
        [at for at, text in enumerate(types) if text.casefold() not in _EC2_TYPES], "not_an_instance"
    )
    reject_without_id(sheet, EC2_LIST, rejections)
    costs = judged_costs(sheet, EC2_LIST, rejections)
    known = {*STATES, *_ON_THE_WAY}
    states = [text.casefold() for text in sheet.cells["State"]]
    rejections.reject([at for at, text in enumerate(states) if text not in known], "unknown_state")
    reject_repeated(sheet, EC2_LIST, rejections)
    return cleaned(sheet, rejections, costs, HOURS_PER_MONTH, _frame)


def with_attrs(result: Cleaned) -> pd.DataFrame:
    """The frame with its issues and totals as plain values in ``attrs``."""
    result.frame.attrs["issues"] = [_plain(issue) for issue in result.issues]
    totals = result.totals
    result.frame.attrs["totals"] = {
        "file_usd": float(totals.file),
        "shown_usd": float(totals.shown),
        "set_aside_usd": float(totals.set_aside),
        "unknown_rows": totals.unknown_rows,
    }
    return result.frame


def _plain(issue: Issue) -> dict[str, object]:
    return {**asdict(issue), "row_numbers": list(issue.row_numbers)}


def _frame(kept: KeptRows, costs: list[Decimal | None]) -> pd.DataFrame:
    return EC2.conform(
        pd.DataFrame(
            {
                "InstanceId": pd.Series(kept.texts("InstanceId"), dtype="str"),
                "AccountId": pd.Series(kept.words("AccountId"), dtype="str"),
                "Region": pd.Series(kept.words("Region", needed=True, lower=True), dtype="str"),
                "InstanceType": pd.Series(
                    kept.words("InstanceType", needed=True, lower=True), dtype="str"
                ),
                "Platform": pd.Series(_platforms(kept), dtype="str"),
                "State": pd.Series(_states(kept), dtype="str"),
                "CostPerHourUSD": pd.Series(costs, dtype="float64"),
                "MonthlyCostUSD": pd.Series(kept.monthly, dtype="float64"),
                "LaunchTime": kept.times("LaunchTime"),
                "CPUUtilization": kept.numbers("CPUUtilization", high=100, percent=True),
                "MemoryUtilization": kept.numbers("MemoryUtilization", high=100, percent=True),
                "NetworkIn_Bps": kept.numbers("NetworkIn_Bps"),
                "NetworkOut_Bps": kept.numbers("NetworkOut_Bps"),
                "Tags": kept.tags(),
            }
        )
    )


def _platforms(kept: KeptRows) -> list[str]:
    given = kept.words("Platform")
    kept.report(
        "platform_assumed",
        f"name no platform; {ASSUMED_PLATFORM} is assumed",
        [text is None for text in given],
        "info",
    )
    return [ASSUMED_PLATFORM if text is None else known_platform(text) for text in given]


def _states(kept: KeptRows) -> list[str]:
    found = [text.casefold() for text in kept.texts("State")]
    kept.report(
        "state_mapped",
        "are on the way to a state and count as being there (pending: running, stopping: stopped, "
        "shutting-down: terminated)",
        [text in _ON_THE_WAY for text in found],
        "info",
    )
    states = [_ON_THE_WAY.get(text, text) for text in found]
    kept.report(
        "cost_while_not_running",
        "are stopped or terminated and still carry a cost; it is in the totals",
        [state != "running" and bool(cost) for state, cost in zip(states, kept.monthly, strict=True)],
    )
    return states
