"""``budgets``: keep them, and check whether they hold."""

from __future__ import annotations

import argparse

from finops.answers import budgets
from finops.answers.budgets import BudgetCheck
from finops.cli import alerts, budget_changes, budget_files, budget_outlooks
from finops.cli.arguments import estate_of
from finops.cli.budget_words import document_of_budget
from finops.cli.output import (
    DONE,
    GATE_MISSED,
    UNUSABLE_INPUT,
    Printout,
    document_of,
    percent,
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
    budget_changes.add_to(actions, json)
    budget_files.add_to(actions, inputs, json)
    budget_outlooks.add_to(actions, inputs)
    check = actions.add_parser("check", parents=[inputs], help="actual and forecast against budget")
    check.add_argument("--fail-on", choices=tuple(GATES), help="exit with 3 if a budget is so far")
    alerts.add_options(check)
    check.set_defaults(run=_check)
    alerts.add_to(actions, json)
    actions.add_parser(
        "reset", parents=[json], help="rename documents that cannot be read, and start anew"
    ).set_defaults(run=_reset)


def _list(args: argparse.Namespace) -> Printout:
    kept = budgets.book()
    headers = ("id", "name", "scope", "amount", "period", "thresholds", "owner", "")
    rows: list[tuple[str, ...]] = [
        (
            budget.id,
            budget.name,
            budget.scope,
            usd(budget.amount),
            budget.period,
            ", ".join(map(str, budget.thresholds)),
            budget.owner,
            "" if budget.status == "active" else budget.status,
        )
        for budget in kept.budgets
    ]
    rows += [
        (one.id, one.name, "–", "–", "–", "", "", f"not tracked: {one.reason}") for one in kept.untracked
    ]
    return Printout(
        document={
            "budgets": [document_of_budget(one) for one in kept.budgets],
            "untracked": [document_of_budget(one) for one in kept.untracked],
            "deleted": [{"id": one.id, "name": one.name} for one in kept.deleted],
        },
        text=table(headers, rows),
    )


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
            one.scope,
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
    over = [
        f"{one.name}: its {len(one.parts)} parts add up to {usd(one.allocated_usd)}, "
        f"{usd(one.over_allocated_usd)} more than {usd(one.amount_usd)}"
        for one in answer.allocations
        if one.over_allocated_usd
    ]
    reported = [
        f"{one.name}: AWS Budgets had calculated {usd(one.reported_usd)}, "
        f"{percent(one.reported_pct, 2)} used"
        for one in answer.budgets
        if one.reported_usd is not None
    ]
    raised = [f"{alert.severity}: {alert.message}" for alert in answer.alerts]
    return "\n\n".join(
        [f"As of {answer.as_of}, {answer.source}", table(headers, rows), *over, *reported, *raised]
    )
