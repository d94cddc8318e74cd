"""Plain tag cells at once: text by text what ``finops.tags.parse`` says of each."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import plain_tags, tags

SPECIAL = [
    None,
    "",
    "  ",
    "None",
    "{}",
    '{"Team": "Web"}',
    "Team=Web, Owner=Zoë",
    "Team=Web,Team=Data",
    "Team = Web",
    "Team=a=b",
    "Team=Web;Owner=Ada",
    "Team:Web,Owner:Ada",
    'Team="a,b",Owner=Ada',
    "user:Team=Web",
    "Team=Web,",
    "=Web",
    "Team",
    "Team=Web\n",
    "Team= Web",
    "Team=Web ",
]
_KEY = st.sampled_from(["Team", "Owner", "team", "a.b", "cost-center"])
_VALUE = st.text(alphabet="abZ09_./@+- ", max_size=6)
_SEPARATOR = st.sampled_from([",", ", "])


@st.composite
def plain_cells(draw: st.DrawFn) -> list[str]:
    """Cells of one shape, or near it: values may begin or end with a space, keys may be repeated."""
    keys, between = draw(st.lists(_KEY, min_size=1, max_size=4)), draw(_SEPARATOR)
    return [
        between.join(f"{key}={draw(_VALUE)}" for key in keys) for _ in range(draw(st.integers(1, 3)))
    ]


def read(texts: list[str | None]) -> list[str]:
    column = plain_tags.plain(pa.array(texts, type=pa.large_string()))
    others = {int(row): tags.parse(str(texts[row])).canonical for row in column.others}
    return column.canonical(others).to_pylist()


def one_by_one(texts: list[str | None]) -> list[str]:
    return [tags.parse(text or "").canonical for text in texts]


@given(
    cells=st.lists(plain_cells(), min_size=1, max_size=4),
    special=st.lists(st.sampled_from(SPECIAL), max_size=6),
)
def test_at_once_is_one_by_one(cells: list[list[str]], special: list[str | None]) -> None:
    # Often enough that every shape is one that is looked for.
    texts = [*special, *(cell for shape in cells for cell in shape * 10), *special]
    assert read(texts) == one_by_one(texts)


@pytest.mark.parametrize("special", SPECIAL)
def test_a_special_cell_among_plain_ones(special: str | None) -> None:
    texts = [*(f"Team=t{at},Owner=o{at}" for at in range(20)), special]
    assert read(texts) == one_by_one(texts)


def test_a_row_keeps_its_place_over_the_borders_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_tags, "CHUNK", 7)
    texts = [[f"Team=t{at},Owner=o", "", None, f"Owner='{at}'", f"a={at}"][at % 5] for at in range(100)]
    assert read(texts) == one_by_one(texts)
    assert read([]) == []


def test_every_shape_that_is_frequent_is_read_at_once() -> None:
    # Each tenth row is blank: a sample of each tenth would see nothing else.
    texts = ["" if at % 10 == 0 else f"Team=t{at}" for at in range(20_000)]
    assert not len(plain_tags.plain(pa.array(texts, type=pa.large_string())).others)


@pytest.mark.parametrize("blank", [None, ""])
def test_most_different_cells_are_the_text_of_their_tags(
    blank: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_TAG_CATEGORIES", 40)
    texts: list[str | None] = [f"Team=t{at},Owner=o" for at in range(90)]
    texts[3], texts[50], texts[70] = blank, "Owner", "nan"
    column, problems = tags.parse_column(pd.Series(texts, index=range(5, 95), name="Tags", dtype="str"))
    assert list(column) == one_by_one(texts)
    assert list(problems) == ["Owner"]
    assert (column.dtype, column.name, column.index[0]) == ("str", "Tags", 5)


def test_different_cells_of_few_sets_are_a_categorical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "MAX_TAG_CATEGORIES", 40)
    texts = [f"Team=t{' ' * at}" for at in range(60)]
    column, _ = tags.parse_column(pd.Series(texts, dtype="str"))
    assert list(column.cat.categories) == ['{"Team":"t"}']
    assert len(column) == 60
