"""``anomalies``: costs of the bill that were out of the ordinary, and what people say of them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime

from finops.answers import anomalies as answers
from finops.answers.anomalies import Anomaly, AnomalyReport, AnomalySettings
from finops.answers.anomaly_course import DetectorCheck, check_note, detector_check
from finops.cli.arguments import ActionsWithin, day, estate_of, explained, least_dollars
from finops.cli.output import Printout, document_of, percent, plain, table
from finops.money import usd

_HELP = """\
Watches the daily cost of each service, account, region and team and in total, with its weekdays, its
fees and the length of the month, and names what was out of the ordinary: spikes, drops, level shifts,
drift, a change of weekdays, and days without data. An event is reported once, in the scope that tells
it best, with the values of the other dimensions and the resources that explain it. The first four weeks
of the bill are learnt from only. `feedback ID yes|no|planned` says what an anomaly was: noise mutes its
like, and a planned change is learnt at once. `plan` says so of one before it comes. Where any are
listed, `check` in the JSON says how many spikes that were planted into this bill are found, beside a
simple rule at as many alarms; a note says so where that rule would do as well, or better."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = explained(
        commands,
        inputs,
        "anomalies",
        help="costs out of the ordinary, with their cause",
        description=_HELP,
    )
    _add_settings(parser)
    parser.add_argument("--scope-type", choices=answers.SCOPE_TYPES, default="", help="only of these")
    parser.add_argument("--scope-value", default="", metavar="V", help="with --scope-type: only of this")
    parser.add_argument("--since", metavar="YYYY-MM-DD", type=day, help="only what ended then or later")
    parser.set_defaults(run=run, refuse=parser.error)
    actions = parser.add_subparsers(action=ActionsWithin, dest="action", metavar="ACTION")
    feedback = actions.add_parser("feedback", parents=[inputs], help="say what an anomaly was")
    feedback.add_argument("id", metavar="ID", help="as `anomalies` shows it")
    feedback.add_argument("verdict", choices=answers.VERDICTS)
    feedback.add_argument(
        "--until",
        metavar="YYYY-MM-DD",
        type=day,
        help=f"last day of a planned change (default: {answers.PLANNED_DAYS} days in all)",
    )
    feedback.add_argument("--note", default="", metavar="TEXT", help="why")
    _add_settings(feedback)
    feedback.set_defaults(run=_feedback)
    planned = actions.add_parser("plan", parents=[inputs], help="say of a change that it is meant")
    planned.add_argument("--scope-type", choices=answers.SCOPE_TYPES, required=True)
    planned.add_argument("--scope-value", default="", metavar="V", help="of all but total")
    for word, what in (("from", "its first day"), ("until", "its last day")):
        planned.add_argument(
            f"--{word}", dest=word + "_day", metavar="YYYY-MM-DD", type=day, required=True, help=what
        )
    planned.add_argument("--note", default="", metavar="TEXT", help="why")
    planned.set_defaults(run=_plan)
    forget = actions.add_parser("forget", parents=[inputs], help="take a verdict back")
    forget.add_argument("id", metavar="ID")
    forget.set_defaults(run=_forget)
    actions.add_parser(
        "reset", parents=[json], help="rename verdicts that cannot be read, and start anew"
    ).set_defaults(run=_reset)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-usd",
        metavar="USD",
        type=least_dollars,
        help="the least that is reported (default: a twentieth of a usual day)",
    )
    parser.add_argument(
        "--basis",
        choices=tuple(answers.BASES),
        default="",
        help="cost column of the bill (default: effective where the bill has it)",
    )


def _settings(args: argparse.Namespace) -> AnomalySettings:
    return AnomalySettings(
        scope_type=getattr(args, "scope_type", ""),
        scope_value=getattr(args, "scope_value", ""),
        since=getattr(args, "since", None),
        min_usd=None if args.min_usd is None else float(args.min_usd),
        basis=args.basis,
    )


def run(args: argparse.Namespace) -> Printout:
    if args.scope_value and not args.scope_type:
        args.refuse("--scope-value needs --scope-type")
    estate = estate_of(args)
    answer = answers.anomalies(estate, _settings(args))
    check = detector_check(estate, answer.basis) if answer.anomalies else None
    warning = check_note(check) if check else ""
    told = replace(answer, notes=(warning, *answer.notes)) if warning else answer
    return Printout(
        document=document_of(told) | {"check": _check_document(check)}, text=_text(answer, warning)
    )


def _check_document(check: DetectorCheck | None) -> object:
    if check is None:
        return None
    summed = {name: getattr(check, name) for name in ("found_pct", "rule_found_pct", "verdict")}
    return document_of(check) | summed


def _text(answer: AnomalyReport, warning: str) -> str:
    count = len(answer.anomalies)
    head = (
        f"{count} anomal{'y' if count == 1 else 'ies'} of {usd(answer.min_usd)} or more, {answer.basis} "
        f"cost, {answer.period_start or '–'} to {answer.period_end or '–'}; as of {answer.as_of}"
    )
    headers = ("id", "from", "to", "scope", "kind", "severity", "actual", "expected", "impact", "%")
    lines = [table((*headers, "said"), [_row(one) for one in answer.anomalies])]
    lines += [f"{one.id}  {one.cause}" for one in answer.anomalies]
    notes = [f"Note: {note}" for note in answer.notes]
    if answer.muted:
        notes.append(f"Muted as noise: {', '.join(one.id for one in answer.muted)}")
    planned = [
        f"{one.anomaly_id} ({one.value or one.dimension}, {one.start} to {one.until})"
        for one in answer.feedback
        if one.verdict == "planned"
    ]
    if planned:
        notes.append(f"Planned: {', '.join(planned)}")
    first = [f"Note: {warning}"] if warning else []
    return "\n\n".join([head, *first, "\n".join(lines), *notes])


def _row(one: Anomaly) -> tuple[object, ...]:
    return (
        one.id,
        one.date,
        one.end,
        one.scope,
        one.kind.replace("_", " "),
        one.severity,
        usd(one.actual_usd),
        usd(one.expected_usd),
        usd(one.impact_usd),
        percent(one.impact_pct),
        one.verdict or "",
    )


def _feedback(args: argparse.Namespace) -> Printout:
    estate = estate_of(args)
    entry = answers.give_feedback(
        estate,
        args.id,
        args.verdict,
        at=datetime.now(UTC),
        until=args.until,
        note=args.note,
        settings=_settings(args),
    )
    return _said(entry, sample=estate.is_sample)


def _plan(args: argparse.Namespace) -> Printout:
    estate = estate_of(args)
    entry = answers.plan(
        args.scope_type,
        args.scope_value,
        args.from_day,
        args.until_day,
        sample=estate.is_sample,
        at=datetime.now(UTC),
        note=args.note,
    )
    lacking = answers.missing_scope(estate, entry.dimension, entry.value)
    return _said(entry, sample=estate.is_sample, warnings=(lacking,) if lacking else ())


def _said(entry: answers.Feedback, *, sample: bool, warnings: tuple[str, ...] = ()) -> Printout:
    what = f"{entry.dimension} {entry.value}".strip()
    where = " (on the sample estate)" if sample else ""
    text = f"{entry.anomaly_id}  {entry.verdict}  {what}, {entry.start} to {entry.until}{where}"
    return Printout(document={"feedback": plain(entry)}, text=text, warnings=warnings)


def _forget(args: argparse.Namespace) -> Printout:
    entry = answers.take_back(args.id, sample=estate_of(args).is_sample)
    return Printout(document={"feedback": plain(entry)}, text=f"{entry.anomaly_id}  forgotten")


def _reset(args: argparse.Namespace) -> Printout:
    moved = [str(one) for one in answers.reset_feedback()]
    return Printout(
        document={"moved": moved}, text="\n".join(moved) or "the verdicts can be read; nothing moved"
    )
