"""The sidebar: which files, which day, which part of the estate – and back to the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from finops.dashboard import bill_picker
from finops.dashboard.answered import answered
from finops.dashboard.background import BillJob, bills
from finops.dashboard.inputs import (
    FURTHER_FILES,
    RESOURCE_LISTS,
    ChosenBill,
    Input,
    Upload,
    access,
    read_bill,
    read_estate,
    upload_of,
)
from finops.dashboard.wording import plain
from finops.errors import Cancelled, FinOpsError
from finops.estate import Estate, Filters

FILTERS = {
    "regions": ("Region", "Where the resource or the charge is."),
    "states": ("State", "Of instances; buckets and charges have none and stay."),
    "teams": ("Team", "The tag Team of instances, buckets and charges; (none) is untagged."),
    "environments": ("Environment", "The tag Environment; (none) is untagged."),
}
AS_OF = "as_of"
QUALITY = "quality"
OLDER = "These are the data from before."
_ROUND = "upload round"
_LAST_GOOD = "last good estate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the sidebar says: the whole estate, the filters, and why these data are older than it."""

    estate: Estate | None
    filters: Filters
    note: str | None


def show() -> Choice:
    """Draw the sidebar and read what it says. A bill that is being read stands on top of the page."""
    with st.sidebar:
        st.header("Data")
        uploads = [upload for kind in RESOURCE_LISTS if (upload := _uploaded(kind))]
        with st.expander("Bill, usage, commitments, accounts"):
            bill = bill_picker.choose(st.session_state.get(_ROUND, 0))
            below_bill = st.container()
            uploads += [upload for kind in FURTHER_FILES if (upload := _uploaded(kind))]
        as_of = st.date_input(
            "As of",
            value=None,
            key=AS_OF,
            format="YYYY-MM-DD",
            bind="query-params",
            help="The last day that counts, in UTC. Left empty: the last complete day of the bill or of "
            "the usage, else today; the sample has its own.",
        )
        job = _job(bill, uploads, as_of)
        # Asked once: a job that ends while the page is drawn is told by the next run.
        reading = job is not None and not job.done
        estate, note = _estate(job, [*uploads, *(bill.uploads if bill else ())], as_of, reading=reading)
        with below_bill:
            _below(bill, job, estate, note, reading=reading)
        st.header("Filters", help="A cleared filter means all.")
        filters = _filters(estate)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=_reset,
            width="stretch",
            help="Clears the filters and the date, removes all files, and shows the sample again.",
        )
    if job is not None and reading:
        bill_picker.show_progress(job)
    return Choice(estate=estate, filters=filters, note=note)


def _uploaded(kind: Input) -> Upload | None:
    key = f"{kind.name} {st.session_state.get(_ROUND, 0)}"
    file = st.file_uploader(kind.label, type=list(kind.types), key=key, help=kind.help)
    return None if file is None else upload_of(kind.name, file.name, file.getvalue())


def _job(bill: ChosenBill | None, uploads: list[Upload], as_of: date | None) -> BillJob | None:
    """The job that reads this bill; None where there is none, or one that is read at once."""
    if bill is None or bill.is_small:
        bills().stop()
        return None
    allowed = access()
    return bills().ask(
        bill.key(uploads, as_of),
        bill.name,
        lambda progress: read_bill(bill, uploads, as_of, allowed, progress),
    )


def _estate(
    job: BillJob | None, uploads: list[Upload], as_of: date | None, *, reading: bool
) -> tuple[Estate | None, str | None]:
    """The estate, or the last one that could be read, and why it is the last one."""
    before: Estate | None = st.session_state.get(_LAST_GOOD)
    if reading:
        return before, f"The bill is being read. {OLDER}"
    try:
        estate = read_estate(uploads, as_of) if job is None else job.result()
    except Cancelled:
        return before, f"Reading the bill was cancelled. {OLDER}"
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return before, f"What was given last cannot be used (see the sidebar). {OLDER}"
    st.session_state[_LAST_GOOD] = estate
    return estate, None


def _below(
    bill: ChosenBill | None,
    job: BillJob | None,
    estate: Estate | None,
    note: str | None,
    *,
    reading: bool,
) -> None:
    """What the picker says of its bill: being read, read, or to be read again."""
    if bill is None:
        return
    if reading:
        bill_picker.show_reading()
    elif note is None and estate is not None:
        bill_picker.show_result(bill, estate, _open_quality)
    elif job is not None:
        bill_picker.show_again()


def _open_quality() -> None:
    st.session_state[QUALITY] = True


def _filters(estate: Estate | None) -> Filters:
    choices = Filters() if estate is None else answered(Estate.choices, estate)
    chosen = {}
    for name, (label, meaning) in FILTERS.items():
        options = getattr(choices, name)
        _name_unknown(name, label, options)
        _forget_unknown(name, options)
        chosen[name] = tuple(
            st.multiselect(
                label,
                options,
                key=name,
                bind="query-params",
                placeholder="All",
                help=f"{meaning} None chosen means all.",
            )
        )
    return Filters(**chosen)


def _name_unknown(name: str, label: str, options: tuple[str, ...]) -> None:
    # A link to a team that is gone must not pass for a view of it: the widget drops the value.
    unknown = [value for value in st.query_params.get_all(name) if value not in options]
    if unknown:
        st.warning(
            f"{label}: these data have no {plain(', '.join(unknown))}. The link's filter is ignored.",
            icon=":material/link_off:",
        )


def _forget_unknown(name: str, options: tuple[str, ...]) -> None:
    # Another file has other teams: what it does not have can neither be shown nor chosen.
    chosen = st.session_state.get(name, [])
    if any(value not in options for value in chosen):
        st.session_state[name] = [value for value in chosen if value in options]


def _reset() -> None:
    for name in FILTERS:
        st.session_state[name] = []
    st.session_state[AS_OF] = None
    # Another key is another uploader, without its file.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state.pop(_LAST_GOOD, None)
    bills().stop()
