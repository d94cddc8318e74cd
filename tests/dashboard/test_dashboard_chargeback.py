"""The section Chargeback without a browser: its views, the rule editor, closing, files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.answers import allocation_rules, closing
from finops.answers.allocation import ChargebackSettings, chargeback
from finops.answers.allocation_rules import made_rules
from finops.chargeback import ClosedPeriods
from finops.dashboard.chargeback_section import VIEWS
from finops.money import exact_sum, usd
from finops.storage import JsonStore

from .conftest import EC2_CSV, ENTERPRISE, S3_CSV, Open, cards, run, texts, upload, uploader


@pytest.fixture
def opened(open_app: Open):
    """``opened("Rules")``: the section on that view, on the sample."""

    def on_view(view: str) -> AppTest:
        return open_app(ENTERPRISE, "Chargeback", view)

    return on_view


def press(app: AppTest, label: str, at: int = 0) -> AppTest:
    [*found] = [one for one in app.button if one.label == label]
    found[at].click()
    return run(app)


def choose(app: AppTest, label: str, value: str) -> AppTest:
    next(one for one in app.selectbox if one.label == label).select(value)
    return run(app)


def write(app: AppTest, label: str, value: str) -> AppTest:
    fields = [*app.text_input, *app.text_area]
    next(one for one in fields if one.label == label).set_value(value)
    return run(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands_below_the_same_figures(opened, sample: Estate, view: str) -> None:
    app = opened(view)
    report = chargeback(sample, ChargebackSettings()).report
    drawn = cards(app)
    assert (drawn["Total"], drawn["Unallocated"]) == (
        usd(report.total_usd),
        usd(report.unallocated_usd),
    )
    assert all(metric.help for metric in app.metric)
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))


def test_the_picture_of_the_flow_adds_up_on_both_sides(opened, sample: Estate) -> None:
    app = opened("Flow")
    [figure] = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    [sankey] = figure["data"]
    link, rules = sankey["link"], {"Tag", "No rule fits"}
    is_rule = [label in rules for label in sankey["node"]["label"]]
    ends = [usd for at, usd in zip(link["target"], link["value"], strict=True) if is_rule[at]]
    starts = [usd for at, usd in zip(link["source"], link["value"], strict=True) if is_rule[at]]
    total = chargeback(sample, ChargebackSettings()).report.total_usd
    assert exact_sum(ends) == exact_sum(starts) == total
    assert f"Each side adds up to {usd(total)}." in texts(app)


def test_a_line_opens_to_charges_that_add_up_to_it(opened, sample: Estate) -> None:
    app = choose(opened("Drill-down"), "Line", "Mobile")
    line = next(
        one
        for one in chargeback(sample, ChargebackSettings()).report.lines
        if one.allocated_to == "Mobile"
    )
    by_rule, charges = (app.dataframe[at].value for at in (0, 1))
    assert round(by_rule["usd"].sum(), 2) == round(charges["cost_usd"].sum(), 2) == float(line.total_usd)
    assert f"rows that add up to {usd(line.total_usd)}" in texts(app)


def test_coverage_is_held_against_its_target(opened, sample: Estate) -> None:
    answer = chargeback(sample, ChargebackSettings())
    assert answer.review.to_target_usd is not None
    assert f"{usd(answer.review.to_target_usd)}** more must find an owner" in texts(opened("Overview"))


# $73.00 of CostCenter 1, and $146.00 + $30.00 without one.
def test_a_shared_cost_is_previewed_saved_and_undone(opened) -> None:
    app = upload(opened("Rules"), ec2=EC2_CSV, s3=S3_CSV)
    app = choose(app, "Charge by", "CostCenter")
    assert cards(app)["Unallocated"] == "$176.00"
    app = press(app, "Add shared cost")
    drawn = cards(app)
    assert (drawn["Unallocated before"], drawn["Unallocated after"]) == ("$176.00", "$0.00")
    assert (drawn["Reconciliation difference"], drawn["Total under these rules"]) == ("$0.00", "$249.00")
    preview = next(frame.value for frame in app.dataframe if "after_usd" in frame.value.columns)
    assert preview.to_numpy().tolist() == [
        ["1", 73.0, 249.0, 176.0],
        ["Unallocated", 176.0, 0.0, -176.0],
    ]
    # Nothing is kept until it is saved.
    assert allocation_rules.kept_document().value.rules == ()
    assert cards(app)["Unallocated"] == "$176.00"
    app = press(write(app, "Rule name", "Rest"), "Save rules")
    assert [rule.name for rule in allocation_rules.kept_document().value.rules] == ["Tag", "Rest"]
    assert cards(app)["Unallocated"] == "$0.00"
    app = press(app, "Undo")
    assert allocation_rules.kept_document().value.rules == ()
    assert cards(app)["Unallocated"] == "$176.00"


def test_rules_are_edited_moved_and_removed(opened) -> None:
    app = press(press(opened("Rules"), "Add account default"), "Add shared cost")
    app = choose(app, "What is shared", "support")
    app = choose(app, "How", "fixed")
    assert "needs them" in texts(app) or "not complete" in texts(app)
    app = write(app, "Shares in percent", "Mobile 60\nPayments 30")
    assert "add up to 0.9" in texts(app)
    app = write(app, "Shares in percent", "Mobile 60\nPayments 40")
    assert cards(app)["Reconciliation difference"] == "$0.00"
    # The pool goes before the account and then before the tag: it takes all of support.
    app = press(press(app, "Up", 2), "Up", 1)
    assert cards(app)["Reconciliation difference"] == "$0.00"
    press(app, "Save rules")
    rules = allocation_rules.kept_document().value.rules
    assert [rule.name for rule in rules] == ["Shared cost", "Tag", "Account default"]
    pool = rules[0].model_dump()
    assert (pool["source"], pool["shares"]) == (
        "support",
        {"Mobile": Decimal("0.6"), "Payments": Decimal("0.4")},
    )
    app = press(press(app, "Remove", 2), "Save rules")
    assert len(allocation_rules.kept_document().value.rules) == 2


def test_a_save_over_somebody_else_is_refused(opened) -> None:
    app = press(opened("Rules"), "Add shared cost")
    theirs = made_rules({"rules": [{"kind": "tag", "name": "Theirs", "keys": ["Owner"]}]})
    allocation_rules.save_rules(theirs, allocation_rules.kept_document().revision)
    app = press(app, "Save rules")
    assert "changed by somebody else" in texts(app)
    assert "Theirs: the tag Owner" in texts(app)
    assert allocation_rules.kept_document().value == theirs
    # What was typed is still here, and goes on top only when it is said.
    app = press(press(app, "Let mine replace theirs"), "Save rules")
    assert [rule.name for rule in allocation_rules.kept_document().value.rules] == [
        "Tag",
        "Shared cost",
    ]
    assert "changed by somebody else" not in texts(app)


def test_a_month_is_closed_and_reopened(opened, own_state: Path) -> None:
    app = press(opened("Closing"), "Close the month")
    assert "Say who closes" in texts(app)
    app = press(write(app, "Your name", "Dana"), "Close the month")
    assert "closed on" in texts(app)
    [closed] = closing.closed_periods().periods
    assert (closed.period, closed.by, closed.closed_by) == ("2026-09", "Team", "Dana")
    app = choose(app, "Untagged cost", "even")
    assert "not what is asked for now: sharing of untagged cost" in texts(app)
    app = write(app, "Reason", "Tax was late")
    app = press(app, "Reopen the month")
    assert closing.closed_periods().periods == ()
    log = JsonStore(own_state).read("closed_periods.json", ClosedPeriods).value.log
    assert [(one.action, one.who, one.reason) for one in log] == [
        ("closed", "Dana", ""),
        ("reopened", "Dana", "Tax was late"),
    ]
    logged = next(frame.value for frame in app.dataframe if "reason" in frame.value.columns)
    assert logged["action"].to_list() == ["reopened", "closed"]


def test_the_views_of_a_restated_month_say_so(opened, sample: Estate, own_state: Path) -> None:
    # A charge of Payments was one of Mobile when the month was closed; the total is the same.
    costs = sample.costs
    of_month = costs["ChargePeriodStart"].between("2026-09-01", "2026-09-30")
    payments = of_month & costs["Tags"].astype("str").str.contains('"Team":"Payments"')
    first = costs.index == costs.index[payments & costs["BilledCost"].gt(Decimal(1))][0]
    moved = costs["Tags"].astype("str")
    moved = moved.where(~first, moved.str.replace('"Team":"Payments"', '"Team":"Mobile"'))
    before = replace(sample, costs=costs.assign(Tags=moved.astype("category")))
    closing.close_period(
        before,
        ChargebackSettings(),
        JsonStore(own_state),
        at=datetime(2026, 10, 2, tzinfo=UTC),
        who="Dana",
    )
    assert "no longer those that made its lines" in texts(opened("Flow"))
    assert "restated since the period was closed" in texts(opened("Drill-down"))
    app = opened("Overview")
    assert "the lines are those of the bill as it was then" in texts(app)
    assert "the lines are the bill" not in texts(app)


def test_files_carry_period_basis_and_hash_and_showback_has_no_journal(opened, sample: Estate) -> None:
    digest = chargeback(sample, ChargebackSettings()).report.digest
    app = opened("Files")
    said = texts(app)
    for name in ("_summary.csv", "_detail.csv", "_journal.csv", ".xlsx", "_charges_"):
        assert f"chargeback_2026-09_billed_{digest[:12]}{name}" in said
    assert f"`{digest}`" in said
    [mode] = [one for one in app.radio if one.label == "Mode"]
    mode.set_value("showback")
    said = texts(run(app))
    assert f"showback_2026-09_billed_{digest[:12]}_summary.csv" in said
    assert "_journal" not in said


def test_unit_costs_of_drivers_that_are_uploaded(opened) -> None:
    # Core costs 73.00 + 30.00 for 50 requests: $2.06 each.
    app = upload(opened("Comparison"), ec2=EC2_CSV, s3=S3_CSV)
    uploader(app, "Drivers (CSV)").set_value(
        ("requests.csv", b"allocated_to,requests\nCore,50\n", "text/csv")
    )
    app = run(app)
    units = next(frame.value for frame in app.dataframe if "unit_cost_usd" in frame.value.columns)
    assert units.to_numpy().tolist() == [["requests", "Core", 50.0, 2.06]]
    app = press(app, "Forget the drivers")
    assert not any("unit_cost_usd" in frame.value.columns for frame in app.dataframe)


def test_rules_that_need_a_driver_can_still_be_mended(opened, own_state: Path) -> None:
    own_state.mkdir(exist_ok=True)
    rules = [
        {"kind": "tag", "name": "Tag"},
        {"kind": "pool", "name": "Net", "source": "network", "split": "driver", "driver": "requests"},
    ]
    (own_state / "allocation_rules.json").write_text(json.dumps({"version": 1, "rules": rules}))
    app = opened("Rules")
    assert "needs the driver requests" in texts(app)
    app = press(press(app, "Remove", 1), "Save rules")
    assert "needs the driver" not in texts(app)
    assert cards(app)["Reconciliation difference"] == "$0.00"


@pytest.mark.parametrize("name", ["allocation_rules.json", "closed_periods.json", "virtual_tags.json"])
def test_a_broken_document_is_a_banner_with_a_way_out(opened, own_state: Path, name: str) -> None:
    own_state.mkdir(exist_ok=True)
    (own_state / name).write_text('{"version": 1, "rules": [')
    app = opened("Overview")
    assert any(name in error.value.replace("\\", "") for error in app.error)
    assert (own_state / name).read_text() == '{"version": 1, "rules": ['
    app = press(app, "Put the broken file out of the way")
    assert cards(app)["Total"] == "$59,354.52"
    assert not (own_state / name).exists()
    assert len(list(own_state.glob(f"{name}.broken-*"))) == 1
