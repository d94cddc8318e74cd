"""The form that makes a budget or changes one, and says beside it what is wrong before it is saved.

What decides which fields there are stands above the form and runs at once; the rest is sent with the
button. A budget that somebody has changed in the meantime is not overwritten: the form says what they
changed, keeps what was typed, and the next press puts it on top of theirs.
"""

from __future__ import annotations

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import BudgetBook
from finops.dashboard import budget_notes
from finops.dashboard.budget_editing import Editing, editing, open_form, save_against
from finops.dashboard.budget_fields import (
    LABELS,
    Typed,
    changes_of,
    differences,
    fields_of,
    problems,
    said,
    typed_of,
)
from finops.dashboard.budget_form_fields import deciding, sent
from finops.dashboard.wording import plain, sentence
from finops.errors import FinOpsError, StateChanged, UnknownBudget
from finops.estate import Estate


@st.fragment
def show(estate: Estate, book: BudgetBook) -> None:
    """Draw the form that is open."""
    form = editing()
    typed = deciding(form, estate)
    with st.form(f"budget form {form.number}", border=False):
        typed = sent(form, typed, book)
        # By its name at first: the button stays the same while the form is open.
        label = "Save changes" if form.name else "Create budget"
        if st.form_submit_button(label, type="primary", icon=":material/save:"):
            _submit(form, typed, estate)


def _submit(form: Editing, typed: Typed, estate: Estate) -> None:
    if wrong := problems(typed):
        lines = [f"- **{LABELS[name]}**: {plain(what)}" for name, what in wrong.items()]
        st.error("Nothing was saved.\n" + "\n".join(lines), icon=":material/error:")
        return
    try:
        if form.budget_id is None:
            saved = budgets.create({**fields_of(typed), "created": estate.as_of})
            done = "Created"
        else:
            changes = changes_of(typed, form.began, form.theirs)
            saved = budgets.update(form.budget_id, changes, base_revision=form.revision)
            done = "Saved"
    except StateChanged as error:
        _told(form, typed, error)
        return
    except UnknownBudget:
        _gone(form)
        return
    except FinOpsError as error:
        st.error(f"Nothing was saved. {plain(sentence(str(error)))}", icon=":material/error:")
        return
    open_form(None)
    budget_notes.say(f"{done} {saved.name}", view="Overview")
    st.rerun()


def _told(form: Editing, typed: Typed, error: StateChanged) -> None:
    """Somebody was faster: say what they changed, keep what was typed, save on top of theirs next."""
    try:
        theirs = budgets.book().get(str(form.budget_id))
    except FinOpsError:
        st.error(plain(error), icon=":material/error:")
        return
    now = typed_of(theirs)
    save_against(theirs.revision, now)
    lines = [
        f"- **{LABELS[name]}**: was {plain(said(getattr(form.began, name)))}, is now "
        f"{plain(said(getattr(now, name)))}{_mine(form, typed, name)}"
        for name in differences(form.began, now)
    ]
    st.warning(
        f"**{plain(form.name)} was changed by somebody else while you were editing it.** Nothing was "
        "overwritten, and what you typed is still here. They changed:\n"
        + "\n".join(lines or ["- nothing that this form shows"])
        + "\n\nPress *Save changes* again to put your changes on top of theirs: fields that you did "
        "not touch keep what they saved. Or begin again with what they saved, with *Start over*.",
        icon=":material/group:",
    )


def _mine(form: Editing, typed: Typed, name: str) -> str:
    mine = getattr(typed, name)
    if mine == getattr(form.began, name):
        return ""
    return f"; you typed {plain(said(mine))}"


def _gone(form: Editing) -> None:
    """Somebody deleted it: what was typed can be saved as a budget of its own."""
    save_against(None)
    st.warning(
        f"**{plain(form.name)} was deleted by somebody else while you were editing it.** What you typed "
        "is still here: press *Save changes* once more to save it as a new budget, or bring the deleted "
        "one back under *AWS and files*.",
        icon=":material/group:",
    )
