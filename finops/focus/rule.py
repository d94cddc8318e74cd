"""What is a rule? Data: an id, the columns that it needs, the rule in words, and a mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from finops.focus.masks import Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about rows: ``broken`` masks those that break it. The first column is the one at fault."""

    id: str
    columns: tuple[str, ...]
    text: str
    broken: Condition


@dataclass(frozen=True, slots=True)
class DatasetRule:
    """A rule about the columns themselves: ``broken`` names those that break it."""

    id: str
    text: str
    broken: Callable[[pd.DataFrame], tuple[str, ...]]
