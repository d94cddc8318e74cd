"""The self-test's examples hold, and would be seen not to."""

from __future__ import annotations

from typing import cast

from finops.pricing.examples import worked_examples
from finops.schema import Frames


def test_every_worked_example_holds() -> None:
    examples = list(worked_examples(cast(Frames, None)))
    assert len(examples) > 12
    for what, expected, actual in examples:
        assert what
        if isinstance(expected, float | int):
            assert abs(expected - actual) <= 0.005, what
        else:
            assert expected == actual, what
