"""The view Lifecycle of S3: a rule against none on a bucket, month by month, and where it helps most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.lifecycle import (
    LifecycleRanking,
    LifecycleSettings,
    TriedLifecycle,
    in_words,
    rank_lifecycles,
    try_lifecycle,
)
from finops.answers.storage import Storage
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.s3_lifecycle_controls import controls
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, count, dollars, plain, sentence
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.money import usd

_NO_SUM = (
    "A saving here is a candidate: it rests on assumptions about the age of the data and on how much of "
    "it is read, so it is in no total and in no list of actions."
)


def show(view: View, answer: Storage) -> None:
    """Draw the view of the buckets that are shown."""
    _tried(view.shown)


@st.fragment
def _tried(estate: Estate) -> None:
    st.caption(
        f"{_NO_SUM} Dollars are AWS's list prices; requests and retrieval are priced in us-east-1 only, "
        "so a bucket elsewhere has no figure."
    )
    settings = controls()
    try:
        ranking = answered(
            rank_lifecycles, estate, settings, progress="Trying the rule on every bucket …"
        )
        bucket = _bucket(ranking)
        one = answered(try_lifecycle, estate, bucket, settings)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    _one(one, settings)
    _every(ranking, settings)


def _bucket(ranking: LifecycleRanking) -> str:
    table = ranking.table.set_index("BucketName")
    savings = table["saving_a_month_usd"]

    def named(name: str) -> str:
        saving = savings[name]
        return name if pd.isna(saving) else f"{name} · {usd(saving)} a month"

    chosen: str = st.selectbox(
        "Bucket",
        list(table.index),
        key="s3_bucket",
        persist_state="session",
        format_func=named,
        help="In the order of what the rule would save, the largest first; then those without a figure.",
    )
    return chosen


def _one(one: TriedLifecycle, settings: LifecycleSettings) -> None:
    if one.result is None:
        st.info(f"{plain(one.bucket)}: {plain(sentence(one.why_not or ''))}", icon=":material/info:")
        return
    result = one.result
    show_cards(_cards(one, settings))
    if one.less_because:
        st.caption(f"{plain(sentence(one.less_because))} The months below are at list price.")
    st.caption(
        f"{plain(one.bucket)}: {result.stored.size_gb:,.0f} GB in {result.stored.objects:,.0f} objects "
        f"of {one.object_kb or 0:,.0f} KB on average, {plain(result.stored.storage_class)} in "
        f"{plain(result.stored.region)}. Rule: {plain(in_words(result.steps))}."
    )
    st.markdown(
        "**Month by month**",
        help="Bars: what the rule would cost, by part. Dashed line: what storage, reading and "
        "writing cost as it is. Both at list price.",
    )
    show_chart(charts.lifecycle_months(one.monthly), _months_alt(one))
    st.markdown("**Where the data lies**", help="GB at each month's end under the rule.")
    show_chart(
        charts.lifecycle_classes(one.monthly),
        f"GB of {one.bucket} by storage class at the end of each month under the rule",
    )
    tables.table(
        one.monthly.round(2), _month_columns(one.monthly), alt="Both bills month by month, by part"
    )
    tables.download_frame(
        "Download the months",
        one.monthly,
        "s3_lifecycle_months.csv",
        help_text="Every part of both bills, and the GB by class at each month's end.",
    )


def _cards(one: TriedLifecycle, settings: LifecycleSettings) -> list[Card]:
    assert one.result is not None
    assert one.saving_usd is not None
    result, months = one.result, settings.months
    first = result.breaks_even_month
    if result.stops_at is None:
        stops = "never"
    else:
        stops = "at 0 %" if result.stops_at <= 0 else f"at {result.stops_at * 100:,.1f} % read"
    return [
        Card(
            label="Saving, mean of a month",
            value=dollars(one.saving_usd / months),
            help=f"(all {count(months, 'month')} as it is − all with the rule) ÷ {months}, times cost ÷ "
            f"list price where the bucket costs less than list price. {_NO_SUM}",
        ),
        Card(
            label=f"Over {count(months, 'month')}",
            value=dollars(one.saving_usd),
            help=f"At list price: as it is {dollars(result.as_is_usd)}, with the rule "
            f"{dollars(result.with_rule_usd)}: storage in its bands, moving, stays cut "
            "short, reading and writing.",
        ),
        Card(
            label="Breaks even",
            value=UNKNOWN if first is None else f"in month {first}",
            help="The first month from whose end on the savings so far cover what moving cost. "
            f"{UNKNOWN}: not within the months ahead.",
        ),
        Card(
            label="Stops saving",
            value=stops,
            help="The part of the stored GB that may be read a month before the rule costs more than it "
            "saves over these months, all else equal. Reading is in proportion, so that it is solved "
            "exactly. 100 % reads everything once a month.",
        ),
    ]


def _months_alt(one: TriedLifecycle) -> str:
    assert one.result is not None
    first, last = one.result.months[0], one.result.months[-1]
    return (
        f"Dollars a month of {one.bucket}: as it is {first.as_is.total_usd:,.0f} in month 1 and "
        f"{last.as_is.total_usd:,.0f} in month {last.number}; with the rule "
        f"{first.with_rule.total_usd:,.0f} and {last.with_rule.total_usd:,.0f}"
    )


def _every(ranking: LifecycleRanking, settings: LifecycleSettings) -> None:
    st.subheader(
        "Every bucket under this rule",
        help="The same rule and assumptions on each bucket. Rows are candidates, not to be added up: "
        "what suits one bucket need not suit another.",
    )
    tried = ranking.table["saving_usd"].notna().sum()
    words = (
        f"The rule saves on {count(ranking.candidates, 'bucket')} of {tried:,} that it can be tried on; "
        f"{len(ranking.table) - tried:,} have no figure, with the reason in a column of the table."
    )
    if ranking.not_tried:
        words += f" {ranking.not_tried:,} cheaper buckets were not tried."
    st.caption(words)
    shown = search_box(ranking.table, "s3_lifecycle_search", "Name, class, region, rule or reason")
    tables.table(shown, _RANKED_COLUMNS, alt="Buckets by what the rule would save on each")
    tables.download_frame(
        "Download the candidates",
        shown,
        "s3_lifecycle_candidates.csv",
        help_text=f"The rows above as CSV, over {count(settings.months, 'month')}.",
    )


def _month_columns(monthly: pd.DataFrame) -> dict[str, object]:
    columns: dict[str, object] = {
        "month": tables.number("Month", "From now, 730 hours each"),
        "as_is_usd": tables.dollars("As it is", "Storage, reading and writing"),
        "with_rule_usd": tables.dollars("With the rule", "All parts together"),
        "saved_usd": tables.dollars("Saved so far", "Σ of as it is − with the rule"),
        "with_rule_storage_usd": tables.dollars("Storage", "Of the rule: GB in the bands of each class"),
        "with_rule_moves_usd": tables.dollars("Moving", "Of the rule: a fee for 1,000 objects"),
        "with_rule_early_usd": tables.dollars("Cut short", "Of the rule: the rest of shortest stays"),
        "with_rule_reads_usd": tables.dollars("Reading", "Of the rule: GB, GET and restore requests"),
        "with_rule_writes_usd": tables.dollars("Writing", "Of the rule, and as it is: PUT requests"),
    }
    classes = [name for name in monthly.columns if name.startswith("gb_")]
    return columns | {
        name: tables.number(f"GB {name.removeprefix('gb_')}", "At the month's end") for name in classes
    }


_RANKED_COLUMNS = {
    "BucketName": tables.text("Bucket"),
    "Region": tables.text("Region"),
    "StorageClass": tables.text("Class"),
    "MonthlyCostUSD": tables.dollars("$ a month", "As in the list"),
    "TotalSizeGB": tables.number("GB", "Stored"),
    "object_kb": tables.number("KB an object", "Size ÷ objects, on average", "%.0f"),
    "saving_a_month_usd": tables.dollars(
        "Saving a month", "Mean of the months ahead, no more than it costs"
    ),
    "breaks_even_month": tables.number("Breaks even", "Month from whose end on it has paid off", "%.0f"),
    "stops_at_pct": tables.percent("Stops saving", "GB read a month, percent of what is stored"),
    "rule": tables.text("Rule", "The steps that move something there"),
    "list_usd": tables.dollars("At list price", "A month of its storage at AWS's list price"),
    "less_because": tables.text("Saving lowered because"),
    "why_not": tables.text("No figure because"),
    "AccountId": tables.text("Account"),
}
