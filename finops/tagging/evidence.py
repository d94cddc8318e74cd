"""What is known of a resource that may tell a tag: its place, its name, its age, its other tags.

An *item* of evidence is something that several resources may share, such as "account 1234 with region
eu-west-1" or "tag Project webshop". Place and age tell only within an account: what the type or the
region of an instance says in one account says nothing in the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops import tags
from finops.tagging.policy import TaggingPolicy
from finops.tagging.scoped_rules import BUCKET, INSTANCE
from finops.tagging.sums import Codes

NAME_TAG = "Name"
# The ranks of evidence, and the kind that is the account alone: the first.
PLACE, NAME, OTHER_TAG = 0, 1, 2
ACCOUNT = 0
_PLACES = (
    ("account",),
    ("account", "region"),
    ("account", "model"),
    ("account", "region", "model"),
    ("account", "family"),
    ("account", "day"),
    ("account", "region", "day"),
    ("account", "model", "day"),
    ("account", "region", "model", "day"),
)
_WORDS = {
    "account": "account",
    "region": "region",
    "model": "type",
    "family": "family",
    "day": "launched",
    "stem": "name",
    "prefix": "name beginning",
    "token": "name with",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pairs of a resource (``row``) and an item that it has; ``words``, ``rank`` and
    ``column`` by item.

    The rank says how near to the resource an item is: 0 place and age, 1 name, 2 other tags.
    """

    row: Codes
    item: Codes
    words: tuple[str, ...]
    rank: Codes
    column: Codes


def described(ec2: pd.DataFrame, s3: pd.DataFrame) -> pd.DataFrame:
    """One row a resource of an ``ec2`` and an ``s3`` frame: what evidence is made of, as text.

    Columns: resource_id, service, resource_type, account, region, model (instance type or storage
    class), family, day (of launch or creation), name (of a bucket, or the tag Name), tags,
    monthly_cost_usd (dollars a month, null where unknown).
    """
    instances = _described(ec2, "InstanceId", "InstanceType", "LaunchTime", ("EC2", INSTANCE))
    buckets = _described(s3, "BucketName", "StorageClass", "CreationDate", ("S3", BUCKET))
    return pd.concat([instances, buckets], ignore_index=True)


def evidence(resources: pd.DataFrame, policy: TaggingPolicy, key: str) -> Evidence:
    """The items of each resource for this key. What the resource says of the key itself is none."""
    rows: list[Codes] = []
    items: list[Codes] = []
    words: list[str] = []
    ranks: list[Codes] = []
    columns: list[Codes] = []
    for place, (rank, label, column) in enumerate(_columns(resources, policy, key)):
        codes, distinct = pd.factorize(column)
        known = codes >= 0
        rows.append(column.index.to_numpy(dtype=np.intp)[known])
        items.append(codes[known].astype(np.intp) + len(words))
        words += [label.format(value) for value in distinct]
        ranks.append(np.full(len(distinct), rank, dtype=np.intp))
        columns.append(np.full(len(distinct), place, dtype=np.intp))
    return Evidence(
        row=np.concatenate(rows),
        item=np.concatenate(items),
        words=tuple(words),
        rank=np.concatenate(ranks),
        column=np.concatenate(columns),
    )


def _described(
    frame: pd.DataFrame, id_column: str, model: str, since: str, names: tuple[str, str]
) -> pd.DataFrame:
    service, resource_type = names
    name = frame[id_column] if service == "S3" else tags.values(frame["Tags"], NAME_TAG)
    return pd.DataFrame(
        {
            "resource_id": frame[id_column],
            "service": pd.Series(service, index=frame.index, dtype="str"),
            "resource_type": pd.Series(resource_type, index=frame.index, dtype="str"),
            "account": frame["AccountId"],
            "region": frame["Region"],
            "model": frame[model],
            "family": frame[model].str.partition(".")[0].astype("str"),
            "day": frame[since].dt.strftime("%Y-%m-%d").astype("str"),
            "name": name.str.lower(),
            "tags": frame["Tags"].astype("object"),
            "monthly_cost_usd": frame["MonthlyCostUSD"],
        }
    )


def _columns(
    resources: pd.DataFrame, policy: TaggingPolicy, key: str
) -> Iterator[tuple[int, str, pd.Series]]:
    """Rank, words with a place for the value, and the value of each resource, null without one."""
    for fields in _PLACES:
        text = " and ".join(f"{_WORDS[field]} {{}}" for field in fields)
        yield PLACE, "{}", _joined([resources[field] for field in fields], text)
    names = resources["name"]
    stem = names.str.replace(r"[\d\W_]+$", "", regex=True).mask(lambda text: text.eq(""))
    yield NAME, "name {}", stem
    yield NAME, "name beginning with {}", stem.str.extract(r"^(.+)[\W_]", expand=False)
    words = stem.str.split(r"[\W_]+", regex=True).map(set, na_action="ignore").explode()
    yield NAME, "the word {} in the name", words[words.str.len().gt(2).fillna(False)].astype("str")
    for other, values in _other_tags(resources["tags"], policy, key).items():
        yield OTHER_TAG, f"{other} {{}}", values
        yield OTHER_TAG, "{}", _joined([values, resources["account"]], f"{other} {{}} in account {{}}")


def _joined(columns: list[pd.Series], text: str) -> pd.Series:
    """The values of several columns put into one text, null where one of them is."""
    known = pd.concat(columns, axis="columns", ignore_index=True).dropna()
    codes = known.groupby(list(known.columns), sort=False).ngroup()
    distinct = known.drop_duplicates().itertuples(index=False, name=None)
    texts = pd.array([text.format(*values) for values in distinct], dtype="str")
    joined = pd.Series(texts[codes.to_numpy()], index=known.index, dtype="str")
    return joined.reindex(columns[0].index)


def _other_tags(column: pd.Series, policy: TaggingPolicy, key: str) -> dict[str, pd.Series]:
    """The values of every other key, compared without case; spellings of a key are one."""
    codes, distinct = pd.factorize(column)
    sets = [_meant(tags.as_dict(text), policy) for text in distinct]
    keys = sorted({name for one in sets for name in one} - {key, NAME_TAG})
    return {
        name: pd.Series(pd.array([one.get(name) for one in sets], dtype="str")[codes]) for name in keys
    }


def _meant(tag_set: dict[str, str], policy: TaggingPolicy) -> dict[str, str]:
    meant: dict[str, str] = {}
    for name in sorted(tag_set, key=lambda name: (policy.key_of(name) != name, name)):
        if value := tag_set[name].strip().casefold():
            meant.setdefault(policy.key_of(name) or name, value)
    return meant
