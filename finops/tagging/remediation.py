"""What has to be tagged, in which order of dollars?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pandas as pd

from finops.tagging.policy import TaggingPolicy
from finops.tagging.report import Advice, ComplianceReport

LISTS = ("missing", "wrong_case", "invalid")


def advise(non_compliant: pd.DataFrame, policy: TaggingPolicy) -> tuple[Advice, ...]:
    """One line a key, spelling or value that has to change, the most dollars first.

    Takes ``ComplianceReport.non_compliant``. A resource with two violations stands in two lines, so
    the dollars of the lines do not add up; unknown costs count as resources without dollars.
    """
    actions: dict[str, Callable[[str], str]] = {
        "missing": lambda key: f"Add the tag {key}",
        "wrong_case": lambda key: f"Rename the tag {key} to {policy.key_of(key)}",
        "invalid": lambda pair: f"Replace the value of {pair} by an allowed one",
    }
    lines = [line for kind in LISTS for line in _lines(non_compliant, kind, actions[kind])]
    return tuple(sorted(lines, key=lambda line: (-line.monthly_cost_usd, line.action)))


def remediation_frame(report: ComplianceReport) -> pd.DataFrame:
    """``non_compliant`` for a spreadsheet: the lists are text joined by ``, ``, dearest first."""
    joined = {kind: report.non_compliant[kind].map(", ".join).astype("str") for kind in LISTS}
    return report.non_compliant.assign(**joined)


def _lines(non_compliant: pd.DataFrame, kind: str, action: Callable[[str], str]) -> Iterator[Advice]:
    each = non_compliant[[kind, "monthly_cost_usd"]].explode(kind).dropna(subset=kind)
    for what, cost in each.groupby(kind)["monthly_cost_usd"]:
        yield Advice(
            action=action(str(what)), resources=len(cost), monthly_cost_usd=math.fsum(cost.dropna())
        )
