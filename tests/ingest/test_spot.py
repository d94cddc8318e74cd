"""How an hour was bought, in the words that files use."""

from __future__ import annotations

import pytest

from finops.ingest import InputFile, read_usage

HEADER = "Hour,Region,InstanceType,Quantity,PurchaseOption\n"


@pytest.mark.parametrize(
    ("word", "option"),
    [("spot", "spot"), (" Spot", "spot"), ("On-Demand", "on_demand"), ("", "on_demand")],
)
def test_words_for_how_an_hour_was_bought(word: str, option: str) -> None:
    read = read_usage(
        InputFile("u.csv", f"{HEADER}2026-09-01T00:00Z,us-east-1,m5.large,1,{word}\n".encode())
    )
    assert list(read.frame["PurchaseOption"]) == [option]
    assert "unknown_purchase_option" not in {issue.code for issue in read.issues}


def test_a_word_that_is_neither_is_an_issue() -> None:
    read = read_usage(
        InputFile("u.csv", f"{HEADER}2026-09-01T00:00Z,us-east-1,m5.large,1,barter\n".encode())
    )
    (issue,) = (issue for issue in read.issues if issue.code == "unknown_purchase_option")
    assert issue.rows == 1
