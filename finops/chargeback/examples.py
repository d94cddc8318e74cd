"""Worked examples of the chargeback: splits that can be done in the head."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from finops import schema
from finops.chargeback.allocation import allocate
from finops.chargeback.charges import CHARGES
from finops.chargeback.engine import ChargebackEngine
from finops.chargeback.report import ChargebackReport
from finops.chargeback.rules import AllocationRules, PoolRule, TagRule
from finops.money import round_cents
from finops.schema import Frames


def team_charges(*amounts: tuple[str | None, str]) -> pd.DataFrame:
    """A charge for each (team or None, dollars), on resources r-0, r-1, …"""
    return CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": [f"r-{at}" for at in range(len(amounts))],
                "ServiceName": "AmazonEC2",
                "Cost": [Decimal(usd) for _, usd in amounts],
                "Tags": [
                    schema.NO_TAGS if team is None else f'{{"Team":"{team}"}}' for team, _ in amounts
                ],
            }
        )
    )


def worked_examples(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """What, the value expected, the value that the room gives."""
    charges = team_charges(("Core", "60.00"), ("Web", "30.00"), (None, "10.00"))
    yield (
        "10.00 untagged, not shared",
        {"Core": "60.00", "Web": "30.00", "Unallocated": "10.00"},
        _totals(allocate(charges, "Team")),
    )
    yield (
        "shared 2 : 1 like the direct cost: 6.67 and 3.33",
        {"Core": "66.67", "Web": "33.33"},
        _totals(allocate(charges, "Team", "proportional")),
    )
    yield (
        "shared evenly: 5.00 each",
        {"Core": "65.00", "Web": "35.00"},
        _totals(allocate(charges, "Team", "even")),
    )
    yield (
        "fixed shares of 0.2 and 0.8, one for a team without cost",
        {"Core": "62.00", "Web": "30.00", "Data": "8.00"},
        _totals(allocate(charges, "Team", "fixed", {"Core": Decimal("0.2"), "Data": Decimal("0.8")})),
    )
    three = team_charges(("A", "0"), ("B", "0"), ("C", "0"), (None, "100.00"))
    yield (
        "$100.00 among three",
        {"A": "33.34", "B": "33.33", "C": "33.33"},
        _totals(allocate(three, "Team", "even")),
    )
    halves = team_charges(("A", "0.335"), ("B", "0.335"), ("C", "0.335"))
    yield (
        "three times $0.335 add up to the rounded total of $1.00",
        {"A": "0.34", "B": "0.33", "C": "0.33"},
        _totals(allocate(halves, "Team")),
    )
    credit = team_charges(("Core", "5.00"), ("Core", "-7.50"), ("Web", "1.00"))
    yield (
        "a credit keeps its sign",
        {"Core": "-2.50", "Web": "1.00"},
        _totals(allocate(credit, "Team")),
    )
    rules = (
        TagRule(kind="tag", name="Tag"),
        PoolRule(kind="pool", name="Data", source="target", names=("Data",), split="even"),
        PoolRule(kind="pool", name="Rest", source="untagged"),
    )
    pooled = team_charges(("Core", "10.00"), ("Web", "20.00"), ("Data", "30.00"), (None, "12.00"))
    yield (
        "in cascade: Data 15.00 each, then 12.00 as 25 : 35",
        {"Core": "30.00", "Web": "42.00"},
        _totals(allocate(pooled, "Team", document=AllocationRules(rules=rules))),
    )
    yield "no percentage of a total below zero", None, allocate(credit, "Team").lines[0].percent
    yield from _sample(estate)


def _totals(report: ChargebackReport) -> dict[str, str]:
    return {line.allocated_to: str(line.total_usd) for line in report.lines}


def _sample(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """Facts of the sample estate."""
    if estate.ec2.empty and estate.s3.empty:
        return
    report = ChargebackEngine().allocate_costs(estate.ec2, estate.s3)
    run_rate = schema.total(estate.ec2["MonthlyCostUSD"]) + schema.total(estate.s3["MonthlyCostUSD"])
    yield "the lists by Team: 48,970.152 + 15,932.71", Decimal("64902.86"), report.total_usd
    yield (
        "the lines of the lists add up to their run rate",
        round_cents(run_rate),
        sum(line.total_usd for line in report.lines),
    )
