"""Recorded prices that are not the price list's."""

from __future__ import annotations

import pandas as pd
import pytest

from finops.ri_engine import price_mismatches
from finops.schema import EC2


def listed(*prices: float | None, instance_type: str = "m5.large") -> pd.DataFrame:
    rows = {"InstanceId": [f"i-{n}" for n in range(len(prices))], "CostPerHourUSD": list(prices)}
    return EC2.conform(pd.DataFrame(rows).assign(Region="us-east-1", InstanceType=instance_type))


def test_only_more_than_two_percent_is_a_mismatch(catalogue) -> None:
    # m5.large is 0.10 $/h: 0.1019 is 1.9 % off, 0.103 and 0.05 are more.
    (issue,) = price_mismatches(listed(0.10, 0.1019, 0.103, 0.05, None), catalogue)
    assert (issue.code, issue.severity, issue.rows) == ("price_mismatch", "warning", 2)
    assert issue.cost_usd == pytest.approx(0.153 * 730)
    assert "$111.69" in issue.message
    assert "$146.00" in issue.message


def test_prices_that_agree_or_are_unknown_are_no_issue(catalogue) -> None:
    assert price_mismatches(listed(0.10), catalogue) == ()
    assert price_mismatches(listed(9.99, instance_type="z1.large"), catalogue) == ()
    assert price_mismatches(EC2.empty(), catalogue) == ()
