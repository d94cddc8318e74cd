"""``make bench``: the benchmarks of this folder, table by table.

A time says something about a machine; a ratio of two times taken in turn, in one process, says
something about the code. Each row is the best of three runs of both.
"""

from __future__ import annotations

from benchmarks import (
    anomalies,
    calibration,
    forecasting,
    models,
    optimum,
    resource_list,
    slider,
    tag_cells,
    tag_inference,
    value,
)
from benchmarks.timing import Comparison

BENCHMARKS = (resource_list.reading, tag_cells.repeated, tag_cells.all_different)


def table(comparisons: list[Comparison]) -> str:
    rows = [("what", "ours", "against", "seconds", "seconds there", "ratio")]
    rows += [
        (c.what, c.ours, c.against, f"{c.seconds:.2f}", f"{c.seconds_against:.2f}", f"{c.ratio:.2f}")
        for c in comparisons
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows
    )


print(table([benchmark() for benchmark in BENCHMARKS]))
print("\nTags of a million resources\n" + tag_cells.table())
print("\nThe calculator:", slider.table())
print("\nThe optimiser\n" + optimum.table())
for benchmark in (value, calibration, forecasting, tag_inference, anomalies, models):
    print(f"\n{benchmark.__doc__}")
    benchmark.main(["--seeds", "evaluation"])
