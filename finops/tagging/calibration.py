"""How often is a suggestion right, in dollars, and from which score on may it be made?

Everything here is learnt from held-out suggestions: of resources whose value is known, made without
them. Probabilities are an isotonic regression of right dollars on the score (Zadrozny and Elkan 2002,
"Transforming classifier scores into accurate multiclass probability estimates"), so that a higher score
never has the lower probability. A few dear resources say little: a sample of dollars counts as (Σw)²/Σw²
resources (Kish 1965, effective sample size).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from finops.money import share_pct
from finops.tagging.sums import Flags

Numbers = npt.NDArray[np.float64]

TARGET = 0.95
# One-sided 90 percent: of ten estates at most one is below the bound.
Z = 1.2816
FOLDS = 5
EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Held-out suggestions: the ``score``, whether the value was ``right``, the ``dollars`` a month."""

    score: Numbers
    right: Flags
    dollars: Numbers

    def where(self, rows: Flags) -> Held:
        return Held(score=self.score[rows], right=self.right[rows], dollars=self.dollars[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Suggestions are made from ``score`` on: held out, ``precision`` of their dollars was right, and
    with 90 percent confidence no less than ``low``."""

    score: float
    precision: float
    low: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A line of the reliability table: held-out suggestions with a probability in [``low``, ``high``).

    ``expected_pct`` is the mean probability and ``right_pct`` the share that was right, both by dollars
    and 0–100; null without dollars."""

    low: float
    high: float
    resources: int
    usd: float
    expected_pct: float | None
    right_pct: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """Probability by score: constant between ``scores``, which rise, and below the first as there."""

    scores: Numbers
    probabilities: Numbers

    def of(self, score: Numbers) -> Numbers:
        """The probability of each score; 0 where nothing was held out."""
        if not len(self.scores):
            return np.zeros(len(score))
        at = np.searchsorted(self.scores, score, side="right") - 1
        return np.asarray(self.probabilities[np.maximum(at, 0)], dtype=np.float64)


def threshold(held: Held, target: float = TARGET) -> Threshold | None:
    """The lowest score from which on the lower bound of the precision by dollars reaches the target.

    None where no score does: then nothing may be suggested.
    """
    if not len(held.score):
        return None
    order = np.argsort(-held.score, kind="stable")
    score, dollars = held.score[order], held.dollars[order]
    right, total = np.cumsum(dollars * held.right[order]), np.cumsum(dollars)
    squares = np.cumsum(dollars**2)
    last = np.append(score[1:] != score[:-1], True) & (score > 0)
    bounds = {
        at: lower_bound(float(right[at]), float(total[at]), float(squares[at]))
        for at in np.flatnonzero(last)
    }
    enough = [at for at, low in bounds.items() if low >= target]
    if not enough:
        return None
    at = enough[-1]
    return Threshold(score=float(score[at]), precision=float(right[at] / total[at]), low=bounds[at])


def lower_bound(right: float, total: float, squares: float) -> float:
    """Wilson's lower bound (1927) of the share right ÷ total of a sample of dollars with Σw² squares."""
    if total <= 0 or squares <= 0:
        return 0.0
    share, size = min(right / total, 1.0), total * total / squares
    middle = share + Z * Z / (2 * size)
    half = Z * math.sqrt(max(share * (1 - share), 0.0) / size + Z * Z / (4 * size * size))
    return max((middle - half) / (1 + Z * Z / size), 0.0)


def scale(held: Held) -> Scale:
    """The isotonic fit by dollars. A level of effective size n moves to (n·share + ½) ÷ (n + 1), so
    that no probability is 1."""
    blocks: list[list[float]] = []
    for score in np.unique(held.score):
        rows = held.score == score
        weight = held.dollars[rows]
        blocks.append(
            [score, math.fsum(weight[held.right[rows]]), math.fsum(weight), math.fsum(weight**2)]
        )
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            _, right, total, squares = blocks.pop()
            blocks[-1] = [
                blocks[-1][0],
                blocks[-1][1] + right,
                blocks[-1][2] + total,
                blocks[-1][3] + squares,
            ]
    levels = np.maximum.accumulate([_level(block) for block in blocks]) if blocks else np.zeros(0)
    return Scale(np.array([block[0] for block in blocks]), np.asarray(levels, dtype=np.float64))


def reliability(held: Held, names: Iterable[str]) -> tuple[Bin, ...]:
    """Expected against right, by probability. Each probability comes from a scale that was fitted
    without the resource: in five parts, told by the resource's name."""
    fold = np.array([zlib.crc32(name.encode()) % FOLDS for name in names], dtype=np.intp)
    probability = np.zeros(len(fold))
    for part in range(FOLDS):
        here = fold == part
        probability[here] = scale(held.where(~here)).of(held.score[here])
    at = np.clip(np.searchsorted(EDGES, probability, side="right") - 1, 0, len(EDGES) - 2)
    return tuple(_bin(held, probability, at == number, number) for number in range(len(EDGES) - 1))


def _bin(held: Held, probability: Numbers, rows: Flags, number: int) -> Bin:
    weight = held.dollars[rows]
    total = math.fsum(weight)
    return Bin(
        low=EDGES[number],
        high=EDGES[number + 1],
        resources=int(rows.sum()),
        usd=total,
        expected_pct=share_pct(math.fsum(weight * probability[rows]), total),
        right_pct=share_pct(math.fsum(weight[held.right[rows]]), total),
    )


def _share(block: list[float]) -> float:
    return block[1] / block[2] if block[2] > 0 else 0.0


def _level(block: list[float]) -> float:
    size = block[2] * block[2] / block[3] if block[3] > 0 else 0.0
    return (size * _share(block) + 0.5) / (size + 1)
