"""Every cell of the shipped tables, and folders that are none."""

from __future__ import annotations

import gzip
import importlib.util
import math
import os
import shutil
from pathlib import Path

import pytest

from finops.errors import CatalogueError
from finops.pricing import BASES, load_catalogue
from finops.pricing.catalogue import PACKAGED
from finops.pricing.tables import (
    EC2_FILE,
    REQUESTS_FILE,
    SOURCES_FILE,
    SPECS_FILE,
    STORAGE_FILE,
    read_tables,
)
from finops.pricing.verification import verify
from finops.schema import PLATFORMS

ROOT = Path(__file__).resolve().parents[2]
FILES = (EC2_FILE, REQUESTS_FILE, SOURCES_FILE, SPECS_FILE, STORAGE_FILE)


def test_the_shipped_tables_verify() -> None:
    tables = read_tables(PACKAGED)
    verify(tables)
    assert len(tables.ec2) == 17_942
    assert sum(bool(tables.ec2_row(*key).std1) for key in tables.ec2) == 14_586
    assert sum(len(bands) for bands in tables.storage.values()) == 258 + 2


def test_the_shipped_tables_are_small() -> None:
    assert sorted(file.name for file in PACKAGED.iterdir()) == sorted(FILES)
    assert sum(file.stat().st_size for file in PACKAGED.iterdir()) < 700_000


def test_every_price_is_above_0_and_says_its_day_source_and_basis() -> None:
    catalogue = load_catalogue()
    # One region whole, and one type everywhere: the rules are the same for every row.
    asked = [(name, "us-east-1") for name in catalogue.instance_types("us-east-1")]
    asked += [("m5.large", r) for r in catalogue.regions() if "m5.large" in catalogue.instance_types(r)]
    for instance_type, region in asked:
        price = catalogue.on_demand(instance_type, region)
        assert price.usd_per_hour > 0
        assert price.basis in BASES
        assert price.source
        for offer in catalogue.commitment_prices(instance_type, region):
            hours = 8760 * offer.term_years
            parts = offer.upfront_usd / hours + offer.recurring_usd_per_hour
            assert math.isclose(offer.effective_usd_per_hour, parts, rel_tol=1e-12)
            assert 0 < offer.effective_usd_per_hour < price.usd_per_hour
            assert offer.basis in BASES
            assert offer.source
            assert offer.as_of.year >= 2025


def test_the_platforms_are_those_of_the_schema() -> None:
    catalogue = load_catalogue()
    prices = [catalogue.on_demand("m5.large", "us-east-1", platform) for platform in PLATFORMS]
    assert len({price.usd_per_hour for price in prices}) == len(PLATFORMS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))


def test_a_copy_of_the_folder_is_a_catalogue(folder: Path) -> None:
    assert load_catalogue(folder).on_demand("c5.large", "us-east-1").usd_per_hour == 0.085


@pytest.mark.parametrize("name", FILES)
def test_a_missing_table_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CatalogueError, match=name):
        load_catalogue(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"a,b\n1,2\n", b'"', b"\x1f\x8b\x08rubbish"])
def test_a_table_of_something_else_is_refused(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(CatalogueError, match=name):
        load_catalogue(folder)
    if name.endswith(".gz"):
        (folder / name).write_bytes(gzip.compress(content))
        with pytest.raises(CatalogueError, match=name):
            load_catalogue(folder)


def test_places_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for path in (tmp_path, tmp_path / "nowhere", file, Path("/dev/null"), Path("a\0b")):
        with pytest.raises(CatalogueError):
            load_catalogue(path)


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    (folder / SPECS_FILE).unlink()
    os.mkfifo(folder / SPECS_FILE)
    with pytest.raises(CatalogueError, match=SPECS_FILE):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (STORAGE_FILE, "us-east-1,STANDARD,0,51200,0.023,", "us-east-1,STANDARD,0,51200,0,", "above 0"),
        (STORAGE_FILE, "us-east-1,STANDARD,0,51200,0.023,", "us-east-1,STANDARD,0,51200,nan,", "finite"),
        (
            STORAGE_FILE,
            "us-east-1,STANDARD,0,51200,0.023,",
            "us-east-1,STANDARD,0,51200,free,",
            "a number",
        ),
        (STORAGE_FILE, "us-east-1,STANDARD,0,51200,", "us-east-1,STANDARD,0,51100,", "without a gap"),
        (
            STORAGE_FILE,
            "us-east-1,STANDARD,0,51200,0.023,recorded",
            "us-east-1,STANDARD,0,51200,0.023,sure",
            "basis",
        ),
        (STORAGE_FILE, "recorded,s3api", "recorded,hearsay", "'hearsay', which is not listed"),
        (SOURCES_FILE, "2026-09-28", "28.9.2026", "YYYY-MM-DD"),
        (SPECS_FILE, "c5.large,2,4,", "c5.large,two,4,", "a number"),
        (SPECS_FILE, "c5.large,2,4,", "c5.large,2.5,4,", "a count"),
        (SPECS_FILE, "c5.large,2,4,", "c5.huge,2,4,", "does not describe the type"),
        (REQUESTS_FILE, "STANDARD,get_per_1000,0.0004", "STANDARD,get_per_1000,-1", "not below 0"),
    ],
)
def test_a_wrong_cell_is_named(folder: Path, name: str, old: str, new: str, said: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=said):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",c5.large,ec2shop,0.085,", ",c5.large,ec2shop,-0.085,", "above 0"),
        (",c5.large,ec2shop,0.085,", ",c5.large,ec2shop,0.985,", "a licence costs something"),
        (",c5.large,ec2shop,0.085,", ",c5.large,0.085,", "16 cells received, 17 expected"),
        ("us-east-1,c5.large,", "us-west-1,c5.large,", "twice"),
        ("us-east-1,c5.large,ec2shop,", "us-east-1,c5.large,me,", "'me', which is not listed"),
    ],
)
def test_a_wrong_ec2_cell_is_named(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / EC2_FILE
    text = gzip.decompress(path.read_bytes()).decode()
    assert old in text
    path.write_bytes(gzip.compress(text.replace(old, new).encode()))
    with pytest.raises(CatalogueError, match=said):
        load_catalogue(folder)


def _builder():
    spec = importlib.util.spec_from_file_location(
        "build_price_catalogue", ROOT / "scripts" / "build_price_catalogue.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(
    "FINOPS_CONFORMANCE_DATA" not in os.environ,
    reason="FINOPS_CONFORMANCE_DATA does not name the folder with the collected price figures",
)
def test_the_shipped_tables_are_what_the_script_builds(tmp_path: Path) -> None:
    source = Path(os.environ["FINOPS_CONFORMANCE_DATA"]) / "pricing"
    for run in ("one", "two"):
        _builder().build(source, tmp_path / run)
    for name in FILES:
        first = (tmp_path / "one" / name).read_bytes()
        assert first == (tmp_path / "two" / name).read_bytes()
    # Compressors differ between versions of zlib, what they compress does not.
    assert read_tables(tmp_path / "one") == read_tables(PACKAGED)


def test_a_figure_without_a_dated_source_is_refused() -> None:
    with pytest.raises(CatalogueError, match="a friend"):
        _builder()._source("a friend")
