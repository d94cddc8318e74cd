"""``budgets check --notify`` and ``budgets alerts``: who is told, and what was done about it."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from finops.answers import alerts
from finops.answers.alerts import AlertEntry, DeliveryLine
from finops.answers.budgets import BudgetCheck
from finops.answers.compliance import read_policy
from finops.cli.arguments import day, least_dollars, path, percentage, reading, whole
from finops.cli.output import DONE, UNUSABLE_INPUT, Printout, document_of, plain, table
from finops.errors import ChannelError, StateError
from finops.estate import Estate

STATES = ("open", "acknowledged", "snoozed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The check with the alerts of the other sources, and what became of their delivery."""

    answer: BudgetCheck
    document: Mapping[str, object]
    text: str = ""
    warnings: tuple[str, ...] = ()
    failed: bool = False


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], json: argparse.ArgumentParser
) -> None:
    """``budgets alerts``."""
    verbs = actions.add_parser("alerts", help="what was raised, and who has it in hand").add_subparsers(
        dest="verb", required=True, metavar="VERB"
    )
    listing = verbs.add_parser("list", parents=[json], help="every alert, newest first")
    listing.add_argument("--state", choices=STATES, help="only those in this state")
    listing.set_defaults(run=_list)
    _add_verb(
        verbs,
        json,
        "acknowledge",
        "somebody has it in hand; it is sent nowhere from now on",
        _acknowledge,
    )
    until = _add_verb(verbs, json, "snooze", "silent until a day, then open again", _snooze)
    until.add_argument("--until", metavar="YYYY-MM-DD", type=day, required=True)
    _add_verb(verbs, json, "reopen", "open again", _reopen)
    trial = verbs.add_parser("try", parents=[json], help="send each channel a message that it works")
    trial.set_defaults(run=_try)


def add_options(check: argparse.ArgumentParser) -> None:
    """What ``budgets check`` alerts about besides budgets, and whether it tells anybody."""
    limits = alerts.DEFAULT_LIMITS
    group = check.add_argument_group("alerts")
    group.add_argument(
        "--notify",
        action="store_true",
        help=f"send alerts to the channels of {alerts.URLS}, each once; what failed is sent again",
    )
    group.add_argument(
        "--sources",
        metavar=",".join(alerts.SOURCES),
        type=_sources,
        help="who raises alerts (default: budgets; with --notify, all)",
    )
    for name, what, limit in (
        ("coverage", "coverage by commitments", limits.coverage_pct),
        ("utilization", "the use of a commitment", limits.utilization_pct),
        ("compliance", "tag compliance", limits.compliance_pct),
    ):
        group.add_argument(
            f"--{name}-below",
            metavar="PCT",
            type=percentage,
            default=limit,
            help=f"alert where {what} is below (default {limit:g})",
        )
    group.add_argument(
        "--expiry-days",
        metavar="60,30,7",
        type=_notices,
        default=limits.expiry_days,
        help=f"alert so many days before a commitment ends, at most {alerts.LONGEST_NOTICE_DAYS}",
    )
    group.add_argument(
        "--anomaly-above",
        metavar="USD",
        type=least_dollars,
        default=Decimal(str(limits.anomaly_usd)),
        help=f"alert about an anomaly of so many dollars (default {limits.anomaly_usd:g})",
    )
    group.add_argument(
        "--policy", metavar="FILE", type=path, help="tag policy (default: the usual five keys)"
    )


def told(args: argparse.Namespace, estate: Estate, answer: BudgetCheck) -> Told:
    """Ask the other sources, record what is new, and with ``--notify`` tell the channels."""
    sources = args.sources or (alerts.SOURCES if args.notify else ("budgets",))
    raised = alerts.raised_by(
        estate, sources, _limits(args), policy=args.policy and read_policy(args.policy)
    )
    active = (*(answer.alerts if "budgets" in sources else ()), *raised.alerts)
    checked = replace(answer, alerts=active, warnings=(*answer.warnings, *raised.warnings))
    if not args.notify:
        return Told(answer=checked, document={"deliveries": []}, warnings=_recorded(raised.alerts))
    try:
        report = alerts.deliver(
            active,
            alerts.channels(),
            as_of=estate.as_of,
            sources={alerts.SOURCE_OF[source] for source in sources},
            clock=_now,
            wait=time.sleep,
        )
    except ChannelError as error:
        warnings = (str(error), *_recorded(raised.alerts))
        return Told(answer=checked, document={"deliveries": []}, warnings=warnings, failed=True)
    return Told(
        answer=checked,
        document={"deliveries": plain(report.deliveries)},
        text=_sent(report.deliveries),
        warnings=report.problems,
        failed=bool(report.problems),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _limits(args: argparse.Namespace) -> alerts.AlertLimits:
    return alerts.AlertLimits(
        coverage_pct=args.coverage_below,
        utilization_pct=args.utilization_below,
        compliance_pct=args.compliance_below,
        expiry_days=args.expiry_days,
        anomaly_usd=float(args.anomaly_above),
    )


def _recorded(raised: tuple[alerts.Alert, ...]) -> tuple[str, ...]:
    if not raised:
        return ()
    try:
        alerts.record(raised)
    except StateError as error:
        return (f"the alerts were not added to the history: {error}",)
    return ()


def _sent(deliveries: tuple[DeliveryLine, ...]) -> str:
    counts = Counter((line.channel, line.state) for line in deliveries)
    lines = [f"{channel}: {count} {state}" for (channel, state), count in counts.items()]
    return "\n".join(lines) or "nothing new to send"


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not set(names) <= set(alerts.SOURCES):
        raise ValueError(text)
    return names


_sources = reading(_names, f"some of {','.join(alerts.SOURCES)}")
_notices = reading(
    lambda text: tuple(
        sorted({whole(part, 1, alerts.LONGEST_NOTICE_DAYS) for part in text.split(",")}, reverse=True)
    ),
    f"days such as 60,30,7, each from 1 to {alerts.LONGEST_NOTICE_DAYS}",
)


def _add_verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    json: argparse.ArgumentParser,
    name: str,
    what: str,
    run: Callable[[argparse.Namespace], Printout],
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, parents=[json], help=what)
    verb.add_argument("id", metavar="ID", help="as `budgets alerts list` shows it")
    verb.add_argument(
        "--by", metavar="NAME", default="", required=name == "acknowledge", help="who does it"
    )
    verb.add_argument("--note", metavar="TEXT", default="", help="why, or what is done")
    verb.set_defaults(run=run)
    return verb


def _list(args: argparse.Namespace) -> Printout:
    entries = [
        entry for entry in alerts.listed(_now()) if args.state is None or entry.state == args.state
    ]
    headers = ("id", "raised", "state", "severity", "what", "by", "note", "sent to", "waits for")
    rows = [
        (
            entry.id,
            entry.raised_on,
            f"{entry.state} until {entry.snoozed_until}" if entry.snoozed_until else entry.state,
            entry.severity,
            entry.message,
            entry.by,
            entry.note,
            ", ".join(entry.delivered_to),
            ", ".join(entry.waiting_for),
        )
        for entry in entries
    ]
    return Printout(document={"alerts": entries}, text=table(headers, rows))


def _acknowledge(args: argparse.Namespace) -> Printout:
    return _done(alerts.acknowledge(args.id, by=args.by, note=args.note, at=_now()))


def _snooze(args: argparse.Namespace) -> Printout:
    return _done(alerts.snooze(args.id, args.until, by=args.by, note=args.note, at=_now()))


def _reopen(args: argparse.Namespace) -> Printout:
    return _done(alerts.reopen(args.id, by=args.by, note=args.note, at=_now()))


def _try(args: argparse.Namespace) -> Printout:
    channels = alerts.channels()
    trials = alerts.try_channels(channels, wait=time.sleep)
    failed = [f"channel {trial.channel}: {trial.error}" for trial in trials if not trial.delivered]
    problems = (*channels.problems, *failed)
    return Printout(
        document={"channels": trials},
        text="\n".join(f"{trial.channel}: took the message" for trial in trials if trial.delivered),
        status=UNUSABLE_INPUT if problems else DONE,
        warnings=problems,
    )


def _done(entry: AlertEntry) -> Printout:
    until = f" until {entry.snoozed_until}" if entry.snoozed_until else ""
    return Printout(
        document=document_of(entry), text=f"{entry.id}  {entry.state}{until}  {entry.message}"
    )
