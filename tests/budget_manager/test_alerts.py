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
    severity_of,
)
from finops.errors import StateUnreadable
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
    budget = make_budget(**{"name": "x", "scope_type": "total", "amount": amount, **fields})
    found = evaluate_alerts([budget_status(budget, known(estate))], estate.as_of)
    return [(alert.kind, alert.threshold_pct) for alert in found]


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


def test_thresholds_of_ones_own() -> None:
    assert [t for _, t in alerts(1_000, alert_thresholds=(17.5, 18, 18.1))] == [17.5, 18]
    assert [t for k, t in alerts(100, alert_thresholds=(150, 180, 200)) if k == "actual"] == [150, 180]


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
