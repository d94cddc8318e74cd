"""Advice for those who buy: the files read back, and the script run against an AWS that is none."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from finops.answers.procurement import advice_csv, advice_workbook, purchase_script, purchases_frame
from finops.answers.purchase_orders import orders_of, tokens
from finops.answers.purchase_script import script_of
from finops.errors import OutputError
from finops.ri_engine import NotPriced, Recommendation, RecommendationReport
from finops.ri_engine.ladder import purchase_ladder
from finops.schema import COMMITMENTS

AS_OF = date(2026, 3, 31)
ACCOUNT, OTHER = "111111111111", "222222222222"
ROW = Recommendation(
    kind="reserved_instance", account_id=ACCOUNT, region="us-east-1", instance_type="m5.large",
    instance_family="m5", platform="Linux/UNIX", tenancy="default", quantity=3,
    hourly_commitment_usd=None, term_years=1, payment_option="Partial Upfront",
    offering_class="standard", upfront_usd=750.0, monthly_usd=3 * 0.03 * 730, annual_savings_usd=1000.0,
    effect_on_owned_usd=-1.5, payback_months=6.0, break_even_months=7.0, utilization_pct=99.5,
    steadiness_pct=80.0, confidence_pct=None, evidence="hourly", purchase_on=date(2026, 4, 1),
)  # fmt: skip
NO_UPFRONT = replace(
    ROW,
    payment_option="No Upfront",
    upfront_usd=0.0,
    instance_type="c5.large",
    monthly_usd=3 * 0.06 * 730,
)
PLAN = replace(
    ROW, kind="ec2_instance_savings_plan", instance_type=None, platform=None, tenancy=None,
    quantity=None, offering_class=None, hourly_commitment_usd=1.5, upfront_usd=6570.0,
    monthly_usd=0.75 * 730,
)  # fmt: skip
COMPUTE = replace(
    PLAN, kind="compute_savings_plan", region=None, instance_family=None, payment_option="No Upfront",
    upfront_usd=0.0, monthly_usd=1.5 * 730,
)  # fmt: skip


def report(*rows: Recommendation, **more: object) -> RecommendationReport:
    figures = {
        "as_of": AS_OF, "evidence": "hourly", "evidence_start": date(2026, 1, 1), "evidence_hours": 2160,
        "on_demand_usd": 10_000.0, "expected_savings_usd": 1.0,
            "annual_savings_usd": 1000.0 * len(rows),
            "savings_pct": 10.0,
        "npv_savings_usd": 900.0, "discount_rate_pct": 8.0, "optimality_gap_pct": 0.01,
        "optimality_gap_reason": None, "coverage_before_pct": 0.0, "coverage_after_pct": 80.0,
        "target_coverage_pct": 70.0, "horizon_days": 30, "recommendations": rows,
    }  # fmt: skip
    return RecommendationReport(**figures | more)


# The files


def test_csv_has_every_figure_and_runs_nothing() -> None:
    rows = list(csv.DictReader(io.StringIO(advice_csv(report(ROW, replace(PLAN, region="=1+1"))))))
    assert rows[0]["annual_savings_usd"] == "1000.0"
    assert rows[0]["confidence_pct"] == rows[0]["hourly_commitment_usd"] == ""
    assert rows[1]["region"] == "'=1+1"
    assert list(rows[0]) == list(purchases_frame(report(ROW)).columns)


def test_the_workbook_reads_back_equal() -> None:
    priceless = NotPriced(
        region="us-east-1", instance_type="=x", platform="Windows", tenancy="default", instances=2.0,
        monthly_usd=None, dollars=None, reason="https://example.com has no price",
    )  # fmt: skip
    advice = report(ROW, PLAN, not_priced=(priceless,), notes=("=note",))
    ladder = purchase_ladder([ROW.purchase], [0.1], COMMITMENTS.empty(), AS_OF, 40)
    written = advice_workbook(advice, ladder)
    assert written == advice_workbook(advice, ladder)
    book = openpyxl.load_workbook(io.BytesIO(written))
    assert book.sheetnames == ["Purchases", "Ladder", "Evidence and notes", "Not priced"]
    bought = list(book["Purchases"].iter_rows(values_only=True))
    assert list(bought[0]) == list(purchases_frame(advice).columns)
    read = dict(zip(bought[0], bought[1], strict=True))
    assert read["purchase_on"].date() == date(2026, 4, 1)
    assert (read["upfront_usd"], read["quantity"], read["confidence_pct"]) == (750, 3, None)
    assert [row[0] for row in book["Ladder"].iter_rows(min_row=2, values_only=True)] == ["advised"] * 3
    facts = list(book["Evidence and notes"].iter_rows(min_row=2, values_only=True))
    assert ("evidence_hours", 2160) in facts and ("note", "=note") in facts
    assert ("optimality_gap_pct", 0.01) in facts and ("max_expiring_pct", 40) in facts
    [_, row] = book["Not priced"].iter_rows()
    assert [cell.value for cell in row][1] == "=x"
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)


def test_advice_to_buy_nothing_is_a_workbook_too() -> None:
    book = openpyxl.load_workbook(io.BytesIO(advice_workbook(report())))
    assert [book[name].max_row for name in ("Purchases", "Ladder", "Not priced")] == [1, 1, 1]


# The orders


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "us-east-1'; rm -rf ~; '"),
        ("region", "us-east-1\nreboot"),
        ("region", "us-east-1\n"),
        ("region", "$(reboot)"),
        ("instance_type", "m5.`id`"),
        ("instance_type", 'm5.large" x'),
        ("instance_type", "--help.x"),
        ("platform", "Linux/UNIX; id"),
        ("tenancy", "host"),
        ("account_id", "11111111111١"),
        ("payment_option", "$PWD"),
        ("offering_class", None),
        ("term_years", 2),
        ("quantity", 0),
        ("quantity", None),
        ("upfront_usd", float("nan")),
        ("upfront_usd", -1.0),
        ("kind", "dedicated_host"),
    ],
)
def test_a_word_that_aws_does_not_have_gives_no_script(name: str, value: object) -> None:
    with pytest.raises(OutputError, match=rf"no purchase script: {name} of a row"):
        purchase_script(report(replace(ROW, **{name: value})))


def test_amounts_of_plans_are_as_aws_takes_them() -> None:
    [one] = orders_of(report(replace(PLAN, hourly_commitment_usd=0.1234567, upfront_usd=540.7)))
    # Half of 0.12345 × 8,760 h is 540.711: 541 whole dollars, rounded up.
    assert (one.hourly_commitment_usd, one.upfront_payment_usd) == (Decimal("0.12345"), 541)
    [whole] = orders_of(report(replace(COMPUTE, hourly_commitment_usd=20.0)))
    assert (str(whole.hourly_commitment_usd), whole.upfront_payment_usd) == ("20", None)
    with pytest.raises(OutputError, match="hourly_commitment_usd"):
        orders_of(report(replace(PLAN, hourly_commitment_usd=0.0001)))


def test_tokens_name_content_and_day() -> None:
    orders = orders_of(report(ROW, ROW, NO_UPFRONT))
    names = tokens(orders, AS_OF)
    assert len(set(names)) == 3
    assert names == tokens(orders, AS_OF)
    assert not set(names) & set(tokens(orders, date(2026, 4, 30)))
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_a_ladder_is_ordered_step_by_step() -> None:
    ladder = purchase_ladder([ROW.purchase], [0.1], COMMITMENTS.empty(), AS_OF, 40)
    orders = orders_of(report(ROW), ladder)
    assert [(str(one.purchase_on), one.quantity) for one in orders] == [
        ("2026-04-01", 1), ("2026-05-01", 1), ("2026-06-01", 1),
    ]  # fmt: skip
    assert sum(one.upfront_usd for one in orders) == pytest.approx(Decimal(750))


# The script, against an executable named aws that answers from a file and notes how it was called

FAKE = r"""#!/usr/bin/env bash
{ printf '%q ' "$@"; printf '\n'; } >> "$FAKE_LOG"
if [ -f "$FAKE_ANSWERS/$2.fails" ]; then echo "An error occurred" >&2; exit 255; fi
case $2 in purchase-* | create-*) [ "$AWS_MAX_ATTEMPTS" = 1 ] || exit 254 ;; esac
if [ -f "$FAKE_ANSWERS/$2" ]; then cat "$FAKE_ANSWERS/$2"; fi
"""
OFFER = "offer-1\t{fixed}\t{hourly}\t0.0\tUSD\tRegion\t31536000\tFalse\n"
PLAN_OFFER = "plan-offer-1\tEC2Instance\tPartial Upfront\t31536000\tUSD\n"
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash")


class Shell:
    """A folder with the script, an AWS that is none, and a day."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.answers, self.log = folder, folder / "answers", folder / "log"
        self.answers.mkdir()
        self.programs = folder / "bin"
        self.programs.mkdir()
        self._program("aws", FAKE)
        self.today("2026-04-02")
        self.answer("get-caller-identity", f"{ACCOUNT}\n")
        self.answer("describe-reserved-instances-offerings", OFFER.format(fixed="250.0", hourly="0.03"))
        self.answer("purchase-reserved-instances-offering", "ri-1\n")
        self.answer("describe-savings-plans-offerings", PLAN_OFFER)
        self.answer("create-savings-plan", "sp-1\n")

    def _program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def today(self, day: str) -> None:
        self._program("date", f"#!/usr/bin/env bash\necho {day}\n")

    def answer(self, operation: str, text: str) -> None:
        (self.answers / operation).write_text(text)

    def fail(self, operation: str) -> None:
        (self.answers / f"{operation}.fails").touch()

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = self.folder / "buy it.sh"
        path.write_text(script)
        assert BASH is not None
        subprocess.run([BASH, "-n", str(path)], check=True)
        found = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "FAKE_LOG": str(self.log),
            "FAKE_ANSWERS": str(self.answers),
        }
        return subprocess.run(
            [BASH, str(path)],
            env=found | environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def buy(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(script, PURCHASE="yes", **environment)

    def calls(self, *operations: str) -> list[str]:
        lines = self.log.read_text().replace("\\,", ",").splitlines() if self.log.exists() else []
        return [line.strip() for line in lines if line.split()[1] in operations]

    def bought(self) -> list[str]:
        return self.calls("purchase-reserved-instances-offering", "create-savings-plan")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_dry_run_shows_what_would_be_bought_and_buys_nothing(shell: Shell) -> None:
    done = shell.run(purchase_script(report(ROW, PLAN)))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "Advice on data up to 2026-03-31: 2 orders, $7,320.00 upfront and $613.20 a month."
    )  # 750 + 6,570 upfront; (3 × 0.03 + 0.75) × 730 h a month
    assert f"  to be bought from account {ACCOUNT}" in lines
    assert f"This is account {ACCOUNT}, and the day is 2026-04-02 (UTC)." in lines
    assert any("aws ec2 purchase-reserved-instances-offering" in line for line in lines)
    assert any("aws savingsplans create-savings-plan" in line for line in lines)
    assert lines[-1] == "This was a dry run: nothing was bought. PURCHASE=yes buys."
    assert shell.bought() == []
    assert not list(shell.folder.glob("*.receipts*"))


def test_offerings_are_looked_up_as_advised(shell: Shell) -> None:
    shell.run(purchase_script(report(ROW, PLAN)))
    [offer] = shell.calls("describe-reserved-instances-offerings")
    for words in (
        "--region us-east-1", "--instance-type m5.large", "--product-description Linux/UNIX",
        "--instance-tenancy default", "--offering-class standard", r"--offering-type Partial\ Upfront",
        "--no-include-marketplace", "--filters Name=duration,Values=31536000 Name=scope,Values=Region",
    ):  # fmt: skip
        assert words in offer
    [plan] = shell.calls("describe-savings-plans-offerings")
    for words in (
        "--plan-types EC2Instance", r"--payment-options Partial\ Upfront", "--durations 31536000",
        "--filters name=region,values=us-east-1 name=instanceFamily,values=m5",
    ):  # fmt: skip
        assert words in plan


def test_what_is_bought_is_bought_once(shell: Shell) -> None:
    advice = report(ROW, PLAN)
    script = purchase_script(advice)
    done = shell.buy(script)
    assert done.returncode == 0, done.stderr
    token, _ = tokens(orders_of(advice), AS_OF)
    assert shell.bought() == [
        "savingsplans create-savings-plan --region us-east-1 --savings-plan-offering-id plan-offer-1 "
        f"--commitment 1.5 --client-token {token} --upfront-payment-amount 6570 "
        "--query savingsPlanId --output text",
        "ec2 purchase-reserved-instances-offering --region us-east-1 --reserved-instances-offering-id "
        "offer-1 --instance-count 3 --limit-price Amount=750.00,CurrencyCode=USD "
        "--query ReservedInstancesId --output text",
    ]
    again = shell.buy(script)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("bought already") == 2
    assert len(shell.bought()) == 2


def test_told_to_it_is_bought_again(shell: Shell) -> None:
    advice = report(ROW)
    shell.buy(purchase_script(advice))
    [token] = tokens(orders_of(advice), AS_OF)
    assert shell.buy(purchase_script(advice), REPEAT=token).returncode == 0
    assert len(shell.bought()) == 2


def test_no_upfront_has_no_limit_but_its_hourly_price_is_compared(shell: Shell) -> None:
    shell.answer("describe-reserved-instances-offerings", OFFER.format(fixed="0.0", hourly="0.06"))
    assert shell.buy(purchase_script(report(NO_UPFRONT))).returncode == 0
    assert "--limit-price" not in shell.bought()[0]
    shell.answer("describe-reserved-instances-offerings", OFFER.format(fixed="0.0", hourly="0.0602"))
    done = shell.buy(purchase_script(report(NO_UPFRONT, as_of=date(2026, 4, 1))))
    assert done.returncode == 1
    assert "more than\nadvised ($0.000000 and $0.060000)" in done.stderr
    assert len(shell.bought()) == 1


def test_a_compute_plan_has_no_place(shell: Shell) -> None:
    shell.answer("describe-savings-plans-offerings", "o-2\tCompute\tNo Upfront\t31536000\tUSD\n")
    assert shell.buy(purchase_script(report(COMPUTE))).returncode == 0
    assert "--filters" not in shell.calls("describe-savings-plans-offerings")[0]
    assert "--upfront-payment-amount" not in shell.bought()[0]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "no such offering"),
        ("None\n", "no such offering"),
        (OFFER.format(fixed="250.0", hourly="0.03") * 2, "more than one such offering"),
        (OFFER.format(fixed="251.0", hourly="0.03"), "more than\nadvised"),
        (OFFER.format(fixed="250.0", hourly="0.031"), "more than\nadvised"),
        (OFFER.format(fixed="250.0", hourly="0.03").replace("False", "True"), "is another one"),
        (OFFER.format(fixed="250.0", hourly="0.03").replace("USD", "CNY"), "is another one"),
        (OFFER.format(fixed="$(reboot)", hourly="0.03"), "no price"),
        (OFFER.format(fixed="250.0", hourly="0.03").replace("offer-1", "--x y"), "no id"),
    ],
)
def test_an_offering_that_is_not_the_advised_one_stops_everything(
    answer: str, why: str, shell: Shell
) -> None:
    shell.answer("describe-reserved-instances-offerings", answer)
    done = shell.buy(purchase_script(report(PLAN, ROW)))  # the plan is first, and is not bought either
    assert done.returncode == 1
    assert why in done.stderr
    assert shell.bought() == []


def test_a_lower_price_is_bought(shell: Shell) -> None:
    shell.answer("describe-reserved-instances-offerings", OFFER.format(fixed="240.0", hourly="None"))
    assert shell.buy(purchase_script(report(ROW))).returncode == 0
    assert len(shell.bought()) == 1


def test_what_nobody_knows_is_not_bought_again(shell: Shell) -> None:
    shell.fail("purchase-reserved-instances-offering")
    script = purchase_script(report(ROW))
    done = shell.buy(script)
    assert done.returncode == 1
    assert "AWS did not sell it, or did not say so" in done.stderr
    (shell.answers / "purchase-reserved-instances-offering.fails").unlink()
    again = shell.buy(script)
    assert again.returncode == 1
    assert "does not know whether it did" in again.stderr
    assert len(shell.bought()) == 1


def test_a_plan_is_asked_for_again_under_the_same_token(shell: Shell) -> None:
    shell.fail("create-savings-plan")
    script = purchase_script(report(PLAN))
    assert shell.buy(script).returncode == 1
    (shell.answers / "create-savings-plan.fails").unlink()
    assert shell.buy(script).returncode == 0
    first, second = shell.bought()
    assert first == second


def test_without_receipts_the_account_tells(shell: Shell) -> None:
    script = purchase_script(report(ROW))
    row = "ri-7\t{start}T08:00:00+00:00\t{state}\tLinux/UNIX\tdefault\n"
    shell.answer("describe-reserved-instances", row.format(start="2026-04-01", state="active"))
    done = shell.buy(script)
    assert done.returncode == 1
    assert "has bought such Reserved Instances since 2026-04-01" in done.stderr
    assert shell.bought() == []
    older = row.format(start="2026-03-31", state="active")
    shell.answer("describe-reserved-instances", older + row.format(start="2026-04-01", state="retired"))
    assert shell.buy(script).returncode == 0
    assert len(shell.bought()) == 1


def test_orders_of_another_account_are_left_out(shell: Shell) -> None:
    shell.answer("get-caller-identity", f"{OTHER}\n")
    done = shell.buy(purchase_script(report(ROW)))
    assert done.returncode == 1
    assert f"LEFT OUT, to be bought from account {ACCOUNT}" in done.stdout
    assert f"is for other accounts than {OTHER}" in done.stderr
    done = shell.buy(
        purchase_script(report(ROW, replace(NO_UPFRONT, account_id=OTHER, upfront_usd=750.0)))
    )
    assert done.returncode == 0, done.stderr
    [call] = shell.bought()
    assert "purchase-reserved-instances-offering" in call


def test_later_steps_of_a_ladder_wait_for_their_day(shell: Shell) -> None:
    ladder = purchase_ladder([ROW.purchase], [0.1], COMMITMENTS.empty(), AS_OF, 40)
    script = purchase_script(report(ROW), ladder)
    done = shell.buy(script)
    assert "LEFT OUT, to be bought from 2026-05-01 on" in done.stdout
    assert len(shell.bought()) == 1
    # Its own first step is no purchase that the advice does not know.
    shell.answer(
        "describe-reserved-instances", "ri-1\t2026-04-02T08:00:00+00:00\tactive\tLinux/UNIX\tdefault\n"
    )
    shell.today("2026-05-01")
    done = shell.buy(script)
    assert done.returncode == 0, done.stderr
    assert len(shell.bought()) == 2


def test_two_runs_do_not_buy_at_the_same_time(shell: Shell) -> None:
    (shell.folder / "purchases-2026-03-31.receipts.lock").mkdir()
    done = shell.buy(purchase_script(report(ROW)))
    assert (done.returncode, shell.bought()) == (1, [])
    assert "another run is buying" in done.stderr


def test_no_credentials_and_no_aws_are_said(shell: Shell) -> None:
    shell.fail("get-caller-identity")
    assert shell.buy(purchase_script(report(ROW))).returncode != 0
    assert shell.bought() == []
    bare = shell.folder / "bare"
    bare.mkdir()
    for name in ("bash", "awk", "grep", "date", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (bare / name).symlink_to(found)
    done = shell.run(purchase_script(report(ROW)), PATH=str(bare))
    assert done.returncode == 1
    assert done.stderr == "STOP: this script needs 'aws', and there is none\n"


def test_nothing_to_buy(shell: Shell) -> None:
    done = shell.buy(script_of((), AS_OF))
    assert done.returncode == 0, done.stderr
    assert "Bought: 0." in done.stdout


def test_values_are_quoted_besides(shell: Shell, tmp_path: Path) -> None:
    """Were a word to slip through, it would still be one word."""
    evil = "us'; touch owned; $(touch owned) \"`touch owned`\n"
    [one] = orders_of(report(ROW))
    shell.run(script_of((replace(one, region=evil, platform=evil),), AS_OF))
    assert not (tmp_path / "owned").exists()
    assert "touch" in shell.calls("describe-reserved-instances-offerings")[0]


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("there is no shellcheck (Debian package shellcheck)")
    path = tmp_path / "buy.sh"
    path.write_text(purchase_script(report(ROW, PLAN, NO_UPFRONT, COMPUTE)))
    done = subprocess.run(
        ["shellcheck", "--format=json", str(path)], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == []
