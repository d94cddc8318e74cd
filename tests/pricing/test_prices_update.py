"""What the catalogue says after an update, and that it is written whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from finops.errors import CatalogueError, InputError, OutputError, UnknownPrice
from finops.pricing import load_catalogue, packaged_catalogue, updated_folder
from finops.pricing.records import COMPUTE_PLAN, EC2_PLAN, RESERVED
from finops.pricing.update import PriceUpdate, Silent, update_catalogue
from tests.pricing.offer_samples import (
    ALL,
    C5_LARGE,
    NO,
    PARTIAL,
    PUBLISHED,
    as_bytes,
    ec2_csv,
    ec2_json,
    plans_json,
    sku,
)

LINUX, WINDOWS = "Linux/UNIX", "Windows"
C5 = ("c5.large", "us-east-1")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def update(tmp_path: Path, own_state: Path):
    """Writes the documents to files, and updates from them."""

    def run(*documents, **options) -> PriceUpdate:
        places = []
        for number, document in enumerate(documents):
            path = tmp_path / f"offer{number}"
            path.write_bytes(document.encode() if isinstance(document, str) else as_bytes(document))
            places.append(str(path))
        return update_catalogue(places, own_state / "pricing", tmp_path / "cache", Silent(), **options)

    return run


def _offer(kind: str, term: int, payment: str, offering_class: str | None = None, platform=LINUX):
    return load_catalogue().commitment_price(kind, *C5, platform, term, payment, offering_class)


def test_the_published_figure_wins_over_the_rule(update) -> None:
    """c5.large, one year, Partial Upfront: the rule says 0.025 an hour, AWS 0.026, both $223."""
    assert _offer(RESERVED, 1, PARTIAL, "standard").recurring_usd_per_hour == 0.025
    update(ec2_json([sku("c5.large", reserved=C5_LARGE)]))
    price = _offer(RESERVED, 1, PARTIAL, "standard")
    assert (price.upfront_usd, price.recurring_usd_per_hour, price.basis) == (223, 0.026, "recorded")
    assert price.effective_usd_per_hour == pytest.approx(223 / 8760 + 0.026, rel=1e-12)
    assert price.source == "AWS offer file AmazonEC2, published 2026-10-01T20:13:41Z"
    assert price.as_of == date(2026, 10, 1)
    assert _offer(RESERVED, 1, ALL, "standard").upfront_usd == 438


def test_plans_pay_at_their_published_rate(update) -> None:
    update(plans_json())
    compute = _offer(COMPUTE_PLAN, 3, ALL)
    assert (compute.effective_usd_per_hour, compute.basis) == (0.0375, "recorded")
    assert compute.upfront_usd == pytest.approx(0.0375 * 26_280)  # $985.50
    half = _offer(EC2_PLAN, 1, PARTIAL)
    assert half.upfront_usd == pytest.approx(0.0515 / 2 * 8760)
    assert half.recurring_usd_per_hour == pytest.approx(0.02575)
    assert _offer(COMPUTE_PLAN, 1, NO, platform=WINDOWS).effective_usd_per_hour == 0.154
    # The On-Demand price was in no file.
    assert load_catalogue().on_demand(*C5).as_of == date(2025, 4, 1)


def test_what_the_files_do_not_hold_follows_from_what_they_do(update) -> None:
    """No Upfront 0.05 for a year: Partial = 0.05 ÷ 1.05 = 0.047619, half a year's of it $208.57."""
    update(ec2_json([sku("c5.large", reserved={("1yr", "standard", NO): ("", "0.0500000000")})]))
    assert _offer(RESERVED, 1, NO, "standard").basis == "recorded"
    partial = _offer(RESERVED, 1, PARTIAL, "standard")
    assert (partial.upfront_usd, partial.basis) == (209, "derived")
    assert partial.as_of == date(2026, 10, 1)
    plan = _offer(EC2_PLAN, 1, NO)
    assert (plan.effective_usd_per_hour, plan.basis) == (0.05, "derived")
    # Convertible rates were not in the file: as they were, with their own day.
    assert _offer(RESERVED, 1, NO, "convertible").as_of == date(2025, 4, 1)


def test_everything_else_is_as_it_was(update) -> None:
    shipped = packaged_catalogue()
    update(ec2_json([sku("c5.large", price="0.0900000000", reserved=C5_LARGE)]))
    now = load_catalogue()
    assert now is not shipped
    assert now.regions() == shipped.regions()
    assert now.instance_types("us-east-1") == shipped.instance_types("us-east-1")
    for where in (("m5.large", "us-east-1"), ("c5.large", "eu-west-1")):
        assert now.on_demand(*where) == shipped.on_demand(*where)
        assert now.commitment_prices(*where) == shipped.commitment_prices(*where)
    assert now.storage_cost("us-east-1", "STANDARD", 1000) == pytest.approx(23)
    assert now.as_of == date(2026, 10, 1)
    assert packaged_catalogue().on_demand(*C5).usd_per_hour == 0.085


def test_a_new_type_in_a_new_region(update) -> None:
    """The platform that no file prices is not invented; the licence of Windows is 0.2 − 0.1."""
    skus = [
        sku("c99.large", system, price, regionCode="xx-new-9")
        for system, price in (("Linux", "0.1"), ("Windows", "0.2"))
    ]
    with pytest.raises(UnknownPrice):
        load_catalogue().on_demand("c99.large", "xx-new-9")
    update(ec2_json(skus))
    now = load_catalogue()
    assert now.on_demand("c99.large", "xx-new-9", WINDOWS).usd_per_hour == 0.2
    assert now.instance_types("xx-new-9") == ("c99.large",)
    assert now.spec("c99.large").vcpu == 2
    assert {offer.basis for offer in now.commitment_prices("c99.large", "xx-new-9")} == {"estimated"}
    with pytest.raises(UnknownPrice, match="it is for Linux/UNIX, Windows"):
        now.on_demand("c99.large", "xx-new-9", "Red Hat Enterprise Linux")
    with pytest.raises(UnknownPrice, match="priced in xx-new-9"):
        now.on_demand("c99.large", "us-east-1")


def test_json_and_csv_make_the_same_catalogue(update, own_state: Path) -> None:
    skus = [sku("c5.large", reserved=C5_LARGE), sku("c5.large", "Windows", "0.177")]
    first = update(ec2_json(skus))
    written = {path.name: path.read_bytes() for path in Path(first.path).iterdir()}
    second = update(ec2_csv(skus))
    assert second.path == first.path
    assert written == {path.name: path.read_bytes() for path in Path(second.path).iterdir()}
    assert (second.prices_taken, second.prices_new, second.prices_changed) == (7, 0, 0)


def test_what_an_update_says_of_itself(update) -> None:
    """c5.large: On-Demand 0.085 → 0.102 is +20 %; Partial $223 and 0.025 → 0.026 an hour."""
    skus = [sku("c5.large", price="0.102", reserved=C5_LARGE), sku("c99.large", price="0.1")]
    done = update(ec2_json(skus))
    assert (done.prices_taken, done.prices_new) == (7, 1)
    # Besides: three years convertible All Upfront, $994, is ($0.0410420 ÷ 1.08 × 0.98) × 26,280 = $979.
    assert done.prices_changed == 3
    largest = done.largest_changes[0]
    assert (largest.kind, largest.before_usd_per_hour, largest.after_usd_per_hour) == (
        *("on_demand", 0.085, 0.102),
    )
    assert largest.change_pct == pytest.approx(20)
    assert {change.basis_before for change in done.largest_changes[1:]} == {"derived"}
    assert (done.regions, done.instance_types, done.as_of) == (("us-east-1",), 2, date(2026, 10, 1))


def test_updates_add_up_and_the_later_publication_wins(update) -> None:
    update(ec2_json([sku("c5.large", price="0.09"), sku("m5.large", price="0.1")]))
    update(ec2_json([sku("c5.large", price="0.08")], "2026-11-01T00:00:00Z"))
    now = load_catalogue()
    assert now.on_demand(*C5).usd_per_hour == 0.08
    assert now.on_demand(*C5).as_of == date(2026, 11, 1)
    assert now.on_demand("m5.large", "us-east-1").as_of == date(2026, 10, 1)
    late = update(ec2_json([sku("c5.large", price="0.07"), sku("r5.large", price="0.11")]))
    assert (late.prices_older, late.prices_taken) == (1, 1)
    assert load_catalogue().on_demand(*C5).usd_per_hour == 0.08
    assert load_catalogue().on_demand("r5.large", "us-east-1").usd_per_hour == 0.11


def test_regions_limit_what_is_taken(update) -> None:
    skus = [sku("c5.large", price="0.09"), sku("c5.large", price="0.1", regionCode="eu-west-1")]
    done = update(ec2_json(skus), regions=("eu-west-1",))
    assert done.regions == ("eu-west-1",)
    assert load_catalogue().on_demand(*C5).usd_per_hour == 0.085
    with pytest.raises(InputError, match="no file holds a price of sa-east-1"):
        update(ec2_json(skus), regions=("sa-east-1",))


def test_one_bad_file_leaves_everything_as_it_was(update, own_state: Path) -> None:
    update(ec2_json([sku("c5.large", price="0.09")]))
    before = sorted((own_state / "pricing").rglob("*"))
    with pytest.raises(InputError, match="not below 0"):
        update(ec2_json([sku("c5.large", price="0.07")]), ec2_csv([sku("m5.large", price="-1")]))
    assert sorted((own_state / "pricing").rglob("*")) == before
    assert load_catalogue().on_demand(*C5).usd_per_hour == 0.09


def test_a_catalogue_is_read_once_and_again_after_an_update(update) -> None:
    update(ec2_json([sku("c5.large", price="0.09")]))
    first = load_catalogue()
    assert load_catalogue() is first
    assert load_catalogue(updated_folder()) is first
    update(ec2_json([sku("c5.large", price="0.08")]))
    assert load_catalogue() is not first


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder, version: (folder / "current.json").write_text("{"),
        lambda folder, version: (folder / "current.json").write_text(
            '{"version": 1, "catalogue": "../x"}'
        ),
        lambda folder, version: (folder / "current.json").write_text('{"version": 0}'),
        lambda folder, version: (folder / "current.json").write_text("[" * 100_000),
        lambda folder, version: (version / "manifest.json").unlink(),
        lambda folder, version: (version / "manifest.json").write_text('{"version": 1, "files": []}'),
        lambda folder, version: (version / "manifest.json").write_text('{"version": 1, "files": {}}'),
        lambda folder, version: (version / "sources.csv").write_text("id,day,text\n"),
        lambda folder, version: (version / "ec2_published.us-east-1.csv.gz").unlink(),
        lambda folder, version: (version / "ec2_published.us-east-1.csv.gz").write_bytes(b"\x1f\x8b"),
    ],
)
def test_a_damaged_catalogue_is_named_and_never_passed_over(update, own_state: Path, harm) -> None:
    done = update(ec2_json([sku("c5.large", price="0.09")]))
    harm(own_state / "pricing", Path(done.path))
    load_catalogue.__globals__["_updated"].cache_clear()  # what another process would meet
    for attempt in (load_catalogue, lambda: update(ec2_json([sku("c5.large")]))):
        with pytest.raises(CatalogueError, match="cannot be used") as caught:
            attempt()
        assert str(own_state / "pricing") in str(caught.value)
        assert "move that folder away" in str(caught.value)


def test_a_catalogue_of_a_newer_release_is_left_alone(update, own_state: Path) -> None:
    update(ec2_json([sku("c5.large")]))
    (own_state / "pricing" / "current.json").write_text('{"version": 2, "catalogue": "x"}')
    with pytest.raises(CatalogueError, match="is of version 2"):
        load_catalogue()


def test_a_folder_that_cannot_be_written_to_is_named(update, own_state: Path) -> None:
    own_state.mkdir()
    (own_state / "pricing").write_text("")
    with pytest.raises(OutputError, match="name another folder in FINOPS_DATA_DIR"):
        update(ec2_json([sku("c5.large")]))


# A child of it kills itself at the first time that anything is flushed to the disk, renamed or removed,
# the next at the second time, and so on, until one comes to its end. Prints the price after each.
KILLED = """
import json, os, shutil, signal, sys
from pathlib import Path

from finops.pricing import load_catalogue
from finops.pricing.update import Silent, update_catalogue

file, state, cache = sys.argv[1:]
left = 0

def dying(real):
    def step(*args, **options):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)
    return step

prices, status = [], -signal.SIGKILL
while status == -signal.SIGKILL:
    child = os.fork()
    if not child:
        left = len(prices) + 1
        os.fsync, shutil.rmtree = dying(os.fsync), dying(shutil.rmtree)
        Path.rename, Path.replace, Path.unlink = map(dying, (Path.rename, Path.replace, Path.unlink))
        update_catalogue([file], Path(state), Path(cache), Silent())
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    prices.append(load_catalogue().on_demand("c5.large", "us-east-1").usd_per_hour)
print(json.dumps({"prices": prices, "status": status}))
"""


def test_a_process_killed_at_any_point_leaves_the_old_catalogue_or_the_new_one(
    update, tmp_path: Path, own_state: Path
) -> None:
    folder = own_state / "pricing"
    update(ec2_json([sku("c5.large", price="0.09")]))
    new = tmp_path / "new.json"
    new.write_bytes(as_bytes(ec2_json([sku("c5.large", price="0.08")], "2026-11-01T00:00:00Z")))
    command = [sys.executable, "-c", KILLED, str(new), str(folder), str(tmp_path / "killed")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    assert said["status"] == 0
    assert len(said["prices"]) > 8
    old = said["prices"].count(0.09)
    assert said["prices"] == [0.09] * old + [0.08] * (len(said["prices"]) - old)
    assert old > 6
    update(ec2_json([sku("c5.large", price="0.07")], "2026-12-01T00:00:00Z"))
    assert load_catalogue().on_demand(*C5).usd_per_hour == 0.07
    left = sorted(path.name for path in folder.iterdir())
    version = json.loads((folder / "current.json").read_text())["catalogue"]
    assert left == [".lock", "current.json", version]


def test_two_updates_do_not_work_at_once(update, tmp_path: Path, monkeypatch) -> None:
    from filelock import FileLock

    from finops.pricing.update import updating

    monkeypatch.setattr(updating, "_WAIT_SECONDS", 0.1)
    (tmp_path / "cache").mkdir()
    with (
        FileLock(tmp_path / "cache" / ".lock"),
        pytest.raises(CatalogueError, match="another `prices update` is at work"),
    ):
        update(ec2_json([sku("c5.large")]))


MEMORY = """
import resource, sys
from pathlib import Path
from finops.pricing.offer_files import read_offer_file

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
figures = read_offer_file(Path(sys.argv[1]), "large")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(figures.on_demand), (after - before) * 1024)
"""


def _many(members: dict[str, object]) -> str:
    """The members of an object, the one called NAME 20,000 times."""
    texts = [f'"{name}": {json.dumps(value, indent=1)}' for name, value in members.items()]
    return ",".join(text.replace("NAME", f"SKU{at}") for text in texts for at in _times(text))


def _times(text: str) -> range:
    return range(20_000 if text.startswith('"NAME"') else 1)


def _large_json() -> str:
    skus = [
        sku("c5.large"),
        sku("x", tenancy="Dedicated", name="NAME", reserved=C5_LARGE),
        sku("m5.large"),
    ]
    document = ec2_json(skus)
    terms = ",".join(f'"{kind}": {{{_many(of)}}}' for kind, of in document["terms"].items())
    products, about = _many(document["products"]), f'"publicationDate": "{PUBLISHED}"'
    return f'{{"offerCode": "AmazonEC2", {about}, "products": {{{products}}}, "terms": {{{terms}}}}}'


def _large_csv() -> str:
    skus = [
        sku("c5.large"),
        sku("x", tenancy="Dedicated", name="NAME", reserved=C5_LARGE),
        sku("m5.large"),
    ]
    lines = ec2_csv(skus).splitlines(keepends=True)
    return "".join(line * (20_000 if "NAME" in line else 1) for line in lines)


@pytest.mark.parametrize("write", [_large_json, _large_csv])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, write) -> None:
    """Products and terms that are not kept, with two that are among them."""
    path = tmp_path / "large"
    path.write_text(write(), encoding="utf-8")
    command = [sys.executable, "-c", MEMORY, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    kept, grown = map(int, done.stdout.split())
    assert path.stat().st_size > 50_000_000
    assert kept == 2
    assert grown < 50_000_000, f"{grown / 1e6:.0f} MB for {path.stat().st_size / 1e6:.0f} MB"


def test_readers_pay_for_the_region_that_they_ask_for(update) -> None:
    """A table is unpacked when its region is first asked for."""
    update(ec2_json([sku("c5.large", regionCode=f"aa-test-{at}") for at in range(9)]))
    catalogue = load_catalogue()
    catalogue.on_demand("c5.large", "aa-test-3")
    assert set(catalogue._published._lines) == {"aa-test-3"}


def test_the_folder_is_that_of_the_state(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert updated_folder() == own_state / "pricing"
    monkeypatch.delenv("FINOPS_DATA_DIR")
    assert updated_folder() == ROOT / "data" / "pricing"
    monkeypatch.setenv("FINOPS_DATA_DIR", "~nobody-of-this-name/x")
    with pytest.raises(CatalogueError, match="name a folder"):
        updated_folder()
    assert os.environ["FINOPS_DATA_DIR"]
