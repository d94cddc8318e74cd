"""What speaks against a row? Plain sentences, each with its figures."""

from __future__ import annotations

from collections.abc import Iterator

from finops.money import HOURS_PER_YEAR, usd
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.proposals import DAYS_PER_YEAR
from finops.ri_engine.reasons.alternatives import Alternative
from finops.ri_engine.reasons.hours import Stretch
from finops.ri_engine.reasons.record import Figures, months_of

HOURS_PER_DAY = 24
_OWNED = {
    RI: "Reserved Instances",
    EC2_PLAN: "EC2 Instance Savings Plan",
    COMPUTE_PLAN: "Compute Savings Plan",
}


def case_against(figures: Figures) -> tuple[str, ...]:
    """The sentences, each of which stands alone."""
    return (
        *_idle(figures),
        *_worst(figures),
        _fall(figures),
        *_ends(figures),
        _lock_in(figures),
        *_cash(figures),
        *_owned(figures),
        *_alternatives(figures),
        *_prices(figures),
    )


def _idle(figures: Figures) -> Iterator[str]:
    if figures.evidence == "snapshot":
        return
    count, idle = len(figures.hours), figures.idle_hours
    if idle == 0:
        yield (
            f"Nothing of it lay unused in the {count:,} hours of the evidence, which says nothing of "
            "falls that are rarer than that."
        )
        return
    unused = float(figures.hours["unused"].mean())
    share = unused / figures.amount
    wasted = usd(share * figures.purchase.hourly_usd * HOURS_PER_YEAR)
    hours = f", {unused * HOURS_PER_YEAR:,.0f} instance-hours" if figures.purchase.kind == RI else ""
    yield (
        f"In {idle:,} of {count:,} hours ({idle / count * 100:.1f} %) part of it lies unused: "
        f"{share * 100:.1f} % of what is paid for{hours} and {wasted} a year."
    )


def _worst(figures: Figures) -> Iterator[str]:
    hour, week = figures.worst_hour, figures.worst_week
    if hour is None or not figures.idle_hours:
        return
    unused = (
        f"{hour.unused:,.1f} of {figures.amount:,.0f} instances"
        if figures.purchase.kind == RI
        else f"{usd(hour.unused, 3)} of {usd(figures.amount, 3)}"
    )
    yield (
        f"Its worst hour began on {hour.start:%Y-%m-%d %H:%M} UTC: {unused} unused "
        f"({usd(hour.unused_usd)}), and it {_saved(hour)}."
    )
    if week is not None:
        yield (
            f"Its worst 7 days in a row began on {week.start:%Y-%m-%d %H:%M} UTC: "
            f"{usd(week.unused_usd)} of it unused, and it {_saved(week)}."
        )


def _saved(stretch: Stretch) -> str:
    return f"{'saved' if stretch.saving_usd >= 0 else 'lost'} {usd(abs(stretch.saving_usd))}"


def _fall(figures: Figures) -> str:
    if figures.fall_pct == 0:
        return "It saves nothing even if demand stays as it is: beside the other rows it is a loss."
    return (
        f"If all demand falls by more than {figures.fall_pct:.1f} % at once and stays there for the "
        f"whole term of {_years(figures)}, it is a loss."
    )


def _ends(figures: Figures) -> Iterator[str]:
    months, term = figures.break_even_months, months_of(figures.purchase)
    if months is not None and months < term:
        yield (
            f"If what it serves ends before {months:.1f} of the {term} months have passed, it is a "
            "loss over its term."
        )


def _lock_in(figures: Figures) -> str:
    days = figures.purchase.term_years * DAYS_PER_YEAR
    bound = f"It binds for {_years(figures)} ({days:,} days)"
    if figures.evidence == "snapshot":
        return f"{bound} on a single look at what runs."
    count = len(figures.hours)
    if count < HOURS_PER_DAY:
        return f"{bound} on {count} hours of evidence."
    seen = count / HOURS_PER_DAY
    return f"{bound} on {seen:,.0f} days of evidence: {days / seen:,.0f} days of term for each day seen."


def _years(figures: Figures) -> str:
    years = figures.purchase.term_years
    return "1 year" if years == 1 else f"{years} years"


def _cash(figures: Figures) -> Iterator[str]:
    upfront = figures.purchase.upfront_usd
    if upfront > 0:
        yield f"{usd(upfront)} must be paid at the start, before anything is saved."


def _owned(figures: Figures) -> Iterator[str]:
    for one in figures.displaced:
        dollars = "" if one.unused_usd is None else f", {usd(one.unused_usd)} a year,"
        yield (
            f"It takes hours from the owned {_OWNED[one.kind]} {one.commitment_id.rpartition('/')[2]}: "
            f"{one.unused_pct:.1f} % of that{dollars} then lies idle. The row's saving is net of it."
        )


def _alternatives(figures: Figures) -> Iterator[str]:
    for one in figures.alternatives:
        name = one.name[0].upper() + one.name[1:]
        if one.more_flexible:
            yield f"{name} for the same hours, with more freedom to move, {_extra(one)}."
        elif one.same_price:
            yield f"Same price, less flexible: {one.name}."
        elif one.extra_usd < 0:
            yield (
                f"{name}, less flexible, {_extra(one)} for the same hours: only if demand stays where "
                "it is, for they do not follow it."
            )


def _extra(one: Alternative) -> str:
    if one.same_price:
        return "would cost the same"
    return f"would cost {usd(abs(one.extra_usd))} a year {'more' if one.extra_usd > 0 else 'less'}"


def _prices(figures: Figures) -> Iterator[str]:
    by_basis: dict[str, list[str]] = {}
    for name, basis in figures.uncertain_prices:
        by_basis.setdefault(basis, []).append(name)
    for basis, names in by_basis.items():
        yield (
            f"Its price for {', '.join(names)} is {basis}, not one that AWS published: compare it with "
            "the offer before you buy."
        )
