"""The actions of ``tags``: the policy in and out, what violates it, and what puts that right."""

from __future__ import annotations

import argparse

from finops.answers import tag_policies
from finops.answers.compliance import compliance, read_policy, to_target
from finops.answers.remediation import Chosen, remediation, violations, write_remediation
from finops.answers.tag_suggestions import accepted_values
from finops.cli.arguments import estate_of, path
from finops.cli.output import Printout, document_of, percent, table
from finops.files import write_whole
from finops.money import usd
from finops.spreadsheet import csv_text


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    """The actions beside ``tags`` itself."""
    imported = actions.add_parser("import", parents=[inputs], help="put a policy in force")
    imported.add_argument(
        "file", nargs="+", type=path, help="a policy, or tag policies of AWS from the root down"
    )
    imported.add_argument(
        "--preview", action="store_true", help="say what would change, and save nothing"
    )
    imported.set_defaults(run=_import)
    export = actions.add_parser("export", parents=[json], help="the policy as one of AWS Organizations")
    export.add_argument("file", metavar="FILE", type=path)
    export.set_defaults(run=_export)
    listed = actions.add_parser("violations", parents=[inputs], help="what each resource violates")
    listed.add_argument("--policy", metavar="FILE", type=path, help="tag policy (JSON)")
    listed.add_argument("--key", help="only resources that violate this key")
    listed.add_argument(
        "--to-target", choices=("cost", "count"), help="only the fewest that reach the target"
    )
    listed.add_argument("--out", metavar="FILE", type=path, help="write them as CSV")
    listed.set_defaults(run=_violations)
    remediate = actions.add_parser(
        "remediate", parents=[inputs], help="the tags to set, as a list, a script or a policy"
    )
    remediate.add_argument("--policy", metavar="FILE", type=path, help="tag policy (JSON)")
    remediate.add_argument("--key", help="only this key")
    remediate.add_argument(
        "--out",
        metavar="FILE",
        type=path,
        required=True,
        help=".csv, .xlsx, .sh (a script for the AWS CLI) or .yml (Cloud Custodian)",
    )
    remediate.set_defaults(run=_remediate)
    actions.add_parser(
        "reset", parents=[json], help="rename documents that cannot be read, and start anew"
    ).set_defaults(run=_reset)


def _import(args: argparse.Namespace) -> Printout:
    answer = tag_policies.import_policy(args.file, estate_of(args), save=not args.preview)
    keys, shown = ", ".join(answer.policy.required), answer.report
    text = (
        f"{'in force' if answer.saved else 'not saved'}: required {keys}\n"
        f"by count {percent(shown.compliance_before_pct)} → {percent(shown.compliance_pct)}, "
        f"by cost {percent(shown.compliance_by_cost_before_pct)} → "
        f"{percent(shown.compliance_by_cost_pct)}\n"
        f"resources that newly fail: {len(shown.newly_failing)}, newly pass: {len(shown.newly_passing)}"
    )
    return Printout(document=document_of(answer), text=text)


def _export(args: argparse.Namespace) -> Printout:
    answer = tag_policies.export_policy(args.file)
    return Printout(
        document={"file": str(args.file), "keys": answer.keys, "warnings": answer.warnings},
        text=f"{answer.keys} keys written to {args.file}",
        warnings=answer.warnings,
    )


def _violations(args: argparse.Namespace) -> Printout:
    answer = compliance(estate_of(args), read_policy(args.policy) if args.policy else None)
    rows = violations(answer, Chosen(key=args.key))
    if args.to_target:
        rows = to_target(answer, rows, by=args.to_target)
    if args.out:
        write_whole(args.out, csv_text(rows).encode())
    headers = ("resource", "service", "region", "missing", "wrong spelling", "not allowed", "$/month")
    columns = ["resource_id", "service", "region", "missing", "wrong_case", "invalid"]
    cells = zip(*(rows[name] for name in columns), map(usd, rows["monthly_cost_usd"]), strict=True)
    return Printout(
        document={
            "violations": rows,
            "path_to_target": answer.report.path_to_target,
            "as_of": answer.as_of,
            "source": answer.source,
        },
        text=f"{len(rows)} resources written to {args.out}" if args.out else table(headers, cells),
    )


def _remediate(args: argparse.Namespace) -> Printout:
    answer = compliance(estate_of(args), read_policy(args.policy) if args.policy else None)
    found = remediation(answer, Chosen(key=args.key), accepted_values(answer.as_of))
    write_remediation(found, args.out)
    return Printout(
        document={
            "file": str(args.out),
            "resources": len(found.rows),
            "tags": len(found.fixes),
            "known": found.known,
            "calls": len(found.calls.known),
            "by_hand": found.calls.by_hand,
            "as_of": answer.as_of,
            "source": answer.source,
        },
        text=(
            f"{args.out}: {len(found.fixes)} tags on {len(found.rows)} resources, "
            f"{found.known} with a known value; {len(found.calls.by_hand)} only by hand"
        ),
    )


def _reset(args: argparse.Namespace) -> Printout:
    moved = [str(one) for one in tag_policies.reset()]
    return Printout(
        document={"moved": moved}, text="\n".join(moved) or "every document can be read; nothing moved"
    )
