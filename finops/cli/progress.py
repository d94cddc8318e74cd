"""How far is what takes long? A bar on a terminal, plain lines for a log. On stderr only."""

from __future__ import annotations

import sys
from typing import TextIO

from finops.cli.output import printable

_WIDTH = 30
_MEGA = 1_000_000


class TerminalProgress:
    """Tells of each step: on a terminal in a bar, drawn again and again, else in one line.

    ``command`` begins the lines of a log. Amounts are bytes, or with ``parts`` parts of the step.
    """

    def __init__(
        self, stream: TextIO | None = None, *, command: str = "prices", parts: bool = False
    ) -> None:
        self._command = command
        self._amount = _parts if parts else _megabytes
        self._stream = stream or sys.stderr
        self._bar = self._stream.isatty()
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._drawn = ""

    def begin(self, step: str, name: str, total: int | None, done: int = 0) -> None:
        """A step begins, with ``done`` of ``total`` behind it."""
        self._label = f"{step} {_short(name)}".rstrip()
        self._total, self._done, self._drawn = total, done, ""
        if self._bar:
            self._draw()
            return
        size = f", {self._amount(total)}" if total else ""
        had = f", {self._amount(done)} of them from before" if done else ""
        self._say(f"finops {self._command}: {f'{step} {printable(name)}'.rstrip()}{size}{had}\n")

    def advance(self, amount: int) -> None:
        """So much more is done."""
        self._done += amount
        if self._bar:
            self._draw()

    def end(self) -> None:
        """The step is over: its bar stays as it is, and the next one gets its own line."""
        if self._bar and self._drawn:
            self._say("\n")

    def _draw(self) -> None:
        line = f"{self._label} {self._progress()}"
        if line != self._drawn:
            self._drawn = line
            self._say(f"\r{line}\x1b[K")

    def _progress(self) -> str:
        if not self._total:
            return self._amount(self._done) if self._done else ""
        share = min(1.0, self._done / self._total)
        full = int(share * _WIDTH)
        bar = "█" * full + "·" * (_WIDTH - full)
        return f"[{bar}] {int(share * 100):3d}% of {self._amount(self._total)}"

    def _say(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()


def _megabytes(amount: int) -> str:
    return f"{amount / _MEGA:,.1f} MB"


def _parts(amount: int) -> str:
    return f"{amount:,} part{'' if amount == 1 else 's'}"


def _short(name: str) -> str:
    """The end of a long name, which tells files apart, in one line."""
    text = printable(name)
    most = 34
    return text if len(text) <= most else "…" + text[-most + 1 :]
