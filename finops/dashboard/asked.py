"""Has the reader asked for what takes long? A button first, then the answer for the session."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from finops.dashboard.wording import plain

_ASKED = "asked for"


def asked_for(label: str, question: Hashable, *, key: str, what: str) -> bool:
    """Whether the reader wants this worked out; until then a button and a word of what it does.

    ``question`` is what the answer rests on: when it changes the reader is asked again. Draw it in a
    fragment: the button runs that again.
    """
    asked: set[Hashable] = st.session_state.setdefault(_ASKED, set())
    if (key, question) in asked:
        return True
    st.caption(plain(what))
    st.button(
        label,
        key=f"ask {key}",
        icon=":material/play_arrow:",
        on_click=asked.add,
        args=((key, question),),
        help="It is worked out once for these data and settings, and kept.",
    )
    return False
