"""The EC2 tab: many instances are drawn in part, and that is said."""

from __future__ import annotations

from .apps import charts
from .conftest import EC2_CSV, Open, texts, upload

HEAD, ROW = EC2_CSV.splitlines()[0], "{id},EC2,us-east-1,{cost},,2025-01-01,m5.large,running,50,40,1,1"


def test_what_is_not_drawn_of_many_instances_is_said(open_app: Open) -> None:
    """6,000 instances have both figures: 5,000 marks. Of two, both are drawn and nothing is said."""
    many = "\n".join([HEAD, *(ROW.format(id=f"i-{at}", cost=1 + at / 1000) for at in range(6000))])
    app = upload(open_app("EC2"), many)
    said = "The 5,000 dearest of 6,000 are drawn"
    assert f"{said}; the inventory has all." in texts(app)
    assert [chart.proto.alt.endswith(said) for chart in charts(app)].count(True) == 1
    upload(app, EC2_CSV)
    assert "dearest of" not in texts(app)


def test_small_charts_stand_in_rows_that_wrap(open_app: Open) -> None:
    """A place is 300 pixels wide at least, so on a page of 468 each chart has a row of its own."""
    app = open_app("EC2")
    style = [str(one.proto.body) for one in app.get("html") if "side_by_side_" in str(one.proto.body)]
    assert [one for one in style if "flex-basis: min(300px, 100%)" in one] == style != []
