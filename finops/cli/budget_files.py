"""``budgets import``, ``export`` and ``templates``: many budgets at once."""

from __future__ import annotations

import argparse

from finops.answers import budgets
from finops.answers.budgets import TemplateOptions
from finops.cli.arguments import between, estate_of, path, reading, whole
from finops.cli.budget_words import document_of_budget
from finops.cli.output import Printout, document_of, percent, table
from finops.money import usd


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    """The actions on many budgets."""
    imported = actions.add_parser("import", parents=[json], help="budgets from AWS Budgets JSON")
    imported.add_argument("file", metavar="FILE", type=path, help="of aws budgets describe-budgets")
    imported.set_defaults(run=_import)
    export = actions.add_parser("export", parents=[json], help="all budgets as AWS Budgets JSON")
    export.add_argument("file", metavar="FILE", type=path)
    export.set_defaults(run=_export)
    _add_templates(actions, inputs)


def _add_templates(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], inputs: argparse.ArgumentParser
) -> None:
    usual = TemplateOptions()
    templates = actions.add_parser(
        "templates", parents=[inputs], help="budgets whose amounts come from history"
    )
    templates.add_argument("--create", action="store_true", help="save them, in one step")
    templates.add_argument("--for", dest="kinds", type=_kinds, default=usual.kinds, metavar="KIND,…")
    templates.add_argument("--from", dest="basis", choices=budgets.BASES, default=usual.basis)
    templates.add_argument("--months", type=_months, default=usual.months, help="of history at most")
    for word, default in (("growth", usual.growth_pct), ("headroom", usual.headroom_pct)):
        templates.add_argument(f"--{word}", metavar="PCT", type=_percent, default=default)
    templates.set_defaults(run=_templates)


_months = reading(lambda text: whole(text, 1, 60), "a number of months from 1 to 60")
_percent = reading(lambda text: between(text, -99, 1000), "a percentage from -99 to 1000")


def _read_kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(part.strip() for part in text.split(","))
    if not set(kinds) <= set(budgets.KINDS):
        raise ValueError(text)
    return kinds


_kinds = reading(_read_kinds, f"kinds of {', '.join(budgets.KINDS)}")


def _import(args: argparse.Namespace) -> Printout:
    answer = budgets.import_file(args.file)
    headers = ("id", "name", "", "AWS: actual", "used", "not tracked, kept as it is")
    rows = [
        (
            one.id,
            one.name,
            one.action,
            usd(one.reported_usd),
            percent(one.reported_pct, 2),
            one.reason or "",
        )
        for one in answer.budgets
    ]
    return Printout(document=document_of(answer), text=table(headers, rows), warnings=answer.warnings)


def _export(args: argparse.Namespace) -> Printout:
    answer = budgets.export_file(args.file)
    return Printout(
        document={"file": str(args.file), "budgets": answer.budgets, "warnings": answer.warnings},
        text=f"{answer.budgets} budgets written to {args.file}",
        warnings=answer.warnings,
    )


def _templates(args: argparse.Namespace) -> Printout:
    options = TemplateOptions(
        basis=args.basis,
        months=args.months,
        growth_pct=args.growth,
        headroom_pct=args.headroom,
        kinds=args.kinds,
    )
    estate = estate_of(args)
    drafts = budgets.templates(estate, options)
    taken = {one.name for one in budgets.book().kept} if args.create else set()
    new = [draft.model_copy(update={"created": estate.as_of}) for draft in drafts]
    shown = budgets.create_all(one for one in new if one.name not in taken) if args.create else drafts
    rows = [(one.id, one.name, one.scope, usd(one.amount, 0)) for one in shown]
    return Printout(
        document={
            "budgets": [document_of_budget(one) for one in shown],
            "created": args.create,
            "as_of": estate.as_of,
        },
        text=table(("id", "name", "scope", "a month"), rows),
        warnings=tuple(
            f"{one.name!r} exists already and was left as it is" for one in new if one.name in taken
        ),
    )
