"""Which files does finance take away from a chargeback? Each under its period, basis and hash.

Showback reports, so it has no journal; chargeback invoices. A resource list is no bill: it has no FOCUS
dataset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from finops.answers.allocation import BillBasis, Chargeback
from finops.answers.closing import Settled, unchanged
from finops.chargeback import (
    ChargebackReport,
    Commitments,
    Mode,
    borne_charges,
    chargeback_csv,
    chargeback_xlsx,
    charges_digest,
    costs_of_month,
    detail_csv,
    export_names,
    journal_csv,
)
from finops.errors import AllocationError, OutputError
from finops.estate import Estate
from finops.files import write_whole
from finops.focus import focus_csv
from finops.periods import Month

__all__ = [
    "MODES",
    "ExportFile",
    "Mode",
    "allocated_focus",
    "digest_of_month",
    "export_chargeback",
    "export_files",
    "summary_name",
]

MODES: tuple[Mode, ...] = ("chargeback", "showback")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file that is made when ``content`` is called: ``kind`` is summary, detail, journal, workbook or
    focus, ``name`` its name."""

    kind: str
    name: str
    content: Callable[[], bytes]


def export_files(
    estate: Estate,
    result: Settled,
    mode: Mode = "chargeback",
    digest: Callable[..., str] | None = None,
) -> tuple[ExportFile, ...]:
    """The files of a chargeback of this estate; the same input gives the same names and bytes.

    ``digest`` is ``digest_of_month``, as a face asks it that keeps answers: every charge goes into it.
    Raises AllocationError where the period is closed and its bill has been restated since.
    """
    report = unchanged(result).report
    makers: dict[str, Callable[[], bytes]] = {
        "summary": lambda: chargeback_csv(report).encode(),
        "detail": lambda: detail_csv(report).encode(),
        "journal": lambda: journal_csv(report, adjustments=result.adjustments).encode(),
        "workbook": lambda: chargeback_xlsx(report),
        "focus": lambda: allocated_focus(estate, report),
    }
    asked, of_charges = _asked(report), digest or digest_of_month
    charges = "" if asked is None else of_charges(estate, *asked)
    return tuple(
        ExportFile(kind=kind, name=name, content=makers[kind])
        for kind, name in export_names(report, mode, result.adjustments, charges).items()
        if kind != "focus" or asked is not None
    )


def summary_name(answer: Chargeback, mode: Mode) -> str:
    """The name of the file with the lines alone, as ``export_files`` has it."""
    return export_names(answer.report, mode)["summary"]


def digest_of_month(estate: Estate, month: Month, basis: BillBasis, commitments: Commitments) -> str:
    """SHA-256 of the charges of a month as a FOCUS file carries them."""
    return charges_digest(costs_of_month(estate.costs, month, basis, commitments))


def allocated_focus(estate: Estate, report: ChargebackReport) -> bytes:
    """The charges of the period in FOCUS 1.2 (CSV), a row a charge and target, the allocation in Tags.

    Σ by target is its line to the cent. Raises AllocationError for a report of resource lists.
    """
    asked = _asked(report)
    if asked is None:
        raise AllocationError("a resource list has no charges for FOCUS: give a bill (--billing)")
    return focus_csv(borne_charges(report, costs_of_month(estate.costs, *asked)))


def _asked(report: ChargebackReport) -> tuple[Month, BillBasis, Commitments] | None:
    """Of which month of the bill, on which basis, and who has the discounts; None for a run rate."""
    if report.source != "costs" or report.basis == "run_rate":
        return None
    return Month.parse(report.period[:7]), report.basis, report.commitments


def export_chargeback(
    estate: Estate, result: Settled, folder: Path, mode: Mode = "chargeback"
) -> tuple[Path, ...]:
    """Write the files. The folder is made where it is missing. Raises what ``export_files`` does, and
    OutputError where the folder cannot be written to."""
    files = export_files(estate, result, mode)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    for file in files:
        write_whole(folder / file.name, file.content())
    return tuple(folder / file.name for file in files)
