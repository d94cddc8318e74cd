"""How is a frame shown, and how does it leave as a file?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from finops.dashboard.wording import UNKNOWN
from finops.spreadsheet import csv_text

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_HEIGHT = 390
ROW_HEIGHT = 35

Columns = Mapping[str, Any]


def dollars(label: str, help_text: str) -> Any:
    """A column of dollars with cents."""
    return st.column_config.NumberColumn(label, help=help_text, format="dollar")


def hourly_dollars(label: str, help_text: str) -> Any:
    """A column of prices per hour, four places."""
    return st.column_config.NumberColumn(label, help=help_text, format="$%.4f")


def small_dollars(label: str, help_text: str) -> Any:
    """A column of prices of a GB, five places: the cheapest is below a tenth of a cent."""
    return st.column_config.NumberColumn(label, help=help_text, format="$%.5f")


def fraction(label: str, help_text: str) -> Any:
    """A column of parts of 1, shown as percentages."""
    return st.column_config.NumberColumn(label, help=help_text, format="percent")


def percent(label: str, help_text: str) -> Any:
    """A column of percentages from 0 to 100."""
    return st.column_config.NumberColumn(label, help=help_text, format="%.1f%%")


def number(label: str, help_text: str, form: str = "localized") -> Any:
    """A column of numbers."""
    return st.column_config.NumberColumn(label, help=help_text, format=form)


def text(label: str, help_text: str = "") -> Any:
    """A column of text."""
    return st.column_config.TextColumn(label, help=help_text or None)


def day(label: str, help_text: str = "") -> Any:
    """A column of dates."""
    return st.column_config.DateColumn(label, help=help_text or None, format="YYYY-MM-DD")


def boolean(label: str, help_text: str) -> Any:
    """A column of yes and no."""
    return st.column_config.CheckboxColumn(label, help=help_text)


def table(frame: pd.DataFrame, columns: Columns, *, alt: str) -> None:
    """The named columns of a frame, in that order, with search and sorting."""
    st.dataframe(
        **_drawn(frame, columns, alt),
    )


def selectable(
    frame: pd.DataFrame, columns: Columns, *, alt: str, key: str, on_select: Callable[[], None]
) -> None:
    """As ``table``, of which one row can be chosen: ``on_select`` is called when it is."""
    st.dataframe(
        **_drawn(frame, columns, alt),
        key=key,
        on_select=on_select,
        selection_mode="single-row",
    )


def selectable_rows(frame: pd.DataFrame, columns: Columns, *, alt: str, key: str) -> list[int]:
    """As ``table``, of which rows can be chosen: the positions of those that are."""
    event: Any = st.dataframe(
        **_drawn(frame, columns, alt),
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
    )
    return [at for at in event.selection.rows if at < len(frame)]


def _drawn(frame: pd.DataFrame, columns: Columns, alt: str) -> dict[str, Any]:
    """How every table is drawn: the columns that there are, as high as its rows, up to a limit."""
    shown = frame[[name for name in columns if name in frame.columns]]
    return {
        "data": _for_display(shown),
        "column_config": dict(columns),
        "hide_index": True,
        "height": min(TABLE_HEIGHT, ROW_HEIGHT * (len(shown) + 1) + 3),
        "placeholder": UNKNOWN,
        "alt": alt,
    }


def _for_display(frame: pd.DataFrame) -> pd.DataFrame:
    # The browser has no decimals: exact money is shown as a float, rounded by the column's format.
    money = [name for name in frame.columns if isinstance(frame[name].dtype, pd.ArrowDtype)]
    return frame.astype(dict.fromkeys(money, "float64"))


def download_frame(label: str, frame: pd.DataFrame, file_name: str, *, help_text: str) -> None:
    """A button that writes the frame as spreadsheet-safe CSV when it is pressed."""
    download_text(label, lambda: csv_text(frame), file_name, help_text=help_text)


def download_text(
    label: str, make: Callable[[], str], file_name: str, *, help_text: str, mime: str = CSV
) -> None:
    """A button that makes its file when it is pressed; the page does not run again."""
    download_bytes(label, lambda: make().encode("utf-8"), file_name, help_text=help_text, mime=mime)


def download_bytes(
    label: str, make: Callable[[], bytes], file_name: str, *, help_text: str, mime: str
) -> None:
    """As ``download_text``, for a file that is no text."""
    st.download_button(
        label,
        data=make,
        file_name=file_name,
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        help=help_text,
        key=f"download {file_name}",
    )
