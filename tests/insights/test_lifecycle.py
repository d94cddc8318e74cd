"""A lifecycle rule in dollars: by hand from AWS's prices of us-east-1, and what must always hold.

Storage a GB-month: STANDARD 0.023 to 51,200 GB, STANDARD_IA 0.0125, GLACIER_IR 0.004, GLACIER 0.0036,
DEEP_ARCHIVE 0.00099. Moving 1,000 objects: 0.01, 0.02, 0.03, 0.05. A month has 730 ÷ 24 days.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finops.errors import LifecycleError, UnknownPrice
from finops.insights.lifecycle import Lifecycle, simulate
from finops.insights.lifecycle_course import course
from finops.insights.lifecycle_rules import Assumptions, Step, Stored, applicable, checked_steps
from finops.insights.storage_billing import DAYS_PER_MONTH, billed_share, class_prices, list_costs
from finops.pricing import packaged_catalogue

CATALOGUE = packaged_catalogue()
# 10 TB in objects of one MB.
TEN_TB = Stored(region="us-east-1", storage_class="STANDARD", size_gb=10_240, objects=10_240 * 1024)
NEW = Assumptions(ages="equal", age_days=0, retrieved_share=0)
OLD = replace(NEW, age_days=1000)


def tried(*steps: Step, stored: Stored = TEN_TB, assumptions: Assumptions = OLD) -> Lifecycle:
    return simulate(stored, steps, assumptions, CATALOGUE)


def test_old_data_straight_to_glacier() -> None:
    """10,485,760 objects × 0.03 ÷ 1,000 once; then GB, 32 KB each at GLACIER's and 8 KB at STANDARD's.

    10,240 × 0.0036 = 36.864; 320 GB × 0.0036 = 1.152; 80 GB × 0.023 = 1.84: 39.856 against 235.52.
    """
    result = tried(Step(0, "GLACIER"))
    first, *later = result.months
    assert first.with_rule.moves_usd == pytest.approx(314.5728)
    assert {round(month.with_rule.storage_usd, 9) for month in result.months} == {39.856}
    assert {month.with_rule.moves_usd for month in later} == {0}
    assert {round(month.as_is.total_usd, 9) for month in result.months} == {235.52}
    assert result.saving_usd == pytest.approx(12 * (235.52 - 39.856) - 314.5728)
    # 314.57 are back when 195.664 have been saved twice.
    assert result.breaks_even_month == 2


def test_ten_thousand_gb_of_new_data_by_the_day() -> None:
    """Thirty of the 30.42 days in STANDARD, the rest in STANDARD_IA; 90 days on, GLACIER_IR."""
    result = tried(Step(30, "STANDARD_IA"), Step(90, "GLACIER_IR"), assumptions=NEW)
    first = result.months[0].with_rule
    in_standard = 30 / DAYS_PER_MONTH
    assert first.storage_usd == pytest.approx(
        10_240 * (in_standard * 0.023 + (1 - in_standard) * 0.0125)
    )
    assert first.moves_usd == pytest.approx(10_485_760 / 1000 * 0.01)
    # Day 90 is in the third month of 30.42 days: 91.25 days are three months.
    assert [month.with_rule.moves_usd > 0 for month in result.months[:4]] == [True, False, True, False]
    assert result.months[2].with_rule.moves_usd == pytest.approx(10_485_760 / 1000 * 0.02)
    # Sixty days in STANDARD_IA are more than its thirty: no stay is cut short.
    assert sum(month.with_rule.early_usd for month in result.months) == 0
    assert result.months[11].with_rule.total_usd == pytest.approx(10_240 * 0.004)


def test_a_stay_that_is_cut_short_is_billed_to_its_end() -> None:
    """GLACIER_IR from day 0 to day 30 of its 90: 60 days more of 10,240 GB at 0.004."""
    result = tried(Step(0, "GLACIER_IR"), Step(30, "GLACIER"), assumptions=NEW)
    first = result.months[0].with_rule
    assert first.early_usd == pytest.approx(10_240 * 0.004 * 60 / DAYS_PER_MONTH)
    assert sum(month.with_rule.early_usd for month in result.months[1:]) == 0


def test_deletion_cuts_a_stay_short_too() -> None:
    """Data that lives for 100 days and is in GLACIER from day 40 has been there 60 of 90 days."""
    result = tried(Step(40, "GLACIER"), assumptions=replace(NEW, deleted_after_days=100))
    early = [month.with_rule.early_usd for month in result.months]
    # 100 days are 3.29 months: in the fourth. The 32 KB of each MB are billed, too.
    assert early[3] == pytest.approx(10_240 * (1 + 32 / 1024) * 0.0036 * 30 / DAYS_PER_MONTH)
    assert sum(early) == pytest.approx(early[3])
    assert result.months[3].gb == {"STANDARD": 0, "GLACIER": 0}


def test_data_in_infrequent_access_has_its_own_shortest_stay() -> None:
    """Ten days old and moved at once: 20 of the 30 days of STANDARD_IA are billed besides."""
    stored = replace(TEN_TB, storage_class="STANDARD_IA")
    result = tried(Step(0, "GLACIER_IR"), stored=stored, assumptions=replace(NEW, age_days=10))
    assert result.months[0].with_rule.early_usd == pytest.approx(10_240 * 0.0125 * 20 / DAYS_PER_MONTH)
    assert result.months[0].with_rule.storage_usd == pytest.approx(10_240 * 0.004)


def test_aws_bills_its_own_example_of_a_restore() -> None:
    """AWS re:Post, "manage data retrieval": 15,000,000 objects, 102,400 GB from GLACIER: 750 + 1,024.

    We add the GET that reads each restored object: 15,000 × 0.0004 = 6.
    """
    stored = Stored(region="us-east-1", storage_class="GLACIER", size_gb=102_400, objects=15_000_000)
    result = tried(stored=stored, assumptions=replace(OLD, retrieved_share=1, months=1))
    assert result.months[0].as_is.reads_usd == pytest.approx(750 + 1024 + 6)


def test_small_objects_are_billed_as_128_kb() -> None:
    """32 KB objects: STANDARD_IA bills four times their bytes, GLACIER 32 KB more: twice."""
    assert billed_share("STANDARD_IA", 32) == 4
    assert billed_share("GLACIER", 32) == 2
    assert billed_share("STANDARD", 32) == 1
    size, kb = np.array([100.0]), np.array([32.0])
    [infrequent] = list_costs(CATALOGUE, "us-east-1", "STANDARD_IA", size, kb)
    assert infrequent == pytest.approx(400 * 0.0125)
    # 200 GB at GLACIER's price and 8 KB of each 32, 25 GB, at STANDARD's.
    [archived] = list_costs(CATALOGUE, "us-east-1", "GLACIER", size, kb)
    assert archived == pytest.approx(200 * 0.0036 + 25 * 0.023)
    # Of unknown objects nothing is known to be added.
    [bytes_alone] = list_costs(CATALOGUE, "us-east-1", "GLACIER", size, np.array([np.nan]))
    assert bytes_alone == pytest.approx(0.36)


def test_small_objects_stay_unless_the_rule_says_so() -> None:
    small = replace(TEN_TB, objects=TEN_TB.objects * 32)  # 32 KB
    rule = (Step(30, "STANDARD_IA"),)
    assert tried(*rule, stored=small).steps == ()
    assert tried(*rule, stored=small).saving_usd == 0
    moved = tried(*rule, stored=small, assumptions=replace(OLD, small_objects=True))
    assert moved.months[11].with_rule.storage_usd == pytest.approx(4 * 10_240 * 0.0125)
    assert moved.saving_usd < 0
    assert moved.breaks_even_month is None
    assert moved.stops_at == 0


def test_reading_stops_the_saving_where_it_says() -> None:
    rule = (Step(30, "STANDARD_IA"), Step(90, "GLACIER_IR"))
    result = tried(*rule, assumptions=replace(OLD, retrieved_share=0.01))
    assert result.stops_at is not None
    at_it = tried(*rule, assumptions=replace(OLD, retrieved_share=result.stops_at))
    assert at_it.saving_usd == pytest.approx(0, abs=1e-6)
    # By hand: unread 12 × (235.52 − 40.96) − 209.7152; a share read costs 12 × (10,240 × 0.03 +
    # 10,485.76 × (0.01 − 0.0004)).
    unread = 12 * (235.52 - 40.96) - 209.7152
    assert result.stops_at == pytest.approx(unread / (12 * (307.2 + 10_485.76 * 0.0096)))


def test_growth_comes_in_over_the_month_and_is_written_once() -> None:
    """10 % a month: 1,024 GB in the first, half of them there on average; 1,048,576 PUTs."""
    result = tried(assumptions=replace(OLD, growth=0.1, months=2))
    first, second = (month.as_is for month in result.months)
    assert first.storage_usd == pytest.approx((10_240 + 512) * 0.023)
    assert first.writes_usd == pytest.approx(1_048.576 * 0.005)
    assert second.storage_usd == pytest.approx((11_264 + 563.2) * 0.023)
    assert result.months[1].gb == {"STANDARD": pytest.approx(10_240 * 1.21)}


def test_data_that_came_in_evenly_is_of_every_age() -> None:
    """Over 100 days, and moved after 50: half at once, the other half one hundredth a day."""
    assumed = replace(NEW, ages="even", age_days=100, months=3)
    flow = course(TEN_TB, (Step(50, "GLACIER"),), assumed)
    assert flow.moved_gb[0, 1] == pytest.approx(5120 + 30 * 102.4, rel=0.01)
    assert flow.moved_gb[:, 1].sum() == pytest.approx(10_240)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([Step(29, "STANDARD_IA")], "after 30 to 36,500 days, not after 29"),
        ([Step(30, "STANDARD_IA"), Step(59, "GLACIER_IR")], "60 days at the earliest"),
        ([Step(30, "GLACIER"), Step(90, "GLACIER_IR")], "from warm to cold only"),
        ([Step(30, "GLACIER"), Step(30, "DEEP_ARCHIVE")], "31 days at the earliest"),
        ([Step(30, "ONEZONE_IA"), Step(90, "GLACIER_IR")], "nothing from ONEZONE_IA to GLACIER_IR"),
        ([Step(-1, "GLACIER")], "not after -1"),
        ([Step(30, "STANDARD")], "no rule moves objects to STANDARD"),
        ([Step(30, "TAPE")], "no rule moves objects to TAPE"),
        ([Step(30, "GLACIER"), Step(60, "GLACIER")], "from warm to cold only"),
    ],
)
def test_rules_that_aws_refuses(steps: list[Step], said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        checked_steps(tuple(steps))


@pytest.mark.parametrize(
    ("stored", "assumptions", "said"),
    [
        (replace(TEN_TB, size_gb=0), OLD, "both above 0"),
        (replace(TEN_TB, size_gb=float("nan")), OLD, "both above 0"),
        (replace(TEN_TB, objects=0), OLD, "both above 0"),
        (replace(TEN_TB, objects=1e17), OLD, "less than a byte"),
        (replace(TEN_TB, storage_class="INTELLIGENT_TIERING"), OLD, "moves its objects itself"),
        (replace(TEN_TB, storage_class="EXPRESS_ONEZONE"), OLD, "no rule is tried"),
        (TEN_TB, replace(OLD, months=0), "months is from 1 to 60"),
        (TEN_TB, replace(OLD, growth=float("nan")), "growth is from 0"),
        (TEN_TB, replace(OLD, retrieved_share=-0.1), "retrieved_share is from 0"),
        (TEN_TB, replace(OLD, deleted_after_days=500), "1000 days old would be gone after 500"),
        (TEN_TB, replace(OLD, deleted_after_days=0), "after 1 to"),
        (TEN_TB, replace(OLD, ages="random"), "ages are even or equal"),
    ],
)
def test_assumptions_that_make_no_sense(stored: Stored, assumptions: Assumptions, said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        tried(Step(30, "STANDARD_IA"), stored=stored, assumptions=assumptions)


def test_outside_the_region_of_known_requests_nothing_is_invented() -> None:
    with pytest.raises(UnknownPrice, match="not priced in 'eu-west-1'"):
        tried(Step(30, "STANDARD_IA"), stored=replace(TEN_TB, region="eu-west-1"))


def test_growth_of_what_nobody_prices_the_writing_of_is_refused() -> None:
    deep = replace(TEN_TB, storage_class="DEEP_ARCHIVE")
    assert tried(stored=deep).saving_usd == 0
    with pytest.raises(UnknownPrice, match="write to DEEP_ARCHIVE are not priced"):
        tried(stored=deep, assumptions=replace(OLD, growth=0.1))


CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
storages = st.builds(
    lambda name, size, kb: Stored(
        region="us-east-1", storage_class=name, size_gb=size, objects=size * 1024**2 / kb
    ),
    st.sampled_from(CLASSES[:-1]),
    st.floats(1, 1e6),
    st.floats(1, 1e6),
)
rules = st.lists(st.builds(Step, st.integers(0, 400), st.sampled_from(CLASSES[1:])), max_size=4).map(
    tuple
)
habits = st.builds(
    Assumptions,
    ages=st.sampled_from(["even", "equal"]),
    age_days=st.floats(0, 700),
    retrieved_share=st.floats(0, 3),
    gets_per_object=st.floats(0, 5),
    growth=st.sampled_from([0.0, 0.03]),
    puts_per_object=st.just(0.0),
    deleted_after_days=st.one_of(st.none(), st.integers(701, 900)),
    months=st.integers(1, 15),
    small_objects=st.booleans(),
)


def valid(steps: tuple[Step, ...]) -> bool:
    try:
        checked_steps(steps)
    except LifecycleError:
        return False
    return True


@given(storages, rules, habits)
def test_no_gb_is_lost_or_made(stored: Stored, steps: tuple[Step, ...], assumed: Assumptions) -> None:
    assume(valid(steps))
    flow = course(stored, applicable(stored, checked_steps(steps), assumed), assumed)
    there = stored.size_gb + np.cumsum(flow.arrived_gb - flow.deleted_gb)
    assert flow.end_gb.sum(axis=1) == pytest.approx(there, rel=1e-9, abs=1e-6 * stored.size_gb)
    assert (flow.mean_gb >= 0).all()
    assert (flow.early_gb_months >= 0).all()
    plain = course(stored, (), assumed)
    assert flow.mean_gb.sum(axis=1) == pytest.approx(plain.mean_gb.sum(axis=1))


@given(storages, rules, habits)
def test_a_bill_is_no_less_than_its_bytes(
    stored: Stored, steps: tuple[Step, ...], assumed: Assumptions
) -> None:
    """Storage is at least each class's mean GB at its cheapest band; no part is below 0."""
    assume(valid(steps))
    result = simulate(stored, steps, assumed, CATALOGUE)
    flow = course(stored, result.steps, assumed)
    least = [
        class_prices(CATALOGUE, "us-east-1", name).tiers[-1].usd_per_gb_month for name in flow.classes
    ]
    for at, month in enumerate(result.months):
        bill = month.with_rule
        parts = (bill.moves_usd, bill.early_usd, bill.reads_usd, bill.writes_usd)
        assert min(parts) >= 0
        assert bill.storage_usd >= float(flow.mean_gb[at] @ least) * (1 - 1e-9)
        assert bill.total_usd == pytest.approx(bill.storage_usd + sum(parts))


@given(storages, habits)
def test_without_a_step_both_bills_are_one(stored: Stored, assumed: Assumptions) -> None:
    result = simulate(stored, (), assumed, CATALOGUE)
    assert [month.as_is for month in result.months] == [month.with_rule for month in result.months]
    assert result.saving_usd == 0
    assert result.breaks_even_month is None


@given(storages, rules, habits, st.floats(0, 3))
def test_the_more_is_read_the_less_is_saved(
    stored: Stored, steps: tuple[Step, ...], assumed: Assumptions, more: float
) -> None:
    """From what costs nothing to retrieve; between archives the faster to read is not always dearer."""
    assume(valid(steps))
    stored = replace(stored, storage_class="STANDARD")
    one = simulate(stored, steps, assumed, CATALOGUE)
    two = simulate(
        stored, steps, replace(assumed, retrieved_share=assumed.retrieved_share + more), CATALOGUE
    )
    assert two.saving_usd <= one.saving_usd + 1e-6 * max(1.0, one.as_is_usd)
    # Where it stops saving does not depend on what is read at present.
    if one.stops_at and two.stops_at and one.stops_at < 1e6:
        assert two.stops_at == pytest.approx(one.stops_at, rel=1e-3, abs=1e-6)


@given(storages, rules, habits, st.integers(1, 10))
def test_what_is_in_proportion_stays_in_proportion(
    stored: Stored, steps: tuple[Step, ...], assumed: Assumptions, times: int
) -> None:
    """Below the first band's end twice the bucket costs twice as much, both ways."""
    assume(valid(steps))
    least = 51_200 / (11 * billed_share("STANDARD_IA", stored.object_kb) * 1.6)
    if stored.size_gb >= least:
        fewer = max(1, int(stored.objects * least / stored.size_gb * 0.9))
        stored = replace(stored, size_gb=stored.size_gb * fewer / stored.objects, objects=fewer)
    assume(stored.size_gb < least)
    larger = replace(stored, size_gb=stored.size_gb * times, objects=stored.objects * times)
    one, many = (simulate(which, steps, assumed, CATALOGUE) for which in (stored, larger))
    assert many.with_rule_usd == pytest.approx(times * one.with_rule_usd)
    assert many.as_is_usd == pytest.approx(times * one.as_is_usd)
