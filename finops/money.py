"""How are dollars added, rounded and split? Exactly, once, and to the cent.

Sums are taken on ``Decimal``; rounding is half-even and happens once, at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import pairwise

HOURS_PER_MONTH = 730
HOURS_PER_YEAR = 8760
CENT = Decimal("0.01")
_FAR_CENTS = 2

# Wide enough that no sum of amounts of 38 digits loses one.
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


def exact(amount: float | int | str | Decimal) -> Decimal:
    """The amount as it is written: a float by its shortest text, so that 0.1 is one tenth."""
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))


def exact_sum(amounts: Iterable[float | int | str | Decimal]) -> Decimal:
    """The sum without any rounding. Missing values (None, NaN) are not zero: leave them out before."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, exact(amount))
    return total


def is_written_out(amount: Decimal) -> bool:
    """Whether it is a number that people write: finite, with at most 30 places on either side of the
    point. What has millions of them cannot be reckoned with exactly."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and -30 <= exponent <= 30 and amount.adjusted() <= 30


def share_pct(part: float, whole: float) -> float | None:
    """The part in percent of the whole, None where there is no whole."""
    return part / whole * 100 if whole > 0 else None


def to_cents(amount: float | Decimal) -> int:
    """The amount in whole cents, half to even. Never the negative zero."""
    return int(_EXACT.quantize(exact(amount), CENT).scaleb(2))


def from_cents(cents: int) -> Decimal:
    """Whole cents as dollars with two places."""
    return Decimal(cents).scaleb(-2)


def round_cents(amount: float | Decimal) -> Decimal:
    """The amount rounded to the cent, half to even, without a negative zero."""
    return from_cents(to_cents(amount))


def split_cents(total_cents: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Split whole cents in proportion to the weights, by largest remainder.

    The parts add up to ``total_cents`` whatever the weights. Weights below zero count as zero; if
    none is positive the split is even. Ties of remainders go to the earlier part. With no weights
    there is nobody to pay, and the answer is the empty list.
    """
    if not weights:
        return []
    shares = [max(Fraction(weight), Fraction(0)) for weight in weights]
    whole = sum(shares, Fraction(0))
    if whole == 0:
        shares, whole = [Fraction(1)] * len(shares), Fraction(len(shares))
    sign = -1 if total_cents < 0 else 1
    ideal = [abs(total_cents) * share / whole for share in shares]
    return [sign * cents for cents in _largest_remainder(ideal, abs(total_cents))]


def round_lines(amounts: Sequence[Decimal], total_cents: int | None = None) -> list[int]:
    """Round each amount to whole cents so that the lines add up to the rounded total.

    ``total_cents`` is by default the rounded sum of the amounts. Each line is its amount rounded
    down or up, never further away, as long as ``total_cents`` is that sum.
    """
    ideal = [Fraction(amount) * 100 for amount in amounts]
    target = to_cents(exact_sum(amounts)) if total_cents is None else total_cents
    return _largest_remainder(ideal, target)


def _largest_remainder(ideal: Sequence[Fraction], target: int) -> list[int]:
    floors = [part.numerator // part.denominator for part in ideal]
    missing = target - sum(floors)
    if not 0 <= missing <= len(floors):
        raise ValueError(f"{target} cents are not the rounded sum of these lines")
    by_remainder = sorted(range(len(ideal)), key=lambda i: (floors[i] - ideal[i], i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return floors


def round_in_turn(amounts: Iterable[float | Decimal]) -> list[int]:
    """Each amount in cents, so that the first so many always add up to their own rounded sum."""
    whole, cents = Decimal(0), [0]
    for amount in amounts:
        whole = _EXACT.add(whole, exact(amount))
        cents.append(to_cents(whole))
    return [after - before for before, after in pairwise(cents)]


def add_cents(dollars: Iterable[float]) -> float:
    """The sum of dollars to the cent, without what floats leave behind."""
    return sum(map(to_cents, dollars)) / 100


def fit_cents(amounts: Sequence[Decimal], total_cents: int) -> list[int]:
    """Each amount in cents, as near to it as a total lets them be that was rounded by itself.

    An amount of zero stays zero where there is another one.
    """
    if not amounts:
        return []
    cents = [to_cents(amount) for amount in amounts]
    free = [at for at, amount in enumerate(amounts) if amount] or list(range(len(amounts)))
    while missing := total_cents - sum(cents):
        step = 1 if missing > 0 else -1
        cents[max(free, key=lambda at: step * (amounts[at] * 100 - cents[at]))] += step
    return cents


def fit_table(
    rows: Sequence[Sequence[Decimal]], row_cents: Sequence[int], column_cents: Sequence[int]
) -> list[list[int]]:
    """Rows of amounts in cents, such that rows and columns add up to totals that were rounded before.

    Both kinds of totals have one sum. Each amount lies as near as that lets it, and one of zero stays
    zero unless the totals cannot be met otherwise, or another would be two cents away.
    """
    if sum(row_cents) != sum(column_cents):
        raise ValueError(f"rows of {sum(row_cents)} cents and columns of {sum(column_cents)}")
    table = [fit_cents(row, total) for row, total in zip(rows, row_cents, strict=True)]
    while table and any(off := _off(table, column_cents)):
        more, less = off.index(max(off)), off.index(min(off))
        best = min(range(len(table)), key=lambda at: _strain(rows[at], table[at], more, less))
        table[best][more] += 1
        table[best][less] -= 1
    return table


def _strain(
    row: Sequence[Decimal], cents: Sequence[int], more: int, less: int
) -> tuple[bool, int, Decimal]:
    """How far a cent more in one place and less in another would take a row from its amounts."""
    away = [abs(cents[more] + 1 - row[more] * 100), abs(cents[less] - 1 - row[less] * 100)]
    return max(away) > _FAR_CENTS, sum(not row[at] for at in (more, less)), away[0] + away[1]


def _off(table: Sequence[Sequence[int]], column_cents: Sequence[int]) -> list[int]:
    sums = (sum(column) for column in zip(*table, strict=True))
    return [wanted - told for wanted, told in zip(column_cents, sums, strict=True)]


def usd(amount: float | Decimal | None, places: int = 2) -> str:
    """Dollars for a reader: ``$1,234.50``, ``-$3.00``, ``$0.00`` and ``–`` for an unknown amount."""
    if amount is None or math.isnan(amount):
        return "–"
    rounded = _EXACT.quantize(exact(amount), Decimal(1).scaleb(-places))
    sign = "-" if rounded < 0 else ""
    return f"{sign}${abs(rounded):,.{places}f}"
