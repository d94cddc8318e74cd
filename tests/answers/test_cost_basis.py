"""Bills that are not what the answers hope for: another currency, no amortised cost, too short."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from finops.answers.allocation import ChargebackSettings, chargeback
from finops.answers.budgets import standing
from finops.answers.compliance import compliance
from finops.answers.cost_basis import usable_bases
from finops.answers.overview import overview
from finops.answers.reconciliation import reconcile
from finops.errors import AllocationError, CurrencyError
from finops.estate import Estate, load_estate
from finops.ingest import InputFile

EC2_LIST = InputFile(
    "ec2.csv",
    b"ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State\n"
    b"i-1,EC2,us-east-1,0.1,Team=Search,2025-07-22,m5.xlarge,running\n",
)


def estate_with(
    days: str, currency: str = "USD", *, effective: bool = True, lists: bool = True
) -> Estate:
    """Ten a day for the instance i-1 on each of the days, such as 2026-09-01/30."""
    month, last = days.rsplit("/", 1)
    first = int(month[-2:])
    header = "ChargePeriodStart,BilledCost,BillingCurrency,ResourceId,ChargeCategory"
    cells = f"10,{currency},i-1,Usage"
    rows = [f"{month[:8]}{day:02d},{cells}" for day in range(first, int(last) + 1)]
    if effective:
        header, rows = f"{header},EffectiveCost", [f"{row},10" for row in rows]
    bill = InputFile("bill.csv", "\n".join([header, *rows, ""]).encode())
    return load_estate(billing=bill, ec2=EC2_LIST if lists else None)


def test_a_full_month_counts() -> None:
    estate = estate_with("2026-09-01/30")
    assert overview(estate).cost_usd == 300
    assert compliance(estate).report.total_cost_usd == 300
    assert reconcile(estate) is not None


def test_euros_are_never_shown_as_dollars() -> None:
    estate = estate_with("2026-09-01/30", "EUR")
    assert overview(estate).basis.source == "inventory"
    assert compliance(estate).report.total_cost_usd == pytest.approx(73)
    assert reconcile(estate) is None
    with pytest.raises(CurrencyError, match="EUR"):
        chargeback(estate, ChargebackSettings())


def test_a_bill_that_does_not_amortise_counts_as_billed() -> None:
    estate = estate_with("2026-09-01/30", effective=False)
    answer = overview(estate)
    assert (answer.cost_usd, answer.basis.basis) == (Decimal(300), "billed")
    assert compliance(estate).report.total_cost_usd == 300
    assert reconcile(estate) is None


def test_the_bases_that_a_bill_has_are_said_in_one_place() -> None:
    whole, billed = estate_with("2026-09-01/30"), estate_with("2026-09-01/30", effective=False)
    assert usable_bases(whole) == ("effective", "billed")
    assert usable_bases(billed) == ("billed",)
    assert usable_bases(load_estate(ec2=EC2_LIST)) == ()
    # An effective cost that contradicts the bill is there, and counts nowhere.
    doubted = replace(whole, diagnosis=SimpleNamespace(usable=lambda feature: "no"))
    assert usable_bases(doubted) == ("billed",)


def test_a_bill_without_a_full_month_leaves_money_to_the_lists() -> None:
    estate = estate_with("2026-10-01/18")
    assert overview(estate).basis.source == "inventory"
    assert compliance(estate).report.total_cost_usd == pytest.approx(73)
    report = chargeback(estate, ChargebackSettings()).report
    assert (report.period, report.total_usd) == ("2026-10-01/2026-10-18", Decimal("180.00"))


def test_budgets_say_that_a_short_bill_is_a_bill() -> None:
    assert standing(estate_with("2026-10-01/18"), ()).source == "costs"
    assert standing(load_estate(ec2=EC2_LIST), ()).source == "inventory"


def test_without_lists_a_short_bill_is_named_for_what_it_is() -> None:
    answer = overview(estate_with("2026-10-01/18", lists=False))
    assert (answer.cost_usd, answer.basis.period) == (180, "2026-10-01/2026-10-18")


def test_nothing_to_charge_is_an_error_and_no_zero() -> None:
    usage = InputFile(
        "u.csv", b"Hour,Region,InstanceType,Quantity\n2026-09-01T00:00Z,us-east-1,m5.large,1\n"
    )
    with pytest.raises(AllocationError, match="give a bill or a resource list"):
        chargeback(load_estate(usage=usage), ChargebackSettings())
