"""Offer files over a line that breaks: what is asked for again, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from finops.errors import FileUnreadable, InputError, UnknownFormat
from finops.pricing import load_catalogue
from finops.pricing.update import PriceUpdate, Silent, fetching, gathering, update_catalogue
from finops.pricing.update.addresses import AWS, located, referred, shown
from tests.pricing.offer_samples import as_bytes, ec2_csv, ec2_json, plans_json, sku
from tests.pricing.offer_server import OfferServer, Served, serving

PATH = "/offers/v1.0/aws/AmazonEC2/20261001201341/us-east-1/index.json"
CONTENT = as_bytes(ec2_json([sku("c5.large", price="0.09"), sku("m5.large", price="0.1")]))
SIZE = len(CONTENT)


@pytest.fixture(autouse=True)
def no_proxy_and_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(fetching.Fetcher.__init__, "__defaults__", (lambda _: None, 0))


@pytest.fixture
def server() -> Iterator[OfferServer]:
    with serving() as running:
        yield running


@pytest.fixture
def update(tmp_path: Path, own_state: Path):
    def run(*places: str, **options) -> PriceUpdate:
        return update_catalogue(places, own_state / "pricing", tmp_path / "cache", Silent(), **options)

    return run


def _price(instance_type: str = "c5.large", region: str = "us-east-1") -> float:
    return load_catalogue().on_demand(instance_type, region).usd_per_hour


def _left(tmp_path: Path) -> list[str]:
    return sorted(path.suffix for path in (tmp_path / "cache").iterdir() if path.name != ".lock")


def test_a_file_comes_whole(server: OfferServer, update, tmp_path: Path) -> None:
    server.files[PATH] = Served(CONTENT)
    done = update(server.address + PATH)
    assert server.asked == [(PATH, "", SIZE)]
    assert done.files[0].downloaded_bytes == SIZE
    assert _price() == 0.09
    assert _left(tmp_path) == [".figures"]


def test_a_line_that_breaks_is_taken_up_where_it_broke(server: OfferServer, update) -> None:
    """1,000 bytes, then 700 more, then the rest: not a byte is sent twice."""
    server.files[PATH] = Served(CONTENT, cut_after=[1000, 700])
    assert update(server.address + PATH).files[0].downloaded_bytes == SIZE
    assert server.asked == [
        (PATH, "", 1000),
        (PATH, "bytes=1000-", 700),
        (PATH, "bytes=1700-", SIZE - 1700),
    ]
    assert _price() == 0.09


def test_a_later_run_goes_on_where_the_last_one_gave_up(server: OfferServer, update) -> None:
    server.files[PATH] = Served(CONTENT, cut_after=[1000, *[0] * fetching.ATTEMPTS])
    with pytest.raises(FileUnreadable, match=r"run the same command again to go on from there"):
        update(server.address + PATH)
    assert _price() == 0.085
    server.asked.clear()
    server.files[PATH].cut_after.clear()
    assert update(server.address + PATH).files[0].downloaded_bytes == SIZE - 1000
    assert server.asked == [(PATH, "bytes=1000-", SIZE - 1000)]
    assert _price() == 0.09


@pytest.mark.parametrize("fault", [{"ranges": False}, {"weak": True}, {"etag": ""}])
def test_where_it_cannot_go_on_it_starts_over(server: OfferServer, update, fault) -> None:
    server.files[PATH] = Served(CONTENT, cut_after=[1000], **fault)
    update(server.address + PATH)
    assert [sent for _, _, sent in server.asked] == [1000, SIZE]
    assert _price() == 0.09


def test_a_file_that_has_changed_meanwhile_starts_over(server: OfferServer, update) -> None:
    server.files[PATH] = Served(CONTENT, cut_after=[1000, *[0] * fetching.ATTEMPTS])
    with pytest.raises(FileUnreadable):
        update(server.address + PATH)
    newer = as_bytes(ec2_json([sku("c5.large", price="0.07")]))
    server.files[PATH] = Served(newer, etag='"two"')
    server.asked.clear()
    update(server.address + PATH)
    assert server.asked == [(PATH, "bytes=1000-", len(newer))]
    assert _price() == 0.07


def test_a_server_that_is_unwell_is_asked_again(server: OfferServer, update) -> None:
    server.files[PATH] = Served(CONTENT, statuses=[503, 429, 500])
    update(server.address + PATH)
    assert len(server.asked) == 4
    server.files[PATH] = Served(CONTENT, statuses=[503] * fetching.ATTEMPTS, etag='"two"')
    with pytest.raises(FileUnreadable, match="the server answers 503"):
        update(server.address + PATH)


@pytest.mark.parametrize("content", [CONTENT, ec2_csv([sku("c5.large", price="0.09")]).encode()])
def test_an_answer_without_its_length(server: OfferServer, update, content: bytes) -> None:
    """That it was cut off shows when it is read; nothing is kept of it then."""
    server.files[PATH] = Served(content, length=False, cut_after=[len(content) - 40])
    with pytest.raises(FileUnreadable, match="cut off"):
        update(server.address + PATH)
    server.asked.clear()
    update(server.address + PATH)
    assert server.asked == [(PATH, "", len(content))]
    assert _price() == 0.09


def _two_regions(server: OfferServer) -> tuple[str, str, str]:
    index = "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
    paths = [
        f"/offers/v1.0/aws/AmazonEC2/20261001201341/{region}/index.json" for region in ("one", "two")
    ]
    regions = {
        region: {"regionCode": region, "currentVersionUrl": path}
        for region, path in zip(("us-east-1", "eu-west-1"), paths, strict=True)
    }
    server.files[index] = Served(json.dumps({"regions": regions}).encode())
    server.files[paths[0]] = Served(as_bytes(ec2_json([sku("c5.large", price="0.09")])))
    server.files[paths[1]] = Served(
        as_bytes(ec2_json([sku("c5.large", price="0.1", regionCode="eu-west-1")]))
    )
    return index, paths[0], paths[1]


def test_an_index_stands_for_the_files_of_its_regions(server: OfferServer, update) -> None:
    index, first, second = _two_regions(server)
    done = update(server.address + index)
    assert [file.file for file in done.files] == [server.address + first, server.address + second]
    assert (_price(), _price("c5.large", "eu-west-1")) == (0.09, 0.1)


def test_of_an_index_only_the_named_regions_are_fetched(server: OfferServer, update) -> None:
    index, _, second = _two_regions(server)
    update(server.address + index, regions=("eu-west-1",))
    assert [path for path, _, _ in server.asked] == [index, second]
    with pytest.raises(InputError, match="no region sa-east-1; it has eu-west-1, us-east-1"):
        update(server.address + index, regions=("sa-east-1",))


def test_an_index_of_savings_plans(server: OfferServer, update) -> None:
    index = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json"
    path = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/20261001/us-east-1/index.json"
    regions = [{"regionCode": "us-east-1", "versionUrl": path}]
    server.files[index] = Served(json.dumps({"regions": regions}).encode())
    server.files[path] = Served(as_bytes(plans_json()))
    assert update(server.address + index).prices_taken == 4


def test_what_an_interrupted_update_has_read_is_not_fetched_again(
    server: OfferServer, update, tmp_path: Path
) -> None:
    """The second file is no offer file; when it is one, the first is asked for and not sent."""
    index, first, second = _two_regions(server)
    good = server.files[second]
    server.files[second] = Served(b"<html>Service Unavailable</html>")
    with pytest.raises(UnknownFormat, match="a web page"):
        update(server.address + index)
    assert _price() == 0.085
    server.files[second] = good
    server.asked.clear()
    done = update(server.address + index)
    sent = {path: number for path, _, number in server.asked}
    assert sent[first] == 0
    assert sent[second] == len(good.content)
    assert [file.kept_from_earlier_run for file in done.files] == [True, False]
    assert (_price(), _price("c5.large", "eu-west-1")) == (0.09, 0.1)
    assert _left(tmp_path) == [".figures", ".figures"]


def test_a_file_that_had_come_whole_is_not_sent_again(
    server: OfferServer, update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while it was read: the server says that it is still the same (304)."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    server.files[PATH] = Served(CONTENT)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(gathering, "read_offer_file", interrupted)
        update(server.address + PATH)
    assert update(server.address + PATH).files[0].downloaded_bytes == 0
    assert server.asked == [(PATH, "", SIZE), (PATH, "", 0)]
    assert _price() == 0.09


def test_a_file_on_this_disk_is_read_once(update, tmp_path: Path) -> None:
    path = tmp_path / "offer.json"
    path.write_bytes(CONTENT)
    assert not update(str(path)).files[0].kept_from_earlier_run
    assert update(str(path)).files[0].kept_from_earlier_run
    for kept in (tmp_path / "cache").glob("*.figures"):
        kept.write_bytes(kept.read_bytes()[:-3])
    assert not update(str(path)).files[0].kept_from_earlier_run


def test_an_index_leads_to_its_own_host_only(server: OfferServer, update) -> None:
    for url in ("http://example.org/index.json", "//example.org/index.json", "file:///etc/passwd"):
        server.files["/index"] = Served(
            json.dumps({"regions": [{"regionCode": "a", "versionUrl": url}]}).encode()
        )
        with pytest.raises(InputError, match="another host"):
            update(server.address + "/index")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirection_leads_to_http_only(server: OfferServer, update, target: str) -> None:
    server.files[PATH] = Served(CONTENT, redirect=target)
    with pytest.raises(InputError):
        update(server.address + PATH)


def test_a_redirection_is_followed(server: OfferServer, update) -> None:
    server.files["/old"] = Served(b"", redirect=PATH)
    server.files[PATH] = Served(CONTENT)
    update(server.address + "/old")
    assert _price() == 0.09


def test_places_that_cannot_be_read_are_named(server: OfferServer, update) -> None:
    with pytest.raises(FileUnreadable, match="the server answers 404"):
        update(server.address + "/nowhere?secret=1")
    with pytest.raises(InputError, match="an address of http or https"):
        update("s3://bucket/index.json")
    with pytest.raises(FileUnreadable, match="no such file"):
        update("nowhere.json")
    with pytest.raises(InputError, match="is no address"):
        update("http://127.0.0.1:port/x")
    closed = OfferServer("http://127.0.0.1:9")
    with pytest.raises(FileUnreadable, match="cannot get"):
        update(closed.address + PATH)


def test_addresses() -> None:
    assert located("/offers/v1.0/aws/AmazonEC2/current/region_index.json") == (
        AWS + "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
    )
    assert located("index.json") == Path("index.json")
    assert referred(Path("region_index.json"), "/savingsPlan/v1.0/x") == AWS + "/savingsPlan/v1.0/x"
    assert shown("https://me:secret@host/a?X-Amz-Signature=1") == "https://host/a"
