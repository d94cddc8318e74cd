"""What would improve the allocation, and how many dollars are at stake?"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import pandas as pd

from finops import tags
from finops.chargeback.report import Advice
from finops.chargeback.targets import ACCOUNT_KEY, direct_costs
from finops.money import round_cents
from finops.schema import total

TOP_RESOURCES = 5


def advise(charges: pd.DataFrame, target: pd.Series, key: str) -> tuple[Advice, ...]:
    """Lines of advice, the most dollars first. They overlap, so their dollars do not add up.

    ``target`` is the target of each charge, null where it has none. Looked at: the key in another
    case, values that differ by case only, charges of no resource, the dearest untagged resources.
    """
    untagged = charges[target.isna() & charges["Cost"].notna()]
    lines = [
        *_absent_key(charges, target, key),
        *_key_variants(untagged, key),
        *_value_variants(charges, target),
        *_without_resource(untagged),
        *_dearest(untagged, key),
    ]
    return tuple(sorted(lines, key=lambda line: (-line.usd, line.action)))


def _absent_key(charges: pd.DataFrame, target: pd.Series, key: str) -> Iterator[Advice]:
    if len(charges) and target.isna().all():
        known = [name for name in tags.keys(charges["Tags"]) if not name.startswith("aws:")]
        seen = ", ".join(known) or "none"
        yield _advice(
            f"Nothing is allocated: no charge has a {key}; tag keys there are: {seen}", charges
        )


def _key_variants(untagged: pd.DataFrame, key: str) -> Iterator[Advice]:
    if key == ACCOUNT_KEY:
        return
    for variant in tags.keys(untagged["Tags"]):
        if variant != key and variant.casefold() == key.casefold():
            value = tags.values(untagged["Tags"], variant)
            tagged = untagged[value.notna() & value.str.strip().ne("")]
            if len(tagged):
                yield _advice(f"Rename the tag {variant} to {key}", tagged)


def _value_variants(charges: pd.DataFrame, target: pd.Series) -> Iterator[Advice]:
    names = sorted(target.dropna().unique())
    spellings: dict[str, list[str]] = {}
    for name in names:
        spellings.setdefault(name.casefold(), []).append(name)
    for same in spellings.values():
        if len(same) > 1:
            cost = {name: total(charges.loc[target == name, "Cost"]) for name in same}
            dearest = max(same, key=lambda name: cost[name])
            others = [name for name in same if name != dearest]
            yield _advice(f"Spell {' / '.join(others)} as {dearest}", charges[target.isin(others)])


def _without_resource(untagged: pd.DataFrame) -> Iterator[Advice]:
    nobody = untagged[untagged["ResourceId"].isna()]
    if len(nobody):
        services = ", ".join(sorted(nobody["ServiceName"].dropna().unique())) or "no service named"
        yield _advice(
            f"Share out the charges of no resource, which cannot be tagged: {services}", nobody
        )


def _dearest(untagged: pd.DataFrame, key: str) -> Iterator[Advice]:
    if key == ACCOUNT_KEY:
        return
    costs = direct_costs(untagged, untagged["ResourceId"])
    dear = ((-cost.usd, resource) for resource, cost in costs.items() if resource and cost.usd > 0)
    for cost, resource in heapq.nsmallest(TOP_RESOURCES, dear):
        yield Advice(action=f"Tag {resource} with a {key}", usd=round_cents(-cost), resources=1)


def _advice(action: str, concerned: pd.DataFrame) -> Advice:
    return Advice(
        action=action,
        usd=round_cents(total(concerned["Cost"])),
        resources=int(concerned["ResourceId"].nunique()),
    )
