"""The worked examples of the room hold, on an estate of two empty lists as well."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from finops.ingest.examples import worked_examples
from finops.schema import FRAMES


def test_worked_examples() -> None:
    estate = SimpleNamespace(**{frame.name: frame.empty() for frame in FRAMES}, as_of=date(2026, 1, 1))
    found = list(worked_examples(estate))
    assert len(found) > 15
    assert [what for what, expected, actual in found if expected != actual] == []
    assert any(isinstance(expected, Decimal) for _, expected, _ in found)
