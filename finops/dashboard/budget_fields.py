"""What does the form of a budget hold, what is wrong with it, and what did somebody change in it?

What is typed is text and numbers; ``fields_of`` makes the fields of a budget of it. Only what differs
from what the form began with is saved, so that it keeps what others have changed meanwhile and what
the form has no place for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from finops.answers.budgets import SCOPE_TYPES, Budget, read_thresholds
from finops.errors import BudgetError
from finops.money import exact

AmountKind = Literal["fixed", "planned", "history", "forecast"]
DEFAULT_THRESHOLDS = "50%, 80%, 100%, forecast 100%"
NO_FORECAST = "forecast none"
_EXCEPT = "not "


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form. ``also`` and ``planned`` have a line each, ``periods`` and ``growth_pct``
    are of an amount that follows spend."""

    name: str = ""
    scope_type: str = "total"
    scope_value: str = ""
    also: str = ""
    leave_out: tuple[str, ...] = ()
    amount_kind: AmountKind = "fixed"
    amount: float | None = None
    planned: str = ""
    periods: int = 3
    growth_pct: float = 0.0
    rollover: str = "none"
    period: str = "monthly"
    fiscal_year_start: int = 1
    start: date | None = None
    end: date | None = None
    parent: str | None = None
    owner: str = ""
    thresholds: str = DEFAULT_THRESHOLDS
    cost_basis: str = "billed"
    notes: str = ""


# What the reader sees of a field; those in one group are saved together, because they mean it together.
LABELS: Mapping[str, str] = {
    "name": "Name",
    "scope_type": "Scope",
    "scope_value": "Scope value",
    "also": "Further conditions",
    "leave_out": "Does not count",
    "amount_kind": "The amount is",
    "amount": "Amount in USD",
    "planned": "Planned amounts",
    "periods": "Mean of so many periods",
    "growth_pct": "Growth on top",
    "rollover": "Carry over",
    "period": "Period",
    "fiscal_year_start": "Fiscal year begins in",
    "start": "First day",
    "end": "Last day",
    "parent": "Part of",
    "owner": "Owner",
    "thresholds": "Alert at",
    "cost_basis": "Cost basis",
    "notes": "Notes",
}
_SCOPE = ("scope_type", "scope_value")
_GROUPS = (
    _SCOPE,
    ("amount_kind", "amount", "planned", "periods", "growth_pct"),
)


def typed_of(budget: Budget) -> Typed:
    """The form of a budget that exists."""
    adjust = budget.adjust
    kind: AmountKind = "planned" if budget.planned else "fixed"
    on_forecast = any(one.on == "forecast" for one in budget.thresholds)
    return Typed(
        name=budget.name,
        scope_type=budget.scope_type,
        scope_value=budget.scope_value,
        also="\n".join(
            f"{_EXCEPT if one.exclude else ''}{one.scope_type}={', '.join(one.values)}"
            for one in budget.also
        ),
        leave_out=tuple(budget.leave_out),
        amount_kind=kind if adjust is None else adjust.by,
        amount=float(budget.amount),
        planned="\n".join(f"{one.start} {one.amount.normalize():f}" for one in budget.planned),
        periods=3 if adjust is None else adjust.periods,
        growth_pct=0.0 if adjust is None else float(adjust.growth_pct),
        rollover=budget.rollover,
        period=budget.period,
        fiscal_year_start=budget.fiscal_year_start,
        start=budget.start,
        end=budget.end,
        parent=budget.parent,
        owner=budget.owner,
        thresholds=", ".join([*map(str, budget.thresholds), *([] if on_forecast else [NO_FORECAST])]),
        cost_basis=budget.cost_basis,
        notes=budget.notes,
    )


def fields_of(typed: Typed) -> dict[str, Any]:
    """All fields of the budget. Raises BudgetError for what ``problems`` would name."""
    if wrong := problems(typed):
        raise BudgetError("; ".join(wrong.values()))
    planned = typed.amount_kind == "planned"
    return {
        "name": typed.name,
        "scope_type": typed.scope_type,
        "scope_value": "" if typed.scope_type == "total" else typed.scope_value,
        "also": _conditions(typed.also),
        "leave_out": typed.leave_out,
        "amount": typed.amount,
        "planned": _planned(typed.planned) if planned else (),
        "adjust": _adjust(typed),
        "rollover": typed.rollover,
        "period": typed.period,
        "fiscal_year_start": typed.fiscal_year_start,
        "start": typed.start,
        "end": typed.end,
        "parent": typed.parent,
        "owner": typed.owner,
        "thresholds": read_thresholds(typed.thresholds),
        "cost_basis": typed.cost_basis,
        "notes": typed.notes,
    }


def changes_of(typed: Typed, began: Typed, theirs: Typed | None = None) -> dict[str, Any]:
    """The fields of the budget that differ from what the form began with. Raises BudgetError.

    ``theirs`` is what somebody else has saved since: fields that belong together are completed from it.
    """
    differing = set(differences(began, typed))
    if differing & set(_SCOPE):
        differing |= set(_SCOPE)  # a value means nothing without its type
    typed = replace(theirs or began, **{name: getattr(typed, name) for name in differing})
    for group in _GROUPS:
        if differing & set(group):
            differing |= set(group)
    saved = {_SAVED_AS.get(name, name) for name in differing}
    if "amount" in saved:
        saved |= {"planned", "adjust"}
    # Fields that nobody touched are not read again: what they hold may have no place in the form.
    every = fields_of(
        replace(
            typed,
            also=typed.also if "also" in differing else "",
            thresholds=typed.thresholds if "thresholds" in differing else "",
        )
    )
    return {name: value for name, value in every.items() if name in saved}


def differences(one: Typed, other: Typed) -> tuple[str, ...]:
    """The names of the fields in which two forms differ, in the order of the form."""
    return tuple(name for name in LABELS if getattr(one, name) != getattr(other, name))


def problems(typed: Typed) -> dict[str, str]:
    """What is wrong, in plain words, by the field it stands beside. Empty: it can be saved."""
    return dict(_problems(typed))


def said(value: object) -> str:
    """A field's value for a reader; – for an empty one."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "–" if value is None or value == "" else str(value)


def _problems(typed: Typed) -> Iterator[tuple[str, str]]:
    if not typed.name.strip():
        yield "name", "Give the budget a name."
    if typed.scope_type != "total" and not typed.scope_value.strip():
        yield "scope_value", f"Choose or type a value for the scope {typed.scope_type}."
    elif typed.scope_type == "tag" and not _is_pair(typed.scope_value):
        yield "scope_value", "A tag is written Key=Value, such as Project=Atlas."
    if typed.amount_kind != "planned" and typed.amount is None:
        yield "amount", "Say how many dollars the budget has for one period."
    if typed.amount is not None and typed.amount <= 0:
        yield "amount", f"The amount must be above $0; received {typed.amount:,.2f}."
    yield from _wrong("planned", typed.planned, _planned, asked=typed.amount_kind == "planned")
    if typed.amount_kind == "planned" and not typed.planned.strip():
        yield "planned", "Write a line for each period: its first day and its dollars."
    yield from _wrong("also", typed.also, _conditions)
    yield from _wrong("thresholds", typed.thresholds, read_thresholds)
    yield from _wrong_days(typed)


def _wrong_days(typed: Typed) -> Iterator[tuple[str, str]]:
    if typed.period == "custom" and (typed.start is None or typed.end is None):
        yield "start", "A custom period needs its first and its last day."
    if typed.start is not None and typed.end is not None and typed.end < typed.start:
        yield "end", f"The last day, {typed.end}, is before the first, {typed.start}."
    if typed.rollover != "none" and typed.start is None:
        yield "rollover", "To carry remainders over, say from which day on: the first day in force."
    if typed.period == "custom" and (typed.amount_kind != "fixed" or typed.rollover != "none"):
        yield (
            "amount_kind",
            "A custom period comes once: its amount is fixed and nothing is carried over.",
        )


def _wrong(name: str, text: str, read: Any, *, asked: bool = True) -> Iterator[tuple[str, str]]:
    try:
        if asked:
            read(text)
    except BudgetError as error:
        yield name, f"{str(error)[:1].upper()}{str(error)[1:]}."


def _is_pair(text: str) -> bool:
    key, equals, value = text.partition("=")
    return bool(key.strip() and equals and value.strip())


def _conditions(text: str) -> list[dict[str, Any]]:
    """Lines such as ``team=Platform, Data`` and ``not region=us-west-2``."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        excluded = line.startswith(_EXCEPT)
        scope_type, equals, values = line.removeprefix(_EXCEPT).strip().partition("=")
        named = [value.strip() for value in values.split(",") if value.strip()]
        if not equals or scope_type not in SCOPE_TYPES or scope_type == "total" or not named:
            raise BudgetError(
                f"a condition is TYPE=VALUE, such as team=Platform or not region=us-west-2, with one of "
                f"{', '.join(SCOPE_TYPES[1:])}; received {line!r}"
            )
        found.append({"scope_type": scope_type, "values": named, "exclude": excluded})
    return found


def _planned(text: str) -> list[dict[str, Any]]:
    """Lines such as ``2026-01-01 900`` and ``2026-02-01 $1,200.50``."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, amount = line.replace("\t", " ").partition(" ")
        try:
            found.append({"start": date.fromisoformat(day), "amount": _dollars(amount)})
        except (ValueError, InvalidOperation) as error:
            raise BudgetError(
                "a planned amount is the first day of its period and dollars, such as 2026-01-01 900; "
                f"received {line!r}"
            ) from error
    return found


def _dollars(text: str) -> Decimal:
    return exact(text.strip().removeprefix("$").replace(",", ""))


def _adjust(typed: Typed) -> dict[str, Any] | None:
    if typed.amount_kind not in {"history", "forecast"}:
        return None
    return {"by": typed.amount_kind, "periods": typed.periods, "growth_pct": exact(typed.growth_pct)}


# Which field of a budget holds what is typed.
_SAVED_AS = {"amount_kind": "amount", "planned": "amount", "periods": "amount", "growth_pct": "amount"}
