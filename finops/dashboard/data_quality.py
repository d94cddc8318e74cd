"""What was wrong with the input, and does what is shown plus what was set aside equal the file?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from finops.answers.inspection import BillReport, Inspection, inspect
from finops.answers.quality import set_aside_by_code
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, plain
from finops.errors import FinOpsError
from finops.estate import Estate

_LISTS = {"EC2 list": "ec2", "S3 list": "s3"}


def show(estate: Estate) -> None:
    """Draw the panel, closed at first; its title says what is in it."""
    try:
        answer = answered(inspect, estate)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    panel = st.expander(
        f"Data quality: {_in_a_line(estate, answer)}",
        icon=_icon(answer),
        key="quality",
        on_change="rerun",
    )
    if panel.open:
        with panel:
            if answer.bill is not None:
                _bill(answer.bill)
            if answer.has_lists:
                _totals(answer)
            _set_aside(estate)
            _issues(answer)
            _files(answer)


def show_summary(estate: Estate) -> None:
    """In a few lines, how far the figures can be trusted; the panel on top of the page has the rest."""
    st.subheader(
        "Data quality",
        help="Of all that was read, before any filter. What cannot be read is set aside with its "
        "dollars, so that what is shown and what is set aside add up to the files.",
    )
    try:
        answer = answered(inspect, estate)
    except FinOpsError:
        st.caption("Not worked out: the panel on top of the page says why.")
        return
    by_severity = [
        count(sum(issue.severity == severity for issue in answer.issues), noun)
        for severity, noun in (("error", "error"), ("warning", "warning"), ("info", "note"))
    ]
    st.markdown(f"{_in_a_line(estate, answer)} ({', '.join(by_severity)}).")
    if answer.bill is not None:
        with st.container(horizontal=True):
            for verdict in answer.bill.verdicts:
                word = _VERDICTS[verdict.usable]
                st.badge(
                    f"{plain(verdict.feature)}: {word.word.lower()}",
                    icon=word.icon,
                    color=word.color,
                    help=plain(verdict.reason),
                )
    st.button(
        "Show the issues",
        icon=":material/arrow_upward:",
        type="tertiary",
        on_click=_open,
        help="Opens the panel on top of the page.",
    )


def _open() -> None:
    st.session_state["quality"] = True


def _in_a_line(estate: Estate, answer: Inspection) -> str:
    aside = answer.ec2.set_aside_monthly_usd + answer.s3.set_aside_monthly_usd
    rows, unknown = len(estate.set_aside), int(estate.set_aside["CostUSD"].isna().sum())
    parts = [f"{dollars(aside)} a month"] if rows > unknown else []
    parts += [f"cost of {count(unknown, 'row')} unreadable"] if unknown else []
    gone = f"{count(rows, 'row')} set aside ({', '.join(parts)})" if rows else "nothing set aside"
    return f"{count(len(answer.issues), 'issue')}, {gone}"


def _icon(answer: Inspection) -> str:
    severities = {issue.severity for issue in answer.issues}
    if "error" in severities:
        return ":material/error:"
    return ":material/warning:" if "warning" in severities else ":material/verified:"


def _bill(bill: BillReport) -> None:
    days = bill.calendar
    span = f", {days.first} to {days.last}" if days.first else ""
    st.markdown(
        f"**Bill** ({plain(bill.currency)}, {bill.granularity}{span}): what it can be used for",
        help="Of the whole bill, before any filter.",
    )
    for verdict in bill.verdicts:
        word = _VERDICTS[verdict.usable]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(word.word, icon=word.icon, color=word.color)
            st.markdown(f"**{plain(verdict.feature)}**: {plain(verdict.reason)}", width="stretch")
    for title, help_text, records, columns in _bill_tables(bill):
        if records:
            st.markdown(f"**{title}**", help=help_text)
            tables.table(as_frame(records, list(columns)), columns, alt=title)


def _bill_tables(bill: BillReport) -> Iterable[tuple[str, str, Sequence[object], tables.Columns]]:
    money = partial(_money, bill.currency)
    yield (
        "Bill by line type",
        "The report's own line item types (of FOCUS its charge categories). Covered usage and its "
        "negation cancel; what is used and left over of a commitment counts in the effective cost.",
        bill.line_types,
        {
            "line_item_type": tables.text("Line type"),
            "lines": tables.number("Lines", "Lines of the report"),
            "unblended": money("Unblended", "Rate × usage, before private discounts"),
            "billed": money("Billed", "After private discounts"),
            "effective": money("Effective", "Upfront fees spread over their term; empty where unknown"),
            "unknown_effective_lines": tables.number("Unknown", "Lines of unknown effective cost"),
            "list": money("List", "Without discounts"),
            "contracted": money("Contracted", "At the contracted On-Demand rate"),
        },
    )
    yield (
        "Bill by commitment",
        "What was bought must equal what was used and left over (the invariant of FOCUS).",
        bill.commitments,
        {
            "id": tables.text("Commitment"),
            "type": tables.text("Type"),
            "purchased_usd": money("Purchased", "Fees in this bill"),
            "used_usd": money("Used", "Amortised cost of covered usage"),
            "unused_usd": money("Unused", "Amortised cost of what nobody used"),
            "utilization_pct": tables.percent("Utilization", "Used ÷ (used + unused)"),
            "verdict": tables.text("Invariant"),
            "reason": tables.text("Why"),
        },
    )
    yield (
        "Bill by account",
        "Accounts that used something, most dollars first.",
        bill.accounts,
        {
            "account_id": tables.text("Account"),
            "account_name": tables.text("Name"),
            "billing_account_id": tables.text("Payer"),
            "lines": tables.number("Lines", "Lines of the report"),
            "billed": money("Billed", "After private discounts"),
            "effective": money("Effective", "Upfront fees spread over their term"),
        },
    )
    yield (
        "Bill by tag key",
        "How much of the cost of resources carries the key.",
        [cover for cover in bill.tags if cover.key is not None],
        {
            "key": tables.text("Key"),
            "lines": tables.number("Lines", "Usage lines of resources with the key"),
            "cost": money("Cost", "Effective cost; billed cost where that cannot be used"),
            "cost_pct": tables.percent("Share", "Of the cost of all resources"),
        },
    )


def _money(currency: str, label: str, help_text: str) -> object:
    if currency == "USD":
        return tables.dollars(label, help_text)
    return tables.number(f"{label}, {currency}", help_text, "%.2f")


@dataclass(frozen=True, slots=True)
class _Word:
    word: str
    icon: str
    color: Literal["green", "orange", "red"]


_VERDICTS = {
    "yes": _Word("Yes", ":material/check:", "green"),
    "partly": _Word("Partly", ":material/warning:", "orange"),
    "no": _Word("No", ":material/block:", "red"),
}


def _totals(answer: Inspection) -> None:
    st.markdown(
        "**Shown + set aside = file**",
        help="Dollars a month (EC2: hourly cost × 730), before any filter. What cannot be read is set "
        "aside with its row number and dollars; it is never guessed and never dropped in silence.",
    )
    rows = [
        (
            name,
            getattr(answer, kind).monthly_cost_usd,
            getattr(answer, kind).set_aside_monthly_usd,
            getattr(answer, kind).file_monthly_usd,
        )
        for name, kind in _LISTS.items()
    ]
    frame = pd.DataFrame(rows, columns=list(_TOTALS))
    frame = frame.astype(dict.fromkeys(["shown", "aside", "file"], "float64"))
    tables.table(frame, _TOTALS, alt="What is shown, what was set aside, and their sum")


def _set_aside(estate: Estate) -> None:
    if estate.set_aside.empty:
        st.caption("Nothing was set aside: every row of the files is in the figures.")
        return
    st.markdown("**Set aside, by reason**", help="Rows of a file that no figure contains.")
    tables.table(answered(set_aside_by_code, estate), _BY_CODE, alt="Rows set aside by reason")
    tables.download_frame(
        "Download the rows set aside",
        estate.set_aside,
        "set_aside.csv",
        help_text="File, row number, reason, dollars and text of every row, to be repaired.",
    )


def _issues(answer: Inspection) -> None:
    if not answer.issues:
        st.caption("No issue was found in the input.")
        return
    st.markdown("**Issues**", help="What a reader of the figures should know about the input.")
    tables.table(as_frame(answer.issues, list(_ISSUES)), _ISSUES, alt="Issues of the input")


def _files(answer: Inspection) -> None:
    st.markdown("**Files**", help="What was read, with the dollars of bills over the whole file.")
    frame = as_frame(answer.files, list(_FILES))
    money = ["billed_cost", "effective_cost", "list_cost"]
    frame = frame.astype(dict.fromkeys(money, "float64"))
    tables.table(frame.dropna(axis="columns", how="all"), _FILES, alt="The files that were read")


_TOTALS = {
    "list": tables.text("List"),
    "shown": tables.dollars("Shown", "A month, in every state"),
    "aside": tables.dollars("Set aside", "A month; rows of unknown cost not counted"),
    "file": tables.dollars("File", "The sum of both"),
}
_BY_CODE = {
    "code": tables.text("Reason"),
    "rows": tables.number("Rows", "How many"),
    "cost_usd": tables.dollars("$ per month", "Where they have a readable cost"),
    "unknown": tables.number("Unknown cost", "Rows whose cost cannot be read"),
    "reason": tables.text("In words"),
}
_ISSUES = {
    "severity": tables.text("Severity"),
    "code": tables.text("Code"),
    "rows": tables.number("Rows", "How many"),
    "cost_usd": tables.dollars("Dollars", "Of a month (lists) or of the bill; empty where unknown"),
    "message": tables.text("What"),
    "file": tables.text("File"),
}
_FILES = {
    "path": tables.text("File"),
    "format": tables.text("Format"),
    "rows": tables.number("Rows", "Rows read, shown or set aside"),
    "set_aside_rows": tables.number("Set aside", "Rows in no figure"),
    "currency": tables.text("Currency"),
    "billed_cost": tables.dollars("Billed", "Bills: the whole file"),
    "effective_cost": tables.dollars("Effective", "Bills: upfront fees spread over their term"),
    "list_cost": tables.dollars("List", "Bills: without discounts"),
    "period_start": tables.day("First day"),
    "period_end": tables.day("Last day"),
}
