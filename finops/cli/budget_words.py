"""How is a budget said on the command line, and how is it printed?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from finops.answers import budgets
from finops.answers.budgets import Budget, UntrackedBudget, reported_by_aws
from finops.cli.arguments import between, day, dollars, reading, whole
from finops.cli.output import plain
from finops.errors import BudgetError

T = TypeVar("T")

NONE = "none"
THRESHOLDS = "50,80,100"
# Words whose field of a budget has another name.
_FIELDS = {"basis": "cost_basis"}
_CONDITION = "TYPE=VALUE[,VALUE…] such as team=Platform or tag=Project=Atlas"


def add_words(parser: argparse.ArgumentParser, *, new: bool) -> None:
    """The fields of a budget; for one that exists, only those given change."""
    absent = None if new else argparse.SUPPRESS
    add = parser.add_argument
    add("--name", required=new, default=absent)
    add("--scope-type", choices=budgets.SCOPE_TYPES, required=new, default=absent)
    add("--scope-value", metavar="V", default="" if new else absent, help="for a tag: Key=Value")
    add(
        "--also",
        metavar="TYPE=VALUE",
        action="append",
        type=_or_none(_condition),
        default=argparse.SUPPRESS,
        help="a further condition, any one of the values: team=Platform,Data; may be repeated; "
        "`none` leaves none",
    )
    add(
        "--except",
        metavar="TYPE=VALUE",
        dest="exceptions",
        action="append",
        type=_or_none(_condition),
        default=argparse.SUPPRESS,
        help="what does not count: region=us-west-2; may be repeated",
    )
    add("--amount", metavar="USD", type=dollars, default=absent, help="dollars for one period")
    add("--period", choices=budgets.PERIODS, default="monthly" if new else absent)
    add(
        "--planned",
        metavar="YYYY-MM-DD=USD,…",
        type=_or_none(_planned, ()),
        default=argparse.SUPPRESS,
        help="the amount of each period, by its first day",
    )
    add(
        "--adjust",
        metavar="history:N|forecast",
        type=_or_none(_adjustment),
        default=argparse.SUPPRESS,
        help="the amount is the mean of the last N periods, or what is forecast",
    )
    add("--growth", metavar="PCT", type=_growth, default=argparse.SUPPRESS, help="on top of --adjust")
    add(
        "--rollover",
        choices=budgets.ROLLOVERS,
        default=argparse.SUPPRESS,
        help="which remainders go into the next period, from --start on",
    )
    add(
        "--fiscal-year-start",
        metavar="MONTH",
        type=reading(lambda text: whole(text, 1, 12), "a month from 1 to 12"),
        default=argparse.SUPPRESS,
        help="the month with which quarters and years begin",
    )
    for end, which in (("start", "first"), ("end", "last")):
        add(
            f"--{end}",
            metavar="YYYY-MM-DD",
            type=_or_none(day),
            default=argparse.SUPPRESS,
            help=f"the {which} day of a custom period; of others, the {which} day in force",
        )
    add(
        "--thresholds",
        metavar=THRESHOLDS,
        type=_thresholds,
        default=_thresholds(THRESHOLDS) if new else absent,
        help="percent or dollars, on actual, forecast or pace: 80,$500,forecast:100,pace:120",
    )
    add("--parent", metavar="ID", type=_or_none(str), default=argparse.SUPPRESS, help="it is a part of")
    add("--owner", default="" if new else absent)
    add("--basis", choices=("billed", "effective"), default="billed" if new else absent)
    add("--notes", default=argparse.SUPPRESS)


def fields_of(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of a budget that were said."""
    said = {_FIELDS.get(name, name): value for name, value in vars(args).items() if name in _WORDS}
    if said.get("scope_type") == "total":
        said.setdefault("scope_value", "")
    also = said.pop("also", None)
    exceptions = said.pop("exceptions", None)
    if also is not None or exceptions is not None:
        said["also"] = [
            *filter(None, also or ()),
            *({**one, "exclude": True} for one in filter(None, exceptions or ())),
        ]
    growth = said.pop("growth", None)
    if growth is not None:
        if not said.get("adjust"):
            raise BudgetError("--growth goes with --adjust history:N or --adjust forecast")
        said["adjust"] = {**said["adjust"], "growth_pct": growth}
    return said


def document_of_budget(budget: Budget | UntrackedBudget) -> dict[str, object]:
    """The JSON object of a budget, without the copy of what AWS wrote."""
    reported = reported_by_aws(budget)
    fields: dict[str, object] = budget.model_dump(exclude={"aws"})
    if isinstance(budget, Budget):
        fields["amount_usd"] = fields.pop("amount")
        fields |= {
            "scope": budget.scope,
            "alert_thresholds": budget.alert_thresholds,
            "revision": budget.revision,
        }
    fields |= {
        "tracked": isinstance(budget, Budget),
        "from_aws": budget.aws is not None,
        "reported_usd": reported.usd,
        "reported_pct": reported.percent_used,
    }
    return {name: plain(value) for name, value in fields.items()}


_WORDS = frozenset(
    {
        "name",
        "scope_type",
        "scope_value",
        "also",
        "exceptions",
        "amount",
        "period",
        "planned",
        "adjust",
        "growth",
        "rollover",
        "fiscal_year_start",
        "start",
        "end",
        "thresholds",
        "parent",
        "owner",
        "basis",
        "notes",
    }
)


def _or_none(read: Callable[[str], T], nothing: object = None) -> Callable[[str], object]:
    return lambda text: nothing if text.strip().casefold() == NONE else read(text)


def _thresholds(text: str) -> object:
    try:
        return budgets.read_thresholds(text)
    except BudgetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _read_condition(text: str) -> Mapping[str, object]:
    scope_type, equals, values = text.partition("=")
    named = [value.strip() for value in values.split(",")]
    if not equals or scope_type not in budgets.SCOPE_TYPES or scope_type == "total" or not all(named):
        raise ValueError(text)
    return {"scope_type": scope_type, "values": named}


def _read_planned(text: str) -> list[Mapping[str, object]]:
    pairs = [part.partition("=") for part in text.split(",")]
    return [{"start": day(start.strip()), "amount": dollars(usd.strip())} for start, _, usd in pairs]


def _read_adjustment(text: str) -> Mapping[str, object]:
    by, _, periods = text.partition(":")
    if by not in {"history", "forecast"} or (by == "forecast" and periods):
        raise ValueError(text)
    return {"by": by, "periods": whole(periods, 1, 60)} if periods else {"by": by}


_condition = reading(_read_condition, _CONDITION)
_planned = reading(_read_planned, "first days and dollars such as 2026-01-01=900,2026-02-01=950")
_adjustment = reading(_read_adjustment, "history:N (N periods, 1 to 60) or forecast")
_growth = reading(lambda text: between(text, -99, 1000), "a percentage from -99 to 1000")
