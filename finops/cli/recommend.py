"""``recommend``: which Reserved Instances and Savings Plans to buy, what they save, and why."""

from __future__ import annotations

import argparse

from finops.answers.commitments import CommitmentAdvice, as_commitments, recommend
from finops.answers.coverage_tracking import holdings, ladder_of
from finops.answers.explanations import Reasons, explain, stays_on_demand
from finops.cli.arguments import estate_of, path
from finops.cli.commitment_arguments import add_limits, settings_of
from finops.cli.output import Printout, as_json_lines, document_of, percent, plain, silenced, table
from finops.errors import EmptyInput
from finops.estate import Estate
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
    with silenced():
        answer = recommend(estate, settings_of(args))
    if args.out:
        write_whole(args.out, as_json_lines(as_commitments(answer, estate)).encode())
    with silenced():
        if args.json:
            return Printout(document=_document(answer, estate), text="")
        return Printout(document={}, text=_text(answer, estate))


def _document(answer: CommitmentAdvice, estate: Estate) -> dict[str, object]:
    """The advice with its reasons, what stays On-Demand and why, what is underused, and the ladder."""
    document, found = document_of(answer), ladder_of(estate, answer).ladder
    rows = [
        plain(row) | _reasons(explain(estate, answer, number))  # type: ignore[operator]
        for number, row in enumerate(answer.report.recommendations)
    ]
    return document | {
        "recommendations": rows,
        "stays_on_demand": stays_on_demand(answer).pools,
        "underused": holdings(estate).underused,
        "ladder": found.steps,
        "ladder_forgone_savings_usd": found.forgone_savings_usd,
        "ladder_cannot_be_met": found.cannot_be_met,
    }


def _reasons(found: Reasons) -> dict[str, object]:
    return {
        "why": found.why,
        "case_against": found.case_against,
        "marginal_savings": found.steps,
        "worst_hour": found.worst_hour,
        "alternatives": [one.name for one in found.alternatives if one.same_price],
    }


def _text(answer: CommitmentAdvice, estate: Estate) -> str:
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
    parts = [head, table(headers, rows)]
    if answer.settings.max_expiring_pct is not None:
        parts.append("When to buy\n" + _ladder(answer, estate))
    return "\n\n".join([*parts, *(f"Note: {note}" for note in report.notes)])


def _ladder(answer: CommitmentAdvice, estate: Estate) -> str:
    found = ladder_of(estate, answer).ladder
    rows = [(one.purchase_on, one.state, one.title, one.expires_on) for one in found.steps]
    waiting = f"Waiting forgoes {usd(found.forgone_savings_usd)} of savings in all."
    missed = [f"{one.month}: {one.reason}" for one in found.cannot_be_met]
    return "\n".join([table(("on", "what for", "buy", "ends"), rows), waiting, *missed])


def _gap(answer: CommitmentAdvice) -> str:
    report = answer.report
    gap = report.optimality_gap_pct
    sized = abs(report.expected_savings_usd - report.annual_savings_usd) >= 1
    ahead = f", {usd(report.expected_savings_usd)} where demand is heading" if sized else ""
    of = " of that demand" if sized else ""
    return ahead if gap is None else f"{ahead}, at most {gap:.4f}% above the least possible bill{of}"
