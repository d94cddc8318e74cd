"""``budgets``: keep them, and check whether they hold."""

from __future__ import annotations

import argparse

from finops.answers import budgets
from finops.answers.budgets import Budget, BudgetCheck, BudgetStatus
from finops.cli import alerts
from finops.cli.arguments import day, dollars, estate_of, reading
from finops.cli.output import (
    DONE,
    GATE_MISSED,
    UNUSABLE_INPUT,
    Printout,
    document_of,
    percent,
    plain,
    table,
)
from finops.money import usd

BREACHES = frozenset({"exceeded", "forecast_exceeded"})
GATES = {"warning": BREACHES | {"warning", "no_match", "unknown"}, "breach": BREACHES}


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    actions = commands.add_parser("budgets", help="budgets and their alerts").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    actions.add_parser("list", parents=[json], help="all budgets").set_defaults(run=_list)
    _add_create(actions, json)
    delete = actions.add_parser("delete", parents=[json], help="delete a budget")
    delete.add_argument("id", metavar="ID")
    delete.set_defaults(run=_delete)
    check = actions.add_parser("check", parents=[inputs], help="actual and forecast against budget")
    check.add_argument("--fail-on", choices=tuple(GATES), help="exit with 3 if a budget is so far")
    alerts.add_options(check)
    check.set_defaults(run=_check)
    alerts.add_to(actions, json)
    actions.add_parser(
        "reset", parents=[json], help="rename documents that cannot be read, and start anew"
    ).set_defaults(run=_reset)


def _add_create(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], json: argparse.ArgumentParser
) -> None:
    create = actions.add_parser("create", parents=[json], help="a new budget")
    create.add_argument("--name", required=True)
    create.add_argument("--scope-type", choices=budgets.SCOPE_TYPES, required=True)
    create.add_argument("--scope-value", default="", metavar="V", help="for a tag: Key=Value")
    create.add_argument("--amount", required=True, metavar="USD", type=dollars)
    create.add_argument("--period", choices=budgets.PERIODS, default="monthly")
    create.add_argument("--thresholds", metavar="50,80,100", default="50,80,100", type=_percentages)
    create.add_argument("--owner", default="")
    create.add_argument("--basis", choices=("billed", "effective"), default="billed")
    for end in ("start", "end"):
        create.add_argument(
            f"--{end}",
            metavar="YYYY-MM-DD",
            type=day,
            help=f"the {'first' if end == 'start' else 'last'} day of a custom period",
        )
    create.set_defaults(run=_create)


_percentages = reading(
    lambda text: tuple(float(part) for part in text.split(",")), "percentages such as 50,80,100"
)


def _list(args: argparse.Namespace) -> Printout:
    known = budgets.listed()
    headers = ("id", "name", "scope", "amount", "period", "thresholds", "owner")
    rows = [
        (
            budget.id,
            budget.name,
            _scope(budget),
            usd(budget.amount),
            budget.period,
            ", ".join(map(str, budget.thresholds)),
            budget.owner,
        )
        for budget in known
    ]
    return Printout(document={"budgets": [_document(one) for one in known]}, text=table(headers, rows))


def _create(args: argparse.Namespace) -> Printout:
    budget = budgets.create(
        {
            "name": args.name,
            "scope_type": args.scope_type,
            "scope_value": args.scope_value,
            "amount": args.amount,
            "period": args.period,
            "owner": args.owner,
            "alert_thresholds": args.thresholds,
            "cost_basis": args.basis,
            "start": args.start,
            "end": args.end,
        }
    )
    return Printout(document=_document(budget), text=f"{budget.id}  {budget.name}  {usd(budget.amount)}")


def _delete(args: argparse.Namespace) -> Printout:
    budget = budgets.delete(args.id)
    document = _document(budget) if isinstance(budget, Budget) else budget.model_dump()
    return Printout(document=document, text=f"deleted {budget.id}  {budget.name}")


def _reset(args: argparse.Namespace) -> Printout:
    moved = [str(path) for path in budgets.reset()]
    text = (
        "\n".join(f"renamed to {path}" for path in moved) or "every document can be read; nothing done"
    )
    return Printout(document={"renamed": moved}, text=text)


def _check(args: argparse.Namespace) -> Printout:
    estate = estate_of(args)
    told = alerts.told(args, estate, budgets.check(estate))
    answer = told.answer
    missed = args.fail_on and any(one.status in GATES[args.fail_on] for one in answer.budgets)
    return Printout(
        document={**document_of(answer), **told.document},
        text="\n\n".join(part for part in (_text(answer), told.text) if part),
        status=UNUSABLE_INPUT if told.failed else GATE_MISSED if missed else DONE,
        warnings=(*answer.warnings, *told.warnings),
    )


def _text(answer: BudgetCheck) -> str:
    headers = ("budget", "scope", "amount", "actual", "used", "$/day", "forecast", "80 %", "status")
    rows = [
        (
            one.name,
            _scope(one),
            usd(one.amount_usd),
            usd(one.actual_usd) + (" est." if one.estimated else ""),
            percent(one.percent_used),
            usd(one.burn_rate_usd_per_day),
            usd(one.forecast_usd),
            f"{usd(one.forecast_low_usd, 0)} … {usd(one.forecast_high_usd, 0)}",
            one.status,
        )
        for one in answer.budgets
    ]
    alerts = [f"{alert.severity}: {alert.message}" for alert in answer.alerts]
    return "\n\n".join([f"As of {answer.as_of}, {answer.source}", table(headers, rows), *alerts])


def _scope(budget: Budget | BudgetStatus) -> str:
    return f"{budget.scope_type} {budget.scope_value}".strip()


def _document(budget: Budget) -> dict[str, object]:
    fields = budget.model_dump() | {"alert_thresholds": budget.alert_thresholds}
    amount = fields.pop("amount")
    return {name: plain(value) for name, value in (fields | {"amount_usd": amount}).items()}
