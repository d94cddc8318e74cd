"""``budgets variance`` and ``budgets outlook``: period by period, and to the end of the fiscal year."""

from __future__ import annotations

import argparse

from finops.answers import budgets
from finops.answers.budgets import Budget
from finops.cli.arguments import estate_of, reading, whole
from finops.cli.output import Printout, document_of, percent, table
from finops.money import usd


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], inputs: argparse.ArgumentParser
) -> None:
    """The two reports."""
    variance = actions.add_parser("variance", parents=[inputs], help="each period against its amount")
    variance.add_argument(
        "--periods", type=_periods, default=12, help="at most, the present one included"
    )
    variance.set_defaults(run=_variance)
    outlook = actions.add_parser("outlook", parents=[inputs], help="where the fiscal year will end")
    outlook.set_defaults(run=_outlook)
    for parser in (variance, outlook):
        parser.add_argument("id", metavar="ID", nargs="?", help="one budget (default: all)")


_periods = reading(lambda text: whole(text, 1, 120), "a whole number from 1 to 120")


def _asked(args: argparse.Namespace) -> tuple[Budget, ...]:
    kept = budgets.book()
    return kept.budgets if args.id is None else (kept.get(args.id),)


def _variance(args: argparse.Namespace) -> Printout:
    answer = budgets.variance_report(estate_of(args), _asked(args), args.periods)
    headers = ("budget", "from", "to", "amount", "actual", "variance", "%", "")
    rows = [
        (
            line.name,
            line.period_start,
            line.period_end,
            usd(line.amount_usd),
            usd(line.actual_usd),
            usd(line.variance_usd),
            percent(line.variance_pct),
            "" if line.complete else "so far",
        )
        for line in answer.periods
    ]
    return Printout(document=document_of(answer), text=f"As of {answer.as_of}\n\n{table(headers, rows)}")


def _outlook(args: argparse.Namespace) -> Printout:
    answer = budgets.year_end_outlook(estate_of(args), _asked(args))
    headers = ("budget", "year to", "amount", "actual", "forecast", "80 %", "variance")
    rows = [
        (
            line.name,
            line.year_end,
            usd(line.amount_usd),
            usd(line.actual_usd),
            usd(line.forecast_usd),
            f"{usd(line.forecast_low_usd, 0)} … {usd(line.forecast_high_usd, 0)}",
            usd(line.variance_usd),
        )
        for line in answer.budgets
    ]
    return Printout(document=document_of(answer), text=f"As of {answer.as_of}\n\n{table(headers, rows)}")
