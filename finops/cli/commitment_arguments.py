"""Which words do the commands on commitments share? The limits that people really have."""

from __future__ import annotations

import argparse

from finops.answers.commitments import EVERY_KIND, CommitmentSettings
from finops.cli.arguments import between, days, percentage, reading
from finops.schema import COMMITMENT_KINDS, OFFERING_CLASSES, PAYMENT_OPTIONS


def _known_kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in text.split(","))
    if not kinds or set(kinds) - set(COMMITMENT_KINDS):
        raise ValueError(text)
    return kinds


_kinds = reading(_known_kinds, f"one or more of {', '.join(COMMITMENT_KINDS)}")
_dollars = reading(lambda text: between(text, 0, 10**15), "dollars such as 1500 or 99.50, 0 or more")
_months = reading(lambda text: between(text, 0, 36), "months from 0 to 36")
_rate = reading(lambda text: between(text, 0, 100), "a percentage a year from 0 to 100")
_share = reading(lambda text: between(text, 0, 1), "a number from 0 to 1")
_discount = reading(lambda text: between(text, 0, 99), "a percentage from 0 to 99")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """The limits, none of which holds unless it is given."""
    group = parser.add_argument_group("limits (none unless given)")
    group.add_argument(
        "--kinds", type=_kinds, default=EVERY_KIND, metavar="KINDS", help=f"of {', '.join(EVERY_KIND)}"
    )
    group.add_argument("--term", type=int, choices=(1, 3), help="years (default: either)")
    group.add_argument("--payment", choices=PAYMENT_OPTIONS, help="default: any")
    group.add_argument(
        "--offering-class", choices=OFFERING_CLASSES, help="of Reserved Instances (default: either)"
    )
    group.add_argument(
        "--max-upfront", metavar="USD", type=_dollars, help="pay at most so much at the start, in all"
    )
    group.add_argument(
        "--target-coverage", metavar="PCT", type=percentage, help="do not cover more than PCT percent"
    )
    group.add_argument(
        "--min-utilization",
        metavar="PCT",
        type=percentage,
        help="buy no row that the evidence would use for less than PCT percent",
    )
    group.add_argument(
        "--max-break-even",
        metavar="MONTHS",
        type=_months,
        help="buy no row that breaks even after more months",
    )
    group.add_argument(
        "--max-expiring-pct",
        metavar="PCT",
        type=percentage,
        help="spread purchases so that at most PCT percent of what stands ends in one month (ladder)",
    )
    group.add_argument(
        "--discount-rate",
        metavar="PCT",
        type=_rate,
        default=0.0,
        help="what money costs in percent a year: weigh dollars at the start against later ones",
    )
    group.add_argument(
        "--negotiated-discount",
        metavar="PCT",
        type=_discount,
        default=0.0,
        help="what a private agreement takes off On-Demand list prices",
    )
    group.add_argument(
        "--risk-aversion",
        metavar="X",
        type=_share,
        default=0.0,
        help="0: least expected cost (default); 1: least cost in the worst tenth of the cases",
    )
    group.add_argument(
        "--prefer-reserved",
        action="store_true",
        help="take Reserved Instances where a Savings Plan costs the same (default: the plan, which is "
        "more flexible)",
    )
    group.add_argument(
        "--lookback-days",
        metavar="N",
        type=days,
        help="size on the last N days as they were (default: the window that a back-test chooses)",
    )


def settings_of(args: argparse.Namespace) -> CommitmentSettings:
    """The settings that the words name."""
    share = args.target_coverage
    return CommitmentSettings(
        kinds=args.kinds,
        term_years=args.term,
        payment_option=args.payment,
        offering_class=args.offering_class,
        lookback_days=args.lookback_days,
        target_coverage=None if share is None else share / 100,
        max_upfront_usd=args.max_upfront,
        min_utilization_pct=args.min_utilization,
        max_break_even_months=args.max_break_even,
        max_expiring_pct=args.max_expiring_pct,
        discount_rate=args.discount_rate / 100,
        negotiated_discount_pct=args.negotiated_discount,
        risk_aversion=args.risk_aversion,
        prefer_reserved=args.prefer_reserved,
    )
