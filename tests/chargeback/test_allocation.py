"""Who pays for what. Every expected amount can be worked out in the head."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from finops import schema
from finops.chargeback import UNALLOCATED, ChargebackReport, allocate
from finops.chargeback.charges import CHARGES
from finops.chargeback.examples import team_charges, worked_examples
from finops.errors import AllocationError


class NoEstate:
    ec2 = schema.EC2.empty()
    s3 = schema.S3.empty()


def totals(report: ChargebackReport) -> dict[str, str]:
    return {line.allocated_to: str(line.total_usd) for line in report.lines}


def charges(*rows: tuple[str | None, str, str | None]) -> pd.DataFrame:
    """Charges of (resource, tags as JSON, dollars or None)."""
    return CHARGES.conform(
        pd.DataFrame(
            {
                "ResourceId": [row[0] for row in rows],
                "ServiceName": "AmazonEC2",
                "Region": "us-east-1",
                "AccountId": "111111111111",
                "Tags": [row[1] for row in rows],
                "Cost": [None if row[2] is None else Decimal(row[2]) for row in rows],
            }
        )
    )


def test_worked_examples_hold() -> None:
    for what, expected, actual in worked_examples(NoEstate()):  # type: ignore[arg-type]
        assert expected == actual, what


def test_every_figure_of_a_small_report() -> None:
    report = allocate(
        team_charges(("Core", "60"), ("Web", "30"), (None, "10")),
        "Team",
        previous=team_charges(("Core", "50"), ("Gone", "25")),
        basis="effective",
        period="2026-09",
    )
    assert (report.by, report.basis, report.source, report.period) == (
        "Team",
        "effective",
        "costs",
        "2026-09",
    )
    assert (report.total_usd, report.allocated_usd, report.unallocated_usd) == (100, 90, 10)
    assert (report.untagged_usd, report.previous_total_usd) == (10, 75)
    assert (report.reconciliation_difference_usd, report.allocated_pct) == (0, 90.0)
    assert [
        (line.allocated_to, str(line.total_usd), str(line.previous_usd), line.percent, line.resources)
        for line in report.lines
    ] == [
        ("Core", "60.00", "50.00", 60.0, 1),
        ("Web", "30.00", "0.00", 30.0, 1),
        (UNALLOCATED, "10.00", "0.00", 10.0, 1),
        ("Gone", "0.00", "25.00", 0.0, 0),
    ]


@pytest.mark.parametrize("mode", ["proportional", "even"])
def test_what_is_shared_out_is_the_untagged_cost(mode: str) -> None:
    report = allocate(team_charges(("A", "20"), ("B", "10"), (None, "0.05")), "Team", mode)  # type: ignore[arg-type]
    assert (report.unallocated_usd, report.untagged_usd) == (0, Decimal("0.05"))
    assert sum(line.shared_usd for line in report.lines) == Decimal("0.05")
    assert UNALLOCATED not in totals(report)
    assert report.allocated_pct == 100.0
    for line in report.lines:
        assert line.direct_usd + line.shared_usd == line.total_usd


def test_direct_cost_is_the_same_in_every_mode() -> None:
    # 10.005 + 0.005 + 0.005: whatever is rounded, it is rounded before anything is shared.
    given = team_charges(("A", "10.005"), ("B", "0.005"), (None, "0.005"))
    in_modes = [
        {line.allocated_to: line.direct_usd for line in allocate(given, "Team", mode).lines}
        for mode in ("none", "proportional", "even")
    ]
    assert in_modes[0].items() >= in_modes[1].items() == in_modes[2].items()


def test_negative_targets_carry_nothing_of_a_proportional_split() -> None:
    report = allocate(team_charges(("A", "-5"), ("B", "10"), (None, "3")), "Team", "proportional")
    assert totals(report) == {"A": "-5.00", "B": "13.00"}


def test_all_weights_at_zero_split_evenly() -> None:
    report = allocate(team_charges(("A", "0"), ("B", "-1"), (None, "3")), "Team", "proportional")
    assert totals(report) == {"A": "1.50", "B": "0.50"}


@pytest.mark.parametrize("mode", ["none", "proportional", "even"])
def test_without_a_target_cost_stays_unallocated(mode: str) -> None:
    report = allocate(team_charges((None, "7"), ("  ", "1")), "Team", mode)  # type: ignore[arg-type]
    assert totals(report) == {UNALLOCATED: "8.00"}
    assert (report.unallocated_usd, report.allocated_pct) == (8, 0.0)


def test_fixed_shares_make_lines_and_leave_others_alone() -> None:
    report = allocate(
        team_charges(("A", "10"), ("B", "10"), (None, "1")),
        "Team",
        "fixed",
        {"A": Decimal("0.5"), "New": Decimal("0.5"), "Nothing": Decimal(0)},
    )
    assert totals(report) == {"A": "10.50", "B": "10.00", "New": "0.50", "Nothing": "0.00"}
    assert next(line for line in report.lines if line.allocated_to == "New").resources == 0


@pytest.mark.parametrize(
    ("mode", "shares", "message"),
    [
        ("fixed", None, "needs shares"),
        ("fixed", {"A": "0.5", "B": "0.4"}, "add up to 0.9"),
        ("fixed", {"A": "1.5", "B": "-0.5"}, "between 0 and 1, with at most 30 decimals; look at 'B'"),
        ("fixed", {"A": "NaN"}, "between 0 and 1"),
        ("fixed", {}, "add up to 0"),
        ("fixed", {" ": "1"}, "not blank"),
        ("fixed", {"A": "0.5", "A ": "0.5"}, "target of its own"),
        ("fixed", {UNALLOCATED: "1"}, "cannot be a target"),
        ("even", {"A": "1"}, "choose 'fixed'"),
        ("weighted", None, "no way to share 'weighted'"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    mode: str, shares: dict[str, str] | None, message: str
) -> None:
    fixed = None if shares is None else {name: Decimal(share) for name, share in shares.items()}
    with pytest.raises(AllocationError, match=message):
        allocate(team_charges(("A", "1")), "Team", mode, fixed)  # type: ignore[arg-type]


def test_a_blank_key_is_refused() -> None:
    with pytest.raises(AllocationError, match="blank"):
        allocate(team_charges(("A", "1")), " ")


def test_tag_values_that_look_like_the_rest_keep_lines_of_their_own() -> None:
    report = allocate(
        team_charges(
            ("Unallocated", "1"), ("unallocated", "2"), ("Unallocated (tag value)", "4"), (None, "8")
        ),
        "Team",
    )
    assert totals(report) == {
        UNALLOCATED: "8.00",
        "Unallocated (tag value) (tag value)": "4.00",
        "unallocated (tag value)": "2.00",
        "Unallocated (tag value)": "1.00",
    }
    assert report.unallocated_usd == 8


def test_by_account() -> None:
    report = allocate(charges(("i-1", "{}", "2"), ("i-2", '{"AccountId":"x"}', "3")), "AccountId")
    assert totals(report) == {"111111111111": "5.00"}


def test_an_unknown_cost_is_counted_and_is_no_zero() -> None:
    report = allocate(
        charges(
            ("i-1", '{"Team":"A"}', None),
            ("i-1", '{"Team":"A"}', None),
            (None, "{}", None),
            (None, "{}", None),
            ("i-2", '{"Team":"B"}', "1"),
        ),
        "Team",
    )
    assert totals(report) == {"B": "1.00"}
    assert report.unknown_cost_resources == 3  # i-1, and two charges that name no resource
    assert report.detail["cost_usd"].isna().sum() == 2


def test_the_detail_adds_up_to_the_lines() -> None:
    report = allocate(
        charges(
            ("i-1", '{"Team":"A"}', "1.25"),
            ("i-1", '{"Team":"A"}', "2.50"),
            ("i-2", "{}", "0.000000000001"),
            ("i-3", "{}", "9"),
        ),
        "Team",
    )
    shown = report.detail[["allocated_to", "resource_id", "service", "region", "cost_usd"]]
    rows = shown.itertuples(index=False, name=None)
    assert list(rows) == [
        (UNALLOCATED, "i-3", "AmazonEC2", "us-east-1", Decimal(9)),
        ("A", "i-1", "AmazonEC2", "us-east-1", Decimal("3.75")),
        (UNALLOCATED, "i-2", "AmazonEC2", "us-east-1", Decimal("0.000000000001")),
    ]


def test_percentages_need_a_total_above_zero() -> None:
    report = allocate(team_charges(("A", "5"), ("B", "-5")), "Team")
    assert report.total_usd == 0
    assert report.allocated_pct is None
    assert [line.percent for line in report.lines] == [None, None]


def test_nothing_to_charge_has_no_lines() -> None:
    report = allocate(CHARGES.empty(), "Team", "even", previous=CHARGES.empty())
    assert (report.lines, report.total_usd, report.previous_total_usd) == ((), 0, 0)
    assert report.advice == ()


def test_advice_names_dollars() -> None:
    report = allocate(
        charges(
            ("i-1", '{"team":"Core"}', "5"),
            ("i-2", '{"TEAM":" "}', "2"),
            ("i-3", '{"Team":"Web"}', "3"),
            ("i-4", '{"Team":"web"}', "1"),
            (None, "{}", "7"),
        ),
        "Team",
    )
    assert [(line.action, str(line.usd), line.resources) for line in report.advice] == [
        ("Share out the charges of no resource, which cannot be tagged: AmazonEC2", "7.00", 0),
        ("Rename the tag team to Team", "5.00", 1),
        ("Tag i-1 with a Team", "5.00", 1),
        ("Tag i-2 with a Team", "2.00", 1),
        ("Spell web as Web", "1.00", 1),
    ]


def test_a_key_that_nobody_has_is_named() -> None:
    report = allocate(charges(("i-1", '{"Team":"A","aws:createdBy":"x"}', "5")), "Squad")
    assert (
        report.advice[0].action
        == "Nothing is allocated: no charge has a Squad; tag keys there are: Team"
    )


def test_the_charges_are_left_as_they_were() -> None:
    given = team_charges(("A", "1"), (None, "2"))
    before = given.copy(deep=True)
    allocate(given, "Team", "even", previous=given)
    pd.testing.assert_frame_equal(given, before)
