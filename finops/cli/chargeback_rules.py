"""``chargeback rules import``, ``show`` and ``reset``: the allocation rules that are kept."""

from __future__ import annotations

import argparse

from finops.answers import allocation_rules
from finops.answers.allocation_rules import AllocationRules, in_words
from finops.cli.arguments import ActionsWithin, path
from finops.cli.output import Printout, table


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], json: argparse.ArgumentParser
) -> None:
    """The actions below ``chargeback rules``."""
    parser = actions.add_parser("rules", parents=[json], help="the allocation rules that are kept")
    rules = parser.add_subparsers(
        action=ActionsWithin, dest="rules_action", required=True, metavar="ACTION"
    )
    imported = rules.add_parser("import", parents=[json], help="keep the rules of a file")
    imported.add_argument("file", metavar="FILE", type=path, help="allocation rules (JSON)")
    imported.set_defaults(run=_import)
    rules.add_parser("show", parents=[json], help="the rules in their order").set_defaults(run=_show)
    rules.add_parser(
        "reset", parents=[json], help="rename documents that cannot be read, and start anew"
    ).set_defaults(run=_reset)


def _import(args: argparse.Namespace) -> Printout:
    return _printed(allocation_rules.import_rules(args.file))


def _show(args: argparse.Namespace) -> Printout:
    return _printed(allocation_rules.kept_document().value)


def _reset(args: argparse.Namespace) -> Printout:
    moved = [str(one) for one in allocation_rules.reset()]
    return Printout(
        document={"moved": moved}, text="\n".join(moved) or "every document can be read; nothing moved"
    )


def _printed(rules: AllocationRules) -> Printout:
    headers = ("rule", "kind", "what it says", "from", "to")
    rows = [
        (rule.name, rule.kind.replace("_", " "), in_words(rule), rule.starts or "", rule.ends or "")
        for rule in rules.rules
    ]
    text = table(headers, rows) if rows else "no rules are kept: the tag that is asked for says who pays"
    return Printout(
        document=rules.model_dump(mode="json"),
        text=f"{text}\n\ncommitments: {rules.commitments.replace('_', ' ')}",
    )
