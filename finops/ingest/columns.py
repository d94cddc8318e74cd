"""Which column is which? Names match in any order and case; spaces and underscores do not count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from finops.errors import UnknownFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """A resource list: its columns with the names that each may have, and those it cannot do without."""

    name: str
    option: str
    identifier: str
    cost: str
    fields: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    derived: tuple[str, ...] = field(default=())  # known, and worked out anew

    def expected(self) -> str:
        """The columns in words, required ones first."""
        first = [self.fields[name][0] for name in self.required]
        rest = [names[0] for name, names in self.fields.items() if name not in self.required]
        return f"{', '.join(first)} (and optionally {', '.join(rest)})"


EC2_LIST = ListFormat(
    name="an EC2 resource list",
    option="--ec2",
    identifier="InstanceId",
    cost="CostPerHourUSD",
    fields={
        "InstanceId": ("ResourceId", "InstanceId"),
        "ResourceType": ("ResourceType",),
        "Region": ("Region",),
        "CostPerHourUSD": ("CostUSD", "CostPerHourUSD"),
        "Tags": ("Tags",),
        "LaunchTime": ("CreationDate", "LaunchTime"),
        "InstanceType": ("InstanceType",),
        "State": ("State",),
        "CPUUtilization": ("CPUUtilization",),
        "MemoryUtilization": ("MemoryUtilization",),
        "NetworkIn_Bps": ("NetworkIn_Bps",),
        "NetworkOut_Bps": ("NetworkOut_Bps",),
        "AccountId": ("AccountId",),
        "Platform": ("Platform",),
    },
    required=("InstanceId", "Region", "CostPerHourUSD", "InstanceType", "State"),
    derived=("MonthlyCostUSD",),
)

S3_LIST = ListFormat(
    name="an S3 bucket list",
    option="--s3",
    identifier="BucketName",
    cost="MonthlyCostUSD",
    fields={
        "BucketName": ("BucketName",),
        "Region": ("Region",),
        "MonthlyCostUSD": ("CostUSD", "MonthlyCostUSD"),
        "Tags": ("Tags",),
        "CreationDate": ("CreationDate",),
        "StorageClass": ("StorageClass",),
        "ObjectCount": ("ObjectCount",),
        "TotalSizeGB": ("TotalSizeGB",),
        "VersionEnabled": ("VersionEnabled",),
        "Encryption": ("Encryption",),
        "AccountId": ("AccountId",),
    },
    required=("BucketName", "Region", "MonthlyCostUSD", "StorageClass"),
)

_SHOWN_NAMES = 40


def folded(name: object) -> str:
    """A column name without case, spaces, underscores and other signs."""
    return re.sub(r"[\W_]+", "", str(name).casefold())


def received(header: Sequence[object]) -> str:
    """The columns that came, for a message."""
    shown = [_short(str(name)) for name in header[:_SHOWN_NAMES]]
    more = f" and {len(header) - _SHOWN_NAMES} more" if len(header) > _SHOWN_NAMES else ""
    return (", ".join(shown) or "no columns") + more


def _short(name: str, limit: int = 60) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"


def match(header: Sequence[object], wanted: Iterable[str], file: str) -> dict[str, int]:
    """Where each wanted name is in the header; names that are not there are left out.

    Raises UnknownFormat where two columns have one name.
    """
    return _match(header, {name: (name,) for name in wanted}, file)


def match_list(header: Sequence[object], wanted: ListFormat, file: str) -> dict[str, int]:
    """Where each column of a resource list is in the header.

    Raises UnknownFormat, with the columns received and expected, for a file of another kind, for
    one that lacks a required column, and where two columns have one name.
    """
    found = _match(header, wanted.fields, file)
    absent = [name for name in wanted.required if name not in found]
    if not absent:
        return found
    for other in (EC2_LIST, S3_LIST):
        there = {folded(name) for name in header}
        needed = [{folded(alias) for alias in other.fields[name]} for name in other.required]
        if other is not wanted and all(names & there for names in needed):
            raise UnknownFormat(
                f"{file}: this is {other.name}, given as {wanted.name}: are the two files swapped? "
                f"Give it with {other.option}"
            )
    raise UnknownFormat(
        f"{file}: this is not {wanted.name}: no column "
        f"{', '.join('/'.join(wanted.fields[name]) for name in absent)}. "
        f"Received: {received(header)}. Expected: {wanted.expected()}"
    )


def _match(header: Sequence[object], wanted: Mapping[str, tuple[str, ...]], file: str) -> dict[str, int]:
    meaning = {folded(alias): name for name, aliases in wanted.items() for alias in aliases}
    found: dict[str, int] = {}
    for at, received_name in enumerate(header):
        name = meaning.get(folded(received_name))
        if name is None:
            continue
        if name in found:
            raise UnknownFormat(
                f"{file}: the columns {header[found[name]]} and {received_name} both hold {name}; "
                "keep one of them"
            )
        found[name] = at
    return found
