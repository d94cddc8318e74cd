"""When is it bought? Ladders worked by hand, against every schedule there is, and what always holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.ri_engine.ladder import purchase_ladder, timeline
from finops.ri_engine.ladder_steps import Ladder
from finops.ri_engine.purchases import Purchase
from finops.schema import COMMITMENTS

AS_OF = date(2026, 3, 31)  # the first day of purchase is 1 April
FIRST = date(2026, 4, 1)
FIRST_DAYS = [day.date() for day in pd.date_range(FIRST, periods=12, freq="MS")]
NOTHING = COMMITMENTS.empty()


def reserved(quantity: int, usd: float = 0.06, **more: object) -> Purchase:
    """Reserved Instances of m5.large at ``usd`` an hour each, for a year without upfront."""
    terms = {"term_years": 1, "payment_option": "No Upfront", "offering_class": "standard"}
    place = {"region": "us-east-1", "platform": "Linux/UNIX", "tenancy": "default"}
    what = {"instance_type": "m5.large", "account_id": "111111111111", "upfront_usd": 0.0}
    amount = {"quantity": quantity, "recurring_hourly_usd": usd * quantity}
    return Purchase(**{"kind": "reserved_instance"} | terms | place | what | amount | more)


def plan(usd: float, **more: object) -> Purchase:
    terms = {"account_id": None, "term_years": 1, "payment_option": "No Upfront", "upfront_usd": 0.0}
    amount = {"hourly_commitment_usd": usd, "recurring_hourly_usd": usd}
    return Purchase(**{"kind": "compute_savings_plan"} | terms | amount | more)


def months(ladder: Ladder) -> pd.DataFrame:
    return ladder.months.set_index("month")


def quantities(ladder: Ladder) -> dict[str, float]:
    return {str(step.purchase_on): step.quantity for step in ladder.steps if step.state == "advised"}


def test_without_a_cap_everything_is_bought_on_the_first_day() -> None:
    ladder = purchase_ladder([reserved(10), plan(1.5)], [0.4, 0.3], NOTHING, AS_OF)
    assert [(step.purchase_on, step.expires_on) for step in ladder.steps] == [
        (date(2026, 4, 1), date(2027, 4, 1)),
        (date(2026, 4, 1), date(2027, 4, 1)),
    ]
    assert ladder.forgone_savings_usd == 0
    assert ladder.cannot_be_met == ()
    # All ends on 1 April 2027 at midnight, whose last moment is in March; renewed, again in March 2028.
    ends = months(ladder)["after_expiring_usd"]
    assert ends[ends > 0].to_dict() == pytest.approx({"2027-03": 2.1, "2028-03": 2.1})
    assert months(ladder)["after_standing_usd"].tolist() == pytest.approx([2.1] * 25)


def test_half_in_each_of_two_months() -> None:
    # Ten alike under a cap of 50 %: five now and five on 1 May, 30 days later. Each of the five saves
    # $0.04 an hour: 5 × 0.04 × 720 h = $144.
    ladder = purchase_ladder([reserved(10)], [0.4], NOTHING, AS_OF, 50)
    assert quantities(ladder) == {"2026-04-01": 5, "2026-05-01": 5}
    assert ladder.forgone_savings_usd == pytest.approx(144)
    assert ladder.proven and ladder.cannot_be_met == ()
    shares = months(ladder).loc[["2027-03", "2027-04"], "after_expiring_pct"]
    assert shares.tolist() == pytest.approx([50, 50])
    assert months(ladder).loc["2027-03", "before_expiring_pct"] == pytest.approx(100)
    assert [step.hourly_usd for step in ladder.steps] == pytest.approx([0.3, 0.3])


def test_in_the_middle_of_a_month_the_next_first_is_no_other_month() -> None:
    # Bought on 16 April it ends in April a year later, and so does what is bought on 1 May.
    ladder = purchase_ladder([reserved(10)], [0.4], NOTHING, date(2026, 4, 15), 50)
    assert quantities(ladder) == {"2026-04-16": 5, "2026-06-01": 5}


def test_what_saves_least_waits() -> None:
    # Both cost 0.6 an hour in all; under 50 % one of them waits for a month: the one that saves less.
    much, little = reserved(10), reserved(10, instance_type="c5.large")
    ladder = purchase_ladder([much, little], [0.5, 0.1], NOTHING, AS_OF, 50)
    assert {step.instance_type: str(step.purchase_on) for step in ladder.steps} == {
        "m5.large": "2026-04-01",
        "c5.large": "2026-05-01",
    }
    assert ladder.forgone_savings_usd == pytest.approx(0.1 * 720)


def test_plans_are_split_in_tenths_of_a_cent() -> None:
    ladder = purchase_ladder([plan(1.001)], [0.3], NOTHING, AS_OF, 34)
    parts = [step.hourly_commitment_usd for step in ladder.steps]
    # 34 % of 1.001 is 0.34034: at most 340 steps a month, and three months hold 1,001.
    assert len(parts) == 3 and max(parts) <= 0.34
    assert sum(Decimal(str(part)) for part in parts) == Decimal("1.001")


def test_what_is_owned_makes_room(owned) -> None:
    # 0.9 an hour is owned until June 2028, 0.1 is bought: 10 % of 1.0 ends at once, under the cap.
    have = owned(
        {"Quantity": 10, "RecurringHourlyUSD": 0.9, "End": pd.Timestamp("2028-06-01", tz="UTC")}
    )
    ladder = purchase_ladder([reserved(2, 0.05)], [0.05], have, AS_OF, 10)
    assert quantities(ladder) == {"2026-04-01": 2}
    assert months(ladder).loc["2027-03", "after_expiring_pct"] == pytest.approx(10)


def test_a_month_that_what_is_owned_breaks_is_named_and_gets_nothing_more(owned) -> None:
    # 3.0 an hour end in March 2027, of at most 4.0 that stand then: 75 %, whatever is bought. All ten
    # bought now would end then, too; bought on 1 May, 1 June … they do not. 0.5 × 4.0 = 2.0 is the most
    # that may end in another month: all of the 1.0 on 1 May.
    have = owned({"RecurringHourlyUSD": 3.0, "End": pd.Timestamp("2027-03-20", tz="UTC")})
    ladder = purchase_ladder([reserved(10, 0.1)], [0.4], have, AS_OF, 50)
    assert quantities(ladder) == {"2026-05-01": 10}
    assert [one.month for one in ladder.cannot_be_met] == ["2027-03", "2028-03"]
    [march, _] = ladder.cannot_be_met
    assert march.expiring_pct == pytest.approx(75)
    assert "owned commitments of $3.0000 an hour end then, of at most $4.0000" in march.reason


def test_a_cap_that_no_schedule_keeps_is_said() -> None:
    # A single one is all that stands when it ends: waiting would not help.
    ladder = purchase_ladder([reserved(1)], [0.04], NOTHING, AS_OF, 50)
    assert quantities(ladder) == {"2026-04-01": 1}
    assert [one.month for one in ladder.cannot_be_met] == ["2027-03", "2028-03"]
    assert "no schedule in whole units" in ladder.cannot_be_met[0].reason
    # 5 % of one-year terms a month leave 40 % of the year over.
    ladder = purchase_ladder([plan(1.0)], [0.3], NOTHING, AS_OF, 5)
    over = {one.month[5:]: one.expiring_usd - 0.05 * one.standing_usd for one in ladder.cannot_be_met}
    assert sum(over.values()) == pytest.approx(0.40)  # in each year, by calendar month


def test_renewals_are_listed_on_the_day_that_something_ends(owned) -> None:
    have = owned(
        {"CommitmentId": "soon", "Quantity": 3, "RecurringHourlyUSD": 0.2, "UpfrontUSD": 0.0,
         "End": pd.Timestamp("2026-07-10T05:00", tz="UTC")},
        {"CommitmentId": "later", "RecurringHourlyUSD": 0.1,
         "End": pd.Timestamp("2027-05-01", tz="UTC")},
        {"CommitmentId": "gone", "RecurringHourlyUSD": 9.0, "End": pd.Timestamp("2026-03-01", tz="UTC")},
        {"CommitmentId": "retired", "RecurringHourlyUSD": 9.0, "State": "retired"},
        {"CommitmentId": "unknown", "RecurringHourlyUSD": None, "UpfrontUSD": None,
         "End": pd.Timestamp("2026-08-01", tz="UTC")},
    )  # fmt: skip
    ladder = purchase_ladder([reserved(2)], [0.08], have, AS_OF)
    assert [(step.state, str(step.purchase_on), step.renews) for step in ladder.steps] == [
        ("advised", "2026-04-01", None),
        ("renewal", "2026-07-10", "soon"),
        ("renewal", "2026-08-01", "unknown"),
    ]
    soon = ladder.steps[1]
    assert (soon.quantity, soon.hourly_usd, soon.expires_on) == (3, 0.2, date(2027, 7, 10))
    assert ladder.steps[2].hourly_usd is None
    assert ladder.not_counted == ("unknown",)
    # Its renewal ends a year later; what is bought ends in March, what ends in April 2027 once.
    ends = months(ladder)["after_expiring_usd"]
    assert ends[ends > 0].to_dict() == pytest.approx(
        {
            "2026-07": 0.2,
            "2027-03": 0.12,
            "2027-04": 0.1,
            "2027-07": 0.2,
            "2028-03": 0.12,
            "2028-04": 0.1,
        }
    )


def test_what_is_renewed_already_is_not_renewed_again(owned) -> None:
    end = pd.Timestamp("2026-07-10", tz="UTC")
    have = owned(
        {"CommitmentId": "old", "RecurringHourlyUSD": 0.2, "End": end},
        {"CommitmentId": "new", "RecurringHourlyUSD": 0.2, "State": "queued", "Start": end,
         "End": pd.Timestamp("2027-07-10", tz="UTC")},
    )  # fmt: skip
    ladder = purchase_ladder([], [], have, AS_OF)
    assert ladder.steps == ()
    assert months(ladder)["after_standing_usd"].tolist() == pytest.approx([0.2] * 25)


def test_bars_of_the_chart(owned) -> None:
    have = owned({"RecurringHourlyUSD": 0.2, "End": pd.Timestamp("2026-07-10", tz="UTC")})
    frame = timeline(purchase_ladder([reserved(2)], [0.08], have, AS_OF), have)
    assert frame["state"].tolist() == ["owned", "advised", "renewal"]
    assert frame["name"].tolist() == [
        "m5.large · us-east-1 · 1 × 1 yr No Upfront · c-0",
        "m5.large · us-east-1 · 2 × 1 yr No Upfront",
        "m5.large · us-east-1 · 1 × 1 yr No Upfront",
    ]
    assert frame["start"].iloc[2] == frame["end"].iloc[0] == pd.Timestamp("2026-07-10", tz="UTC")
    assert frame["hourly_usd"].tolist() == pytest.approx([0.2, 0.12, 0.2])
    empty = timeline(purchase_ladder([], [], NOTHING, AS_OF), NOTHING)
    assert empty.empty and list(empty.columns) == list(frame.columns)


@pytest.mark.parametrize("cap", [0, -1, 101])
def test_a_cap_that_is_no_share_is_refused(cap: float) -> None:
    with pytest.raises(ValueError, match="above 0 and up to 100 percent"):
        purchase_ladder([reserved(1)], [0.04], NOTHING, AS_OF, cap)


def every_split(units: int, days: int) -> Iterator[tuple[int, ...]]:
    if days == 1:
        yield (units,)
        return
    for now in range(units + 1):
        for rest in every_split(units - now, days - 1):
            yield (now, *rest)


@settings(max_examples=12)
@given(
    counts=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    usd=st.tuples(st.sampled_from([0.1, 0.25]), st.sampled_from([0.2, 0.3])),
    savings=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)),
    cap=st.sampled_from([25, 34, 40, 50, 60]),
)
def test_nothing_is_cheaper(counts, usd, savings, cap) -> None:
    """Every schedule of two purchases, nothing owned: what ends with the window's first year is what is
    bought, and it ends in as many different months as it is bought in (the first of a month each)."""
    bought = [reserved(counts[0], usd[0]), reserved(counts[1], usd[1], instance_type="c5.large")]
    ladder = purchase_ladder(bought, savings, NOTHING, AS_OF, cap)
    hours = np.array([(day - FIRST).days * 24 for day in FIRST_DAYS])
    one, other = (
        (
            np.array(list(every_split(n, 12))) * usd,
            np.array(list(every_split(n, 12))) @ hours * saving / n,
        )
        for n, usd, saving in zip(counts, usd, savings, strict=True)
    )
    ends = one[0][:, None, :] + other[0][None, :, :]
    over = np.maximum(0, ends - cap / 100 * ends.sum(axis=2, keepdims=True)).sum(axis=2)
    cost = one[1][:, None] + other[1][None, :]
    best = over.min(), cost[over < over.min() + 1e-9].min()
    named = {
        one.month[5:]: one.expiring_usd - cap / 100 * one.standing_usd for one in ladder.cannot_be_met
    }
    assert sum(named.values()) == pytest.approx(best[0], abs=1e-4)
    assert ladder.forgone_savings_usd == pytest.approx(best[1], rel=2e-4, abs=1e-3)


purchases = st.lists(
    st.one_of(
        st.builds(
            reserved,
            st.integers(1, 9),
            st.sampled_from([0.031, 0.0576, 0.2]),
            term_years=st.sampled_from([1, 3]),
            instance_type=st.sampled_from(["m5.large", "c5.large", "r5.xlarge"]),
            upfront_usd=st.sampled_from([0.0, 500.0]),
        ),
        st.builds(plan, st.integers(1, 3000).map(lambda steps: steps / 1000)),
    ),
    min_size=1,
    max_size=4,
)
owned_rows = st.lists(
    st.fixed_dictionaries(
        {
            "RecurringHourlyUSD": st.sampled_from([0.05, 0.4, 1.7]),
            "End": st.dates(date(2026, 1, 1), date(2029, 3, 1)).map(lambda d: pd.Timestamp(d, tz="UTC")),
            "TermYears": st.sampled_from([1, 3]),
        }
    ),
    max_size=4,
)
caps = st.sampled_from([5.0, 10.0, 20.0, 35.0, 70.0, 100.0])
days = st.dates(date(2026, 1, 1), date(2027, 2, 28))


def pairs_of(bought: Sequence[Purchase]) -> list[float]:
    return [one.hourly_usd * (0.3 + 0.1 * number) for number, one in enumerate(bought)]


@settings(max_examples=30)
@given(bought=purchases, rows=owned_rows, cap=caps, as_of=days)
def test_every_month_is_under_the_cap_or_named(bought, rows, cap, as_of, owned) -> None:
    ladder = purchase_ladder(bought, pairs_of(bought), owned(*rows), as_of, cap)
    named = {one.month for one in ladder.cannot_be_met}
    for row in ladder.months.to_dict("records"):
        over = row["after_expiring_usd"] - cap / 100 * row["after_standing_usd"]
        assert (over > 1e-5) == (row["month"] in named)
    # What stands never exceeds what it would with all bought at once, and catches up within a term.
    frame = ladder.months
    assert (frame["after_standing_usd"] <= frame["before_standing_usd"] + 1e-9).all()
    assert frame["after_standing_usd"].iloc[-1] == pytest.approx(frame["before_standing_usd"].iloc[-1])


@settings(max_examples=25)
@given(bought=purchases, rows=owned_rows, cap=caps | st.none(), as_of=days)
def test_tranches_add_up_to_the_purchases(bought, rows, cap, as_of, owned) -> None:
    ladder = purchase_ladder(bought, pairs_of(bought), owned(*rows), as_of, cap)
    steps = [step for step in ladder.steps if step.state == "advised"]
    amounts: Counter[object] = Counter()
    for one in bought:
        key = (one.kind, one.instance_type, one.term_years, one.upfront_usd > 0)
        amounts[key] += Decimal(str(one.quantity or one.hourly_commitment_usd))
    for step in steps:
        key = (step.kind, step.instance_type, step.term_years, step.upfront_usd > 0)
        amounts[key] -= Decimal(str(step.quantity or step.hourly_commitment_usd))
    assert set(amounts.values()) == {0}
    for name in ("hourly_usd", "upfront_usd", "recurring_hourly_usd"):
        bought_usd = sum(getattr(one, name) for one in bought)
        assert sum(getattr(step, name) for step in steps) == pytest.approx(bought_usd, abs=1e-9)
    assert all(step.forgone_savings_usd >= 0 for step in steps)
    delayed = [step for step in steps if step.purchase_on != as_of + timedelta(days=1)]
    assert (ladder.forgone_savings_usd > 0) == bool(delayed)
    if cap is None:
        assert len(steps) == len(bought) and not delayed


@settings(max_examples=10)
@given(bought=purchases, rows=owned_rows, cap=caps | st.none(), turn=st.randoms())
def test_the_order_of_rows_does_not_matter(bought, rows, cap, turn, owned) -> None:
    have, savings = owned(*rows), pairs_of(bought)
    ladder = purchase_ladder(bought, savings, have, AS_OF, cap)
    turned = list(zip(bought, savings, strict=True))
    turn.shuffle(turned)
    order = list(range(len(have)))
    turn.shuffle(order)
    again = purchase_ladder(
        [one for one, _ in turned], [saving for _, saving in turned], have.iloc[order], AS_OF, cap
    )
    assert again == ladder
    pd.testing.assert_frame_equal(again.months, ladder.months)


def test_many_purchases_are_scheduled_too() -> None:
    bought = [
        replace(reserved(1 + number % 7, 0.02 + number / 1000), instance_type=f"m{number}.large")
        for number in range(60)
    ]
    ladder = purchase_ladder([*bought, plan(2.0)], [*pairs_of(bought), 0.5], NOTHING, AS_OF, 25)
    assert ladder.cannot_be_met == ()
    assert months(ladder)["after_expiring_pct"].max() <= 25.001
    assert len({step.purchase_on for step in ladder.steps}) == 4
