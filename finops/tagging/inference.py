"""Which value would a missing tag have, how sure is that, and why?

What is suggested is what most of the known resources have that share the evidence which says most:
"19 of 19 resources with Project webshop have it". Counting was preferred to a trained model: every
reason can be looked up in the lists, and an estate has too few known tags to train much more. What is
suggested is told for known resources as well, without themselves, and only from the score on from which
those were right in 95 percent of the dollars. Where no score reaches that, nothing is suggested. A
resource that writes the tag in another spelling is believed, unless the evidence contradicts.
Nothing is applied: a suggestion becomes a virtual tag when somebody accepts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops.money import share_pct
from finops.schema import Frame
from finops.tagging.calibration import (
    TARGET,
    Bin,
    Held,
    Scale,
    Threshold,
    reliability,
    scale,
    threshold,
)
from finops.tagging.evidence import Evidence, evidence, with_other_tags
from finops.tagging.exempt import exempt_keys
from finops.tagging.nearest import UNKNOWN, Nearest, nearest
from finops.tagging.policy import TaggingPolicy
from finops.tagging.stated import Stated, stated
from finops.tagging.sums import Codes, Flags, known_sum

Texts = npt.NDArray[np.object_]

# A statement in another spelling is as sure as is demanded of a suggestion, before any is checked.
_PRIOR_STATEMENTS = 20

SUGGESTIONS = Frame(
    name="suggestions",
    row="a resource × a key that it lacks and that is suggested, dearest first; dollars a month",
    columns={
        "resource_id": "text",
        "service": "text",
        "account": "text",
        "region": "text",
        "key": "text",
        "value": "text",
        "kind": "text",
        "probability": "number",
        "reason": "text",
        "monthly_cost_usd": "number",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInference:
    """How far the resources that lack a key can be told its value.

    ``known`` resources carry it, ``lacking`` do not, ``suggested`` of these have a suggestion, and
    ``abstained_pct`` of their dollars have none (0–100, null without dollars).
    ``expected_precision_pct`` and its lower bound are by dollars, held out, at the threshold; null
    where nothing may be inferred.
    ``reliability`` is of all held-out suggestions, those below the threshold included.
    """

    key: str
    known: int
    lacking: int
    lacking_usd: float
    suggested: int
    suggested_usd: float
    abstained_pct: float | None
    expected_precision_pct: float | None
    precision_low_pct: float | None
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """Suggestions as a ``SUGGESTIONS`` frame, and what is known of each key. Their ``kind`` is inferred
    (from others), or stated (by the resource itself, in another spelling)."""

    suggestions: pd.DataFrame
    keys: tuple[KeyInference, ...]


def infer(
    resources: pd.DataFrame,
    policy: TaggingPolicy,
    as_of: date | None = None,
    keys: tuple[str, ...] | None = None,
    target: float = TARGET,
) -> Inference:
    """Suggest values of the required keys, or of ``keys``, for the resources that lack them.

    ``resources`` are ``described``; ``as_of`` is for exemptions. Resources of unknown cost are told as
    the others are, and count no dollars. Suggestions are right in at least the share ``target`` of the
    dollars, by its lower bound. The order of the resources changes nothing.
    """
    ordered = resources.sort_values(["service", "resource_id"], kind="stable").reset_index(drop=True)
    exempt = exempt_keys(ordered, policy, as_of)
    shared = evidence(ordered)
    told = [
        _infer(
            ordered,
            with_other_tags(shared, ordered, policy, key),
            stated(ordered, policy, key, exempt),
            key,
            target,
        )
        for key in keys or policy.required
    ]
    rows = pd.concat([frame for frame, _ in told], ignore_index=True) if told else pd.DataFrame()
    rows = SUGGESTIONS.conform(rows).sort_values(
        ["monthly_cost_usd", "resource_id", "key"], ascending=[False, True, True], kind="stable"
    )
    return Inference(suggestions=rows.reset_index(drop=True), keys=tuple(of_key for _, of_key in told))


def _infer(
    resources: pd.DataFrame, seen: Evidence, said: Stated, key: str, target: float
) -> tuple[pd.DataFrame, KeyInference]:
    known, values = _codes(said.known)
    near = nearest(seen, known, len(values))
    dollars = resources["monthly_cost_usd"].fillna(0.0).clip(lower=0.0).to_numpy()
    learns = known >= 0
    held = Held(score=near.score[learns], right=(near.value == known)[learns], dollars=dollars[learns])
    at = threshold(held, target)
    told = _told(near, values, at)
    rows = pd.concat(
        [
            _inferred(said, near, told, [f"{words} have {key}" for words in seen.words], scale(held)),
            _stated(said, told),
        ]
    )
    found = rows.join(
        resources[["resource_id", "service", "account", "region", "monthly_cost_usd"]]
    ).assign(key=key)
    cost = resources["monthly_cost_usd"].to_numpy()
    lacking, suggested = known_sum(cost[said.lacks]), known_sum(cost[rows.index.to_numpy()])
    return found, KeyInference(
        key=key,
        known=int(learns.sum()),
        lacking=int(said.lacks.sum()),
        lacking_usd=lacking,
        suggested=len(rows),
        suggested_usd=suggested,
        abstained_pct=share_pct(lacking - suggested, lacking),
        expected_precision_pct=None if at is None else 100 * at.precision,
        precision_low_pct=None if at is None else 100 * at.low,
        reliability=reliability(held, resources.loc[learns, "resource_id"]),
    )


def _codes(known: Texts) -> tuple[Codes, Texts]:
    """Values by code, in their own order, so that no code depends on the order of the resources."""
    codes, values = pd.factorize(pd.Series(known, dtype="object"), sort=True)
    return codes.astype(np.intp), np.asarray(values, dtype=object)


def _told(near: Nearest, values: Texts, at: Threshold | None) -> Texts:
    """The value that may be suggested of each resource, None where it may not."""
    sure = (near.value != UNKNOWN) & (near.score >= (np.inf if at is None else at.score))
    told = np.full(len(near.value), None, dtype=object)
    told[sure] = values[near.value[sure]]
    return told


def _inferred(
    said: Stated, near: Nearest, told: Texts, words: Sequence[str], probability: Scale
) -> pd.DataFrame:
    """For resources that do not say it themselves, and whose own wrong value is near no other."""
    silent = ~_given(said.meant) & said.lacks
    agrees = np.array(
        [close is None or close == value for close, value in zip(said.near, told, strict=True)],
        dtype=np.bool_,
    )
    rows = np.flatnonzero(silent & agrees & _given(told))
    reasons = [
        f"{near.agree[row]} of {near.of[row]} resources with {words[near.item[row]]} {told[row]}"
        + ("" if said.near[row] is None else f"; its own {said.written[row]} is close to that")
        for row in rows
    ]
    return _rows(rows, told[rows], "inferred", probability.of(near.score[rows]), reasons)


def _stated(said: Stated, told: Texts) -> pd.DataFrame:
    """For resources that write the tag in another spelling. How sure that is, is told by how often the
    evidence, where it is sure of itself, agrees; one that it contradicts is left alone."""
    means = said.lacks & _given(said.meant)
    checked = means & _given(told)
    agrees = np.array(
        [mine == other for mine, other in zip(said.meant, told, strict=True)], dtype=np.bool_
    )
    agreeing = TARGET * _PRIOR_STATEMENTS + int((checked & agrees).sum())
    probability = agreeing / (_PRIOR_STATEMENTS + int(checked.sum()))
    rows = np.flatnonzero(means & (agrees | ~checked) & (probability >= TARGET))
    reasons = [f"it carries {said.written[row]}" for row in rows]
    return _rows(rows, said.meant[rows], "stated", np.full(len(rows), probability), reasons)


def _given(texts: Texts) -> Flags:
    return np.array([one is not None for one in texts], dtype=np.bool_)


def _rows(
    rows: Codes, value: Texts, kind: str, probability: npt.NDArray[np.float64], reasons: list[str]
) -> pd.DataFrame:
    columns = {"value": value, "kind": kind, "probability": probability, "reason": reasons}
    return pd.DataFrame(columns, index=pd.Index(rows, dtype="int64"))
