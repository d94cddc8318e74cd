"""Which tags have to be set on which resources, and how does that leave for those who set them?

As a list (CSV), a workbook, a bash script for the AWS CLI, or a policy for Cloud Custodian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from finops.answers.compliance import Compliance
from finops.answers.ranking import matching
from finops.answers.remediation_custodian import custodian_of
from finops.answers.remediation_script import script_of
from finops.errors import OutputError, PolicyError
from finops.files import write_whole
from finops.spreadsheet import Sheet, csv_text, xlsx_bytes
from finops.tagging import Accepted, TagFix, remediation_frame, tag_fixes
from finops.tagging.fixes import Kind, violated
from finops.tagging.report import Advice
from finops.tagging.tag_calls import ByHand, TagCalls, tag_calls

__all__ = [
    "KINDS",
    "Chosen",
    "Remediation",
    "TagFix",
    "custodian",
    "fixes_csv",
    "remediation",
    "script",
    "violations",
    "workbook",
    "write_remediation",
]

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which violations are asked for: nothing chosen means all. ``text`` are words to be found in a row,
    names compare exactly."""

    key: str | None = None
    kind: str | None = None
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """The violations (one row a resource, lists as text), a fix for each resource and key, and the calls
    that set what is known. ``known`` counts the fixes whose value is known."""

    rows: pd.DataFrame
    fixes: tuple[TagFix, ...]
    known: int
    calls: TagCalls
    advice: tuple[Advice, ...]
    as_of: date


def violations(answer: Compliance, chosen: Chosen) -> pd.DataFrame:
    """The rows of ``non_compliant`` that are asked for, the lists as text, dearest first.

    Raises PolicyError for a key that the policy does not have.
    """
    rows, shown = answer.report.non_compliant, remediation_frame(answer.report)
    if chosen.key is not None:
        _known_key(answer, chosen.key)
        of_key = [chosen.key in violated(row, answer.policy) for row in rows.to_dict(orient="records")]
        shown = shown[of_key]
    if chosen.kind is not None:
        shown = shown[shown[chosen.kind] != ""]
    for column, names in (
        ("service", chosen.services),
        ("team", chosen.teams),
        ("account", chosen.accounts),
    ):
        shown = shown[shown[column].isin(names)] if names else shown
    return matching(shown, chosen.text) if chosen.text else shown


def remediation(
    answer: Compliance, chosen: Chosen = Chosen(), accepted: Accepted | None = None
) -> Remediation:
    """What to set on the resources that are asked for; with a key or a kind, only its fixes.

    ``accepted`` are the values by resource id and key that somebody has accepted (``accepted_values``).
    """
    rows = violations(answer, chosen)
    bad = answer.report.non_compliant.loc[rows.index]
    fixes = tuple(
        fix
        for fix in tag_fixes(bad, answer.policy, accepted)
        if chosen.key in {None, fix.key} and chosen.kind in {None, fix.kind}
    )
    return Remediation(
        rows=rows,
        fixes=fixes,
        known=sum(fix.value is not None for fix in fixes),
        calls=tag_calls(fixes),
        advice=answer.report.advice,
        as_of=answer.as_of,
    )


def fixes_csv(found: Remediation) -> str:
    """A line a resource and key, dearest first: what it has, and which value it has to get."""
    return csv_text(_frame(TagFix, found.fixes))


def workbook(found: Remediation) -> bytes:
    """XLSX with the sheets Tags to set, Resources, What to do first, By hand. Raises OutputError."""
    return xlsx_bytes(
        [
            Sheet("Tags to set", _frame(TagFix, found.fixes)),
            Sheet("Resources", found.rows),
            Sheet("What to do first", _frame(Advice, found.advice)),
            Sheet("By hand", _frame(ByHand, found.calls.by_hand)),
        ],
        created=found.as_of,
        title=f"Tags to set on resources as of {found.as_of}",
    )


def script(found: Remediation) -> str:
    """A bash script for the AWS CLI that shows its calls, and makes them with ``APPLY=yes``."""
    return script_of(found.calls, found.as_of)


def custodian(found: Remediation) -> str:
    """A policy file of Cloud Custodian."""
    return custodian_of(found.fixes, found.as_of)


FORMS: Mapping[str, Callable[[Remediation], str | bytes]] = {
    ".csv": fixes_csv,
    ".xlsx": workbook,
    ".sh": script,
    ".yml": custodian,
    ".yaml": custodian,
}


def write_remediation(found: Remediation, path: Path) -> None:
    """Write the file in the form that its ending asks for. Raises OutputError."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise OutputError(
            f"cannot write {path}: its ending says no form; expected .csv, .xlsx, .sh for the AWS CLI "
            "or .yml for Cloud Custodian"
        )
    made = form(found)
    content = made.encode() if isinstance(made, str) else made
    write_whole(path, content, mode=0o755 if form is script else 0o644)


def _known_key(answer: Compliance, key: str) -> None:
    if key not in answer.policy.keys:
        raise PolicyError(f"the policy has no key {key!r}; its keys are {', '.join(answer.policy.keys)}")


def _frame(record: type[Any], rows: Sequence[object]) -> pd.DataFrame:
    names = [field.name for field in fields(record)]
    values = [[getattr(row, name) for name in names] for row in rows]
    return pd.DataFrame(values, columns=names, dtype="object")
