"""How is an amount of a budget written? As a decimal: 0.1 is one tenth, and money is stored as text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field

from finops.money import exact

MAX_AMOUNT = Decimal("1e15")


def _as_written(amount: object) -> object:
    """Floats by their shortest text: 0.1 is one tenth."""
    if isinstance(amount, bool):
        raise ValueError("an amount is a number of US dollars")
    try:
        return exact(amount) if isinstance(amount, (int, float, str)) else amount
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is no number of US dollars") from error


# US dollars or percent, above 0.
Dollars = Annotated[Decimal, BeforeValidator(_as_written), Field(gt=0, le=MAX_AMOUNT)]
