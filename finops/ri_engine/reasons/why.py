"""Why this amount? In sentences, for whoever must defend the purchase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finops.money import usd
from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.reasons.record import Figures, months_of

# Dollars a year: what differs by less is equal.
HALF_A_CENT = 0.005
_TOGETHER = "the rows are the best together, within the optimality gap, not each one on its own"


def why(
    figures: Figures, purchases: Sequence[Purchase], limits: Limits, launched: str | None
) -> tuple[str, ...]:
    """The sentences for the row; ``launched`` is what a list of instances says (see ``snapshot``)."""
    found = [_amount(figures, purchases, limits), _use(figures), _without(figures)]
    return tuple(found if launched is None else [*found, launched])


def _amount(figures: Figures, purchases: Sequence[Purchase], limits: Limits) -> str:
    rows = figures.steps
    last = float(rows.loc[rows["chosen"], "marginal_usd"].iloc[0])
    following = float(rows.loc[rows["state"] == "next", "marginal_usd"].iloc[0])
    more = _named(figures, figures.amount + figures.unit)
    own, other = (
        ("the last one", "one more")
        if figures.purchase.kind == RI
        else ("the last $0.001", "another $0.001")
    )
    text = (
        f"{_named(figures, figures.amount)} and not {more}: {own} {_effect(last)}, "
        f"{other} {_effect(following, would=True)}."
    )
    if last < -HALF_A_CENT:
        return f"{text} It is bought all the same: {_limits(limits) or _TOGETHER}."
    if following > HALF_A_CENT:
        return f"{text} It is not bought: {_why_no_more(figures, purchases, limits)}."
    best = float(rows["annual_savings_usd"].max())
    chosen = float(rows.loc[rows["chosen"], "annual_savings_usd"].iloc[0])
    if best > chosen + HALF_A_CENT:
        return f"{text} Another step shown saves {usd(best - chosen)} a year more: {_TOGETHER}."
    return f"{text} Of the steps shown this one has the lowest bill."


def _named(figures: Figures, amount: float) -> str:
    return f"{amount:,.0f}" if figures.purchase.kind == RI else f"{usd(amount, 3)} an hour"


def _effect(dollars: float, *, would: bool = False) -> str:
    if abs(dollars) < HALF_A_CENT:
        return "would only break even" if would else "only breaks even"
    saves, loses = ("would save", "would lose") if would else ("saves", "loses")
    return f"{saves if dollars > 0 else loses} {usd(abs(dollars))} a year"


def _why_no_more(figures: Figures, purchases: Sequence[Purchase], limits: Limits) -> str:
    if figures.evidence == "snapshot":
        return "advice on a snapshot stops at a share of the steady instances"
    return _cash(figures, purchases, limits) or _idle(figures, limits) or _limits(limits) or _TOGETHER


def _cash(figures: Figures, purchases: Sequence[Purchase], limits: Limits) -> str | None:
    unit = figures.purchase.upfront_usd * figures.unit / figures.amount
    spent = sum(each.upfront_usd for each in purchases)
    if limits.max_upfront_usd is None or spent + unit <= limits.max_upfront_usd:
        return None
    return (
        f"of {usd(limits.max_upfront_usd)} that may be paid at the start all rows take {usd(spent)}, "
        f"and it would take {usd(unit)} more"
    )


def _idle(figures: Figures, limits: Limits) -> str | None:
    more = figures.amount + figures.unit
    use = float(figures.hours["available"].clip(upper=more).mean()) / more * 100
    if limits.min_utilization_pct is None or use >= limits.min_utilization_pct:
        return None
    return f"the row would be used for {use:.2f} %, and {limits.min_utilization_pct:g} % is asked for"


def _limits(limits: Limits) -> str | None:
    asked = list(_asked(limits))
    return f"the advice is held to {' and '.join(asked)}" if asked else None


def _asked(limits: Limits) -> Iterator[str]:
    if limits.target_coverage is not None:
        yield f"a coverage of {limits.target_coverage * 100:g} %"
    if limits.max_break_even_months is not None:
        yield f"a break-even within {limits.max_break_even_months:g} months"
    if limits.risk_aversion > 0:
        yield "a risk setting that weighs bad scenarios of demand more"
    if limits.discount_rate > 0:
        yield f"present values at {limits.discount_rate * 100:g} % a year"


def _use(figures: Figures) -> str:
    pays = "" if figures.break_even_pct is None else f"the row must be used {_pays(figures)}"
    if figures.used_hours_pct is None or figures.last_unit_pct is None:
        text = (
            "It rests on one hour of demand, the instances that ran when the list was made: how "
            "demand moves over the day and the week is not known"
        )
    else:
        count = len(figures.hours)
        own = "The last one" if figures.purchase.kind == RI else "The last $0.001"
        full = round(figures.used_hours_pct * count / 100)
        text = (
            f"{own} is used in full in {full:,} of {count:,} hours "
            f"({figures.used_hours_pct:.1f} %) and {figures.last_unit_pct:.1f} % on average"
        )
    return f"{text}; {pays}." if pays else f"{text}."


def _pays(figures: Figures) -> str:
    text = f"for {figures.break_even_pct:.1f} % of its term to pay"
    if figures.break_even_months is None or figures.evidence == "snapshot":
        return text
    term = months_of(figures.purchase)
    return f"{text}, which is {figures.break_even_months:.1f} of {term} months at the use measured"


def _without(figures: Figures) -> str:
    moved = f"{usd(abs(figures.saving_usd))} a year {'higher' if figures.saving_usd >= 0 else 'lower'}"
    return (
        f"Without it the bill would be {moved}: what is owned and the other rows would then serve what "
        "they can of its hours."
    )
