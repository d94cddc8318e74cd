"""Which keys need a resource not carry today?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from finops.tagging.policy import TaggingPolicy


def exempt_keys(listed: pd.DataFrame, policy: TaggingPolicy, as_of: date | None) -> list[frozenset[str]]:
    """The keys of which each resource is let off on that day, in the order of the rows.

    ``listed`` has resource_id, resource_type and account. Without ``as_of`` no exemption counts:
    whether one has ended cannot be known.
    """
    nothing: frozenset[str] = frozenset()
    in_force = [one for one in policy.exemptions if as_of is not None and as_of <= one.until]
    if as_of is None or not in_force:
        return [nothing] * len(listed)
    ids, types, accounts = (listed[name] for name in ("resource_id", "resource_type", "account"))
    return [
        nothing.union(*(one.keys or policy.keys for one in in_force if one.lets_off(*resource, as_of)))
        for resource in zip(ids, types, accounts, strict=True)
    ]
