"""Which bill is it, how far is reading it, and what came of it? The bill's part of the sidebar.

What is typed stays in the session: a path is no secret, but a link with it would be passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from finops.dashboard.background import BillJob
from finops.dashboard.inputs import BILL, ChosenBill, Upload, access, upload_of
from finops.dashboard.wording import count, duration, plain
from finops.estate import Estate
from finops.ingest import FileInfo
from finops.ingest.bills.progress import Snapshot

POLL_SECONDS = 0.7
_ATTEMPT = "bill attempt"
_READ = "bill files"
_MOST_VERDICTS = 3
_KEPT = "Kept in this session only; links that you share do not hold it."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A way to name a bill that the server reads by itself."""

    label: str
    placeholder: str
    help: str


_WAYS = {
    "upload": "Upload",
    "folder": "Folder on this machine",
    "s3": "S3",
}
_FOLDER = _Place(
    label="Folder or file",
    placeholder="/bills/2026",
    help="A folder of the machine that the dashboard runs on, with all that is below it, or a file: CSV "
    f"(also .gz, .zip) or Parquet. Press Enter. {_KEPT}",
)
_S3 = _Place(
    label="S3 prefix",
    placeholder="s3://bucket/prefix/",
    help="Every CSV and Parquet object whose key begins so. It is read with the credentials, the region "
    f"and the endpoint of the server's environment, as AWS's own tools find them. Press Enter. {_KEPT}",
)


def choose(round_number: int) -> ChosenBill | None:
    """Draw the three ways to give a bill. Another round is another choice, with nothing in it."""
    way = st.radio(
        "Bill",
        list(_WAYS),
        format_func=lambda name: _WAYS[name],
        key=f"bill way {round_number}",
        help="Upload its files, or name a folder or a file of the machine that the dashboard runs on, "
        "or a prefix in S3. One of the three counts: the one that is chosen.",
    )
    attempt = st.session_state.get(_ATTEMPT, 0)
    if way == "folder":
        location = _location(_FOLDER, access().refusal("folder"), f"bill folder {round_number}")
    elif way == "s3":
        location = _location(_S3, access().refusal("s3"), f"bill s3 {round_number}")
    else:
        uploads = _uploads(f"{BILL.name} {round_number}")
        return ChosenBill(uploads=uploads, attempt=attempt) if uploads else None
    st.session_state.pop(_READ, None)
    return ChosenBill(location=location, attempt=attempt) if location else None


def _uploads(key: str) -> tuple[Upload, ...]:
    files = st.file_uploader(
        BILL.label, type=list(BILL.types), accept_multiple_files=True, key=key, help=BILL.help
    )
    # The digest of a large upload takes as long as a rerun may take.
    known: dict[str, Upload] = st.session_state.get(_READ, {})
    read = {
        file.file_id: known.get(file.file_id) or upload_of(BILL.name, file.name, file.getvalue())
        for file in files
    }
    st.session_state[_READ] = read
    return tuple(read.values())


def _location(place: _Place, refusal: str | None, key: str) -> str:
    text = st.text_input(
        place.label,
        key=key,
        placeholder=place.placeholder,
        help=place.help,
        disabled=refusal is not None,
        persist_state="session",
        autocomplete="off",
    )
    if refusal is not None:
        st.caption(f":material/lock: {plain(refusal)}")
    # A disabled field can still be filled by a forged message: reading it is what is refused.
    return (text or "").strip()


def read_again() -> None:
    """Ask for the same bill once more: its files may have changed, or it was cancelled."""
    st.session_state[_ATTEMPT] = st.session_state.get(_ATTEMPT, 0) + 1


@st.fragment(run_every=POLL_SECONDS)
def show_progress(job: BillJob) -> None:
    """Draw how far the job is, until it is done; the whole page runs again then."""
    if job.done:
        st.rerun()
    where = job.progress.snapshot()
    stopping = job.progress.cancelled
    with st.container(border=True, key="bill_progress"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(
                f":material/receipt_long: **Reading the bill** · {plain(job.name)}", width="stretch"
            )
            st.button(
                "Stopping …" if stopping else "Cancel",
                key="bill_cancel",
                icon=":material/stop_circle:",
                on_click=job.progress.cancel,
                disabled=stopping,
                help="Stops reading. The data from before stay.",
            )
        st.progress(_share(where) or 0.0, text=_stage(where))
        st.caption(_how_far(where))


def _stage(where: Snapshot) -> str:
    stage = where.stage or "looking for its files"
    return plain(_capital(stage))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _share(where: Snapshot) -> float | None:
    """The part of the stage that is done, from 0 to 1."""
    for done, total in ((where.rows_done, where.rows_total), (where.bytes_done, where.bytes_total)):
        if total:
            return min(done / total, 1.0)
    return None


def _how_far(where: Snapshot) -> str:
    parts = []
    if where.rows_total:
        parts.append(f"{where.rows_done:,} of {count(where.rows_total, 'row')}")
    elif where.rows_done:
        parts.append(count(where.rows_done, "row"))
    if where.bytes_total and not where.rows_total:
        parts.append(f"{_megabytes(where.bytes_done)} of {_megabytes(where.bytes_total)} MB")
    share = _share(where)
    parts += [] if share is None else [f"{share:.0%}"]
    if where.remaining_seconds is not None:
        parts.append(f"{duration(where.remaining_seconds)} left")
    return " · ".join(parts) or "Its size is not known yet"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"


def show_reading() -> None:
    """The line under the picker while a job runs; how far it is stands on the page."""
    st.caption(":material/hourglass_top: The bill is being read: see the page.")


def show_result(bill: ChosenBill, estate: Estate, open_quality: Callable[[], None]) -> None:
    """Draw what was read, in one line, what it is good for, and where more is said."""
    if read := [file for file in estate.files if file.kind == "costs"]:
        st.caption(f":material/check_circle: {_summary(read)}")
    for line in _verdicts(estate):
        st.caption(line)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Data quality",
            icon=":material/fact_check:",
            type="tertiary",
            on_click=open_quality,
            help="Opens the section Data quality on the page: what was found, what was set aside.",
        )
        if bill.location:
            show_again()


def show_again() -> None:
    """The button that reads the same bill again."""
    st.button(
        "Read again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=read_again,
        help="Looks for changes; what is as before comes from the cache.",
    )


def _summary(read: Sequence[FileInfo]) -> str:
    formats = sorted({" ".join(filter(None, (_format(file.format), file.version))) for file in read})
    parts = [f"**{plain(', '.join(formats))}**", count(sum(file.rows for file in read), "row")]
    parts += [count(len(read), "file")] if len(read) > 1 else []
    days = [day for file in read for day in (file.period_start, file.period_end) if day is not None]
    # The days stand on a line of their own: a date that is broken is hard to read.
    return " · ".join(parts) + (f"  \n{min(days)} – {max(days)}" if days else "")


def _format(name: str) -> str:
    return name if any(letter.isupper() for letter in name) else name.upper()


def _verdicts(estate: Estate) -> list[str]:
    """The first of the doctor's verdicts, what does not work before what does."""
    verdicts = () if estate.diagnosis is None else estate.diagnosis.verdicts
    ranked = sorted(verdicts, key=lambda verdict: list(_MARKS).index(verdict.usable))
    return [
        f"{_MARKS[verdict.usable]} **{plain(_capital(verdict.feature))}**: {plain(verdict.reason)}"
        for verdict in ranked[:_MOST_VERDICTS]
    ]


_MARKS = {"no": ":material/block:", "partly": ":material/warning:", "yes": ":material/check:"}
