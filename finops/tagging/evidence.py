"""What is known of a resource that may tell a tag: its place, its name, its age, its other tags.

An *item* of evidence is something that several resources may share, such as "account 1234 with region
eu-west-1" or "tag Project webshop". Place and age tell only within an account: what the type or the
region of an instance says in one account says nothing in the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
}

Distinct = tuple[Codes, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pairs of a resource (``row``) and an item that it has.

    By item: its ``words``, its ``column`` (what kind of evidence it is, ``ACCOUNT`` the account alone),
    and its ``rank``, how near to the resource that is: ``PLACE`` with age, ``NAME`` or ``OTHER_TAG``.
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


def evidence(resources: pd.DataFrame) -> Evidence:
    """The items of each resource that are no tags: its place, its age, and its name."""
    return _collected([*_places(resources), *_names(resources["name"])])


def with_other_tags(
    known: Evidence, resources: pd.DataFrame, policy: TaggingPolicy, key: str
) -> Evidence:
    """The same with the tags of other keys than this. What a resource says of the key itself is none."""
    account = _coded(resources["account"])
    columns: list[tuple[int, str, Distinct, Codes]] = []
    every = np.arange(len(resources), dtype=np.intp)
    for other, values in _other_tags(resources["tags"], policy, key).items():
        columns.append((OTHER_TAG, f"{other} {{}}", values, every))
        both = _joined([values, account], f"{other} {{}} in account {{}}")
        columns.append((OTHER_TAG, "{}", both, every))
    added = _collected(columns)
    first = int(known.column.max()) + 1 if len(known.column) else 0
    return Evidence(
        row=np.concatenate([known.row, added.row]),
        item=np.concatenate([known.item, added.item + len(known.words)]),
        words=(*known.words, *added.words),
        rank=np.concatenate([known.rank, added.rank]),
        column=np.concatenate([known.column, added.column + first]),
    )


def _collected(columns: Iterable[tuple[int, str, Distinct, Codes]]) -> Evidence:
    """Of rank, words with a place for the value, values by code (-1 without one), and their rows."""
    nothing = np.zeros(0, dtype=np.intp)
    rows, items, ranks, places = [nothing], [nothing], [nothing], [nothing]
    words: list[str] = []
    for place, (rank, text, (codes, distinct), row) in enumerate(columns):
        known = codes >= 0
        rows.append(row[known])
        items.append(codes[known].astype(np.intp) + len(words))
        words += [text.format(value) for value in distinct]
        ranks.append(np.full(len(distinct), rank, dtype=np.intp))
        places.append(np.full(len(distinct), place, dtype=np.intp))
    return Evidence(
        row=np.concatenate(rows),
        item=np.concatenate(items),
        words=tuple(words),
        rank=np.concatenate(ranks),
        column=np.concatenate(places),
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
            "family": frame[model].str.split(".", n=1).str[0].astype("str"),
            "day": frame[since].dt.strftime("%Y-%m-%d").astype("str"),
            "name": name.str.lower(),
            "tags": frame["Tags"].astype("object"),
            "monthly_cost_usd": frame["MonthlyCostUSD"],
        }
    )


def _places(resources: pd.DataFrame) -> Iterator[tuple[int, str, Distinct, Codes]]:
    every = np.arange(len(resources), dtype=np.intp)
    coded = {name: _coded(resources[name]) for name in _WORDS}
    for fields in _PLACES:
        text = " and ".join(f"{_WORDS[field]} {{}}" for field in fields)
        yield PLACE, "{}", _joined([coded[field] for field in fields], text), every


def _names(names: pd.Series) -> Iterator[tuple[int, str, Distinct, Codes]]:
    """The name without the number at its end, that without its last word, and its words."""
    every = np.arange(len(names), dtype=np.intp)
    stem = names.str.replace(r"[\d\W_]+$", "", regex=True).mask(lambda text: text.eq(""))
    yield NAME, "name {}", _coded(stem), every
    yield (
        NAME,
        "name beginning with {}",
        _coded(stem.str.extract(r"^(.+)[\W_]", expand=False)),
        every,
    )
    words = stem.str.split(r"[\W_]+", regex=True).map(set, na_action="ignore").explode()
    # Where nothing has a name, what is left is no text.
    words = words.astype("str")
    words = words[words.str.len().gt(2).fillna(False)]
    yield NAME, "the word {} in the name", _coded(words), words.index.to_numpy(dtype=np.intp)


def _coded(column: pd.Series) -> Distinct:
    codes, distinct = pd.factorize(column)
    return codes.astype(np.intp), [str(one) for one in distinct]


def _joined(columns: Sequence[Distinct], text: str) -> Distinct:
    """The values of several columns put into one text; code -1 where one of them is missing."""
    combined = np.zeros(len(columns[0][0]), dtype=np.int64)
    for codes, distinct in columns:
        # Numbered anew after each column: the number never grows beyond rows × values.
        _, combined = np.unique(combined * (len(distinct) + 1) + codes + 1, return_inverse=True)
    known = np.logical_and.reduce([codes >= 0 for codes, _ in columns])
    _, first, numbered = np.unique(combined[known], return_index=True, return_inverse=True)
    rows = np.flatnonzero(known)
    joined = np.full(len(known), -1, dtype=np.intp)
    joined[rows] = numbered
    texts = [text.format(*(distinct[codes[row]] for codes, distinct in columns)) for row in rows[first]]
    return joined, texts


def _other_tags(column: pd.Series, policy: TaggingPolicy, key: str) -> dict[str, Distinct]:
    """The values of every other key, compared without case; spellings of a key are one."""
    codes, distinct = _coded(column)
    sets = [_meant(tags.as_dict(text), policy) for text in distinct]
    found: dict[str, Distinct] = {}
    for name in sorted({name for one in sets for name in one} - {key, NAME_TAG}):
        of_set, values = _coded(pd.Series([one.get(name) for one in sets], dtype="object"))
        found[name] = (of_set[codes], values)
    return found


def _meant(tag_set: dict[str, str], policy: TaggingPolicy) -> dict[str, str]:
    meant: dict[str, str] = {}
    for name in sorted(tag_set, key=lambda name: (policy.key_of(name) != name, name)):
        if value := tag_set[name].strip().casefold():
            meant.setdefault(policy.key_of(name) or name, value)
    return meant
