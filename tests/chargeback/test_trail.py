"""Every line opens to the charges and rules that made it, and the hash knows equal reports."""

from __future__ import annotations

import json
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.chargeback import AllocationRules, allocate, opened, parse_rules
from finops.chargeback.examples import team_charges
from finops.errors import AllocationError
from finops.money import exact_sum


def pools(*pool: dict[str, object]) -> AllocationRules:
    rules = [{"kind": "tag", "name": "Tag"}, *({"kind": "pool", **one} for one in pool)]
    return parse_rules(json.dumps({"version": 1, "rules": rules}), "the test")


def test_a_line_opens_to_its_charges_and_its_part_of_a_pool() -> None:
    # Web: 30.00 of its own, and a third of the untagged 9.00 + 1.00, which is 3.33 in cents:
    # 9 · 3.33/10 = 2.997 and 1 · 3.33/10 = 0.333.
    charges = team_charges(("Core", "60"), ("Web", "30"), (None, "9"), (None, "1"))
    report = allocate(charges, "Team", "proportional")
    rows = opened(report, "Web")[["rule", "kind", "resource_id", "charge_usd", "cost_usd"]]
    pool = "Untagged, shared: proportional"
    assert list(rows.itertuples(index=False, name=None)) == [
        ("Tag", "direct", "r-1", Decimal(30), Decimal(30)),
        (pool, "shared", "r-2", Decimal(9), Decimal("2.997")),
        (pool, "shared", "r-3", Decimal(1), Decimal("0.333")),
    ]


def test_what_rounding_adds_is_a_row_of_its_own() -> None:
    report = allocate(team_charges(("A", "0.335"), ("B", "0.335"), ("C", "0.335")), "Team")
    rows = opened(report, "A")[["kind", "cost_usd"]]
    assert list(rows.itertuples(index=False, name=None)) == [
        ("direct", Decimal("0.335")),
        ("rounding", Decimal("0.005")),
    ]


def test_what_stays_unallocated_opens_without_what_was_shared() -> None:
    stuck = {"name": "Stuck", "source": "untagged", "among": ["Nobody"]}
    report = allocate(team_charges(("A", "1"), (None, "2")), "Team", document=pools(stuck))
    assert opened(report, "Unallocated")["rule"].to_list() == ["Stuck"]
    with pytest.raises(AllocationError, match="no line Nobody"):
        opened(report, "Nobody")


amounts = st.one_of(
    st.decimals(-(10**12), 10**12, places=12), st.sampled_from([Decimal("1e-11"), Decimal("0.005")])
)
rows = st.lists(st.tuples(st.sampled_from([None, "A", "B", "S", "S/x"]), amounts.map(str)), max_size=8)
CASCADE = pools(
    {"name": "S", "source": "target", "names": ["S"], "split": "even"},
    {"name": "Rest", "source": "untagged"},
)


@given(rows)
def test_the_trail_of_every_line_adds_up_to_it(rows: list[tuple[str | None, str]]) -> None:
    report = allocate(team_charges(*rows), "Team", document=CASCADE)
    for line in report.lines:
        trail = opened(report, line.allocated_to)
        assert exact_sum(trail["cost_usd"]) == line.total_usd
        rounding = trail.loc[trail["kind"].eq("rounding"), "cost_usd"]
        # Each pool and the line itself are rounded once, and a shared charge is cut at 12 places.
        assert abs(exact_sum(rounding)) < Decimal("0.03")


@given(rows)
def test_equal_reports_have_equal_hashes(rows: list[tuple[str | None, str]]) -> None:
    charges = team_charges(*rows)
    one = allocate(charges, "Team", document=CASCADE)
    other = allocate(charges.iloc[::-1].reset_index(drop=True), "Team", document=CASCADE)
    assert one.digest == other.digest


def test_the_hash_knows_charges_rules_and_what_was_asked() -> None:
    charges = team_charges(("A", "60"), ("B", "30"), (None, "10"))
    dearer = team_charges(("A", "60"), ("B", "30"), (None, "10.000000000001"))
    reports = [
        allocate(charges, "Team"),
        allocate(dearer, "Team"),
        allocate(charges, "Team", "even"),
        allocate(charges, "Team", document=CASCADE),
        allocate(charges, "Team", period="2026-09"),
        allocate(charges, "Team", basis="effective"),
        allocate(charges, "Team", previous=dearer),
    ]
    assert len({report.digest for report in reports}) == len(reports)
    pd.testing.assert_frame_equal(reports[0].detail, allocate(charges, "Team").detail)
