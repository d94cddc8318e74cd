"""What do monitoring and the organisation say? The optional ``metrics`` and ``accounts`` frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finops.errors import Issue
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, read_frame_file
from finops.ingest.provenance import FileInfo, FileKind, Loaded, days_of
from finops.schema import ACCOUNTS, METRICS

_WITHIN_AN_HOUR = {"CpuMax": "max", "CpuAvg": "mean", "MemMax": "max", "NetworkBps": "max"}


def read_metrics(file: InputFile) -> Loaded:
    """Read instance metrics by the hour. InstanceId and Hour are required, null figures are fine.

    A second row of an instance and moment is set aside (``duplicate_metric``: the first stays). Moments
    of one hour become one row (``finer_metrics``): the highest of maxima and of the network, the mean of
    means. Infinite figures are null. Raises FrameError for a cell that cannot be read.
    """
    read = read_frame_file(file, METRICS)
    for name in ("InstanceId", "Hour"):
        missing = read.frame[name].isna().to_numpy()
        if missing.any():
            raise read.error(name, missing, "a value")
    frame = read.frame.replace([np.inf, -np.inf], np.nan)
    loaded = _without_copies(read, frame, ["InstanceId", "Hour"], "metrics", "duplicate_metric")
    hourly = _by_the_hour(loaded.frame)
    finer = len(loaded.frame) - len(hourly)
    issues = (*loaded.issues, *([_finer(read.file, finer)] if finer else []))
    return Loaded(frame=METRICS.conform(hourly), info=loaded.info, issues=issues)


def _by_the_hour(frame: pd.DataFrame) -> pd.DataFrame:
    """One row an instance and hour, in the order of the first of each."""
    floored = frame.assign(Hour=frame["Hour"].dt.floor("h"))
    if not floored.duplicated(["InstanceId", "Hour"]).any():
        return floored
    by_hour = floored.groupby(["InstanceId", "Hour"], sort=False)
    return by_hour.agg(_WITHIN_AN_HOUR).reset_index()


def _finer(file: str, rows: int) -> Issue:
    return Issue(
        severity="info",
        code="finer_metrics",
        message=f"{rows} row(s) lie in an hour that an earlier row has: maxima and network are the "
        "highest of the hour, CpuAvg is the mean",
        file=file,
        rows=rows,
    )


def read_accounts(file: InputFile) -> Loaded:
    """Read the accounts of the organisation; of two rows with one id the first stays.

    Raises FrameError for a row without AccountId.
    """
    read = read_frame_file(file, ACCOUNTS)
    missing = read.frame["AccountId"].isna().to_numpy()
    if missing.any():
        raise read.error("AccountId", missing, "an account id")
    loaded = _without_copies(read, read.frame, ["AccountId"], "accounts", "duplicate_account")
    return Loaded(frame=ACCOUNTS.conform(loaded.frame), info=loaded.info, issues=loaded.issues)


def _without_copies(
    read: FrameFile, frame: pd.DataFrame, key: list[str], kind: FileKind, code: str
) -> Loaded:
    copies = frame.duplicated(key).to_numpy()
    first, last = days_of(frame["Hour"]) if "Hour" in frame else (None, None)
    info = FileInfo(
        path=read.file,
        kind=kind,
        format=kind,
        rows=len(frame),
        set_aside_rows=int(copies.sum()),
        period_start=first,
        period_end=last,
    )
    message = f"set aside: an earlier row has the same {' and '.join(key)}"
    issues = (*read.issues, *read.report(code, message, copies, set_aside=True))
    return Loaded(frame=frame[~copies], info=info, issues=issues)
