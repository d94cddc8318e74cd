"""Who hears how far an update is? Whoever has these three methods."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Steps follow each other; bytes count within one."""

    def begin(self, step: str, name: str, total: int | None, done: int = 0) -> None:
        """``step`` is a verb, ``total`` the bytes of the whole (None: unknown), ``done`` had before."""

    def advance(self, amount: int) -> None:
        """So many bytes more."""

    def end(self) -> None:
        """The step is done, or has failed."""


class Silent:
    """Nobody listens."""

    def begin(self, step: str, name: str, total: int | None, done: int = 0) -> None:
        """Said to nobody."""

    def advance(self, amount: int) -> None:
        """Said to nobody."""

    def end(self) -> None:
        """Said to nobody."""
