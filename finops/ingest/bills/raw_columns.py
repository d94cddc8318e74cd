"""How is a raw column read as text, money, a number or a time? Each a pure Ibis expression.

Cells that cannot be read are null; ``unreadable`` counts them. Every expression here gives the same
on DuckDB and on Spark (tests/ingest/bills/test_same_on_both.py): money by its decimal text, so that
0.1 stays one tenth, and no function whose dialects differ, such as ``split``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from finops.ingest.bills.lines import MONEY, NUMBER, TEXT, TIME
from finops.ingest.columns import folded

# As for charges that come as a frame (text_columns): millions of such lines can be added up.
MOST_MONEY = ibis.literal(Decimal(10) ** 15, type=MONEY)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_DATE = "^(19[7-9][0-9]|20[0-9][0-9]|21[0-9][0-9])-[0-9][0-9]-[0-9][0-9]"
_ZONE, _UTC = "[0-9][+-][0-9][0-9]:?[0-9][0-9]$", "[+-]00:?00$"
_SECONDS = 19  # of 2026-01-01T00:00:00Z, those that say something


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def to_json(tags: dt.Map(TEXT, TEXT)) -> dt.JSON:  # type: ignore[valid-type]
    """A map as the text of a JSON object; both dialects call it so."""


# Null text. Ibis cannot compare a literal null.
_ABSENT = ibis.literal("").nullif("")


@dataclass(frozen=True, slots=True)
class RawColumns:
    """The columns of a raw table by a format's names for them, whatever their case and marks.

    ``lineItem/UsageStartDate`` and ``line_item_usage_start_date`` are one.
    ``nothing`` are the words that stand for no value.
    """

    raw: ibis.Table
    nothing: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether the table has one of the columns."""
        return any(folded(name) in self._places for name in names)

    @property
    def _places(self) -> Mapping[str, str]:
        places: dict[str, str] = {}
        for name in self.raw.columns:
            places.setdefault(folded(name), name)
        return places

    def _column(self, *names: str) -> ir.Value | None:
        places = self._places
        found = next((places[folded(name)] for name in names if folded(name) in places), None)
        return None if found is None else self.raw[found]

    def text(self, *names: str) -> ir.StringValue:
        """The first of the columns that is there, as text; blank is null. A map becomes JSON."""
        column = self._column(*names)
        return _ABSENT if column is None else self.text_of(column)

    def text_of(self, column: ir.Value) -> ir.StringValue:
        if column.type().is_map():
            return to_json(column).cast(TEXT).nullif("{}")
        text = column if column.type().is_string() else column.cast(TEXT)
        text = text.nullif("")
        for word in self.nothing:
            text = text.nullif(word)
        return text

    def money(self, *names: str) -> ir.DecimalValue:
        """Exact dollars of 12 places, half away from zero; from ``MOST_MONEY`` on no amount at all."""
        column = self._column(*names)
        if column is None:
            return ibis.null(MONEY)
        kind = column.type()
        if kind.is_decimal() or kind.is_integer():
            amount = column.try_cast(MONEY)
        else:
            amount = self.text_of(column).try_cast(MONEY)
        # An absurd cell must not make every sum overflow.
        return ibis.ifelse(amount.abs() < MOST_MONEY, amount, ibis.null(MONEY))

    def number(self, *names: str) -> ir.FloatingValue:
        column = self._column(*names)
        if column is None:
            return ibis.null(NUMBER)
        kind = column.type()
        return column.cast(NUMBER) if kind.is_numeric() else self.text_of(column).try_cast(NUMBER)

    def time(self, *names: str) -> ir.TimestampValue:
        """A time in UTC of the years 1970 to 2199. AWS writes no other zone, and one is no time here."""
        column = self._column(*names)
        if column is None:
            return ibis.null(TIME)
        kind = column.type()
        if kind.is_timestamp() or kind.is_date():
            time = column.cast(TIME)
            known = (time.year() >= _FIRST_YEAR) & (time.year() <= _LAST_YEAR)
            return ibis.ifelse(known, time, ibis.null(TIME))
        text = self.text_of(column)
        written = text.re_search(_DATE) & ~(text.re_search(_ZONE) & ~text.re_search(_UTC))
        plain = ibis.ifelse(written, text.substr(0, _SECONDS).replace("T", " "), _ABSENT)
        return plain.try_cast(TIME)

    def named(self, *beginnings: str) -> dict[str, ir.StringValue]:
        """Every column whose name begins so in any case, as text by its name. Say it in lower case."""
        return {
            name: self.text(name)
            for name in self.raw.columns
            if name.casefold().startswith(beginnings) and not self.raw[name].type().is_map()
        }

    def unreadable(self, names: Iterable[str]) -> dict[str, ir.IntegerScalar]:
        """For each text column that should hold money: how many cells hold something else."""
        counts: dict[str, ir.IntegerScalar] = {}
        for name in names:
            column = self._column(name)
            if column is not None and column.type().is_string():
                text = self.text_of(column)
                counts[name] = (text.notnull() & text.try_cast(NUMBER).isnull()).sum().fill_null(0)
        return counts
