"""``forecast`` on the sample and on lists alone: keys, order of bounds, sums, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from finops import Estate
from finops.answers.outlook import OutlookSettings, outlook
from finops.answers.scenario import scenario
from finops.cli import main
from finops.cli.forecast import _months_text

DATA = Path(__file__).parents[2] / "data"
BOUNDS = ["lower_95_usd", "lower_80_usd", "mean_usd", "upper_80_usd", "upper_95_usd"]


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["forecast", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_points_are_days_with_bounds_around_them(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys)
    assert {"points", "method", "history_days", "as_of", "source", "issues"} <= set(answer)
    assert answer["as_of"] == "2026-10-18"
    assert answer["history_days"] == 413  # 1 September 2025 to 18 October 2026
    assert [point["date"] for point in answer["points"]] == [f"2026-10-{day}" for day in range(19, 32)]
    for point in (*answer["points"], *answer["cumulative"]):
        assert set(point) == {"date", *BOUNDS}
        assert [point[name] for name in BOUNDS] == sorted(point[name] for name in BOUNDS)
    days = sum(point["mean_usd"] for point in answer["points"])
    assert answer["total_usd"] == pytest.approx(answer["spent_usd"] + days, abs=1e-4)
    assert answer["cumulative"][-1]["upper_95_usd"] == answer["upper_95_usd"]


def test_days_of_a_scope(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--days", "40", "--scope-type", "service", "--scope-value", "EC2", "--basis", "effective")
    answer = ask(capsys, *words)
    assert len(answer["points"]) == 40
    assert answer["points"][-1]["date"] == date(2026, 11, 27).isoformat() == answer["period_end"]
    assert (answer["scope"], answer["basis"], answer["spent_usd"]) == ("service EC2", "effective", 0)


def test_the_table_says_what_the_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys)
    assert main(["forecast"]) == 0
    text = capsys.readouterr().out
    assert f"Total ${answer['total_usd']:,.2f} (80 %: ${answer['lower_80_usd']:,.2f}" in text
    assert f"Method: {answer['method']}; days of history: 413" in text
    assert sum(line.startswith("2026-10-") for line in text.splitlines()) == 13


def test_lists_alone_are_marked_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    lists = ["--ec2", str(DATA / "aws_resources_compute.csv"), "--as-of", "2026-10-18"]
    answer = ask(capsys, *lists)
    assert (answer["estimated"], answer["source"]) == (True, "inventory")
    assert {point["upper_80_usd"] for point in answer["points"]} == {None}
    assert main(["forecast", *lists]) == 0
    assert "run rate, estimated" in capsys.readouterr().out


def test_a_scope_without_cost_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", "--scope-type", "team", "--scope-value", "Nobody"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("finops forecast: up to 2026-10-18 no charge of team Nobody")
    assert err.count("\n") == 1


def test_days_and_an_end_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["forecast", "--days", "3", "--to", "year"])
    assert stopped.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["2.5", "0", "3661", "nan"])
def test_days_are_a_whole_number(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["forecast", "--days", days])
    assert "a number of days from 1 to 3660" in capsys.readouterr().err


def test_months_follow_the_running_one_and_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "--months", "12")
    months = answer["months"]
    assert (months[0]["month"], months[-1]["month"], len(months)) == ("2026-11", "2027-10", 12)
    assert answer["months_total_usd"] == pytest.approx(sum(row["mean_usd"] for row in months))
    assert answer["months_total_usd"] == pytest.approx(months[-1]["cumulative"]["mean_usd"])
    assert [row["growth_usd"] for row in months] == [0] * 12
    bounds = [months[0][name] for name in BOUNDS]
    assert bounds == sorted(bounds)
    assert months[-1]["upper_80_usd"] is None
    bounded = sum(row["upper_80_usd"] is not None for row in months)
    assert (answer["months_beaten"], answer["months_bounded"]) == (True, bounded)
    best = answer["months_naive"]
    assert all(row["missed_pct"][answer["months_method"]] < row["missed_pct"][best]
               for row in answer["months_tested"])  # fmt: skip


def test_growth_of_a_year_is_in_the_twelfth_month(capsys: pytest.CaptureFixture[str]) -> None:
    """10 %: the last month costs 1.1 times what it would."""
    last = ask(capsys, "--growth", "10")["months"][-1]
    assert last["mean_usd"] == pytest.approx(last["as_is_usd"] * 1.1, abs=0.01)
    assert last["growth_usd"] == pytest.approx(last["as_is_usd"] * 0.1, abs=0.01)


def test_the_months_are_printed_with_what_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "--months", "3")
    assert main(["forecast", "--months", "3"]) == 0
    text = capsys.readouterr().out
    assert f"Months 2026-11 to 2027-01, as is: ${answer['months_total_usd']:,.2f} in all" in text
    assert "interval: to 2027-01" in text
    assert "last month again" in text


def test_a_rule_that_is_shown_is_named_as_one(sample: Estate) -> None:
    """The model was no better: the text says so; with the model shown it says nothing of it."""
    coming = outlook(sample, OutlookSettings(months=2))
    said = "The model missed no less than this naive rule, which is shown."
    assert coming.beaten
    assert said not in _months_text(coming, scenario(coming))
    rule = replace(coming, method=str(coming.naive), beaten=False)
    assert said in _months_text(rule, scenario(rule))


def test_lists_alone_have_months_of_one_run_rate(capsys: pytest.CaptureFixture[str]) -> None:
    lists = ["--ec2", str(DATA / "aws_resources_compute.csv"), "--as-of", "2026-10-18"]
    answer = ask(capsys, *lists, "--months", "12")
    assert len({row["mean_usd"] for row in answer["months"]}) == 1
    assert (answer["months_naive"], answer["months_tested"]) == (None, [])
    assert main(["forecast", *lists, "--months", "2"]) == 0
    assert (answer["months_beaten"], answer["months_bounded"]) == (False, 0)
    assert "interval: none, resource lists have no history" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("--months", "0"), ("--months", "x"), ("--growth", "-95")])
def test_months_that_make_no_sense_are_wrong_usage(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["forecast", *words])
    assert stopped.value.code == 2
