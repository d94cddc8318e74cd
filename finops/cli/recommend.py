"""``recommend``: which Reserved Instances to buy, what they save, and on what evidence."""

from __future__ import annotations

import argparse

from finops.answers.commitments import (
    DEFAULT_LOOKBACK_DAYS,
    DEFAULT_TARGET_COVERAGE,
    CommitmentAdvice,
    CommitmentSettings,
    as_commitments,
    recommend,
)
from finops.cli.arguments import days, estate_of, path, percentage, reading
from finops.cli.output import Printout, as_json_lines, document_of, percent, table
from finops.errors import EmptyInput, NotAvailable
from finops.files import write_whole
from finops.money import usd
from finops.schema import COMMITMENT_KINDS, OFFERING_CLASSES, PAYMENT_OPTIONS

RESERVED = COMMITMENT_KINDS[0]


def _known_kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in text.split(","))
    if set(kinds) - set(COMMITMENT_KINDS):
        raise ValueError(text)
    return kinds


_kinds = reading(_known_kinds, f"one or more of {', '.join(COMMITMENT_KINDS)}")


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser(
        "recommend", parents=[inputs], help="Reserved Instances worth buying, with their savings"
    )
    parser.add_argument(
        "--kinds",
        type=_kinds,
        default=(RESERVED,),
        metavar="KINDS",
        help=f"of {', '.join(COMMITMENT_KINDS)}",
    )
    parser.add_argument("--term", type=int, choices=(1, 3), help="years (default: either)")
    parser.add_argument("--payment", choices=PAYMENT_OPTIONS, help="default: any")
    parser.add_argument("--offering-class", choices=OFFERING_CLASSES, help="default: either")
    parser.add_argument(
        "--target-coverage", metavar="PCT", type=percentage, help="do not cover more than PCT percent"
    )
    parser.add_argument("--lookback-days", metavar="N", type=days, default=DEFAULT_LOOKBACK_DAYS)
    parser.add_argument(
        "--out", metavar="FILE", type=path, help="write the advice as commitments (JSON)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    _only_reserved(args.kinds)
    share = args.target_coverage
    settings = CommitmentSettings(
        term_years=args.term,
        payment_option=args.payment,
        offering_class=args.offering_class,
        lookback_days=args.lookback_days,
        target_coverage=DEFAULT_TARGET_COVERAGE if share is None else share / 100,
    )
    estate = estate_of(args)
    if estate.usage.empty and estate.ec2.empty:
        raise EmptyInput(
            "there is no demand to commit to: give hourly usage (--usage) or a list (--ec2)"
        )
    answer = recommend(estate, settings)
    if args.out:
        write_whole(args.out, as_json_lines(as_commitments(answer, estate)).encode())
    return Printout(document=document_of(answer), text=_text(answer))


def _only_reserved(kinds: tuple[str, ...]) -> None:
    if kinds != (RESERVED,):
        raise NotAvailable(
            f"--kinds {','.join(kinds)}: this version recommends {RESERVED} only; Savings Plans are "
            "compared in the dashboard, not sized"
        )


def _text(answer: CommitmentAdvice) -> str:
    report = answer.report
    head = (
        f"{usd(report.annual_savings_usd)} a year ({percent(report.savings_pct)} of "
        f"{usd(report.on_demand_usd)} On-Demand); coverage {percent(report.coverage_before_pct)} → "
        f"{percent(report.coverage_after_pct)}; evidence: {report.evidence}, "
        f"{report.evidence_hours} hours from {report.evidence_start}, as of {answer.as_of}"
    )
    rows = [
        (
            row.title,
            usd(row.upfront_usd),
            usd(row.monthly_usd),
            usd(row.annual_savings_usd),
            percent(row.utilization_pct),
            percent(row.confidence_pct, 0),
            row.evidence,
        )
        for row in report.recommendations
    ]
    headers = ("buy", "upfront", "$/month", "saves $/year", "used", "confidence", "evidence")
    return "\n\n".join([head, table(headers, rows), *(f"Note: {note}" for note in report.notes)])
