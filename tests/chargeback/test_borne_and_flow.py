"""A bill handed on with its allocation adds up to the lines, and so does the way of every dollar."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops import schema, tags
from finops.answers.allocation import ChargebackSettings, chargeback
from finops.answers.chargeback_export import export_files
from finops.answers.closing import Settled
from finops.chargeback import (
    ALLOCATED_TO,
    ChargebackReport,
    allocate,
    borne_charges,
    charges_digest,
    charges_from_costs,
    costs_of_month,
    drawn_and_not,
    flows,
    parse_rules,
)
from finops.chargeback.examples import team_charges
from finops.errors import AllocationError
from finops.estate import Estate, load_estate
from finops.focus import check, focus_table
from finops.money import exact_sum
from finops.periods import Month

SEPTEMBER = Month(2026, 9)
POOLED = {
    "version": 1,
    "rules": [
        {"kind": "pool", "name": "Support", "source": "support", "split": "even"},
        {"kind": "tag", "name": "Tag"},
        {"kind": "pool", "name": "Net", "source": "network"},
    ],
    "commitments": "owner_keeps",
}


def bill(*charges: tuple[str | None, str]) -> pd.DataFrame:
    """A ``costs`` frame: team (or None) and dollars of each charge; ListCost is twice that."""
    return schema.COSTS.conform(
        pd.DataFrame(
            {
                "ChargePeriodStart": "2026-09-01",
                "ChargePeriodEnd": "2026-09-02",
                "ServiceName": [f"Service {at}" for at in range(len(charges))],
                "ConsumedQuantity": 10.0,
                "BilledCost": [Decimal(usd) for _, usd in charges],
                "ListCost": [2 * Decimal(usd) for _, usd in charges],
                "Tags": ["{}" if team is None else f'{{"Team":"{team}"}}' for team, _ in charges],
            }
        )
    )


def borne_by_target(report: ChargebackReport, costs: pd.DataFrame) -> dict[str, Decimal]:
    rows = borne_charges(report, costs_of_month(costs, SEPTEMBER))
    target = tags.values(rows["Tags"], ALLOCATED_TO)
    return {name: schema.total(rows.loc[target == name, "BilledCost"]) for name in target.unique()}


def test_a_shared_charge_has_a_row_for_each_target() -> None:
    # Core 60, Web 30; the untagged $10.00 is shared 2 : 1, which is $6.67 and $3.33 in cents.
    costs = bill(("Core", "60"), ("Web", "30"), (None, "10"))
    report = allocate(charges_from_costs(costs, SEPTEMBER), "Team", "proportional", period="2026-09")
    rows = borne_charges(report, costs_of_month(costs, SEPTEMBER))
    shown = [
        (cells["chargeback/allocated_to"], cells["chargeback/part"], str(billed), str(listed), quantity)
        for cells, billed, listed, quantity in zip(
            map(json.loads, rows["Tags"].astype("str")),
            rows["BilledCost"].map(float),
            rows["ListCost"].map(float),
            rows["ConsumedQuantity"],
            strict=True,
        )
    ]
    assert shown == [
        ("Core", "direct", "60.0", "120.0", 10.0),
        ("Web", "direct", "30.0", "60.0", 10.0),
        ("Core", "shared", "6.67", "13.34", 6.67),
        ("Web", "shared", "3.33", "6.66", 3.33),
    ]


def test_rounding_is_a_row_of_its_own() -> None:
    # Thrice $0.335 is $1.00 or 0.34 + 0.33 + 0.33: the rows 0.005, -0.005 and -0.005 make it so.
    costs = bill(("A", "0.335"), ("B", "0.335"), ("C", "0.335"))
    report = allocate(charges_from_costs(costs, SEPTEMBER), "Team", period="2026-09")
    assert borne_by_target(report, costs) == {
        "A": Decimal("0.34"),
        "B": Decimal("0.33"),
        "C": Decimal("0.33"),
    }
    rows = borne_charges(report, costs_of_month(costs, SEPTEMBER))
    rounding = rows[rows["ChargeCategory"] == "Adjustment"]
    assert [str(one) for one in rounding["BilledCost"].map(float)] == ["0.005", "-0.005", "-0.005"]
    assert schema.total(rows["ListCost"]) == Decimal("2.01")


amounts = st.one_of(
    st.decimals(-(10**12), 10**12, places=12), st.sampled_from([Decimal("1e-11"), Decimal("0.005")])
)
charges = st.lists(
    st.tuples(st.sampled_from([None, "A", "B", "S", "S/x"]), amounts.map(str)), min_size=1, max_size=6
)
CASCADE = parse_rules(
    json.dumps(
        {
            "version": 1,
            "rules": [
                {"kind": "tag", "name": "Tag"},
                {"kind": "pool", "name": "S", "source": "target", "names": ["S"], "split": "even"},
                {"kind": "pool", "name": "Rest", "source": "untagged"},
            ],
        }
    ),
    "the test",
)


@settings(max_examples=12, deadline=None)
@given(charges, st.sampled_from([None, CASCADE]))
def test_for_any_bill_and_rules_both_add_up(rows: list[tuple[str | None, str]], rules: object) -> None:
    costs = bill(*rows)
    report = allocate(
        charges_from_costs(costs, SEPTEMBER),
        "Team",
        document=rules,  # type: ignore[arg-type]
        period="2026-09",
    )
    borne = borne_by_target(report, costs)
    assert {line.allocated_to: line.total_usd for line in report.lines if line.total_usd} == {
        name: usd for name, usd in borne.items() if usd
    }
    handed_on = borne_charges(report, costs_of_month(costs, SEPTEMBER))
    assert schema.total(handed_on["ListCost"]) == schema.total(costs["ListCost"])
    shuffled = costs.iloc[::-1]
    again = allocate(
        charges_from_costs(shuffled, SEPTEMBER),
        "Team",
        document=rules,  # type: ignore[arg-type]
        period="2026-09",
    )
    assert borne_charges(again, costs_of_month(shuffled, SEPTEMBER)).equals(handed_on)
    way = flows(report)
    assert exact_sum(flow.usd for flow in way.into_rules) == report.total_usd
    assert exact_sum(flow.usd for flow in way.into_targets) == report.total_usd


def test_the_way_of_the_dollars() -> None:
    # Services by rule: 60 + 30 by the tag, 10 by the pool. Targets: 60 and 30, and 6.67 and 3.33 of it.
    costs = bill(("Core", "60"), ("Web", "30"), (None, "10"))
    report = allocate(charges_from_costs(costs, SEPTEMBER), "Team", "proportional", period="2026-09")
    pool = "Untagged, shared: proportional"
    way = flows(report)
    assert [(flow.start, flow.end, str(flow.usd)) for flow in way.into_rules] == [
        ("Service 0", "Tag", "60.00"),
        ("Service 1", "Tag", "30.00"),
        ("Service 2", pool, "10.00"),
    ]
    assert [(flow.start, flow.end, str(flow.usd)) for flow in way.into_targets] == [
        ("Tag", "Core", "60.00"),
        ("Tag", "Web", "30.00"),
        (pool, "Core", "6.67"),
        (pool, "Web", "3.33"),
    ]


def test_small_names_flow_together_and_credits_are_told_apart() -> None:
    report = allocate(team_charges(("A", "5"), ("B", "3"), ("C", "2"), ("D", "-1"), (None, "1")), "Team")
    way = flows(report, most=2)
    assert [(flow.end, str(flow.usd)) for flow in way.into_targets] == [
        ("A", "5.00"),
        ("B", "3.00"),
        ("Other targets", "1.00"),
        ("Other targets", "1.00"),
    ]
    drawn, credits = drawn_and_not(flows(report).into_targets)
    assert ("D" not in {flow.end for flow in drawn}, credits) == (True, Decimal("-1.00"))


@pytest.fixture(scope="module")
def sample() -> Estate:
    return load_estate()


@pytest.mark.parametrize(
    ("basis", "column"), [("billed", "BilledCost"), ("effective", "EffectiveCost"), ("list", "ListCost")]
)
def test_the_focus_file_of_the_sample_adds_up_to_its_report(
    sample: Estate, basis: str, column: str
) -> None:
    asked = ChargebackSettings(
        shared="proportional",
        basis=basis,  # type: ignore[arg-type]
        period=SEPTEMBER,
        rules=parse_rules(json.dumps(POOLED), "the test"),
    )
    answer = chargeback(sample, asked)
    files = export_files(sample, Settled(answer=answer, adjustments=()))
    focus = next(one for one in files if one.kind == "focus")
    rows = list(csv.DictReader(io.StringIO(focus.content().decode(), newline="")))
    borne: dict[str, list[Decimal]] = {}
    for row in rows:
        borne.setdefault(json.loads(row["Tags"])[ALLOCATED_TO], []).append(Decimal(row[column]))
    assert {line.allocated_to: line.total_usd for line in answer.report.lines if line.total_usd} == {
        name: exact_sum(costs) for name, costs in borne.items()
    }
    of_month = costs_of_month(sample.costs, SEPTEMBER, answer.report.basis, answer.report.commitments)  # type: ignore[arg-type]
    charges = charges_digest(of_month)[:12]
    stem = f"chargeback_2026-09_{basis}_{answer.report.digest[:12]}"
    assert focus.name == f"{stem}_charges_{charges}_focus.csv"


def test_handing_it_on_breaks_no_rule_of_focus_that_the_bill_does_not_break(sample: Estate) -> None:
    report = chargeback(sample, ChargebackSettings(shared="even", period=SEPTEMBER)).report
    of_month = costs_of_month(sample.costs, SEPTEMBER)
    before = check(focus_table(of_month).to_pandas(types_mapper=pd.ArrowDtype))
    after = check(focus_table(borne_charges(report, of_month)).to_pandas(types_mapper=pd.ArrowDtype))
    assert {one.rule for one in after} <= {one.rule for one in before}


def test_showback_has_no_journal_and_lists_have_no_charges(sample: Estate) -> None:
    billed = Settled(answer=chargeback(sample, ChargebackSettings()), adjustments=())
    assert [one.kind for one in export_files(sample, billed, "showback")] == [
        "summary",
        "detail",
        "workbook",
        "focus",
    ]
    lists = load_estate(ec2="data/aws_resources_compute.csv")
    listed = Settled(answer=chargeback(lists, ChargebackSettings()), adjustments=())
    assert [one.kind for one in export_files(lists, listed)] == [
        "summary",
        "detail",
        "journal",
        "workbook",
    ]
    with pytest.raises(AllocationError, match="was not made of this bill"):
        borne_charges(listed.answer.report, sample.costs)
