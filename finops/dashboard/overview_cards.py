"""What are the headline figures of the estate, and where are the details of each?"""

from __future__ import annotations

from finops.answers.forecast import CostForecast
from finops.answers.overview import Overview
from finops.answers.to_check import RECENT_DAYS, dollars_off, recent, unexplained
from finops.dashboard import overview_answers as asked
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.links import EC2, ENTERPRISE, INSIGHTS, Link
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, basis_text, basis_word, count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.periods import Month

COMMITMENTS = Link(ENTERPRISE, "RI & Savings Plans")
_NOTHING_LISTED = (
    "no instance and no bucket is known; give a resource list in the sidebar, or clear a filter"
)
_NO_EVIDENCE = (
    "neither hourly usage nor an instance is known, so that nothing could be advised; give one of them "
    "in the sidebar, or clear a filter"
)


def show_costs(answer: Overview, estate: Estate) -> None:
    """The cards of what is spent."""
    if answer.basis.source == "inventory":
        show_cards([_run_rate(answer), _not_running(answer)])
    else:
        show_cards(
            [_to_date(answer, estate), _month(answer), _forecast(answer, estate), _run_rate(answer)]
        )


def show_decisions(view: View) -> None:
    """The cards of what may be done."""
    estate = view.shown
    anomalies = [_anomalies(estate)] if estate.billed is not None else []
    show_cards([_savings(view), *anomalies, _tags(estate), _allocation(estate)])


def _to_date(answer: Overview, estate: Estate) -> Card:
    return Card(
        label="Month to date",
        value=dollars(answer.month_to_date_usd),
        help=f"{basis_word(answer.basis)} of {Month.of(estate.as_of)}, up to and including "
        f"{estate.as_of}.",
        opens=Link(ENTERPRISE, "Budgets"),
    )


def _month(answer: Overview) -> Card:
    return Card(
        label=f"Cost {answer.basis.period}",
        value=dollars(answer.cost_usd),
        change=percent(answer.change_pct) if answer.change_pct is not None else None,
        against="vs month before" if answer.change_pct is not None else None,
        rising_is="bad",
        help=f"The last full month: {basis_text(answer.basis)}. Upfront payments are spread over their "
        f"term. Billed in that month: {dollars(answer.billed_usd)}; the month before: "
        f"{dollars(answer.previous_usd)}.",
        opens=Link(ENTERPRISE, "Chargeback"),
    )


def _forecast(answer: Overview, estate: Estate) -> Card:
    told = asked.month_end(estate, answer.basis.basis)
    link = Link(INSIGHTS, "Forecast")
    if isinstance(told, FinOpsError):
        return _unknown("Forecast", told, link)
    low, high = told.lower_80_usd, told.upper_80_usd
    known = low is not None and high is not None
    return Card(
        label=f"Forecast {Month.of(told.period_start)}",
        value=dollars(told.total_usd),
        change=f"{dollars(low, 0)} to {dollars(high, 0)}" if known else "no interval",
        against="in 80 %" if known else None,
        help=f"{basis_word(answer.basis)} at the end of the month: {dollars(told.spent_usd)} up to the "
        f"last known day, and the days to come by the model that would have missed least (here: "
        f"{plain(told.method)}, on {count(told.history_days, 'day')} of history). {_interval(told)}",
        opens=link,
    )


def _interval(told: CostForecast) -> str:
    if told.lower_95_usd is None:
        return "History is too short for an interval."
    return (
        "The interval of 95 % is "
        f"{dollars(told.lower_95_usd)} to {dollars(told.upper_95_usd)}. Replays of the past say how "
        "wide they are."
    )


def _run_rate(answer: Overview) -> Card:
    label, link = "Run rate", Link(EC2)
    if answer.run_rate_usd is None:
        return _unknown(label, _NOTHING_LISTED, link)
    return Card(
        label=label,
        value=dollars(answer.run_rate_usd),
        help="What every listed resource costs in a month of 730 hours, whatever its state: "
        f"EC2 {dollars(answer.ec2_run_rate_usd)}, S3 {dollars(answer.s3_run_rate_usd)}. "
        "The total of the resource lists, of which "
        f"{dollars(answer.not_running_usd)} is on instances that do not run.",
        opens=link,
    )


def _not_running(answer: Overview) -> Card:
    label, link = "Not running", Link(EC2)
    if answer.not_running_usd is None:
        return _unknown(label, _NOTHING_LISTED, link)
    return Card(
        label=label,
        value=dollars(answer.not_running_usd),
        help="The part of the run rate that stopped and terminated instances carry in the EC2 list. "
        "It is shown, and never evidence for a commitment.",
        opens=link,
    )


def _savings(view: View) -> Card:
    label, estate = "Savings found, a year", view.shown
    if not estate.usage.empty:
        told = asked.ranked(view)
        if isinstance(told, FinOpsError):
            return _unknown(label, told, COMMITMENTS)
        return Card(
            label=label,
            value=dollars(told.annual_saving_usd),
            change=count(len(told.actions), "action"),
            against="of all usage" if asked.narrows_more_than_usage(view) else None,
            help="What the ranked actions below save together: the bill of the last "
            f"{told.days} days brought to a year, {dollars(told.before_usd)}, less the bill with all of "
            f"them done, {dollars(told.after_usd)}. No dollar counts twice. Hours of usage have no "
            "state and no tags: of the filters only regions narrow them.",
            opens=COMMITMENTS,
        )
    weak = asked.advice(estate)
    if isinstance(weak, FinOpsError):
        return _unknown(label, weak, COMMITMENTS)
    if estate.ec2.empty:
        return _unknown(label, _NO_EVIDENCE, COMMITMENTS)
    return Card(
        label="On weak evidence, a year",
        value=dollars(weak.report.annual_savings_usd),
        change="not tested",
        help="No saving that is promised. What the advised commitments would save in a year, net of "
        "what would go unused, if the instances of the list go on as they are. No hourly usage was "
        "given, so nothing could be billed anew, or tested.",
        opens=COMMITMENTS,
    )


def _anomalies(estate: Estate) -> Card:
    label, link = f"Anomalies, {RECENT_DAYS} days", Link(INSIGHTS, "Anomalies")
    told = asked.out_of_the_ordinary(estate)
    if isinstance(told, FinOpsError):
        return _unknown(label, told, link)
    found = recent(told)
    return Card(
        label=label,
        value=dollars(dollars_off(found)),
        change=f"{len(found)} found, {len(unexplained(told))} unexplained",
        help="Dollars above or below what was expected, without their signs, of the anomalies that "
        f"ended in the last {RECENT_DAYS} days of the bill or go on; {told.basis} cost, "
        f"{dollars(told.min_usd)} at least. Unexplained are those that nobody has judged.",
        opens=link,
    )


def _tags(estate: Estate) -> Card:
    label, link = "Tag compliance", Link(ENTERPRISE, "Tag Compliance")
    told = asked.tag_compliance(estate)
    if isinstance(told, FinOpsError):
        return _unknown(label, told, link)
    report = told.report
    return Card(
        label=label,
        value=percent(report.compliance_pct),
        help=f"{report.compliant} of {report.resources} taggable resources carry every mandatory tag "
        f"with an allowed value. Target {percent(report.target_pct, 0)}. By cost: "
        f"{percent(report.compliance_by_cost_pct)} ({basis_text(told.basis)}).",
        opens=link,
    )


def _allocation(estate: Estate) -> Card:
    label, link = "Not allocated to a team", Link(ENTERPRISE, "Chargeback")
    told = asked.allocation(estate)
    if isinstance(told, FinOpsError):
        return _unknown(label, told, link)
    report = told.report
    return Card(
        label=label,
        value=dollars(report.unallocated_usd),
        help="Cost without a Team tag or an accepted virtual one, of "
        f"{dollars(report.total_usd)} in all ({report.basis} cost, {report.period}).",
        opens=link,
    )


def _unknown(label: str, reason: FinOpsError | str, link: Link) -> Card:
    return Card(label=label, value=UNKNOWN, help=f"Not worked out: {plain(reason)}", opens=link)
