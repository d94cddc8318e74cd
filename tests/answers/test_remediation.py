"""Tags to set, as files: the script is run against an AWS that is none, the others are read back."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from finops import Estate
from finops.answers.compliance import compliance
from finops.answers.remediation import (
    Chosen,
    Remediation,
    custodian,
    fixes_csv,
    remediation,
    script,
    violations,
    workbook,
    write_remediation,
)
from finops.answers.shell_speech import comment
from finops.errors import OutputError, PolicyError
from finops.tagging import TagFix
from finops.tagging.tag_calls import tag_calls

AS_OF = date(2026, 3, 31)
ACCOUNT, OTHER = "111111111111", "222222222222"
FIX = TagFix(
    resource_id="i-0123456789abcdef0", service="EC2", account=ACCOUNT, region="eu-west-1", key="Team",
    kind="wrong_case", present="team=Lab", value="Lab", origin="spelling of the key",
    monthly_cost_usd=10.0,
)  # fmt: skip
HOSTILE = [
    'O\'Brien & "Co"',
    "$(touch ran)",
    "`touch ran`",
    "a; touch ran",
    "\\'; touch ran; '",
    "--profile=other",
    "file:///etc/passwd",
    "שלום עולם",
    "right\u202eto left",
    "😀 ünïcode",
    "# no comment",
    "{now}",
    "!yes",
    "* & | > < ~ %q",
]
# It writes each call as a line of JSON, and answers with what AWS_SAYS names.
FAKE_AWS = """#!/usr/bin/env python3
import json, os, sys
if sys.argv[1:3] == ["sts", "get-caller-identity"]:
    print(os.environ.get("CALLER_IS", "111111111111"))
else:
    with open(os.environ["CALLS"], "a") as file:
        file.write(json.dumps(sys.argv[1:]) + "\\n")
    print(os.environ.get("AWS_SAYS", ""))
    sys.exit(int(os.environ.get("AWS_ENDS", "0")))
"""


def found(*fixes: TagFix) -> Remediation:
    calls = tag_calls(fixes)
    return Remediation(
        rows=None, fixes=fixes, known=len(fixes), calls=calls, advice=(), as_of=AS_OF,  # type: ignore[arg-type]
    )  # fmt: skip


def numbered(count: int, **more: Any) -> list[TagFix]:
    return [replace(FIX, resource_id=f"i-{at:017x}", **more) for at in range(count)]


def run(
    text: str, folder: Path, **environment: str
) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    """Run a script beside a fake AWS; what it said, and each call as its words."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    aws = tools / "aws"
    aws.write_text(FAKE_AWS)
    aws.chmod(aws.stat().st_mode | stat.S_IXUSR)
    (folder / "fix.sh").write_text(text)
    calls = folder / "calls.jsonl"
    calls.unlink(missing_ok=True)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "fix.sh"], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": path, "HOME": str(folder), "CALLS": str(calls), **environment},
    )  # fmt: skip
    made = calls.read_text().splitlines() if calls.exists() else []
    return done, [json.loads(line) for line in made]


def tags_of(call: list[str]) -> Any:
    return json.loads(call[call.index("--tags") + 1])


def arns_of(call: list[str]) -> list[str]:
    return call[call.index("--resource-arn-list") + 1 : call.index("--tags")]


# The script


def test_without_apply_nothing_is_asked_of_aws(tmp_path: Path) -> None:
    done, calls = run(script(found(*numbered(3))), tmp_path)
    assert (done.returncode, done.stderr, calls) == (0, "", [])
    assert "aws resourcegroupstaggingapi tag-resources --region eu-west-1" in done.stdout
    assert "nothing was tagged. Resources in these calls: 3." in done.stdout


def test_with_apply_each_call_is_made(tmp_path: Path) -> None:
    done, calls = run(script(found(*numbered(45))), tmp_path, APPLY="yes")
    assert (done.returncode, done.stderr) == (0, "")
    # 45 resources, at most 20 a call.
    assert sorted(len(arns_of(call)) for call in calls) == [5, 20, 20]
    assert {tags_of(call)["Team"] for call in calls} == {"Lab"}
    named = {arn for call in calls for arn in arns_of(call)}
    assert named == {f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-{at:017x}" for at in range(45)}
    assert calls[0][:4] == ["resourcegroupstaggingapi", "tag-resources", "--region", "eu-west-1"]
    assert "Tagged: 45. Of other accounts: 0." in done.stdout


def test_calls_are_apart_by_account_region_and_tags(tmp_path: Path) -> None:
    fixes = (
        FIX,
        replace(FIX, key="Owner", value="Al", monthly_cost_usd=10.0),
        *numbered(2),
        *numbered(2, region="cn-north-1"),
        *numbered(2, account=OTHER),
        replace(FIX, service="S3", resource_id="my-bucket"),
    )
    done, calls = run(script(found(*fixes)), tmp_path, APPLY="yes")
    assert done.returncode == 0
    assert sorted((len(arns_of(call)), tags_of(call)) for call in calls if "Owner" in tags_of(call)) == [
        (1, {"Team": "Lab", "Owner": "Al"})
    ]
    every = [arn for call in calls for arn in arns_of(call)]
    assert "arn:aws:s3:::my-bucket" in every
    assert f"arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:instance/i-{0:017x}" in every
    assert not [arn for arn in every if OTHER in arn]
    assert "Of other accounts: 2." in done.stdout


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_only_values(value: str, tmp_path: Path) -> None:
    fix = replace(FIX, value=value, key="Ow'ner $(touch ran)")
    text = script(found(fix))
    # Whoever reads the script sees all of it, from left to right.
    assert text.isascii()
    for apply in ("no", "yes"):
        done, calls = run(text, tmp_path, APPLY=apply)
        assert (done.returncode, done.stderr) == (0, "")
        assert not (tmp_path / "ran").exists()
    [call] = calls
    assert tags_of(call) == {"Ow'ner $(touch ran)": value}


@pytest.mark.parametrize(
    "name",
    ["i-1\ntouch ran", "$(touch ran)", "i-0123456789abcdef0'; touch ran; '", "i-1\u2028touch ran"],
)
def test_hostile_names_are_named_and_never_run(name: str, tmp_path: Path) -> None:
    text = script(found(replace(FIX, resource_id=name), *numbered(1)))
    done, calls = run(text, tmp_path, APPLY="yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "ran").exists()
    assert [len(arns_of(call)) for call in calls] == [1]
    assert f"{comment(f'  {name}')}: Team: this is no instance id of AWS" in text


def test_what_nobody_knows_is_a_comment(tmp_path: Path) -> None:
    fix = replace(FIX, value=None, origin=None, key="$(touch ran)")
    text = script(found(fix, replace(fix, account="unknown", resource_id="i-0123abcd")))
    done, calls = run(text, tmp_path, APPLY="yes")
    assert (done.returncode, calls) == (0, [])
    assert not (tmp_path / "ran").exists()
    assert "#   i-0123abcd: $(touch ran): its account is unknown" in text
    # With a value, and the sign before it taken away, the line is a call.
    line = next(one for one in text.splitlines() if one.startswith("  # put "))
    done, calls = run(
        text.replace(line, line.replace("# ", "", 1).replace("VALUE", "Lab")), tmp_path, APPLY="yes"
    )
    assert (done.returncode, [tags_of(call) for call in calls]) == (0, [{"$(touch ran)": "Lab"}])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_SAYS": "arn:aws:s3:::my-bucket"}, "AWS did not tag every resource"),
        ({"AWS_ENDS": "254"}, "AWS refused this call"),
        ({"CALLER_IS": "nobody"}, "which is no account"),
    ],
)
def test_what_aws_does_not_do_is_said(environment: dict[str, str], said: str, tmp_path: Path) -> None:
    done, _ = run(script(found(*numbered(1))), tmp_path, APPLY="yes", **environment)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": "a\nb"}, "control character"),
        ({"value": "x" * 257}, "longer than 256"),
        ({"key": "aws:team"}, "AWS's own"),
        ({"service": "S3", "resource_id": "my-bucket", "value": "O'Brien"}, "S3 does not take"),
    ],
)
def test_what_aws_does_not_take_is_left_to_people(change: dict[str, str], why: str) -> None:
    calls = tag_calls([replace(FIX, **change)])  # type: ignore[arg-type]
    assert (calls.known, calls.to_decide) == ((), ())
    assert why in calls.by_hand[0].why


def test_the_script_is_clean(tmp_path: Path, sample: Estate) -> None:
    if not any((Path(one) / "shellcheck").exists() for one in os.environ["PATH"].split(os.pathsep)):
        pytest.skip("shellcheck is not installed")
    file = tmp_path / "fix.sh"
    write_remediation(remediation(compliance(sample)), file)
    done = subprocess.run(["shellcheck", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


# Cloud Custodian


@pytest.mark.parametrize("value", [one for one in HOSTILE if "{" not in one])
def test_yaml_holds_hostile_text_as_it_is(value: str) -> None:
    text = custodian(found(replace(FIX, key=f"K {value}", value=value)))
    assert text.isascii()
    [policy] = yaml.safe_load(text)["policies"]
    assert policy["actions"] == [{"type": "tag", "tags": {f"K {value}": value}}]
    assert policy["filters"][1]["or"][0] == {"type": "value", "key": f"tag:K {value}", "value": "absent"}


def test_a_policy_acts_where_the_tag_still_is_as_it_was() -> None:
    wrong = replace(FIX, kind="invalid", present="Team=LAB", origin="spelling of the value")
    [policy] = yaml.safe_load(custodian(found(wrong, *numbered(1))))["policies"]
    assert policy["resource"] == "aws.ec2"
    assert {one["key"]: one["value"] for one in policy["conditions"]} == {
        "account_id": ACCOUNT, "region": "eu-west-1",
    }  # fmt: skip
    ids, still = policy["filters"]
    assert ids == {
        "type": "value", "key": "InstanceId", "op": "in", "value": [FIX.resource_id, f"i-{0:017x}"],
    }  # fmt: skip
    assert [one["value"] for one in still["or"]] == ["absent", "empty", ["LAB"]]


def test_what_nobody_knows_is_marked_for_a_notification() -> None:
    unknown = replace(FIX, value=None, present=None, kind="missing")
    bucket = replace(unknown, service="S3", resource_id="my-bucket", region="us-east-1")
    document = yaml.safe_load(custodian(found(unknown, replace(unknown, key="Owner"), bucket)))
    of_ec2, of_s3 = document["policies"]
    assert (of_ec2["resource"], of_s3["resource"]) == ("aws.ec2", "aws.s3")
    # Custodian lists the buckets of every region at once.
    assert [one["key"] for one in of_s3["conditions"]] == ["account_id"]
    for policy in (of_ec2, of_s3):
        [mark] = policy["actions"]
        assert (mark["type"], mark["op"]) == ("mark-for-op", "notify")
    wanted = [both["and"][1]["or"][0]["key"] for both in of_ec2["filters"][0]["or"]]
    assert wanted == ["tag:Team", "tag:Owner"]


def test_what_custodian_would_misread_is_left_to_people() -> None:
    text = custodian(found(replace(FIX, value="{now}"), replace(FIX, resource_id="nobody\n- x: y")))
    assert yaml.safe_load(text) == {"policies": []}
    assert "braces" in text and "\\n- x: y: Team: this is no instance id of AWS" in text


# Lists


def test_the_lists_have_each_resource_and_key(sample: Estate) -> None:
    answer = compliance(sample)
    every = remediation(answer)
    rows = list(csv.DictReader(io.StringIO(fixes_csv(every))))
    violated = sum(answer.report.resources - line.compliant for line in answer.report.by_tag)
    assert len(rows) == len(every.fixes) == violated
    book = openpyxl.load_workbook(io.BytesIO(workbook(every)))
    assert book.sheetnames == ["Tags to set", "Resources", "What to do first", "By hand"]
    assert book["Resources"].max_row == 1 + len(answer.report.non_compliant)
    assert workbook(every) == workbook(remediation(answer))


def test_each_call_sets_only_what_is_known(sample: Estate) -> None:
    every = remediation(compliance(sample))
    by_hand = {one.resource_id for one in every.calls.by_hand}
    known = {
        (fix.resource_id, fix.key, fix.value)
        for fix in every.fixes
        if fix.value is not None and fix.resource_id not in by_hand
    }
    called = {
        (name, key, value)
        for call in every.calls.known
        for name in call.resource_ids
        for key, value in call.tags.items()
        if name not in by_hand
    }
    assert called == known
    assert all(1 <= len(call.arns) <= 20 for call in (*every.calls.known, *every.calls.to_decide))


def test_violations_are_chosen_by_what_they_are(sample: Estate) -> None:
    answer = compliance(sample)
    every = answer.report.non_compliant
    for column, name, chosen in (
        ("service", "S3", Chosen(services=("S3",))),
        ("team", "(none)", Chosen(teams=("(none)",))),
        ("account", "333344445555", Chosen(accounts=("333344445555",))),
    ):
        assert len(violations(answer, chosen)) == (every[column] == name).sum() > 0
    of_kind = remediation(answer, Chosen(kind="invalid"))
    assert len(of_kind.rows) == every["invalid"].map(len).gt(0).sum()
    assert {fix.kind for fix in of_kind.fixes} == {"invalid"}
    assert {fix.key for fix in remediation(answer, Chosen(key="Team")).fixes} == {"Team"}
    [one] = violations(answer, Chosen(text="acme-lake-raw-06"))["resource_id"]
    assert one == "acme-lake-raw-06"
    with pytest.raises(PolicyError, match="no key 'Tem'; its keys are Owner"):
        violations(answer, Chosen(key="Tem"))


@pytest.mark.parametrize("name", ["fix.csv", "fix.XLSX", "fix.sh", "fix.yml", "fix.yaml"])
def test_the_ending_says_the_form(name: str, tmp_path: Path, sample: Estate) -> None:
    file = tmp_path / name
    write_remediation(remediation(compliance(sample)), file)
    assert file.stat().st_size > 1000
    assert bool(file.stat().st_mode & stat.S_IXUSR) == (name == "fix.sh")


def test_another_ending_is_refused(tmp_path: Path, sample: Estate) -> None:
    with pytest.raises(OutputError, match=r"fix.txt: its ending says no form; expected .csv"):
        write_remediation(remediation(compliance(sample)), tmp_path / "fix.txt")
