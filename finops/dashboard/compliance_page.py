"""What do all views of tag compliance look at? Read and worked out once a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from finops.answers.compliance import Compliance, TaggingPolicy
from finops.answers.policy_editing import KeptPolicy
from finops.dashboard.notes import Notes
from finops.dashboard.view import View

VIEW = "tags"
NOTES = Notes("tags", VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePage:
    """The estate as the filters leave it, the policy that is kept, and how the estate stands by it.

    ``judge`` holds the same resources against another policy. ``whole`` says that nothing is filtered or
    left out: only such figures are kept for the trend.
    """

    view: View
    kept: KeptPolicy
    answer: Compliance
    judge: Callable[[TaggingPolicy], Compliance]
    whole: bool
