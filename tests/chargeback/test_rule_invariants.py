"""What holds for any bill under any rules: the lines add up to it, however its charges are written."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from finops import schema
from finops.chargeback import AllocationRules, ChargebackReport, allocate
from finops.chargeback.charges import CHARGES
from finops.money import exact_sum, round_cents

Row = tuple[Decimal, dict[str, str], str, str]
NAMES = ["A", "A/x", "B", "Bb", "Unallocated"]
DRIVERS = {"d": {"A": Decimal(3), "B/y": Decimal(0), "New": Decimal("1e-9")}, "zero": {"B": Decimal(0)}}
ACCOUNTS = schema.ACCOUNTS.conform(
    pd.DataFrame({"AccountId": ["1", "2"], "Team": ["A", None], "CostCenter": ["B", "C"]})
)

costs = st.one_of(
    st.decimals(-(10**12), 10**12, places=12),
    st.decimals(-1, 1, places=3),
    st.sampled_from([Decimal(text) for text in ("0", "1e-11", "-1e-11", "1e12", "-1e12", "0.005")]),
)
tag_sets = st.dictionaries(st.sampled_from(["Team", "Project"]), st.sampled_from([*NAMES, " "]))
kinds = st.sampled_from(["Usage", "Tax", "Credit"])
rows = st.lists(st.tuples(costs, tag_sets, kinds, st.sampled_from(["1", "2"])), max_size=10)
days = st.sampled_from([None, "2026-09-01", "2026-10-01"])


@st.composite
def documents(draw: st.DrawFn) -> AllocationRules:
    """Rules of every kind in any order; what no rule file may say is not drawn."""
    rules: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 4))):
        source = draw(st.sampled_from(["untagged", "tax", "services", "target"]))
        division = draw(st.sampled_from(["proportional", "even", "fixed", "driver"]))
        rule: dict[str, Any] = {"kind": "pool", "source": source, "split": division}
        if source in {"services", "target"}:
            rule["names"] = [["S"], ["A"], ["B"], ["Bb"]][number] if source == "target" else ["S"]
        if division == "fixed":
            rule["shares"] = {"New": "0.3", "Other": "0.7"}
        elif division == "driver":
            rule["driver"] = draw(st.sampled_from(["d", "zero"]))
        if division != "fixed":
            rule["among"] = draw(st.sampled_from([[], ["A"], ["Nobody"]]))
        rules.append({**rule, "name": f"pool {number}", "starts": draw(days)})
    for rule in (
        {"kind": "tag", "name": "tag", "keys": draw(st.sampled_from([[], ["Project", "Team"]]))},
        {"kind": "account", "name": "account", "columns": ["CostCenter", "Team"]},
    ):
        rules.insert(draw(st.integers(0, len(rules))), rule)
    # What always takes all untagged cost stands last; the rules refuse it elsewhere.
    rules.sort(key=lambda rule: rule.get("source") == "untagged" and rule["starts"] is None)
    return AllocationRules.model_validate_json(json.dumps({"version": 1, "rules": rules}))


def report_of(rows: list[Row], document: AllocationRules, mode: str = "none") -> ChargebackReport:
    charges = CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": ["i-1"] * len(rows),
                "ServiceName": [("S" if account == "2" else "T") for _, _, _, account in rows],
                "AccountId": [account for _, _, _, account in rows],
                "Cost": [cost for cost, _, _, _ in rows],
                "Tags": [
                    json.dumps(tags, sort_keys=True, separators=(",", ":")) for _, tags, _, _ in rows
                ],
                "ChargeCategory": [kind for _, _, kind, _ in rows],
                "Start": ["2026-09-10T00:00:00Z"] * len(rows),
            }
        )
    )
    shares = {"New": Decimal("0.25"), "B": Decimal("0.75")} if mode == "fixed" else None
    if mode == "fixed" and any("B" in pool.names for pool in document.pools):
        shares = {"New": Decimal(1)}
    return allocate(
        charges,
        "Team",
        mode,  # type: ignore[arg-type]
        shares,
        document=document,
        accounts=ACCOUNTS,
        drivers=DRIVERS,
    )


modes = st.sampled_from(["none", "proportional", "even", "fixed"])


@given(rows, documents(), modes)
def test_the_lines_add_up_to_the_input_to_the_cent(
    rows: list[Row], document: AllocationRules, mode: str
) -> None:
    report = report_of(rows, document, mode)
    total = round_cents(exact_sum(cost for cost, _, _, _ in rows))
    assert sum(line.total_usd for line in report.lines) == report.total_usd == total
    assert report.allocated_usd + report.unallocated_usd == total
    shared = sum(line.shared_usd for line in report.lines)
    assert shared == sum(part.usd for part in report.parts)
    assert shared + report.unallocated_usd == report.untagged_usd
    for line in report.lines:
        assert line.direct_usd + line.shared_usd == line.total_usd


@given(rows, documents(), modes)
def test_no_source_takes_a_share(rows: list[Row], document: AllocationRules, mode: str) -> None:
    report = report_of(rows, document, mode)
    sources = {
        name
        for pool in document.pools
        if pool.source == "target" and not (pool.starts and pool.starts.month > 9)
        for name in pool.names
    }
    payers = {line.allocated_to for line in report.lines if line.direct_usd or line.shared_usd}
    assert not payers & sources


@given(rows, documents(), modes, st.randoms(use_true_random=False))
def test_the_order_of_the_charges_does_not_matter(
    rows: list[Row], document: AllocationRules, mode: str, random: Random
) -> None:
    one = report_of(rows, document, mode)
    other = report_of(random.sample(rows, len(rows)), document, mode)
    assert (one.lines, one.parts, one.advice) == (other.lines, other.parts, other.advice)
    pd.testing.assert_frame_equal(one.detail, other.detail)


@given(rows.filter(bool), documents(), modes, costs)
def test_one_charge_written_as_two_changes_nothing(
    rows: list[Row], document: AllocationRules, mode: str, part: Decimal
) -> None:
    cost, *rest = rows[0]
    halves: list[Row] = [(cost - part, *rest), (part, *rest)]  # type: ignore[list-item]
    one, other = report_of(rows, document, mode), report_of([*halves, *rows[1:]], document, mode)
    assert (one.lines, one.parts, one.total_usd) == (other.lines, other.parts, other.total_usd)
    pd.testing.assert_frame_equal(one.detail, other.detail)


@given(documents())
def test_rules_come_back_from_their_json(document: AllocationRules) -> None:
    assert AllocationRules.model_validate_json(document.model_dump_json()) == document
