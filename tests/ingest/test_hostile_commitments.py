"""Owned commitments as AWS and its users write them, and as nobody should."""

from __future__ import annotations

import json

import pytest

from finops.errors import FrameError, InputError
from finops.ingest import InputFile, Loaded, read_commitments
from finops.schema import COMMITMENTS

RESERVED = {
    "ReservedInstancesId": "r-1",
    "InstanceType": "m5.large",
    "Start": "2026-01-01T00:00:00+00:00",
    "End": "2026-12-31T23:59:59+00:00",
    "Duration": 31536000,
    "FixedPrice": 100.0,
    "InstanceCount": 3,
    "State": "active",
    "OfferingClass": "standard",
    "OfferingType": "Partial Upfront",
    "RecurringCharges": [{"Amount": 0.02, "Frequency": "Hourly"}],
    "Scope": "Availability Zone",
    "AvailabilityZone": "eu-west-1b",
}
PLAIN = {
    "Kind": "reserved_instance",
    "Region": "us-east-1",
    "InstanceType": "c5.large",
    "Quantity": 1,
    "UpfrontUSD": 0,
    "Start": "2026-01-01",
    "End": "2027-01-01",
}


def read(document: object, encoding: str = "utf-8") -> Loaded:
    return read_commitments(InputFile("f.json", json.dumps(document).encode(encoding)))


def reserved(**changed: object) -> object:
    return {"ReservedInstances": [RESERVED | changed]}


def messages(loaded: Loaded) -> dict[str, str]:
    return {issue.code: issue.message for issue in loaded.issues}


@pytest.mark.parametrize(
    "document", [[], {"ReservedInstances": []}, {"savingsPlans": []}, {"commitments": []}]
)
def test_an_account_that_owns_nothing(document: object) -> None:
    loaded = read(document)
    assert loaded.frame.empty
    assert list(loaded.frame.columns) == list(COMMITMENTS.columns)
    assert [(issue.code, issue.severity) for issue in loaded.issues] == [("no_commitments", "info")]


def test_a_table_without_rows_owns_nothing() -> None:
    assert list(messages(read_commitments(InputFile("f.csv", b"Kind,Region\n")))) == ["no_commitments"]


def test_an_account_that_owns_only_other_plans() -> None:
    other = {"savingsPlanId": "s-1", "savingsPlanType": "SageMaker"}
    loaded = read({"savingsPlans": [other, other]})
    assert loaded.frame.empty
    assert list(messages(loaded)) == ["commitment_not_supported", "no_commitments"]
    assert (loaded.info.rows, loaded.info.set_aside_rows) == (2, 2)


def test_rows_of_plans_are_numbered_as_in_the_file() -> None:
    other = {"savingsPlanId": "s-1", "savingsPlanType": "SageMaker"}
    compute = {"savingsPlanId": "s-2", "savingsPlanType": "Compute", "commitment": "much"}
    with pytest.raises(FrameError, match="row 2: HourlyCommitmentUSD holds 'much'"):
        read({"savingsPlans": [other, compute]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_in_any_encoding(encoding: str) -> None:
    assert read([PLAIN], encoding).frame["InstanceType"].tolist() == ["c5.large"]


@pytest.mark.parametrize("field", ["Duration", "InstanceCount", "FixedPrice"])
@pytest.mark.parametrize(
    "value",
    [float("inf"), float("nan"), "1e9999999", "sNaN", "Infinity", 10**18, "1e-9999999", "many", [1]],
    ids=str,
)
def test_numbers_of_no_commitment(field: str, value: object) -> None:
    with pytest.raises(FrameError, match=rf"^f\.json, entry 1: {field} holds .*; expected"):
        read(reserved(**{field: value}))


@pytest.mark.parametrize(
    ("charges", "message"),
    [
        ([{"Amount": "x", "Frequency": "Hourly"}], "Amount holds 'x'; expected a number"),
        ([{"Amount": 1, "Frequency": "Monthly"}], "Frequency holds 'Monthly'; expected Hourly"),
        (["x"], r"RecurringCharges holds .*expected a list of objects"),
        ("x", r"RecurringCharges holds 'x'; expected a list of objects"),
    ],
)
def test_charges_of_no_commitment(charges: object, message: str) -> None:
    with pytest.raises(FrameError, match=rf"^f\.json, entry 1.*: {message}"):
        read(reserved(RecurringCharges=charges))


def test_half_a_character_is_replaced_and_said() -> None:
    loaded = read([PLAIN | {"CommitmentId": "a\ud800", "Region": "\udfffb"}])
    assert loaded.frame.loc[0, ["CommitmentId", "Region"]].tolist() == ["a\ufffd", "\ufffdb"]
    assert messages(loaded)["broken_characters"].startswith("2 text(s)")
    with pytest.raises(InputError, match="no Kind"):
        read([{"\ud800": "\ud800"}])


def test_a_repeated_key_is_named() -> None:
    text = json.dumps([PLAIN])[:-2] + ', "Quantity": 9}]'
    loaded = read_commitments(InputFile("f.json", text.encode()))
    assert loaded.frame["Quantity"].tolist() == [9]
    assert messages(loaded)["repeated_key"].endswith("the last one counts: Quantity")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Scope", "Moon", "Region or Availability Zone"),
        ("PaymentOption", "Monthly", "No Upfront or Partial Upfront or All Upfront"),
        ("OfferingClass", "gold", "standard or convertible"),
        ("TermYears", 7, "1 or 3"),
        ("InstanceType", "large", "a type such as m5.large"),
    ],
)
def test_other_words_are_set_aside(name: str, value: object, expected: str) -> None:
    wrong = PLAIN | {name: value}
    reason = f"{name} holds '{value}'; expected {expected}"
    loaded = read([PLAIN, wrong, PLAIN | {"Quantity": 2}])
    assert loaded.frame["CommitmentId"].tolist() == ["commitment-1", "commitment-3"]
    assert messages(loaded)["commitment_unreadable"] == f"1 commitment(s) set aside: row 2: {reason}"
    lines = loaded.aside()
    assert lines[["Row", "Code", "Reason"]].to_numpy().tolist() == [
        [2, "commitment_unreadable", f"the row: {reason}"]
    ]
    assert (loaded.info.rows, loaded.info.set_aside_rows) == (3, 1)
    with pytest.raises(FrameError, match=rf"^f\.json, row 1: {reason} \(and no row of the 2 can"):
        read([wrong, wrong])


def test_words_of_aws_in_any_case() -> None:
    loaded = read([PLAIN | {"Scope": "availability zone", "PaymentOption": "NoUpfront"}])
    assert loaded.frame.loc[0, ["Scope", "PaymentOption"]].tolist() == [
        "Availability Zone",
        "No Upfront",
    ]


def test_years_in_parts_name_their_row() -> None:
    with pytest.raises(FrameError, match=r"^f\.json, row 1: TermYears holds '1\.5'; expected a whole"):
        read([PLAIN | {"TermYears": 1.5}])


def test_what_is_left_of_a_term_has_no_years() -> None:
    # Bought on the Marketplace: 200 days are neither 1 nor 3 years.
    loaded = read(reserved(Duration=200 * 86_400, End="2026-07-20T00:00:00Z"))
    assert loaded.frame["TermYears"].isna().all()
    assert "term_unknown" in messages(loaded)
    assert read(reserved()).frame["TermYears"].tolist() == [1]
