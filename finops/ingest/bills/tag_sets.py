"""Which tags does a line carry? Each distinct text is read once and becomes a number on its lines.

A line's RawTags hold its tags and its AWS cost categories as the report writes them (``raw_tags``). A
``TagSet`` is what they say: canonical JSON of both. Its id is a hash of that, so that parts, months and
engines agree on it without asking each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from finops import tags
from finops.errors import FrameError
from finops.ingest.bills.backend import Backend
from finops.ingest.bills.lines import TEXT
from finops.schema import NO_TAGS

# Signs that no tag holds: between tags and cost categories, key and value, and two pairs.
BETWEEN, OF, NEXT = "\x1d", "\x1f", "\x1e"
# Begins the tags of a CUR 2.0, whose keys are ``user_team`` and ``aws_createdby``.
SNAKE = "\x1c"
MOST_KEY_COLUMNS = 500
_OWN_COLUMNS = ("TagSetId", "Tags", "CostCategory")


@dataclass(frozen=True, slots=True)
class TagSet:
    """Canonical JSON of tags, and of cost categories (None where there are none)."""

    tags: str
    cost_category: str | None

    @property
    def id(self) -> int:
        text = f"{self.tags}{BETWEEN}{self.cost_category or ''}".encode()
        return int.from_bytes(blake2b(text, digest_size=8).digest(), signed=True)


EMPTY = TagSet(NO_TAGS, None)


@dataclass(slots=True)
class TagSets:
    """The tag sets met so far by id, and in words what was wrong with the text of some."""

    sets: dict[int, TagSet] = field(default_factory=lambda: {EMPTY.id: EMPTY})
    problems: dict[int, str] = field(default_factory=dict)

    def read(self, text: str | None) -> int:
        """The id of what a RawTags text says."""
        found, problem = tag_set_of(text)
        known = self.sets.setdefault(found.id, found)
        if known != found:
            raise FrameError(f"two tag sets have one number: {known.tags} and {found.tags}")
        if problem is not None:
            self.problems.setdefault(found.id, problem)
        return found.id

    def table(self) -> pa.Table:
        """TagSetId, Tags, CostCategory and a column per key (``key_columns``), by id."""
        ids = sorted(self.sets)
        found = [self.sets[number] for number in ids]
        columns: dict[str, pa.Array] = {
            "TagSetId": pa.array(ids, pa.int64()),
            "Tags": pa.array([one.tags for one in found], pa.string()),
            "CostCategory": pa.array([one.cost_category for one in found], pa.string()),
        }
        pairs = [tags.as_dict(one.tags) for one in found]
        for key, column in self.key_columns().items():
            columns[column] = pa.array([pair.get(key) for pair in pairs], pa.string())
        return pa.table(columns)

    def key_columns(self) -> dict[str, str]:
        """The column of each key, the most usual 500: its name, unless another differs only in case."""
        counts = Counter(key for one in self.sets.values() for key in tags.as_dict(one.tags))
        taken = {name.casefold() for name in _OWN_COLUMNS}
        columns: dict[str, str] = {}
        for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_KEY_COLUMNS]:
            name, number = key, 1
            while name.casefold() in taken:
                number += 1
                name = f"{key} ({number})"
            taken.add(name.casefold())
            columns[key] = name
        return columns


def tag_set_of(text: str | None) -> tuple[TagSet, str | None]:
    """What a RawTags text says, and what of it could not be read."""
    if not text:
        return EMPTY, None
    tags_text, _, category_text = text.partition(BETWEEN)
    tag_json, problems = _canonical(tags_text)
    category, wrong = _canonical(category_text)
    problem = "; ".join((*problems, *wrong)) or None
    return TagSet(tag_json, None if category == NO_TAGS else category), problem


def _canonical(text: str) -> tuple[str, tuple[str, ...]]:
    if OF in text:
        pairs = dict(_pairs(text))
        return tags.canonical(pairs), ()
    parsed = tags.parse(text.removeprefix(SNAKE))
    if not text.startswith(SNAKE):
        return parsed.canonical, parsed.problems
    named = {_unsnaked(key): value for key, value in tags.as_dict(parsed.canonical).items()}
    return tags.canonical(named), parsed.problems


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for piece in text.split(NEXT):
        key, _, value = piece.partition(OF)
        if key and (clean := tags.clean(value)):
            yield key, clean


def _unsnaked(key: str) -> str:
    if key.startswith("user_"):
        return key.removeprefix("user_") or key
    return "aws:" + key.removeprefix("aws_") if key.startswith("aws_") else key


def raw_tags(tag_text: ir.StringValue, category_text: ir.StringValue) -> ir.StringValue:
    """The RawTags of a line: both texts, null where there is neither."""
    both = tag_text.fill_null("") + BETWEEN + category_text.fill_null("")
    return both.nullif(BETWEEN)


def pairs_text(cells: Iterable[tuple[str, ir.StringValue]]) -> ir.StringValue:
    """Tags that stand in columns, one a key, as the text that ``tag_set_of`` reads."""
    pieces = [(ibis.literal(key + OF) + cell + NEXT).fill_null("") for key, cell in cells]
    if not pieces:
        return ibis.null(TEXT)
    text = pieces[0]
    for piece in pieces[1:]:
        text = text + piece
    return text.nullif("")


def flat_lines(lines: ibis.Table, backend: Backend, known: TagSets) -> ibis.Table:
    """The lines with TagSetId instead of RawTags; what was not met before is added to ``known``."""
    filled = lines.mutate(RawTags=lines.RawTags.fill_null(""))
    texts = backend.arrow(filled.select("RawTags").distinct()).column("RawTags").to_pylist()
    found = pa.table(
        {
            "RawText": pa.array(texts, pa.string()),
            "TagSetId": pa.array([known.read(text) for text in texts], pa.int64()),
        }
    )
    joined = filled.join(backend.memory(found), [("RawTags", "RawText")])
    return joined.drop("RawTags", "RawText")
