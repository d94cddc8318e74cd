"""How far is a training, and does anybody want it to stop?"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from finops.errors import Cancelled


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Where a training is: the step in words, and how many of its parts are done, of how many."""

    step: str
    done: int
    total: int

    @property
    def share(self) -> float:
        """The part of the step that is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Training:
    """What a training tells about itself, and how it is stopped. Safe to use from several threads.

    The training calls ``begin`` and ``advance``, each of which raises Cancelled once somebody has called
    ``cancel``; whoever waits for it reads ``state``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._state = TrainingState("", 0, 0)

    def begin(self, step: str, total: int = 1) -> None:
        """A new step of ``total`` parts begins. Raises Cancelled."""
        self._set(TrainingState(step, 0, total))

    def advance(self, parts: int = 1) -> None:
        """So many parts more are done. Raises Cancelled."""
        self.check()
        with self._lock:
            now = self._state
            self._state = TrainingState(now.step, now.done + parts, now.total)

    def cancel(self) -> None:
        """The training ends at its next ``begin``, ``advance`` or ``check``."""
        self._stop.set()

    def check(self) -> None:
        """Raises Cancelled if somebody asked to stop."""
        if self.cancelled:
            raise Cancelled("the training was stopped; no model was kept of it")

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    @property
    def state(self) -> TrainingState:
        """Where it is now."""
        with self._lock:
            return self._state

    def _set(self, state: TrainingState) -> None:
        self.check()
        with self._lock:
            self._state = state
