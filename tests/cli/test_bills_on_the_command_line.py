"""What do the commands make of a bill alone: sums to the last digit, or one line that says why not?"""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops.cli.main import main
from tests.cli.small_bills import MONTH, bucket_day, focus, hour, lines, parquet, text

Json = dict[str, Any]
Ask = Callable[..., Json]


@pytest.fixture(autouse=True)
def own_bill_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINOPS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bill of one file, in a folder to which tests add others."""
    path = tmp_path / "bill"
    path.mkdir()
    (path / "good.csv").write_bytes(text(lines("2026-01")))
    return path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """The JSON object of a command, its amounts as they are written; nothing on stderr."""

    def answer(*words: str | Path, status: int = 0) -> Json:
        assert main([*(str(word) for word in words), "--json"]) == status
        out, err = capsys.readouterr()
        assert err == ""
        document: Json = json.loads(out, parse_float=Decimal)
        return document

    return answer


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line of a command that cannot use its bill."""

    def line(*words: str | Path) -> str:
        assert main([*(str(word) for word in words), "--json"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err

    return line


def billed(answer: Json) -> Decimal:
    return Decimal(str(answer["bill"]["bases"]["billed"]))


def errors(answer: Json) -> list[tuple[str, str]]:
    return [(one["code"], one["file"]) for one in answer["issues"] if one["severity"] == "error"]


TWO_CURRENCIES = text([*lines("2026-01"), {**hour("2026-01", 48), "lineItem/CurrencyCode": "EUR"}])
UNUSABLE = {
    "cut.csv.gz": (gzip.compress(text(lines("2026-02")))[:-40], "part_unreadable"),
    "no-cost.parquet": (
        parquet(lines("2026-02"), without="line_item_unblended_cost"),
        "part_unreadable",
    ),
    "header.csv": (text([]), "empty_part"),
    "nothing.csv": (b"", "empty_file"),
    "people.csv": (b"Name,Age\nAda,36\n", "part_unreadable"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "part_unreadable"),
    "damaged.parquet": (parquet(lines("2026-02"))[:-9], "part_unreadable"),
    "damaged.zip": (b"PK\x03\x04 and no more", "part_unreadable"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_cannot_be_used_is_named(
    refused: Callable[..., str], tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(UNUSABLE[name][0])
    assert name in refused("inspect", "--billing", tmp_path / name)


@pytest.mark.parametrize("name", UNUSABLE)
def test_beside_such_a_file_the_rest_counts(ask: Ask, folder: Path, name: str) -> None:
    content, code = UNUSABLE[name]
    (folder / name).write_bytes(content)
    answer = ask("inspect", "--billing", folder)
    assert billed(answer) == MONTH
    found = [issue for issue in answer["issues"] if name in issue["file"] + issue["message"]]
    assert [issue["code"] for issue in found] == [code]
    assert found[0]["severity"] in {"error", "warning"}


def test_what_a_parquet_file_lacks_is_said(refused: Callable[..., str], tmp_path: Path) -> None:
    name = "no-cost.parquet"
    (tmp_path / name).write_bytes(UNUSABLE[name][0])
    assert "has no column line_item_unblended_cost" in refused("inspect", "--billing", tmp_path / name)


@pytest.mark.parametrize("command", ["inspect", "tags", "recommend", "export"])
def test_two_currencies_are_never_added(
    refused: Callable[..., str], tmp_path: Path, command: str
) -> None:
    (tmp_path / "two.csv").write_bytes(TWO_CURRENCIES)
    out = ["--out", tmp_path / "out.csv"] if command == "export" else []
    message = refused(command, "--billing", tmp_path / "two.csv", *out)
    assert "EUR" in message and "USD" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read(refused: Callable[..., str], folder: Path) -> None:
    folder.chmod(0)
    message = refused("inspect", "--billing", folder)
    folder.chmod(0o700)
    assert str(folder) in message


def test_two_currencies_in_two_files(refused: Callable[..., str], folder: Path) -> None:
    euros = [{**row, "lineItem/CurrencyCode": "EUR"} for row in lines("2026-02")]
    (folder / "euros.csv").write_bytes(text(euros))
    assert "EUR" in refused("inspect", "--billing", folder)


def test_a_broken_row_is_set_aside(ask: Ask, tmp_path: Path) -> None:
    rows = text(lines("2026-01")).split(b"\r\n")
    rows.insert(20, b"too,few" + b",too,many" * 30)
    (tmp_path / "broken.csv").write_bytes(b"\r\n".join(rows))
    answer = ask("inspect", "--billing", tmp_path / "broken.csv")
    assert billed(answer) == MONTH
    assert answer["bill"]["files"][0]["broken_rows"] == answer["files"][0]["set_aside_rows"] == 1
    aside = [issue for issue in answer["issues"] if issue["set_aside"]]
    assert [(issue["rows"], issue["row_numbers"]) for issue in aside] == [(1, [21])]


def test_a_cost_that_is_no_number_is_unknown(ask: Ask, tmp_path: Path) -> None:
    rows = [*lines("2026-01"), hour("2026-01", 48, cost="much")]
    (tmp_path / "a.csv").write_bytes(text(rows))
    answer = ask("inspect", "--billing", tmp_path / "a.csv")
    assert billed(answer) == MONTH
    found = [issue for issue in answer["issues"] if issue["code"] == "unreadable_cells"]
    assert [issue["rows"] for issue in found] == [1]


def test_months_and_formats_in_one_folder(ask: Ask, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "march.parquet").write_bytes(parquet(lines("2026-03")))
    (folder / "february.csv").write_bytes(focus("2026-02"))
    answer = ask("inspect", "--billing", folder)
    found = {file["path"]: (file["format"], file["billed_cost"]) for file in answer["files"]}
    assert found == {
        "good.csv": ("CUR", MONTH),
        "february.csv": ("FOCUS", 3),
        "sub/march.parquet": ("CUR 2.0", MONTH),
    }
    assert billed(answer) == 2 * MONTH + 3
    months = {each["month"]: each["bases"]["billed"] for each in answer["bill"]["months"]}
    assert months == {"2026-01-01": MONTH, "2026-02-01": 3, "2026-03-01": MONTH}
    assert errors(answer) == []


def test_a_zip_with_two_members(ask: Ask, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bill.zip", "w") as archive:
        archive.writestr("january.csv", text(lines("2026-01")))
        archive.writestr("february.csv", text(lines("2026-02")))
    answer = ask("inspect", "--billing", tmp_path / "bill.zip")
    assert billed(answer) == 2 * MONTH
    assert len(answer["files"]) == 2


def test_a_bill_alone_names_its_resources(ask: Ask, folder: Path) -> None:
    answer = ask("inspect", "--billing", folder)
    assert (answer["ec2"]["resources"], answer["s3"]["resources"]) == (1, 1)
    assert answer["ec2"]["monthly_cost_usd"] == pytest.approx(Decimal("0.096") * 730)
    # Two days of 31 cost 0.25.
    assert answer["s3"]["monthly_cost_usd"] == pytest.approx(Decimal("0.25") * 31 / 2)


def test_a_bucket_billed_by_the_day(ask: Ask, tmp_path: Path) -> None:
    """A day of 0.25 is 7.75 in January, however many of its days the bill has."""
    one = bucket_day("2026-01") | {"lineItem/UsageEndDate": "2026-01-02T00:00:00Z"}
    (tmp_path / "day.csv").write_bytes(text([one]))
    answer = ask("inspect", "--billing", tmp_path / "day.csv")
    assert answer["s3"]["monthly_cost_usd"] == pytest.approx(Decimal("7.75"))


def test_no_list_is_no_total_of_a_file(ask: Ask, folder: Path) -> None:
    answer = ask("inspect", "--billing", folder)
    for name in ("ec2", "s3"):
        shown = answer[name]["monthly_cost_usd"] + Decimal(answer[name]["set_aside_monthly_usd"])
        assert answer[name]["file_monthly_usd"] in {None, shown}, "shown + set aside = file"
    assert "price_mismatch" not in {issue["code"] for issue in answer["issues"]}


def test_chargeback_adds_up_to_the_bill(ask: Ask, folder: Path, tmp_path: Path) -> None:
    whole = [*lines("2026-02"), hour("2026-02", 27 * 24 + 23, team="")]
    (folder / "february.csv").write_bytes(text(whole))
    out = tmp_path / "lines.csv"
    words = ("chargeback", "--by", "Team", "--billing", folder, "--period", "2026-02", "--out", out)
    answer = ask(*words)
    # 48 × 0.096 = 4.608 for web, 0.25 for data, 0.096 for nobody: 4.954, in cents.
    amounts = {line["allocated_to"]: line["total_usd"] for line in answer["lines"]}
    assert sum(amounts.values()) == answer["total_usd"] == Decimal("4.95")
    assert amounts["data"] == Decimal("0.25")
    assert answer["reconciliation_difference_usd"] == 0
    assert answer["unallocated_usd"] == amounts["Unallocated"]


def test_advice_from_the_hours_of_a_bill(ask: Ask, conformance_data: Path) -> None:
    answer = ask("recommend", "--billing", conformance_data / "cur/nise_aws_202601_ri_sp.csv.gz")
    assert (answer["evidence"], answer["evidence_hours"]) == ("hourly", 744)
    assert {"ri_cost_unknown", "commitment_incomplete"} <= {one["code"] for one in answer["issues"]}
    rows = answer["recommendations"]
    saved = sum((row["annual_savings_usd"] for row in rows), Decimal(0))
    assert saved == answer["annual_savings_usd"]


def test_tags_of_a_bill_alone(ask: Ask, folder: Path) -> None:
    answer = ask("tags", "--billing", folder)
    assert answer["resources"] == 2
    missing = ask("tags", "--billing", folder, "--fail-under", "95", status=3)
    assert missing["compliant"] == 0, "only Team of the five keys is there"


def test_budgets_of_a_bill_alone(ask: Ask, folder: Path) -> None:
    words = ("--name", "All", "--scope-type", "total", "--amount", "4", "--period", "monthly")
    ask("budgets", "create", *words)
    answer = ask("budgets", "check", "--billing", folder, "--fail-on", "breach", status=3)
    (budget,) = answer["budgets"]
    assert budget["status"] == "exceeded"
    assert budget["actual_usd"] == pytest.approx(MONTH)


@pytest.mark.parametrize("name", ["focus.csv", "focus.csv.gz", "focus.parquet"])
def test_what_is_exported_is_a_bill_again(ask: Ask, folder: Path, tmp_path: Path, name: str) -> None:
    answer = ask("export", "--billing", folder, "--out", tmp_path / name)
    assert answer["billed_cost"] == MONTH
    again = ask("inspect", "--billing", tmp_path / name)
    assert billed(again) == MONTH
    assert again["files"][0]["format"] == "FOCUS"
    before = ask("inspect", "--billing", folder)
    assert again["bill"]["bases"]["list"] == before["bill"]["bases"]["list"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket of the server, and the environment that leads to it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    import boto3

    made = boto3.resource("s3", endpoint_url=endpoint).create_bucket(Bucket="cost-reports")
    yield made
    made.objects.all().delete()
    made.delete()


def test_a_prefix_of_s3(ask: Ask, bucket: Any) -> None:
    for month in ("2026-01", "2026-02"):
        key = f"cur/data/BILLING_PERIOD={month}/cur-00001.snappy.parquet"
        bucket.put_object(Key=key, Body=parquet(lines(month)))
    bucket.put_object(Key="cur/data/march.csv.gz", Body=gzip.compress(text(lines("2026-03"))))
    bucket.put_object(Key="other/april.csv", Body=b"not of this prefix")
    answer = ask("inspect", "--billing", "s3://cost-reports/cur/")
    assert billed(answer) == 3 * MONTH
    assert [file["billed_cost"] for file in answer["files"]] == [MONTH] * 3
    assert errors(answer) == []


def test_a_bucket_or_prefix_that_is_not_there(refused: Callable[..., str], bucket: Any) -> None:
    message = refused("inspect", "--billing", "s3://absent-bucket/cur/")
    assert "s3://absent-bucket/cur/: there is no such bucket" in message
    message = refused("inspect", "--billing", "s3://cost-reports/none/")
    assert "s3://cost-reports/none/: no object has a key that begins so" in message
