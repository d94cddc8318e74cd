"""``recommend``: which Reserved Instances and Savings Plans to buy, what they save, and why."""

from __future__ import annotations

import argparse

from finops.answers.commitments import CommitmentAdvice, as_commitments, recommend
from finops.cli.arguments import estate_of, path
from finops.cli.commitment_arguments import add_limits, settings_of
from finops.cli.output import Printout, as_json_lines, document_of, percent, table
from finops.errors import EmptyInput
from finops.files import write_whole
from finops.money import usd


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser(
        "recommend",
        parents=[inputs],
        help="Reserved Instances and Savings Plans worth buying together, with their savings",
    )
    add_limits(parser)
    parser.add_argument(
        "--out", metavar="FILE", type=path, help="write the advice as commitments (JSON)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    estate = estate_of(args)
    if estate.usage.empty and estate.ec2.empty:
        raise EmptyInput(
            "there is no demand to commit to: give hourly usage (--usage) or a list (--ec2)"
        )
    answer = recommend(estate, settings_of(args))
    if args.out:
        write_whole(args.out, as_json_lines(as_commitments(answer, estate)).encode())
    return Printout(document=document_of(answer), text=_text(answer))


def _text(answer: CommitmentAdvice) -> str:
    report = answer.report
    head = (
        f"{usd(report.annual_savings_usd)} a year ({percent(report.savings_pct)} of "
        f"{usd(report.on_demand_usd)} On-Demand){_gap(answer)}; coverage "
        f"{percent(report.coverage_before_pct)} → "
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


def _gap(answer: CommitmentAdvice) -> str:
    gap = answer.report.optimality_gap_pct
    return "" if gap is None else f", at most {gap:.4f}% above the least possible bill"
