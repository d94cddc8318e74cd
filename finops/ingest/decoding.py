"""Which text do the bytes hold? UTF-8, UTF-16 with its mark, else Windows-1252, and then it is said."""

from __future__ import annotations

import codecs
import re

from finops.errors import EmptyInput, FileUnreadable, Issue, UnknownFormat
from finops.ingest.files import InputFile

_MAGIC = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "a SQLite database",
}
# Longer marks first: UTF-32 begins like UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LOOKED_AT = 65_536
_MOST_CONTROL = 0.05
UNREADABLE_CHARACTER = "\ufffd"


def decode(file: InputFile) -> tuple[str, list[Issue]]:
    """The text of a file and what was uncertain about it.

    A NUL becomes U+FFFD, so that a number that holds one is unreadable and not another number.
    Raises EmptyInput for no bytes, UnknownFormat for a known binary format, FileUnreadable for
    anything else that is not text.
    """
    if not file.data.strip(b" \t\r\n\x00"):
        raise EmptyInput(f"{file.name}: the file is empty; expected a CSV with a header")
    for magic, what in _MAGIC.items():
        if file.data.startswith(magic):
            raise UnknownFormat(f"{file.name}: this is {what}; expected a CSV as plain text")
    text, issues = _decoded(file)
    head = text[:_LOOKED_AT]
    if len(_CONTROL.findall(head)) > _MOST_CONTROL * len(head):
        raise FileUnreadable(f"{file.name}: this is not text; expected a CSV in UTF-8 or UTF-16")
    if "\x00" in text:
        text = text.replace("\x00", UNREADABLE_CHARACTER)
        issues.append(_issue(file, "nul_bytes", "NUL bytes in the text are shown as \ufffd"))
    return text, issues


def _decoded(file: InputFile) -> tuple[str, list[Issue]]:
    for mark, encoding in _MARKS:
        if file.data.startswith(mark):
            try:
                return file.data.decode(encoding), []
            except UnicodeDecodeError as error:
                if encoding == "utf-8-sig":
                    break
                raise FileUnreadable(
                    f"{file.name}: begins as {encoding.upper()} but is not ({error.reason} at byte "
                    f"{error.start}); save it as UTF-8"
                ) from error
    try:
        return file.data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        message = (
            f"byte {file.data[error.start]:#04x} in line {line} is not UTF-8: "
            "read as Windows-1252; save the file as UTF-8 to be sure"
        )
        text = file.data.removeprefix(codecs.BOM_UTF8).decode("cp1252", "replace")
        return text, [_issue(file, "encoding_guessed", message)]


def _issue(file: InputFile, code: str, message: str) -> Issue:
    return Issue(severity="warning", code=code, message=message, file=file.name)


def encodable(text: str) -> str:
    """The text with U+FFFD for a lone surrogate, which JSON can name and no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
