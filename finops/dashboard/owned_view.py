"""How does what is owned do? What lies idle, what ends soon, what is queued, and what to buy when."""

from __future__ import annotations

import streamlit as st

from finops.answers.commitments import CommitmentAdvice, coverage
from finops.answers.coverage_tracking import UNDERUSED_PCT, ExpiryBucket, Holdings, Underused, holdings
from finops.dashboard import ladder_panel, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.commitment_tables import OWNED, QUEUE, owned_name, owned_names
from finops.dashboard.wording import count, dollars, percent, plain
from finops.estate import Estate


def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the view."""
    if estate.commitments.empty:
        st.info(
            "No commitment is known. Upload what is owned (commitments) to see its use, its waste "
            "and its "
            "expiries.",
            icon=":material/info:",
        )
    else:
        held = answered(holdings, estate, progress="Billing what is owned …")
        _idle(held)
        _ending(held)
        _queued(held)
        _everything(estate)
    ladder_panel.show(advice, estate)


def _idle(held: Holdings) -> None:
    st.subheader(
        "Underused",
        help=f"Used to less than {UNDERUSED_PCT:.0f}% of what was bought, in the last "
        f"{count(held.window_days, 'day') if held.window_days else 'hour'}. What was paid upfront is "
        "gone "
        "whatever is done; what can be done is what AWS allows for its kind and class.",
    )
    if not held.underused:
        st.caption(f"None: everything that is owned is used to {UNDERUSED_PCT:.0f}% or more.")
        return
    st.caption(f"Together they waste {dollars(held.wasted_monthly_usd)} a month.")
    for one in held.underused:
        _idle_one(one)


def _idle_one(one: Underused) -> None:
    name = owned_name(one.kind, one.instance_type, one.instance_family, one.region, one.commitment_id)
    with st.container(border=True):
        st.markdown(f"**{plain(name)}** wastes **{dollars(one.wasted_monthly_usd)} a month**")
        show_cards(
            [
                Card(
                    label="Used",
                    value=percent(one.utilization_pct),
                    help="Used ÷ purchased, of the days looked at.",
                ),
                Card(
                    label="Idle in the mean hour",
                    value=_idle_amount(one),
                    help="Instances of its own type, or dollars an hour of a plan.",
                ),
                Card(
                    label="Wasted so far",
                    value=dollars(one.wasted_usd),
                    change=f"since {one.below_since}" if one.below_since else None,
                    help=f"Since the first day from which on its use stays below {UNDERUSED_PCT:.0f}%.",
                ),
                Card(
                    label="Wasted until its end",
                    value=dollars(one.waste_ahead_usd),
                    change=f"ends {one.end}",
                    help="If nothing changes, from today on.",
                ),
            ]
        )
        level = one.at_this_level_since
        since = "" if level is None else f" It is used as little as now since {level}."
        st.markdown(plain(f"{one.what_to_do}{since}"))
        st.caption(plain(one.commitment_id))


def _idle_amount(one: Underused) -> str:
    if one.quantity is None:
        return dollars(one.idle, 3)
    return f"{one.idle:.1f} of {one.quantity:g}"


def _ending(held: Holdings) -> None:
    st.subheader(
        "Ending soon",
        help="What ends within 90 days, and what that does to coverage. Dollars are of a month. What "
        "these serve is not in the advice: renew them, or ask again when they have ended.",
    )
    for column, bucket in zip(st.columns(len(held.expiries)), held.expiries, strict=True):
        with column.container(border=True, height="stretch"):
            _bucket(bucket)


def _bucket(bucket: ExpiryBucket) -> None:
    st.markdown(f"**In {bucket.from_day}–{bucket.to_day} days**")
    if not bucket.commitments:
        st.caption("None.")
        return
    for one in bucket.commitments:
        name = owned_name(
            one.kind, one.instance_type, one.instance_family, one.region, one.commitment_id
        )
        amount = "" if one.quantity is None else f"{one.quantity:g} × "
        st.markdown(
            f"{plain(f'{amount}{name}')} ends on **{one.end}**, {count(one.days_left, 'day')} left"
        )
    st.caption(
        f"Coverage {percent(bucket.coverage_before_pct)} → {percent(bucket.coverage_after_pct)}: "
        f"{dollars(bucket.uncovered_usd)} a month at On-Demand rates is covered no longer, against "
        f"{dollars(bucket.fee_usd)} that they cost."
    )


def _queued(held: Holdings) -> None:
    st.subheader("Queued", help="Bought, and not begun on the day after the as-of date.")
    if held.queue.empty:
        st.caption("Nothing is queued.")
        return
    named = held.queue.assign(name=owned_names(held.queue))
    tables.table(named, QUEUE, alt="Commitments that begin later")


def _everything(estate: Estate) -> None:
    covered = answered(coverage, estate)
    with st.expander(f"Everything that is owned: {count(len(covered.utilization), 'commitment')}"):
        named = covered.utilization.assign(name=owned_names(covered.utilization))
        tables.table(named, OWNED, alt="Owned commitments and their use")
        tables.download_frame(
            "Download", named, "owned_commitments.csv", help_text="What is owned and how it is used."
        )
