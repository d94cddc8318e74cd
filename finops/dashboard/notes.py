"""What has just been done in a section, what went wrong, and can it be undone?

What a button does is said on the run after it, above the views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from finops.dashboard.wording import plain, sentence
from finops.errors import FinOpsError


@dataclass(frozen=True, slots=True)
class _Undo:
    done: str
    action: Callable[[], object]
    undone: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Of one section. ``section`` is in the keys of the session, ``view`` is the key of its tabs."""

    section: str
    view: str

    def say(self, text: str, view: str | None = None) -> None:
        """Say this on the next run, and open that view."""
        st.session_state[f"{self.section} note"] = text
        if view is not None:
            self.go(view)

    def go(self, view: str) -> None:
        """Open that view on the next run."""
        st.session_state[f"{self.section} go"] = view

    def attempt(self, action: Callable[[], object], done: str) -> bool:
        """Do it, and remember what is to be said: that it is done, or in words why not."""
        try:
            action()
        except FinOpsError as error:
            self.fail(str(error))
            return False
        self.say(done)
        return True

    def fail(self, problem: str) -> None:
        """Say on the next run what went wrong."""
        st.session_state[f"{self.section} problem"] = problem

    def offer_undo(self, done: str, action: Callable[[], object], undone: str) -> None:
        """Until it is dismissed or used, offer to undo what was ``done``; then say ``undone``."""
        st.session_state[f"{self.section} undo"] = _Undo(done, action, undone)

    def show(self) -> None:
        """Say what was done, go where it leads, and offer to undo it. Before the views are drawn."""
        if (view := st.session_state.pop(f"{self.section} go", None)) is not None:
            st.session_state[self.view] = view
        if note := st.session_state.pop(f"{self.section} note", None):
            st.toast(plain(note), icon=":material/check:")
        if problem := st.session_state.pop(f"{self.section} problem", None):
            st.error(plain(sentence(problem)), icon=":material/error:")
        offered: _Undo | None = st.session_state.get(f"{self.section} undo")
        if offered is not None:
            self._show_undo(offered)

    def _show_undo(self, offered: _Undo) -> None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {plain(offered.done)}", width="stretch")
            st.button(
                "Undo",
                icon=":material/undo:",
                on_click=self._undo,
                args=(offered,),
                key=f"{self.section} undo button",
            )
            st.button(
                "Dismiss",
                type="tertiary",
                on_click=self._forget,
                key=f"{self.section} dismiss",
                help="It stays as it is.",
            )

    def _undo(self, offered: _Undo) -> None:
        if self.attempt(offered.action, offered.undone):
            self._forget()

    def _forget(self) -> None:
        st.session_state.pop(f"{self.section} undo", None)
