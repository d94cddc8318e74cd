"""Do a room's worked examples still hold? ``python -m finops.ROOM`` answers for a person.

A room keeps them in ``ROOM/examples.py``: ``worked_examples(estate)`` yields what is computed, the
value that is expected, written there as a literal, and the value that the room gives. They are
printed one to a line, and one difference is enough for an exit status of 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Protocol, TypeGuard, cast

from finops.errors import FinOpsError
from finops.estate import load_estate
from finops.schema import Frames

TOLERANCE = Decimal("0.005")

Number = int | float | Decimal


class _Examples(Protocol):
    def worked_examples(self, estate: Frames) -> Iterator[tuple[str, object, object]]: ...


def run(room: str) -> int:
    """Print the worked examples of ``finops.ROOM`` on the sample estate.

    Returns the exit status: 0 if all hold, 1 if one differs, cannot be computed, or there is none.
    """
    print(f"finops.{room}: worked examples on the sample estate")
    held = failed = 0
    try:
        examples = cast(_Examples, import_module(f"finops.{room}.examples"))
        for what, expected, actual in examples.worked_examples(load_estate()):
            holds = agrees(expected, actual)
            held, failed = held + holds, failed + (not holds)
            print(f"  {'✓' if holds else '✗'} {what}: expected {expected}, actual {actual}")
    except FinOpsError as error:
        failed += 1
        print(f"  ✗ {type(error).__name__}: {error}")
    print(_verdict(held, failed))
    return 0 if held and not failed else 1


def agrees(expected: object, actual: object) -> bool:
    """Whether two values are the same: numbers within 0.005, NaN with NaN, others by ``==``."""
    if _is_number(expected) and _is_number(actual):
        return _close(expected, actual)
    return bool(expected == actual)


def _is_number(value: object) -> TypeGuard[Number]:
    return isinstance(value, Number) and not isinstance(value, bool)


def _close(expected: Number, actual: Number) -> bool:
    if not (math.isfinite(expected) and math.isfinite(actual)):
        return str(float(expected)) == str(float(actual))
    return abs(Decimal(str(expected)) - Decimal(str(actual))) <= TOLERANCE


def _verdict(held: int, failed: int) -> str:
    if failed:
        return f"{failed} of {held + failed} examples differ"
    return f"all {held} examples hold" if held else "no examples: nothing was shown to hold"
