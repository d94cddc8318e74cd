"""Which buckets are there, how large, at which recorded cost? The S3 resource list, cleaned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd

from finops.ingest.cleaning import (
    Cleaned,
    Rejections,
    cleaned,
    judged_costs,
    reject_repeated,
    reject_without_id,
)
from finops.ingest.columns import S3_LIST, match_list
from finops.ingest.csv_rows import read_csv_rows
from finops.ingest.ec2_list import with_attrs
from finops.ingest.files import InputFile
from finops.ingest.kept_rows import KeptRows
from finops.ingest.sheet import Sheet, sheet_of_csv, sheet_of_frame
from finops.schema import S3

UNENCRYPTED = "None"


def clean_s3_data(raw: pd.DataFrame) -> pd.DataFrame:
    """The ``s3`` frame of a raw resource list, one row per bucket.

    ``raw`` may come from a plain ``pd.read_csv``, which takes the word ``None`` for a missing value: a
    missing Encryption is therefore ``None``, the text; a blank text is null. ``CostUSD`` is dollars a
    month. Issues and totals are in ``frame.attrs`` as ``clean_ec2_data`` says. Raises UnknownFormat
    for other columns.
    """
    sheet = sheet_of_frame(raw, S3_LIST)
    return with_attrs(clean_s3(_with_unencrypted(sheet, raw)))


def _with_unencrypted(sheet: Sheet, raw: pd.DataFrame) -> Sheet:
    at = match_list([str(name) for name in raw.columns], S3_LIST, sheet.file).get("Encryption")
    if at is None:
        return sheet
    missing = raw.iloc[:, at].isna().to_numpy()
    cells = [
        UNENCRYPTED if missing[number - 2] else text
        for number, text in zip(sheet.numbers, sheet.cells["Encryption"], strict=True)
    ]
    return replace(sheet, cells={**sheet.cells, "Encryption": cells})


def read_s3(file: InputFile) -> Cleaned:
    """Read and clean an S3 bucket list. Raises EmptyInput, FileUnreadable or UnknownFormat."""
    return clean_s3(sheet_of_csv(read_csv_rows(file), S3_LIST))


def clean_s3(sheet: Sheet) -> Cleaned:
    """The s3 frame of a sheet, what was set aside, issues, and totals in dollars a month."""
    rejections = Rejections.none(len(sheet.numbers))
    reject_without_id(sheet, S3_LIST, rejections)
    costs = judged_costs(sheet, S3_LIST, rejections)
    reject_repeated(sheet, S3_LIST, rejections)
    return cleaned(sheet, rejections, costs, 1, _frame)


def _frame(kept: KeptRows, costs: list[Decimal | None]) -> pd.DataFrame:
    return S3.conform(
        pd.DataFrame(
            {
                "BucketName": pd.Series(kept.texts("BucketName"), dtype="str"),
                "AccountId": pd.Series(kept.words("AccountId"), dtype="str"),
                "Region": pd.Series(kept.words("Region", needed=True, lower=True), dtype="str"),
                "StorageClass": pd.Series(kept.words("StorageClass", needed=True), dtype="str"),
                "MonthlyCostUSD": pd.Series(costs, dtype="float64"),
                "TotalSizeGB": kept.numbers("TotalSizeGB"),
                "ObjectCount": kept.whole_numbers("ObjectCount"),
                "VersionEnabled": pd.Series(kept.booleans("VersionEnabled"), dtype="boolean"),
                "Encryption": pd.Series(_encryptions(kept), dtype="str"),
                "CreationDate": kept.times("CreationDate"),
                "Tags": kept.tags(),
            }
        )
    )


def _encryptions(kept: KeptRows) -> list[str | None]:
    """The word None is a value here: the bucket is not encrypted."""
    return [
        UNENCRYPTED if text.casefold() == "none" else text or None for text in kept.texts("Encryption")
    ]
