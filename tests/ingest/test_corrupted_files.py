"""2,080 corrupted lists: each loads with shown + set aside = file, or raises an error of our tree.

Half are built row by row from cells whose dollars are known, so that the test has a total of its own;
half are sound files with damaged bytes, where the parts must agree with each other. The seeds are
fixed. Warnings are errors.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from finops.errors import FinOpsError
from finops.ingest import InputFile, clean_ec2_data, clean_s3_data, read_ec2, read_s3
from finops.ingest.cleaning import Cleaned
from finops.money import exact_sum, round_cents
from finops.schema import EC2, S3, SET_ASIDE

FILES_PER_BATCH = 104
BATCHES = range(10)

EC2_HEADER = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,"
    "CPUUtilization,MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps"
)
S3_HEADER = (
    "BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,"
    "ObjectCount,TotalSizeGB,VersionEnabled,Encryption"
)
EC2_COLUMNS, S3_COLUMNS = EC2_HEADER.split(","), S3_HEADER.split(",")

# What a cost cell may hold and the dollars it says; None where it says none.
COSTS: dict[str, str | None] = {
    "1.074": "1.074",
    "$2.50": "2.50",
    "1,234.5": "1234.5",
    "-3": "-3",
    "(4.25)": "-4.25",
    "1e-3": "0.001",
    "0": "0",
    "": None,
    "None": None,
    "nan": None,
    "abc": None,
    "€5": None,
    "1,07": None,
    "inf": None,
    "2e9": "2000000000",
    "1e400": None,
    "1.2.3": None,
    "7 USD": "7",
    "\ufffd": None,
    "0x10": None,
    "9" * 60: None,
    "\x00": None,
    "=1+1": None,
    "１": None,
    " 8 ": "8",
}
NASTY = [
    "",
    "None",
    "nan",
    "a,b",
    'say "hi"',
    "two\nlines",
    "€",
    "\x00",
    "-1",
    "1e309",
    "101",
    "x" * 3000,
    "{",
    '{"a":',
    "=1+1",
    "9999-99-99",
    "2025-07-22",
    "running",
    "EC2",
    "\u202e",
    "\ud7ff",
    "a=b,a=c",
    "[[[[",
    "NULL",
    "\t",
    "true",
    "1.5",
    "0",
    "İ",
    "ﬁ",
]


def sound_rows(rng: random.Random, columns: list[str], rows: int) -> list[dict[str, str]]:
    made = []
    for number in range(rows):
        row = {
            "ResourceId": f"i-{number}",
            "BucketName": f"bucket-{number}",
            "ResourceType": "EC2",
            "Region": rng.choice(["us-east-1", "eu-west-1"]),
            "CostUSD": f"{rng.randrange(1, 5000) / 1000:.3f}",
            "Tags": rng.choice(["", "Owner=Alice,Team=Data", '{"Team":"Data"}']),
            "CreationDate": "2025-07-22",
            "InstanceType": "c5.large",
            "State": rng.choice(["running", "stopped", "terminated"]),
            "CPUUtilization": "10.5",
            "MemoryUtilization": "",
            "NetworkIn_Bps": "100",
            "NetworkOut_Bps": "100",
            "StorageClass": "STANDARD",
            "ObjectCount": "100",
            "TotalSizeGB": "5.5",
            "VersionEnabled": "true",
            "Encryption": rng.choice(["None", "AES256"]),
        }
        made.append({name: row[name] for name in columns})
    return made


def written(rows: list[list[str]], rng: random.Random) -> bytes:
    buffer = io.StringIO(newline="")
    delimiter = rng.choice(",,,;\t|")
    style = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    ending = rng.choice(["\n", "\r\n"])
    csv.writer(buffer, delimiter=delimiter, quoting=style, lineterminator=ending).writerows(rows)
    return buffer.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))


def consistent(result: Cleaned, per_month: int) -> None:
    """What must hold whatever the file: parts and total, row by row and to the cent."""
    totals, frame, aside = result.totals, result.frame, result.set_aside
    assert totals.file == totals.shown + totals.set_aside
    monthly = exact_sum(frame["MonthlyCostUSD"].dropna())
    assert round_cents(monthly) == round_cents(totals.shown * per_month)
    known = exact_sum(aside["CostUSD"].dropna())
    assert abs(known - totals.set_aside * per_month) <= Decimal("0.005") + abs(known) * Decimal("1e-12")
    assert int(aside["CostUSD"].isna().sum()) == totals.unknown_rows
    assert list(aside.columns) == list(SET_ASIDE.columns)
    issues = [issue for issue in result.issues if issue.set_aside]
    assert sum(issue.rows for issue in issues) == len(aside)
    assert not frame.iloc[:, 0].duplicated().any()
    assert list(frame.columns) == list((EC2 if per_month == 730 else S3).columns)


@pytest.mark.parametrize("batch", BATCHES)
def test_corrupted_cells_and_rows(batch: int) -> None:
    rng = random.Random(batch)
    for _ in range(FILES_PER_BATCH):
        columns, read, per_month = rng.choice([(EC2_COLUMNS, read_ec2, 730), (S3_COLUMNS, read_s3, 1)])
        rows = sound_rows(rng, columns, rng.randrange(1, 15))
        dollars: list[Decimal] = []
        lines: list[list[str]] = []
        order = rng.sample(columns, len(columns)) if rng.random() < 0.3 else columns
        for row in rows:
            if rng.random() < 0.3:
                row["CostUSD"] = rng.choice(list(COSTS))
            for name in rng.sample(columns, rng.choice([0, 0, 1, 3])):
                if name != "CostUSD":
                    row[name] = rng.choice(NASTY)
            cells = [row[name] for name in order]
            for _ in range(rng.choice([1, 1, 1, 2])):
                said = COSTS.get(row["CostUSD"], row["CostUSD"])
                dollars += [] if said is None else [Decimal(said)]
                lines.append(cells)
            if rng.random() < 0.1:
                lines.append([""] * len(columns))
        header = [rng.choice([name, name.upper(), f" {name.lower()} "]) for name in order]
        data = written([header, *lines], rng)
        try:
            result = read(InputFile("f.csv", data))
        except FinOpsError as error:
            # Only a cell full of NULs may make a short file look like no text at all.
            assert "not text" in str(error), error
            continue
        consistent(result, per_month)
        assert result.totals.file == exact_sum(dollars), data


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 3, 30])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _insert(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 5, 20])):
        at = rng.randrange(len(data))
        data[at:at] = rng.choice(
            [b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b";", b"'", b'""', b"\xe2\x82\xac"]
        )
    return bytes(data)


def _drop(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 5, 20])):
        at = rng.randrange(len(data))
        del data[at : at + rng.choice([1, 1, 2, 40])]
        if not data:
            break
    return bytes(data)


def _cut(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data))])


def _repeat(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return bytes(data) + bytes(data[start : start + 400])


def _recode(data: bytearray, rng: random.Random) -> bytes:
    text = bytes(data).decode()
    encoding = rng.choice(
        ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-7", "cp037"]
    )
    return text.replace("Alice", "Älice").encode(encoding, "replace")


def _drop_columns(data: bytearray, rng: random.Random) -> bytes:
    rows = list(csv.reader(io.StringIO(bytes(data).decode(), newline="")))
    gone = set(rng.sample(range(len(rows[0])), rng.choice([1, 2, 5])))
    return "\n".join(
        ",".join(cell for at, cell in enumerate(row) if at not in gone) for row in rows
    ).encode()


def _noise(data: bytearray, rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice([0, 1, 10, len(data)]))


def _grow(data: bytearray, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return (
        bytes(data[:at])
        + rng.choice([b"x", b'"', b",", b"\n", b"9", b"\x00"]) * 140_000
        + bytes(data[at:])
    )


DAMAGE: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    _flip,
    _flip,
    _insert,
    _insert,
    _drop,
    _drop,
    _cut,
    _repeat,
    _recode,
    _drop_columns,
    _noise,
)


@pytest.mark.parametrize("batch", BATCHES)
def test_damaged_bytes(batch: int) -> None:
    rng = random.Random(1000 + batch)
    loaded = 0
    for number in range(FILES_PER_BATCH):
        columns, read, per_month = rng.choice([(EC2_COLUMNS, read_ec2, 730), (S3_COLUMNS, read_s3, 1)])
        rows = sound_rows(rng, columns, rng.randrange(1, 12))
        buffer = io.StringIO(newline="")
        writer = csv.DictWriter(buffer, columns)
        writer.writeheader()
        writer.writerows(rows)
        data = buffer.getvalue().encode()
        damage = rng.choice(DAMAGE) if number % 20 else _grow
        data = damage(bytearray(data), rng)
        try:
            consistent(read(InputFile("f.csv", data)), per_month)
        except FinOpsError as error:
            assert str(error)
        else:
            loaded += 1
    assert loaded > FILES_PER_BATCH / 4  # else the damage would prove nothing


@pytest.mark.parametrize("batch", range(3))
def test_damaged_frames(batch: int) -> None:
    """The public cleaners: any value in any cell of a frame, and the frame is left as it is."""
    rng = random.Random(2000 + batch)
    odd = [
        None,
        float("nan"),
        float("inf"),
        -1,
        10**30,
        True,
        pd.NaT,
        "",
        "None",
        [1],
        {"a": 1},
        b"x",
        1.5,
    ]
    for _ in range(30):
        columns, clean = rng.choice([(EC2_COLUMNS, clean_ec2_data), (S3_COLUMNS, clean_s3_data)])
        raw = pd.DataFrame(sound_rows(rng, columns, 6), dtype="object")
        for _ in range(rng.choice([1, 5, 20])):
            raw.iat[rng.randrange(6), rng.randrange(len(columns))] = rng.choice(odd)
        before = raw.copy(deep=True)
        frame = clean(raw)
        pd.testing.assert_frame_equal(raw, before)
        totals = frame.attrs["totals"]
        assert totals["file_usd"] == pytest.approx(totals["shown_usd"] + totals["set_aside_usd"])
        cost = "CostPerHourUSD" if "CostPerHourUSD" in frame else "MonthlyCostUSD"
        assert frame[cost].sum() == pytest.approx(totals["shown_usd"])
