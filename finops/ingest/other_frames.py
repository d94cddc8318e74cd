"""What do monitoring and the organisation say? The optional ``metrics`` and ``accounts`` frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, read_frame_file
from finops.ingest.provenance import FileInfo, FileKind, Loaded, days_of
from finops.schema import ACCOUNTS, METRICS


def read_metrics(file: InputFile) -> Loaded:
    """Read instance metrics by the hour. InstanceId and Hour are required, null figures are fine.

    A second row of an instance and hour is set aside (``duplicate_metric``: the first stays).
    Infinite figures are null. Raises FrameError for a cell that cannot be read.
    """
    read = read_frame_file(file, METRICS)
    for name in ("InstanceId", "Hour"):
        missing = read.frame[name].isna().to_numpy()
        if missing.any():
            raise read.error(name, missing, "a value")
    frame = read.frame.assign(Hour=read.frame["Hour"].dt.floor("h")).replace([np.inf, -np.inf], np.nan)
    loaded = _without_copies(read, frame, ["InstanceId", "Hour"], "metrics", "duplicate_metric")
    return Loaded(frame=METRICS.conform(loaded.frame), info=loaded.info, issues=loaded.issues)


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
