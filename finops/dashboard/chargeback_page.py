"""What do all views of the chargeback look at? Read and worked out once a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from finops.answers.allocation import Chargeback, ChargebackSettings
from finops.answers.allocation_rules import AllocationRules
from finops.answers.chargeback_export import Mode
from finops.answers.closing import ClosedPeriods, Settled
from finops.dashboard.notes import Notes
from finops.estate import Estate
from finops.storage import Document

VIEW = "chargeback"
NOTES = Notes("chargeback", VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackPage:
    """The estate as the filters leave it, what is asked for, what is kept, and the result.

    ``result`` is None where it cannot be worked out, ``problem`` then says why: the rules can be mended
    all the same. ``work`` gives the chargeback of other settings.
    """

    estate: Estate
    is_filtered: bool
    settings: ChargebackSettings
    mode: Mode
    rules: Document[AllocationRules]
    closed: ClosedPeriods
    work: Callable[[ChargebackSettings], Chargeback]
    result: Settled | None
    problem: str = ""

    @property
    def answer(self) -> Chargeback:
        assert self.result is not None, self.problem
        return self.result.answer
