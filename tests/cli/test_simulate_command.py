"""``simulate`` on files: the promised keys, sums to the cent, and one clear line for what is wrong."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops.answers.simulation import SimulationSettings, simulate
from finops.cli import main
from finops.estate import load_estate
from finops.ri_engine import RIRecommendationEngine
from finops.ri_engine.proposals import as_commitments
from finops.schema import COMMITMENTS

Json = dict[str, Any]

KEYS = {
    *("on_demand_usd", "total_usd", "covered_usd", "unused_usd", "coverage_pct", "utilization_pct"),
    *("effective_savings_rate_pct", "by_commitment", "as_of", "source", "issues", "not_priced"),
    *("period_start", "period_end", "hours"),
}
OF_COMMITMENT = {
    *("commitment_id", "kind", "purchased", "used", "unused", "cost_usd", "used_usd", "unused_usd"),
    *("covered_usd", "utilization_pct"),
}


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Json]:
    def answer(*words: str) -> Json:
        assert main(["simulate", *words, "--json"]) == 0
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two days of 3 m5.large at 0.10 $/h; one RI at 0.06 $/h, and one that begins a day later."""
    with (tmp_path / "usage.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["Hour", "Region", "InstanceType", "Quantity", "OnDemandRateUSD"])
        for hour in pd.date_range("2026-03-30", periods=48, freq="h", tz="UTC"):
            rows.writerow([hour.isoformat(), "us-east-1", "m5.large", 3, 0.10])
    (tmp_path / "owned.json").write_text(
        json.dumps([_reserved("now", "2026-01-01"), _reserved("later", "2026-03-31")])
    )
    return ["--usage", str(tmp_path / "usage.csv"), "--commitments", str(tmp_path / "owned.json")]


def _reserved(name: str, start: str, **columns: object) -> Json:
    return {
        "CommitmentId": name,
        "Kind": "reserved_instance",
        "InstanceType": "m5.large",
        "Region": "us-east-1",
        "Quantity": 1,
        "TermYears": 1,
        "PaymentOption": "No Upfront",
        "UpfrontUSD": 0,
        "RecurringHourlyUSD": 0.06,
        "Start": f"{start}T00:00:00Z",
        "End": "2027-01-01T00:00:00Z",
    } | columns


def test_the_bill_of_two_days(ask: Callable[..., Json], files: list[str]) -> None:
    answer = ask(*files)
    assert set(answer) >= KEYS
    assert "by_hour" not in answer
    # 48 hours of 0.30 $; the first RI in all of them, the second on the second day.
    assert answer["on_demand_usd"] == pytest.approx(14.40)
    assert answer["covered_usd"] == pytest.approx(4.80 + 2.40)
    assert answer["total_usd"] == pytest.approx(72 * 0.06 + 14.40 - 7.20)
    assert answer["unused_usd"] == 0
    assert answer["coverage_pct"] == pytest.approx(50)
    assert answer["effective_savings_rate_pct"] == pytest.approx((7.20 - 4.32) / 14.40 * 100)
    assert (answer["period_start"], answer["period_end"], answer["hours"]) == (
        "2026-03-30",
        "2026-03-31",
        48,
    )
    assert (answer["as_of"], answer["source"]) == ("2026-03-31", "hourly")
    of = {row["commitment_id"]: row for row in answer["by_commitment"]}
    assert set(of["now"]) >= OF_COMMITMENT
    assert (of["now"]["purchased"], of["later"]["purchased"]) == (48, 24)


def test_up_to_as_of_and_over_the_last_days(ask: Callable[..., Json], files: list[str]) -> None:
    assert ask(*files, "--as-of", "2026-03-30")["total_usd"] == pytest.approx(24 * (0.06 + 0.20))
    assert ask(*files, "--lookback-days", "1")["total_usd"] == pytest.approx(24 * (0.12 + 0.10))


def test_as_if_owned_counts_in_every_hour(ask: Callable[..., Json], files: list[str]) -> None:
    answer = ask(*files, "--as-if-owned")
    assert answer["as_if_owned"] is True
    assert answer["total_usd"] == pytest.approx(48 * (0.12 + 0.10))


def test_an_unknown_fee_is_null(ask: Callable[..., Json], files: list[str], tmp_path: Path) -> None:
    unknown = _reserved("now", "2026-01-01", UpfrontUSD=None, RecurringHourlyUSD=None)
    (tmp_path / "owned.json").write_text(json.dumps([unknown]))
    answer = ask(*files)
    assert answer["covered_usd"] == pytest.approx(4.80)
    names = ("total_usd", "unused_usd", "utilization_pct", "effective_savings_rate_pct")
    assert [answer[name] for name in names] == [None] * 4
    assert any("fee is unknown" in note for note in answer["notes"])


def test_the_sample_adds_up(ask: Callable[..., Json]) -> None:
    answer = ask()
    rows = answer["by_commitment"]
    assert len(rows) == 5
    assert answer["total_usd"] == pytest.approx(answer["commitments_usd"] + answer["residual_usd"])
    assert sum(row["cost_usd"] for row in rows) == pytest.approx(answer["commitments_usd"], abs=0.005)
    assert sum(row["unused_usd"] for row in rows) == pytest.approx(answer["unused_usd"], abs=0.005)
    assert sum(row["covered_usd"] for row in rows) == pytest.approx(answer["covered_usd"], abs=0.005)
    pools = answer["by_pool"]
    assert sum(pool["on_demand_usd"] for pool in pools) == pytest.approx(answer["on_demand_usd"])
    used_and_unused = sum(pool["total_usd"] for pool in pools) + answer["unused_usd"]
    assert used_and_unused == pytest.approx(answer["total_usd"], abs=0.005)


def test_what_is_printed_adds_up_to_the_cent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate"]) == 0
    text = capsys.readouterr().out
    summary, lines = text.split("By commitment\n")
    shown = {
        re.sub(r"\s+\$.*", "", row).strip(): _cents(row) for row in summary.splitlines() if "$" in row
    }
    covered, left = shown["covered by commitments"], shown["stays On-Demand"]
    paid = shown["Commitments, amortised"]
    assert covered + left == shown["On-Demand equivalent"]
    assert shown["of which used"] + shown["of which unused"] == paid
    assert paid + left == shown["Total: commitments + On-Demand"]
    columns = [[_cents(f"${amount}") for amount in row.split("$")[1:]] for row in lines.splitlines()[2:]]
    cost, used, unused, serves = (sum(column) for column in zip(*filter(None, columns), strict=True))
    assert (cost, used, unused, serves) == (paid, used, shown["of which unused"], covered)


def _cents(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.split("$")[1]))


def test_nothing_owned_is_a_bill_all_the_same(ask: Callable[..., Json], files: list[str]) -> None:
    answer = ask(*files[:2])
    assert answer["total_usd"] == answer["on_demand_usd"] == pytest.approx(14.40)
    assert any("no commitments" in note for note in answer["notes"])


def test_advice_written_to_a_file_saves_what_it_promises(
    ask: Callable[..., Json], tree: Path, tmp_path: Path
) -> None:
    estate = load_estate()
    report = RIRecommendationEngine(30).generate_ri_recommendations(
        estate.ec2, estate.usage, commitments=estate.commitments, as_of=estate.as_of
    )
    advice = as_commitments([row.purchase for row in report.recommendations], estate.as_of)
    owned = json.loads((tree / "data" / "commitments.json").read_text())
    rows = [*owned, *json.loads(advice.to_json(orient="records", date_format="iso"))]
    (tmp_path / "both.json").write_text(json.dumps(rows))

    usage = ["--usage", str(tree / "data" / "usage.parquet"), "--as-if-owned", "--lookback-days", "30"]
    before = ask(*usage, "--commitments", str(tree / "data" / "commitments.json"))
    after = ask(*usage, "--commitments", str(tmp_path / "both.json"))
    saved = (before["total_usd"] - after["total_usd"]) / after["hours"] * 8760
    assert saved == pytest.approx(report.annual_savings_usd, abs=0.01)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--usage", "nowhere.csv"], "nowhere.csv"),
        (["--commitments", "{owned}"], "--usage"),
        (["--usage", "{usage}", "--commitments", "nowhere.json"], "nowhere.json"),
        (["--usage", "{usage}", "--as-of", "2020-01-01"], "2020-01-01"),
        (["--usage", "{empty}"], "empty.csv"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    words: list[str],
    named: str,
    files: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty.csv").write_text("Hour,Region,InstanceType,Quantity\n")
    places = {"usage": files[1], "owned": files[3], "empty": str(tmp_path / "empty.csv")}
    assert main(["simulate", *(word.format(**places) for word in words)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["--lookback-days", "0"], ["--lookback-days", "x"], ["--hours"]])
def test_wrong_words_end_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *words])
    assert stop.value.code == 2


def test_the_answer_holds_every_hour(files: list[str]) -> None:
    estate = load_estate(usage=files[1], commitments=files[3])
    assert list(estate.commitments.columns) == list(COMMITMENTS.columns)
    answer = simulate(estate, SimulationSettings(lookback_days=1))
    assert len(answer.by_hour) == answer.hours == 24
    assert answer.by_hour["total_usd"].sum() == pytest.approx(answer.total_usd)
