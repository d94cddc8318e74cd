"""Are the models of these data there? Loaded, or trained on request, which can be cancelled."""

from __future__ import annotations

import streamlit as st

from finops.answers.clusters import Models
from finops.answers.models import kept_models, train_models
from finops.answers.prices import prices_version
from finops.dashboard.background import TrainingJob, trainings
from finops.dashboard.wording import plain, sentence
from finops.errors import Cancelled, FinOpsError, Issue
from finops.estate import Estate

POLL_SECONDS = 0.5
_LOADED = "models of this session"
_WHAT = (
    "Finding out which resources are alike, and checking that on held-out data, takes some seconds, for "
    "a million resources up to half a minute. It is done once for these data: the result is kept in "
    "ml_cache, signed with your key, and loaded from then on."
)


def models_of(estate: Estate) -> Models | None:
    """The models of an estate; until they are there, the button that trains them, or how far it is."""
    key = (estate.digest, prices_version())
    known: tuple[object, Models] | None = st.session_state.get(_LOADED)
    if known is not None and known[0] == key:
        return known[1]
    job = trainings().asked(key)
    if job is not None and not job.done:
        _show_progress(job)
        return None
    found = _trained(job) if job is not None else _loaded(estate)
    if found is None:
        _offer(estate, key)
        return None
    st.session_state[_LOADED] = (key, found)
    _say(found.issues)
    return found


def _loaded(estate: Estate) -> Models | None:
    kept = kept_models(estate)
    _say(kept.issues)
    return kept.models


def _trained(job: TrainingJob) -> Models | None:
    try:
        return job.result()
    except Cancelled:
        st.info("The training was cancelled; nothing of it was kept but models that were finished.")
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
    return None


def _offer(estate: Estate, key: tuple[object, ...]) -> None:
    def start() -> None:
        # What was cancelled before is asked for anew.
        trainings().stop()
        trainings().ask(
            key, "the training of the models", lambda training: train_models(estate, training)
        )

    st.caption(plain(_WHAT))
    st.button(
        "Find clusters and outliers",
        key="train models",
        icon=":material/play_arrow:",
        type="primary",
        on_click=start,
        help="The same as `python -m finops insights train`. It can be cancelled.",
    )


@st.fragment(run_every=POLL_SECONDS)
def _show_progress(job: TrainingJob) -> None:
    """Draw how far the training is, until it is done; the whole page runs again then."""
    if job.done:
        st.rerun()
    where = job.progress.state
    stopping = job.progress.cancelled
    with st.container(border=True, key="training_progress"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(":material/model_training: **Training the models**", width="stretch")
            st.button(
                "Stopping …" if stopping else "Cancel",
                key="training_cancel",
                icon=":material/stop_circle:",
                on_click=job.progress.cancel,
                disabled=stopping,
                help="Stops at the next step. Nothing is kept by half.",
            )
        step = where.step or "starting"
        st.progress(where.share, text=plain(f"{step[:1].upper()}{step[1:]}"))


def _say(issues: tuple[Issue, ...]) -> None:
    for issue in issues:
        st.warning(plain(sentence(issue.message)), icon=":material/gpp_maybe:")
