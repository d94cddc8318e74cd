"""Which dollars of the bill can no tag of a listed resource ever explain?"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from finops.schema import resource_names, total
from finops.tagging.report import Excluded

UNTAGGABLE = "untaggable: charges of no resource, such as tax, support and fees"
NOT_LISTED = "resources of the bill that are in no resource list"


def charges_apart(charges: pd.DataFrame, column: str, listed: Collection[str]) -> tuple[Excluded, ...]:
    """The charges of one month that belong to no listed resource: untaggable, and not listed.

    ``charges`` are rows of ``costs``, ``column`` the one that counts. With the costs of the listed
    resources they add up to the month. ``resources`` counts charges without a resource, else resources.
    """
    names = resource_names(charges["ResourceId"])
    of_none = names.isna() | names.str.strip().eq("").fillna(False)
    elsewhere = ~of_none & ~names.isin(list(listed))
    parts = (
        (UNTAGGABLE, int(of_none.sum()), of_none),
        (NOT_LISTED, names[elsewhere].nunique(), elsewhere),
    )
    return tuple(
        Excluded(
            reason=reason, resources=count, monthly_cost_usd=float(total(charges.loc[rows, column]))
        )
        for reason, count, rows in parts
        if count
    )
