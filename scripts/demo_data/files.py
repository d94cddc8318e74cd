"""How is the sample written? Only what has changed, each file whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finops.schema import MONEY

FOLDER = Path(__file__).resolve().parents[2] / "data"


def write_text(path: Path, text: str) -> bool:
    """Write UTF-8 text with LF unless the file already holds it. Says whether it wrote."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    _replace(path, lambda temporary: temporary.write_bytes(text.encode()))
    return True


def write_frame(path: Path, frame: pd.DataFrame) -> bool:
    """Write a Parquet file unless the file already holds this frame. Says whether it wrote."""
    if path.exists() and same_frame(read_frame(path), frame):
        return False
    _replace(path, lambda temporary: _write_parquet(temporary, frame))
    return True


def read_frame(path: Path) -> pd.DataFrame:
    """A frame as it was written, column types included."""
    table = pq.read_table(path)
    frame: pd.DataFrame = table.to_pandas(types_mapper={MONEY.pyarrow_dtype: MONEY}.get)
    return frame


def same_frame(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Are columns, types, rows and values the same? The order of tag categories does not matter."""
    try:
        pd.testing.assert_frame_equal(left, right, check_categorical=False)
    except AssertionError:
        return False
    return True


def csv_text(frame: pd.DataFrame) -> str:
    """A frame of texts as CSV with LF."""
    return frame.to_csv(index=False, lineterminator="\n")


def json_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def commitments_text(frame: pd.DataFrame) -> str:
    """The ``commitments`` frame as a JSON array, one object per commitment, absent values null."""
    plain = frame.assign(
        **{name: frame[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("Start", "End")}
    )
    records = plain.astype("object").where(plain.notna(), None).to_dict("records")
    return json_text([{name: _plain(value) for name, value in record.items()} for record in records])


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _write_parquet(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # Times that follow each other are stored as differences, all else as a dictionary.
    times = [name for name in ("Hour",) if name in table.column_names]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table.column_names if name not in times],
        column_encoding=dict.fromkeys(times, "DELTA_BINARY_PACKED"),
        row_group_size=len(frame),
        data_page_size=1 << 20,
    )


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    write(temporary)
    os.replace(temporary, path)  # noqa: PTH105


def sizes(folder: Path) -> Mapping[str, int]:
    return {name: (folder / name).stat().st_size for name in NAMES}


NAMES = (
    "aws_resources_compute.csv",
    "aws_resources_S3.csv",
    "costs.parquet",
    "usage.parquet",
    "commitments.json",
    "accounts.csv",
    "tag_policy_sample.json",
    "sample.json",
    "planted_truths.json",
    "README.md",
)
