"""A CSV becomes Parquet without losing a row: what is broken is counted, named and set aside."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import EmptyInput, FileUnreadable, InputError, UnknownFormat
from finops.ingest.bills import text_blocks, text_bytes, text_csv
from finops.ingest.bills.parts import parts_of
from finops.ingest.bills.text_csv import CsvStream, Tally
from finops.ingest.bills.text_tables import RawTable, raw_tables

HEADER = b"Id,Service,Cost\n"


def tables(folder: Path, content: bytes, name: str = "bill.csv") -> tuple[RawTable, ...]:
    path = folder / name
    path.write_bytes(content)
    (part,) = parts_of(path, folder / "spool").parts
    return raw_tables(part, folder / "out")


def table(folder: Path, content: bytes, name: str = "bill.csv") -> RawTable:
    (only,) = tables(folder, content, name)
    return only


def cells(raw: RawTable) -> list[tuple[object, ...]]:
    read = pq.read_table(raw.location)
    assert read.num_rows == raw.rows
    assert tuple(read.column_names) == raw.columns
    return [tuple(row.values()) for row in read.to_pylist()]


def codes(raw: RawTable) -> list[str]:
    return [issue.code for issue in raw.issues]


PLAIN = [("1", "EC2", "0.10"), ("2", None, "5")]


@pytest.mark.parametrize(
    "content",
    [
        b"Id,Service,Cost\n1,EC2,0.10\n2,,5\n",
        b"Id,Service,Cost\r\n1,EC2,0.10\r\n2,,5\r\n\r\n\r\n",
        b"Id,Service,Cost\n1,EC2,0.10\n\n  \n2,,5",
        b"Id,Service,Cost\r1,EC2,0.10\r2,,5\r",
        b"\xef\xbb\xbfId,Service,Cost\n1,EC2,0.10\n2,,5\n",
        b"\n\nId,Service,Cost\n1,EC2,0.10\n2,,5\n",
        b"Id;Service;Cost\n1;EC2;0.10\n2;;5\n",
        b"sep=;\nId;Service;Cost\n1;EC2;0.10\n2;;5\n",
        b"Id\tService\tCost\n1\tEC2\t0.10\n2\t\t5\n",
        b"Id|Service|Cost\n1|EC2|0.10\n2||5\n",
        b'"Id","Service","Cost"\n"1","EC2","0.10"\n"2","","5"\n',
        b'Id , Service,Cost\n 1 ,"EC2 ", 0.10\n2,"  ",5 \n',
        b"Id,Service,Cost\n1,EC2,0.10,,\n2,,5,\n",
        "Id,Service,Cost\n1,EC2,0.10\n2,,5\n".encode("utf-16"),
        "Id,Service,Cost\r\n1,EC2,0.10\r\n2,,5\r\n".encode("utf-32"),
        gzip.compress(b"Id,Service,Cost\n1,EC2,0.10\n", mtime=0) + gzip.compress(b"2,,5\n", mtime=0),
    ],
)
def test_the_same_rows_however_they_are_written(tmp_path: Path, content: bytes) -> None:
    raw = table(tmp_path, content)
    assert cells(raw) == PLAIN
    assert raw.columns == ("Id", "Service", "Cost")
    assert (raw.typed, raw.broken_rows, raw.broken, raw.issues) == (False, 0, (), ())


def test_commas_newlines_and_doubled_quotes_stay_in_their_cell(tmp_path: Path) -> None:
    raw = table(tmp_path, HEADER + b'1,"a, ""b""",2\n3,"x\ny\r\n\nz",4\n5,6,7,8\n')
    assert cells(raw)[:2] == [("1", 'a, "b"', "2"), ("3", "x\ny\r\n\nz", "4")]
    (broken,) = raw.broken
    assert (broken.number, broken.text) == (7, "5,6,7,8")  # the cell above takes lines 3 to 6


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"5,6,7,8", "more cells than the header"),
        (b'"open,6,7', "a quote that never closes, or stands inside a cell"),
        (b'5,"a"b,7', "a quote that never closes, or stands inside a cell"),
        (b"5,caf\xe9,7", "bytes that are not UTF-8"),
        (b"5,\x006,7", "a NUL byte"),
        (b"5,a\rb,7", "a quote that never closes, or stands inside a cell"),
    ],
)
@pytest.mark.parametrize("after", [b"", b'8,"closed",9\n', b'8,"x, y",9\n8,"z",9\n'])
def test_a_broken_row_costs_itself_only(tmp_path: Path, line: bytes, reason: str, after: bytes) -> None:
    raw = table(tmp_path, HEADER + b'1,"2",3\n' + line + b"\n10,11,12\n" + after)
    assert raw.rows + raw.broken_rows == 3 + after.count(b"\n")
    assert cells(raw)[:2] == [("1", "2", "3"), ("10", "11", "12")]
    (broken,) = raw.broken
    assert (broken.number, broken.reason) == (3, reason)
    (issue,) = raw.issues
    assert (issue.code, issue.rows, issue.row_numbers, issue.set_aside) == ("broken_rows", 1, (3,), True)
    assert issue.cost_usd is None
    assert f"line 3, has {reason}" in issue.message


def test_two_open_quotes_do_not_swallow_what_is_between(tmp_path: Path) -> None:
    raw = table(tmp_path, HEADER + b'"1,2,3\n4,5,6\n"7,8,9\n10,11,12\n')
    assert cells(raw) == [("4", "5", "6"), ("10", "11", "12")]
    assert [row.number for row in raw.broken] == [2, 4]


def test_an_inch_sign_in_a_plain_cell_is_a_character(tmp_path: Path) -> None:
    raw = table(tmp_path, HEADER + b'1,3.5" disk,2\n3,"4",5\n')
    assert cells(raw) == [("1", '3.5" disk', "2"), ("3", "4", "5")]
    assert not raw.issues


def big(rows: int, broken: dict[int, bytes]) -> bytes:
    lines = (broken.get(at, b'%d,"Amazon, EC2",%d.25' % (at, at)) for at in range(1, rows + 1))
    return HEADER + b"\n".join(lines) + b"\n"


@pytest.mark.parametrize(
    "line", [b"1,2,3,4", b'"open,2,3', b"caf\xe9,2,3", b'1,"x"y,3', b'1,2,"'], ids=repr
)
def test_one_broken_row_among_a_hundred_thousand(
    tmp_path: Path, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_bytes, "PIECE", 100_000)  # many blocks, and rows that lie across them
    monkeypatch.setattr(text_blocks, "MOST_RECORD", 50_000)
    monkeypatch.setattr(text_csv, "_BLOCK", 50_000)
    raw = table(tmp_path, big(100_000, {50_000: line}))
    assert (raw.rows, raw.broken_rows) == (99_999, 1)
    assert raw.broken[0].number == 50_001
    expected = [(str(at), "Amazon, EC2", f"{at}.25") for at in range(1, 100_001) if at != 50_000]
    assert cells(raw) == expected


@pytest.mark.parametrize("size", [7, 64, 1000])
def test_rows_are_the_same_wherever_a_piece_ends(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_bytes, "PIECE", size)
    content = HEADER + b'1,"a\nb",2\n"open,3,4\n5,6,7,8\n\n9,caf\xe9,10\n11,"c ""d""",12\n13,14\n' * 30
    raw = table(tmp_path, content)
    assert (raw.rows, raw.broken_rows) == (90, 90)
    assert cells(raw)[:3] == [("1", "a\nb", "2"), ("11", 'c "d"', "12"), ("13", "14", None)]
    assert [row.number for row in raw.broken][:6] == [4, 5, 7, 12, 13, 15]


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


ODD = (
    b"a",
    b'"x, y"',
    b'""',
    b"",
    b'"n\nl"',
    b'"',
    b'3" d',
    b'"a"b',
    b"\xe9",
    b"x\ry",
    b"\0",
    b"\xef\xbb\xbf",
)


@given(
    rows=st.lists(st.lists(st.sampled_from(ODD), min_size=1, max_size=4), max_size=20),
    size=st.sampled_from([5, 50, 10_000]),
)
def test_both_ways_of_reading_agree(rows: list[list[bytes]], size: int) -> None:
    content = b"\n".join(b",".join(row) for row in [[b"A", b"B", b"C"], *rows])

    def read(piece: int) -> tuple[list[object], Tally]:
        stream = CsvStream("x", cut(content, piece), Tally("x"))
        return [row for table in stream.tables() for row in table.to_pylist()], stream.tally

    with pytest.MonkeyPatch.context() as patch:
        fast, counted = read(size)
        patch.setattr(text_csv, "clean_table", lambda *_: None)
        slow, recounted = read(len(content))
    assert (fast, counted) == (slow, recounted)


def test_a_row_with_fewer_cells_is_kept_and_said(tmp_path: Path) -> None:
    raw = table(tmp_path, HEADER + b"1,2\n3,4,5\n6\n")
    assert cells(raw) == [("1", "2", None), ("3", "4", "5"), ("6", None, None)]
    (issue,) = raw.issues
    assert (issue.code, issue.rows, issue.row_numbers) == ("short_rows", 2, (2, 4))
    assert not issue.set_aside


def test_rows_that_are_none_are_counted(tmp_path: Path) -> None:
    raw = table(tmp_path, HEADER + b'1,2,3\n,,\nId,Service,Cost\n"4,""5"",6"\n')
    assert cells(raw) == [("1", "2", "3"), ("4", "5", "6")]
    assert [(one.code, one.row_numbers) for one in raw.issues] == [
        ("quoted_row", (5,)),
        ("empty_row", (3,)),
        ("repeated_header", (4,)),
    ]


def test_names_differ_by_more_than_case(tmp_path: Path) -> None:
    raw = table(tmp_path, b"Team,team,Team (2),,Team\n1,2,3,4,5\n")
    assert raw.columns == ("Team", "team (3)", "Team (2)", "(column 4)", "Team (4)")
    assert codes(raw) == ["repeated_column"]
    assert cells(raw) == [("1", "2", "3", "4", "5")]


def test_a_cell_of_five_million_characters(tmp_path: Path) -> None:
    for wide in (b"x" * 5_000_000, b'"' + b"y,\n" * 1_700_000 + b'"'):
        raw = table(tmp_path, HEADER + b"1," + wide + b",3\n4,5,6\n")
        first, second = cells(raw)
        assert len(str(first[1])) == len(wide.strip(b'"').strip())
        assert second == ("4", "5", "6")


def test_a_header_and_nothing_else(tmp_path: Path) -> None:
    for content in (HEADER, HEADER.strip(), HEADER + b"\n\n"):
        raw = table(tmp_path, content)
        assert (raw.rows, raw.columns, raw.issues) == (0, ("Id", "Service", "Cost"), ())
        assert cells(raw) == []


@pytest.mark.parametrize(
    "content", [b" \n\n", b"  ,  ,\n1,2,3\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)]
)
def test_no_header_is_no_bill(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EmptyInput, match=r"bill\.csv: the (file|header)"):
        table(tmp_path, content)
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"\x00\x01\x02\x00", b"BZh91AY", b"PAREabc"])
def test_what_is_no_table_says_what_it_is(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnknownFormat, match=r"bill\.csv: this is .*(expected CSV)"):
        table(tmp_path, content)


def test_a_download_that_broke_off_is_not_used(tmp_path: Path) -> None:
    packed = gzip.compress(big(20_000, {}))
    for cut in (packed[: len(packed) // 2], packed[:-4], packed[:12]):
        with pytest.raises(
            FileUnreadable, match=r"a\.csv\.gz: the packed file ends in the middle; .*again"
        ):
            table(tmp_path, cut, "a.csv.gz")
    damaged = bytearray(packed)
    damaged[-6] ^= 255  # the checksum
    with pytest.raises(FileUnreadable, match=r"a\.csv\.gz: the packed file is damaged"):
        table(tmp_path, bytes(damaged), "a.csv.gz")
    assert not list((tmp_path / "out").glob("*"))


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def parquet(data: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(data, target)
    return target.getvalue()


def test_members_of_a_zip_that_are_named_from_here_or_from_above_count(tmp_path: Path) -> None:
    content = zipped({"./jan.csv": HEADER + b"1,2,3\n", "../feb.csv": HEADER + b"4,5,6\n"})
    assert [cells(one) for one in tables(tmp_path, content, "bill.zip")] == [
        [("1", "2", "3")],
        [("4", "5", "6")],
    ]


def test_a_zip_holds_several_tables(tmp_path: Path) -> None:
    typed = parquet(pa.table({"Cost": [1.5, 2.5]}))
    content = zipped(
        {
            "a/b/one.csv": HEADER + b"1,2,3\n",
            "two.csv.gz": gzip.compress(HEADER + b"4,5,6\n7,8,9\n"),
            "three.parquet": typed,
            "a/README.txt": b"x",
            "__MACOSX/a/._one.csv": b"\0",
        }
    )
    read = tables(tmp_path, content, "bill.zip")
    assert [(one.part.name, one.rows, one.typed) for one in read] == [
        ("bill.zip: a/b/one.csv", 1, False),
        ("bill.zip: two.csv.gz", 2, False),
        ("bill.zip: three.parquet", 2, True),
    ]
    assert len({one.part.fingerprint for one in read}) == len({one.location for one in read}) == 3
    assert cells(read[1]) == [("4", "5", "6"), ("7", "8", "9")]
    assert "a/README.txt (neither CSV nor Parquet)" in read[0].issues[0].message


def test_zip_archives_that_cannot_be_used(tmp_path: Path) -> None:
    whole = zipped({"one.csv": big(1000, {})})
    with pytest.raises(FileUnreadable, match=r"b\.zip: the zip archive is cut off or damaged"):
        tables(tmp_path, whole[:-30], "b.zip")
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileUnreadable, match=r"b\.zip: one\.csv: is encrypted"):
        tables(tmp_path, bytes(locked), "b.zip")
    with pytest.raises(EmptyInput, match=r"no \.csv or \.parquet; it holds notes\.txt"):
        tables(tmp_path, zipped({"notes.txt": b"x"}), "b.zip")
    with pytest.raises(UnknownFormat, match="Excel workbook"):
        tables(tmp_path, zipped({"[Content_Types].xml": b"x"}), "b.zip")
    with pytest.raises(UnknownFormat, match=r"a packed file inside a packed file"):
        tables(tmp_path, zipped({"b.csv": whole}), "b.zip")


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_bytes, "ALWAYS_ALLOWED", 1_000_000)
    monkeypatch.setattr(text_bytes, "PIECE", 100_000)
    content = HEADER + b"1,2,3\n" * 2_000_000  # 12 MB, and packed some 200 times smaller
    with pytest.raises(FileUnreadable, match="unpacks to more than"):
        table(tmp_path, gzip.compress(content), "a.csv.gz")
    with pytest.raises(FileUnreadable, match="says that it unpacks to more than"):
        table(tmp_path, zipped({"a.csv": content}), "a.zip")
    assert not list((tmp_path / "out").glob("*"))


def test_the_limit_of_unpacking() -> None:
    assert text_bytes.most_unpacked(1) == 2**30
    assert text_bytes.most_unpacked(10**9) == 100 * 10**9
    assert text_bytes.most_unpacked(10**12) == 200 * 10**9


def test_parquet_stays_where_it_is(tmp_path: Path) -> None:
    content = parquet(pa.table({"Id": ["1"], "Cost": [1.5]}))
    raw = table(tmp_path, content, "a.csv")  # the content decides
    assert (raw.location, raw.typed, raw.rows) == (str(tmp_path / "a.csv"), True, 1)
    assert raw.columns == ("Id", "Cost")
    for broken in (content[:-10], content[:20], b"PAR1" + b"\0" * 50 + b"PAR1", content[:-4] + b"XXXX"):
        with pytest.raises(FileUnreadable, match=r"a\.parquet: the Parquet file is cut off or damaged"):
            table(tmp_path, broken, "a.parquet")


def test_parquet_with_names_that_differ_by_case_is_copied(tmp_path: Path) -> None:
    both = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["tag", "Tag"])
    raw = table(tmp_path, parquet(both), "a.parquet")
    assert (raw.columns, codes(raw)) == (("tag", "Tag (2)"), ["repeated_column"])
    assert cells(raw) == [(1, 2)]


def test_what_was_read_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(big(200_000, {}))
    (part,) = parts_of(path, tmp_path).parts
    seen: list[int] = []
    raw_tables(part, tmp_path / "out", seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == part.size


def test_utf16_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"begins as UTF-16 but is not"):
        table(tmp_path, HEADER.decode().encode("utf-16") + b"\x00")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cur/koku_test_cur.csv", "short_rows"),  # 131 names, 130 cells
        ("cur/nise_aws_202601_ri_sp.csv.gz", None),
        ("focus/focus_1.0_sample_aws_only.csv", None),
    ],
)
def test_real_bills_lose_nothing(
    tmp_path: Path, conformance_data: Path, name: str, code: str | None
) -> None:
    import csv

    path = conformance_data / name
    opener = gzip.open if name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:  # type: ignore[operator]
        header, *expected = csv.reader(file)
    (part,) = parts_of(path, tmp_path).parts
    (raw,) = raw_tables(part, tmp_path / "out")
    assert raw.broken_rows == 0
    assert len(raw.columns) == len(header)
    assert codes(raw) == ([code] if code else [])
    width = len(header)
    padded = [row[:width] + [""] * (width - len(row)) for row in expected if row]
    assert cells(raw) == [tuple(cell.strip() or None for cell in row) for row in padded]
