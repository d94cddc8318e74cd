"""``inspect``: what the input holds, what is wrong with it, and how the list becomes the bill."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from finops.answers.inspection import BillReport, Inspection, inspect
from finops.cli.arguments import estate_of
from finops.cli.output import Printout, document_of, percent, table
from finops.ingest.bills.doctor_records import TagCover, amount_text
from finops.money import usd

_MOST_ROWS = 20


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
        *([] if answer.bill is None else _bill(answer.bill)),
        f"EC2: {answer.ec2.resources} instances ({answer.ec2.running} running, "
        f"{answer.ec2.stopped} stopped, {answer.ec2.terminated} terminated), "
        f"{usd(answer.ec2.monthly_cost_usd)} a month at 730 hours\n"
        f"S3: {answer.s3.resources} buckets, {usd(answer.s3.monthly_cost_usd)} a month",
        *(["Shown + set aside = file\n" + _totals(answer)] if answer.has_lists else []),
        "Issues\n" + _issues(answer),
    ]
    return "\n\n".join([*parts, *_reconciliation(answer)])


def _files(answer: Inspection) -> str:
    headers = ("file", "format", "version", "rows", "set aside", "billed", "effective", "list", "period")
    rows = [
        (
            file.path,
            file.format,
            file.version or "–",
            file.rows,
            file.set_aside_rows,
            amount_text(file.billed_cost, file.currency),
            amount_text(file.effective_cost, file.currency),
            amount_text(file.list_cost, file.currency),
            f"{file.period_start:%Y-%m-%d} … {file.period_end:%Y-%m-%d}" if file.period_start else "–",
        )
        for file in answer.files
    ]
    return table(headers, rows)


def _bill(bill: BillReport) -> list[str]:
    """What the doctor says: what the bill can be used for, and where its money is."""
    days = bill.calendar
    span = f", {days.first} … {days.last}" if days.first else ""
    parts = [
        f"The bill ({bill.currency}, {bill.granularity}{span}) can be used for\n" + _verdicts(bill),
        "By line type\n" + _line_types(bill),
    ]
    if bill.commitments:
        parts.append("Commitments: purchased = used + unused\n" + _commitments(bill))
    parts.append("Accounts" + _of(len(bill.accounts)) + "\n" + _accounts(bill))
    keys = [cover for cover in bill.tags if cover.key is not None]
    if keys:
        parts.append("Tags on the cost of resources" + _of(len(keys)) + "\n" + _tags(keys))
    return parts


def _of(number: int) -> str:
    return f" (the first {_MOST_ROWS} of {number})" if number > _MOST_ROWS else ""


def _verdicts(bill: BillReport) -> str:
    rows = [(verdict.feature, verdict.usable, verdict.reason) for verdict in bill.verdicts]
    return table(("feature", "usable", "why"), rows)


def _line_types(bill: BillReport) -> str:
    headers = (
        "line type",
        "lines",
        "unblended",
        "billed",
        "effective",
        "unknown lines",
        "list",
        "contracted",
    )
    whole, of = bill.bases, bill.currency
    rows: list[tuple[object, ...]] = [
        (
            total.line_item_type,
            total.lines,
            *(amount_text(amount, of) for amount in (total.unblended, total.billed, total.effective)),
            total.unknown_effective_lines,
            *(amount_text(amount, of) for amount in (total.list, total.contracted)),
        )
        for total in bill.line_types
    ]
    rows.append(
        (
            "Total",
            sum(total.lines for total in bill.line_types),
            *(amount_text(amount, of) for amount in (whole.gross, whole.billed, whole.effective)),
            sum(total.unknown_effective_lines for total in bill.line_types),
            *(amount_text(amount, of) for amount in (whole.list, whole.contracted)),
        )
    )
    return table(headers, rows)


def _commitments(bill: BillReport) -> str:
    headers = ("commitment", "type", "purchased", "used", "unused", "utilization", "verdict", "why")
    return table(
        headers,
        [
            (
                check.id or "(no id)",
                check.type or "–",
                *(
                    amount_text(amount, bill.currency)
                    for amount in (check.purchased_usd, check.used_usd, check.unused_usd)
                ),
                percent(check.utilization_pct),
                check.verdict,
                check.reason,
            )
            for check in bill.commitments
        ],
    )


def _accounts(bill: BillReport) -> str:
    headers = ("account", "name", "payer", "lines", "billed", "effective")
    return table(
        headers,
        [
            (
                account.account_id or "–",
                account.account_name or "–",
                account.billing_account_id or "–",
                account.lines,
                amount_text(account.billed, bill.currency),
                amount_text(account.effective, bill.currency),
            )
            for account in bill.accounts[:_MOST_ROWS]
        ],
    )


def _tags(keys: Sequence[TagCover]) -> str:
    rows = [(cover.key, cover.lines, percent(cover.cost_pct)) for cover in keys[:_MOST_ROWS]]
    return table(("key", "lines", "of the cost"), rows)


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
    """Most dollars first; otherwise in the order in which they were found."""
    headers = ("severity", "code", "rows", "USD", "file", "what")
    by_dollars = sorted(answer.issues, key=lambda issue: -abs(issue.cost_usd or 0))
    return table(
        headers,
        [
            (issue.severity, issue.code, issue.rows, usd(issue.cost_usd), issue.file, issue.message)
            for issue in by_dollars
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
