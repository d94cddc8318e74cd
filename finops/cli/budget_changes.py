"""``budgets create``, ``update``, ``copy``, ``pause``, ``resume``, ``delete`` and ``restore``."""

from __future__ import annotations

import argparse
from functools import partial

from finops.answers import budgets
from finops.answers.budgets import Budget, UntrackedBudget
from finops.cli.budget_words import add_words, document_of_budget, fields_of
from finops.cli.output import Printout
from finops.money import usd


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], json: argparse.ArgumentParser
) -> None:
    """The actions that change budgets."""
    create = actions.add_parser("create", parents=[json], help="a new budget")
    add_words(create, new=True)
    create.set_defaults(run=partial(_create, create))
    update = _with_id(actions, json, "update", "change what is named of a budget")
    add_words(update, new=False)
    update.add_argument(
        "--base",
        metavar="REVISION",
        help="refuse where the budget is not of this revision (of list) any more",
    )
    update.set_defaults(run=partial(_update, update))
    copy = _with_id(actions, json, "copy", "a copy under a new id")
    copy.add_argument("--name", help="of the copy; by default NAME (copy)")
    copy.set_defaults(run=_copy)
    for verb, what, run in (
        ("pause", "stop its alerts", _pause),
        ("resume", "let it alert again", _resume),
        ("delete", "delete a budget; restore undoes it", _delete),
        ("restore", "bring back a deleted budget", _restore),
    ):
        _with_id(actions, json, verb, what).set_defaults(run=run)


def _with_id(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    json: argparse.ArgumentParser,
    verb: str,
    what: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(verb, parents=[json], help=what)
    parser.add_argument("id", metavar="ID")
    return parser


def _create(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Printout:
    fields = fields_of(args)
    if fields.get("amount") is None and not fields.get("planned"):
        parser.error("the following arguments are required: --amount (or --planned)")
    return _done("", budgets.create(fields))


def _update(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Printout:
    changes = fields_of(args)
    if not changes:
        parser.error("nothing to change was named")
    return _done("updated ", budgets.update(args.id, changes, base_revision=args.base))


def _copy(args: argparse.Namespace) -> Printout:
    return _done("", budgets.copy(args.id, args.name))


def _pause(args: argparse.Namespace) -> Printout:
    return _done("paused ", budgets.pause(args.id))


def _resume(args: argparse.Namespace) -> Printout:
    return _done("resumed ", budgets.resume(args.id))


def _delete(args: argparse.Namespace) -> Printout:
    return _done("deleted ", budgets.delete(args.id))


def _restore(args: argparse.Namespace) -> Printout:
    return _done("restored ", budgets.restore(args.id))


def _done(what: str, budget: Budget | UntrackedBudget) -> Printout:
    amount = f"  {usd(budget.amount)}" if isinstance(budget, Budget) else ""
    return Printout(
        document=document_of_budget(budget), text=f"{what}{budget.id}  {budget.name}{amount}"
    )
