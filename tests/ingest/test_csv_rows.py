"""Rows of a CSV: encodings, delimiters, quotes, and what one broken row may cost."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import pytest

from finops.errors import EmptyInput, FileUnreadable, InputError, UnknownFormat
from finops.ingest import InputFile, read_input, read_inputs
from finops.ingest.csv_rows import TextTable, read_csv_rows

CONFORMANCE = os.environ.get("FINOPS_CONFORMANCE_DATA")
SPECTRUM = Path(CONFORMANCE or "") / "dirty" / "csv-spectrum"
# Two files differ from their JSON upstream: one has LF endings, one another phone number in its JSON.
KNOWN_DIFFERENCES = {"1234567890": "2095257564"}


def table(text: str | bytes) -> TextTable:
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv_rows(InputFile("f.csv", data))


def codes(found: TextTable) -> list[str]:
    return [issue.code for issue in found.issues]


@pytest.mark.skipif(
    CONFORMANCE is None, reason="FINOPS_CONFORMANCE_DATA names no folder with csv-spectrum"
)
@pytest.mark.parametrize(
    "name",
    [
        "comma_in_quotes",
        "empty",
        "empty_crlf",
        "escaped_quotes",
        "json",
        "location_coordinates",
        "newlines",
        "newlines_crlf",
        "quotes_and_newlines",
        "simple",
        "simple_crlf",
        "utf8",
    ],
)
def test_csv_spectrum(name: str) -> None:
    found = read_csv_rows(read_input(SPECTRUM / f"{name}.csv"))
    expected = json.loads((SPECTRUM / f"{name}.json").read_text(encoding="utf-8"))
    wanted = expected if isinstance(expected, list) else [expected]
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rows]
    assert rows == [
        {key: KNOWN_DIFFERENCES.get(text, text.replace("\r\n", "\n")) for key, text in row.items()}
        for row in wanted
    ]
    assert not found.odd


@pytest.mark.parametrize(
    "data",
    [
        "a,b\n1,é\n".encode(),
        codecs.BOM_UTF8 + "a,b\n1,é\n".encode(),
        "a,b\r\n1,é\r\n".encode(),
        "a,b\r1,é\r".encode(),
        "a,b\n1,é".encode(),
        "a,b\n1,é\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "a,b\n1,é\n".encode("utf-16-be"),
        "\n\n,,\na,b\n1,é\n".encode(),
        "sep=;\na;b\n1;é\n".encode(),
        "a;b\n1;é\n".encode(),
        "a\tb\n1\té\n".encode(),
        "a|b\n1|é\n".encode(),
        '"a,b"\n"1,é"\n'.encode(),
        '"a","b"\n"1","é"\n'.encode(),
    ],
)
def test_the_same_rows_in_many_forms(data: bytes) -> None:
    found = table(data)
    assert found.header == ["a", "b"]
    assert found.rows == [["1", "é"]]
    assert not {"encoding_guessed", "nul_bytes"} & set(codes(found))


def test_windows_1252_is_read_and_said() -> None:
    found = table("a,b\n1,€é\n".encode("cp1252"))
    assert found.rows == [["1", "€é"]]
    assert codes(found) == ["encoding_guessed"]
    assert "line 2" in found.issues[0].message


def test_a_nul_makes_a_cell_unreadable_and_no_other_number() -> None:
    found = table("a,b\n1\x002,x\n" + "3,y\n" * 30)
    assert found.rows[0] == ["1\ufffd2", "x"]
    assert codes(found) == ["nul_bytes"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyInput),
        (b"\n \r\n", EmptyInput),
        (b"\x00" * 50, EmptyInput),
        (b",,,\n,,,\n", EmptyInput),
        (b"PAR1....", UnknownFormat),
        (b"PK\x03\x04....", UnknownFormat),
        (b"\x1f\x8b\x08\x00", UnknownFormat),
        (bytes(range(256)) * 4, FileUnreadable),
        ("a,b\n1,2\n".encode("utf-16-le"), FileUnreadable),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00", FileUnreadable),
    ],
)
def test_what_is_no_text_has_an_error_of_its_own(data: bytes, error: type[InputError]) -> None:
    with pytest.raises(error, match=r"^f\.csv: "):
        table(data)


def test_row_numbers_are_lines_of_the_file() -> None:
    found = table('a,b\n1,2\n\n"x\ny",3\n,\n4,5\n')
    assert found.numbers == [2, 4, 7]
    assert found.rows[1] == ["x\ny", "3"]
    assert [(issue.code, issue.row_numbers, issue.cost_usd) for issue in found.issues] == [
        ("empty_row", (6,), 0.0)
    ]


def test_an_open_quote_costs_one_row() -> None:
    found = table('a,b,c\n1,"x,2\n3,"y",4\n5,"z",6\n')
    assert found.rows == [["3", "y", "4"], ["5", "z", "6"]]
    assert [(odd.number, odd.code, odd.cells[0]) for odd in found.odd] == [(2, "broken_quote", "1")]


def test_an_open_quote_does_not_swallow_a_row_that_closes_it() -> None:
    # Lines 2 and 3 together would be one tidy record; but line 3 is a row of its own.
    found = table('a,b,c\n1,2,"x\n3,4,y"\n')
    assert [odd.number for odd in found.odd] == [2]
    assert found.rows == [["3", "4", 'y"']]


@pytest.mark.parametrize(
    "line",
    [
        '"1,""x,y"",3"',
        '"1,""x,y"",3",,',
        '"1,"x,y",3"',
        '1, "x,y", 3',
        '1,"x,y",3,,,',
    ],
)
def test_rows_that_can_be_read_in_one_way_only(line: str) -> None:
    assert table(f"a,b,c\n{line}\n").rows == [["1", "x,y", "3"]]


def test_ragged_rows_are_apart() -> None:
    found = table("a,b,c\n1,2\n1,2,3,4\n1,2,3\n")
    assert [(odd.number, odd.code) for odd in found.odd] == [(2, "ragged_row"), (3, "ragged_row")]
    assert found.rows == [["1", "2", "3"]]


def test_a_header_in_the_middle_is_no_resource() -> None:
    found = table("A,b\n1,2\na,B\n3,4\n")
    assert found.rows == [["1", "2"], ["3", "4"]]
    assert [(issue.code, issue.row_numbers) for issue in found.issues] == [("repeated_header", (3,))]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("x" * 200_000, "x" * 200_000),
        (f'"{"x" * 200_000}"', "x" * 200_000),
        (f'"{"x," * 100_000}"', "x," * 100_000),
        (f'"a ""b"" {"x" * 200_000}"', 'a "b" ' + "x" * 200_000),
        (f'"{"x" * 100_000}\n{"y" * 100_000}"', "x" * 100_000 + "\n" + "y" * 100_000),
    ],
    ids=["plain", "quoted", "commas", "quotes", "lines"],
)
def test_a_cell_that_the_csv_module_refuses_is_read(cell: str, text: str) -> None:
    # It refuses cells over 131,072 characters.
    found = table(f"a,b\n1,{cell}\n2,y\n")
    assert found.rows == [["1", text], ["2", "y"]]
    assert not found.odd


def test_a_long_cell_that_is_left_open_is_a_broken_quote() -> None:
    found = table(f'a,b\n1,"{"x" * 200_000}\n2,y\n')
    assert [(odd.number, odd.code) for odd in found.odd] == [(2, "broken_quote")]
    assert found.rows == [["2", "y"]]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no such file"):
        read_input(tmp_path / "absent.csv")
    with pytest.raises(FileUnreadable, match="folder"):
        read_input(tmp_path)
    with pytest.raises(EmptyInput, match="holds no file"):
        read_inputs(tmp_path)
    with pytest.raises(FileUnreadable):
        read_input("a\x00b")
