"""What stands where a document of the state cannot be used? What is wrong with it, and a way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from finops.dashboard.notes import Notes
from finops.dashboard.wording import plain, sentence
from finops.errors import StateError


def show(error: StateError, notes: Notes, reset: Callable[[], Sequence[Path]]) -> None:
    """A banner, and a button that puts what ``reset`` finds broken out of the way."""
    st.error(plain(sentence(str(error))), icon=":material/error:")
    st.caption(
        "Nothing was overwritten, and everything else on this dashboard works. Repair the file, or put "
        "it out of the way: it is renamed, not deleted, and a new one is begun."
    )
    st.button(
        "Put the broken file out of the way",
        icon=":material/drive_file_move:",
        on_click=_reset,
        args=(notes, reset),
    )


def _reset(notes: Notes, reset: Callable[[], Sequence[Path]]) -> None:
    moved: list[str] = []
    if notes.attempt(lambda: moved.extend(path.name for path in reset()), ""):
        notes.say(f"Renamed: {', '.join(moved)}" if moved else "No file is broken any more")
