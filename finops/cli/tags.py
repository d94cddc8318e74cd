"""``tags``: which resources carry the tags that the policy asks for, by count and by cost.

Each run keeps the snapshot of its day, from which the trend is made.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from finops.answers.compliance import (
    Compliance,
    ComplianceReport,
    compliance,
    read_policy,
    recorded,
)
from finops.answers.tag_suggestions import VirtualCoverage, virtual_coverage
from finops.cli import tag_policies, tag_suggestions
from finops.cli.arguments import ActionsWithin, estate_of, path, percentage
from finops.cli.output import DONE, GATE_MISSED, Printout, document_of, percent, plain, table
from finops.money import usd

SHOWN = 20
_KINDS = {"missing": "missing key", "wrong_case": "wrong case or spelling", "invalid": "not allowed"}


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
    actions = parser.add_subparsers(action=ActionsWithin, dest="action", metavar="ACTION")
    tag_policies.add_to(actions, inputs, json)
    tag_suggestions.add_to(actions, inputs, json)


def run(args: argparse.Namespace) -> Printout:
    policy = read_policy(args.policy) if args.policy else None
    estate = estate_of(args)
    answer = compliance(estate, policy, include_terminated=not args.exclude_terminated)
    trend, warnings = recorded(estate, answer)
    virtual = virtual_coverage(answer)
    missed = args.fail_under is not None and (answer.report.compliance_pct or 0.0) < args.fail_under
    return Printout(
        document=document_of(answer) | {"trend": plain(trend), "virtual": plain(virtual)},
        text=_text(answer, virtual),
        status=GATE_MISSED if missed else DONE,
        warnings=warnings,
    )


def _text(answer: Compliance, virtual: Iterable[VirtualCoverage]) -> str:
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
    facts = "\n".join([head, *_facts(report), *_apart(answer), *_virtual(virtual)])
    return f"{facts}\n\n{listed}" + (f"\n… and {more} more; --json lists them all" if more > 0 else "")


def _facts(report: ComplianceReport) -> Iterator[str]:
    kinds = ", ".join(
        f"{_KINDS[line.kind]} {line.resources} ({usd(line.monthly_cost_usd)})" for line in report.by_kind
    )
    yield f"resources by violation: {kinds}"
    path = report.path_to_target
    for by, steps in (("cost", path.by_cost), ("count", path.by_count)):
        if steps is not None and steps.resources:
            yield (
                f"to {percent(path.target_pct, 0)} by {by}: put right the {steps.resources} dearest "
                f"({usd(steps.monthly_cost_usd)}), which gives {percent(steps.reaches_pct)}"
            )


def _virtual(virtual: Iterable[VirtualCoverage]) -> Iterator[str]:
    for line in virtual:
        yield (
            f"virtual {line.key}: {line.resources} of the resources that violate it, "
            f"{usd(line.monthly_cost_usd)}; they do not comply by that"
        )


def _apart(answer: Compliance) -> Iterator[str]:
    for part in (*answer.report.excluded, *answer.apart):
        yield f"apart: {part.reason}: {part.resources}, {usd(part.monthly_cost_usd)}"
