"""Is a virtual tag for something that nobody knows: a key, a resource, an account, a region, …?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import filter as like

import pandas as pd

from finops import tags
from finops.answers.compliance import TaggingPolicy
from finops.estate import Estate
from finops.schema import resource_names
from finops.tagging.virtual_tags import VirtualTag, service_meant

__all__ = ["unknown"]


def unknown(accepted: Iterable[VirtualTag], estate: Estate, policy: TaggingPolicy) -> tuple[str, ...]:
    """In words, what these virtual tags name and neither the estate nor the policy has.

    Nothing is wrong with it: a resource may come with the next bill. But a name that is mistyped matches
    nothing, and nothing else would say so.
    """
    known = _Known(estate, policy)
    return tuple(f"{one.id}: {what}" for one in accepted for what in known.strangers(one))


class _Known:
    """What the estate and the policy have."""

    def __init__(self, estate: Estate, policy: TaggingPolicy) -> None:
        ec2, s3, costs = estate.ec2, estate.s3, estate.costs
        self._where = "the sample estate" if estate.is_sample else "this estate"
        self._carried = {key for one in (ec2, s3, costs) for key in tags.keys(one["Tags"])}
        self._policy = {*policy.keys}
        billed = pd.Series(costs["ResourceId"].dropna().unique(), dtype="str")
        self._resources = _texts(ec2["InstanceId"], s3["BucketName"], resource_names(billed))
        self._accounts = _texts(
            ec2["AccountId"], s3["AccountId"], costs["SubAccountId"], estate.accounts["AccountId"]
        )
        self._regions = _texts(ec2["Region"], s3["Region"], costs["RegionId"])
        listed = [name for name, frame in (("EC2", ec2), ("S3", s3)) if len(frame)]
        self._services = {service_meant(one) for one in (*listed, *_texts(costs["ServiceName"]))}

    def strangers(self, one: VirtualTag) -> Iterator[str]:
        """What it names that is not known."""
        match, where = one.match, self._where
        if one.key not in self._carried | self._policy:
            keys = ", ".join(sorted(self._policy))
            yield f"no resource of {where} carries {one.key}, and the policy names only {keys}"
        for what, names, here in (
            ("resource", match.resource_ids, self._resources),
            ("account", match.accounts, self._accounts),
            ("region", match.regions, self._regions),
        ):
            if strangers := [name for name in names if name not in here]:
                yield f"{where} has no {what} {', '.join(strangers)}"
        if strangers := [name for name in match.services if service_meant(name) not in self._services]:
            yield f"{where} has no service {', '.join(strangers)}"
        folded = [name.casefold() for name in self._resources]
        if strangers := [name for name in match.names if not like(folded, name.casefold())]:
            yield f"{where} has no resource like {', '.join(strangers)}"
        if strangers := [key for key in match.tags if key not in self._carried]:
            yield f"no resource of {where} carries {', '.join(strangers)}"


def _texts(*columns: pd.Series) -> set[str]:
    return {str(text) for column in columns for text in column.dropna().unique()}
