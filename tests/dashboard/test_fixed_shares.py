"""Fixed shares: percents that add up to 100, and nobody to share with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops.answers.allocation import even_shares

from .conftest import EC2_CSV, ENTERPRISE, Open, move, upload


@pytest.mark.parametrize("targets", [1, 2, 3, 7, 30])
def test_even_shares_are_whole_hundredths_that_add_up(targets: int) -> None:
    shares = even_shares([f"team {at}" for at in range(targets)])
    assert sum(shares.values()) == Decimal(100)
    assert all(share == round(share, 2) for share in shares.values())


def test_without_anybody_to_share_with_the_cost_is_left_apart(open_app: Open) -> None:
    app = upload(open_app(), ec2=EC2_CSV)
    app = move(app, ENTERPRISE, "Chargeback")
    next(box for box in app.selectbox if box.label == "Charge by").select("AccountId").run()
    next(box for box in app.selectbox if box.label == "Untagged cost").select("fixed").run()
    assert not app.exception
    assert any("nobody to share with" in note.value for note in app.info)
