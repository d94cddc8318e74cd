"""``tags``: which resources carry the tags that the policy asks for, by count and by cost."""

from __future__ import annotations

import argparse

from finops.answers.compliance import Compliance, compliance, read_policy
from finops.cli.arguments import estate_of, path, percentage
from finops.cli.output import DONE, GATE_MISSED, Printout, document_of, percent, table
from finops.money import usd

SHOWN = 20


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser("tags", parents=[inputs], help="tag compliance by count and by cost")
    parser.add_argument("--policy", metavar="FILE", type=path, help="tag policy (JSON)")
    parser.add_argument(
        "--fail-under",
        metavar="PCT",
        type=percentage,
        help="exit with 3 if less than PCT percent of the resources comply",
    )
    parser.add_argument(
        "--exclude-terminated", action="store_true", help="leave terminated instances out"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    policy = read_policy(args.policy) if args.policy else None
    answer = compliance(estate_of(args), policy, include_terminated=not args.exclude_terminated)
    missed = args.fail_under is not None and (answer.report.compliance_pct or 0.0) < args.fail_under
    return Printout(
        document=document_of(answer),
        text=_text(answer),
        status=GATE_MISSED if missed else DONE,
    )


def _text(answer: Compliance) -> str:
    report = answer.report
    head = (
        f"{report.compliant} of {report.resources} resources comply: "
        f"{percent(report.compliance_pct)} by count, {percent(report.compliance_by_cost_pct)} by cost "
        f"(target {percent(report.target_pct, 0)}); {answer.basis.source}, {answer.basis.basis}, "
        f"{answer.basis.period}, as of {answer.as_of}"
    )
    rows = [
        (
            row["resource_id"],
            row["service"],
            row["region"],
            ", ".join(row["missing"]),
            ", ".join([*row["wrong_case"], *row["invalid"]]),
            usd(row["monthly_cost_usd"]),
        )
        for row in report.non_compliant.head(SHOWN).to_dict(orient="records")
    ]
    listed = table(("resource", "service", "region", "missing", "wrong", "$/month"), rows)
    more = len(report.non_compliant) - len(rows)
    return f"{head}\n\n{listed}" + (f"\n… and {more} more; --json lists them all" if more > 0 else "")
