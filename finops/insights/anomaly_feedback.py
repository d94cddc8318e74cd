"""What have people said of anomalies? Verdicts in the document ``anomaly_feedback.json``.

*yes*: it was one; it is always reported, whatever its dollars. *no*: it was noise; what its scope does
on the same side, up to one and a half times as many dollars on its dearest day, is not reported again;
of missing data, missing data alone, of no more days.
*planned*: somebody meant it; from its first day to ``until`` its scope is not alarmed, its new level is
learnt at once, and no other scope is alarmed for the same dollars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from finops.errors import StateChanged, StateTooNew, StateUnreadable
from finops.insights.anomaly_events import AnomalyKind
from finops.storage import JsonStore, Migration, StoredDocument, default_store

FEEDBACK_FILE = "anomaly_feedback.json"
Verdict = Literal["yes", "no", "planned"]
VERDICTS: tuple[Verdict, ...] = ("yes", "no", "planned")


class Feedback(BaseModel):
    """One verdict. ``side`` is 1 for more than expected, −1 for less.

    ``start`` and ``until`` are the first day and the last that it speaks of; ``dearest_day_usd`` is the
    most that one of them was away from what was expected. ``kind`` is that of the anomaly; None for a
    change that was planned before it came, and for what an earlier version kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    anomaly_id: str
    verdict: Verdict
    dimension: str
    value: str
    side: Literal[1, -1]
    start: date
    until: date
    dearest_day_usd: float = Field(ge=0, allow_inf_nan=False)
    kind: AnomalyKind | None = None
    note: str = ""
    sample: bool = False
    given_at: datetime

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Feedback:
        if self.until < self.start:
            raise ValueError(f"it begins on {self.start} and cannot end on {self.until}")
        return self


def _without_kinds(document: dict[str, Any]) -> dict[str, Any]:
    """Version 1 did not keep what kind of anomaly a verdict is on: null."""
    return document


class FeedbackDocument(StoredDocument):
    """Verdicts, the latest last; those on the sample estate beside those on the user's."""

    newest_version: ClassVar[int] = 2
    reset_command: ClassVar[str] = "python -m finops anomalies reset"
    migrations: ClassVar[Mapping[int, Migration]] = {1: _without_kinds}

    entries: tuple[Feedback, ...] = ()

    def with_entry(self, entry: Feedback) -> FeedbackDocument:
        """One verdict an anomaly: a later one replaces it."""
        return self.without(entry.anomaly_id, entry.sample, then=(entry,))

    def without(
        self, anomaly_id: str, sample: bool, then: tuple[Feedback, ...] = ()
    ) -> FeedbackDocument:
        kept = tuple(one for one in self.entries if (one.anomaly_id, one.sample) != (anomaly_id, sample))
        return FeedbackDocument(entries=(*kept, *then))


@dataclass(frozen=True, slots=True)
class FeedbackBook:
    """The verdicts of a state folder, by default the user's."""

    store: JsonStore = field(default_factory=default_store)

    def entries(self, sample: bool) -> tuple[Feedback, ...]:
        """Those on the sample estate, or on the user's. Raises StateError as ``finops.storage`` does."""
        kept = self.store.read(FEEDBACK_FILE, FeedbackDocument).value.entries
        return tuple(one for one in kept if one.sample == sample)

    def give(self, entry: Feedback, seen: Sequence[Feedback] | None = None) -> None:
        """Keep a verdict. ``seen`` are those that its giver has seen.

        Raises StateChanged where somebody has said something else of this anomaly since. What others say
        of other anomalies is kept beside it.
        """
        self._change(entry.anomaly_id, entry.sample, seen, lambda kept: kept.with_entry(entry))

    def take_back(self, anomaly_id: str, sample: bool, seen: Sequence[Feedback] | None = None) -> None:
        """Forget a verdict. Raises StateChanged as ``give`` does."""
        self._change(anomaly_id, sample, seen, lambda kept: kept.without(anomaly_id, sample))

    def _change(
        self,
        anomaly_id: str,
        sample: bool,
        seen: Sequence[Feedback] | None,
        change: Callable[[FeedbackDocument], FeedbackDocument],
    ) -> None:
        def checked(kept: FeedbackDocument) -> FeedbackDocument:
            if seen is not None:
                now, then = _of(kept.entries, anomaly_id, sample), _of(seen, anomaly_id, sample)
                if now != then:
                    word = "nothing" if now is None else now.verdict
                    raise StateChanged(
                        f"somebody else has just said {word} of this anomaly; nothing was overwritten. "
                        "Look at it again, and repeat yours if it still holds"
                    )
            return change(kept)

        self.store.update(FEEDBACK_FILE, FeedbackDocument, checked)

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename a document that cannot be read; where it is now."""
        try:
            self.entries(sample=True)
        except (StateUnreadable, StateTooNew):
            return (self.store.reset(FEEDBACK_FILE, at),)
        return ()


def _of(entries: Sequence[Feedback], anomaly_id: str, sample: bool) -> Feedback | None:
    wanted = (anomaly_id, sample)
    return next((one for one in entries if (one.anomaly_id, one.sample) == wanted), None)
