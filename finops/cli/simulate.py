"""``simulate``: what the hours of the usage cost under the commitments given, in AWS's order."""

from __future__ import annotations

import argparse
from decimal import Decimal

import pandas as pd

from finops.answers.simulation import SimulatedBill, SimulationSettings, simulate
from finops.cli.arguments import days, estate_of, explained
from finops.cli.output import Printout, document_of, percent, table
from finops.money import exact, from_cents, round_cents, round_lines, usd

_HELP = """\
Bills the hourly usage under the commitments, hour by hour, in AWS's order: zonal Reserved Instances,
regional ones, EC2 Instance Savings Plans, Compute Savings Plans; the owner's account first. Dollars are
those of the hours shown; upfront fees are spread over their terms.

A commitment counts in the hours from its Start up to its End. Advice (`recommend --out FILE`) starts on
the day after the usage ends and would count in none of them: with --as-if-owned, whatever counts on that
day counts in all hours, as if it had been owned all along. With the same usage and the --lookback-days
that `recommend` had,

    (total_usd under what is owned - total_usd under that and the advice) / hours * 8760

is then the `annual_savings_usd` that `recommend` promised (without a --negotiated-discount).
Owned commitments and advice go in one file:
both are JSON arrays of the same rows."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = explained(
        commands,
        inputs,
        "simulate",
        help="the bill of hourly usage under commitments",
        description=_HELP,
    )
    parser.add_argument(
        "--as-if-owned",
        action="store_true",
        help="count in all hours what counts on the day after them: for what recommend --out wrote",
    )
    parser.add_argument(
        "--lookback-days",
        metavar="N",
        type=days,
        help="the last N days of the usage (default: all its whole days)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    settings = SimulationSettings(lookback_days=args.lookback_days, as_if_owned=args.as_if_owned)
    answer = simulate(estate_of(args), settings)
    document = document_of(answer)
    del document["by_hour"]
    return Printout(document=document, text=_text(answer))


def _text(answer: SimulatedBill) -> str:
    when = "as if owned all along" if answer.as_if_owned else "each in its own term"
    head = (
        f"{answer.hours} hours, {answer.period_start} to {answer.period_end}, commitments {when}; "
        f"as of {answer.as_of}\n"
        f"Coverage {percent(answer.coverage_pct)}, utilization {percent(answer.utilization_pct)}, "
        f"Effective Savings Rate {percent(answer.effective_savings_rate_pct)}"
    )
    parts = [head, _summary(answer), "By commitment\n" + _by_commitment(answer.by_commitment)]
    if answer.not_priced:
        parts.append("Without a price\n" + _not_priced(answer))
    return "\n\n".join([*parts, *(f"Note: {note}" for note in answer.notes)])


def _summary(answer: SimulatedBill) -> str:
    """Parts are rounded and their sums printed, so that what is printed adds up to the cent."""
    covered, left = round_cents(answer.covered_usd), round_cents(answer.residual_usd)
    used, unused = _cents(answer.used_usd), _cents(answer.unused_usd)
    paid = None if used is None or unused is None else used + unused
    rows = [
        ("On-Demand equivalent", usd(covered + left)),
        ("  covered by commitments", usd(covered)),
        ("  stays On-Demand", usd(left)),
        ("Commitments, amortised", usd(paid)),
        ("  of which used", usd(used)),
        ("  of which unused", usd(unused)),
        ("Total: commitments + On-Demand", usd(None if paid is None else paid + left)),
    ]
    return table(("", "USD"), rows)


def _by_commitment(frame: pd.DataFrame) -> str:
    """Lines whose cost is known add up to the summary, each being cost = used + unused."""
    used, unused, covered = (
        _lines(frame[column]) for column in ("used_usd", "unused_usd", "covered_usd")
    )
    rows = [
        (
            one["commitment_id"],
            one["kind"].replace("_", " "),
            f"{one['purchased']:,.2f} {one['unit']}",
            percent(one["utilization_pct"]),
            usd(None if spent is None or idle is None else spent + idle),
            usd(spent),
            usd(idle),
            usd(serves),
        )
        for one, spent, idle, serves in zip(frame.to_dict("records"), used, unused, covered, strict=True)
    ]
    headers = ("commitment", "kind", "purchased", "used %", "cost", "used", "unused", "covers On-Demand")
    return table(headers, rows)


def _cents(dollars: float | None) -> Decimal | None:
    return None if dollars is None else round_cents(dollars)


def _lines(dollars: pd.Series) -> list[Decimal | None]:
    """Amounts in cents that add up to their rounded sum; None where one is unknown."""
    cents = iter(round_lines([exact(amount) for amount in dollars.dropna()]))
    return [None if unknown else from_cents(next(cents)) for unknown in dollars.isna()]


def _not_priced(answer: SimulatedBill) -> str:
    rows = [
        (
            one.region,
            one.instance_type,
            one.platform,
            one.tenancy,
            f"{one.instances:,.2f}",
            usd(one.monthly_usd),
            one.reason,
        )
        for one in answer.not_priced
    ]
    return table(
        ("region", "type", "platform", "tenancy", "instances", "On-Demand $/month", "why"), rows
    )
