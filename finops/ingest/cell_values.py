"""What does a cell hold? Amounts, numbers, times and yes or no, and never a guess.

A cell is read only if it can mean one thing. ``1,234.50`` is a number; ``1,07`` is not, because its
comma groups nothing; in a file whose delimiter is a semicolon ``1,234`` is not either, because there
a comma may be the decimal sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finops.schema import TIME

T = TypeVar("T")
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Problem = Literal["", "blank", "foreign", "unreadable"]

BLANKS = frozenset({"", "none", "nan", "null", "nat", "n/a", "na", "<na>", "#n/a"})
_DOLLAR = r"(?:US\s?\$|USD\s?\$?|\$\s?USD|\$)"
_AMOUNT = re.compile(
    rf"(?P<open>\(\s*)?(?P<sign>[+\-\u2212])?\s*(?:{_DOLLAR}\s*(?P<inner>[+\-\u2212])?\s*)?"
    r"(?P<number>(?P<whole>[0-9]{1,40}|[0-9]{1,3}(?:,[0-9]{3}){1,12})?(?P<point>\.[0-9]{0,40})?"
    r"(?:[eE][+-]?[0-9]{1,3})?)"
    rf"(?:\s*{_DOLLAR})?(?P<close>\s*\))?",
    re.IGNORECASE,
)
_CODES = (
    "AED|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|PHP|PLN|"
    "RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|VND|ZAR|KR|ZŁ|KČ|FR|(?!US)[A-Z]{1,2}\\$"
)
_FOREIGN_CODE = re.compile(
    rf"\(?(?:[-+]?\s*(?:{_CODES})\.?\s*[-+]?[0-9.,]+|[-+]?[0-9.,]+\s*(?:{_CODES})\.?)\)?", re.IGNORECASE
)
_PLAIN_NUMBER = r"^[0-9]{1,15}(\.[0-9]{1,15})?$"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:$|[T ][0-9]{2}:[0-9]{2})", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1970, 2199
_YES_NO = {
    **dict.fromkeys(("true", "yes", "enabled", "1", "1.0", "on"), True),
    **dict.fromkeys(("false", "no", "suspended", "disabled", "0", "0.0", "off", "unversioned"), False),
}


class Amount(NamedTuple):
    """A number exactly as it is written, or why there is none."""

    value: Decimal | None
    problem: Problem = ""


_BLANK = Amount(None, "blank")
_FOREIGN = Amount(None, "foreign")
_UNREADABLE = Amount(None, "unreadable")


def parse_amount(text: str, *, comma_may_be_decimal: bool = False) -> Amount:
    """Read one amount of dollars, or a plain number.

    Understood: ``1.07``, ``$1.07``, ``US$ 1.07``, ``1.07 USD``, ``1,234.5``, ``+1``, ``1e-3``,
    ``(1.07)`` for a negative. ``foreign``: another currency's sign or code. ``blank``: nothing, or a
    word for nothing. Everything else is ``unreadable``, infinities too.
    """
    bare = text.strip()
    if bare.casefold() in BLANKS:
        return _BLANK
    if len(bare) > 100:
        return _UNREADABLE
    if _is_foreign(bare):
        return _FOREIGN
    found = _AMOUNT.fullmatch(bare)
    if found is None or not _means_one_thing(found, comma_may_be_decimal):
        return _UNREADABLE
    value = Decimal(found["number"].replace(",", ""))
    negative = found["open"] or (found["sign"] or found["inner"] or "+") != "+"
    return Amount(-value if negative and value else value)


def _means_one_thing(found: re.Match[str], comma_may_be_decimal: bool) -> bool:
    whole, point = found["whole"] or "", found["point"] or ""
    signs = [name for name in ("open", "sign", "inner") if found[name]]
    paired = bool(found["open"]) == bool(found["close"])
    unclear = comma_may_be_decimal and whole.count(",") == 1 and not point
    return bool(whole or point[1:]) and paired and len(signs) <= 1 and not unclear


def _is_foreign(text: str) -> bool:
    if any(unicodedata.category(char) == "Sc" and char != "$" for char in text):
        return True
    return bool(_FOREIGN_CODE.fullmatch(text))


def parse_amounts(texts: Sequence[str], *, comma_may_be_decimal: bool = False) -> list[Amount]:
    """``parse_amount`` of every cell; each distinct text is read once."""
    parse = partial(parse_amount, comma_may_be_decimal=comma_may_be_decimal)
    return _each_once(texts, parse)


def parse_numbers(
    texts: Sequence[str], *, comma_may_be_decimal: bool = False, percent: bool = False
) -> tuple[Numbers, Mask]:
    """The cells as numbers (NaN where there is none), and which cells hold something unreadable."""
    cells = pa.array(texts, type=pa.string())
    plain = pc.match_substring_regex(cells, _PLAIN_NUMBER)
    values = np.array(pc.if_else(plain, cells, None).cast(pa.float64()).to_numpy(zero_copy_only=False))
    bad = np.zeros(len(texts), dtype=bool)
    others = np.flatnonzero(~plain.to_numpy(zero_copy_only=False).astype(bool))
    rest = [texts[int(at)].strip() for at in others]
    if percent:
        rest = [text.removesuffix("%").rstrip() or text for text in rest]
    for at, amount in zip(
        others, parse_amounts(rest, comma_may_be_decimal=comma_may_be_decimal), strict=True
    ):
        bad[at] = amount.problem in {"foreign", "unreadable"}
        values[at] = np.nan if amount.value is None else float(amount.value)
    bad |= np.isinf(values)
    values[bad] = np.nan
    return values, bad


def parse_times(texts: Sequence[str]) -> tuple[pd.Series, Mask]:
    """The cells as UTC times (NaT where there is none), and which cells hold something unreadable.

    Read are ISO 8601 dates and times of the years 1970 to 2199; a time without a zone is UTC.
    """
    found = _each_once(texts, _parse_time)
    times = pd.Series([time for time, _ in found], dtype="object")
    return pd.to_datetime(times, utc=True).astype(TIME), np.array([bad for _, bad in found], dtype=bool)


def _parse_time(text: str) -> tuple[datetime | None, bool]:
    bare = text.strip()
    if bare.casefold() in BLANKS:
        return None, False
    if not _ISO_DATE.match(bare):
        return None, True
    try:
        time = datetime.fromisoformat(bare.removesuffix(" UTC").replace(" +", "+"))
    except ValueError:
        return None, True
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        return None, True
    return (time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)), False


def parse_booleans(texts: Sequence[str]) -> tuple[list[bool | None], Mask]:
    """The cells as true and false (None where there is neither), and which cells are unreadable."""
    found = [_YES_NO.get(text.strip().casefold()) for text in texts]
    bad = [
        value is None and text.strip().casefold() not in BLANKS
        for text, value in zip(texts, found, strict=True)
    ]
    return found, np.array(bad, dtype=bool)


def _each_once(texts: Sequence[str], parse: Callable[[str], T]) -> list[T]:
    known: dict[str, T] = {}
    for text in texts:
        if text not in known:
            known[text] = parse(text)
    return [known[text] for text in texts]
