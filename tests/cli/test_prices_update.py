"""``prices update`` on the command line: exit statuses, what is said where, and what the others see."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from finops.cli import main
from finops.cli.progress import TerminalProgress
from tests.pricing.offer_samples import C5_LARGE, as_bytes, ec2_csv, ec2_json, sku


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    skus = [sku("c5.large", price="0.102", reserved=C5_LARGE), sku("c5.large", "Windows", "0.194")]
    path = tmp_path / "index.json"
    path.write_bytes(as_bytes(ec2_json(skus)))
    return path


def test_json_is_one_object_and_show_sees_the_prices(
    offer: Path, own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On-Demand 0.085 → 0.102 is +20 %. What follows from it by rule is not counted."""
    assert main(["prices", "update", str(offer), "--json"]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert {name: answer[name] for name in ("regions", "instance_types", "prices_taken", "as_of")} == {
        "regions": ["us-east-1"],
        "instance_types": 1,
        "prices_taken": 7,
        "as_of": "2026-10-01",
    }
    assert answer["files"][0]["file"] == str(offer)
    assert answer["largest_changes"][0]["change_pct"] == pytest.approx(20)
    assert Path(answer["path"]).parent == own_state / "pricing"
    assert f"reading {offer}" in err
    assert main(["prices", "show", "c5.large", "us-east-1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["on_demand_usd_per_hour"], shown["as_of"]) == (0.102, "2026-10-01")
    partial = [
        price
        for price in shown["commitments"]
        if (price["kind"], price["offering_class"]) == ("reserved_instance", "standard")
        and (price["term_years"], price["payment_option"]) == (1, "Partial Upfront")
    ]
    assert [(price["upfront_usd"], price["basis"]) for price in partial] == [(223, "recorded")]


def test_a_reader_gets_a_table(offer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "update", str(offer)]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("7 prices of 1 instance types in 1 regions, as of 2026-10-01: 0 new, ")
    assert "+20.00%" in out
    assert main(["prices", "update", str(offer), "--regions", "us-east-1,"]) == 0
    assert "0 new, 0 changed" in capsys.readouterr().out


def test_a_refused_region_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yuan = sku("c5.large", price="0.62", regionCode="cn-north-1", currency="CNY")
    path = tmp_path / "index.csv"
    path.write_text(ec2_csv([sku("c5.large"), yuan]))
    assert main(["prices", "update", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["refused"][0]["region"] == "cn-north-1"
    assert "cn-north-1 was not taken, its prices are in CNY" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html>", "is a web page"),
        ("", "is empty"),
        ('{"offerCode": "AmazonS3", "products": {}}', "an offer file of AmazonS3"),
        ('{"offerCode": "AmazonEC2", "products": {', "cut off"),
        (None, "no such file"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_1(
    tmp_path: Path, own_state: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    path = tmp_path / "index.json"
    if content is not None:
        path.write_text(content)
    assert main(["prices", "update", str(path)]) == 1
    out, err = capsys.readouterr()
    complaint = err.splitlines()[-1]
    assert out == ""
    assert complaint.startswith("finops prices: ")
    assert said in complaint
    assert str(path) in complaint
    assert not (own_state / "pricing" / "current.json").exists()


@pytest.mark.parametrize("words", [[], ["x", "--regions", ","], ["x", "--region-list", "y"]])
def test_wrong_usage_is_status_2(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["prices", "update", *words])


@pytest.mark.parametrize(
    "command", [["prices", "show", "c5.large", "us-east-1"], ["inspect"], ["recommend"]]
)
def test_a_damaged_catalogue_is_one_line_in_every_command(
    own_state: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (own_state / "pricing").mkdir(parents=True)
    (own_state / "pricing" / "current.json").write_text("{")
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert str(own_state / "pricing") in err
    assert "move that folder away" in err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal_and_lines_in_a_log() -> None:
    """Half of 2 MB are 15 of 30 blocks."""
    terminal, log = _Terminal(), io.StringIO()
    for stream in (terminal, log):
        progress = TerminalProgress(stream)
        progress.begin("getting", "https://host/index.json", 2_000_000, 500_000)
        progress.advance(500_000)
        progress.end()
    last = terminal.getvalue().split("\r")[-1]
    assert "█" * 15 + "·" * 15 in last
    assert "50% of 2.0 MB" in last
    assert last.endswith("\n")
    assert log.getvalue() == (
        "finops prices: getting https://host/index.json, 2.0 MB, 0.5 MB of them from before\n"
    )
