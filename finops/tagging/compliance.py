"""Which resources carry the tags that finance needs, by count and by cost?

Compliance by count = compliant ÷ taggable resources; by cost = cost of the compliant ÷ cost of the
taggable (FinOps Foundation, "Allocation", KPI *percentage of tagging policy compliance*). A resource
complies when it has no violation of any kind: missing key, key in the wrong case or spelling, value
that is not allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops import tags
from finops.money import share_pct
from finops.schema import NO_VALUE
from finops.tagging.exempt import exempt_keys
from finops.tagging.groups import UNKNOWN, age_lines, group_lines
from finops.tagging.policy import TaggingPolicy
from finops.tagging.remediation import LISTS, advise
from finops.tagging.report import CellLine, ComplianceReport, Excluded, KindLine, TagLine
from finops.tagging.scoped_rules import BUCKET, INSTANCE
from finops.tagging.sums import Codes, Dollars, Flags, known_sum
from finops.tagging.target import path_to_target
from finops.tagging.verdict import ENVIRONMENT, Verdict, judge, rule_keys, value_of

TEAM = "Team"


@dataclass(frozen=True, slots=True)
class TagComplianceAnalyzer:
    """Holds resource lists against a tag policy: the default one unless another is given."""

    policy: TaggingPolicy = TaggingPolicy()  # noqa: RUF009 - frozen

    def analyze_compliance(
        self,
        ec2: pd.DataFrame,
        s3: pd.DataFrame,
        resource_costs: pd.Series | None = None,
        include_terminated: bool = True,
        as_of: date | None = None,
    ) -> ComplianceReport:
        """Compliance of the instances and buckets of an ``ec2`` and an ``s3`` frame.

        ``resource_costs``: dollars of the month by resource id, from the bill; a resource that is
        not in it has an unknown cost. Without it dollars are MonthlyCostUSD, the run rate.
        Terminated instances count as long as they are listed; without ``include_terminated`` they
        are excluded, and shown apart with their dollars. Exemptions of the policy count on the day
        ``as_of``, and not at all without one; who is let off from every key is excluded too. Every
        distinct tag set is judged once a resource type.
        """
        listed = _resources(ec2, s3, resource_costs)
        gone = listed["terminated"].to_numpy() & (not include_terminated)
        let_off = exempt_keys(listed, self.policy, as_of)
        free = np.array([keys == frozenset(self.policy.keys) for keys in let_off], np.bool_) & ~gone
        excluded = (*_excluded(listed[gone], "terminated"), *_excluded(listed[free], "exempt"))
        rest = ~(gone | free)
        exempt = [keys for keys, stays in zip(let_off, rest, strict=True) if stays]
        return _report(listed[rest].reset_index(drop=True), exempt, self.policy, excluded, as_of)


def _resources(ec2: pd.DataFrame, s3: pd.DataFrame, resource_costs: pd.Series | None) -> pd.DataFrame:
    instances = _listed(ec2, "InstanceId", "EC2", INSTANCE, "LaunchTime")
    buckets = _listed(s3, "BucketName", "S3", BUCKET, "CreationDate")
    listed = pd.concat([instances, buckets], ignore_index=True)
    if resource_costs is None:
        return listed
    return listed.assign(monthly_cost_usd=listed["resource_id"].map(resource_costs).astype("float64"))


def _listed(
    frame: pd.DataFrame, id_column: str, service: str, resource_type: str, since: str
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "resource_id": frame[id_column],
            "service": pd.Series(service, index=frame.index, dtype="str"),
            "resource_type": pd.Series(resource_type, index=frame.index, dtype="str"),
            "account": frame["AccountId"].fillna(UNKNOWN),
            "region": frame["Region"].fillna(UNKNOWN),
            "monthly_cost_usd": frame["MonthlyCostUSD"],
            "since": frame[since],
            "terminated": frame["State"].eq("terminated").fillna(False).astype("bool")
            if "State" in frame
            else False,
            "tags": frame["Tags"].astype("object"),
        }
    )


def _report(
    listed: pd.DataFrame,
    exempt: list[frozenset[str]],
    policy: TaggingPolicy,
    excluded: tuple[Excluded, ...],
    as_of: date | None,
) -> ComplianceReport:
    codes, verdicts = _verdicts(listed, exempt, policy)
    compliant = _flags([verdict.compliant for verdict in verdicts], codes)
    cost = listed["monthly_cost_usd"].to_numpy()
    listed = listed.assign(
        team=_values(listed, TEAM, policy), environment=_values(listed, ENVIRONMENT, policy)
    )
    by_tag = tuple(_tag_line(key, verdicts, codes, cost, policy) for key in rule_keys(policy))
    non_compliant = _non_compliant(listed, verdicts, codes, compliant)
    total = known_sum(cost)
    return ComplianceReport(
        resources=len(listed),
        compliant=int(compliant.sum()),
        compliance_pct=share_pct(int(compliant.sum()), len(listed)),
        compliance_by_cost_pct=share_pct(known_sum(cost[compliant]), known_sum(cost)),
        total_cost_usd=total,
        compliant_cost_usd=known_sum(cost[compliant]),
        unknown_cost_resources=int(np.isnan(cost).sum()),
        target_pct=policy.target_pct,
        by_tag=by_tag,
        by_service=group_lines(listed["service"], compliant, cost),
        by_region=group_lines(listed["region"], compliant, cost),
        by_account=group_lines(listed["account"], compliant, cost),
        by_team=group_lines(listed["team"], compliant, cost),
        by_environment=group_lines(listed["environment"], compliant, cost),
        by_age=age_lines(listed["since"], compliant, cost, as_of),
        by_tag_and_team=_by_tag_and_team(verdicts, codes, listed["team"], cost, policy),
        by_kind=tuple(_kind_line(kind, non_compliant) for kind in LISTS),
        path_to_target=path_to_target(non_compliant, cost[compliant], total, policy.target_pct),
        non_compliant=non_compliant,
        excluded=excluded,
        advice=advise(non_compliant, policy),
    )


def _verdicts(
    listed: pd.DataFrame, exempt: list[frozenset[str]], policy: TaggingPolicy
) -> tuple[Codes, list[Verdict]]:
    """A verdict for each distinct combination of tags, type and exempt keys, and whose it is."""
    sets, texts = pd.factorize(listed["tags"])
    types, names = pd.factorize(listed["resource_type"])
    keys: dict[frozenset[str], int] = {}
    let_off = np.array([keys.setdefault(one, len(keys)) for one in exempt], dtype=np.intp)
    combined = (sets * max(len(names), 1) + types) * max(len(keys), 1) + let_off
    _, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    verdicts = [
        judge(tags.as_dict(texts[sets[at]]), policy, str(names[types[at]]), exempt[at]) for at in first
    ]
    return codes, verdicts


def _values(listed: pd.DataFrame, key: str, policy: TaggingPolicy) -> pd.Series:
    codes, texts = pd.factorize(listed["tags"])
    found = [value_of(tags.as_dict(text), key, policy) or NO_VALUE for text in texts]
    return pd.Series(np.array(found, dtype=object)[codes], dtype="str")


def _kind_line(kind: str, non_compliant: pd.DataFrame) -> KindLine:
    cost = non_compliant.loc[non_compliant[kind].map(len).gt(0), "monthly_cost_usd"]
    return KindLine(kind=kind, resources=len(cost), monthly_cost_usd=known_sum(cost.to_numpy()))


def _tag_line(
    key: str,
    verdicts: list[Verdict],
    codes: Codes,
    cost: Dollars,
    policy: TaggingPolicy,
) -> TagLine:
    present = _flags([key in verdict.present for verdict in verdicts], codes)
    wrong_case = _flags([key in verdict.wrong_case for verdict in verdicts], codes)
    invalid = _flags([key in verdict.invalid for verdict in verdicts], codes)
    good = _flags([not verdict.violates(key) for verdict in verdicts], codes)
    return TagLine(
        key=key,
        required=key in policy.required,
        present=int(present.sum()),
        wrong_case=int(wrong_case.sum()),
        missing=len(codes) - int(present.sum()) - int(wrong_case.sum()),
        invalid=int(invalid.sum()),
        compliant=int(good.sum()),
        compliance_pct=share_pct(int(good.sum()), len(codes)),
        compliance_by_cost_pct=share_pct(known_sum(cost[good]), known_sum(cost)),
        cost_without_usd=known_sum(cost[~good]),
    )


def _by_tag_and_team(
    verdicts: list[Verdict], codes: Codes, teams: pd.Series, cost: Dollars, policy: TaggingPolicy
) -> tuple[CellLine, ...]:
    """One line a required key and team: the keys in their order, the dearest team first."""
    cells: list[CellLine] = []
    for key in policy.required:
        good = _flags([not verdict.violates(key) for verdict in verdicts], codes)
        cells += [
            CellLine(
                key=key,
                team=line.name,
                resources=line.resources,
                violating=line.resources - line.compliant,
                violating_cost_usd=line.cost_usd - line.compliant_cost_usd,
                compliance_pct=line.compliance_pct,
                compliance_by_cost_pct=line.compliance_by_cost_pct,
            )
            for line in group_lines(teams, good, cost)
        ]
    return tuple(cells)


def _non_compliant(
    listed: pd.DataFrame, verdicts: list[Verdict], codes: Codes, compliant: Flags
) -> pd.DataFrame:
    bad = codes[~compliant]
    rows = listed.loc[~compliant, ["resource_id", "service", "region"]].assign(
        missing=_tuples([verdict.missing for verdict in verdicts], bad),
        wrong_case=_tuples([tuple(verdict.wrong_case.values()) for verdict in verdicts], bad),
        invalid=_tuples([tuple(verdict.invalid.values()) for verdict in verdicts], bad),
        monthly_cost_usd=listed.loc[~compliant, "monthly_cost_usd"],
        **{name: listed.loc[~compliant, name] for name in ("account", "team", "environment")},
        tags=listed.loc[~compliant, "tags"].astype("str"),
    )
    return rows.sort_values(
        ["monthly_cost_usd", "service", "resource_id"], ascending=[False, True, True], na_position="last"
    ).reset_index(drop=True)


def _tuples(per_set: list[tuple[str, ...]], codes: Codes) -> npt.NDArray[np.object_]:
    cells = np.empty(len(per_set), dtype=object)
    for at, keys in enumerate(per_set):
        cells[at] = keys
    return cells[codes]


def _flags(per_set: list[bool], codes: Codes) -> Flags:
    return np.array(per_set, dtype=np.bool_)[codes]


def _excluded(listed: pd.DataFrame, reason: str) -> tuple[Excluded, ...]:
    if listed.empty:
        return ()
    cost = known_sum(listed["monthly_cost_usd"].to_numpy())
    return (Excluded(reason=reason, resources=len(listed), monthly_cost_usd=cost),)
