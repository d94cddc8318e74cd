"""What does a compliance report hold?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLine:
    """One key of the policy over all resources.

    ``present`` + ``wrong_case`` + ``missing`` = all resources: the key itself with a value; only a
    spelling of it in another case (``team`` for ``Team``); neither, or blank. ``invalid`` are values
    that are not allowed, under either spelling. ``compliant`` are present and not invalid; for a key
    that is not ``required`` also those without it. ``cost_without_usd`` is what the resources that
    are not compliant for this key cost in a month.
    """

    key: str
    required: bool
    present: int
    wrong_case: int
    missing: int
    invalid: int
    compliant: int
    compliance_pct: float | None
    compliance_by_cost_pct: float | None
    cost_without_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """Compliance of one service, region, team … Dollars a month, over the resources of known cost."""

    name: str
    resources: int
    compliant: int
    compliance_pct: float | None
    compliance_by_cost_pct: float | None
    cost_usd: float
    compliant_cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """One required key among the resources of one team: how many violate it, and their known dollars."""

    key: str
    team: str
    resources: int
    violating: int
    violating_cost_usd: float
    compliance_pct: float | None
    compliance_by_cost_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do, the resources it is about and what they cost in a month."""

    action: str
    resources: int
    monthly_cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """One kind of violation: the resources that have one, and what they cost in a month.

    ``kind`` is missing, wrong_case (case or spelling) or invalid. A resource may be in all three.
    """

    kind: str
    resources: int
    monthly_cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The fewest resources that reach the target, dearest first: how many, their dollars, and who."""

    resources: int
    monthly_cost_usd: float
    reaches_pct: float
    resource_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathToTarget:
    """What to put right to reach the target by count, and by cost; None without a percentage."""

    target_pct: float
    by_count: Steps | None
    by_cost: Steps | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Resources that the figures leave out, and their dollars a month."""

    reason: str
    resources: int
    monthly_cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceReport:
    """Which resources carry the tags that the policy asks for, and which dollars do.

    Percentages are 0–100; by count null where nothing is taggable, by cost null where the known cost
    is not above zero. Dollars are a month's. ``unknown_cost_resources`` count among ``resources``
    but in no dollar. Teams and environments are read under any spelling of the key, ``(none)`` where
    there is none; ages are those on the day asked for. ``non_compliant`` has one row a resource,
    dearest first, unknown cost last:
    resource_id, service, region, missing (keys), wrong_case (keys as the resource spells them),
    invalid (``Key=value``) – these three are tuples –, monthly_cost_usd (NaN where unknown), account,
    team, environment, and tags (what it carries, as canonical JSON).
    """

    resources: int
    compliant: int
    compliance_pct: float | None
    compliance_by_cost_pct: float | None
    total_cost_usd: float
    compliant_cost_usd: float
    unknown_cost_resources: int
    target_pct: float
    by_tag: tuple[TagLine, ...]
    by_service: tuple[GroupLine, ...]
    by_region: tuple[GroupLine, ...]
    by_account: tuple[GroupLine, ...]
    by_team: tuple[GroupLine, ...]
    by_environment: tuple[GroupLine, ...]
    by_age: tuple[GroupLine, ...]
    by_tag_and_team: tuple[CellLine, ...]
    by_kind: tuple[KindLine, ...]
    path_to_target: PathToTarget
    non_compliant: pd.DataFrame
    excluded: tuple[Excluded, ...]
    advice: tuple[Advice, ...]
