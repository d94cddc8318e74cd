"""``inspect`` on a Cost and Usage Report: what the doctor says, as JSON and for a reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops.cli.main import main

Ask = Callable[..., str]

_HEADER = (
    "bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,bill/PayerAccountId,lineItem/UsageAccountId,"
    "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    "lineItem/UsageType,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,"
    "lineItem/UnblendedCost,pricing/publicOnDemandCost,savingsPlan/SavingsPlanARN,"
    "savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,"
    "resourceTags/user:Team"
)
_WHEN = "2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,111111111111,222222222222"
_HOUR = "2026-01-01T00:00:00Z,2026-01-01T01:00:00Z"
_LINES = (
    f"{_WHEN},Usage,{_HOUR},AmazonEC2,BoxUsage:m5.large,i-1,1,{{currency}},0.096,0.096,,,,,shop",
    f"{_WHEN},SavingsPlanCoveredUsage,{_HOUR},AmazonEC2,BoxUsage:m5.large,i-2,1,{{currency}},0.096,"
    "0.096,plan,0.07,,,",
    f"{_WHEN},SavingsPlanNegation,{_HOUR},AmazonEC2,BoxUsage:m5.large,,1,{{currency}},-0.096,,plan,,,,",
    f"{_WHEN},SavingsPlanRecurringFee,{_HOUR},ComputeSavingsPlans,ComputeSP,,1,{{currency}},0.08,,plan,"
    ",0.08,0.07,",
)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """What ``inspect`` prints of a small report in a currency, without some of its lines."""
    monkeypatch.setenv("FINOPS_CACHE_DIR", str(tmp_path / "cache"))

    def answer(*options: str, currency: str = "USD", without: tuple[int, ...] = ()) -> str:
        lines = [line for number, line in enumerate(_LINES) if number not in without]
        text = "\n".join((_HEADER, *lines)).replace("{currency}", currency)
        (tmp_path / "cur.csv").write_text(text + "\n")
        assert main(["inspect", "--billing", str(tmp_path / "cur.csv"), *options]) == 0
        return capsys.readouterr().out

    return answer


def test_the_json_object_has_the_bill_beside_the_files(ask: Ask) -> None:
    answer: dict[str, Any] = json.loads(ask("--json"))
    bill = answer["bill"]
    # 0.096 on demand + 0.08 for the plan, of which 0.07 is used.
    assert bill["bases"]["billed"] == bill["bases"]["effective"] == pytest.approx(0.176)
    by_type = {total["line_item_type"]: total for total in bill["line_types"]}
    assert by_type["SavingsPlanNegation"]["unblended"] == -0.096
    assert by_type["SavingsPlanRecurringFee"]["effective"] == pytest.approx(0.01)
    (check,) = bill["commitments"]
    assert (check["id"], check["verdict"], check["utilization_pct"]) == ("plan", "holds", 87.5)
    assert bill["accounts"][0]["account_id"] == "222222222222"
    verdicts = {verdict["feature"]: verdict["usable"] for verdict in bill["verdicts"]}
    assert (verdicts["overview"], verdicts["commitments"]) == ("yes", "partly")
    assert {"path", "format", "version", "rows", "currency", "billed_cost"} <= set(answer["files"][0])
    assert {"issues", "ec2", "s3", "as_of"} <= set(answer)


def test_a_reader_sees_totals_commitments_and_verdicts(ask: Ask) -> None:
    text = ask()
    assert "The bill (USD, hourly, 2026-01-01 … 2026-01-01) can be used for" in text
    assert "hourly, 1 day; at least 7 are needed" in text
    assert "used + unused = the commitment of the hours in the bill" in text
    total = next(line for line in text.splitlines() if line.startswith("Total"))
    assert total.split() == ["Total", "4", "$0.18", "$0.18", "$0.18", "0", "$0.19", "$0.19"]
    assert "-$0.00" not in text


def test_covered_usage_alone_is_an_error_with_its_dollars(ask: Ask) -> None:
    answer = json.loads(ask("--json", without=(2,)))
    (one,) = [issue for issue in answer["issues"] if issue["code"] == "negation_missing"]
    assert (one["severity"], one["cost_usd"]) == ("error", 0.096)


def test_another_currency_is_written_as_it_is(ask: Ask) -> None:
    text = ask(currency="EUR")
    assert "0.18 EUR" in text
    assert "the bill is in EUR, prices and amounts are in US dollars" in text
