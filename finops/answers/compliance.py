"""Which resources carry the tags that finance needs, and which dollars do not?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from finops import tags
from finops.answers.cost_basis import NO_BILL, bill_month
from finops.errors import FileUnreadable, Issue, StateError
from finops.estate import Estate, Filters
from finops.periods import between
from finops.schema import Basis, resource_names
from finops.tagging import (
    ComplianceReport,
    Excluded,
    HistoryBook,
    PolicyBook,
    Snapshot,
    TagComplianceAnalyzer,
    TaggingPolicy,
    charges_apart,
    snapshot_of,
)

__all__ = [
    "Compliance",
    "ComplianceReport",
    "TaggingPolicy",
    "compliance",
    "policy_in_force",
    "policy_text",
    "read_policy",
    "recorded",
    "to_target",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """The report, and where its dollars come from.

    ``not_activated`` are mandatory keys that no row of the bill carries: they are not switched on
    as cost allocation tags, which is another thing than missing on a resource. ``apart`` are the
    charges of the month that belong to no listed resource, the untaggable first; none without a bill
    and where filters are set.
    """

    report: ComplianceReport
    policy: TaggingPolicy
    not_activated: tuple[str, ...]
    apart: tuple[Excluded, ...]
    basis: Basis
    as_of: date
    source: str
    issues: tuple[Issue, ...]


def compliance(
    estate: Estate, policy: TaggingPolicy | None = None, *, include_terminated: bool = True
) -> Compliance:
    """Compliance of the resource lists; dollars from the bill where there is one.

    Without a policy it is held against the one in force: the stored one, else the default.
    """
    in_force = policy or policy_in_force()
    costs, basis, apart = resource_costs(estate)
    report = TagComplianceAnalyzer(in_force).analyze_compliance(
        estate.ec2,
        estate.s3,
        resource_costs=costs,
        include_terminated=include_terminated,
        as_of=estate.as_of,
    )
    return Compliance(
        report=report,
        policy=in_force,
        not_activated=_not_activated(estate, in_force),
        apart=apart,
        basis=basis,
        as_of=estate.as_of,
        source=basis.source,
        issues=estate.issues,
    )


def policy_in_force(book: PolicyBook | None = None) -> TaggingPolicy:
    """The policy of ``tag_policy.json``, else the default one. Raises StateError."""
    return (book or PolicyBook()).policy()


def recorded(
    estate: Estate, answer: Compliance, book: HistoryBook | None = None, *, keep: bool = True
) -> tuple[tuple[Snapshot, ...], tuple[str, ...]]:
    """Keep the snapshot of the day; the trend up to it, and warnings where it cannot be kept.

    A filtered estate is another question: it is not kept, and nothing is without ``keep``. Figures
    never fail for want of a trend.
    """
    history = book or HistoryBook()
    try:
        if keep and estate.filters == Filters():
            snapshot = snapshot_of(answer.report, answer.policy, answer.as_of, estate.is_sample)
            history.record(snapshot)
        return history.trend(estate.is_sample), ()
    except StateError as error:
        return (), (f"the trend of tag compliance was not kept: {error}",)


def to_target(answer: Compliance, listed: pd.DataFrame, by: str) -> pd.DataFrame:
    """Of a list of violations, the fewest resources that reach the target by ``cost`` or ``count``."""
    path = answer.report.path_to_target
    steps = path.by_cost if by == "cost" else path.by_count
    return listed[listed["resource_id"].isin(steps.resource_ids if steps else ())]


def read_policy(path: Path) -> TaggingPolicy:
    """The policy in a file. Raises FileUnreadable or PolicyError, each naming the file."""
    return TaggingPolicy.from_json(policy_text(path), str(path))


def policy_text(path: Path) -> str:
    """What stands in a policy file. Raises FileUnreadable, which names it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise FileUnreadable(f"cannot read the tag policy {path}: {reason}") from error


def resource_costs(estate: Estate) -> tuple[pd.Series | None, Basis, tuple[Excluded, ...]]:
    counted = bill_month(estate)
    if counted is None:
        return None, NO_BILL, ()
    month = counted.month
    charges = estate.costs[between(estate.costs["ChargePeriodStart"], month.start, month.end)]
    charged = charges[counted.column].groupby(resource_names(charges["ResourceId"])).sum(min_count=1)
    # The bill has the whole month: a listed resource without a charge in it has cost nothing.
    listed = pd.Index([*estate.ec2["InstanceId"], *estate.s3["BucketName"]]).unique()
    costs = charged.astype("float64").reindex(listed, fill_value=0.0)
    # In a filtered estate a resource may be out of sight and still be listed.
    whole = estate.filters == Filters()
    return costs, counted.basis, charges_apart(charges, counted.column, listed) if whole else ()


def _not_activated(estate: Estate, policy: TaggingPolicy) -> tuple[str, ...]:
    if estate.month is None:
        return ()
    activated = {policy.key_of(key) for key in tags.keys(estate.costs["Tags"])}
    return tuple(key for key in policy.required if key not in activated)
