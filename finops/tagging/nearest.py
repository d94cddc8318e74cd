"""Which value do resources with the same evidence have, and how many of them?

For each item of evidence the known resources that share it are counted by value. A resource whose value
is known is left out of its own counts: what it would have been told is then held-out, and shows how
far to trust what the others are told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from finops.tagging.evidence import ACCOUNT, OTHER_TAG, Evidence
from finops.tagging.sums import Codes, Flags

Numbers = npt.NDArray[np.float64]

# Half a resource with the estate's own shares of values is added to every count, so that 2 of 2 is
# less than 20 of 20; and what speaks for another value counts against the best by a quarter.
PRIOR_RESOURCES = 0.5
CONTRADICTION = 0.25
# Evidence that is right this often by itself is missed where a resource has none of it that is known.
TELLING = 0.8
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Nearest:
    """By resource: the most likely value (code, ``UNKNOWN`` without evidence) and its ``score`` from 0
    to 1, which orders resources and is no probability yet; ``item`` of evidence that says most, and
    ``agree`` of the ``of`` known resources with that item that have the value."""

    value: Codes
    score: Numbers
    item: Codes
    agree: Codes
    of: Codes


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What each pair of a resource and an item says."""

    value: Codes
    score: Numbers
    agree: Codes
    of: Codes


def nearest(evidence: Evidence, known: Codes, values: int) -> Nearest:
    """Hold each resource against all others. ``known`` are codes of values, ``UNKNOWN`` where none is.

    A resource that has something to itself which tells more about others than the best item does, such
    as a team that no known resource has, is like none of them: its score is 0.
    """
    pairs = _pairs(evidence, known, values)
    column = evidence.column[evidence.item]
    trust = _trust(pairs, column, known[evidence.row])
    best = _best(evidence, pairs, len(known))
    found = best >= 0
    value = np.where(found, pairs.value[best], UNKNOWN) if len(pairs.value) else best
    if not found.any():
        nothing = np.zeros(len(known), dtype=np.intp)
        return Nearest(value, np.zeros(len(known)), best, nothing, nothing)
    other = (pairs.value != UNKNOWN) & (pairs.value != value[evidence.row])
    against = np.zeros(len(known))
    np.maximum.at(against, evidence.row[other], pairs.score[other])
    score = np.where(found, pairs.score[best] - CONTRADICTION * against, 0.0)
    strange = _strange(evidence, pairs, trust[column], best)
    return Nearest(
        value=value,
        score=np.where(strange, 0.0, np.clip(score, 0.0, 1.0)),
        item=np.where(found, evidence.item[best], UNKNOWN),
        agree=np.where(found, pairs.agree[best], 0),
        of=np.where(found, pairs.of[best], 0),
    )


def _pairs(evidence: Evidence, known: Codes, values: int) -> _Pairs:
    row, item, items = evidence.row, evidence.item, len(evidence.words)
    learns = known[row] >= 0
    both, count = np.unique(item[learns] * values + known[row][learns], return_counts=True)
    of_item, of_value = both // max(values, 1), both % max(values, 1)
    order = np.lexsort((of_value, -count, of_item))
    of_item, of_value, count = of_item[order], of_value[order], count[order]
    start = np.searchsorted(of_item, np.arange(items + 1))
    first, first_count = _ranked(start, of_value, count, 0)
    second, second_count = _ranked(start, of_value, count, 1)
    total = np.bincount(item[learns], minlength=items)
    # A known resource leaves its own counts: then the second value may be the first.
    mine = known[row]
    is_first = (mine >= 0) & (mine == first[item])
    agree = first_count[item] - is_first
    falls = is_first & (second[item] != UNKNOWN)
    falls &= (agree < second_count[item]) | ((agree == second_count[item]) & (second < first)[item])
    of = total[item] - (mine >= 0)
    value = np.where(of > 0, np.where(falls, second[item], first[item]), UNKNOWN)
    agree = np.where(of > 0, np.where(falls, second_count[item], agree), 0)
    overall = np.bincount(known[known >= 0], minlength=max(values, 1))
    others = np.maximum((known >= 0).sum() - (mine >= 0), 1)
    share = (overall[np.maximum(value, 0)] - ((mine >= 0) & (mine == value))) / others
    score = np.where(of > 0, (agree + PRIOR_RESOURCES * share) / (of + PRIOR_RESOURCES), 0.0)
    return _Pairs(value, score, agree, of)


def _ranked(start: Codes, of_value: Codes, count: Codes, rank: int) -> tuple[Codes, Codes]:
    """The value of this rank of each item, and its count."""
    at = start[:-1] + rank
    there = at < start[1:]
    value, number = np.full(len(at), UNKNOWN, dtype=np.intp), np.zeros(len(at), dtype=np.intp)
    value[there], number[there] = of_value[at[there]], count[at[there]]
    return value, number


def _trust(pairs: _Pairs, column: Codes, mine: Codes) -> Numbers:
    """How often each kind of evidence, by itself, is right about the known resources."""
    kinds = int(column.max()) + 1 if len(column) else 0
    told = (mine >= 0) & (pairs.value != UNKNOWN)
    right = np.bincount(column[told], weights=(pairs.value == mine)[told], minlength=kinds)
    return (right + 0.5) / (np.bincount(column[told], minlength=kinds) + 1)


def _best(evidence: Evidence, pairs: _Pairs, resources: int) -> Codes:
    """The position of the pair that says most of each resource; its own order decides no tie."""
    by_word = np.empty(len(evidence.words), dtype=np.intp)
    by_word[np.argsort(np.array(evidence.words, dtype=object), kind="stable")] = np.arange(
        len(evidence.words)
    )
    told = np.flatnonzero(pairs.value != UNKNOWN)
    item = evidence.item[told]
    order = told[
        np.lexsort(
            (
                by_word[item],
                -pairs.of[told],
                -evidence.rank[item],
                -pairs.score[told],
                evidence.row[told],
            )
        )
    ]
    rows, first = np.unique(evidence.row[order], return_index=True)
    best = np.full(resources, UNKNOWN, dtype=np.intp)
    best[rows] = order[first]
    return best


def _strange(evidence: Evidence, pairs: _Pairs, trust: Numbers, best: Codes) -> Flags:
    """Has a resource something new of at least the rank and trust of the best that is known?

    An account in which nobody has the tag is new whatever is known of others: names mean little there.
    """
    chosen = best[evidence.row]
    rank = evidence.rank[evidence.item]
    tells = (trust >= TELLING) & (rank >= rank[chosen]) & (trust >= trust[chosen])
    is_account = (evidence.column[evidence.item] == ACCOUNT) & (rank[chosen] < OTHER_TAG)
    new = (pairs.of == 0) & (tells | is_account)
    strange = np.zeros(len(best), dtype=np.bool_)
    strange[evidence.row[new]] = True
    return strange
