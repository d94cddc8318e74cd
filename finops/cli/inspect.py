"""``inspect``: what the input holds, what is wrong with it, and how the list becomes the bill."""

from __future__ import annotations

import argparse

from finops.answers.inspection import Inspection, inspect
from finops.cli.arguments import estate_of
from finops.cli.output import Printout, document_of, table
from finops.money import usd


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser(
        "inspect", parents=[inputs], help="what the input holds and what is wrong with it"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    answer = inspect(estate_of(args))
    return Printout(document=document_of(answer), text=_text(answer))


def _text(answer: Inspection) -> str:
    parts = [
        f"As of {answer.as_of}",
        _files(answer),
        f"EC2: {answer.ec2.resources} instances ({answer.ec2.running} running, "
        f"{answer.ec2.stopped} stopped, {answer.ec2.terminated} terminated), "
        f"{usd(answer.ec2.monthly_cost_usd)} a month at 730 hours\n"
        f"S3: {answer.s3.resources} buckets, {usd(answer.s3.monthly_cost_usd)} a month",
        "Shown + set aside = file\n" + _totals(answer),
        "Issues\n" + _issues(answer),
    ]
    return "\n\n".join([*parts, *_reconciliation(answer)])


def _files(answer: Inspection) -> str:
    headers = ("file", "format", "rows", "set aside", "billed", "effective", "list", "period")
    rows = [
        (
            file.path,
            file.format,
            file.rows,
            file.set_aside_rows,
            usd(file.billed_cost),
            usd(file.effective_cost),
            usd(file.list_cost),
            f"{file.period_start:%Y-%m-%d} … {file.period_end:%Y-%m-%d}" if file.period_start else "–",
        )
        for file in answer.files
    ]
    return table(headers, rows)


def _totals(answer: Inspection) -> str:
    headers = ("list", "shown $/month", "set aside $/month", "file $/month")
    return table(
        headers,
        [
            (name, usd(of.monthly_cost_usd), usd(of.set_aside_monthly_usd), usd(of.file_monthly_usd))
            for name, of in (("EC2", answer.ec2), ("S3", answer.s3))
        ],
    )


def _issues(answer: Inspection) -> str:
    headers = ("severity", "code", "rows", "$/month", "file", "what")
    return table(
        headers,
        [
            (issue.severity, issue.code, issue.rows, usd(issue.cost_usd), issue.file, issue.message)
            for issue in answer.issues
        ],
    )


def _reconciliation(answer: Inspection) -> list[str]:
    if answer.reconciliation is None:
        return []
    steps = answer.reconciliation
    rows = [
        ("Run rate of the resource lists", usd(steps.run_rate_usd)),
        *((step.line, usd(step.usd)) for step in steps.lines),
        (f"Effective cost of {steps.period}", usd(steps.effective_usd)),
        ("Paid at another time than used", usd(steps.billed_minus_effective_usd)),
        (f"Billed cost of {steps.period}", usd(steps.billed_usd)),
    ]
    return ["From run rate to bill\n" + table(("step", "USD"), rows)]
