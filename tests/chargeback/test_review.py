"""The report as finance reads it. Every expected amount can be worked out in the head."""

from __future__ import annotations

from decimal import Decimal

from finops.chargeback import allocate, review
from finops.chargeback.examples import team_charges


def test_movers_up_and_down_largest_change_first() -> None:
    before = team_charges(("A", "10"), ("B", "40"), ("Gone", "5"), ("Same", "7"))
    now = team_charges(("A", "15"), ("B", "20"), ("New", "1"), ("Same", "7"))
    movers = review(allocate(now, "Team", previous=before)).movers
    assert [(one.allocated_to, str(one.change_usd), one.change_pct) for one in movers] == [
        ("B", "-20.00", -50.0),
        ("A", "5.00", 50.0),
        ("Gone", "-5.00", -100.0),
        ("New", "1.00", None),
    ]
    assert review(allocate(now, "Team")).movers == ()


def test_cost_centres_add_up_whole_segments() -> None:
    now = team_charges(("Book/Ads", "3"), ("Book", "1"), ("Bookkeeping", "2"), (None, "4"))
    before = team_charges(("Book/Ads", "2"), ("Book/Web", "1"))
    centres = review(allocate(now, "Team", previous=before)).top_cost_centres
    assert [(one.name, str(one.total_usd), str(one.previous_usd), one.percent) for one in centres] == [
        ("Book", "4.00", "3.00", 40.0),
        ("Bookkeeping", "2.00", "0.00", 20.0),
    ]


def test_the_way_to_the_target_is_rounded_up_to_the_cent() -> None:
    # 90 % of 10.01 is 9.009, so 9.01 must be allocated, and 8.00 is.
    half = review(allocate(team_charges(("A", "8.00"), (None, "2.01")), "Team"))
    assert (half.target_pct, half.to_target_usd) == (90, Decimal("1.01"))
    assert review(allocate(team_charges(("A", "9"), (None, "1")), "Team")).to_target_usd == 0
    assert review(allocate(team_charges(("A", "-1")), "Team")).to_target_usd is None


def test_unit_costs_are_the_total_over_the_quantity() -> None:
    # 10.00 over 3 requests is 3.333333; B has no quantity and C none above zero.
    report = allocate(team_charges(("A", "10"), ("B", "1"), ("C", "1")), "Team")
    drivers = {"requests": {"A": Decimal(3), "C": Decimal(0), "Nobody": Decimal(9)}}
    costs = review(report, drivers).unit_costs
    assert [(one.driver, one.allocated_to, str(one.unit_cost_usd)) for one in costs] == [
        ("requests", "A", "3.333333")
    ]
