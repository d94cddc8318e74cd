"""Build the shipped price catalogue from the collected price figures.

    python scripts/build_price_catalogue.py --source FOLDER [--out FOLDER]

FOLDER holds ``ec2_prices_base.csv.gz``, ``ec2_specs.csv``, ``s3_prices.csv`` and
``s3_other_rates_us-east-1.csv``. The same figures give the same bytes. Nothing is computed that
``finops.pricing.derivations`` can compute at a lookup: the catalogue holds what was collected.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from finops.errors import CatalogueError  # noqa: E402
from finops.pricing.tables import (  # noqa: E402
    EC2_FILE,
    REQUESTS_FILE,
    SOURCES_FILE,
    SPECS_FILE,
    STORAGE_FILE,
    Ec2Row,
    RequestRow,
    SourceRow,
    SpecRow,
    StorageRow,
    read_tables,
)
from finops.pricing.verification import verify  # noqa: E402

# Every source that the figures name, with the day it speaks for: the first of the month where only
# the month is known.
SOURCES = {
    "ec2.shop@74c9fd8": (
        "ec2shop",
        "2025-04-01",
        "AWS public price files, April 2025 (ec2.shop@74c9fd8)",
    ),
    "parsec@9f52ad7": ("parsec", "2026-07-01", "AWS prices to July 2026 (parsec@9f52ad7)"),
    "karpenter@1d92708": ("karpenter", "2026-07-01", "AWS prices to July 2026 (karpenter@1d92708)"),
    "AWS Price List API 2026-09-28 via lib/storage-pricing.js (stored file id 71200454427)": (
        "s3api",
        "2026-09-28",
        "AWS Price List API 2026-09-28 via lib/storage-pricing.js",
    ),
    "FA tier priced as STANDARD (true in us-east-1)": (
        "s3fa",
        "2026-09-28",
        "frequent access tier priced as STANDARD (true in us-east-1); AWS Price List API 2026-09-28",
    ),
    "addisonj/pricesim src/catalog/aws/s3.gen.ts @cbdb505 (AWS s3.json published 2026-09-18)": (
        "s3json",
        "2026-09-18",
        "AWS s3.json published 2026-09-18 (addisonj/pricesim src/catalog/aws/s3.gen.ts @cbdb505)",
    ),
    "third-party table, stored file id 53780481381 (agrees with us-east-1 price zone)": (
        "s3third1",
        "2026-09-01",
        "third-party table that agrees with the us-east-1 price zone; collected September 2026",
    ),
    "third-party tables, stored file ids 71412926676, 60910637013": (
        "s3third2",
        "2026-09-01",
        "two third-party tables; collected September 2026",
    ),
    "researcher knowledge; same price zone as ap-northeast-1": (
        "s3zone",
        "2026-09-01",
        "taken from ap-northeast-1, the same price zone; no source found, noted September 2026",
    ),
    "researcher knowledge; no agreeing stored source found": (
        "s3none",
        "2026-09-01",
        "no agreeing source found; noted September 2026",
    ),
    "requests to restore": (
        "s3restore",
        "2024-07-15",
        "requests to restore: AWS re:Post, manage data retrieval (GLACIER); a published calculation of "
        "July 2024 (DEEP_ARCHIVE)",
    ),
}

# What the table of other rates lacks: requests that restore archived objects in the Standard time.
RESTORE_PER_1000 = {"GLACIER": "0.05", "DEEP_ARCHIVE": "0.1"}

BASIS = {"R": "recorded", "D": "derived", "": ""}
RATES = ("ri_std_1yr_nu", "ri_std_3yr_nu", "ri_conv_1yr_nu", "ri_conv_3yr_nu")

# AWS's spec files give these two no factor. i3.metal is the size of an i3.16xlarge; g4dn.metal has
# 96 vCPU, and every other bare-metal type has 2 units per vCPU (its family is not size-flexible).
FACTORS = {"i3.metal": "128", "g4dn.metal": "192"}

# Storage that the table of other rates holds: the name of its rate, and the basis. Of Reduced Redundancy
# only the first band is known; taken for all sizes it is an estimate.
STORAGE_IN_OTHER_RATES = {
    "storage_per_gb_month": "recorded",
    "storage_first_tier_per_gb_month": "estimated",
}


def build(source: Path, out: Path) -> None:
    """Write the five tables of the catalogue to ``out``, from the figures in ``source``.

    Raises CatalogueError when a figure names a source that this script does not know, or when the
    result does not verify; ``out`` is then as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as name:
        made = Path(name)
        _write_tables(source, made)
        verify(read_tables(made))
        for file in made.iterdir():
            file.replace(out / file.name)


def _write_tables(source: Path, out: Path) -> None:
    prices = _read(source / "ec2_prices_base.csv.gz")
    others = _read(source / "s3_other_rates_us-east-1.csv")
    storage = [_storage_row(row) for row in _read(source / "s3_prices.csv")]
    storage += [_other_storage(row) for row in others if row["rate"] in STORAGE_IN_OTHER_RATES]
    requests = [_request_row(row) for row in others if row["rate"] not in STORAGE_IN_OTHER_RATES]
    requests += [_restore_row(name, usd) for name, usd in RESTORE_PER_1000.items()]
    out.mkdir(parents=True, exist_ok=True)
    _write(out / EC2_FILE, Ec2Row._fields, sorted(_ec2_rows(prices), key=lambda row: row[1::-1]))
    _write(out / SPECS_FILE, SpecRow._fields, sorted(map(_spec_row, _read(source / "ec2_specs.csv"))))
    _write(out / STORAGE_FILE, StorageRow._fields, sorted(storage, key=_band_order))
    _write(out / REQUESTS_FILE, RequestRow._fields, sorted(requests))
    _write(out / SOURCES_FILE, SourceRow._fields, sorted(SourceRow(*row) for row in SOURCES.values()))
    verify(read_tables(out))


def _ec2_rows(prices: Sequence[dict[str, str]]) -> Iterable[Ec2Row]:
    places: dict[tuple[str, str], int] = {}
    for row in prices:
        key = _family_in_region(row)
        places[key] = max(places.get(key, 0), *(_decimals(row[name]) for name in RATES))
    for row in prices:
        yield Ec2Row(
            region=row["region"],
            instance_type=row["instance_type"],
            source=_source(row["od_source"]),
            linux=row["od_linux"],
            windows=row["od_windows"],
            windows_basis=BASIS[row["od_windows_basis"]],
            rhel=row["od_rhel"],
            rhel_basis=BASIS[row["od_rhel_basis"]],
            places=str(places[_family_in_region(row)]),
            std1=row["ri_std_1yr_nu"],
            std3=row["ri_std_3yr_nu"],
            conv1=row["ri_conv_1yr_nu"],
            conv3=row["ri_conv_3yr_nu"],
            std1_unrounded=row["ri_std_1yr_nu_unrounded"],
            std3_unrounded=row["ri_std_3yr_nu_unrounded"],
            conv1_unrounded=row["ri_conv_1yr_nu_unrounded"],
            conv3_unrounded=row["ri_conv_3yr_nu_unrounded"],
        )


def _family_in_region(row: dict[str, str]) -> tuple[str, str]:
    return row["region"], row["instance_type"].partition(".")[0]


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _spec_row(row: dict[str, str]) -> SpecRow:
    return SpecRow(
        instance_type=row["instance_type"],
        vcpu=row["vcpu"],
        memory_gib="" if float(row["memory_gib"]) == 0 else row["memory_gib"],
        arch=row["arch"],
        category=row["category"],
        burstable=row["burstable"],
        current_generation=row["current_generation"],
        normalization_factor=row["normalization_factor"] or FACTORS[row["instance_type"]],
        size_flexible=row["ri_size_flexible_family"],
        ri_offered=row["ri_offered_2025_04"],
    )


def _storage_row(row: dict[str, str]) -> StorageRow:
    return StorageRow(
        region=row["region"],
        storage_class=row["storage_class"],
        start_gb=row["tier_start_gb"],
        end_gb=row["tier_end_gb"],
        usd_per_gb_month=row["usd_per_gb_month"],
        basis=row["confidence"],
        source=_source(row["source"]),
    )


def _other_storage(row: dict[str, str]) -> StorageRow:
    return StorageRow(
        region="us-east-1",
        storage_class=row["storage_class"],
        start_gb="0",
        end_gb="",
        usd_per_gb_month=row["usd"],
        basis=STORAGE_IN_OTHER_RATES[row["rate"]],
        source=_source(row["source"]),
    )


def _request_row(row: dict[str, str]) -> RequestRow:
    return RequestRow(
        region="us-east-1",
        storage_class=row["storage_class"],
        rate=row["rate"],
        usd=row["usd"],
        basis="recorded",
        source=_source(row["source"]),
    )


def _restore_row(storage_class: str, usd: str) -> RequestRow:
    return RequestRow(
        region="us-east-1",
        storage_class=storage_class,
        rate="restore_standard_per_1000",
        usd=usd,
        basis="secondary",
        source=_source("requests to restore"),
    )


def _band_order(row: StorageRow) -> tuple[str, str, float]:
    return row.region, row.storage_class, float(row.start_gb)


def _source(text: str) -> str:
    if text not in SOURCES:
        raise CatalogueError(f"the figures name a source without a date: {text!r}; add it to SOURCES")
    return SOURCES[text][0]


def _read(path: Path) -> list[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    # No file name and no time in the gzip header: the same rows are the same bytes.
    path.write_bytes(
        gzip.compress(content, compresslevel=9, mtime=0) if path.suffix == ".gz" else content
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the shipped price catalogue.")
    parser.add_argument(
        "--source", type=Path, required=True, help="the folder with the collected figures"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "finops" / "pricing" / "data")
    options = parser.parse_args(arguments)
    try:
        build(options.source, options.out)
    except (CatalogueError, OSError) as error:
        print(f"the catalogue was not built: {error}", file=sys.stderr)
        return 1
    for file in sorted(options.out.iterdir()):
        print(f"{file.name}: {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
