"""For which scopes can a budget be made?"""

from __future__ import annotations

from collections.abc import Mapping

from finops.estate import Estate
from finops.schema import NO_VALUE

SERVICES = ("EC2", "S3", "combined")


def scope_values(estate: Estate) -> Mapping[str, tuple[str, ...]]:
    """The values that occur in the data, by scope type; ``total`` and ``tag`` have none to choose."""
    choices = estate.choices()
    accounts = {
        *estate.costs["SubAccountId"].dropna().unique(),
        *estate.accounts["AccountId"].dropna().unique(),
    }
    billed = sorted(estate.costs["ServiceName"].dropna().unique())
    return {
        "service": (*SERVICES, *billed),
        "region": _without_none(choices.regions),
        "account": tuple(sorted(map(str, accounts))),
        "team": _without_none(choices.teams),
        "environment": _without_none(choices.environments),
    }


def _without_none(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in values if value != NO_VALUE)
