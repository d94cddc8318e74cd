"""An alert is raised at its threshold, once per period, whoever asks and however often."""

from __future__ import annotations

import json
import multiprocessing
from datetime import date
from pathlib import Path

import pytest

from finops.alerts import Alert
from finops.budget_manager import (
    ALERTS_FILE,
    BUDGETS_FILE,
    BudgetManager,
    budget_status,
    evaluate_alerts,
    known,
    make_budget,
    read_thresholds,
    severity_of,
)
from finops.errors import BudgetError, StateUnreadable
from finops.storage import JsonStore
from tests.budget_manager.estates import FewRows, bill, daily, instances

# $10 a day. On 18 October $180 are spent and $310 are forecast.
COSTS = bill(*daily("2026-09-01", "2026-11-05"))
OCTOBER = FewRows(as_of=date(2026, 10, 18), costs=COSTS)
NOVEMBER = FewRows(as_of=date(2026, 11, 5), costs=COSTS)


@pytest.fixture
def manager(tmp_path: Path) -> BudgetManager:
    return BudgetManager(JsonStore(tmp_path))


def alerts(amount: object, estate: FewRows = OCTOBER, **fields: object) -> list[tuple[str, float]]:
    return [(alert.kind, alert.threshold_pct) for alert in raised(amount, estate, **fields)]


def raised(amount: object, estate: FewRows = OCTOBER, **fields: object) -> tuple[Alert, ...]:
    budget = make_budget(**{"name": "x", "scope_type": "total", "amount": amount, **fields})
    return evaluate_alerts([budget_status(budget, known(estate))], estate.as_of)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("360.01", []),
        ("360", [50]),  # exactly 50 %
        ("225.01", [50]),
        ("225", [50, 80]),  # exactly 80.00 %
        ("180.01", [50, 80]),
        ("180", [50, 80, 100]),
    ],
)
def test_thresholds_alert_at_their_amount_and_not_a_cent_before(
    amount: str, expected: list[int]
) -> None:
    found = alerts(amount)
    assert [threshold for kind, threshold in found if kind == "actual"] == expected


def test_a_forecast_alerts_from_the_amount_on() -> None:
    assert ("forecast", 100) in alerts("310")
    assert ("forecast", 100) not in alerts("310.01")


def test_a_comma_inside_an_amount_is_no_second_threshold() -> None:
    with pytest.raises(BudgetError, match=r"write \$1500 without one"):
        read_thresholds("80, $1,500")
    assert [str(one.value) for one in read_thresholds("$900, 100") if one.on == "actual"] == [
        "100",
        "900",
    ]


def test_thresholds_of_ones_own() -> None:
    assert [t for _, t in alerts(1_000, alert_thresholds=(17.5, 18, 18.1))] == [17.5, 18]
    assert [t for k, t in alerts(100, alert_thresholds=(150, 180, 200)) if k == "actual"] == [150, 180]


def thresholds(*of: tuple[str, str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"on": on, "unit": unit, "value": value} for on, unit, value in of)


@pytest.mark.parametrize(("dollars", "alerted"), [("180", True), ("180.01", False)])
def test_dollars_alert_on_actual_at_their_amount(dollars: str, alerted: bool) -> None:
    asked = thresholds(("actual", "usd", dollars))
    assert bool(alerts(1_000, thresholds=asked)) is alerted


@pytest.mark.parametrize(
    ("amount", "severity"), [("1000", "early_warning"), ("200", "action_required"), ("180", "exceeded")]
)
def test_dollars_are_as_grave_as_their_share_of_the_amount(amount: str, severity: str) -> None:
    (found,) = raised(amount, thresholds=thresholds(("actual", "usd", "180")))
    assert (found.severity, found.unit, found.threshold, found.measured) == (severity, "usd", 180, 180)
    assert found.threshold_pct is None
    assert found.message.endswith("the threshold of $180.00 is reached")


def test_a_forecast_threshold_of_ones_own_in_percent_and_dollars() -> None:
    # $180 of $310 forecast are spent: 90 % of 340 is $306, and $310 is $310.
    asked = thresholds(
        ("forecast", "percent", "90"), ("forecast", "usd", "310"), ("forecast", "usd", "310.01")
    )
    found = raised("340", thresholds=asked)
    assert [(one.unit, one.threshold, one.severity) for one in found] == [
        ("percent", 90, "forecast"),
        ("usd", 310, "forecast"),
    ]
    assert found[0].message == (
        "x: $180.00 spent since 2026-10-01; the period to 2026-10-31 is forecast to end at $310.00, "
        "91.18 % of $340.00: the threshold of 90 % on the forecast is reached"
    )


def test_what_is_spent_is_no_forecast() -> None:
    # $180 are spent: a forecast threshold of 50 % of 340, $170, has happened.
    assert raised("340", thresholds=thresholds(("forecast", "percent", "50"))) == ()


@pytest.mark.parametrize(
    ("pct", "alerted"),
    # $180 in 18 of 31 days; the straight line to $250 is at 250 × 18 ÷ 31 = $145.16, so 124 %.
    [("123.9", True), ("124", True), ("124.1", False)],
)
def test_pace_alerts_at_its_share_of_the_straight_line(pct: str, alerted: bool) -> None:
    asked = thresholds(("pace", "percent", pct))
    found = raised("250", thresholds=asked)
    assert bool(found) is alerted
    if found:
        assert (found[0].severity, found[0].measured) == ("pace", 124)
        assert found[0].message == (
            "x: $180.00 spent since 2026-10-01 in 18 of 31 days, 124.00 % of the straight line "
            f"($145.16) to $250.00: the threshold of {pct} % on pace is reached"
        )


def test_pace_waits_for_a_tenth_of_the_period_and_ends_with_the_amount() -> None:
    asked = thresholds(("pace", "percent", "110"))
    # $200 on the first day, $10 on the others: day 3 is no tenth of 31 days, day 4 is.
    fee = bill(*daily("2026-10-01", "2026-10-01", 190), *daily("2026-10-01", "2026-10-31"))
    early, later = (FewRows(as_of=date(2026, 10, day), costs=fee) for day in (3, 4))
    assert raised("1000", early, thresholds=asked) == ()
    assert [one.kind for one in raised("1000", later, thresholds=asked)] == ["pace"]
    assert raised("230", later, thresholds=asked) == ()  # $230 are spent: that is no pace


def test_an_alert_says_whose_budget_it_is_and_what_to_do() -> None:
    (found,) = raised("200", owner="Ada", alert_thresholds=(80,), thresholds=())
    assert found.action.endswith("Its owner is Ada.")
    assert (found.period_start, found.period_end) == (date(2026, 10, 1), date(2026, 10, 31))


def test_severities() -> None:
    assert [severity_of(pct) for pct in (50, 79.9, 80, 99.9, 100, 120)] == [
        "early_warning",
        "early_warning",
        "action_required",
        "action_required",
        "exceeded",
        "exceeded",
    ]


@pytest.mark.parametrize(
    "fields",
    [{"status": "paused"}, {"scope_type": "region", "scope_value": "mars-1"}],
    ids=["paused", "no match"],
)
def test_budgets_that_say_nothing_do_not_alert(fields: dict[str, str]) -> None:
    assert alerts(1, **fields) == []


def test_an_estimate_alerts_and_says_that_it_is_one() -> None:
    lists = FewRows(as_of=date(2026, 4, 15), ec2=instances({"MonthlyCostUSD": 100}))
    budget = make_budget(name="Lists", scope_type="total", amount=90)
    first, last = evaluate_alerts([budget_status(budget, known(lists))], lists.as_of)
    assert first.message == (
        "Lists: an estimated $50.00 spent since 2026-04-01, 55.56 % of $90.00: "
        "the threshold of 50 % is reached"
    )
    assert last.message == (
        "Lists: an estimated $50.00 spent since 2026-04-01; the period to 2026-04-30 is forecast "
        "to end at $100.00, $10.00 over $90.00"
    )


def test_the_hundredth_check_adds_nothing(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 200)
    first = manager.check_alerts(OCTOBER)
    written = manager.store.path(ALERTS_FILE).stat().st_ino
    for _ in range(99):
        assert BudgetManager(manager.store).check_alerts(OCTOBER) == first
    assert manager.alert_history() == first
    assert manager.store.path(ALERTS_FILE).stat().st_ino == written
    assert [(alert.kind, alert.threshold_pct) for alert in first] == [
        ("actual", 50),
        ("actual", 80),
        ("forecast", 100),
    ]


def test_a_later_day_adds_only_what_is_new_and_keeps_the_day_it_was_raised(
    manager: BudgetManager,
) -> None:
    manager.create_budget("Total", "total", "", 320)
    manager.check_alerts(OCTOBER)  # 56 %
    manager.check_alerts(FewRows(as_of=date(2026, 10, 26), costs=COSTS))  # 260: 81 %
    assert [(alert.threshold_pct, alert.raised_on.day) for alert in manager.alert_history()] == [
        (50, 18),
        (80, 26),
    ]


def test_the_next_period_alerts_anew(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 100)
    manager.check_alerts(OCTOBER)
    manager.check_alerts(NOVEMBER)  # $50 of $100
    periods = [
        (alert.period_start.month, alert.kind, alert.threshold_pct) for alert in manager.alert_history()
    ]
    assert periods == [
        (10, "actual", 50),
        (10, "actual", 80),
        (10, "actual", 100),  # exceeded, so there is nothing left to forecast
        (11, "actual", 50),
        (11, "forecast", 100),
    ]


def test_an_edited_threshold_and_an_edited_amount_alert_anew(manager: BudgetManager) -> None:
    budget = manager.create_budget("Total", "total", "", 340, alert_thresholds=(50,))
    manager.check_alerts(OCTOBER)
    manager.update_budget(budget.id, alert_thresholds=(51,))
    manager.check_alerts(OCTOBER)
    manager.update_budget(budget.id, amount=350)  # of which 51 % is $178.50
    manager.check_alerts(OCTOBER)
    manager.check_alerts(OCTOBER)
    assert [(alert.threshold_pct, alert.amount_usd) for alert in manager.alert_history()] == [
        (50, 340),
        (51, 340),
        (51, 350),
    ]


def test_looking_does_not_write(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 100)
    active = manager.check_alerts(OCTOBER, record=False)
    assert len(active) == 3
    assert (
        manager.check_alerts(OCTOBER, record=False, statuses=manager.check_budget_status(OCTOBER))
        == active
    )
    assert not manager.store.path(ALERTS_FILE).exists()


def test_nothing_to_say_writes_nothing(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 10_000)
    assert manager.check_alerts(OCTOBER) == ()
    assert not manager.store.path(ALERTS_FILE).exists()


def test_a_broken_history_stays_and_does_not_hide_the_alerts(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 100)
    manager.store.path(ALERTS_FILE).write_text("{")
    for _ in range(2):
        with pytest.raises(StateUnreadable, match=ALERTS_FILE):
            manager.check_alerts(OCTOBER)
    assert manager.store.path(ALERTS_FILE).read_text() == "{"
    assert manager.check_alerts(OCTOBER, record=False)


def test_dollars_are_stored_as_text_and_read_as_they_were(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", "100.10")
    manager.check_alerts(OCTOBER)
    stored = json.loads(manager.store.path(ALERTS_FILE).read_text())
    assert stored["version"] == 2
    assert stored["alerts"][0]["alert"]["amount_usd"] == "100.1"
    assert stored["alerts"][0]["alert"]["raised_on"] == "2026-10-18"
    assert "budget_id" not in stored["alerts"][0]["alert"]  # what is computed is not stored
    assert manager.alert_history()[0].amount_usd == 100.1
    assert isinstance(manager.alert_history()[0], Alert)


def _check(folder: str) -> None:
    for _ in range(5):
        BudgetManager(JsonStore(Path(folder))).check_alerts(OCTOBER)


def test_two_processes_raise_each_alert_once(manager: BudgetManager) -> None:
    for number in range(10):
        manager.create_budget(f"Budget {number}", "total", "", 100)
    spawn = multiprocessing.get_context("spawn")
    checks = [spawn.Process(target=_check, args=(str(manager.store.folder),)) for _ in range(2)]
    for check in checks:
        check.start()
    for check in checks:
        check.join()
    assert [check.exitcode for check in checks] == [0, 0]
    keys = [alert.key for alert in manager.alert_history()]
    assert len(keys) == len(set(keys)) == 30  # 10 budgets: 50, 80 and 100 %
    assert {path.name for path in manager.store.folder.iterdir() if not path.name.startswith(".")} == {
        BUDGETS_FILE,
        ALERTS_FILE,
    }
