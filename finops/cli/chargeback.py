"""``chargeback``: who pays for what, to the cent."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from finops.answers.allocation import (
    BASES,
    MODES,
    Chargeback,
    ChargebackSettings,
    chargeback_csv,
    kept_rules,
    read_drivers,
    read_rules,
    read_shares,
)
from finops.answers.chargeback_export import MODES as FILE_MODES
from finops.answers.chargeback_export import export_chargeback
from finops.answers.closing import Settled, close_period, reopen_period, settled
from finops.answers.tag_suggestions import virtual_tags
from finops.cli import chargeback_rules
from finops.cli.arguments import ActionsWithin, estate_of, month, path
from finops.cli.output import Printout, document_of, percent, plain, table
from finops.estate import Estate
from finops.files import write_whole
from finops.money import usd
from finops.storage import default_store


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser("chargeback", parents=[inputs], help="cost by team, project or any tag")
    parser.add_argument("--by", metavar="TAG", help="a tag key such as Team, or AccountId")
    parser.add_argument("--shared", choices=MODES, default="none", help="who pays for untagged cost")
    parser.add_argument("--basis", choices=BASES, default="billed", help="cost column of the bill")
    parser.add_argument("--period", metavar="YYYY-MM", type=month, help="default: the last full month")
    parser.add_argument("--shares", metavar="FILE", type=path, help="JSON: target → share, for fixed")
    parser.add_argument(
        "--rules", metavar="FILE", type=path, help="allocation rules (JSON); default: the kept ones"
    )
    parser.add_argument(
        "--drivers", metavar="FILE", type=path, help="CSV: allocated_to and a column for each driver"
    )
    parser.add_argument("--out", metavar="FILE", type=path, help="write the lines as CSV")
    parser.add_argument(
        "--export",
        metavar="FOLDER",
        type=path,
        help="write summary, detail, journal and FOCUS as CSV, and the workbook",
    )
    parser.add_argument(
        "--mode",
        choices=FILE_MODES,
        default=FILE_MODES[0],
        help="showback reports and has no journal; chargeback, the default, invoices",
    )
    closing = parser.add_mutually_exclusive_group()
    closing.add_argument("--close", action="store_true", help="freeze the lines, totals and hash")
    closing.add_argument("--reopen", metavar="REASON", help="let a closed period go; it is logged")
    parser.add_argument("--who", metavar="NAME", default="", help="who closes or reopens")
    parser.set_defaults(run=run, refuse=parser.error)
    actions = parser.add_subparsers(action=ActionsWithin, dest="action", metavar="ACTION")
    chargeback_rules.add_to(actions, json)


def run(args: argparse.Namespace) -> Printout:
    if args.by is None:
        args.refuse("say by which tag: --by TAG, such as --by Team")
    settings = ChargebackSettings(
        by=args.by,
        shared=args.shared,
        basis=args.basis,
        period=args.period,
        shares=read_shares(args.shares) if args.shares else None,
        rules=read_rules(args.rules) if args.rules else kept_rules(),
        drivers=read_drivers(args.drivers) if args.drivers else None,
        virtual_tags=virtual_tags(),
    )
    estate = estate_of(args)
    result = _settled(args, estate, settings)
    answer = result.answer
    if args.out:
        write_whole(args.out, chargeback_csv(answer).encode())
    if args.export:
        export_chargeback(estate, result, args.export, args.mode)
    document = {name: value for name, value in document_of(answer).items() if name != "detail"}
    document["mode"] = args.mode
    document["closed_at"] = plain(result.closed_at)
    document["closed_by"] = result.closed_by
    document["restated"] = result.restated
    document["other_terms"] = plain(result.other_terms)
    document["adjustments"] = plain(result.adjustments)
    return Printout(document=document, text="\n\n".join([_text(answer), *_closing(result)]))


def _settled(args: argparse.Namespace, estate: Estate, settings: ChargebackSettings) -> Settled:
    store = default_store()
    if args.close:
        return close_period(estate, settings, store, at=datetime.now(UTC), who=args.who)
    if args.reopen is not None:
        return reopen_period(
            estate, settings, store, at=datetime.now(UTC), who=args.who, reason=args.reopen
        )
    return settled(estate, settings, store)


def _closing(result: Settled) -> Iterator[str]:
    if result.closed_at:
        yield f"Closed on {result.closed_at:%Y-%m-%d} by {result.closed_by}" + (
            "; the bill has been restated since" if result.restated else ""
        )
    if result.other_terms:
        apart = ", ".join(result.other_terms)
        yield f"What it was closed by counts, and not what is asked for now: {apart}"
    if result.adjustments:
        rows = [(one.period, one.allocated_to, usd(one.usd)) for one in result.adjustments]
        yield table(("closed period", "prior-period adjustment of", "dollars"), rows)


def _text(answer: Chargeback) -> str:
    report = answer.report
    head = (
        f"Chargeback by {report.by}, {report.period}, {report.basis} cost: {usd(report.total_usd)}, "
        f"of which {usd(report.allocated_usd)} allocated and {usd(report.unallocated_usd)} not; "
        f"difference to the input {usd(report.reconciliation_difference_usd)}; "
        f"hash of input and rules {report.digest[:12]}"
    )
    rows = [
        (
            line.allocated_to,
            usd(line.direct_usd),
            usd(line.shared_usd),
            usd(line.total_usd),
            usd(line.previous_usd),
            percent(line.percent),
            line.resources,
        )
        for line in report.lines
    ]
    headers = ("allocated to", "direct", "shared", "total", "month before", "share", "resources")
    return "\n\n".join([head, table(headers, rows), *_review(answer)])


def _review(answer: Chargeback) -> Iterator[str]:
    report, review = answer.report, answer.review
    if review.to_target_usd is not None:
        yield (
            f"Coverage {percent(report.allocated_pct)}; {usd(review.to_target_usd)} more to the "
            f"target of {review.target_pct} %"
        )
    if review.movers:
        rows = [
            (mover.allocated_to, usd(mover.change_usd), percent(mover.change_pct))
            for mover in review.movers
        ]
        yield table(("changed most", "dollars", "change"), rows)
    if any("/" in line.allocated_to for line in report.lines):
        centres = [
            (centre.name, usd(centre.total_usd), usd(centre.previous_usd), percent(centre.percent))
            for centre in review.top_cost_centres
        ]
        yield table(("top cost centre", "total", "month before", "share"), centres)
    if review.unit_costs:
        units = [
            (cost.driver, cost.allocated_to, cost.quantity, usd(cost.unit_cost_usd, 6))
            for cost in review.unit_costs
        ]
        yield table(("driver", "allocated to", "quantity", "a unit"), units)
    if report.advice:
        advice = [(line.action, usd(line.usd), line.resources) for line in report.advice]
        yield table(("to allocate better", "dollars", "resources"), advice)
