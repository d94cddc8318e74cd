"""Suggested amounts: the mean full month, 10 % headroom, up to whole $10."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops.budget_manager import BudgetManager, TemplateOptions, known, suggest_budgets
from finops.budget_manager.templates import suggested_amount
from finops.errors import BudgetError
from finops.storage import JsonStore
from tests.budget_manager.estates import FewRows, bill, buckets, daily, instances


def suggestions(tmp_path: Path, estate: FewRows) -> dict[str, Decimal]:
    drafts = BudgetManager(JsonStore(tmp_path)).create_budget_templates(estate)
    assert all(draft.id == "" and draft.period == "monthly" for draft in drafts)
    return {draft.name: draft.amount for draft in drafts}


@pytest.mark.parametrize(
    ("month", "amount"), [("100", 110), ("100.01", 120), ("0.01", 10), ("1000", 1100)]
)
def test_headroom_and_rounding(month: str, amount: int) -> None:
    assert suggested_amount(Decimal(month)) == amount


def test_a_bill_gives_the_mean_of_its_full_months(tmp_path: Path) -> None:
    # Full months: August 31 × 10 = 310 and September 30 × 10 = 300; mean 305, × 1.1 = 335.5 → 340.
    # Team Atlas is charged in September only: 30 × 4 = 120, × 1.1 = 132 → 140; it is part of EC2:
    # (31 × 10 + 30 × 14) ÷ 2 = 365 × 1.1 = 401.5 → 410. July and October are not whole.
    costs = bill(
        *daily("2026-07-15", "2026-10-18", 10, ServiceName="AmazonEC2"),
        *daily("2026-09-01", "2026-10-18", 4, ServiceName="AmazonEC2", Tags="Team=Atlas"),
        *daily("2026-10-01", "2026-10-18", 9, ServiceName="AmazonS3", Tags="Environment=Prod"),
    )
    found = suggestions(tmp_path, FewRows(as_of=date(2026, 10, 18), costs=costs))
    assert found == {"Total": 410, "EC2": 410, "Team Atlas": 140}


def test_only_the_last_twelve_months_count(tmp_path: Path) -> None:
    costs = bill(
        *daily("2025-01-01", "2025-09-30", 1_000),
        *daily("2025-10-01", "2026-09-30", 1),
    )
    found = suggestions(tmp_path, FewRows(as_of=date(2026, 9, 30), costs=costs))
    assert found == {"Total": 40}  # 365 ÷ 12 = 30.42, × 1.1 = 33.5


def test_the_resource_lists_give_their_run_rate(tmp_path: Path) -> None:
    estate = FewRows(
        as_of=date(2026, 10, 18),
        ec2=instances(
            {"MonthlyCostUSD": 100, "Tags": "Team=Atlas,Environment=Prod"},
            {"MonthlyCostUSD": 200, "Tags": "Team=Borealis"},
            {"MonthlyCostUSD": 0, "Tags": "Team=Idle"},
        ),
        s3=buckets({"MonthlyCostUSD": 50, "Tags": "Environment=Prod"}, {"MonthlyCostUSD": None}),
    )
    assert suggestions(tmp_path, estate) == {
        "Total": 390,  # 350 × 1.1 = 385
        "EC2": 330,
        "S3": 60,  # 55
        "Environment Prod": 170,  # 150 × 1.1 = 165
        "Team Atlas": 110,
        "Team Borealis": 220,
    }


def test_without_a_full_month_or_a_list_there_is_nothing_to_suggest(tmp_path: Path) -> None:
    costs = bill(*daily("2026-10-02", "2026-10-18"))
    assert suggestions(tmp_path, FewRows(as_of=date(2026, 10, 18), costs=costs)) == {}
    assert suggestions(tmp_path, FewRows(as_of=date(2026, 10, 18))) == {}


def test_a_tag_value_that_is_no_name_becomes_one(tmp_path: Path) -> None:
    value = "two\\nlines " + "x" * 200
    estate = FewRows(
        as_of=date(2026, 10, 18),
        ec2=instances({"MonthlyCostUSD": 1, "Tags": f'{{"Team": "{value}"}}'}),
    )
    (draft,) = (
        draft
        for draft in BudgetManager(JsonStore(tmp_path)).create_budget_templates(estate)
        if draft.scope_type == "team"
    )
    assert draft.name.startswith("Team two lines xxx")
    assert len(draft.name) == 100


def test_a_draft_is_saved_as_it_is(tmp_path: Path) -> None:
    manager = BudgetManager(JsonStore(tmp_path))
    (draft, *_) = manager.create_budget_templates(
        FewRows(as_of=date(2026, 10, 18), ec2=instances({"MonthlyCostUSD": 1}))
    )
    assert manager.list_budgets() == ()
    saved = manager.add_budget(draft)
    assert manager.list_budgets() == (saved,) == (draft.model_copy(update={"id": saved.id}),)


def test_amounts_by_the_highest_and_the_latest_month_with_growth_and_headroom() -> None:
    # July $31, August $62, September $30.
    costs = bill(
        *daily("2026-07-01", "2026-07-31", 1),
        *daily("2026-08-01", "2026-08-31", 2),
        *daily("2026-09-01", "2026-09-30", 1),
    )
    facts = known(FewRows(as_of=date(2026, 9, 30), costs=costs))

    def amount(**options: object) -> Decimal:
        (draft,) = suggest_budgets(facts, TemplateOptions(kinds=("total",), **options))
        return draft.amount

    assert amount(headroom_pct=0) == 50  # 123 ÷ 3 = 41
    assert amount(headroom_pct=0, basis="highest") == 70
    assert amount(headroom_pct=0, basis="latest") == 30
    assert amount(headroom_pct=0, months=2) == 50  # 92 ÷ 2 = 46
    assert amount(headroom_pct=50, growth_pct=100, basis="latest") == 90  # 30 × 2 × 1.5


def test_every_service_of_a_bill_has_a_template() -> None:
    costs = bill(
        *daily("2026-09-01", "2026-09-30", 1, ServiceName="AmazonEC2"),
        *daily("2026-09-01", "2026-09-30", 1, ServiceName="AWS Lambda"),
    )
    facts = known(FewRows(as_of=date(2026, 9, 30), costs=costs))
    drafts = suggest_budgets(facts, TemplateOptions(kinds=("service",)))
    assert [draft.name for draft in drafts] == ["EC2", "AWS Lambda"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"basis": "median"}, "mean, highest, latest"),
        ({"months": 0}, "1 to 60"),
        ({"growth_pct": -100}, "growth"),
        ({"headroom_pct": float("nan")}, "headroom"),
        ({"kinds": ()}, "none"),
        ({"kinds": ("galaxy",)}, "galaxy"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, object], reason: str) -> None:
    with pytest.raises(BudgetError, match=reason):
        TemplateOptions(**options)


def test_values_of_like_names_have_templates_of_their_own(tmp_path: Path) -> None:
    """Names end after 100 letters: of two long values the second is called (2)."""
    long = "x" * 120
    rows = ({"MonthlyCostUSD": 100, "Tags": f"Team={long}{end}"} for end in "ab")
    found = suggestions(tmp_path, FewRows(as_of=date(2026, 10, 18), ec2=instances(*rows)))
    names = [name for name in found if name.startswith("Team")]
    assert names == [f"Team {long}"[:100], f"Team {long}"[:96] + " (2)"]
