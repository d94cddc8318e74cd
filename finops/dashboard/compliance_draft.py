"""Which policy is being written, from which one did it begin, and against what is it saved?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from finops.answers.policy_editing import KeptPolicy, TaggingPolicy

_DRAFT = "tags draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """The policy that is being written. ``kept`` is what was in force when it began.

    ``number`` is another after each change, so that no form shows what was typed before it.
    """

    number: int
    kept: KeptPolicy
    policy: TaggingPolicy

    @property
    def is_changed(self) -> bool:
        return self.policy != self.kept.policy

    def key(self, field: str) -> str:
        """The key of a field's widget."""
        return f"tags draft {self.number} {field}"


def current(kept: KeptPolicy) -> Draft:
    """The draft of this session; without changes of its own, that of the policy in force."""
    draft: Draft | None = st.session_state.get(_DRAFT)
    if draft is None or (not draft.is_changed and draft.kept != kept):
        return begin(kept)
    return draft


def begin(kept: KeptPolicy) -> Draft:
    """Begin anew with the policy in force."""
    return _put(Draft(_next(), kept, kept.policy))


def change(draft: Draft, policy: TaggingPolicy) -> Draft:
    """Put a policy in place of the one that is being written."""
    return _put(replace(draft, number=_next(), policy=policy))


def rebase(policy: TaggingPolicy, kept: KeptPolicy) -> Draft:
    """Go on with a policy that takes in what somebody else has saved."""
    return _put(Draft(_next(), kept, policy))


def _next() -> int:
    draft: Draft | None = st.session_state.get(_DRAFT)
    return 0 if draft is None else draft.number + 1


def _put(draft: Draft) -> Draft:
    st.session_state[_DRAFT] = draft
    return draft
