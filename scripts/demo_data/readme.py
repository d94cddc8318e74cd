"""What does an analyst need to know about the sample? ``data/README.md``, with its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops.money import HOURS_PER_MONTH
from scripts.demo_data.owned import COMPUTE_PLAN, Commitment
from scripts.demo_data.prices import plain
from scripts.demo_data.reconciliation import reconciliation
from scripts.demo_data.sample import Sample
from scripts.demo_data.september import HOURS_OF_MONTH, Line, batch_hours, september, total
from scripts.demo_data.timeline import AS_OF, BILLED_MONTH
from scripts.demo_data.truths import planted_truths

_TEMPLATE = Path(__file__).with_name("readme_template.md")

_AFFAIRS = {
    "ledger": "fully used, **expires 18 days after the data end**",
    "catalog-old": "**underused**: 2½ of 6 since 2026-05-04, when the move of the fleet to c6i was over",
    "checkout": "fully used: four m5.xlarge and six m5.2xlarge are its 128 units",
    "lakehouse": "fully used in every hour: by the batch while it runs, else by eight r6g.2xlarge",
    "search": "fully used: two r6g.4xlarge in every hour",
}


def readme_text(sample: Sample) -> str:
    """The README. Raises ValueError if a place of the template is left open."""
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, value in _values(sample).items():
        text = text.replace("{{" + name + "}}", str(value))
    if "{{" in text:
        raise ValueError(f"no value for {text[text.index('{{') :][:40]}")
    return text


def _values(sample: Sample) -> Mapping[str, object]:
    states = sample.compute["State"].value_counts()
    hourly = sum(map(Decimal, sample.compute["CostUSD"]), Decimal(0))
    storage = sum(map(Decimal, sample.storage["CostUSD"]), Decimal(0))
    month = september(sample)
    truths = planted_truths(sample)["truths"]
    return {
        "as_of": AS_OF.isoformat(),
        "month": BILLED_MONTH,
        "hours": HOURS_OF_MONTH,
        "prices_as_of": sample.prices.as_of,
        "instances": len(sample.compute),
        "running": states["running"],
        "stopped": states["stopped"],
        "terminated": states["terminated"],
        "buckets": len(sample.storage),
        "cost_rows": f"{len(sample.costs):,}",
        "usage_rows": f"{len(sample.usage):,}",
        "commitments": len(sample.owned),
        "accounts": len(sample.accounts),
        "truths": len(truths),
        "hourly": plain(hourly),
        "ec2_run_rate": _cents(hourly * HOURS_PER_MONTH),
        "s3_run_rate": _cents(storage),
        "run_rate": _cents(hourly * HOURS_PER_MONTH + storage),
        "batch_hours": batch_hours(),
        "commitment_table": _rows(_commitment_cells(each) for each in sample.owned),
        "truth_table": _rows(map(_truth_cells, truths)),
        "fleets": _table(month.fleets),
        "covered": _table(month.covered),
        "fees": _table(month.fees),
        "cash": _table(month.cash),
        "effective": _table(month.effective, "Σ EffectiveCost"),
        "billed": _table(month.billed, "Σ BilledCost"),
        "reconciliation": _table(reconciliation(sample, month), "Σ EffectiveCost"),
        "difference": (
            f"{_cents(total(month.fees))} − {_cents(total(month.cash))} = "
            f"{_cents(total(month.fees) - total(month.cash))}"
        ),
    }


def _table(lines: Sequence[Line], sum_label: str = "Σ") -> str:
    summed = (f"**{sum_label}**", "", f"**{_cents(total(list(lines)))}**")
    return _rows([*((line.label, line.working, _places(line.usd)) for line in lines), summed])


def _rows(rows: Iterable[Sequence[object]]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def _cents(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _places(amount: Decimal) -> str:
    """At least cents, up to six places, without closing zeros beyond the cents."""
    text = f"{amount:,.6f}"
    return text[:-4] + text[-4:].rstrip("0")


def _commitment_cells(each: Commitment) -> Sequence[object]:
    if each.is_plan:
        kind = "Compute" if each.kind == COMPUTE_PLAN else f"EC2 Instance ({each.family}, {each.region})"
        what = (
            f"{kind} Savings Plan, {plain(each.recurring)} $/h = {each.quantity} × {each.instance_type},"
            f" {each.term_years} year, {each.payment}"
        )
    else:
        what = (
            f"{each.quantity} RIs {each.instance_type} {each.region}, {each.offering_class}, "
            f"{each.term_years} year{'s' if each.term_years > 1 else ''}, {each.payment}: "
            f"{plain(each.upfront)} $ upfront and {plain(each.recurring)} $/h each"
        )
    last = each.end - timedelta(days=1)
    return each.name, what, each.account.name, f"{each.start} – {last}", _AFFAIRS[each.name]


def _truth_cells(truth: Mapping[str, Any]) -> Sequence[object]:
    resources = truth["resources"]
    many = len(resources) > 1
    things = f"{len(resources)} resources" if many else f"`{resources[0]}`"
    if "instance_type" in truth:
        things = f"{len(resources)} × {truth['instance_type']}"
    place = ", ".join(filter(None, (truth["account_id"], truth.get("region"), things)))
    when = f"{_day(truth['start'])} – {_day(truth['end'])}"
    return (
        truth["kind"].replace("_", " "),
        f"**{truth['name']}**: {truth['what']}",
        place,
        when,
        _usd(truth),
    )


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _usd(truth: Mapping[str, Any]) -> str:
    def cents(key: str) -> str:
        return _cents(Decimal(str(truth[key])))

    if "excess_usd" in truth:
        return f"{cents('excess_usd')} in all"
    if "annual_savings_usd" in truth:
        return (
            f"{cents('month_list_usd')} in {BILLED_MONTH}; {truth['quantity']} RIs "
            f"(standard, 1 year, No Upfront) save {cents('annual_savings_usd')} a year"
        )
    if "month_list_usd" in truth:
        return f"{cents('month_list_usd')} in {BILLED_MONTH}, {cents('run_rate_usd')} at the run rate"
    return f"{cents('month_effective_usd')} in {BILLED_MONTH}"
