"""What do the cells of the kept rows hold, and which of them cannot be read?

A cell that cannot be read becomes null and the row stays; every finding is one issue with the numbers
of its rows and their monthly dollars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from finops import tags
from finops.errors import Issue, Severity
from finops.ingest.cell_values import BLANKS, Mask, Numbers, parse_booleans, parse_numbers, parse_times
from finops.ingest.csv_rows import SHOWN_ROWS
from finops.ingest.sheet import Sheet, shortened
from finops.money import exact_sum


@dataclass(slots=True)
class KeptRows:
    """The kept rows of a sheet, the parsers of their cells, and what those could not read."""

    sheet: Sheet
    rows: list[int]
    monthly: list[Decimal | None]
    issues: list[Issue] = field(default_factory=list)

    def texts(self, name: str) -> list[str]:
        column = self.sheet.cells[name]
        return [column[at] for at in self.rows]

    def report(
        self, code: str, message: str, mask: Mask | Sequence[bool], severity: Severity = "warning"
    ) -> None:
        """One issue for the rows of the mask, with their numbers and monthly dollars."""
        at = np.flatnonzero(np.asarray(mask, dtype=bool))
        if not len(at):
            return
        self.issues.append(
            Issue(
                severity=severity,
                code=code,
                message=f"{len(at)} row(s) {message}",
                file=self.sheet.file,
                rows=len(at),
                cost_usd=known_dollars([self.monthly[i] for i in at]),
                row_numbers=tuple(self.sheet.numbers[self.rows[i]] for i in at[:SHOWN_ROWS]),
            )
        )

    def numbers(
        self, name: str, *, low: float = 0.0, high: float = np.inf, percent: bool = False
    ) -> Numbers:
        """A column as numbers; what is no number from ``low`` to ``high`` is null, with an issue."""
        comma = self.sheet.delimiter == ";"
        texts = self.texts(name)
        values, bad = parse_numbers(texts, comma_may_be_decimal=comma, percent=percent)
        bad |= (values < low) | (values > high)
        values[bad] = np.nan
        span = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
        self._unreadable(name, f"a number of {span}", texts, bad)
        return values

    def whole_numbers(self, name: str) -> pd.Series:
        """A column as whole numbers of 0 or more, exact up to 2**53."""
        texts = self.texts(name)
        comma = self.sheet.delimiter == ";"
        values, bad = parse_numbers(texts, comma_may_be_decimal=comma)
        with np.errstate(invalid="ignore"):
            bad |= (values < 0) | (values > 2**53) | (np.mod(values, 1) > 0)
        values[bad] = np.nan
        self._unreadable(name, "a whole number of 0 or more", texts, bad)
        return pd.Series(values).astype("Int64")

    def times(self, name: str) -> pd.Series:
        """A column as UTC times."""
        texts = self.texts(name)
        values, bad = parse_times(texts)
        self._unreadable(name, "an ISO 8601 date or time, such as 2025-07-22", texts, bad)
        return values

    def booleans(self, name: str) -> list[bool | None]:
        """A column as true, false and null."""
        texts = self.texts(name)
        values, bad = parse_booleans(texts)
        self._unreadable(name, "true or false", texts, bad)
        return values

    def words(self, name: str, *, needed: bool = False, lower: bool = False) -> list[str | None]:
        """A column as text; blanks are null, and an issue where the column is ``needed``."""
        texts: list[str | None] = [
            None if text.casefold() in BLANKS else text.lower() if lower else text
            for text in self.texts(name)
        ]
        if needed and name in self.sheet.given:
            self.report("missing_value", f"have no {name}", [text is None for text in texts])
        return texts

    def tags(self, name: str = "Tags") -> pd.Series:
        """The tags of every row; cells with problems are an issue by row."""
        texts = self.texts(name)
        parsed, problems = tags.parse_column(pd.Series(texts, dtype="str"))
        if problems:
            example = next(iter(problems.values()))[0]
            self.report(
                "malformed_tags",
                f"have tags that cannot be read in full; the first: {shortened(example)}",
                [text in problems for text in texts],
            )
        return parsed

    def _unreadable(self, name: str, expected: str, texts: list[str], bad: Mask) -> None:
        if bad.any():
            example = shortened(texts[int(np.flatnonzero(bad)[0])])
            self.report(
                "unreadable_value",
                f"hold in {name} something other than {expected}, now null; the first: {example!r}",
                bad,
            )


def known_dollars(amounts: Sequence[Decimal | None]) -> float | None:
    """The sum of the amounts that are known; None where not one is."""
    known = [amount for amount in amounts if amount is not None]
    return float(exact_sum(known)) if known else None
