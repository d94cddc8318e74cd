"""Uploads, filters, the date and the reset: what the sidebar promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from finops.estate import Filters
from finops.money import usd
from finops.schema import total

from .conftest import EC2_CSV, ENTERPRISE, S3_CSV, Open, cards, move, run, texts, upload, uploader

if TYPE_CHECKING:
    import pytest

    from finops import Estate


def filter_box(app: AppTest, label: str):
    return next(box for box in app.sidebar.multiselect if box.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return run(app)


def go(app: AppTest, tab: str, section: str = "RI & Savings Plans") -> dict[str, str]:
    return cards(move(app, tab, section))


def test_uploads_replace_the_sample_everywhere(open_app: Open) -> None:
    app = upload(open_app(), EC2_CSV, S3_CSV)
    assert cards(app)["Run rate"] == "$249.00"  # 73 + 146 + 30
    assert cards(app)["Not running"] == "$146.00"
    assert "my_ec2.csv, my_s3.csv" in texts(app)
    assert go(app, "EC2")["Instances"] == "2"
    assert go(app, "S3")["Cost a month"] == "$30.00"
    assert go(app, ENTERPRISE)["Coverage, now → then"].startswith("0.0% → ")
    assert "Weak evidence" in texts(app)
    assert go(app, ENTERPRISE, "Tag Compliance")["By count"] == "33.3%"  # i-one of three
    assert go(app, ENTERPRISE, "Chargeback")["Total"] == "$249.00"
    assert "no budget" in texts(move(app, ENTERPRISE, "Budgets"))


def test_one_list_alone_is_enough(open_app: Open) -> None:
    app = upload(open_app(), EC2_CSV)
    assert cards(app)["Run rate"] == "$219.00"
    assert go(app, "S3") == {}
    assert "No bucket to show" in texts(app)


def test_a_bad_upload_says_why_and_leaves_the_rest(open_app: Open) -> None:
    app = upload(open_app(), "a,b\n1,2\n")
    assert "a, b" in app.sidebar.error[0].value.replace("\\", "")
    assert "The sample estate" in texts(app)
    assert cards(app)["Cost 2026-09"]


def test_a_bad_upload_after_a_good_one_keeps_the_good_one(open_app: Open) -> None:
    app = upload(open_app(), EC2_CSV, S3_CSV)
    uploader(app, "S3 resource list (CSV)").set_value(("bad.csv", b"\x00\xff\x00", "text/csv"))
    run(app)
    assert app.sidebar.error
    assert cards(app)["Run rate"] == "$249.00"


def test_what_was_set_aside_is_in_the_panel(open_app: Open) -> None:
    app = open_app(quality=True)
    upload(app, EC2_CSV + "i-bad,EC2,us-east-1,twelve,,2025-01-01,m5.large,running,1,1,1,1\n", S3_CSV)
    frames = [frame.value for frame in app.dataframe]
    totals = next(frame for frame in frames if "aside" in frame.columns)
    assert (totals["shown"] + totals["aside"] == totals["file"]).all()


def test_a_filter_narrows_and_a_cleared_one_means_all(open_app: Open, sample: Estate) -> None:
    app = open_app("EC2")
    filter_box(app, "Region").set_value(["eu-west-1"])
    run(app)
    kept = sample.narrowed(Filters(regions=("eu-west-1",))).ec2
    assert cards(app)["Instances"] == str(len(kept))
    assert cards(app)["Run rate"] == usd(total(kept["MonthlyCostUSD"]))
    assert "filtered by Region eu-west-1" in texts(app)
    filter_box(app, "Region").set_value([])
    assert cards(run(app))["Instances"] == "120"


def test_untagged_resources_can_be_chosen(open_app: Open, sample: Estate) -> None:
    app = open_app("EC2")
    filter_box(app, "Team").set_value(["(none)"])
    run(app)
    kept = sample.narrowed(Filters(teams=("(none)",))).ec2
    assert cards(app)["Instances"] == str(len(kept))


def test_filters_that_leave_nothing_show_an_empty_state(open_app: Open) -> None:
    app = open_app("EC2")
    filter_box(app, "Region").set_value(["ap-south-1"])
    filter_box(app, "State").set_value(["terminated"])
    filter_box(app, "Environment").set_value(["live"])
    run(app)
    for tab, section in (("EC2", ""), ("S3", ""), ("Overview", ""), (ENTERPRISE, "Tag Compliance")):
        go(app, tab, section or "Budgets")
    assert go(app, "EC2") == {}
    assert "No instance to show" in texts(app)


def test_a_filter_survives_the_change_of_the_tab(open_app: Open) -> None:
    app = open_app("EC2")
    filter_box(app, "Region").set_value(["eu-west-1"])
    run(app)
    go(app, "S3")
    assert filter_box(app, "Region").value == ["eu-west-1"]


def test_a_filter_that_new_data_do_not_know_is_dropped(open_app: Open) -> None:
    app = open_app("EC2")
    filter_box(app, "Region").set_value(["us-west-2"])
    run(app)
    upload(app, EC2_CSV, S3_CSV)
    assert cards(run(app))["Instances"] == "2"


def test_reset_resets(open_app: Open) -> None:
    app = upload(open_app("EC2"), EC2_CSV, S3_CSV)
    filter_box(app, "Region").set_value(["eu-west-1"])
    run(app)
    assert cards(app)["Instances"] == "1"
    press(app, "Reset")
    assert cards(app)["Instances"] == "120"
    assert "The sample estate" in texts(app)
    assert all(box.value == [] for box in app.sidebar.multiselect)


def test_the_date_counts(open_app: Open) -> None:
    app = open_app()
    app.sidebar.date_input[0].set_value("2026-08-31")
    run(app)
    assert "as of **2026-08-31**" in texts(app)
    assert "Cost 2026-08" in cards(app)


def test_without_any_data_the_app_asks_for_them(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    import streamlit as st

    monkeypatch.setattr("finops.estate.SAMPLE_FOLDER", tmp_path)
    st.cache_resource.clear()
    try:
        app = open_app()
        assert "There are no data to show yet" in texts(app)
        assert cards(upload(app, EC2_CSV, S3_CSV))["Run rate"] == "$249.00"
    finally:
        st.cache_resource.clear()


def test_names_are_not_markup(open_app: Open) -> None:
    named = EC2_CSV.replace("Team=Core", "Team=$a$ *b* [c](d)")
    app = upload(open_app(ENTERPRISE, "Chargeback"), named, S3_CSV)
    filter_box(app, "Team").set_value(["$a$ *b* [c](d)"])
    run(app)
    banner = next(part.value for part in app.markdown if "filtered by" in part.value)
    assert r"\$a\$ \*b\* \[c\]\(d\)" in banner


def test_a_link_to_a_team_that_is_not_there_says_so(open_app: Open) -> None:
    app = open_app()
    app.query_params["teams"] = "Nobody"
    app = run(app)
    assert any("Nobody" in note.value for note in app.warning)
