"""Where do recorded prices differ from the price list that savings are measured against?"""

from __future__ import annotations

from finops.errors import Issue
from finops.estate import Estate
from finops.pricing import Catalogue, load_catalogue
from finops.ri_engine import price_mismatches


def price_issues(estate: Estate, catalogue: Catalogue | None = None) -> tuple[Issue, ...]:
    """The instances whose recorded price is more than 2 % off the list; nothing if all agree.

    What a bill tells of an instance is what it cost under its commitments, and no recorded price.
    """
    if not estate.has_lists:
        return ()
    name = next((file.path for file in estate.files if file.kind == "ec2"), "")
    return price_mismatches(estate.ec2, catalogue or load_catalogue(), name)
