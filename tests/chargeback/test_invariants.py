"""What holds for any bill: the lines add up to it, in every mode, however its charges are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from finops.chargeback import UNALLOCATED, ChargebackReport, allocate
from finops.chargeback.charges import CHARGES
from finops.money import exact_sum, round_cents

Row = tuple[str | None, str | None, Decimal | None]
SHARES = {"A": Decimal("0.125"), "=B": Decimal("0.275"), "New": Decimal("0.6")}

costs = st.one_of(
    st.decimals(-(10**12), 10**12, places=12),
    st.decimals(-1, 1, places=3),
    st.sampled_from([Decimal(text) for text in ("0", "1e-11", "-1e-11", "1e12", "-1e12", "0.005")]),
)
teams = st.none() | st.sampled_from(["A", "a", "=B", "", " ", "Unallocated", "unallocated", "Ä, \n"])
rows = st.lists(
    st.tuples(st.none() | st.sampled_from(["i-1", "i-2", "i-3"]), teams, st.none() | costs), max_size=15
)
modes = st.sampled_from(["none", "proportional", "even", "fixed"])


def charges_of(rows: list[Row]) -> pd.DataFrame:
    return CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": [row[0] for row in rows],
                "ServiceName": ["AmazonEC2"] * len(rows),
                "Cost": [row[2] for row in rows],
                "Tags": [
                    "{}" if row[1] is None else json.dumps({"Team": row[1]}, separators=(",", ":"))
                    for row in rows
                ],
            }
        )
    )


def report_of(rows: list[Row], mode: str, previous: list[Row] | None = None) -> ChargebackReport:
    shares: Mapping[str, Decimal] | None = SHARES if mode == "fixed" else None
    before = None if previous is None else charges_of(previous)
    return allocate(charges_of(rows), "Team", mode, shares, before)  # type: ignore[arg-type]


def known(rows: list[Row]) -> list[Decimal]:
    return [cost for _, _, cost in rows if cost is not None]


@given(rows, modes)
def test_the_lines_add_up_to_the_input_to_the_cent(rows: list[Row], mode: str) -> None:
    report = report_of(rows, mode)
    total = round_cents(exact_sum(known(rows)))
    assert sum(line.total_usd for line in report.lines) == total == report.total_usd
    assert report.allocated_usd + report.unallocated_usd == total
    assert report.reconciliation_difference_usd == 0
    for line in report.lines:
        assert line.direct_usd + line.shared_usd == line.total_usd


@given(rows, modes)
def test_what_is_shared_is_what_nobody_was_tagged_with(rows: list[Row], mode: str) -> None:
    alone, report = report_of(rows, "none"), report_of(rows, mode)
    assert report.untagged_usd == alone.unallocated_usd
    shared = sum(line.shared_usd for line in report.lines)
    if mode == "none" or not any(line.allocated_to != UNALLOCATED for line in report.lines):
        assert shared == 0
    else:
        assert shared == report.untagged_usd
        assert report.unallocated_usd == 0
    untagged = exact_sum(cost for _, team, cost in rows if cost is not None and not (team or "").strip())
    assert abs(report.untagged_usd - untagged) < Decimal("0.01")


@given(rows, modes, st.randoms(use_true_random=False))
def test_the_order_of_the_charges_does_not_matter(rows: list[Row], mode: str, random: Random) -> None:
    shuffled = random.sample(rows, len(rows))
    one, other = report_of(rows, mode, rows[::2]), report_of(shuffled, mode, rows[::2])
    assert (one.lines, one.advice, one.total_usd) == (other.lines, other.advice, other.total_usd)
    pd.testing.assert_frame_equal(one.detail, other.detail)


@given(rows.filter(bool), modes, costs)
def test_one_charge_written_as_two_changes_nothing(rows: list[Row], mode: str, part: Decimal) -> None:
    # The exact sum of each target stays the same, and everything else follows from these sums.
    resource, team, cost = rows[0]
    parts = [None, None] if cost is None else [cost - part, part]
    halves = [(resource, team, half) for half in parts]
    one, other = report_of(rows, mode), report_of([*halves, *rows[1:]], mode)
    assert (one.lines, one.total_usd) == (other.lines, other.total_usd)


@given(rows, modes)
def test_a_line_is_its_detail_rounded_down_or_up(rows: list[Row], mode: str) -> None:
    report = report_of(rows, mode)
    detail = report.detail.dropna(subset="cost_usd")
    assert exact_sum(detail["cost_usd"]) == exact_sum(known(rows))
    for line in report.lines:
        own = exact_sum(detail.loc[detail["allocated_to"] == line.allocated_to, "cost_usd"])
        assert abs(Fraction(line.direct_usd) - Fraction(own)) < Fraction(1, 100)


@given(rows, rows, modes)
def test_the_month_before_adds_up_too(rows: list[Row], before: list[Row], mode: str) -> None:
    report = report_of(rows, mode, before)
    assert report.previous_total_usd == round_cents(exact_sum(known(before)))
    assert sum(line.previous_usd or 0 for line in report.lines) == report.previous_total_usd
