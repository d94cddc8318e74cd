"""How is advice bought? By a bash script that looks offerings up, compares prices, and buys if told to.

A run without PURCHASE=yes shows every command and buys nothing. See ``purchase_shell`` for what it does.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from finops.answers.purchase_orders import PLAN_TYPES, SECONDS_OF_TERM, Order, tokens
from finops.answers.purchase_shell import FUNCTIONS, RUN
from finops.money import HOURS_PER_MONTH, exact_sum, usd
from finops.ri_engine import RI
from finops.ri_engine.proposals import purchase_date

_PRICE = Decimal("0.000001")


def script_of(orders: Sequence[Order], as_of: date) -> str:
    """The script for these orders. Equal orders of one day of advice give equal text.

    Every value is a word of AWS (``orders_of`` has checked it) and quoted for the shell besides.
    """
    calls = [_call(one, token) for one, token in zip(orders, tokens(orders, as_of), strict=True)]
    return "\n".join(
        [
            "#!/usr/bin/env bash",
            f"# Commitments advised on data up to {as_of}. Made by the FinOps dashboard.",
            "# shellcheck disable=SC2016 # a $ in quotes is a dollar",
            "set -euo pipefail",
            "export LC_ALL=C AWS_PAGER=",
            f"AS_OF={as_of} SINCE={purchase_date(as_of)}",
            "",
            FUNCTIONS,
            "totals() {",
            *(f"  say {shlex.quote(line)}" for line in _totals(orders, as_of)),
            "}",
            "",
            "orders() {",
            *(calls or ["  :"]),
            "}",
            "",
            RUN,
        ]
    )


def _call(one: Order, token: str) -> str:
    head = (token, one.purchase_on.isoformat(), one.account_id, one.title)
    words = (*head, *(_reserved(one) if one.kind == RI else _plan(one)))
    name = "reserved" if one.kind == RI else "plan"
    return f"  {name} {' '.join(shlex.quote('' if word is None else str(word)) for word in words)}"


def _reserved(one: Order) -> tuple[object, ...]:
    count = one.quantity or 1
    return (
        one.region,
        one.instance_type,
        one.platform,
        one.tenancy,
        one.offering_class,
        one.payment_option,
        SECONDS_OF_TERM[one.term_years],
        count,
        one.limit_usd if one.limit_usd > 0 else None,
        _price(one.upfront_usd / count),
        _price(one.recurring_hourly_usd / count),
    )


def _plan(one: Order) -> tuple[object, ...]:
    return (
        PLAN_TYPES[one.kind],
        one.region,
        one.instance_family,
        one.payment_option,
        SECONDS_OF_TERM[one.term_years],
        format(one.hourly_commitment_usd or Decimal(0), "f"),
        one.upfront_payment_usd,
    )


def _price(amount: Decimal) -> str:
    return format(amount.quantize(_PRICE), "f")


def _totals(orders: Sequence[Order], as_of: date) -> list[str]:
    upfront = exact_sum(one.upfront_usd for one in orders)
    monthly = exact_sum(one.recurring_hourly_usd for one in orders) * HOURS_PER_MONTH
    accounts = sorted({one.account_id for one in orders if one.account_id})
    cash = f"{usd(upfront)} upfront and {usd(monthly)} a month"
    lines = [f"Advice on data up to {as_of}: {len(orders)} orders, {cash}."]
    for kind, what in ((RI, "Reserved Instances"), *PLAN_TYPES.items()):
        of_kind = [one for one in orders if one.kind == kind]
        if not of_kind:
            continue
        if kind == RI:
            amount = f"{sum(one.quantity or 0 for one in of_kind):,} {what}"
        else:
            hourly = exact_sum(one.hourly_commitment_usd or 0 for one in of_kind)
            amount = f"{what} Savings Plans of {usd(hourly, 3)} an hour"
        lines.append(f"  {amount}: {usd(exact_sum(one.upfront_usd for one in of_kind))} upfront")
    if accounts:
        lines.append(f"  to be bought from account {', '.join(accounts)}")
    return lines
