"""The small answers: rankings, what was set aside, budgets read before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.answers import budgets
from finops.answers.allocation import drivers_of, read_shares
from finops.answers.budget_scopes import scope_values
from finops.answers.budgets import standing
from finops.answers.compliance import compliance
from finops.answers.quality import set_aside_by_code
from finops.answers.ranking import matching, top_and_rest, top_series
from finops.answers.remediation import Chosen, violations
from finops.errors import AllocationError
from finops.estate import load_estate
from finops.ingest import InputFile

if TYPE_CHECKING:
    from finops import Estate


def ranked(costs: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"name": [f"n{at}" for at in range(len(costs))], "cost_usd": costs})


@given(st.lists(st.integers(0, 10**6), max_size=40), st.integers(1, 12))
def test_the_rest_keeps_the_total(costs: list[int], limit: int) -> None:
    frame = top_and_rest(ranked([float(cost) for cost in costs]), limit)
    assert frame["cost_usd"].sum() == sum(costs)
    assert len(frame) <= limit + 1


def test_one_row_is_not_folded_into_a_rest_of_one() -> None:
    assert list(top_and_rest(ranked([3, 2, 1]), 2)["name"]) == ["n0", "n1", "n2"]
    assert list(top_and_rest(ranked([4, 3, 2, 1]), 2)["name"]) == ["n0", "n1", "Other (2 more)"]


def test_series_are_ranked_over_the_whole_span_and_keep_the_total() -> None:
    frame = pd.DataFrame(
        {"month": ["a", "a", "a", "b"], "name": ["x", "y", "z", "z"], "cost_usd": [5.0, 1, 3, 3]}
    )
    folded, order = top_series(frame, "month", limit=1)
    assert order == ["z", "Other"]
    assert folded["cost_usd"].sum() == 12
    assert top_series(frame, "month", limit=6)[1] == ["z", "x", "y"]


def test_every_word_must_be_found_somewhere_in_the_row() -> None:
    frame = pd.DataFrame({"a": ["Web $1", "Lab"], "b": ["us-east-1", None], "n": [1, 2]})
    assert list(matching(frame, "web EAST").index) == [0]
    assert list(matching(frame, "$1").index) == [0]
    assert list(matching(frame, "lab east").index) == []


def test_set_aside_rows_are_added_up_by_reason() -> None:
    text = (
        "BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,"
        "VersionEnabled,Encryption\n"
        "good,us-east-1,30,,2025-01-01,STANDARD,1,1,True,None\n"
        "bad,us-east-1,many,,2025-01-01,STANDARD,1,1,True,None\n"
    )
    estate = load_estate(s3=InputFile("s3.csv", text.encode()))
    frame = set_aside_by_code(estate)
    assert frame["rows"].sum() == len(estate.set_aside)
    assert frame["unknown"].sum() == estate.set_aside["CostUSD"].isna().sum()


def test_standing_is_what_check_says(sample: Estate) -> None:
    budgets.create({"name": "All", "scope_type": "total", "scope_value": "", "amount": 100})
    assert standing(sample, budgets.listed()) == budgets.check(sample)


def test_scope_values_are_those_of_the_data(sample: Estate) -> None:
    values = scope_values(sample)
    assert values["service"][:3] == ("EC2", "S3", "combined")
    assert "(none)" not in (*values["region"], *values["team"], *values["environment"])
    assert set(values["account"]) >= set(sample.accounts["AccountId"])


def test_the_remediation_list_of_a_key_holds_whoever_violates_it(sample: Estate) -> None:
    answer = compliance(sample)
    lines = {line.key: line for line in answer.report.by_tag}
    for key in answer.policy.required:
        expected = answer.report.resources - lines[key].compliant
        assert len(violations(answer, Chosen(key=key))) == expected


@pytest.mark.parametrize("cell", ["1e99999999", "1e-99999999", "-1", "NaN", "many"])
def test_a_driver_that_nobody_writes_out_is_refused(cell: str) -> None:
    with pytest.raises(AllocationError, match=r"d\.csv, line 2: .* is no quantity of zero or more"):
        drivers_of(f"allocated_to,requests\nPayments,{cell}\n", "d.csv")


@pytest.mark.parametrize("text", ['{"A": 1, "A": 0}', "[]", '{"A": "half"}'])
def test_shares_name_each_target_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shares.json"
    path.write_text(text)
    with pytest.raises(AllocationError, match=r"shares\.json holds no shares: .* each target once"):
        read_shares(path)
