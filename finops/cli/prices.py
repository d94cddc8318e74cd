"""``prices show TYPE REGION``: what AWS charges."""

from __future__ import annotations

import argparse

from finops.answers.prices import prices
from finops.cli.output import Printout, document_of, table
from finops.schema import PLATFORMS


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
    show.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
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
