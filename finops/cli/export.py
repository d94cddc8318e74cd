"""``export``: the bill as a FOCUS 1.2 dataset, and the rules of the specification that it breaks."""

from __future__ import annotations

import argparse
from decimal import Decimal

from finops.answers.focus_export import FocusFile, Violation, focus_export
from finops.cli.arguments import estate_of, path
from finops.cli.output import Printout, document_of
from finops.estate import DOLLARS
from finops.money import usd


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser("export", parents=[inputs], help="the bill as a FOCUS 1.2 dataset")
    parser.add_argument(
        "--out", metavar="FILE", type=path, required=True, help=".csv, .csv.gz or .parquet"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    answer = focus_export(estate_of(args), args.out)
    return Printout(document=document_of(answer), text=_text(answer))


def _text(answer: FocusFile) -> str:
    def money(amount: Decimal | None) -> str:
        in_dollars = answer.currency == DOLLARS or amount is None
        return usd(amount) if in_dollars else f"{amount:,.2f} {answer.currency}"

    head = (
        f"{answer.path}: {answer.rows:,} charges of {answer.source}, "
        f"billed {money(answer.billed_cost)}, effective {money(answer.effective_cost)}, "
        f"list {money(answer.list_cost)}, contracted {money(answer.contracted_cost)}"
    )
    derived = ", ".join(f"{each.column} ({each.rows:,})" for each in answer.derived) or "nothing"
    broken = [
        f"{each.rule}: {each.rows:,} rows, billed {money(each.billed_cost)}\n    {_why(each)}"
        for each in answer.violations
    ]
    lines = (
        head,
        f"derived, in rows: {derived}",
        f"columns of FOCUS 1.2 that the bill has nothing for: {', '.join(answer.not_filled)}",
        "",
        "Rules of FOCUS 1.2 that it breaks"
        if broken
        else "It breaks no rule of FOCUS 1.2 that is checked.",
        *broken,
    )
    return "\n".join(lines)


def _why(violation: Violation) -> str:
    if not violation.row_numbers:
        return violation.message
    cells = "".join(sign if sign.isprintable() else "\ufffd" for sign in violation.example)
    return f"{violation.message}; row {violation.row_numbers[0]}: {cells}"
