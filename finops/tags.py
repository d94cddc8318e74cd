"""How is a tag cell read, and which value does a key have?

Met in the wild: ``K=V,K=V`` · ``K:V;K:V`` · ``K=V|K=V`` · JSON objects · AWS's
``[{"Key": …, "Value": …}]`` · CUR 2.0 maps with ``user:`` keys · values in quotes that hold ``=``
or ``,`` · ``nan``, ``None``, ``{}``, blank. All become one canonical JSON text: NFC, sorted keys, no
spaces, ``user:`` removed, ``{}`` for no tags. Every distinct text is parsed once.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from finops.plain_tags import plain
from finops.schema import MAX_TAG_CATEGORIES, NO_TAGS, as_tags

SAMPLED = 10_000

_NOTHING = frozenset({"", "nan", "none", "null", "{}", "[]", "<na>", "n/a"})
_PAIR_SEPARATORS = ",;|"
_KEY_SEPARATORS = "=:"
_QUOTES = "\"'"
_PREFIXES = ("user:", "resourceTags/user:")
_REPEATED_PREFIX = re.compile(r"\A(?:(?:resourceTags/)?user:\s*)+")
_COLUMN = "resourceTags/"
_ATHENA_COLUMNS = {"resource_tags_user_": "", "resource_tags_aws_": "aws:"}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ParsedTags:
    """Canonical JSON of a tag cell, and in words what was wrong with it (nothing, usually)."""

    canonical: str
    problems: tuple[str, ...] = ()


def canonical(tags: Mapping[str, str]) -> str:
    """One text for one tag set, whatever the order of its keys."""
    return json.dumps(dict(sorted(tags.items())), ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> ParsedTags:
    """Read one tag cell in any known format. What cannot be read is named in ``problems``."""
    stripped = text.strip()
    if stripped.casefold() in _NOTHING:
        return ParsedTags(NO_TAGS)
    if stripped[0] in "{[":
        pairs, problems = _json_pairs(stripped)
    else:
        pairs, problems = _plain_pairs(stripped)
    return _collected(pairs, problems)


def parse_column(texts: pd.Series) -> tuple[pd.Series, dict[str, tuple[str, ...]]]:
    """Canonical tags of every row, and the problems of each distinct text that has any.

    Null and blank cells are ``{}``. Already canonical cells come out unchanged.
    """
    cells = texts.astype("str")
    # Where most cells are different, to look for those that are not costs more than to read them all.
    sample = cells.head(SAMPLED)
    if len(cells) > MAX_TAG_CATEGORIES and sample.nunique() > sample.count() / 2:
        canonical_texts, problems = _read(cells)
        column = pd.Series(canonical_texts, index=texts.index, name=texts.name, dtype="str")
        differ = column.head(MAX_TAG_CATEGORIES * 3 // 2).nunique() > MAX_TAG_CATEGORIES
        return column if differ else as_tags(column), problems
    codes, distinct = pd.factorize(cells)
    canonical_texts, problems = _read(pd.Series(distinct, dtype="str"))
    # A null has the code -1: the last one.
    each = [*canonical_texts.to_pylist(), NO_TAGS]
    sets = sorted(set(each if (codes < 0).any() else each[:-1]))
    place = {text: at for at, text in enumerate(sets)}
    at = np.array([place.get(text, -1) for text in each], dtype=np.intp)[codes]
    tags = pd.Categorical.from_codes(at, pd.Index(sets, dtype="str"))
    column = pd.Series(tags, index=texts.index, name=texts.name)
    return column if len(sets) <= MAX_TAG_CATEGORIES else column.astype("str"), problems


def _read(cells: pd.Series) -> tuple[pa.LargeStringArray, dict[str, tuple[str, ...]]]:
    """Canonical JSON of each cell, and the problems of each text that has any."""
    array = pa.chunked_array(pa.array(cells, type=pa.large_string(), from_pandas=True)).combine_chunks()
    column = plain(array)
    parsed = {row: parse(array[row].as_py()) for row in column.others.tolist()}
    problems = {array[row].as_py(): one.problems for row, one in parsed.items() if one.problems}
    return column.canonical({row: one.canonical for row, one in parsed.items()}), problems


def key_of_column(name: str) -> str | None:
    """The tag key that a column of a legacy Cost and Usage Report holds, None for other columns.

    ``resourceTags/user:Team`` is Team; ``resource_tags_user_team``, as Athena names it, is team: the
    case is lost there. Keys that AWS sets keep their ``aws:``. The words before a key may be
    in any case.
    """
    lower = name.casefold()
    if lower.startswith(_COLUMN.casefold()):
        key = name[len(_COLUMN) :]
        return _clean_key(key[len("user:") :] if key.casefold().startswith("user:") else key) or None
    for athena, prefix in _ATHENA_COLUMNS.items():
        if lower.startswith(athena):
            return prefix + name[len(athena) :]
    return None


@lru_cache(maxsize=65_536)
def _loaded(canonical_text: str) -> tuple[tuple[str, str], ...]:
    return tuple(json.loads(canonical_text).items())


def as_dict(canonical_text: str) -> dict[str, str]:
    """The tag set behind canonical JSON."""
    return dict(_loaded(canonical_text))


def values(tags: pd.Series, key: str) -> pd.Series:
    """The value of ``key`` on every row: text, null where the key is absent. Keys match exactly."""
    return _per_set(tags, lambda tag_set: tag_set.get(key))


def values_any_case(tags: pd.Series, key: str) -> pd.Series:
    """As ``values``, but ``team`` and ``TEAM`` answer for ``Team`` where ``Team`` itself is absent."""
    folded = key.casefold()

    def look_up(tag_set: dict[str, str]) -> str | None:
        if key in tag_set:
            return tag_set[key]
        return next((value for name, value in tag_set.items() if name.casefold() == folded), None)

    return _per_set(tags, look_up)


def keys(tags: pd.Series) -> list[str]:
    """Every key that some row carries, sorted."""
    return sorted({key for text in _distinct(tags) for key in as_dict(text)})


def _distinct(tags: pd.Series) -> Iterable[str]:
    if isinstance(tags.dtype, pd.CategoricalDtype):
        return tags.cat.remove_unused_categories().cat.categories
    return tags.unique()


def _per_set(tags: pd.Series, answer: Callable[[dict[str, str]], str | None]) -> pd.Series:
    codes, distinct = pd.factorize(tags)
    answers = pd.array([answer(as_dict(text)) for text in distinct], dtype="str")
    return pd.Series(answers.take(codes, allow_fill=True), index=tags.index, name=tags.name)


def _collected(pairs: Pairs, problems: list[str]) -> ParsedTags:
    tags: dict[str, str] = {}
    for raw_key, raw_value in pairs:
        key, value = _clean_key(raw_key), clean(raw_value)
        if not key:
            problems.append(f"a value {value!r} without a key")
        elif key in tags:
            problems.append(f"the key {key!r} is repeated; its first value is kept")
        else:
            tags[key] = value
    return ParsedTags(canonical(tags), tuple(problems))


def clean(text: str) -> str:
    """NFC without outer space. A lone surrogate, which no file can hold, becomes U+FFFD."""
    if text.isascii():
        return text.replace("\x00", "").strip()
    encodable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", encodable.replace("\x00", "")).strip()


def _clean_key(text: str) -> str:
    """The key without any ``user:``, so that a key which was read once reads the same again."""
    return _REPEATED_PREFIX.sub("", clean(text))


def _json_pairs(text: str) -> tuple[Pairs, list[str]]:
    try:
        document = json.loads(text, object_pairs_hook=_ObjectPairs)
    except (ValueError, RecursionError):
        return [], [f"not readable as JSON: {_short(text)}"]
    if isinstance(document, _ObjectPairs):
        return _object_pairs(document)
    pairs: Pairs = []
    problems: list[str] = []
    for entry in document:
        fields = {str(name).casefold(): value for name, value in _entries(entry)}
        match fields.get("key"):
            case str() as key:
                pairs.append((key, _scalar(fields.get("value"))))
            case _:
                problems.append(f"an entry without a Key: {_short(str(entry))}")
    return pairs, problems


class _ObjectPairs(list[tuple[str, object]]):
    """A JSON object whose repeated keys are still there."""


def _entries(entry: object) -> Iterable[tuple[str, object]]:
    return entry if isinstance(entry, _ObjectPairs) else ()


def _object_pairs(document: _ObjectPairs) -> tuple[Pairs, list[str]]:
    nested = [key for key, value in document if isinstance(value, list)]
    pairs = [(key, _scalar(value)) for key, value in document if not isinstance(value, list)]
    return pairs, [f"the value of {key!r} is not text" for key in nested]


def _scalar(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json.dumps(value)


def _plain_pairs(text: str) -> tuple[Pairs, list[str]]:
    separator = _key_separator(text)
    if separator is None and (inner := _unquoted(text)) != text and _key_separator(inner):
        return _plain_pairs(inner)
    if separator is None:
        return [], [f"not readable as tags: {_short(text)}"]
    pairs: Pairs = []
    problems: list[str] = []
    for piece in _pieces(text, separator):
        found = _find_outside_quotes(piece, separator, start=_prefix_length(piece))
        if found is None:
            problems.append(f"a part without {separator!r}: {_short(piece)}")
        else:
            pairs.append((_unquoted(piece[:found]), _unquoted(piece[found + 1 :])))
    return pairs, problems


def _key_separator(text: str) -> str | None:
    """The first one, but ``=`` where it keys every pair and ``:`` does not: ``app:id=1,Team=x``."""
    start = _prefix_length(text)
    places = {_find_outside_quotes(text, char, start): char for char in _KEY_SEPARATORS}
    found = [place for place in places if place is not None]
    first = places[min(found)] if found else None
    if first == ":" and any(_only_equals_keys(_split(text, char)) for char in _PAIR_SEPARATORS):
        return "="
    return first


def _only_equals_keys(pieces: list[str]) -> bool:
    several = len(pieces) > 1
    return (
        several
        and all(_keyed(piece, "=") for piece in pieces)
        and not all(_keyed(piece, ":") for piece in pieces)
    )


def _keyed(piece: str, key_separator: str) -> bool:
    return _find_outside_quotes(piece, key_separator, _prefix_length(piece)) is not None


def _prefix_length(piece: str) -> int:
    blank = len(piece) - len(piece.lstrip())
    rest = piece[blank:]
    named = next((prefix for prefix in (*_PREFIXES, "aws:") if rest.startswith(prefix)), "")
    return blank + len(named)


def _pieces(text: str, key_separator: str) -> list[str]:
    """Split at the separator that leaves a key in most of the pieces; none, if one pair is all."""

    def keyed(pieces: list[str]) -> int:
        return sum(_keyed(piece, key_separator) for piece in pieces)

    present = [separator for separator in _PAIR_SEPARATORS if separator in text]
    candidates = [[text], *(_split(text, separator) for separator in present)]
    best = max(candidates, key=lambda pieces: (keyed(pieces), -len(pieces)))
    return [piece for piece in best if piece.strip()]


def _split(text: str, separator: str) -> list[str]:
    if not _has_quotes(text):
        return text.split(separator)
    cuts = [at for at, char in _outside_quotes(text) if char == separator]
    starts, ends = [0, *(cut + 1 for cut in cuts)], [*cuts, len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _find_outside_quotes(text: str, wanted: str, start: int = 0) -> int | None:
    if not _has_quotes(text):
        place = text.find(wanted, start)
        return None if place < 0 else place
    return next((at for at, char in _outside_quotes(text, start) if char == wanted), None)


def _has_quotes(text: str) -> bool:
    return '"' in text or "'" in text


def _outside_quotes(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Characters outside quotes. A quote opens only where a key or value begins: O'Brien is a name."""
    quote: str | None = None
    at_start = True
    for at in range(start, len(text)):
        char = text[at]
        if quote is not None:
            quote = None if char == quote else quote
        elif char in _QUOTES and at_start and text.find(char, at + 1) > 0:
            quote = char
        else:
            at_start = char in _PAIR_SEPARATORS or char in _KEY_SEPARATORS or char.isspace()
            yield at, char


def _unquoted(text: str) -> str:
    stripped = text.strip()
    if len(stripped) >= 2 and stripped[0] in _QUOTES and stripped[-1] == stripped[0]:
        return stripped[1:-1]
    return stripped


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
