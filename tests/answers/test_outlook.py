"""The coming months of an estate, and scenarios: values by hand, and that what is shown adds up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate, load_estate
from finops.answers.actions import Action
from finops.answers.forecast import forecast
from finops.answers.outlook import Bounded, Outlook, OutlookSettings, outlook
from finops.answers.scenario import Growth, Scenario, scenario
from finops.errors import BudgetError, CurrencyError, EmptyInput
from finops.forecasting.long_trend import LONG_TREND
from finops.money import to_cents
from finops.periods import Month, Span
from finops.schema import COSTS

AS_OF = date(2026, 10, 18)


@pytest.fixture(scope="module")
def billed(sample: Estate) -> Outlook:
    return outlook(sample)


@pytest.fixture(scope="module")
def effective(sample: Estate) -> Outlook:
    return outlook(sample, OutlookSettings(basis="effective"))


@pytest.fixture
def bill(sample: Estate) -> Callable[..., Estate]:
    """An estate whose bill has $10 a day, or what ``given`` says of it, and no commitments."""

    def made(first: date, last: date, given: Mapping[date, float] | None = None) -> Estate:
        rows = [
            {
                "ChargePeriodStart": day,
                "ChargePeriodEnd": day + pd.Timedelta(days=1),
                "BillingPeriodStart": day.replace(day=1),
                "BilledCost": (given or {}).get(day.date(), 10.0),
                "BillingCurrency": "USD",
                "ChargeCategory": "Usage",
                "ChargeFrequency": "Usage-Based",
                "ServiceName": "Amazon EC2",
            }
            for day in pd.date_range(first, last, freq="D", tz="UTC")
        ]
        costs = COSTS.conform(pd.DataFrame(rows))
        owned = sample.commitments.iloc[:0]
        return replace(
            sample, costs=costs, commitments=owned, billed=Span(first, last), as_of=last, issues=()
        )

    return made


def change(annual: float) -> Action:
    """A change of usage that saves so much a year."""
    return Action(
        step=1,
        title="2 × m5.large in us-east-1: stop",
        annual_saving_usd=annual,
        upfront_usd=0.0,
        effort="small",
        confidence="14 days of hourly metrics",
        confidence_pct=None,
        link="EC2",
    )


def purchase(annual: float, upfront: float, years: int) -> Action:
    return replace(
        change(annual),
        step=2,
        title="m5 plan",
        upfront_usd=upfront,
        link="Enterprise FinOps",
        term_years=years,
    )


# As is


def test_the_sample_has_twelve_whole_months_after_the_running_one(
    billed: Outlook, sample: Estate
) -> None:
    assert [str(row.month) for row in billed.months] == [
        *("2026-11", "2026-12"),
        *(f"2027-{month:02d}" for month in range(1, 11)),
    ]
    assert billed.running == forecast(sample)
    assert (billed.basis, billed.source, billed.history_days) == ("billed", "costs", 413)
    assert [str(row.month) for row in billed.past[:2]] == ["2025-09", "2025-10"]
    assert billed.past[-1].month == Month(2026, 9)
    assert billed.total_usd == pytest.approx(sum(row.alone.mean_usd for row in billed.months))


def test_past_months_are_those_of_the_bill(billed: Outlook, sample: Estate) -> None:
    by_month = (
        sample.costs["BilledCost"]
        .astype("float64")
        .groupby(sample.costs["ChargePeriodStart"].dt.strftime("%Y-%m"))
        .sum()
    )
    assert {str(row.month): row.usd for row in billed.past} == pytest.approx(
        by_month.drop("2026-10").to_dict()
    )


def test_a_day_that_stands_out_of_a_short_history_is_told(bill: Callable[..., Estate]) -> None:
    """50 days at $10, and $290 on one: 280 beyond. The mean of 28 days has $10 a day of it, which is
    3650 in the 365 days of twelve months, $304.17 each; with 140 of a second day it is half as much
    again."""
    days = (date(2026, 8, 30), AS_OF)
    one = {date(2026, 9, 29): 290.0}
    [note] = outlook(bill(*days, one)).notes
    assert note == (
        "one day stood out: 2026-09-29 cost $280.00 more than the days around it; if it does not come "
        "back, each month costs about $304.17 less"
    )
    [note] = outlook(bill(*days, {**one, date(2026, 10, 7): 150.0})).notes
    assert note == (
        "2 days stood out, the most: 2026-09-29 cost $280.00 more than the days around it; if they do "
        "not come back, each month costs about $456.25 less"
    )
    # Not among the last 28 days, or no more than half beyond them, it is in no mean, or no spike.
    assert outlook(bill(*days, {date(2026, 9, 20): 290.0})).notes == ()
    assert outlook(bill(*days, {date(2026, 9, 29): 15.0})).notes == ()
    # A method that history has tested is shown with what it missed.
    tested = outlook(bill(date(2025, 9, 1), AS_OF, one))
    assert tested.tested
    assert tested.notes == ()


def test_the_model_is_shown_where_it_missed_less_than_the_naive_rules(billed: Outlook) -> None:
    assert (billed.method, billed.beaten) == (LONG_TREND, True)
    assert billed.naive is not None
    for row in billed.tested:
        assert row.missed_pct[LONG_TREND] < row.missed_pct[billed.naive]
    assert 0 < billed.bounded_months < len(billed.tested) < len(billed.months)


def test_commitments_that_end_inside_are_named(billed: Outlook, sample: Estate) -> None:
    ends = sample.commitments["End"]
    inside = (
        (ends > pd.Timestamp(AS_OF, tz="UTC")) & (ends <= pd.Timestamp("2027-11-01", tz="UTC"))
    ).sum()
    assert f"that end before 2027-11-01: {inside};" in billed.notes[0]


def test_a_bill_that_ends_with_a_month_has_none_running(bill: Callable[..., Estate]) -> None:
    """$10 a day: 310 in January, and the run rate is as good as the model: it is shown."""
    found = outlook(bill(date(2025, 3, 15), date(2025, 12, 31)), OutlookSettings(months=2))
    assert found.running is None
    assert [row.alone.mean_usd for row in found.months] == pytest.approx([310, 280])
    assert not found.beaten
    assert found.method == found.naive
    assert found.past[0].month == Month(2025, 4)
    assert [row.usd for row in found.past[:2]] == [300, 310]


def test_a_short_bill_has_a_run_rate_and_no_interval(bill: Callable[..., Estate]) -> None:
    found = outlook(bill(date(2026, 10, 4), date(2026, 10, 12)))
    assert found.method == (
        "run rate of usage, fees on their days: too few days of history to test it (9)"
    )
    assert (found.naive, found.tested, found.bounded_months) == (None, (), 0)
    assert found.months[0].alone.mean_usd == pytest.approx(300)


def test_lists_alone_have_a_run_rate_and_no_trend(tmp_path: Path) -> None:
    """$0.10 an hour, launched at any time, and one that is to be launched: 73 a month each."""
    for launched in ("2020-01-01", "2026-10-01", "2027-03-01"):
        path = tmp_path / "ec2.csv"
        path.write_text(
            "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,"
            "MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps\n"
            f"i-one,EC2,us-east-1,0.1,,{launched},m5.large,running,50,40,1,1\n"
        )
        found = outlook(load_estate(ec2=path, as_of=AS_OF))
        assert [row.alone.mean_usd for row in found.months] == pytest.approx([73.0] * 12)
        assert found.months[0].month == Month(2026, 11)
        assert found.total_usd == pytest.approx(876.0)
        assert (found.estimated, found.basis, found.tested) == (True, "run_rate", ())
        assert found.months[0].alone.upper_80_usd is None


def test_a_scope_is_a_budgets(sample: Estate) -> None:
    part = outlook(sample, OutlookSettings(scope_type="service", scope_value="S3"))
    assert part.scope == "service S3"
    assert part.total_usd < outlook(sample).total_usd
    with pytest.raises(BudgetError):
        outlook(sample, OutlookSettings(scope_type="team"))
    with pytest.raises(EmptyInput, match="team Nobody"):
        outlook(sample, OutlookSettings(scope_type="team", scope_value="Nobody"))
    with pytest.raises(CurrencyError, match="EUR"):
        outlook(replace(sample, currency="EUR"))


# Scenarios


def test_as_is_is_a_scenario_of_nothing(billed: Outlook) -> None:
    found = scenario(billed)
    assert found.total_usd == pytest.approx(billed.total_usd)
    assert found.difference_usd == pytest.approx(0, abs=1e-6)
    for row, as_is in zip(found.months, billed.months, strict=True):
        assert astuple(row.alone) == pytest.approx(astuple(as_is.alone))
        assert astuple(row.to_date) == pytest.approx(astuple(as_is.to_date))


def test_growth_of_a_year_is_reached_in_the_twelfth_month() -> None:
    """10 % a year: × 1.1 in month 12, × √1.1 in month 6. 2 % a month: × 1.02² in month 2."""
    assert Growth(10).factor(12) == pytest.approx(1.1)
    assert Growth(10).factor(6) == pytest.approx(1.1**0.5)
    assert Growth(2, "month").factor(2) == pytest.approx(1.0404)
    assert Growth(-10).factor(12) == pytest.approx(0.9)
    assert Growth().factor(7) == 1


def test_a_change_saves_a_twelfth_a_month_and_grows_with_usage(effective: Outlook) -> None:
    """$1,200 a year: $100 a month, and in month 12 at +10 % a year $110."""
    plain = scenario(effective, [change(1200)])
    assert [row.changes_usd for row in plain.months] == pytest.approx([-100] * 12)
    assert plain.difference_usd == pytest.approx(-1200)
    grown = scenario(effective, [change(1200)], Growth(10))
    assert grown.months[-1].changes_usd == pytest.approx(-110)


def test_a_purchase_is_spread_in_effective_cost(effective: Outlook) -> None:
    """$1,200 a year saved after $3,600 upfront for three years: $100 a month, whatever grows."""
    found = scenario(effective, [purchase(1200, 3600, 3)], Growth(10))
    assert [row.purchases_usd for row in found.months] == pytest.approx([-100] * 12)


def test_a_purchase_is_paid_in_the_first_month_where_cost_is_billed(billed: Outlook) -> None:
    """The same: 3,600 − 100 − 100 in the first month, then −200: 1,200 of the fee are a year's, 100 a
    month. Over the three years the sum is 3,600 − 36 × 200 = −3,600 = 3 × −1,200."""
    found = scenario(billed, [purchase(1200, 3600, 3)])
    assert [row.purchases_usd for row in found.months] == pytest.approx([3400, *[-200] * 11])


def test_bounds_move_with_the_month_and_widen_with_growth(billed: Outlook) -> None:
    found = scenario(billed, [change(1200)], Growth(10))
    was, row = billed.months[0], found.months[0]
    assert was.alone.upper_80_usd is not None
    factor = 1.1 ** (1 / 12)
    assert row.alone.mean_usd == pytest.approx(was.alone.mean_usd * factor - 100 * factor)
    assert row.alone.upper_80_usd == pytest.approx(was.alone.upper_80_usd * factor - 100 * factor)
    assert found.months[-1].alone.upper_80_usd is None


def test_bounds_of_a_sum_widen_by_the_growth_of_the_sum(billed: Outlook) -> None:
    """Two months of $100 and $300, growing by 10 % and 21 %: 110 + 363 = 473 of 400, so × 1.1825.

    The sum lay between 380 and 420, 20 apart: 23.65 apart now, and not 20 × 1.21 = 24.20.
    """
    first, second = billed.months[:2]
    two = replace(
        billed,
        months=(
            replace(first, alone=Bounded(100, 90, 110, 80, 120), to_date=Bounded(100, 90, 110, 80, 120)),
            replace(
                second, alone=Bounded(300, 290, 310, 280, 320), to_date=Bounded(400, 380, 420, 360, 440)
            ),
        ),
    )
    row = scenario(two, growth=Growth(10, "month")).months[1]
    wanted = (473, 473 - 23.65, 473 + 23.65, 473 - 47.3, 473 + 47.3)
    assert astuple(row.to_date) == pytest.approx(wanted)
    assert row.alone.upper_80_usd == pytest.approx(363 + 12.1)


def test_a_purchase_saves_at_most_that_much_where_usage_shrinks(effective: Outlook) -> None:
    bought = [purchase(1200, 3600, 3)]
    assert scenario(effective, bought, Growth(-50)).purchases_at_most
    assert not scenario(effective, bought, Growth(10)).purchases_at_most
    assert not scenario(effective, bought).purchases_at_most
    assert not scenario(effective, [change(1200)], Growth(-50)).purchases_at_most


SAVINGS = st.floats(0, 1e6)
SHOWN = ("as_is_usd", "growth_usd", "changes_usd", "purchases_usd")


@given(
    changes=st.lists(SAVINGS, max_size=4),
    purchases=st.lists(st.tuples(SAVINGS, SAVINGS, st.sampled_from([1, 3])), max_size=4),
    pct=st.floats(-50, 100),
    per=st.sampled_from(["year", "month"]),
    basis=st.sampled_from(["billed", "effective"]),
)
def test_scenarios_add_up(  # noqa: PLR0917 - two fixtures, and what is drawn
    billed: Outlook,
    effective: Outlook,
    changes: list[float],
    purchases: list[tuple[float, float, int]],
    pct: float,
    per: str,
    basis: str,
) -> None:
    """Scenario − as is = growth + all accepted savings, in each month and in all, to the cent."""
    as_is = billed if basis == "billed" else effective
    accepted = [*map(change, changes), *(purchase(*one) for one in purchases)]
    growth = Growth(pct, per)  # type: ignore[arg-type]
    found = scenario(as_is, accepted, growth)
    so_far = 0
    for at, row in enumerate(found.months):
        of_actions = sum(to_cents(one.usd[at]) for one in found.actions)
        assert to_cents(row.changes_usd) + to_cents(row.purchases_usd) == of_actions
        assert row.growth_usd == pytest.approx(row.as_is_usd * (growth.factor(at + 1) - 1), abs=0.01001)
        shown = sum(to_cents(getattr(row, name)) for name in SHOWN)
        assert row.alone.mean_usd == shown / 100
        so_far += shown
        assert row.to_date.mean_usd == so_far / 100
    assert found.total_usd == so_far / 100
    for name in SHOWN:
        column = sum(to_cents(getattr(row, name)) for row in found.months)
        assert getattr(found, name) == column / 100
    assert to_cents(found.difference_usd) == so_far - to_cents(found.as_is_usd)
    assert to_cents(found.as_is_usd) == to_cents(as_is.total_usd)
    _alone_adds_up(as_is, accepted, growth, found)


def _alone_adds_up(as_is: Outlook, accepted: list[Action], growth: Growth, whole: Scenario) -> None:
    """What each action does does not depend on which others are accepted."""
    grown = scenario(as_is, [], growth).total_usd
    each = sum(scenario(as_is, [one], growth).total_usd - grown for one in accepted)
    assert whole.total_usd - grown == pytest.approx(each, abs=1e-3)
