"""AWS Budgets JSON: what a file brings, that it goes back as it came, and what is refused."""

from __future__ import annotations

import copy
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from finops.answers import budgets
from finops.budget_manager import BudgetBook, BudgetManager, read_aws_budgets, write_aws_budgets
from finops.budget_manager.aws_import import imported_into
from finops.errors import BudgetError, FileUnreadable
from finops.storage import JsonStore

CARRIED = Path(__file__).parents[1] / "resources" / "budgets" / "describe-budgets.json"
MINIMAL = {
    "BudgetName": "b",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "10", "Unit": "USD"},
}


HUGE = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 10**400}
NESTED: dict[str, Any] = {"Tags": {"Key": "Team", "Values": ["a"]}}
for _ in range(100):
    NESTED = {"Not": NESTED}


@pytest.fixture
def manager(tmp_path: Path) -> BudgetManager:
    return BudgetManager(JsonStore(tmp_path))


def document(**changes: Any) -> str:
    return json.dumps({"Budgets": [{**MINIMAL, **changes}]})


def imported(manager: BudgetManager, **changes: Any):
    """The one budget of a file, or what is kept of it."""
    budgets.import_text(document(**changes), "b.json", manager)
    (kept,) = manager.book().kept
    return kept


def exported(manager: BudgetManager) -> list[dict[str, Any]]:
    return json.loads(budgets.export_text(manager).text)["Budgets"]


def test_each_budget_is_what_aws_says(manager: BudgetManager) -> None:
    budgets.import_file(CARRIED, manager)
    compute, planned, adjusted, teams = manager.list_budgets()
    assert compute.scope == (
        "region us-east-1 or eu-west-1 and service Amazon Elastic Compute Cloud - Compute "
        "and team Platform and tag Stage=blue"
    )
    assert (compute.cost_basis, compute.leave_out) == ("effective", ("Credit", "Tax"))
    # 1477958399 is one second before November 2016; 15 June 2087 stands for no end.
    assert (compute.start, compute.end) == (date(2016, 10, 31), None)
    assert list(map(str, compute.thresholds)) == ["80%", "forecast $90.5"]
    assert [(one.start, one.amount) for one in planned.planned] == [
        (date(2028, 1, 1), 1000),
        (date(2028, 4, 1), Decimal("1200.50")),
    ]
    assert (adjusted.adjust.by, adjusted.adjust.periods, adjusted.amount) == (
        "history",
        6,
        Decimal("870.12"),
    )
    assert teams.scope == "team a or b and not region us-west-2"
    assert (teams.period, teams.cost_basis, teams.leave_out) == ("annual", "effective", ("Credit",))


def test_what_is_not_tracked_is_kept_and_says_why(manager: BudgetManager) -> None:
    answer = budgets.import_file(CARRIED, manager)
    assert [(one.name, one.reason) for one in answer.budgets if not one.tracked] == [
        ("daily spend", "it is a daily budget"),
        ("hours", "it is a budget of USAGE, not of cost"),
    ]
    hours = manager.book().untracked[1]
    with pytest.raises(BudgetError, match="cannot be changed here: it is a budget of USAGE"):
        manager.pause_budget(hours.id)
    manager.delete_budget(hours.id)
    assert manager.restore_budget(hours.id) == hours


def test_the_file_comes_back_field_by_field(manager: BudgetManager) -> None:
    budgets.import_file(CARRIED, manager)
    assert json.loads(budgets.export_text(manager).text) == json.loads(CARRIED.read_text())


@pytest.mark.parametrize("name", ["awscli_describe-budgets.json", "describe_budgets_sample.json"])
def test_published_files_come_back_field_by_field(
    manager: BudgetManager, conformance_data: Path, name: str
) -> None:
    path = conformance_data / "budgets" / name
    budgets.import_file(path, manager)
    assert exported(manager) == json.loads(path.read_text())["Budgets"]


def test_what_aws_had_calculated_is_shown(manager: BudgetManager) -> None:
    # 604.456… of $100
    answer = budgets.import_file(CARRIED, manager)
    assert answer.budgets[0].reported_pct == pytest.approx(604.456, abs=1e-9)
    assert f"{answer.budgets[0].reported_pct:.2f}" == "604.46"
    assert answer.budgets[0].reported_forecast_usd == pytest.approx(2641.548)


def test_a_second_import_makes_nothing_twice(manager: BudgetManager) -> None:
    first = budgets.import_file(CARRIED, manager)
    book = manager.book()
    again = budgets.import_file(CARRIED, manager)
    assert {one.action for one in first.budgets} == {"created"}
    assert {one.action for one in again.budgets} == {"unchanged"}
    assert manager.book() == book


def test_an_import_takes_over_what_aws_says_and_leaves_the_rest(manager: BudgetManager) -> None:
    budget = imported(manager)
    manager.update_budget(budget.id, owner="Ada", thresholds=budgets.read_thresholds("70"))
    text = document(BudgetLimit={"Amount": "12.5", "Unit": "USD"})
    (done,) = budgets.import_text(text, "b.json", manager).budgets
    (kept,) = manager.list_budgets()
    assert (done.action, kept.id, kept.amount, kept.owner) == (
        "updated",
        budget.id,
        Decimal("12.5"),
        "Ada",
    )
    assert kept.alert_thresholds == (70,)
    (done,) = budgets.import_text(document(BudgetType="USAGE"), "b.json", manager).budgets
    assert (done.action, done.id, manager.list_budgets()) == ("updated", budget.id, ())


def test_a_change_here_changes_what_it_is_about_and_nothing_else(manager: BudgetManager) -> None:
    budgets.import_file(CARRIED, manager)
    compute = manager.list_budgets()[0]
    raw = copy.deepcopy(compute.aws.budget)
    manager.update_budget(compute.id, amount=150, owner="Ada")
    assert exported(manager)[0] == {**raw, "BudgetLimit": {"Amount": "150", "Unit": "USD"}}
    manager.update_budget(compute.id, thresholds=budgets.read_thresholds("80, $95, forecast none"))
    told = json.loads(budgets.export_text(manager).text)["BudgetNotificationsForAccount"][0]
    old = json.loads(CARRIED.read_text())["BudgetNotificationsForAccount"][0]["Notifications"][0]
    assert told["Notifications"] == [
        old,
        {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 95.0,
            "ThresholdType": "ABSOLUTE_VALUE",
        },
    ]


def test_a_changed_filter_leaves_none_of_the_old_ones(manager: BudgetManager) -> None:
    budget = imported(
        manager,
        FilterExpression={"Tags": {"Key": "Team", "Values": ["a"]}},
        Metrics=["UnblendedCost"],
    )
    manager.update_budget(budget.id, scope_type="region", scope_value="eu-west-1")
    (raw,) = exported(manager)
    assert raw["CostFilters"] == {"Region": ["eu-west-1"]}
    assert not {"FilterExpression", "Metrics"} & raw.keys()


def budget_shape() -> Any:
    model = ServiceModel(Loader().load_service_model("budgets", "service-2"))
    return model.shape_for("Budget")


@pytest.mark.parametrize(
    "fields",
    [
        {"scope_type": "total"},
        {"scope_type": "service", "scope_value": "combined", "cost_basis": "effective"},
        {"scope_type": "tag", "scope_value": "App=web", "leave_out": ("Tax", "Credit")},
        {
            "scope_type": "team",
            "scope_value": "a",
            "also": [
                {"scope_type": "account", "values": ["1", "2"]},
                {"scope_type": "region", "values": ["us-west-2"], "exclude": True},
            ],
            "leave_out": ("Credit",),
        },
        {"scope_type": "total", "period": "quarterly", "adjust": {"by": "history", "periods": 4}},
        {"scope_type": "total", "adjust": {"by": "forecast"}},
        {"scope_type": "total", "planned": [{"start": date(2028, 2, 1), "amount": "9.5"}]},
        {
            "scope_type": "total",
            "period": "custom",
            "start": date(2026, 1, 5),
            "end": date(2026, 2, 1),
        },
    ],
)
def test_what_is_made_here_is_valid_to_aws_and_reads_back_the_same(
    manager: BudgetManager, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Valid by the service model of AWS's own client."""
    names = {"scope_value": "", "amount": "9.5"} | fields
    made = manager.create_budget("made", **names)
    raw = exported(manager)
    assert ParamValidator().validate(raw[0], budget_shape()).generate_report() == ""
    other = BudgetManager(JsonStore(tmp_path / "other"))
    budgets.import_text(budgets.export_text(manager).text, "b.json", other)
    (back,) = other.list_budgets()
    assert exported(other) == raw
    for name in ("period", "amount", "planned", "adjust", "start", "end", "cost_basis", "leave_out"):
        assert getattr(back, name) == getattr(made, name)
    assert back.thresholds == made.thresholds
    if made.scope_value != "combined":  # AWS has two names for it
        assert set(back.conditions) == set(made.conditions)


def test_what_aws_has_no_place_for_is_said(manager: BudgetManager) -> None:
    parent = manager.create_budget("parent", "total", "", 1)
    manager.create_budget(
        "part",
        "total",
        "",
        1,
        parent=parent.id,
        start=date(2026, 1, 1),
        rollover="both",
        thresholds=budgets.read_thresholds("pace 120"),
    )
    assert budgets.export_text(manager).warnings == (
        "'part': AWS Budgets has no place for rollover, a parent, thresholds on pace",
    )


def test_a_request_of_create_budget_is_read_with_its_subscribers(manager: BudgetManager) -> None:
    told = {
        "Notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 75,
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
    }
    request = {"AccountId": "111122223333", "Budget": MINIMAL, "NotificationsWithSubscribers": [told]}
    budgets.import_text(json.dumps([request]), "b.json", manager)
    (budget,) = manager.list_budgets()
    assert list(map(str, budget.thresholds)) == ["75%"]
    document = json.loads(budgets.export_text(manager).text)
    assert document["BudgetNotificationsForAccount"] == [
        {"BudgetName": "b", "NotificationsWithSubscribers": [told]}
    ]


def test_what_a_file_says_beside_its_budgets_is_named() -> None:
    text = json.dumps({"Budgets": [MINIMAL], "NextToken": "x", "_note": 1})
    assert read_aws_budgets(text, "b.json").warnings == (
        "b.json has a NextToken: AWS has more budgets than are in the file",
        "b.json: not read: _note",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"BudgetLimit": {"Amount": "10", "Unit": "EUR"}}, "in EUR, not in USD"),
        ({"BudgetLimit": {"Amount": "0.0", "Unit": "USD"}}, r"limit is \$0"),
        ({"CostTypes": {"UseBlended": True}}, "blended"),
        ({"CostTypes": {"IncludeUpfront": False}}, "IncludeUpfront"),
        ({"CostTypes": {"IncludeCredit": False}}, "IncludeCredit"),
        ({"Metrics": ["Hours"]}, "counts Hours"),
        ({"CostFilters": {"PurchaseType": ["Spot"]}}, "about PurchaseType"),
        ({"CostFilters": {"AZ": ["us-east-1a"]}}, "about AZ"),
        ({"CostFilters": {"TagKeyValue": ["user:Team$"]}}, "without the tag Team"),
        ({"FilterExpression": {"CostCategories": {"Key": "x", "Values": ["y"]}}}, "CostCategories"),
        (
            {"FilterExpression": {"Tags": {"Key": "T", "Values": ["a"], "MatchOptions": ["CONTAINS"]}}},
            "matches by CONTAINS",
        ),
        (
            {
                "FilterExpression": {
                    "Or": [
                        {"Tags": {"Key": "Team", "Values": ["a"]}},
                        {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}},
                    ]
                }
            },
            "different things by or",
        ),
        (
            {"BudgetLimit": None, "AutoAdjustData": {"AutoAdjustType": "FORECAST"}},
            "not set its limit yet",
        ),
    ],
)
def test_what_cannot_be_held_against_a_bill_is_not_tracked(
    manager: BudgetManager, changes: dict[str, Any], reason: str
) -> None:
    kept = imported(manager, **changes)
    assert re.search(reason, kept.reason)
    assert exported(manager) == [{**MINIMAL, **changes}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"BudgetName": 5}, "number 2: BudgetName is 5"),
        ({"BudgetName": "a\nb"}, "line breaks"),
        ({"BudgetType": "GUESS"}, "BudgetType is 'GUESS'"),
        ({"TimeUnit": "WEEKLY"}, "TimeUnit is 'WEEKLY'"),
        ({"BudgetLimit": {"Amount": 10, "Unit": "USD"}}, "the amount as a text"),
        ({"BudgetLimit": {"Amount": "-1", "Unit": "USD"}}, "the amount as a text"),
        ({"BudgetLimit": {"Amount": "1e3", "Unit": "USD"}}, "the amount as a text"),
        ({"BudgetLimit": {"Amount": "9" * 20, "Unit": "USD"}}, "less than or equal"),
        ({"BudgetLimit": None}, "neither BudgetLimit nor PlannedBudgetLimits"),
        (
            {"PlannedBudgetLimits": {"1767225600": {"Amount": "9", "Unit": "USD"}}},
            "do not contain it",
        ),
        (
            {
                "BudgetLimit": None,
                "PlannedBudgetLimits": {"1767312000": {"Amount": "9", "Unit": "USD"}},
            },
            "not the first day of a monthly period",
        ),
        (
            {
                "BudgetLimit": None,
                "PlannedBudgetLimits": {"January": {"Amount": "9", "Unit": "USD"}},
            },
            "epoch second",
        ),
        ({"TimePeriod": {"Start": "soon"}}, "TimePeriod.Start is 'soon'"),
        ({"TimePeriod": {"Start": 1e30}}, "no time"),
        ({"CostFilters": {"Service": "EC2"}}, "writes a list"),
        ({"CostFilters": ["Service"]}, "writes an object"),
        ({"CostFilters": {"TagKeyValue": ["Team"]}}, r"user:Key\$Value"),
        ({"FilterExpression": {"Not": {}, "And": [1], "Or": [1]}}, "has one of them"),
        ({"FilterExpression": {"And": [5]}}, "writes an object"),
        ({"CostTypes": {"IncludeTax": "yes"}}, "true and false"),
        ({"AutoAdjustData": {"AutoAdjustType": "HISTORICAL"}}, "BudgetAdjustmentPeriod"),
        ({"TimeUnit": "CUSTOM"}, "first and last day"),
        ({"CostFilters": {"Service": ["x" * 501]}}, "at most 500 characters"),
        ({"CostFilters": {"Service": [""]}}, "needs a scope_value"),
        ({"CostFilters": {"Region": [f"r-{one}" for one in range(1001)]}}, "at most 1000 items"),
        ({"BudgetLimit": {"Amount": "x" * 100_000, "Unit": "USD"}}, "…"),
        ({"TimePeriod": {"Start": -1e9}}, "1970"),
    ],
)
def test_a_budget_that_aws_would_not_write_is_named_and_nothing_is_imported(
    manager: BudgetManager, changes: dict[str, Any], message: str
) -> None:
    text = json.dumps({"Budgets": [{**MINIMAL, "BudgetName": "good"}, {**MINIMAL, **changes}]})
    with pytest.raises(BudgetError, match=r"^b\.json: budget ") as caught:
        budgets.import_text(text, "b.json", manager)
    assert re.search(message, str(caught.value))
    assert "nothing was imported" in str(caught.value)
    assert manager.book().kept == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ('{"Budgets": [', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"Budgets": [], "Budgets": []}', "a key is repeated"),
        ('{"Budgets": NaN}', "NaN is no number"),
        ('{"Budgets": [{"x": 1e999}]}', "too large"),
        ('{"Budgets": [{"BudgetName": "\\ud800"}]}', "surrogates"),
        ("5", "it has no Budgets"),
        ('{"Notifications": []}', "it has no Budgets"),
        ('{"Budgets": []}', "an empty list"),
        ('{"Budgets": {}}', "no list of objects"),
        ('{"Budgets": [5]}', "no list of objects"),
        (json.dumps({"Budgets": [MINIMAL, MINIMAL]}), "two budgets are named 'b'"),
        (json.dumps({"Budgets": [MINIMAL], "Notifications": [{"Notification": 5}]}), "an object"),
        (json.dumps({"Budgets": [MINIMAL], "Notifications": [{}]}), "NotificationType"),
        (json.dumps({"Budgets": [MINIMAL], "Notifications": [HUGE]}), "less than or equal"),
        (json.dumps({"Budgets": [{**MINIMAL, "FilterExpression": NESTED}]}), "nested more than 60"),
    ],
)
def test_a_file_that_is_none_is_named(manager: BudgetManager, text: str, message: str) -> None:
    with pytest.raises(BudgetError, match=message) as caught:
        budgets.import_text(text, "b.json", manager)
    assert str(caught.value).startswith("b.json: ")
    assert not manager.store.folder.joinpath("budgets.json").exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, manager: BudgetManager) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    for name in ("binary.json", "nowhere.json"):
        with pytest.raises(FileUnreadable, match=name):
            budgets.import_file(tmp_path / name, manager)


def test_an_empty_book_is_an_empty_list(manager: BudgetManager) -> None:
    assert write_aws_budgets(manager.book()) == ({"Budgets": []}, ())


TEXTS = st.text("abc -é/$", min_size=1, max_size=8).filter(str.strip)
AMOUNTS = st.builds(lambda cents: {"Amount": f"{cents / 100:.2f}", "Unit": "USD"}, st.integers(1, 10**9))
FILTERS = st.dictionaries(
    st.sampled_from(["Service", "LinkedAccount", "Region", "AZ", "Operation"]),
    st.lists(TEXTS, min_size=1, max_size=3),
)
RAW = st.fixed_dictionaries(
    {
        "BudgetName": st.text("abcXYZ 09-_é", min_size=1, max_size=20).filter(str.strip),
        "BudgetType": st.sampled_from(["COST", "COST", "COST", "USAGE", "RI_COVERAGE"]),
        "TimeUnit": st.sampled_from(["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"]),
        "BudgetLimit": AMOUNTS,
    },
    optional={
        "CostFilters": FILTERS,
        "CostTypes": st.dictionaries(
            st.sampled_from(["IncludeTax", "IncludeCredit", "IncludeRefund", "UseAmortized"]),
            st.booleans(),
        ),
        "TimePeriod": st.fixed_dictionaries({"Start": st.integers(0, 4_000_000_000).map(float)}),
        "LastUpdatedTime": st.floats(0, 1e10),
        "FutureField": st.recursive(st.booleans() | st.text(), st.lists, max_leaves=4),
    },
)


@given(st.lists(RAW, min_size=1, max_size=5, unique_by=lambda raw: raw["BudgetName"].strip()))
def test_any_budgets_of_aws_come_back_field_by_field(raws: list[dict[str, Any]]) -> None:
    found = read_aws_budgets(json.dumps({"Budgets": raws}), "b.json")
    ids = iter(range(100))
    book, _ = imported_into(BudgetBook(), found.budgets, lambda: f"id-{next(ids)}")
    stored = BudgetBook.model_validate_json(book.model_dump_json())
    assert stored == book
    assert write_aws_budgets(stored)[0] == {"Budgets": raws}
    assert imported_into(stored, found.budgets, lambda: "none")[0] == stored
