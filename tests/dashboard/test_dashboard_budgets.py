"""Budgets in the dashboard: made, changed, kept, deleted, brought back, and what a broken file does."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finops.answers import alerts, budgets
from finops.answers.budgets import Budget
from finops.dashboard.budgets_section import VIEWS

from .apps import charts_without_words, field, labels, press
from .conftest import ENTERPRISE, Open, cards, move, run, texts, upload, uploader

APP = Path(__file__).resolve().parents[2] / "streamlit_dashboard.py"
Opened = Callable[[str], AppTest]


@pytest.fixture
def opened(open_app: Open) -> Opened:
    """``opened("Edit")``: that view of the budgets."""
    return lambda view="Overview": open_app(ENTERPRISE, "Budgets", view)


def make(name: str = "All", amount: float = 70000, **fields: object) -> Budget:
    return budgets.create(
        {"name": name, "scope_type": "total", "scope_value": "", "amount": amount, **fields}
    )


def names() -> list[str]:
    return [budget.name for budget in budgets.listed()]


@pytest.mark.parametrize("view", VIEWS)
def test_without_a_budget_each_view_says_how_to_begin(opened: Opened, view: str) -> None:
    app = opened(view)
    if view in {"Overview", "Chart", "Variance", "Year end"}:
        assert "There is no budget yet" in texts(app)
        press(app, "Begin with templates")
        assert "Create the ticked budgets" in labels(app)


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_shows_every_kind_of_budget(opened: Opened, view: str) -> None:
    whole = make("Whole", 70000)
    make("Part", 80000, scope_type="service", scope_value="EC2", parent=whole.id)
    make("Nobody", 300, scope_type="team", scope_value="Nobody")
    make("Gone by", 9000, period="custom", start=date(2026, 1, 5), end=date(2026, 1, 25))
    make("Ahead", 9000, period="custom", start=date(2027, 1, 5), end=date(2027, 1, 25))
    budgets.pause(make("Asleep", 10).id)
    app = opened(view)
    assert charts_without_words(app) == []
    if view == "Overview":
        assert cards(app)["Budgets"] == "6"
        shown = texts(app)
        assert "Part of Whole." in shown
        assert "Whole is over-allocated" in shown.replace("*", "")
        assert "$10,000.00 more than its $70,000.00" in shown


# Making and changing


def test_a_budget_is_made_and_kept(opened: Opened) -> None:
    app = opened("Edit")
    field(app, "Name").set_value("Everything")
    field(app, "Amount in USD").set_value(70000.0)
    press(app, "Create budget")
    assert names() == ["Everything"]
    assert cards(app)["Budgets"] == "1"
    assert "of $70,000.00" in texts(app)


@pytest.mark.parametrize(
    ("label", "value", "says"),
    [
        ("Name", "", "Name: Give the budget a name."),
        ("Amount in USD", -5.0, "Amount in USD: The amount must be above $0; received -5.00."),
        ("Amount in USD", None, "Amount in USD: Say how many dollars"),
        ("Alert at", "fifty", "Alert at: Thresholds are percentages or dollars with commas"),
        ("Further conditions", "colour=red", "Further conditions: A condition is TYPE=VALUE"),
    ],
)
def test_a_budget_that_makes_no_sense_says_why(
    opened: Opened, label: str, value: object, says: str
) -> None:
    app = opened("Edit")
    field(app, "Name").set_value("Everything")
    field(app, "Amount in USD").set_value(70000.0)
    field(app, label).set_value(value)
    press(app, "Create budget")
    assert says in app.error[0].value.replace("\\", "").replace("*", "")
    assert budgets.listed() == ()
    # What was typed is still there.
    assert field(app, label).value == value


def test_a_name_is_taken_once(opened: Opened) -> None:
    make("Taken", 1)
    app = opened("Edit")
    field(app, "Name").set_value("Taken")
    field(app, "Amount in USD").set_value(5.0)
    press(app, "Create budget")
    assert "exists" in app.error[0].value
    assert len(budgets.listed()) == 1


def test_a_budget_is_changed_and_keeps_what_was_not_touched(opened: Opened) -> None:
    before = make("Before", 100, owner="Ada", thresholds=budgets.read_thresholds("40, $90"))
    app = press(opened("Overview"), "Edit")
    assert field(app, "Name").value == "Before"
    field(app, "Name").set_value("After")
    press(app, "Save changes")
    [after] = budgets.listed()
    assert after == before.model_copy(update={"name": "After"})


def test_planned_amounts_are_a_line_each(opened: Opened) -> None:
    app = opened("Edit")
    field(app, "The amount is").set_value("planned")
    run(app)
    field(app, "Name").set_value("Plan")
    field(app, "Planned amounts").set_value("2026-01-01 900\n2026-02-01 $1,200.50")
    press(app, "Create budget")
    [budget] = budgets.listed()
    assert [(one.start.isoformat(), str(one.amount)) for one in budget.planned] == [
        ("2026-01-01", "900"),
        ("2026-02-01", "1200.50"),
    ]


def test_the_second_of_two_readers_is_told_and_loses_nothing(opened: Opened) -> None:
    budget = make("Shared", 100, owner="Ada")
    first, second = press(opened("Overview"), "Edit"), press(opened("Overview"), "Edit")
    field(first, "Amount in USD").set_value(200.0)
    press(first, "Save changes")

    field(second, "Owner").set_value("Grace")
    press(second, "Save changes")
    told = second.warning[0].value.replace("\\", "")
    assert "Shared was changed by somebody else" in told
    assert "**Amount in USD**: was 100.00, is now 200.00" in told
    assert field(second, "Owner").value == "Grace"
    assert budgets.listed()[0].owner == "Ada"

    # The next press puts the one on top of the other.
    press(second, "Save changes")
    [both] = budgets.listed()
    assert (both.id, both.owner, both.amount) == (budget.id, "Grace", 200)


def test_a_failed_undo_can_be_tried_again(opened: Opened) -> None:
    make("Twice", 100)
    app = press(opened("Overview"), "Yes, delete it")
    make("Twice", 200)
    press(app, "Undo")
    assert "exists" in texts(app)
    budgets.delete(budgets.listed()[0].id)
    press(app, "Undo")
    assert [one.amount for one in budgets.listed()] == [100]


def test_what_was_typed_for_a_deleted_budget_becomes_a_new_one(opened: Opened) -> None:
    budget = make("Gone", 100)
    app = press(opened("Overview"), "Edit")
    budgets.delete(budget.id)
    field(app, "Owner").set_value("Grace")
    press(app, "Save changes")
    assert "was deleted by somebody else" in texts(app)
    press(app, "Save changes")
    [again] = budgets.listed()
    assert (again.name, again.owner, again.id != budget.id) == ("Gone", "Grace", True)


# Copies, pauses, deletions


def test_a_budget_is_copied_paused_and_resumed(opened: Opened) -> None:
    make("One", 100)
    app = press(opened("Overview"), "Copy")
    assert names() == ["One", "One (copy)"]
    press(app, "Pause")
    assert sorted(budget.status for budget in budgets.listed()) == ["active", "paused"]
    assert "Paused" in texts(app)
    press(app, "Resume")
    assert {budget.status for budget in budgets.listed()} == {"active"}


def test_delete_asks_first_and_can_be_undone(opened: Opened) -> None:
    budget = make("Gone", 1)
    app = opened("Overview")
    assert "Delete **Gone**?" in texts(app)
    press(app, "Yes, delete it")
    assert budgets.listed() == ()
    assert "There is no budget yet" in texts(app)
    press(app, "Undo")
    assert budgets.listed() == (budget,)
    assert "Undo" not in labels(app)


def test_a_budget_that_changed_since_it_was_shown_is_not_deleted(opened: Opened) -> None:
    budget = make("Kept", 1)
    app = opened("Overview")
    budgets.update(budget.id, {"amount": 2})
    press(app, "Yes, delete it")
    assert "changed by somebody else" in app.error[0].value
    assert names() == ["Kept"]


def test_one_that_was_deleted_before_is_brought_back(opened: Opened) -> None:
    budget = make("Gone", 1)
    budgets.delete(budget.id)
    press(opened("AWS and files"), "Bring it back")
    assert budgets.listed() == (budget,)


# Templates


def test_a_ticked_template_becomes_a_budget_with_one_click(opened: Opened) -> None:
    app = press(opened("Templates"), "Create the ticked budgets")
    assert names() == ["Total"]
    assert cards(app)["Budgets"] == "1"


def test_templates_follow_headroom_and_growth(opened: Opened) -> None:
    app = opened("Templates")
    field(app, "Headroom, %").set_value(0.0)
    run(app)
    plain = amount_of_total(app)
    field(app, "Expected growth, %").set_value(100.0)
    run(app)
    # Twice the amount, each rounded up to whole $10.
    assert amount_of_total(app) in {2 * plain, 2 * plain - 10}
    for box in app.checkbox:
        if box.label.startswith("EC2"):
            box.check()
    press(app, "Create the ticked budgets")
    assert names() == ["Total", "EC2"]


def amount_of_total(app: AppTest) -> int:
    [label] = [box.label for box in app.checkbox if box.label.startswith("Total")]
    return int("".join(char for char in label if char.isdigit()))


def test_nothing_ticked_makes_nothing(opened: Opened) -> None:
    app = opened("Templates")
    for box in app.checkbox:
        box.uncheck()
    press(app, "Create the ticked budgets")
    assert "Nothing is ticked" in app.error[0].value
    assert names() == []


# Charts and reports


def test_a_card_leads_to_its_chart(opened: Opened) -> None:
    make("First", 70000)
    second = make("Second", 60000)
    app = opened("Overview")
    next(one for one in app.button if one.key == f"Chart {second.id}").click()
    run(app)
    assert field(app, "Budget").value == second.id
    assert "60,000.00" in json.dumps([one.delta for one in app.metric])


@pytest.mark.parametrize("grain", ["Cumulative", "Daily"])
def test_the_chart_has_actual_forecast_fan_budget_and_thresholds(opened: Opened, grain: str) -> None:
    make("All", 70000)
    app = opened("Chart")
    app.session_state["budget grain"] = grain
    run(app)
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    drawn = {one.get("name") for one in figure["data"]}
    assert {"forecast", "budget", "80 % of outcomes", "95 % of outcomes"} <= drawn
    assert ("spent to date" if grain == "Cumulative" else "spent") in drawn
    assert ("80%" in drawn) == (grain == "Cumulative")


def test_the_variance_report_names_each_period(opened: Opened) -> None:
    make("All", 70000)
    app = opened("Variance")
    assert "whole periods" in texts(app)
    frame = app.dataframe[0].value
    assert list(frame["state"])[-1] == "so far"
    assert frame["variance_usd"].tolist() == pytest.approx(
        (frame["actual_usd"] - frame["amount_usd"]).tolist()
    )


def test_the_year_end_is_said(opened: Opened) -> None:
    make("Small", 10)
    make("Large", 10_000_000)
    # $57,000 × 12 = $684,000: $569,354.61 is spent by October, and $720,282.10 is forecast.
    make("Nearly", 57_000)
    shown = opened("Year end").dataframe[0].value
    assert list(shown["outlook"]) == ["Exceeded", "On track", "Will exceed"]


# Alerts


def test_status_is_a_word_and_looking_records_nothing(opened: Opened) -> None:
    """The history is everybody's and is sent: figures of the sample are none of its business."""
    make("Small", 100)
    app = opened("Overview")
    assert "Exceeded" in texts(app)
    assert cards(app)["Open budget alerts"] == "3"
    assert budgets.history() == ()


def test_a_policy_that_is_mended_is_noticed(opened: Opened, own_state: Path) -> None:
    make("Small", 100)
    whole = texts(opened("Alerts"))
    (own_state / "tag_policy.json").write_text("{")
    assert "tag_policy.json" in texts(opened("Alerts")).replace("\\", "")
    (own_state / "tag_policy.json").unlink()
    assert texts(opened("Alerts")) == whole


def test_an_alert_is_acknowledged_with_a_name_and_a_note(opened: Opened) -> None:
    make("Small", 100, thresholds=budgets.read_thresholds("100"))
    app = press(opened("Alerts"), "Acknowledge")
    press(app, "Acknowledge it")
    assert "give a name" in app.error[0].value
    field(app, "Your name").set_value("Ada")
    field(app, "Note").set_value("a migration")
    press(app, "Acknowledge it")
    [entry] = alerts.listed(datetime.now(UTC))
    assert (entry.state, entry.by, entry.note) == ("acknowledged", "Ada", "a migration")
    assert "Acknowledged by Ada" in texts(app)
    assert cards(app)["Open budget alerts"] == "0"

    press(app, "Reopen")
    press(app, "Reopen it")
    assert alerts.listed(datetime.now(UTC))[0].state == "open"
    assert cards(app)["Open budget alerts"] == "1"


def test_all_alerts_of_a_budget_are_acknowledged_at_once(opened: Opened) -> None:
    make("Small", 100)
    app = opened("Alerts")
    # 50, 80 and 100 % of $100.
    press(app, "Acknowledge all 3")
    field(app, "Your name").set_value("Ada")
    press(app, "Acknowledge it")
    assert {entry.state for entry in alerts.listed(datetime.now(UTC))} == {"acknowledged"}
    assert cards(app)["Open budget alerts"] == "0"
    press(app, "Reopen")
    press(app, "Cancel")
    assert "Reopen it" not in labels(app)


def test_an_alert_is_snoozed(opened: Opened) -> None:
    make("Small", 100, thresholds=budgets.read_thresholds("100"))
    app = press(opened("Alerts"), "Snooze")
    until = datetime.now(UTC).date() + timedelta(days=3)
    field(app, "Until").set_value(until)
    press(app, "Snooze it")
    [entry] = alerts.listed(datetime.now(UTC))
    assert (entry.state, entry.snoozed_until) == ("snoozed", until)


def test_commitments_and_tags_alert_here_too(opened: Opened) -> None:
    shown = texts(opened("Alerts"))
    assert "Tag compliance" in shown
    assert "Commitment coverage" in shown


def test_channels_may_stand_in_the_secrets_of_streamlit(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FINOPS_NOTIFY_URLS", raising=False)
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.secrets["FINOPS_NOTIFY_URLS"] = "mail=mailto://ada:secret@example.com"
    for key, value in {"tab": ENTERPRISE, "section": "Budgets", "budgets": "Alerts"}.items():
        app.session_state[key] = value
    shown = texts(run(app))
    assert "**mail**" in shown
    assert "secret@" not in shown


def test_channels_are_named_by_their_labels_alone(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_NOTIFY_URLS", "ops=slack://TokenAAAA/TokenBBBB/TokenCCCC")
    app = opened("Alerts")
    assert "**ops**" in texts(app)
    assert "Token" not in texts(app)


# Files


def test_a_file_of_aws_budgets_is_taken_over(opened: Opened) -> None:
    app = opened("AWS and files")
    document = {
        "Budgets": [
            {
                "BudgetName": "From AWS",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": "1000.0", "Unit": "USD"},
            }
        ]
    }
    uploader(app, "AWS Budgets (JSON)").set_value(
        ("aws.json", json.dumps(document).encode(), "application/json")
    )
    run(app)
    press(app, "Import")
    assert names() == ["From AWS"]
    assert "aws.json" in texts(app)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"{ no JSON", b"[]"])
def test_a_file_that_is_no_such_thing_says_so(opened: Opened, content: bytes) -> None:
    app = opened("AWS and files")
    uploader(app, "AWS Budgets (JSON)").set_value(("aws.json", content, "application/json"))
    run(app)
    press(app, "Import")
    assert "aws.json" in app.error[0].value.replace("\\", "")
    assert names() == []


# What must hold for all of it


def test_filters_do_not_narrow_budgets(opened: Opened) -> None:
    make("All", 70000)
    app = opened("Overview")
    before = texts(app)
    app.sidebar.multiselect[0].set_value(["eu-west-1"])
    spent = next(line for line in before.splitlines() if "of $70,000.00" in line)
    after = texts(run(app))
    assert spent in after
    assert "the filters do not apply" in after


def test_uploaded_data_leave_the_history_alone(opened: Opened) -> None:
    from .conftest import EC2_CSV, S3_CSV

    app = opened("Overview")
    make("Small", 1)
    upload(app, EC2_CSV, S3_CSV)
    assert "Exceeded" in texts(app)
    assert budgets.history() == ()


@pytest.mark.parametrize("content", ["", "{ this is no JSON", '{"version": 99}'])
def test_broken_budgets_get_a_banner_and_the_rest_works(
    opened: Opened, own_state: Path, content: str
) -> None:
    own_state.mkdir(parents=True, exist_ok=True)
    (own_state / "budgets.json").write_text(content)
    app = opened("Overview")
    assert "budgets.json" in app.error[0].value.replace("\\", "")
    assert (own_state / "budgets.json").read_text() == content
    assert "Total" in cards(move(app, ENTERPRISE, "Chargeback"))
    press(move(app, ENTERPRISE, "Budgets"), "Put the broken file out of the way")
    assert "There is no budget yet" in texts(app)
    assert len(list(own_state.glob("budgets.json.broken-*"))) == 1


def test_broken_alerts_get_a_banner_and_budgets_work(opened: Opened, own_state: Path) -> None:
    make("Small", 100)
    (own_state / "budget_alerts.json").write_text("{ this is no JSON")
    app = opened("Overview")
    assert "budget_alerts.json" in app.error[0].value.replace("\\", "")
    press(app, "Pause")
    assert budgets.listed()[0].status == "paused"
    assert (own_state / "budget_alerts.json").read_text() == "{ this is no JSON"
    press(move(app, ENTERPRISE, "Budgets", "Alerts"), "Put the broken file out of the way")
    assert not app.error
    assert len(list(own_state.glob("budget_alerts.json.broken-*"))) == 1
    assert names() == ["Small"]


def test_names_are_never_markup(opened: Opened) -> None:
    make("**bold** $5 and $6 [a](b)", 70000)
    app = opened("Overview")
    assert "**\\*\\*bold\\*\\* \\$5 and \\$6 \\[a\\]\\(b\\)**" in "\n".join(
        str(one.value) for one in app.markdown
    )
