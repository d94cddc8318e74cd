"""What moved the bill, by how much, and why? From one span to the next by parts that add up."""

from __future__ import annotations

import streamlit as st

from finops import charts
from finops.answers.movers import PARTS, UNCHANGED, Movers, last_days, movers, signed
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import count, dollars, plain
from finops.estate import DOLLARS, Estate
from finops.periods import Month, Span

MONTHS = "Last month"
SPANS: dict[str, int | None] = {MONTHS: None, "Last 30 days": 30, "Last 7 days": 7}
_TOLD = 3
_GROUPS = {
    "Service": "service",
    "Region": "region",
    "Team": "team",
    "Account": "account",
    "Resource": "resource",
}
_NAMES = {
    "price_usd": "Price",
    "usage_usd": "Usage",
    "new_usd": "New resources",
    "gone_usd": "Gone resources",
    "commitment_usd": "Commitment rate",
}
_MEANING = {
    "price_usd": "(p₁ − p₀) · q₁: another unit price; fees, credits and refunds, too",
    "usage_usd": "(q₁ − q₀) · p₀: more or less of what was there before",
    "new_usd": "All of what has no charge before",
    "gone_usd": "All of what has no charge any more",
    "commitment_usd": "Another part of the usage is covered, or at another rate; what went unused",
}


@st.fragment
def show(estate: Estate) -> None:
    """Draw the movers of a bill; a word where there is none, or less of it than two spans."""
    st.subheader(
        "Top movers",
        help="Each charge of a resource is held against the same one before: price, usage, new and gone "
        "resources, and the rate of commitments. The parts of every row add up to its change, to the "
        "cent.",
    )
    if estate.billed is None:
        st.caption("What moved is told by a bill: give one in the sidebar.")
        return
    if estate.currency != DOLLARS:
        st.caption(
            f"What moved is told in US dollars, and the bill is in {plain(str(estate.currency))}."
        )
        return
    left, right = st.columns(2)
    span = left.radio(
        "Compare",
        list(SPANS),
        key="movers_span",
        horizontal=True,
        persist_state="session",
        help="The last whole month against the month before, or the last days of the bill against as "
        "many before them.",
    )
    by = right.radio(
        "Group by", list(_GROUPS), key="movers_by", horizontal=True, persist_state="session"
    )
    answer = _asked(estate, SPANS[span])
    if answer is None:
        st.info(
            f"The bill holds every day from {estate.billed.first} to {estate.billed.last}: that is less "
            "than the two spans. Choose a shorter span, or give a longer bill."
        )
        return
    _steps(answer)
    _groups(answer, by)


def _asked(estate: Estate, days: int | None) -> Movers | None:
    progress = "Telling price, usage and resources apart …"
    if days is None:
        return answered(movers, estate, progress=progress)
    spans = last_days(estate, days)
    return None if spans is None else answered(movers, estate, *spans, progress=progress)


def _steps(answer: Movers) -> None:
    before, after = _named(answer.before), _named(answer.after)
    steps = [(_NAMES[part], float(answer.parts[part])) for part in PARTS]
    show_chart(
        charts.bridge(
            (before, float(answer.before_usd)),
            steps,
            (after, float(answer.after_usd)),
            unit=f"USD, {answer.basis} cost",
        ),
        f"From the cost of {before} to that of {after} by parts: "
        + ", ".join(f"{name} {usd:,.2f} dollars" for name, usd in steps),
    )
    terms = " + ".join(f"{_NAMES[part].lower()} {dollars(answer.parts[part])}" for part in PARTS)
    st.caption(
        f"{dollars(answer.before_usd)} + ({terms}) = {dollars(answer.after_usd)}: a change of "
        f"{dollars(answer.change_usd)}, {answer.basis} cost."
    )


def _groups(answer: Movers, by: str) -> None:
    frame = answer.groups[_GROUPS[by]]
    for row in frame.head(_TOLD).to_dict("records"):
        if row["cause"] != UNCHANGED:
            st.markdown(
                f"- **{plain(row['name'])}** {plain(signed(row['change_usd']))}: {plain(row['cause'])}"
            )
    money = ["before_usd", "after_usd", "change_usd", *PARTS]
    tables.table(
        frame.astype(dict.fromkeys(money, "float64")),
        {"name": tables.text(by), **_COLUMNS},
        alt=f"Change of cost by {by.lower()}, the largest first, with its parts and its cause",
    )
    with st.container(horizontal=True):
        tables.download_frame(
            "Download the movers",
            frame,
            f"movers_by_{_GROUPS[by]}.csv",
            help_text="The table above as CSV, to the cent.",
        )
        tables.download_frame(
            "Download the lines behind them",
            answer.lines,
            "movers_lines.csv",
            help_text=f"{count(len(answer.lines), 'line')}: what each resource cost in both spans, with "
            "quantities, rates and the parts, exact. Each part can be worked out again from them.",
        )


def _named(span: Span) -> str:
    month = Month.of(span.first)
    whole = span.first == month.start and (span.last - span.first).days + 1 == month.days
    return str(month) if whole else f"{span.first} to {span.last}"


_COLUMNS = {
    "change_usd": tables.dollars("Change", "After − before; the sum of the parts"),
    "cause": tables.text("Why", "The parts that weigh most, and what is behind each"),
    "before_usd": tables.dollars("Before", "Dollars of the first span"),
    "after_usd": tables.dollars("After", "Dollars of the second span"),
    **{part: tables.dollars(_NAMES[part], _MEANING[part]) for part in PARTS},
    "new_resources": tables.number("New", "Resources without a charge before"),
    "gone_resources": tables.number("Gone", "Resources without a charge any more"),
}
