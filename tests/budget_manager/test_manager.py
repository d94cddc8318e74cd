"""Budgets are kept: by name, by id, by four processes at once, and not over what cannot be read."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops.budget_manager import ALERTS_FILE, BUDGETS_FILE, BudgetManager
from finops.errors import (
    BudgetError,
    StateChanged,
    StateError,
    StateTooNew,
    StateUnreadable,
    UnknownBudget,
)
from finops.storage import JsonStore
from tests.budget_manager.estates import FewRows, bill, daily

NOON = datetime(2026, 10, 18, 12, 0, 0, tzinfo=UTC)
ESTATE = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-10-01", "2026-10-18")))


@pytest.fixture
def manager(tmp_path: Path) -> BudgetManager:
    return BudgetManager(JsonStore(tmp_path))


def test_a_budget_is_there_after_a_restart(manager: BudgetManager) -> None:
    made = manager.create_budget(
        "Platform",
        "team",
        "Platform",
        "1234.50",
        "quarterly",
        "Ada",
        (60, 90),
        cost_basis="effective",
        created=date(2026, 10, 18),
    )
    assert BudgetManager(JsonStore(manager.store.folder)).list_budgets() == (made,)
    assert made.id
    assert (made.amount, made.alert_thresholds) == (Decimal("1234.50"), (60, 90))


def test_a_custom_budget_is_read_back_as_it_was(manager: BudgetManager) -> None:
    days = {"start": date(2026, 3, 10), "end": date(2026, 4, 8)}
    made = manager.create_budget("Launch", "tag", "Project=Atlas", 10.1, "custom", **days)
    assert manager.list_budgets() == (made,)


def test_the_file_is_versioned_and_its_money_is_text(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", None, 0.1)
    stored = json.loads(manager.store.path(BUDGETS_FILE).read_text())
    assert (stored["version"], stored["budgets"][0]["amount"]) == (2, "0.1")


VERSION_1 = {
    "version": 1,
    "budgets": [
        {
            "id": "a1",
            "name": "Total",
            "scope_type": "total",
            "scope_value": "",
            "amount": "0.1",
            "period": "monthly",
            "start": None,
            "end": None,
            "owner": "Ada",
            "alert_thresholds": [50.0, 90.5],
            "cost_basis": "billed",
            "created": "2026-10-18",
            "status": "active",
        }
    ],
}


def test_a_file_of_version_1_is_read_and_has_the_new_form_from_the_next_save_on(
    manager: BudgetManager,
) -> None:
    path = manager.store.path(BUDGETS_FILE)
    path.write_text(json.dumps(VERSION_1))
    (budget,) = manager.list_budgets()
    assert (budget.alert_thresholds, budget.amount) == ((50, 90.5), Decimal("0.1"))
    assert list(map(str, budget.thresholds)) == ["50%", "90.5%", "forecast 100%"]
    assert json.loads(path.read_text()) == VERSION_1  # reading writes nothing
    manager.update_budget("a1", amount=2)
    stored = json.loads(path.read_text())
    assert stored["version"] == 2
    assert "alert_thresholds" not in stored["budgets"][0]
    assert manager.list_budgets() == (budget.model_copy(update={"amount": Decimal(2)}),)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1},
        {"version": 1, "budgets": ["Total"]},
        {"version": 1, "budgets": [{**VERSION_1["budgets"][0], "alert_thresholds": 50}]},
        {"version": 1, "budgets": [{**VERSION_1["budgets"][0], "colour": "red"}]},
        {"version": 0, "budgets": []},
    ],
)
def test_a_file_that_is_no_version_1_is_not_read(manager: BudgetManager, document: object) -> None:
    path = manager.store.path(BUDGETS_FILE)
    path.write_text(json.dumps(document))
    with pytest.raises(StateUnreadable, match="budgets reset"):
        manager.list_budgets()
    assert json.loads(path.read_text()) == document


def test_the_state_folder_is_the_environments(own_state: Path) -> None:
    BudgetManager().create_budget("Total", "total", "", 1)
    assert (own_state / BUDGETS_FILE).exists()


def test_two_budgets_of_one_name_are_refused(manager: BudgetManager) -> None:
    first = manager.create_budget("Total", "total", "", 1)
    with pytest.raises(BudgetError, match=f"'Total' exists .*{first.id}"):
        manager.create_budget(" Total ", "total", "", 2)
    second = manager.create_budget("Other", "total", "", 2)
    with pytest.raises(BudgetError, match="exists"):
        manager.update_budget(second.id, name="Total")
    assert manager.list_budgets() == (first, second)


def test_a_budget_that_makes_no_sense_is_not_saved(manager: BudgetManager) -> None:
    with pytest.raises(BudgetError, match="amount"):
        manager.create_budget("Total", "total", "", -1)
    assert not manager.store.path(BUDGETS_FILE).exists()


def test_an_update_changes_what_it_names(manager: BudgetManager) -> None:
    budget = manager.create_budget("Total", "total", "", 1, owner="Ada")
    changed = manager.update_budget(budget.id, amount=2, status="paused")
    assert changed == budget.model_copy(update={"amount": Decimal(2), "status": "paused"})
    assert manager.list_budgets() == (changed,)
    assert manager.update_budget(budget.id, name="Total").name == "Total"


def test_an_update_that_makes_no_sense_changes_nothing(manager: BudgetManager) -> None:
    budget = manager.create_budget("Total", "total", "", 1)
    for changes in ({"amount": 0}, {"colour": "red"}, {"period": "custom"}, {"id": "mine"}):
        with pytest.raises(BudgetError):
            manager.update_budget(budget.id, **changes)
    assert manager.list_budgets() == (budget,)


def test_the_second_of_two_editors_is_told(manager: BudgetManager) -> None:
    seen = manager.create_budget("Total", "total", "", 1)
    manager.update_budget(seen.id, base_revision=seen.revision, amount=2)
    with pytest.raises(StateChanged, match="nothing was overwritten"):
        manager.update_budget(seen.id, base_revision=seen.revision, amount=3)
    assert manager.list_budgets()[0].amount == 2


def test_a_deleted_budget_is_handed_back_and_gone(manager: BudgetManager) -> None:
    budget, other = (manager.create_budget(name, "total", "", 1) for name in ("a", "b"))
    assert manager.delete_budget(budget.id) == budget
    assert manager.list_budgets() == (other,)


def test_an_unknown_id_is_named_beside_the_known_ones(manager: BudgetManager) -> None:
    budget = manager.create_budget("Total", "total", "", 1)
    for attempt in (lambda: manager.delete_budget("nope"), lambda: manager.update_budget("nope")):
        with pytest.raises(UnknownBudget, match=rf"'nope'.*{budget.id} \(Total\)"):
            attempt()


def test_actual_spend_of_a_budget_that_is_saved_nowhere(manager: BudgetManager) -> None:
    draft = manager.create_budget_templates(ESTATE)
    assert draft == ()  # not one full month
    budget = manager.create_budget("Total", "total", "", 1)
    assert manager.calculate_actual_spend(budget, ESTATE) == 180
    nowhere = manager.create_budget("Mars", "region", "mars-1", 1)
    assert manager.calculate_actual_spend(nowhere, ESTATE) is None


def test_statuses_come_in_the_order_of_the_budgets(manager: BudgetManager) -> None:
    assert manager.check_budget_status(ESTATE) == ()
    for amount in (300, 100):
        manager.create_budget(f"{amount}", "total", "", amount)
    found = manager.check_budget_status(ESTATE)
    assert [(status.name, status.status) for status in found] == [
        ("300", "forecast_exceeded"),
        ("100", "exceeded"),
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", StateUnreadable),
        (b'{"version": 1, "budgets": [', StateUnreadable),
        (b"\x00\xff\xfe", StateUnreadable),
        (b'{"version": 1, "budgets": [{"id": "a", "name": "edited"}]}', StateUnreadable),
        (b'{"version": 99, "budgets": []}', StateTooNew),
    ],
    ids=["empty", "truncated", "binary", "edited by hand", "of a newer version"],
)
def test_a_broken_file_stays_until_it_is_reset(
    manager: BudgetManager, content: bytes, error: type[StateError]
) -> None:
    path = manager.store.path(BUDGETS_FILE)
    path.write_bytes(content)
    for _ in range(2):
        for attempt in (
            manager.list_budgets,
            lambda: manager.check_budget_status(ESTATE),
            lambda: manager.check_alerts(ESTATE),
            lambda: manager.create_budget("Total", "total", "", 1),
            lambda: manager.delete_budget("a"),
        ):
            with pytest.raises(error, match="budgets reset"):
                attempt()
    assert path.read_bytes() == content
    (moved,) = manager.reset(NOON)
    assert (moved.name, moved.read_bytes()) == ("budgets.json.broken-20261018T120000Z", content)
    assert manager.list_budgets() == ()


def test_two_budgets_of_one_id_are_not_read(manager: BudgetManager) -> None:
    manager.create_budget("Total", "total", "", 1)
    path = manager.store.path(BUDGETS_FILE)
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "budgets": stored["budgets"] * 2}))
    with pytest.raises(StateUnreadable, match="id of its own"):
        manager.list_budgets()


def test_a_reset_leaves_documents_that_can_be_read(manager: BudgetManager) -> None:
    budget = manager.create_budget("Total", "total", "", 1)
    manager.store.path(ALERTS_FILE).write_text("")
    (moved,) = manager.reset(NOON)
    assert moved.name == "budget_alerts.json.broken-20261018T120000Z"
    assert manager.list_budgets() == (budget,)
    assert manager.reset(NOON) == ()


def _create_25(folder: str, who: int) -> None:
    for number in range(25):
        BudgetManager(JsonStore(Path(folder))).create_budget(f"{who}-{number}", "total", "", 1)


def test_four_processes_create_exactly_100_budgets(manager: BudgetManager) -> None:
    spawn = multiprocessing.get_context("spawn")
    makers = [
        spawn.Process(target=_create_25, args=(str(manager.store.folder), who)) for who in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert [maker.exitcode for maker in makers] == [0] * 4
    budgets = manager.list_budgets()
    assert len(budgets) == len({budget.id for budget in budgets}) == 100
