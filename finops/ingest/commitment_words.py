"""Which words may a commitment hold, and which rows hold others? Those are set aside, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.errors import FrameError, Issue
from finops.ingest.cell_values import Mask
from finops.ingest.columns import folded
from finops.ingest.csv_rows import SHOWN_ROWS
from finops.ingest.frame_files import FrameFile
from finops.ingest.sheet import as_line, cell_text, shortened
from finops.schema import COMMITMENT_KINDS, OFFERING_CLASSES, PAYMENT_OPTIONS, SET_ASIDE

RESERVED, EC2_PLAN, COMPUTE_PLAN = COMMITMENT_KINDS
SCOPES = ("Region", "Availability Zone")
TERMS = (1, 3)
_SHOWN = 5
_KINDS = {
    **{folded(kind): kind for kind in COMMITMENT_KINDS},
    "ri": RESERVED,
    "reservedinstances": RESERVED,
    "ec2instance": EC2_PLAN,
    "ec2instancesavingsplans": EC2_PLAN,
    "compute": COMPUTE_PLAN,
    "computesavingsplans": COMPUTE_PLAN,
}
_WORDS: Mapping[str, Sequence[str]] = {
    "Scope": SCOPES,
    "PaymentOption": PAYMENT_OPTIONS,
    "OfferingClass": OFFERING_CLASSES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The rows that hold another word: which, and why, each in words."""

    rows: Mask
    reasons: tuple[str, ...]


def mapped(texts: pd.Series, meaning: Callable[[str], str | None]) -> pd.Series:
    """Each text as the word that it means, null where there is none."""
    return texts.map(meaning, na_action="ignore").astype("str")


def kinds_of(frame: pd.DataFrame) -> pd.Series:
    """The Kind of every row, null for a word that is none."""
    return mapped(frame["Kind"], lambda text: _KINDS.get(folded(text)))


def with_known_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with Scope, PaymentOption and OfferingClass as AWS writes them; others are null."""
    return frame.assign(**{name: _as_written(frame[name], words) for name, words in _WORDS.items()})


def _as_written(texts: pd.Series, words: Sequence[str]) -> pd.Series:
    known = {folded(word): word for word in words}
    return mapped(texts, lambda text: known.get(folded(text)))


def refused_rows(frame: pd.DataFrame) -> Refused:
    """Rows whose Scope, PaymentOption, OfferingClass, TermYears or (of an RI) InstanceType is none."""
    reasons: dict[int, str] = {}

    def refuse(rows: pd.Series, name: str, expected: str) -> None:
        for at in np.flatnonzero(rows.to_numpy(dtype=bool)).tolist():
            found = shortened(cell_text(frame[name].iloc[at]))
            reasons.setdefault(at, f"{name} holds {found!r}; expected {expected}")

    for name, words in _WORDS.items():
        refuse(frame[name].notna() & _as_written(frame[name], words).isna(), name, " or ".join(words))
    terms = frame["TermYears"]
    refuse(terms.notna() & ~terms.isin(TERMS), "TermYears", "1 or 3")
    types = frame["InstanceType"]
    odd_type = types.notna() & ~types.str.contains(r"^[^.\s]+\.[^\s]+$").fillna(False).astype(bool)
    refuse((kinds_of(frame) == RESERVED) & odd_type, "InstanceType", "a type such as m5.large")
    rows = np.zeros(len(frame), dtype=bool)
    rows[list(reasons)] = True
    return Refused(rows=rows, reasons=tuple(reasons[at] for at in sorted(reasons)))


def refusal(read: FrameFile, refused: Refused) -> tuple[Issue, ...]:
    """The issue ``commitment_unreadable``. Raises FrameError where not one row is left."""
    numbers = read.numbers[refused.rows].tolist()
    if not numbers:
        return ()
    if refused.rows.all():
        more = f" (and no row of the {len(numbers)} can be read)" if len(numbers) > 1 else ""
        raise FrameError(f"{read.file}, row {numbers[0]}: {refused.reasons[0]}{more}")
    named = [f"row {number}: {reason}" for number, reason in zip(numbers, refused.reasons, strict=True)][
        :_SHOWN
    ]
    rest = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return (
        Issue(
            severity="warning",
            code="commitment_unreadable",
            message=f"{len(numbers)} commitment(s) set aside: {' · '.join(named)}{rest}",
            file=read.file,
            rows=len(numbers),
            row_numbers=tuple(numbers[:SHOWN_ROWS]),
            set_aside=True,
        ),
    )


def lines_aside(read: FrameFile, rows: Mask, code: str, reasons: Sequence[str]) -> pd.DataFrame:
    """Rows of a file as lines of ``set_aside``; what a commitment costs a month is not known here."""
    lines = [
        as_line([text for value in row if (text := cell_text(value))], ",")
        for row in read.frame[rows].itertuples(index=False, name=None)
    ]
    return SET_ASIDE.conform(
        pd.DataFrame(
            {
                "File": pd.Series([read.file] * len(lines), dtype="str"),
                "Row": read.numbers[rows],
                "Code": pd.Series([code] * len(lines), dtype="str"),
                "Reason": pd.Series([f"the row: {reason}" for reason in reasons], dtype="str"),
                "CostUSD": pd.Series([None] * len(lines), dtype="float64"),
                "Text": pd.Series(lines, dtype="str"),
            }
        )
    )
