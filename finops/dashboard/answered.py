"""Has this been worked out already? Each answer once for each content of the data and each setting.

The key is the digest of the estate, the text of the settings and the version of the price catalogue,
which ``prices update`` changes; frames are never hashed. Answers are shared between users who look at
the same data, and hold nothing else of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from finops.answers.prices import prices_version
from finops.estate import Estate

T = TypeVar("T")

MAX_ANSWERS = 96


def answered(
    question: Callable[..., T], estate: Estate, *settings: object, progress: str = "Working it out …"
) -> T:
    """What ``question(estate, *settings)`` answers. Nobody may change it.

    ``settings`` are values whose ``repr`` says all of them: numbers, text, frozen records. ``progress``
    is said while it takes.
    """
    name = f"{question.__module__}.{question.__qualname__}"
    with st.spinner(progress):
        answer: T = _worked_out(
            name, estate.digest, repr(settings), prices_version(), question, estate, settings
        )
    return answer


@st.cache_resource(max_entries=MAX_ANSWERS, show_spinner=False)
def _worked_out(
    name: str,
    digest: str,
    settings_text: str,
    prices: str,
    _question: Callable[..., Any],
    _estate: Estate,
    _settings: tuple[object, ...],
) -> Any:
    return _question(_estate, *_settings)
