"""Which budgets are in a file of AWS Budgets, and how are ours written as one?

Read are the answer of ``aws budgets describe-budgets`` (or ``describe-budget``), beside it in one
object, if wished, that of ``describe-budget-notifications-for-account``, and requests as
``create-budget`` takes them (one, or a list): a Budget with NotificationsWithSubscribers. Written is
one object with ``Budgets`` and ``BudgetNotificationsForAccount``, which reads back as the same budgets.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from finops.budget_manager.aws_notifications import bare, notifications_in_aws
from finops.budget_manager.aws_shape import from_aws, to_aws
from finops.budget_manager.book import BudgetBook, Kept, UntrackedBudget
from finops.budget_manager.budget import AwsOrigin, Budget
from finops.errors import BudgetError
from finops.storage import each_key_once, no_number

_KNOWN = frozenset(
    {
        "Budgets",
        "Budget",
        "BudgetNotificationsForAccount",
        "Notifications",
        "NotificationsWithSubscribers",
        "AccountId",
        "ResourceTags",
    }
)
LONGEST_REASON = 400
DEEPEST = 60
REMEDY = "nothing was imported; write the file again with `aws budgets describe-budgets`"


@dataclass(frozen=True, slots=True)
class AwsFile:
    """The budgets of a file, in its order and without ids, and what it says that is not used."""

    budgets: tuple[Kept, ...]
    warnings: tuple[str, ...] = ()


def read_aws_budgets(text: str, source: str) -> AwsFile:
    """The budgets of a file's text; all of them or, with a BudgetError naming ``source``, none."""
    document = _parsed(text, source)
    parts = document if isinstance(document, list) else [document]
    found: list[tuple[dict[str, Any], list[dict[str, Any]] | None]] = []
    warnings: list[str] = []
    for part in parts:
        if not isinstance(part, dict) or not {"Budgets", "Budget"} & part.keys():
            raise BudgetError(f"{source}: it has no Budgets; {REMEDY}")
        try:
            found += _pairs(part)
        except BudgetError as error:
            raise BudgetError(f"{source}: {error}; {REMEDY}") from error
        warnings += _unused(part, source)
    if not found:
        raise BudgetError(f"{source}: its Budgets are an empty list; {REMEDY}")
    budgets = tuple(_budget(raw, told, at, source) for at, (raw, told) in enumerate(found))
    _refuse_repeated(budgets, source)
    return AwsFile(budgets, tuple(warnings))


def write_aws_budgets(book: BudgetBook) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document of every budget, and in words what AWS Budgets has no place for."""
    kept: list[Kept] = list(book.budgets)
    for untracked in sorted(book.untracked, key=lambda one: one.place):
        kept.insert(untracked.place, untracked)
    told = [(one.name, _notifications(one)) for one in kept]
    document: dict[str, Any] = {"Budgets": [_in_aws(one) for one in kept]}
    if any(notifications is not None for _, notifications in told):
        document["BudgetNotificationsForAccount"] = [
            {_key_of(notifications): notifications, "BudgetName": name}
            for name, notifications in told
            if notifications is not None
        ]
    return document, tuple(warning for one in book.budgets for warning in _unsaid(one))


def _pairs(part: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]] | None]]:
    raws = part["Budgets"] if "Budgets" in part else [part["Budget"]]
    if not isinstance(raws, list) or not all(isinstance(raw, dict) for raw in raws):
        raise BudgetError("Budgets is no list of objects")
    own = part.get("NotificationsWithSubscribers", part.get("Notifications"))
    by_name: dict[str, list[dict[str, Any]]] = {}
    for entry in _objects(
        part.get("BudgetNotificationsForAccount", []), "BudgetNotificationsForAccount"
    ):
        told = entry.get("NotificationsWithSubscribers", entry.get("Notifications", []))
        by_name.setdefault(str(entry.get("BudgetName")), []).extend(_objects(told, "Notifications"))
    for raw in raws:
        if own is not None and len(raws) == 1:
            yield raw, _objects(own, "Notifications")
        else:
            yield raw, by_name.get(str(raw.get("BudgetName")))


def _unused(part: Mapping[str, Any], source: str) -> Iterator[str]:
    if part.get("NextToken"):
        yield f"{source} has a NextToken: AWS has more budgets than are in the file"
    if (
        part.keys() & {"Notifications", "NotificationsWithSubscribers"}
        and len(part.get("Budgets", [])) > 1
    ):
        yield f"{source}: its Notifications do not say of which budget they are, and were not read"
    if other := sorted(part.keys() - _KNOWN - {"NextToken"}):
        yield f"{source}: not read: {', '.join(other)}"


def _budget(raw: dict[str, Any], told: Sequence[dict[str, Any]] | None, place: int, source: str) -> Kept:
    origin = AwsOrigin(budget=raw, notifications=None if told is None else tuple(told))
    name = raw.get("BudgetName")
    try:
        return from_aws(raw, origin, place)
    except (BudgetError, ValidationError) as error:
        named = repr(name[:100]) if isinstance(name, str) else f"number {place + 1}"
        raise BudgetError(f"{source}: budget {named}: {_reason(error)}; {REMEDY}") from error


def _reason(error: BudgetError | ValidationError) -> str:
    if isinstance(error, BudgetError):
        words = str(error)
    else:
        words = "; ".join(one["msg"] for one in error.errors(include_url=False, include_input=False))
    return words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]}…"


def _refuse_repeated(budgets: Sequence[Kept], source: str) -> None:
    seen: set[str] = set()
    for budget in budgets:
        if budget.name in seen:
            raise BudgetError(f"{source}: two budgets are named {budget.name!r}; {REMEDY}")
        seen.add(budget.name)


def _parsed(text: str, source: str) -> object:
    try:
        document = json.loads(
            text, parse_constant=no_number, parse_float=_finite, object_pairs_hook=each_key_once
        )
        # What JSON can escape and UTF-8 cannot write would make the state unwritable.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
        _refuse_depth(document)
    except (ValueError, RecursionError) as error:
        raise BudgetError(f"{source}: it is not JSON ({error}); {REMEDY}") from error
    return document


def _refuse_depth(document: object) -> None:
    # Deeper than any budget of AWS, and as deep as the state can be read back.
    level: list[object] = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ValueError(f"it is nested more than {DEEPEST} times")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def _objects(raw: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise BudgetError(f"{where} is no list of objects")
    for one in raw:
        bare(one)
    return raw


def _in_aws(budget: Kept) -> dict[str, Any]:
    return budget.aws.budget if isinstance(budget, UntrackedBudget) else to_aws(budget)


def _notifications(budget: Kept) -> list[dict[str, Any]] | None:
    if isinstance(budget, Budget):
        return notifications_in_aws(budget)
    return None if budget.aws.notifications is None else list(budget.aws.notifications)


def _key_of(notifications: Sequence[Mapping[str, Any]]) -> str:
    with_subscribers = any("Notification" in one for one in notifications)
    return "NotificationsWithSubscribers" if with_subscribers else "Notifications"


def _unsaid(budget: Budget) -> Iterator[str]:
    unsaid = {
        "a fiscal year of its own": budget.fiscal_year_start != 1 and budget.period != "monthly",
        "rollover": budget.rollover != "none",
        "a parent": budget.parent is not None,
        "being paused": budget.status == "paused",
        "thresholds on pace": any(one.on == "pace" for one in budget.thresholds),
        "growth of an adjusted amount": budget.adjust is not None and budget.adjust.growth_pct != 0,
        "the name": bool({":", "\\"} & set(budget.name)),
        "planned years": bool(budget.planned) and budget.period == "annual",
    }
    if lost := [what for what, holds in unsaid.items() if holds]:
        yield f"{budget.name!r}: AWS Budgets has no place for {', '.join(lost)}"
