"""Bills and usage with cells that no good machine writes: each is read, named, or one clear error."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops import clean_ec2_data
from finops.errors import FileUnreadable, FrameError, InputError
from finops.ingest import InputFile, Loaded, read_costs, read_usage

START = pa.array([datetime(2026, 9, day, tzinfo=UTC) for day in (1, 2)], pa.timestamp("us", tz="UTC"))


def bill(**columns: object) -> InputFile:
    """A bill of two charges, 1.10 and 2.20 dollars."""
    given: dict[str, object] = {
        "ChargePeriodStart": START,
        "BilledCost": pa.array([Decimal("1.10"), Decimal("2.20")]),
        "BillingCurrency": ["USD", "USD"],
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(given | columns), buffer)
    return InputFile("f.parquet", buffer.getvalue())


def issue(loaded: Loaded, code: str) -> tuple[int, float | None, tuple[int, ...]]:
    (found,) = [one for one in loaded.issues if one.code == code]
    return found.rows, found.cost_usd, found.row_numbers


def invalid(kind: pa.DataType) -> pa.Array:
    """Two strings, the second of which is not UTF-8."""
    return pa.Array.from_buffers(
        kind, 2, [None, pa.py_buffer(np.array([0, 1, 3], "int32")), pa.py_buffer(b"a\xff\xfe")]
    )


def test_tags_that_cannot_be_read_are_named_with_their_dollars() -> None:
    text = "ChargePeriodStart,BilledCost,Tags\n2026-09-01,1.10,loose\n2026-09-01,2.20,Team=A\n"
    loaded = read_costs(InputFile("f.csv", text.encode()))
    assert issue(loaded, "malformed_tags") == (1, 1.10, (2,))
    assert issue(read_costs(bill(Tags=["{", "loose"])), "malformed_tags") == (2, 3.30, (1, 2))
    euro = read_costs(bill(Tags=["{", "loose"], BillingCurrency=["EUR", "EUR"]))
    assert issue(euro, "malformed_tags") == (2, None, (1, 2))


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(9)])
def test_bytes_are_text(kind: pa.DataType) -> None:
    def encoded(*texts: str) -> pa.Array:
        return pa.array([text.ljust(9).encode() for text in texts], kind)

    loaded = read_costs(
        bill(
            RegionId=encoded("us-east-1", "eu-west-1"),
            BillingCurrency=encoded("EUR", "EUR"),
            BilledCost=encoded("1.10", "2.20"),
        )
    )
    assert loaded.frame["RegionId"].tolist() == ["us-east-1", "eu-west-1"]
    assert (loaded.info.currency, loaded.info.billed_cost) == ("EUR", Decimal("3.30"))


def test_bytes_inside_of_tags_are_text() -> None:
    tags = pa.array([[(b"user:Team", b"Core")], []], pa.map_(pa.binary(), pa.binary()))
    assert read_costs(bill(Tags=tags)).frame["Tags"].tolist() == ['{"Team":"Core"}', "{}"]


def test_a_key_that_a_map_repeats_is_named() -> None:
    tags = pa.array([[("Team", "A"), ("Team", "B")], []], pa.map_(pa.string(), pa.string()))
    loaded = read_costs(bill(Tags=tags))
    assert loaded.frame["Tags"].tolist() == ['{"Team":"A"}', "{}"]
    assert issue(loaded, "malformed_tags") == (1, 1.10, (1,))


@pytest.mark.parametrize(
    "ids",
    [
        [123456789012.0, None],
        pa.array([Decimal("123456789012.00"), None]),
        pa.array(["123456789012", " "]),
        pa.array([123456789012, None]),
    ],
)
def test_ids_are_text_without_places(ids: object) -> None:
    accounts = read_costs(bill(SubAccountId=ids)).frame["SubAccountId"]
    assert accounts.fillna("-").tolist() == ["123456789012", "-"]


def test_a_blank_currency_is_none_at_all() -> None:
    loaded = read_costs(bill(BillingCurrency=["", " eur "]))
    assert loaded.info.currency == "EUR"
    assert issue(loaded, "currency_assumed")[0] == 1


@pytest.mark.parametrize("column", ["ChargePeriodStart", "ChargePeriodEnd"])
@pytest.mark.parametrize(
    "times",
    [
        pa.array([0, 2**61], pa.timestamp("us", tz="UTC")),
        pa.array([0, -(2**61)], pa.timestamp("us")),
        pa.array([0, 2**50], pa.timestamp("s")),
        pa.array([0, 253_402_300_799_999], pa.timestamp("ms")),  # 9999-12-31
        pa.array([0, 253_402_300_799_999], pa.date64()),
        pa.array([0, 2**30], pa.date32()),
        pa.array([0, -1], pa.timestamp("ns")),
        pa.array(["2026-09-01", "9999-12-31"]),
    ],
    ids=str,
)
def test_times_of_no_year_that_counts(column: str, times: pa.Array) -> None:
    with pytest.raises(
        FrameError, match=rf"row 2: {column} holds .*the years 1970 to 2199; leave an open"
    ):
        read_costs(bill(**{column: times}))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (pa.array([7_258_118_399, None], pa.timestamp("s")), "2199-12-31T23:59:59+00:00"),
        (pa.array([0, None], pa.timestamp("ms", tz="America/New_York")), "1970-01-01T00:00:00+00:00"),
        (pa.array([1_001, None], pa.timestamp("ns", tz="UTC")), "1970-01-01T00:00:00.000001+00:00"),
        (pa.array([20_697, None], pa.date32()), "2026-09-01T00:00:00+00:00"),
        (pa.array([86_400_000, None], pa.date64()), "1970-01-02T00:00:00+00:00"),
    ],
)
def test_times_of_every_unit(times: pa.Array, expected: str) -> None:
    ends = read_costs(bill(BillingPeriodEnd=times)).frame["BillingPeriodEnd"]
    assert [ends[0].isoformat(), ends.isna().tolist()] == [expected, [False, True]]


@pytest.mark.parametrize("column", ["RegionId", "ServiceName", "Tags", "BilledCost"])
@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_bytes_that_are_no_utf8(column: str, kind: pa.DataType) -> None:
    with pytest.raises(FrameError, match=rf"f\.parquet, row 2: {column} holds bytes that are not UTF-8"):
        read_costs(bill(**{column: invalid(kind)}))


def test_bytes_that_are_no_utf8_inside_of_tags() -> None:
    tags = pa.array([[(b"a", b"a")], [(b"a", b"\xff")]], pa.map_(pa.binary(), pa.binary()))
    with pytest.raises(
        FrameError, match=r"row 2: Tags holds bytes that are not UTF-8|column Tags .* cannot be read"
    ):
        read_costs(bill(Tags=tags))


@pytest.mark.parametrize(
    ("costs", "found"),
    [
        ([1.0, 1e20], "'1e[+]20'"),
        (["1", "1e20"], "'1e20'"),
        (pa.array([1, 10**15]), "'1000000000000000'"),
        (pa.array([Decimal(1), Decimal(10**15)]), "'1000000000000000'"),
        (pa.array([Decimal("1.00"), Decimal("9" * 30 + ".00")]), "'9{30}'"),
        ([1.0, float("inf")], "'inf'"),
    ],
)
def test_costs_out_of_range_name_their_row(costs: object, found: str) -> None:
    with pytest.raises(
        FrameError, match=rf"f\.parquet, row 2: BilledCost holds {found}; expected .* 1e15"
    ):
        read_costs(bill(BilledCost=costs))


def test_types_that_hold_no_charge() -> None:
    with pytest.raises(InputError, match="BilledCost"):
        read_costs(bill(BilledCost=pa.array([{"a": 1}, None])))
    with pytest.raises(FrameError, match="row 1: ChargePeriodStart holds '00:00:01'"):
        read_costs(bill(ChargePeriodStart=pa.array([1, 2], pa.time32("s"))))


def test_a_damaged_parquet_file() -> None:
    whole = bill().data
    with pytest.raises(FileUnreadable, match=r"^f\.parquet: "):
        read_costs(InputFile("f.parquet", whole[:-20]))


def test_one_huge_cell_is_one_error() -> None:
    # As an array of fixed width, these texts would take 20,000 × 1 MB × 4.
    line = "2026-09-01,us-east-1,c5.large,"
    rows = [f"{line}1"] * 20_000 + [line + "x" * 1_000_000]
    text = "Hour,Region,InstanceType,Quantity\n" + "\n".join(rows) + "\n"
    with pytest.raises(FrameError, match=r"row 20002: Quantity holds 'x{199}…'; expected a number"):
        read_usage(InputFile("f.csv", text.encode()))


def test_an_infinite_rate_is_said() -> None:
    text = "Hour,Region,InstanceType,Quantity,OnDemandRateUSD\n2026-09-01,us-east-1,c5.large,1,inf\n"
    assert issue(read_usage(InputFile("f.csv", text.encode())), "bad_rate")[0] == 1


@pytest.mark.parametrize(
    "cell",
    [
        np.array([{"Key": "Team", "Value": "Core"}], dtype=object),
        [("Team", "Core")],
        [["Team", "Core"]],
        {"Team": "Core"},
        [{"Key": b"Team", "Value": b"Core"}],
        b"Team=Core",
    ],
    ids=["structs", "map", "pairs", "dict", "bytes", "text"],
)
def test_nested_tags_of_a_frame(cell: object) -> None:
    raw = pd.DataFrame(
        {
            "InstanceId": ["i-1", "i-2"],
            "Region": "us-east-1",
            "CostUSD": 1.0,
            "InstanceType": "c5.large",
            "State": "running",
            "Tags": pd.Series([cell, None], dtype="object"),
        }
    )
    assert clean_ec2_data(raw)["Tags"].tolist() == ['{"Team":"Core"}', "{}"]
