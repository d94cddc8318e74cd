"""What may be bought, and on how much evidence? The settings of the advice; all stand in the URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

from finops.answers.commitments import EVERY_KIND, CommitmentSettings
from finops.dashboard.wording import dollars
from finops.schema import PAYMENT_OPTIONS

BEST = "best of all"
TERMS = {0: BEST, 1: "1 year", 3: "3 years"}
LOOKBACKS = (0, 7, 14, 30, 60, 90, 180)
KIND_NAMES = {
    "reserved_instance": "Reserved Instances",
    "ec2_instance_savings_plan": "EC2 Instance plans",
    "compute_savings_plan": "Compute plans",
}
_NO_LIMIT = "no limit"


def choose_settings() -> CommitmentSettings:
    """Draw the settings of the advice and read them."""
    term_column, payment_column, class_column, window_column = st.columns(4)
    with term_column:
        term = choose_term("term")
    with payment_column:
        payment = choose_payment("payment")
    offering_class = class_column.selectbox(
        "Offering class",
        [BEST, "standard", "convertible"],
        key="class",
        bind="query-params",
        help="Of Reserved Instances: standard saves more, convertible can be exchanged for another "
        "type.",
    )
    window = window_column.selectbox(
        "Evidence",
        LOOKBACKS,
        format_func=window_text,
        key="window",
        bind="query-params",
        help="How many of the last days of usage the advice is sized on. Chosen by back-test: the "
        "window "
        "whose advice came nearest to the least possible bill in this estate's own past.",
    )
    kinds_column, limits_column = st.columns([3, 1], vertical_alignment="bottom")
    with kinds_column:
        kinds = _choose_kinds()
    with limits_column.popover("Limits", icon=":material/tune:", key="limits", width="stretch"):
        limits = _choose_limits()
    settings = replace(
        limits,
        kinds=tuple(kind for kind in EVERY_KIND if kind in kinds) or EVERY_KIND,
        term_years=term,
        payment_option=payment,
        offering_class=None if offering_class == BEST else offering_class,
        lookback_days=window or None,
    )
    said = [*([] if kinds else ["no kind is chosen, which means all"]), *_said(settings)]
    if said:
        st.caption(f"Limits: {'; '.join(said)}.")
    return settings


def choose_term(key: str) -> int | None:
    """A box for the term in years; None is the best of all."""
    term = st.selectbox(
        "Term",
        list(TERMS),
        format_func=TERMS.__getitem__,
        key=key,
        bind="query-params",
        help="For how long you would commit. Best of all: the term that saves most, row by row.",
    )
    return term or None


def choose_payment(key: str) -> str | None:
    """A box for the payment option; None is the best of all."""
    payment = st.selectbox(
        "Payment",
        [BEST, *PAYMENT_OPTIONS],
        key=key,
        bind="query-params",
        help="How much is paid at the start of the term. More cash at the start saves more.",
    )
    return None if payment == BEST else payment


def window_text(days: int) -> str:
    """``the last 30 days``, or how the window is found."""
    return f"the last {days} days" if days else "chosen by back-test"


def _choose_kinds() -> Sequence[str]:
    return st.multiselect(
        "May be bought",
        EVERY_KIND,
        default=EVERY_KIND,
        format_func=KIND_NAMES.__getitem__,
        key="kinds",
        bind="query-params",
        wrap=True,
        help="All that is chosen is sized together, so that nothing is bought twice for the same hours.",
    )


def _choose_limits() -> CommitmentSettings:
    """The further limits; what is left empty limits nothing."""
    coverage = _number("Highest coverage, %", "cap", 1.0, 100.0, "Of eligible dollars, owned included.")
    cash = _number(
        "Most cash at the start, $", "cash", 0.0, 1e9, "Upfront payments of all rows together."
    )
    used = _number("Lowest utilisation, %", "used", 1.0, 100.0, "Every row must be used that much.")
    months = _number("Longest break-even, months", "pays", 0.1, 36.0, "Every row must pay by then.")
    ending = _number(
        "Ending in one month, at most %",
        "ending",
        1.0,
        100.0,
        "Spreads the purchases over months (Owned).",
    )
    risk = st.slider(
        "Caution",
        0.0,
        1.0,
        0.0,
        0.1,
        key="risk",
        bind="query-params",
        help="0: the largest mean saving. 1: the largest saving in the worst tenth of the scenarios.",
    )
    rate = _number(
        "Discount rate, % a year", "rate", 0.0, 50.0, "Weighs cash today against later savings."
    )
    private = _number(
        "Negotiated discount, %", "private", 0.0, 90.0, "Off On-Demand prices, by private agreement."
    )
    prefer = st.toggle(
        "Prefer Reserved Instances at the same price",
        key="prefer",
        bind="query-params",
        help="Off: of equal prices the more flexible kind is taken, which is the plan.",
    )
    return CommitmentSettings(
        target_coverage=None if coverage is None else coverage / 100,
        max_upfront_usd=cash,
        min_utilization_pct=used,
        max_break_even_months=months,
        max_expiring_pct=ending,
        risk_aversion=risk,
        discount_rate=(rate or 0.0) / 100,
        negotiated_discount_pct=private or 0.0,
        prefer_reserved=prefer,
    )


def _number(label: str, key: str, least: float, most: float, meaning: str) -> float | None:
    return st.number_input(
        label,
        min_value=least,
        max_value=most,
        value=None,
        step=None,
        key=key,
        placeholder=_NO_LIMIT,
        bind="query-params",
        help=meaning,
    )


def _said(settings: CommitmentSettings) -> Iterator[str]:
    """The further limits in words."""
    if settings.target_coverage is not None:
        yield f"coverage up to {settings.target_coverage:.0%}"
    if settings.max_upfront_usd is not None:
        yield f"{dollars(settings.max_upfront_usd, 0)} at the start"
    if settings.min_utilization_pct is not None:
        yield f"utilisation from {settings.min_utilization_pct:g}%"
    if settings.max_break_even_months is not None:
        yield f"break-even within {settings.max_break_even_months:g} months"
    if settings.max_expiring_pct is not None:
        yield f"at most {settings.max_expiring_pct:g}% ending in one month"
    if settings.risk_aversion:
        yield f"caution {settings.risk_aversion:g}"
    if settings.discount_rate:
        yield f"{settings.discount_rate:.1%} discount rate"
    if settings.negotiated_discount_pct:
        yield f"{settings.negotiated_discount_pct:g}% negotiated discount"
    if settings.prefer_reserved:
        yield "Reserved Instances preferred at the same price"
