"""What is taken from an offer file, and what is refused. Figures are those of offer_samples.py."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from finops.errors import CurrencyError, EmptyInput, FileUnreadable, InputError, UnknownFormat
from finops.pricing.offer_files import Figures, Priced, RegionIndex, read_offer_file
from finops.pricing.records import COMPUTE_PLAN, EC2_PLAN, RESERVED, OfferKey
from tests.pricing.offer_samples import (
    ALL,
    C5_LARGE,
    NO,
    PARTIAL,
    as_bytes,
    ec2_csv,
    ec2_json,
    plans_csv,
    plans_json,
    sku,
)

LINUX = Priced("us-east-1", "c5.large", "Linux/UNIX")
WINDOWS = LINUX._replace(platform="Windows")
RED_HAT = LINUX._replace(platform="Red Hat Enterprise Linux")
SKUS = [
    sku("c5.large", reserved=C5_LARGE),
    sku("c5.large", "Windows", "0.1770000000"),
    sku("c5.large", "RHEL", "0.1138000000"),
]


def _read(tmp_path: Path, content: bytes | str, name: str = "file") -> Figures:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_offer_file(path, name)
    assert isinstance(found, Figures)
    return found


def test_ec2_in_json(tmp_path: Path) -> None:
    figures = _read(tmp_path, as_bytes(ec2_json(SKUS)))
    assert figures.on_demand == {LINUX: "0.085", WINDOWS: "0.177", RED_HAT: "0.1138"}
    assert figures.offers == {
        LINUX: {
            OfferKey(RESERVED, "standard", 1, NO): ("", "0.054"),
            OfferKey(RESERVED, "standard", 1, PARTIAL): ("223", "0.026"),
            OfferKey(RESERVED, "standard", 1, ALL): ("438", ""),
            OfferKey(RESERVED, "standard", 3, NO): ("", "0.036"),
            OfferKey(RESERVED, "convertible", 3, ALL): ("994", ""),
        }
    }
    assert (figures.day, figures.placeholders) == (date(2026, 10, 1), 0)
    assert figures.source_text == "AWS offer file AmazonEC2, published 2026-10-01T20:13:41Z"


def test_savings_plans_in_json(tmp_path: Path) -> None:
    """Dedicated instances and SQL Server (RunInstances:0006) are not in the catalogue."""
    figures = _read(tmp_path, as_bytes(plans_json()))
    assert figures.on_demand == {}
    assert figures.offers == {
        LINUX: {
            OfferKey(COMPUTE_PLAN, None, 1, NO): ("", "0.062"),
            OfferKey(COMPUTE_PLAN, None, 3, ALL): ("", "0.0375"),
            OfferKey(EC2_PLAN, None, 1, PARTIAL): ("", "0.0515"),
        },
        WINDOWS: {OfferKey(COMPUTE_PLAN, None, 1, NO): ("", "0.154")},
    }


@pytest.mark.parametrize(
    ("document", "table"),
    [(ec2_json(SKUS), ec2_csv(SKUS)), (plans_json(), plans_csv())],
    ids=["AmazonEC2", "Savings Plans"],
)
def test_json_csv_and_gzip_say_the_same_whatever_they_are_called(
    tmp_path: Path, document, table
) -> None:
    expected = _read(tmp_path, as_bytes(document), "index.json")
    assert _read(tmp_path, table, "prices.json") == expected
    assert _read(tmp_path, gzip.compress(table.encode()), "noname") == expected
    assert _read(tmp_path, gzip.compress(as_bytes(document)), "prices.csv") == expected
    assert _read(tmp_path, b"\xef\xbb\xbf" + as_bytes(document)) == expected
    assert _read(tmp_path, json.dumps(document)) == expected


@pytest.mark.parametrize(
    "other",
    [
        sku("c5.large", tenancy="Dedicated", name="A"),
        sku("c5.large", tenancy="Host", name="A"),
        sku("c5.large", capacitystatus="UnusedCapacityReservation", name="A"),
        sku("c5.large", preInstalledSw="SQL Std", name="A"),
        sku("c5.large", "Windows", licenseModel="Bring your own license", name="A"),
        sku("c5.large", "Windows", operation="RunInstances:0800", name="A"),
        sku("c5.large", "SUSE", name="A"),
        sku("c5.large", marketoption="CapacityBlock", name="A"),
        sku("c5.large", usagetype="Reservation:c5.large", name="A"),
        sku("c5.large", locationType="AWS Local Zone", regionCode="us-west-2-lax-1", name="A"),
        sku("c5.large", regionCode="us-west-2-lax-1", name="A"),
        sku("c5,large", name="A"),
    ],
)
def test_what_the_catalogue_does_not_hold_is_passed_over(tmp_path: Path, other) -> None:
    for content in (as_bytes(ec2_json([*SKUS, other])), ec2_csv([*SKUS, other])):
        assert set(_read(tmp_path, content).on_demand) == {LINUX, WINDOWS, RED_HAT}
    with pytest.raises(EmptyInput, match="file holds no price of Linux"):
        _read(tmp_path, as_bytes(ec2_json([other])))


def test_a_zero_is_a_placeholder_and_no_price(tmp_path: Path) -> None:
    offers = {("1yr", "standard", NO): ("", "0.0000000000"), ("1yr", "standard", PARTIAL): ("0", "0")}
    free = sku("m9x.large", price="0.0000000000", reserved=offers)
    for content in (as_bytes(ec2_json([*SKUS, free])), ec2_csv([*SKUS, free])):
        figures = _read(tmp_path, content)
        assert "m9x.large" not in {of.instance_type for of in figures.priced()}
        assert figures.placeholders == 3


def test_a_new_type_is_described_by_its_file(tmp_path: Path) -> None:
    """The factor of a 2xlarge is 8 × 2; whether it is size flexible the file does not say."""
    new = sku(
        *("c99g.2xlarge", "Linux", "0.3"),
        **{"vcpu": "8", "memory": "1,024 GiB", "physicalProcessor": "AWS Graviton9 Processor"},
        normalizationSizeFactor="NA",
    )
    for content in (as_bytes(ec2_json([new])), ec2_csv([new])):
        spec = _read(tmp_path, content).specs["c99g.2xlarge"]
        assert (spec.vcpu, spec.memory_gib, spec.arch) == ("8", "1024", "arm64")
        assert (spec.normalization_factor, spec.size_flexible, spec.burstable) == ("16", "0", "0")


def test_regions_in_another_currency_are_refused_and_named(tmp_path: Path) -> None:
    yuan = sku("c5.large", price="0.62", regionCode="cn-north-1", currency="CNY")
    for content in (as_bytes(ec2_json([*SKUS, yuan])), ec2_csv([*SKUS, yuan])):
        figures = _read(tmp_path, content)
        assert figures.refused == {"cn-north-1": "its prices are in CNY, not USD"}
        assert {of.region for of in figures.priced()} == {"us-east-1"}
    for content in (as_bytes(ec2_json([yuan])), ec2_csv([yuan])):
        with pytest.raises(CurrencyError, match="cn-north-1: its prices are in CNY"):
            _read(tmp_path, content)


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("-0.085", "not below 0"),
        ("999999", "over 10,000"),
        ("0.0000000000001", "less than"),
        ("NaN", "expected a number"),
        ("1_0", "expected a number"),
        ("", "expected a number"),
        ("1e999999999", "expected a number"),
    ],
)
def test_what_can_be_no_price_is_refused(tmp_path: Path, price: str, said: str) -> None:
    bad = [*SKUS, sku("m5.large", price=price)]
    for content in (as_bytes(ec2_json(bad)), ec2_csv(bad)):
        with pytest.raises(InputError, match=rf"file prices m5.large in us-east-1 .*{said}"):
            _read(tmp_path, content)


def test_the_same_twice_is_once_and_two_prices_are_refused(tmp_path: Path) -> None:
    same = [*SKUS, sku("c5.large", name="OTHERSKU")]
    other = [*SKUS, sku("c5.large", price="0.086", name="OTHERSKU")]
    for write in (lambda skus: as_bytes(ec2_json(skus)), ec2_csv):
        assert _read(tmp_path, write(same)).on_demand[LINUX] == "0.085"
        with pytest.raises(InputError, match=r"twice, at 0\.085 and 0\.086"):
            _read(tmp_path, write(other))


def test_a_sku_of_two_products_is_refused(tmp_path: Path) -> None:
    text = json.dumps(ec2_json([sku("c5.large", name="A"), sku("m5.large", name="B")]))
    with pytest.raises(UnknownFormat, match="the SKU A twice"):
        _read(tmp_path, text.replace('"B": {"sku"', '"A": {"sku"'))


EC2 = as_bytes(ec2_json(SKUS))


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"", EmptyInput, "file is empty"),
        (b"<!DOCTYPE html><html>Forbidden</html>", UnknownFormat, "a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", UnknownFormat, "a web page"),
        (b"hello", UnknownFormat, "begins with b'hello'"),
        (b"[1, 2]", UnknownFormat, "begins with"),
        (b"{}", UnknownFormat, "without products or regions"),
        (EC2[: len(EC2) // 2], FileUnreadable, "cut off"),
        (EC2[:-2], FileUnreadable, "cut off"),
        (EC2 + b"{}", FileUnreadable, "cut off or not JSON"),
        (gzip.compress(EC2)[:-20], FileUnreadable, "cut off"),
        (gzip.compress(gzip.compress(EC2)), UnknownFormat, "begins with"),
        (
            EC2.replace(b'"AmazonEC2",\n  "version"', b'"AmazonS3",\n  "version"'),
            UnknownFormat,
            "AmazonS3",
        ),
        (EC2.replace(b"2026-10-01T20:13:41Z", b"today"), UnknownFormat, "no day of publication"),
        (ec2_csv(SKUS).replace("AmazonEC2", "AmazonRDS").encode(), UnknownFormat, "AmazonRDS"),
        (ec2_csv(SKUS).encode()[:-40], FileUnreadable, "cut off"),
        (ec2_csv(SKUS).replace('"Tenancy"', '"Tenure"').encode(), UnknownFormat, "columns tenancy"),
        (b'"FormatVersion","v1.0"\n', FileUnreadable, "before its header"),
        (b'"FormatVersion",' + b"x" * 3_000_000, FileUnreadable, "has a line of over"),
        (b'"FormatVersion","\xff"\n' * 9, FileUnreadable, "not UTF-8"),
        (b'{"products": ' + b"[" * 500_000, UnknownFormat, "levels deep"),
        (b'{"attributesList": ' + b'{"a":' * 500_000, UnknownFormat, "levels deep"),
        (b'{"version": "' + b"x" * 8_000_000, FileUnreadable, "a text of over"),
        (b'{"version": ' + b"9" * 6_000 + b"}", FileUnreadable, "not JSON"),
        (b'{"terms": {}, "products": {}}', UnknownFormat, "before its products"),
        (b'{"products": {"A": 3}}', UnknownFormat, "product A is int"),
        (b'{"products": {"A": {"attributes": null}}}', UnknownFormat, "attributes of A is NoneType"),
        (b'{"regions": {}}', UnknownFormat, "lists no regions"),
        (b'{"regions": [{"regionCode": 3}]}', UnknownFormat, "without regionCode"),
        (
            b'{"regions": [{"regionCode": "a", "versionUrl": "/offers/v1.0/aws/AmazonS3/x"}]}',
            UnknownFormat,
            "AmazonS3",
        ),
        (
            as_bytes(plans_json({("MachineLearningSavingsPlans", "1yr", NO): {}})),
            UnknownFormat,
            "received MachineLearningSavingsPlans",
        ),
    ],
)
def test_what_is_no_offer_file_is_named(tmp_path: Path, content: bytes, error, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        _read(tmp_path, content)
    assert str(caught.value).count("\n") == 0
    assert "file" in str(caught.value)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """80 MB of text in 80 kB. An offer file shrinks to a thirtieth at best."""
    texts = b'"' + b"x" * 100_000 + b'",'
    with pytest.raises(FileUnreadable, match="unpacks to"):
        _read(tmp_path, gzip.compress(b'{"attributesList": [' + texts * 800))


def test_no_file_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere", Path("/dev/null")):
        with pytest.raises(FileUnreadable, match="cannot read it"):
            read_offer_file(path, "it")


def test_an_index_of_regions(tmp_path: Path) -> None:
    ec2 = {"us-east-1": {"regionCode": "us-east-1", "currentVersionUrl": "/offers/v1.0/aws/AmazonEC2/x"}}
    plans = [{"regionCode": "us-east-1", "versionUrl": "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/y"}]
    for regions, url in ((ec2, ec2["us-east-1"]["currentVersionUrl"]), (plans, plans[0]["versionUrl"])):
        path = tmp_path / "region_index.json"
        path.write_text(json.dumps({"formatVersion": "v1.0", "regions": regions}))
        assert read_offer_file(path, "index") == RegionIndex({"us-east-1": url})
