"""Text where Streamlit reads Markdown."""

from __future__ import annotations

import pytest

from finops.dashboard.wording import basis_text, count, dollars, percent, plain
from finops.schema import Basis


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web", "web"),
        ("$a$", r"\$a\$"),
        ("*b* _c_", r"\*b\* \_c\_"),
        ("[d](e)", r"\[d\]\(e\)"),
        (":red[f]", r"\:red\[f\]"),
        ("<b>g</b>", r"\<b\>g\</b\>"),
        ("# one\n# two", r"\# one \# two"),
    ],
)
def test_names_are_not_markup(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_pair_of_dollars_is_not_a_formula() -> None:
    assert f"{dollars(1)} of {dollars(-2)}" == r"\$1.00 of -\$2.00"


def test_unknown_is_a_dash() -> None:
    assert (dollars(None), percent(None), percent(float("nan"))) == ("–", "–", "–")


def test_counts() -> None:
    assert (count(1, "row"), count(2_000, "row")) == ("1 row", "2,000 rows")


def test_a_basis_in_words() -> None:
    assert basis_text(Basis("costs", "effective", "2026-09")) == (
        "bill of 2026-09, effective (amortised) cost"
    )
    assert basis_text(Basis("inventory", "run_rate", "730 h")).startswith("resource lists, run rate")
