"""The views of S3: each draws, filters narrow it, and a rule is tried as the reader sets it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from finops.answers.lifecycle import LifecycleSettings, Step, rank_lifecycles, try_lifecycle
from finops.answers.storage import storage
from finops.dashboard import s3_checks_view, s3_tab
from finops.money import usd

from .apps import charts_without_words
from .conftest import S3_CSV, Open, Opened, cards, run, texts, upload

if TYPE_CHECKING:
    from finops import Estate

HEAD = S3_CSV.splitlines()[0] + "\n"


@pytest.fixture
def s3(open_app: Open) -> Opened:
    """``s3("Lifecycle")``: that view of the tab, on the sample."""

    def opened(view: str = "Costs") -> AppTest:
        app = open_app("S3")
        if view != "Costs":
            app.query_params["s3"] = view
            run(app)
        return app

    return opened


def field(kind: list, label: str):
    return next(one for one in kind if one.label == label)


@pytest.mark.parametrize("name", s3_tab.VIEWS)
def test_every_view_draws_and_its_charts_have_words(s3: Opened, name: str) -> None:
    app = s3(name)
    assert charts_without_words(app) == []
    assert cards(app)["Buckets"] == "80"
    assert [metric.label for metric in app.metric if not metric.help] == []


def test_the_costs_are_held_against_list_price(s3: Opened, sample: Estate) -> None:
    app, answer = s3(), storage(sample)
    assert cards(app)["Storage at list price"] == usd(answer.list_usd)
    assert "By bucket: 75 at list, 5 below list." in texts(app)
    for way, rows in (("By region", 5), ("By age of the bucket", 5), ("By storage class", 7)):
        field(app.radio, "Monthly cost").set_value(way)
        run(app)
        assert len(app.dataframe[0].value) == rows


@pytest.mark.parametrize("kind", s3_checks_view.KINDS)
def test_what_to_check_is_counted_and_listed(s3: Opened, sample: Estate, kind: str) -> None:
    app, flag = s3("To check"), getattr(storage(sample), kind)
    field(app.radio, "What to check").set_value(kind)
    run(app)
    if flag.count:
        assert f"{flag.count} bucket" in texts(app)
        assert f"{usd(flag.cost_usd)} a month" in texts(app)
        assert len(app.dataframe[0].value) == flag.count
    else:
        assert "no bucket." in texts(app)


def test_the_bucket_with_the_largest_saving_is_tried_first(s3: Opened, sample: Estate) -> None:
    app, settings = s3("Lifecycle"), LifecycleSettings()
    first = rank_lifecycles(sample, settings).table.iloc[0]
    assert field(app.selectbox, "Bucket").value == first["BucketName"]
    drawn = cards(app)
    assert drawn["Saving, mean of a month"] == usd(first["saving_a_month_usd"])
    assert drawn["Over 12 months"] == usd(first["saving_usd"])
    assert drawn["Breaks even"] == "in month 1"
    assert drawn["Stops saving"] == f"at {first['stops_at_pct']:,.1f} % read"
    assert "in no total and in no list of actions" in texts(app)


def test_the_controls_are_the_rule(s3: Opened, sample: Estate) -> None:
    app = s3("Lifecycle")
    field(app.multiselect, "Classes of the rule").set_value(["DEEP_ARCHIVE", "STANDARD_IA"])
    run(app)
    field(app.number_input, "Deep Archive after, days").set_value(180)
    field(app.number_input, "Read a month, % of what is stored").set_value(0.0)
    field(app.number_input, "Months ahead").set_value(24)
    field(app.radio, "Age of the data").set_value("equal")
    field(app.selectbox, "Bucket").set_value("acme-webshop-assets-01")
    run(app)
    settings = replace(
        LifecycleSettings(),
        steps=(Step(30, "STANDARD_IA"), Step(180, "DEEP_ARCHIVE")),
        retrieved_pct=0.0,
        months=24,
        ages="equal",
    )
    one = try_lifecycle(sample, "acme-webshop-assets-01", settings)
    assert one.result is not None
    assert cards(app)["Over 24 months"] == usd(one.result.saving_usd)


def test_a_rule_that_aws_would_refuse_is_said(s3: Opened) -> None:
    app = s3("Lifecycle")
    field(app.number_input, "Glacier Instant after, days").set_value(40)
    run(app)
    assert "60 days at the earliest" in texts(app)
    field(app.number_input, "Glacier Instant after, days").set_value(60)
    run(app)
    assert "60 days at the earliest" not in texts(app)


def test_a_bucket_without_a_figure_says_why(s3: Opened) -> None:
    app = s3("Lifecycle")
    field(app.selectbox, "Bucket").set_value("acme-mobile-media-04")
    run(app)
    assert "INTELLIGENT_TIERING moves its objects itself" in texts(app)
    assert "Stops saving" not in cards(app)


def test_settings_outlast_another_view(s3: Opened) -> None:
    app = s3("Lifecycle")
    field(app.number_input, "Months ahead").set_value(36)
    run(app)
    for view in ("Costs", "Lifecycle"):
        app.query_params["s3"] = view
        run(app)
    assert field(app.number_input, "Months ahead").value == 36


def test_the_chosen_bucket_may_go_with_a_filter(s3: Opened) -> None:
    app = s3("Lifecycle")
    field(app.selectbox, "Bucket").set_value("acme-webshop-assets-01")
    run(app)
    field(app.multiselect, "Region").set_value(["eu-west-1"])
    run(app)
    assert field(app.selectbox, "Bucket").value != "acme-webshop-assets-01"
    assert "its objects have 30 kb on average" in texts(app).lower()


def test_names_are_data(s3: Opened) -> None:
    app = s3("Lifecycle")
    upload(app, s3=HEAD + "**b**$x$,us-east-1,30,,2025-01-01,STANDARD,1000,1000,True,None\n")
    assert field(app.selectbox, "Bucket").value == "**b**$x$"
    assert "**b**$x$: 1,000 GB in 1,000 objects" in texts(app)


def test_lists_without_sizes_have_no_figure_but_a_reason(s3: Opened) -> None:
    app = upload(s3("Costs"), s3=HEAD + "b-two,us-east-1,30,,,STANDARD,,,True,None\n")
    assert "No bucket of the list has both a cost and a size." in texts(app)
    app.query_params["s3"] = "Lifecycle"
    run(app)
    assert (
        "the list states no size and no number of objects and no creation date of it"
        in texts(app).lower()
    )


@pytest.mark.parametrize("name", s3_tab.VIEWS)
def test_a_broken_catalogue_is_said_and_the_rest_goes_on(s3: Opened, own_state: Path, name: str) -> None:
    (own_state / "pricing").mkdir(parents=True)
    (own_state / "pricing" / "current.json").write_text("{")
    app = s3(name)
    assert {error.value.partition(" /")[0] for error in app.error} == {"the updated price catalogue"}
    assert cards(app)["Cost a month"] == "$15,932.71"
    assert cards(app)["Unencrypted"] == "25 buckets"
    assert name != "Costs" or "By bucket: 80 not priced." in texts(app)


def test_a_saving_lowered_to_the_lists_cost_is_said(s3: Opened) -> None:
    app = upload(
        s3("Costs"), s3=HEAD + "b-one,us-east-1,3,,2023-10-18,STANDARD,1000000,1000,True,AES256\n"
    )
    app.query_params["s3"] = "Lifecycle"
    run(app)
    assert "the saving cannot be more than the cost" in texts(app)
    saving = float(cards(app)["Saving, mean of a month"].removeprefix("$"))
    assert 2 < saving < 3
    assert app.dataframe[-1].value["saving_a_month_usd"].iloc[0] == pytest.approx(saving, abs=0.01)
