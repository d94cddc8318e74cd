"""What is this file? An offer file as JSON or CSV, an index of regions, or nothing that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from finops.errors import UnknownFormat
from finops.pricing.offer_files.figures import Figures
from finops.pricing.offer_files.in_csv import read_csv
from finops.pricing.offer_files.in_json import RegionIndex, read_json
from finops.pricing.offer_files.opening import lines, pieces

EXPECTED = (
    "expected AWS's index.json or index.csv of AmazonEC2, index.json or index.csv of a Savings Plan, or "
    "the region_index.json of either, each as it is or gzipped"
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_offer_file(
    path: Path, name: str, on_read: Callable[[int], None] = lambda _: None
) -> Figures | RegionIndex:
    """The figures of an offer file, or the addresses in an index of regions.

    ``name`` is what messages call the file, ``on_read`` hears of every byte that was read. The file is
    read once, in pieces: what is in memory is what is kept. Raises InputError (FileUnreadable,
    EmptyInput, UnknownFormat, CurrencyError) in one line that names the file and the remedy.
    """
    content = pieces(path, name, on_read)
    first = next(content).removeprefix(_BYTE_ORDER_MARK)
    start = first.lstrip()[:40]
    whole: Iterator[bytes] = chain((first,), content)
    if start.startswith(b"{"):
        return read_json(whole, name)
    if start.lower().lstrip(b'"').startswith(b"formatversion"):
        return read_csv(lines(whole, name), name)
    if start.startswith(b"<"):
        raise UnknownFormat(
            f"{name} is a web page or an error message, not an offer file; check its address. {EXPECTED}"
        )
    raise UnknownFormat(f"{name} begins with {start[:20]!r}; {EXPECTED}")
