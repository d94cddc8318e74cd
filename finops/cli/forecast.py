"""``forecast``: what coming days cost, day by day, with intervals."""

from __future__ import annotations

import argparse

from finops.answers.forecast import BASES, ENDS, SCOPE_TYPES, CostForecast, ForecastSettings, forecast
from finops.cli.arguments import days, estate_of, explained
from finops.cli.output import Printout, document_of, table
from finops.money import usd

_HELP = """\
Forecasts the days after the last whole one of the bill: to the end of their calendar month (the
default), quarter or year, or so many days. The model is chosen among six simple ones by replaying them
in the history; `method` names it, or says that history is too short to choose. Bounds are those between
which 80 and 95 of 100 outcomes lie. `points` are days, each by itself; `cumulative` adds them to what
was spent since the period began. Without a bill every day costs the run rate of the resource lists."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = explained(
        commands,
        inputs,
        "forecast",
        help="coming days and the end of the month, with intervals",
        description=_HELP,
    )
    until = parser.add_mutually_exclusive_group()
    until.add_argument(
        "--to", choices=tuple(ENDS), default="month", help="the end of what (default: month)"
    )
    until.add_argument("--days", metavar="N", type=days, help="so many days instead")
    parser.add_argument("--scope-type", choices=SCOPE_TYPES, default="total", help="as for a budget")
    parser.add_argument("--scope-value", default="", metavar="V", help="for a tag: Key=Value")
    parser.add_argument("--basis", choices=BASES, default="billed", help="cost column of the bill")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    settings = ForecastSettings(
        days=args.days,
        to=args.to,
        scope_type=args.scope_type,
        scope_value=args.scope_value,
        basis=args.basis,
    )
    answer = forecast(estate_of(args), settings)
    return Printout(document=document_of(answer), text=_text(answer))


def _text(answer: CostForecast) -> str:
    kind = "run rate, estimated" if answer.estimated else f"{answer.basis} cost"
    head = (
        f"Forecast of {answer.scope}, {answer.period_start} to {answer.period_end}, {kind}; "
        f"as of {answer.as_of}\n"
        f"Total {usd(answer.total_usd)}{_between(answer)}, of which {usd(answer.spent_usd)} spent\n"
        f"Method: {answer.method}; days of history: {answer.history_days}"
    )
    rows = [
        (
            day.date,
            usd(day.mean_usd),
            usd(day.lower_80_usd),
            usd(day.upper_80_usd),
            usd(day.lower_95_usd),
            usd(day.upper_95_usd),
            usd(so_far.mean_usd),
        )
        for day, so_far in zip(
            answer.points, answer.cumulative[len(answer.cumulative) - len(answer.points) :], strict=True
        )
    ]
    headers = ("day", "expected", "80 % from", "to", "95 % from", "to", "cumulative")
    return "\n\n".join([head, table(headers, rows), *(f"Note: {note}" for note in answer.notes)])


def _between(answer: CostForecast) -> str:
    if answer.lower_80_usd is None:
        return " (no interval)"
    return (
        f" (80 %: {usd(answer.lower_80_usd)} to {usd(answer.upper_80_usd)}; "
        f"95 %: {usd(answer.lower_95_usd)} to {usd(answer.upper_95_usd)})"
    )
