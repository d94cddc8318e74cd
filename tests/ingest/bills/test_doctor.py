"""What the doctor says of small bills whose figures can be worked out by hand, and of real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from subprocess import run

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops.errors import Issue
from finops.ingest.bills.backend import Backend
from finops.ingest.bills.doctor import diagnosis
from finops.ingest.bills.doctor_facts import PART_FACTS, PERIOD_FACTS
from finops.ingest.bills.doctor_records import CommitmentCheck, Diagnosis, PartFacts
from finops.ingest.bills.lines import NEGATION, PLAN_FEE, RESERVED_USAGE
from finops.ingest.bills.reduction import read_bill
from finops.ingest.bills.settled import settled
from tests.ingest.bills.bill_lines import (
    HOUR,
    JANUARY,
    TEAM_A,
    Line,
    flat,
    instance,
    line,
    plan_hour,
    tag_sets,
)

DAY = timedelta(days=1)
Doctor = Callable[..., Diagnosis]


@pytest.fixture
def doctor(duckdb_backend: Backend, tmp_path: Path) -> Doctor:
    """The diagnosis of a bill of some lines, settled or not, of one file."""

    def asked(lines: list[Line], *, is_settled: bool = True, **of_part: object) -> Diagnosis:
        pq.write_table(flat(lines), tmp_path / "lines.parquet")
        pq.write_table(tag_sets(), tmp_path / "tags.parquet")
        given = duckdb_backend.read(tmp_path / "lines.parquet")
        tags = duckdb_backend.read(tmp_path / "tags.parquet")
        after = settled(given, blank_plan_fees=True, folded=True) if is_settled else given
        facts = {name: duckdb_backend.arrow(fact(given, tags)) for name, fact in PART_FACTS.items()}
        part = {"name": "bill.csv", "format": "CUR", "rows": len(lines), "facts": facts} | of_part
        months = {name: duckdb_backend.arrow(fact(after, tags)) for name, fact in PERIOD_FACTS.items()}
        return diagnosis([PartFacts(**part)], {"2026-01": months})  # type: ignore[arg-type]

    return asked


def issue(found: Diagnosis, code: str) -> Issue:
    (one,) = [issue for issue in found.issues if issue.code == code]
    return one


def codes(found: Diagnosis) -> set[str]:
    return {issue.code for issue in found.issues}


def verdict(found: Diagnosis, feature: str) -> tuple[str, str]:
    (one,) = [verdict for verdict in found.verdicts if verdict.feature == feature]
    return one.usable, one.reason


def hours(count: int, **values: object) -> list[Line]:
    """An instance over so many hours from January's first, at 0.1 $/h."""
    return [
        instance(
            cost="0.1",
            ChargePeriodStart=JANUARY + hour * HOUR,
            ChargePeriodEnd=JANUARY + (hour + 1) * HOUR,
            **values,
        )
        for hour in range(count)
    ]


def test_a_plan_with_blank_fees_holds_and_nothing_is_counted_twice(doctor: Doctor) -> None:
    found = doctor([each for hour in range(2) for each in plan_hour(JANUARY + hour * HOUR)])
    # 2 × 0.096 covered and negated, 2 × 0.08 of fees of which 0.07 is used.
    by_type = {total.line_item_type: total for total in found.totals}
    assert by_type["SavingsPlanCoveredUsage"].unblended == Decimal("0.192")
    assert by_type[NEGATION].unblended == Decimal("-0.192")
    assert (by_type[PLAN_FEE].billed, by_type[PLAN_FEE].effective) == (Decimal("0.16"), Decimal("0.02"))
    assert by_type[PLAN_FEE].lines == 2
    assert found.bases.billed == found.bases.effective == Decimal("0.16")
    (check,) = found.commitments
    assert (check.purchased_usd, check.used_usd, check.unused_usd) == (
        Decimal("0.16"),
        Decimal("0.14"),
        Decimal("0.02"),
    )
    assert (check.utilization_pct, check.verdict, check.spans_term) == (87.5, "holds", False)
    assert issue(found, "plan_fee_cells_blank").rows == 2
    assert "negation_missing" not in codes(found)


def test_covered_usage_without_negation_overstates_the_bill(doctor: Doctor) -> None:
    found = doctor([one for one in plan_hour() if one["LineItemType"] != NEGATION], is_settled=False)
    one = issue(found, "negation_missing")
    assert (one.severity, one.rows, one.cost_usd) == ("error", 1, 0.096)
    assert "overstated by $0.10" in one.message
    assert verdict(found, "overview")[0] == "partly"


def test_blank_reservation_costs_are_one_issue_and_unknown(doctor: Doctor) -> None:
    blank = {"BilledCost": 0, "GrossBilledCost": 0, "CommitmentDiscountStatus": "Used"}
    found = doctor([instance(RESERVED_USAGE, **blank), instance(RESERVED_USAGE, **blank)])
    one = issue(found, "ri_cost_unknown")
    assert (one.rows, one.cost_usd) == (2, None)
    assert "unknown, not 0" in one.message
    (total,) = found.totals
    assert (total.effective, total.unknown_effective_lines) == (None, 2)
    (check,) = found.commitments
    assert (check.type, check.used_usd, check.verdict) == ("Reserved Instance", None, "not checkable")
    assert check.unused_usd is None


def test_the_list_cost_of_blank_reservations_is_told_where_it_is_theirs_alone(doctor: Doctor) -> None:
    blank = instance(RESERVED_USAGE, ListCost="3", CommitmentDiscountStatus="Used")
    assert "would cost $6.00" in issue(doctor([blank, blank]), "ri_cost_unknown").message
    known = blank | {"EffectiveCost": "2"}
    assert "would cost" not in issue(doctor([blank, known]), "ri_cost_unknown").message


def test_a_damaged_effective_cost_is_said_in_dollars_and_rules_the_basis_out(doctor: Doctor) -> None:
    standard = {"PricingCategory": "Standard", "TagSetId": TEAM_A}
    found = doctor(
        [
            instance(BilledCost="0.75", EffectiveCost="0", **standard),
            instance(BilledCost="0.5", EffectiveCost="2", **standard),
            instance(cost="1", **standard),
        ],
        format="FOCUS",
    )
    one = issue(found, "effective_cost_inconsistent")
    assert (one.severity, one.rows, one.cost_usd) == ("error", 2, 2.25)
    assert "2 of 3" in one.message
    assert verdict(found, "effective cost") == (
        "no",
        "EffectiveCost contradicts BilledCost on 2 pay-as-you-go lines",
    )
    assert found.tags[0].cost == Decimal("2.25"), "tags fall back to the billed cost"


def test_a_difference_of_rounding_is_no_damage(doctor: Doctor) -> None:
    rounded = {"BilledCost": "100", "EffectiveCost": "99.9999999999", "PricingCategory": "Standard"}
    found = doctor([instance(**rounded)])
    assert issue(found, "effective_cost_inconsistent").severity == "info"
    assert verdict(found, "effective cost")[0] == "yes"


FROM, TO = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 – UTC, as lines have it


def purchase(billed: str, frequency: str, start: datetime = FROM, end: datetime = TO) -> Line:
    return line(
        "Purchase",
        ChargeCategory="Purchase",
        ChargeFrequency=frequency,
        CommitmentDiscountId="sp",
        CommitmentDiscountType="Savings Plan",
        BilledCost=billed,
        EffectiveCost=0,
        ChargePeriodStart=start,
        ChargePeriodEnd=end,
    )


def used(effective: str, status: str = "Used", start: datetime = FROM, end: datetime = TO) -> Line:
    return line(
        ChargeCategory="Usage",
        CommitmentDiscountId="sp",
        CommitmentDiscountStatus=status,
        BilledCost=0,
        EffectiveCost=effective,
        GrossEffectiveCost=effective,
        ChargePeriodStart=start,
        ChargePeriodEnd=end,
    )


HOUR_ONE = (FROM, FROM + HOUR)


@pytest.mark.parametrize(
    ("lines", "verdict_", "difference"),
    [
        ([purchase("8760", "One-Time"), used("8000"), used("760", "Unused")], "holds", "0"),
        ([purchase("8760", "One-Time"), used("8000"), used("700", "Unused")], "broken", "-60"),
        ([purchase("8760", "One-Time"), used("1", "Used", *HOUR_ONE)], "not checkable", None),
        (
            [
                purchase("1", "Recurring", *HOUR_ONE),
                used("0.75", "Used", *HOUR_ONE),
                used("0.25", "Unused", *HOUR_ONE),
            ],
            "holds",
            "0",
        ),
        ([purchase("1", "Recurring", *HOUR_ONE), used("0.75", "Used", *HOUR_ONE)], "broken", "-0.25"),
        # The upfront half of it was paid before.
        ([purchase("1", "Recurring", *HOUR_ONE), used("2", "Used", *HOUR_ONE)], "not checkable", None),
        # A monthly fee in a bill of an hour.
        ([purchase("744", "Recurring"), used("1", "Used", *HOUR_ONE)], "not checkable", None),
        ([used("1")], "not checkable", None),
        ([purchase("1", "Recurring")], "not checkable", None),
    ],
)
def test_the_invariant(doctor: Doctor, lines: list[Line], verdict_: str, difference: str | None) -> None:
    found = doctor(lines, is_settled=False, format="FOCUS")
    (check,) = found.commitments
    assert isinstance(check, CommitmentCheck)
    assert (check.verdict, check.type is not None) == (verdict_, check.purchased_usd is not None)
    assert check.difference_usd == (None if difference is None else Decimal(difference))
    assert ("invariant_broken" in codes(found)) == (verdict_ == "broken")


def test_the_commitment_of_the_hours_counts_the_upfront_share(doctor: Doctor) -> None:
    fee = purchase("0.5", "Recurring", *HOUR_ONE) | {"CommitmentTotal": "1"}
    (check,) = doctor(
        [fee, used("0.6", "Used", *HOUR_ONE), used("0.4", "Unused", *HOUR_ONE)], is_settled=False
    ).commitments
    assert (check.verdict, check.difference_usd) == ("holds", Decimal("0"))


def test_a_private_discount_on_the_fee_breaks_nothing(doctor: Doctor) -> None:
    """AWS's total commitment is gross: 10 an hour, paid with 9, of which 8 − 10 % were used."""
    fee = purchase("9", "Recurring", *HOUR_ONE) | {"CommitmentTotal": "10"}
    parts = [
        used("7.2", "Used", *HOUR_ONE) | {"GrossEffectiveCost": "8"},
        used("1.8", "Unused", *HOUR_ONE) | {"GrossEffectiveCost": "2"},
    ]
    (check,) = doctor([fee, *parts], is_settled=False).commitments
    assert (check.verdict, check.difference_usd) == ("holds", Decimal("0"))
    assert (check.used_usd, check.unused_usd) == (Decimal("7.2"), Decimal("1.8"))


def test_gross_and_discount_lines_must_come_to_the_net_cost(doctor: Doctor) -> None:
    usage = instance(BilledCost="90", GrossBilledCost="100", EffectiveCost="90")
    discount = line("EdpDiscount", BilledCost=0, GrossBilledCost="-10", EffectiveCost=0)
    assert "net_gross_difference" not in codes(doctor([usage, discount]))
    one = issue(doctor([usage]), "net_gross_difference")
    assert one.cost_usd == 10.0


def test_repeated_lines_are_counted_and_named(doctor: Doctor) -> None:
    same = instance(LineItemId="a", cost="0.4")
    one = issue(doctor([same, same]), "repeated_lines")
    assert (one.rows, one.cost_usd) == (1, 0.4)


def test_hours_and_days_missing_in_the_middle_and_a_partial_last_day(doctor: Doctor) -> None:
    lines = [*hours(24), *hours(100)[96:], *hours(48)[24:46]]  # days 1 and 2, then 4 hours of day 5
    found = doctor(lines)
    one = issue(found, "time_gap")
    assert "2 day(s) have no line (2026-01-03, 2026-01-04)" in one.message
    assert "2 hour(s)" in one.message
    assert "ends after 4 hour(s)" in issue(found, "partial_last_day").message
    assert found.calendar.last_complete == date(2026, 1, 4)
    assert verdict(found, "commitments")[0] == "partly"


def test_daily_storage_in_an_hourly_report_is_not_mixed(doctor: Doctor) -> None:
    storage = line(cost="1", ChargePeriodEnd=JANUARY + DAY)
    assert doctor([*hours(24), storage]).calendar.granularity == "hourly"
    next_day = line(cost="1", ChargePeriodStart=JANUARY + DAY, ChargePeriodEnd=JANUARY + 2 * DAY)
    found = doctor([*hours(24), next_day])
    assert issue(found, "mixed_granularity").severity == "warning"


def test_verdicts_of_a_whole_week_and_of_a_daily_report(doctor: Doctor) -> None:
    week = doctor(hours(7 * 24))
    assert verdict(week, "commitments") == ("yes", "hourly, 7 days")
    assert verdict(week, "forecast")[0] == "partly"
    assert verdict(week, "chargeback") == ("yes", "100 % of the cost of resources is tagged")
    assert week.tags[1].key == "Team"
    daily = doctor([line(cost="1", ChargeCategory="Usage", ChargePeriodEnd=JANUARY + DAY)])
    assert verdict(daily, "commitments") == (
        "no",
        "the report is daily; recommendations need hours",
    )
    assert verdict(daily, "chargeback") == ("no", "no tags in this report")


def test_another_currency_has_no_dollars_on_issues(doctor: Doctor) -> None:
    euros = [one | {"BillingCurrency": "EUR"} for one in plan_hour() if one["LineItemType"] != NEGATION]
    found = doctor(euros, is_settled=False)
    assert found.currency == "EUR"
    one = issue(found, "negation_missing")
    assert one.cost_usd is None
    assert "0.10 EUR" in one.message
    assert verdict(found, "commitments")[0] == "no"


def test_unknown_line_types_absent_columns_and_months_without_an_invoice(doctor: Doctor) -> None:
    columns = ("lineItem/LineItemType", "bill/InvoiceId", "lineItem/UsageType", "resourceTags/user:Team")
    whole = line("Novelty", cost="2", ChargePeriodEnd=datetime(2026, 2, 1))  # noqa: DTZ001
    found = doctor([whole], columns=columns)
    assert (issue(found, "line_type_unknown").rows, issue(found, "line_type_unknown").cost_usd) == (
        1,
        2.0,
    )
    assert issue(found, "not_final").rows == 1
    absent = [one.message for one in found.issues if one.code == "column_absent"]
    assert any(text.startswith("list cost") for text in absent)
    assert any(text.startswith("chargeback by resource") for text in absent)
    assert not any(text.startswith(("tags", "effective cost")) for text in absent)
    billed = doctor([whole | {"InvoiceId": "1"}], columns=columns)
    assert "not_final" not in codes(billed)


def test_cells_that_are_no_number_are_named(doctor: Doctor, duckdb_backend: Backend) -> None:
    cells = pa.table(
        {"Column": ["pricing/publicOnDemandCost"], "Cells": [3], "Example": ["convertible"]}
    )
    part = doctor(hours(1))
    assert "unreadable_cells" not in codes(part)
    lines = duckdb_backend.memory(flat(hours(1)))
    totals = duckdb_backend.arrow(PART_FACTS["totals"](lines, lines))
    facts = {"totals": totals, "unreadable_cells": cells}
    found = diagnosis([PartFacts(name="a.csv", format="CUR", facts=facts)], {})
    one = issue(found, "unreadable_cells")
    assert (one.rows, one.file) == (3, "a.csv")
    assert "'convertible'" in one.message


def test_months_that_another_delivery_replaces_are_left_out(doctor: Doctor) -> None:
    found = doctor(hours(1), left_out=frozenset({date(2026, 1, 1)}))
    assert found.totals == ()
    assert found.files[0].totals == ()


def test_nothing_at_all_is_no_error() -> None:
    found = diagnosis([], {})
    assert (found.totals, found.issues, found.currency) == ((), (), "USD")
    assert verdict(found, "overview") == ("no", "no line has a billed cost")


def test_reading_a_diagnosis_needs_no_engine() -> None:
    code = "import sys, finops.ingest.bills.doctor; print({'ibis', 'duckdb'} & set(sys.modules))"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_report_of_nise_with_its_blank_cells(conformance_data: Path, tmp_path: Path) -> None:
    read = read_bill(conformance_data / "cur/nise_aws_202601_ri_sp.csv.gz", cache=tmp_path / "cache")
    found = read.diagnosis
    unblended = {total.line_item_type: total.unblended for total in found.totals}
    assert unblended == {
        "Usage": Decimal("209.819999976"),
        "SavingsPlanCoveredUsage": Decimal("71.424"),
        NEGATION: Decimal("-71.424"),
        PLAN_FEE: Decimal("59.52"),
        RESERVED_USAGE: Decimal(0),
    }
    assert found.bases.billed == found.bases.gross == Decimal("269.339999976")
    assert found.bases.effective == found.files[0].bases.effective == Decimal("269.339999976")
    plan = found.commitments[0]
    assert (plan.used_usd, plan.unused_usd, plan.purchased_usd) == (
        Decimal("52.08"),
        Decimal("7.44"),
        Decimal("59.52"),
    )
    assert (plan.utilization_pct, plan.verdict) == (87.5, "holds")
    assert issue(found, "ri_cost_unknown").rows == 744
    assert issue(found, "unreadable_cells").rows == 744
    assert issue(found, "plan_fee_cells_blank").rows == 744
    assert verdict(found, "commitments") == ("yes", "hourly, 31 days")


def test_the_anonymised_focus_sample_of_aws(conformance_data: Path, tmp_path: Path) -> None:
    read = read_bill(conformance_data / "focus/focus_1.0_sample_aws_only.csv", cache=tmp_path / "cache")
    found = read.diagnosis
    assert found.bases.billed == Decimal("18.0066386184")
    assert found.bases.list == Decimal("18.1493176406")
    damaged = issue(found, "effective_cost_inconsistent")
    # 614 standard usage lines cost something; on one of them a whole dollar is right.
    assert (damaged.severity, damaged.rows, damaged.cost_usd) == ("error", 613, 9.7618707384)
    assert found.issues[0] == damaged, "most dollars first"
    assert verdict(found, "effective cost")[0] == "no"
    assert {check.verdict for check in found.commitments} == {"not checkable"}
