"""Which files does finance take away from a chargeback? All of them, in one folder, with its hash."""

from __future__ import annotations

from pathlib import Path

from finops.answers.allocation import Chargeback
from finops.chargeback import chargeback_csv, chargeback_xlsx, detail_csv, export_names, journal_csv
from finops.errors import OutputError
from finops.files import write_whole


def export_chargeback(answer: Chargeback, folder: Path) -> tuple[Path, ...]:
    """Write summary, detail and journal as CSV and the workbook; the names carry period, basis, hash.

    The same input gives the same names and bytes. The folder is made where it is missing. Raises
    OutputError where it cannot be written to.
    """
    report = answer.report
    content = {
        "summary": chargeback_csv(report).encode(),
        "detail": detail_csv(report).encode(),
        "journal": journal_csv(report).encode(),
        "workbook": chargeback_xlsx(report),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    written = tuple(folder / name for name in export_names(report).values())
    for path, part in zip(written, content.values(), strict=True):
        write_whole(path, part)
    return written
