"""Which figures stand behind the outlook? Months, what each action does to them, and what was missed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.outlook import Outlook
from finops.answers.scenario import Scenario
from finops.dashboard import tables
from finops.dashboard.bound_columns import BOUND_COLUMNS, with_bounds
from finops.dashboard.wording import dollars

_MONTHS = {
    "month": tables.text("Month"),
    "as_is_usd": tables.dollars("As is", "What the month is expected to cost if nothing is done"),
    "growth_usd": tables.dollars(
        "Growth", "As is × (factor − 1): in month k, (1 + growth)^(k ÷ 12), or ^k"
    ),
    "changes_usd": tables.dollars(
        "Changes", "Accepted changes of usage: −(a year's saving) ÷ 12 × factor"
    ),
    "purchases_usd": tables.dollars(
        "Purchases",
        "Accepted purchases: −(a year's saving) ÷ 12. Billed: the upfront payment in the first month, "
        "and every month as much less as the term's share of it",
    ),
    "mean_usd": tables.dollars("Scenario", "As is + growth + changes + purchases"),
    "to_date_usd": tables.dollars("Added up", "The scenario up to and with this month"),
    **BOUND_COLUMNS,
}


def show(found: Outlook, assumed: Scenario) -> None:
    """Draw the tables, each with its download."""
    _months(assumed)
    _actions(assumed)
    _tested(found)


def _months(assumed: Scenario) -> None:
    rows = with_bounds([(str(row.month), row.alone) for row in assumed.months], "month")
    parts = ("as_is_usd", "growth_usd", "changes_usd", "purchases_usd")
    frame = rows.assign(
        **{name: [getattr(row, name) for row in assumed.months] for name in parts},
        to_date_usd=[row.to_date.mean_usd for row in assumed.months],
    )[list(_MONTHS)]
    st.markdown(
        f"As is {dollars(assumed.as_is_usd)} + growth {dollars(assumed.growth_usd)} + changes "
        f"{dollars(assumed.changes_usd)} + purchases {dollars(assumed.purchases_usd)} = scenario "
        f"**{dollars(assumed.total_usd)}**",
        help="Each is the sum of its column below. Bounds of the scenario lie as far from it as those "
        "of the forecast do from it, × the growth: whether growth and savings come true is not in them.",
    )
    tables.table(frame, _MONTHS, alt="Each coming month as is, and what a scenario adds to it")
    tables.download_frame(
        "Download the months", frame, "outlook_months.csv", help_text="The table above as CSV."
    )


def _actions(assumed: Scenario) -> None:
    if not assumed.actions:
        return
    rows = [
        {
            "action": one.action.title,
            "annual_saving_usd": one.action.annual_saving_usd,
            "upfront_usd": one.action.upfront_usd,
            **{str(row.month): usd for row, usd in zip(assumed.months, one.usd, strict=True)},
            "all_usd": sum(one.usd),
        }
        for one in assumed.actions
    ]
    frame = pd.DataFrame(rows)
    columns = {
        "action": tables.text("Action"),
        "annual_saving_usd": tables.dollars("Saves a year", "Once the rows above it are done"),
        "upfront_usd": tables.dollars("Upfront", "Paid when it is bought"),
        "all_usd": tables.dollars("All months", "The sum of its months: below 0 it saves"),
        **{
            str(row.month): tables.dollars(str(row.month), "Dollars more or less")
            for row in assumed.months
        },
    }
    with st.expander("What each accepted action does, month by month", icon=":material/checklist:"):
        tables.table(frame, columns, alt="What each accepted action changes in each month")
        tables.download_frame(
            "Download the actions", frame, "outlook_actions.csv", help_text="The table above as CSV."
        )


def _tested(found: Outlook) -> None:
    if not found.tested:
        return
    names = tuple(found.tested[0].missed_usd)
    frame = pd.DataFrame(
        [
            {"months": row.months, "replays": row.replays, **{n: row.missed_pct.get(n) for n in names}}
            for row in found.tested
        ]
    )
    columns = {
        "months": tables.number("Months ahead", "The whole month so many months ahead"),
        "replays": tables.number(
            "Replays", "Days in the history from which it was forecast; they overlap"
        ),
        **{
            name: tables.percent(
                name.capitalize(),
                "Mean absolute error in percent of what the months cost on average",
            )
            for name in names
        },
    }
    with st.expander("How far off would it have been?", icon=":material/fact_check:"):
        tables.table(frame, columns, alt="What each method missed, by how many months ahead")
        tables.download_frame(
            "Download the test", frame, "outlook_test.csv", help_text="The table above as CSV."
        )
