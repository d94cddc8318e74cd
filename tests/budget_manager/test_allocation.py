"""Parts of budgets: what they add up to, what is refused, and what a deletion may not break."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from finops.budget_manager import BUDGETS_FILE, BudgetManager, allocations, known, make_budget
from finops.errors import BudgetError, StateChanged, StateUnreadable, UnknownBudget
from finops.storage import JsonStore
from tests.budget_manager.estates import FewRows, bill, daily

# $10 a day of team a and $5 of team b, from January to 14 February 2028: 45 days.
COSTS = bill(
    *daily("2028-01-01", "2028-02-14", 10, Tags="Team=a"),
    *daily("2028-01-01", "2028-02-14", 5, Tags="Team=b"),
)
FACTS = known(FewRows(as_of=date(2028, 2, 14), costs=COSTS))


@pytest.fixture
def manager(tmp_path: Path) -> BudgetManager:
    return BudgetManager(JsonStore(tmp_path))


def test_monthly_parts_count_three_times_in_a_quarter(manager: BudgetManager) -> None:
    whole = manager.create_budget("whole", "total", "", 3000, "quarterly")
    a = manager.create_budget("a", "team", "a", 600, parent=whole.id)
    b = manager.create_budget(
        "b",
        "team",
        "b",
        400,
        parent=whole.id,
        planned=[{"start": date(2028, 2, 1), "amount": 700}],
    )
    (line,) = allocations(manager.list_budgets(), FACTS)
    # 3 × 600 and 400 + 700 + 400 = 3,300 of 3,000; spent 45 × 15.
    assert line.parts == (a.id, b.id)
    assert (line.amount_usd, line.allocated_usd, line.over_allocated_usd) == (3000, 3300, 300)
    assert (line.unallocated_usd, line.actual_usd, line.parts_actual_usd) == (0, 675, 675)


def test_a_longer_part_counts_with_its_days(manager: BudgetManager) -> None:
    month = manager.create_budget("month", "total", "", 100)
    manager.create_budget("quarter", "team", "a", 91, "quarterly", parent=month.id)
    manager.create_budget(
        "days", "team", "b", 10, "custom", start=date(2028, 2, 25), end=date(2028, 3, 5), parent=month.id
    )
    (line,) = allocations(manager.list_budgets(), FACTS)
    # 29 of the quarter's 91 days are February's, and 5 of the ten days from the 25th on: 29 + 5.
    assert (line.allocated_usd, line.unallocated_usd) == (34, 66)


def test_a_part_counts_while_it_is_in_force(manager: BudgetManager) -> None:
    whole = manager.create_budget("whole", "total", "", 3000, "quarterly")
    manager.create_budget("old", "team", "a", 600, parent=whole.id, end=date(2027, 12, 31))
    manager.create_budget("new", "team", "a", 700, parent=whole.id, start=date(2028, 2, 15))
    (line,) = allocations(manager.list_budgets(), FACTS)
    # Nothing of the old one any more, and February and March of the new one: 2 × 700.
    assert (line.allocated_usd, line.unallocated_usd) == (1400, 1600)


def test_no_budget_is_a_part_of_itself(manager: BudgetManager) -> None:
    top = manager.create_budget("top", "total", "", 3)
    middle = manager.create_budget("middle", "total", "", 2, parent=top.id)
    low = manager.create_budget("low", "total", "", 1, parent=middle.id)
    for above in (top, low):
        with pytest.raises(BudgetError, match="cannot be a part of itself"):
            manager.update_budget(top.id, parent=above.id)
    with pytest.raises(BudgetError, match="'nobody', is no budget"):
        manager.update_budget(top.id, parent="nobody")
    assert [budget.parent for budget in manager.list_budgets()] == [None, top.id, middle.id]


def test_a_document_with_a_circle_is_not_read(manager: BudgetManager) -> None:
    budget = manager.create_budget("x", "total", "", 1)
    path = manager.store.path(BUDGETS_FILE)
    path.write_text(path.read_text().replace('"parent": null', f'"parent": "{budget.id}"'))
    with pytest.raises(StateUnreadable, match="part of itself: 'x' in 'x'"):
        manager.list_budgets()


def test_a_budget_with_parts_is_not_deleted(manager: BudgetManager) -> None:
    top = manager.create_budget("top", "total", "", 2)
    part = manager.create_budget("part", "total", "", 1, parent=top.id)
    with pytest.raises(BudgetError, match="has parts: 'part'"):
        manager.delete_budget(top.id)
    manager.delete_budget(part.id)
    manager.delete_budget(top.id)
    with pytest.raises(BudgetError, match=f"the parent of 'part', '{top.id}', is no budget"):
        manager.restore_budget(part.id)
    manager.restore_budget(top.id)
    assert manager.restore_budget(part.id) == part


def test_a_deletion_is_undone_even_after_a_restart(manager: BudgetManager) -> None:
    budget = manager.create_budget("x", "total", "", 1, notes="mine")
    manager.delete_budget(budget.id)
    again = BudgetManager(JsonStore(manager.store.folder))
    assert again.book().deleted == (budget,)
    assert again.restore_budget(budget.id) == budget
    assert (again.list_budgets(), again.book().deleted) == ((budget,), ())
    with pytest.raises(UnknownBudget, match="no deleted budget has the id"):
        again.restore_budget(budget.id)


def test_a_name_that_was_taken_meanwhile_keeps_a_budget_deleted(manager: BudgetManager) -> None:
    budget = manager.create_budget("x", "total", "", 1)
    manager.delete_budget(budget.id)
    manager.create_budget("x", "total", "", 2)
    with pytest.raises(BudgetError, match="'x' exists"):
        manager.restore_budget(budget.id)
    assert manager.book().deleted == (budget,)


def test_the_last_hundred_deleted_are_kept(manager: BudgetManager) -> None:
    drafts = (make_budget(name=f"{number}", scope_type="total", amount=1) for number in range(102))
    made = manager.add_budgets(drafts)
    for budget in made:
        manager.delete_budget(budget.id)
    assert manager.book().deleted == made[2:]


def test_many_are_made_in_one_step_or_none(manager: BudgetManager) -> None:
    taken = manager.create_budget("taken", "total", "", 1)
    drafts = [taken.model_copy(update={"name": name}) for name in ("new", "taken")]
    with pytest.raises(BudgetError, match="'taken' exists"):
        manager.add_budgets(drafts)
    assert manager.list_budgets() == (taken,)


def test_a_copy_is_another_budget(manager: BudgetManager) -> None:
    budget = manager.create_budget("x" * 100, "total", "", 1, owner="Ada")
    copy, second, named = (manager.copy_budget(budget.id, name) for name in (None, None, "mine"))
    assert copy == budget.model_copy(update={"id": copy.id, "name": "x" * 93 + " (copy)"})
    assert (second.name[-9:], named.name) == (" (copy 2)", "mine")
    assert len({one.id for one in manager.list_budgets()}) == 4


def test_pause_and_resume(manager: BudgetManager) -> None:
    budget = manager.create_budget("x", "total", "", 1)
    assert manager.pause_budget(budget.id).status == "paused"
    assert manager.resume_budget(budget.id) == budget


def test_who_deletes_what_another_has_changed_is_told(manager: BudgetManager) -> None:
    seen = manager.create_budget("x", "total", "", 1)
    changed = manager.update_budget(seen.id, amount=2)
    with pytest.raises(StateChanged, match="was not deleted"):
        manager.delete_budget(seen.id, base_revision=seen.revision)
    assert manager.list_budgets() == (changed,)
    assert json.loads(changed.model_dump_json())["amount"] == "2"
