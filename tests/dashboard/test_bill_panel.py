"""The section on the bill in the panel of data quality: verdicts as words and colours, and tables."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from finops.ingest.bills.doctor import diagnosis
from finops.ingest.bills.doctor_records import PartFacts

_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "GrossBilledCost")


def totals(currency: str) -> pa.Table:
    """The fact ``totals`` of a bill of one line of 1.5."""
    values: dict[str, list[object]] = {
        "Month": [None],
        "LineItemType": ["Usage"],
        "BillingCurrency": [currency],
        "Lines": [1],
        "NoInvoice": [0],
        "MonthEnd": [None],
        "LastEnd": [None],
    }
    values |= {name: [Decimal("1.5")] for name in _COSTS}
    return pa.table(values | {f"Unknown{name}": [0] for name in _COSTS})


def panel(currency: str) -> None:
    """The script of the page: the estate of the sample, with a bill of one line."""
    from dataclasses import replace

    from finops import load_estate
    from finops.dashboard import data_quality
    from tests.dashboard.test_bill_panel import diagnosed

    estate = replace(load_estate(), diagnosis=diagnosed(currency), digest=f"one line in {currency}")
    data_quality.show(estate)


def diagnosed(currency: str):
    facts = totals(currency)
    part = PartFacts(name="bill.csv", format="CUR", rows=1, facts={"totals": facts})
    return diagnosis([part], {"2026-01": {"settled_totals": facts}})


@pytest.fixture
def app(request: pytest.FixtureRequest) -> AppTest:
    opened = AppTest.from_function(panel, args=(request.param,), default_timeout=120)
    opened.session_state["quality"] = True
    opened.run()
    assert [error.value for error in opened.exception] == []
    return opened


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in app.markdown).replace("\\", "")


@pytest.mark.parametrize("app", ["USD"], indirect=True)
def test_verdicts_have_a_word_and_a_colour(app: AppTest) -> None:
    text = said(app)
    assert "**Bill** (USD, none): what it can be used for" in text
    assert "**chargeback**: no tags in this report" in text
    assert ":green-badge[:material/check: Yes]" in text
    assert ":red-badge[:material/block: No]" in text


@pytest.mark.parametrize("app", ["USD"], indirect=True)
def test_the_totals_are_a_table_of_dollars(app: AppTest) -> None:
    shown = next(one.value for one in app.dataframe if "line_item_type" in one.value.columns)
    assert shown["line_item_type"].tolist() == ["Usage"]
    assert shown["billed"].tolist() == [1.5]
    assert "**Bill by line type**" in said(app)
    assert "**Bill by commitment**" not in said(app)


@pytest.mark.parametrize("app", ["EUR"], indirect=True)
def test_a_bill_in_another_currency_says_so(app: AppTest) -> None:
    assert "**commitments**: the bill is in EUR, prices and amounts are in US dollars" in said(app)
