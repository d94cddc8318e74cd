"""``budgets`` on the command line: a quarter worked out by hand, every action, and broken documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from finops.cli import main

Json = dict[str, Any]
Ask = Callable[..., Json]
RESOURCES = Path(__file__).parents[1] / "resources" / "budgets"
CREATE = ["budgets", "create", "--name", "All", "--scope-type", "total"]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def answer(*words: str | Path, status: int = 0) -> Json:
        assert main([*map(str, words), "--json"]) == status
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return answer


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def line(*words: str | Path) -> str:
        assert main([*map(str, words)]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err

    return line


@pytest.fixture
def ten_dollars_a_day(tmp_path: Path) -> Path:
    """FOCUS charges of $10 on each day from October 2027 to 1 April 2028."""
    names = (
        "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"
        "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingAccountId,"
        "SubAccountId,ServiceName,RegionId,ResourceId,Tags"
    )
    rows = [names]
    day = date(2027, 10, 1)
    while day <= date(2028, 4, 1):
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        times = [f"{one}T00:00:00Z" for one in (first, after, day, day + timedelta(days=1))]
        rows.append(",".join([*times, "Usage,10,10,10,10,USD,1,2,AmazonEC2,us-east-1,i-1,"]))
        day += timedelta(days=1)
    path = tmp_path / "bill.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_quarter_with_planned_amounts_over_a_leap_february(ask: Ask, ten_dollars_a_day: Path) -> None:
    """The first quarter of 2028 has 31 + 29 + 31 = 91 days, and $1,000 is planned for it.

    On 29 February 60 days have passed: $600 at $10 a day, 60 % of $1,000, 31 days to go. The straight
    line is at 1,000 × 60 ÷ 91 = 659.34, and 600 is 91 % of it. At $10 a day the quarter ends at $910.
    On 28 February it is 59 days and 59 %. The second quarter has 30 + 31 + 30 = 91 days and $1,200:
    on 1 April $10 are 0.8333 % of it and 10 × 91 ÷ 1,200 = 75.8333 % of the straight line.
    """
    plan = "2028-01-01=1000,2028-04-01=1200"
    words = ["--period", "quarterly", "--planned", plan, "--thresholds", "60,80,$910,pace:91"]
    ask(*CREATE, *words)

    def on(day: str) -> tuple[Json, list[Json]]:
        answer = ask("budgets", "check", "--billing", ten_dollars_a_day, "--as-of", day)
        return answer["budgets"][0], answer["alerts"]

    leap_day, alerts = on("2028-02-29")
    assert {name: leap_day[name] for name in EXPECTED} == EXPECTED
    assert leap_day["percent_used"] == pytest.approx(60)
    assert leap_day["forecast_usd"] == pytest.approx(910)
    assert [(alert["kind"], alert["threshold"]) for alert in alerts] == [("actual", 60), ("pace", 91)]
    before, alerts = on("2028-02-28")
    assert (before["actual_usd"], before["days_elapsed"], before["days_left"]) == (590, 59, 32)
    assert before["pace_pct"] == pytest.approx(590 * 91 / 590)
    assert [alert["kind"] for alert in alerts] == ["pace"]
    last, alerts = on("2028-03-31")
    assert (last["actual_usd"], last["days_left"], last["forecast_usd"]) == (910, 0, 910)
    assert [alert["threshold"] for alert in alerts if alert["kind"] == "actual"] == [60, 80, 910]
    second, _ = on("2028-04-01")
    assert (second["amount_usd"], second["period_end"]) == (1200, "2028-06-30")
    assert second["percent_used"] == pytest.approx(10 / 12)
    assert second["pace_pct"] == pytest.approx(910 / 12)


EXPECTED = {
    "amount_usd": 1000,
    "amount_source": "planned",
    "actual_usd": 600,
    "variance_usd": -400,
    "burn_rate_usd_per_day": 10,
    "run_rate_usd": 910,
    "pace_pct": 91,
    "days_elapsed": 60,
    "days_left": 31,
    "days_total": 91,
    "period_start": "2028-01-01",
    "period_end": "2028-03-31",
    "estimated": False,
    "status": "ok",
}


def test_every_field_of_a_budget_can_be_said(ask: Ask) -> None:
    parent = ask(*CREATE, "--amount", "9000")
    made = ask(
        *("budgets", "create", "--name", "EC2", "--scope-type", "service", "--scope-value", "EC2"),
        *("--also", "team=Platform,Data", "--also", "tag=Stage=blue", "--except", "region=us-west-2"),
        *("--amount", "50.5", "--period", "quarterly", "--fiscal-year-start", "2"),
        *("--adjust", "history:4", "--growth", "5", "--rollover", "unspent", "--start", "2026-02-01"),
        *("--end", "2027-01-31", "--parent", parent["id"], "--owner", "Ada", "--basis", "effective"),
        *("--notes", "as agreed", "--thresholds", "90,$40,forecast:110,pace:120"),
    )
    assert made["scope"] == (
        "service EC2 and team Platform or Data and tag Stage=blue and not region us-west-2"
    )
    told = {"amount_usd": 50.5, "fiscal_year_start": 2, "rollover": "unspent", "parent": parent["id"]}
    assert {name: made[name] for name in told} == told
    assert made["adjust"] == {"by": "history", "periods": 4, "growth_pct": 5}
    assert [(one["on"], one["unit"], one["value"]) for one in made["thresholds"]] == [
        ("actual", "percent", 90),
        ("actual", "usd", 40),
        ("forecast", "percent", 110),
        ("pace", "percent", 120),
    ]
    changed = ask(
        "budgets", "update", made["id"], "--adjust", "none", "--rollover", "none", "--end", "none"
    )
    assert (changed["adjust"], changed["end"], changed["amount_usd"]) == (None, None, 50.5)
    whole = ask("budgets", "update", made["id"], "--scope-type", "total", "--base", changed["revision"])
    assert (whole["scope_type"], whole["scope_value"]) == ("total", "")


def test_plain_percentages_leave_the_forecast_at_100(ask: Ask) -> None:
    made = ask(*CREATE, "--amount", "1", "--thresholds", "70,90")
    assert made["alert_thresholds"] == [70, 90]
    assert made["thresholds"][-1] == {"on": "forecast", "unit": "percent", "value": 100}
    none = ask("budgets", "update", made["id"], "--thresholds", "70,forecast:none")
    assert [one["on"] for one in none["thresholds"]] == ["actual"]


def test_the_second_editor_is_told(ask: Ask, refused: Callable[..., str]) -> None:
    seen = ask(*CREATE, "--amount", "1")
    ask("budgets", "update", seen["id"], "--amount", "2", "--base", seen["revision"])
    said = refused("budgets", "update", seen["id"], "--amount", "3", "--base", seen["revision"])
    assert "changed by somebody else" in said
    assert ask("budgets", "list")["budgets"][0]["amount_usd"] == 2


def test_a_budget_is_paused_copied_deleted_and_brought_back(ask: Ask) -> None:
    made = ask(*CREATE, "--amount", "1")
    assert ask("budgets", "pause", made["id"])["status"] == "paused"
    copy = ask("budgets", "copy", made["id"])
    assert (copy["name"], copy["status"]) == ("All (copy)", "paused")
    assert ask("budgets", "resume", made["id"])["status"] == "active"
    ask("budgets", "delete", made["id"])
    listed = ask("budgets", "list")
    assert [one["id"] for one in listed["budgets"]] == [copy["id"]]
    assert listed["deleted"] == [{"id": made["id"], "name": "All"}]
    assert ask("budgets", "restore", made["id"])["revision"] == made["revision"]


def test_files_of_aws_come_in_and_go_out(
    ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = RESOURCES / "describe-budgets.json"
    answer = ask("budgets", "import", file)
    assert answer["budgets"][0]["reported_pct"] == pytest.approx(604.456)
    ask("budgets", "export", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(file.read_text())
    assert [one["reason"] for one in ask("budgets", "list")["untracked"]] == [
        "it is a daily budget",
        "it is a budget of USAGE, not of cost",
    ]
    for words in (["import", str(file)], ["check"]):
        assert main(["budgets", *words]) == 0
        assert "604.46%" in capsys.readouterr().out


def test_an_import_is_all_or_nothing(ask: Ask, refused: Callable[..., str], tmp_path: Path) -> None:
    document = json.loads((RESOURCES / "describe-budgets.json").read_text())
    document["Budgets"][-1]["BudgetLimit"]["Amount"] = 10
    (tmp_path / "bad.json").write_text(json.dumps(document))
    said = refused("budgets", "import", tmp_path / "bad.json")
    assert "bad.json: budget 'all but credits of two teams': BudgetLimit" in said
    assert "describe-budgets" in said
    assert ask("budgets", "list")["budgets"] == []


def test_templates_are_shown_first_and_made_in_one_step(ask: Ask) -> None:
    shown = ask("budgets", "templates", "--for", "total,team", "--headroom", "0")
    assert (shown["created"], ask("budgets", "list")["budgets"]) == (False, [])
    made = ask("budgets", "templates", "--for", "total,team", "--headroom", "0", "--create")
    assert [one["name"] for one in made["budgets"]] == [one["name"] for one in shown["budgets"]]
    assert {one["scope_type"] for one in made["budgets"]} == {"total", "team"}
    more = ask("budgets", "templates", "--for", "total", "--headroom", "50", "--growth", "10")
    # Twelve months of the sample: × 1.1 × 1.5, each up to whole $10.
    assert more["budgets"][0]["amount_usd"] == pytest.approx(
        shown["budgets"][0]["amount_usd"] * 1.65, abs=10 * 1.65
    )
    assert ask("budgets", "templates", "--for", "total", "--create")["budgets"] == []


def test_templates_leave_a_name_that_aws_has(ask: Ask, tmp_path: Path) -> None:
    usage = {"BudgetName": "Total", "BudgetType": "USAGE", "TimeUnit": "MONTHLY"}
    limit = {"BudgetLimit": {"Amount": "5", "Unit": "GB"}}
    (tmp_path / "usage.json").write_text(json.dumps({"Budgets": [usage | limit]}))
    assert not ask("budgets", "import", tmp_path / "usage.json")["budgets"][0]["tracked"]
    made = ask("budgets", "templates", "--for", "total,service", "--create")["budgets"]
    assert {one["scope_type"] for one in made} == {"service"}


def test_conditions_are_replaced_and_taken_away(ask: Ask) -> None:
    made = ask(*CREATE, "--amount", "1", "--also", "team=Web", "--except", "region=us-west-2")
    fewer = ask("budgets", "update", made["id"], "--also", "team=Web,Shop")
    assert fewer["scope"] == "team Web or Shop"
    assert ask("budgets", "update", made["id"], "--also", "none")["scope"] == "total"
    refound = ask("budgets", "update", made["id"], "--also", "none", "--except", "team=Web")
    assert refound["scope"] == "not team Web"


def test_reports_by_period_and_for_the_year(ask: Ask, ten_dollars_a_day: Path) -> None:
    made = ask(*CREATE, "--amount", "300")
    bill = ["--billing", ten_dollars_a_day, "--as-of", "2028-02-29"]
    lines = ask("budgets", "variance", made["id"], "--periods", "3", *bill)["periods"]
    assert [(line["period_start"], line["actual_usd"], line["variance_usd"]) for line in lines] == [
        ("2027-12-01", 310, 10),
        ("2028-01-01", 310, 10),
        ("2028-02-01", 290, -10),
    ]
    (year,) = ask("budgets", "outlook", *bill)["budgets"]
    assert (year["amount_usd"], year["actual_usd"]) == (3600, 600)
    assert year["forecast_usd"] == pytest.approx(3660)  # 366 days at $10


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--amount", "1", "--also", "team"],
        ["--amount", "1", "--also", "total=x"],
        ["--amount", "1", "--thresholds", "much"],
        ["--amount", "1", "--thresholds", "pace:$5"],
        ["--amount", "1", "--thresholds", "$80%"],
        ["--amount", "1", "--adjust", "history:0"],
        ["--amount", "1", "--adjust", "history:2.5"],
        ["--amount", "1", "--fiscal-year-start", "13"],
        ["--amount", "1", "--fiscal-year-start", "2.5"],
        ["--planned", "2026-01-01"],
    ],
)
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*CREATE, *words])
    assert capsys.readouterr().out == ""


def test_an_update_of_nothing_is_wrong_usage(ask: Ask) -> None:
    made = ask(*CREATE, "--amount", "1")
    with pytest.raises(SystemExit, match="2"):
        main(["budgets", "update", made["id"]])


@pytest.mark.parametrize("name", ["budgets.json", "budget_alerts.json"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 2, "budgets": [',
        b"\x00\xff\xfe",
        b'{"version": 2, "colour": "red"}',
        b'{"version": 99}',
        b'{"version": 1}',
    ],
    ids=["empty", "truncated", "binary", "edited", "of the future", "of no known form"],
)
def test_a_document_that_cannot_be_used_is_refused_on_every_run_until_it_is_reset(
    own_state: Path, refused: Callable[..., str], ask: Ask, name: str, content: bytes
) -> None:
    own_state.mkdir()
    path = own_state / name
    path.write_bytes(content)
    words = {
        "budgets.json": [
            ["list"],
            ["create", "--name", "x", "--scope-type", "total", "--amount", "1"],
            ["import", str(RESOURCES / "describe-budgets.json")],
            ["restore", "x"],
        ],
        "budget_alerts.json": [["alerts", "list"]],
    }[name]
    for _ in range(2):
        for action in (*words, ["check"]):
            said = refused("budgets", *action)
            assert str(path) in said
            assert "budgets reset" in said
    assert path.read_bytes() == content
    (moved,) = ask("budgets", "reset")["renamed"]
    assert Path(moved).read_bytes() == content
    assert ask("budgets", "list")["budgets"] == []
