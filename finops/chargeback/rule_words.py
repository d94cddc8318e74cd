"""What does an allocation rule say, in a line for a reader?"""

from __future__ import annotations

from collections.abc import Mapping

from finops.chargeback.rules import (
    AccountRule,
    CategoryRule,
    Division,
    PoolRule,
    Rule,
    Source,
    TagRule,
    VirtualTagRule,
)

SOURCES: Mapping[Source, str] = {
    "untagged": "what no rule before it takes",
    "tax": "tax",
    "support": "support",
    "network": "network and data transfer",
    "commitment_waste": "unused commitments",
    "services": "the services",
    "target": "what is charged to",
}
SPLITS: Mapping[Division, str] = {
    "proportional": "in proportion to their cost",
    "even": "in equal parts",
    "fixed": "by fixed shares",
    "driver": "by the driver",
}


def in_words(rule: Rule) -> str:
    """``unused commitments, shared in equal parts among Core, Web``."""
    match rule:
        case TagRule():
            return f"the tag {_path(rule.keys)}"
        case VirtualTagRule():
            return f"the virtual tag {_path(rule.keys)}"
        case CategoryRule():
            return f"the cost category {_path(rule.categories)}"
        case AccountRule():
            return f"the account's {_path(rule.columns)}"
        case PoolRule():
            names = f" {', '.join(rule.names)}" if rule.names else ""
            among = f" among {', '.join(rule.among)}" if rule.among else ""
            return f"{SOURCES[rule.source]}{names}, shared {_split(rule)}{among}"


def _split(rule: PoolRule) -> str:
    if rule.shares:
        shares = ", ".join(f"{name} {share * 100:f} %" for name, share in rule.shares.items())
        return f"{SPLITS[rule.split]}: {shares}"
    return f"{SPLITS[rule.split]} {rule.driver}".rstrip()


def _path(names: tuple[str, ...]) -> str:
    return "/".join(names) or "that is asked for"
