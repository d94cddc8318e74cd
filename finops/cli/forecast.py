"""``forecast``: what coming days cost, and coming months, with intervals."""

from __future__ import annotations

import argparse

from finops.answers.forecast import (
    BASES,
    BOUNDS,
    ENDS,
    SCOPE_TYPES,
    CostForecast,
    ForecastSettings,
    Point,
    forecast,
)
from finops.answers.outlook import MONTHS, Bounded, Outlook, OutlookSettings, outlook
from finops.answers.scenario import Growth, Scenario, scenario
from finops.cli.arguments import between, days, estate_of, explained, reading, whole
from finops.cli.output import Printout, document_of, percent, table
from finops.money import usd

_HELP = """\
Forecasts the days after the last whole one of the bill: to the end of their calendar month (the
default), quarter or year, or so many days. The model is chosen among six simple ones by replaying them
in the history; `method` names it, or says that history is too short to choose. Bounds are those between
which 80 and 95 of 100 outcomes lie. `points` are days, each by itself; `cumulative` adds them to what
was spent since the period began. Without a bill every day costs the run rate of the resource lists.

`--months N` adds whole calendar months after the last known day: `months`, each by itself, and
cumulated. One model is replayed over them beside three naive rules, and the best of these is shown where
the model is not better; `months_tested` says what each missed, and
`months_beaten` whether the model was better. Bounds are given as far as history tests them, which is for
the first `months_bounded` months. `--growth PCT` adds growth of so much a year to every month."""
_HEADERS = ("expected", "80 % from", "to", "95 % from", "to", "cumulative")
_MOST_MONTHS = 36
_months = reading(lambda text: whole(text, 1, _MOST_MONTHS), f"months from 1 to {_MOST_MONTHS}")
_growth = reading(lambda text: between(text, -90, 1000), "a percentage a year from -90 to 1000")


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
    parser.add_argument("--months", metavar="N", type=_months, help="whole months as well, N of them")
    parser.add_argument(
        "--growth",
        metavar="PCT",
        type=_growth,
        help=f"growth a year, in months (default: none; {MONTHS} months where --months is not given)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    settings = ForecastSettings(
        days=args.days,
        to=args.to,
        scope_type=args.scope_type,
        scope_value=args.scope_value,
        basis=args.basis,
    )
    estate = estate_of(args)
    answer = forecast(estate, settings)
    if args.months is None and args.growth is None:
        return Printout(document=document_of(answer), text=_text(answer))
    coming = outlook(
        estate,
        OutlookSettings(
            months=args.months or MONTHS,
            scope_type=args.scope_type,
            scope_value=args.scope_value,
            basis=args.basis,
        ),
    )
    grown = scenario(coming, growth=Growth(args.growth or 0.0))
    return Printout(
        document={**document_of(answer), **_months_document(coming, grown)},
        text=f"{_text(answer)}\n\n{_months_text(coming, grown)}",
    )


def _months_document(coming: Outlook, grown: Scenario) -> dict[str, object]:
    rows = [
        {
            "month": str(row.month),
            "as_is_usd": row.as_is_usd,
            "growth_usd": row.growth_usd,
            **document_of(row.alone),
            "cumulative": document_of(row.to_date),
        }
        for row in grown.months
    ]
    return {
        "months": rows,
        "months_total_usd": grown.total_usd,
        "months_growth_pct": grown.growth.pct,
        "months_method": coming.method,
        "months_naive": coming.naive,
        "months_beaten": coming.beaten,
        "months_bounded": coming.bounded_months,
        "months_tested": [document_of(row) for row in coming.tested],
        "months_notes": list(coming.notes),
    }


def _months_text(coming: Outlook, grown: Scenario) -> str:
    first, last = grown.months[0].month, grown.months[-1].month
    growth = f" with growth of {grown.growth.pct:+g} % a year" if grown.growth.pct else ""
    head = (
        f"Months {first} to {last}, as is{growth}: {usd(grown.total_usd)} in all\n"
        f"Method: {coming.method}; interval: {_reach(coming)}"
    )
    rows = [
        (
            row.month,
            *_expected(row.alone),
            usd(row.to_date.mean_usd),
        )
        for row in grown.months
    ]
    if coming.naive is not None and not coming.beaten:
        head += "\nThe model missed no less than this naive rule, which is shown."
    parts = [head, table(("month", *_HEADERS), rows)]
    if coming.tested:
        names = tuple(coming.tested[0].missed_usd)
        missed = [
            (row.months, row.replays, *(percent(row.missed_pct.get(name)) for name in names))
            for row in coming.tested
        ]
        parts.append(f"Missed on average, replayed:\n{table(('months', 'replays', *names), missed)}")
    return "\n\n".join([*parts, *(f"Note: {note}" for note in coming.notes)])


def _reach(coming: Outlook) -> str:
    count = coming.bounded_months
    if coming.estimated:
        return "none, resource lists have no history"
    if not count:
        return "none, history is too short to test one"
    return f"to {coming.months[count - 1].month}, as far as history tests it"


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
            *_expected(day),
            usd(so_far.mean_usd),
        )
        for day, so_far in zip(
            answer.points, answer.cumulative[len(answer.cumulative) - len(answer.points) :], strict=True
        )
    ]
    return "\n\n".join(
        [head, table(("day", *_HEADERS), rows), *(f"Note: {note}" for note in answer.notes)]
    )


def _expected(part: Point | Bounded) -> list[str]:
    """The mean and its bounds."""
    return [usd(getattr(part, name)) for name in ("mean_usd", *BOUNDS)]


def _between(answer: CostForecast) -> str:
    if answer.lower_80_usd is None:
        return " (no interval)"
    return (
        f" (80 %: {usd(answer.lower_80_usd)} to {usd(answer.upper_80_usd)}; "
        f"95 %: {usd(answer.lower_95_usd)} to {usd(answer.upper_95_usd)})"
    )
