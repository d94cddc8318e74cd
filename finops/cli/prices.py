"""``prices show TYPE REGION``: what AWS charges. ``prices update FILE_OR_URL…``: what it charges now."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from finops.answers.price_update import PriceUpdate, update_prices
from finops.answers.prices import prices
from finops.cli.output import Printout, document_of, table
from finops.cli.progress import TerminalProgress
from finops.schema import PLATFORMS

_UPDATE = """\
Reads AWS's own offer files into the price catalogue: On-Demand, Reserved Instances and
Savings Plans for Linux, Windows and Red Hat with shared tenancy. Files are JSON or CSV,
gzipped or not, on this disk or at an address; a region_index.json stands for the files
of its regions. What the files do not hold keeps its price. All files are taken or none:
if one cannot be read, the catalogue stays as it was. What an interrupted run has fetched
is kept, and the same command goes on from there."""
_UPDATE_EXAMPLE = """\
AWS's files (hundreds of MB for a large region), at https://pricing.us-east-1.amazonaws.com:
  /offers/v1.0/aws/AmazonEC2/current/us-east-1/index.json
  /offers/v1.0/aws/AmazonEC2/current/region_index.json
  /savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json"""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    actions = commands.add_parser("prices", help="the price catalogue").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    show = actions.add_parser("show", parents=[json], help="On-Demand and commitment prices of a type")
    show.add_argument("instance_type", metavar="TYPE", help="such as m5.large")
    show.add_argument("region", metavar="REGION", help="such as us-east-1")
    show.add_argument("--platform", choices=PLATFORMS, default=PLATFORMS[0])
    show.set_defaults(run=run_show)
    update = actions.add_parser(
        "update",
        parents=[json],
        help="read AWS's offer files into the catalogue",
        description=_UPDATE,
        epilog=_UPDATE_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    update.add_argument(
        "places", metavar="FILE_OR_URL", nargs="+", help="an offer file, or the index of its regions"
    )
    update.add_argument(
        "--regions",
        metavar="LIST",
        type=_names,
        default=(),
        help="take these regions only, such as us-east-1,eu-west-1; all by default",
    )
    update.set_defaults(run=run_update)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("expected regions separated by commas")
    return names


def run_show(args: argparse.Namespace) -> Printout:
    answer = prices(args.instance_type, args.region, args.platform)
    headers = ("commitment", "class", "years", "payment", "$/h", "upfront $", "recurring $/h", "basis")
    rows = [
        (
            offer.kind.replace("_", " "),
            offer.offering_class or "",
            offer.term_years,
            offer.payment_option,
            f"{offer.effective_usd_per_hour:.5f}",
            f"{offer.upfront_usd:,.0f}",
            f"{offer.recurring_usd_per_hour:.5f}",
            offer.basis,
        )
        for offer in answer.commitments
    ]
    text = (
        f"{answer.instance_type} in {answer.region}, {answer.platform}: "
        f"${answer.on_demand_usd_per_hour:g} an hour On-Demand "
        f"(as of {answer.as_of}, {answer.source})\n\n{table(headers, rows)}"
    )
    return Printout(document=document_of(answer), text=text)


def run_update(args: argparse.Namespace) -> Printout:
    answer = update_prices(args.places, args.regions, TerminalProgress())
    warnings = tuple(
        f"{each.file}: {each.region} was not taken, {each.reason}" for each in answer.refused
    )
    return Printout(document=document_of(answer), text=_updated(answer), warnings=warnings)


def _updated(answer: PriceUpdate) -> str:
    older = f", {answer.prices_older:,} older than what is known" if answer.prices_older else ""
    head = (
        f"{answer.prices_taken:,} prices of {answer.instance_types:,} instance types in "
        f"{len(answer.regions)} regions, as of {answer.as_of}: {answer.prices_new:,} new, "
        f"{answer.prices_changed:,} changed{older}\nin {answer.path}"
    )
    files = [
        (each.file, each.offer_code, each.published, _few(each.regions), each.prices, each.placeholders)
        for each in answer.files
    ]
    parts = [head, table(("file", "offer", "published", "regions", "prices", "of $0"), files)]
    if answer.largest_changes:
        changes = [
            (
                *(change.region, change.instance_type, change.platform),
                _offer(change.kind, change.offering_class, change.term_years, change.payment_option),
                f"{change.before_usd_per_hour:.5f}",
                f"{change.after_usd_per_hour:.5f}",
                f"{change.change_pct:+.2f}%",
                change.basis_before,
            )
            for change in answer.largest_changes
        ]
        headers = ("region", "type", "platform", "price", "before $/h", "now $/h", "change", "was")
        parts.append("The largest changes\n" + table(headers, changes))
    return "\n\n".join(parts)


def _offer(*words: object) -> str:
    return " ".join(str(word).replace("_", " ") for word in words if word is not None)


def _few(names: Iterable[str]) -> str:
    first, *more = list(names) or ["–"]
    return f"{first} and {len(more)} more" if more else first
