"""One runner of ``make bench-billing`` in a process of its own: prints its seconds and its memory."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import bill_lines

ROUNDS = 3
MEMORY = "200MB"

COLUMNS = {
    "chargeback": ("BillingPeriodStart", "ServiceName", "TagSetId", "BilledCost", "EffectiveCost"),
    "usage": (
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "SubAccountId",
        "RegionId",
        "AvailabilityZone",
        "InstanceType",
        "Platform",
        "Tenancy",
        "PurchaseOption",
        "LineItemType",
        "CommitmentDiscountStatus",
        "ConsumedQuantity",
        "PricingQuantity",
        "OnDemandRate",
    ),
}
SQL = {
    "chargeback": """
        SELECT t.Team, c.ServiceName, c.Month, sum(c.Billed) AS Billed, sum(c.Effective) AS Effective
        FROM (SELECT TagSetId, ServiceName, BillingPeriodStart AS Month,
                     sum(BilledCost) AS Billed, sum(EffectiveCost) AS Effective
              FROM lines GROUP BY ALL) c
        JOIN tag_sets t USING (TagSetId) GROUP BY ALL""",
    "usage": """
        SELECT date_trunc('hour', ChargePeriodStart) AS Hour, SubAccountId, RegionId, AvailabilityZone,
               InstanceType, Platform, Tenancy, PurchaseOption,
               sum(coalesce(ConsumedQuantity, PricingQuantity)) AS Quantity, max(OnDemandRate) AS Rate
        FROM lines
        WHERE InstanceType IS NOT NULL
          AND LineItemType IN ('Usage', 'SavingsPlanCoveredUsage', 'DiscountedUsage')
          AND (CommitmentDiscountStatus IS NULL OR CommitmentDiscountStatus <> 'Unused')
          AND ChargePeriodEnd <= ChargePeriodStart + INTERVAL 1 HOUR
        GROUP BY ALL""",
}


def by_sql(folder: Path, sql: str) -> Callable[[], object]:
    """Hand-written SQL; the answer is taken as Arrow, as ours is."""
    import duckdb  # noqa: PLC0415 – each runner loads only what it needs, or its memory says nothing

    connection = duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": "false"})
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    files = bill_lines.line_files(folder)
    connection.execute(f"CREATE VIEW lines AS FROM read_parquet({files})")
    connection.execute(f"CREATE VIEW tag_sets AS FROM read_parquet('{folder / 'tag_sets.parquet'}')")
    return lambda: connection.execute(sql).to_arrow_table()


def ours(folder: Path, question: str, engine: str, open_ones: ExitStack) -> Callable[[], object]:
    os.environ["FINOPS_MEMORY_LIMIT"] = MEMORY
    from finops.ingest.bills import reductions  # noqa: PLC0415
    from finops.ingest.bills.backend import connected  # noqa: PLC0415

    backend = open_ones.enter_context(connected(engine))
    lines = backend.read(bill_lines.line_files(folder))
    if question == "usage":
        return lambda: backend.arrow(reductions.usage(lines))
    tag_sets = backend.read(folder / "tag_sets.parquet")
    return lambda: backend.arrow(reductions.charges_by(lines, tag_sets, "Team"))


def by_pandas(folder: Path, question: str) -> Callable[[], object]:
    import pandas as pd  # noqa: PLC0415

    def chargeback() -> object:
        lines = pd.concat(pd.read_parquet(f, columns=list(COLUMNS[question])) for f in files)
        money = {name: lines[name].astype("float64") for name in ("BilledCost", "EffectiveCost")}
        teams = pd.read_parquet(folder / "tag_sets.parquet", columns=["TagSetId", "Team"])
        named = lines.assign(**money).merge(teams, on="TagSetId")
        keys = ["Team", "ServiceName", "BillingPeriodStart"]
        return named.groupby(keys, dropna=False)[["BilledCost", "EffectiveCost"]].sum()

    def usage() -> object:
        lines = pd.concat(pd.read_parquet(f, columns=list(COLUMNS[question])) for f in files)
        ran = lines[lines["InstanceType"].notna() & (lines["CommitmentDiscountStatus"] != "Unused")]
        keys = ["ChargePeriodStart", *COLUMNS["usage"][2:9]]
        return ran.groupby(keys, dropna=False)["ConsumedQuantity"].sum()

    files = bill_lines.line_files(folder)
    return chargeback if question == "chargeback" else usage


def runner_of(folder: Path, question: str, runner: str, open_ones: ExitStack) -> Callable[[], object]:
    match runner:
        case "bare sum":
            return by_sql(folder, f"SELECT sum({COLUMNS[question][-1]}) FROM lines")
        case "bare scan":
            scans = ", ".join(_touched(name) for name in COLUMNS[question])
            return by_sql(folder, f"SELECT {scans} FROM lines")
        case "SQL":
            return by_sql(folder, SQL[question])
        case "ours, DuckDB":
            return ours(folder, question, "duckdb", open_ones)
        case "ours, Spark":
            return ours(folder, question, "pyspark", open_ones)
    return by_pandas(folder, question)


def _touched(name: str) -> str:
    """The cheapest that makes DuckDB decode every value: a bare max() is answered by file statistics."""
    if name.startswith(("ChargePeriod", "BillingPeriod")):
        return f"sum(epoch_us({name}) % 7)"
    if name in {
        "BilledCost",
        "EffectiveCost",
        "TagSetId",
        "ConsumedQuantity",
        "PricingQuantity",
        "OnDemandRate",
    }:
        return f"sum({name})"
    return f"sum(strlen({name}))"


def _resident_megabytes() -> float:
    """What this process and its children hold in memory now."""
    total = 0
    for process in [os.getpid(), *_children(os.getpid())]:
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            continue
        sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        total += int(sizes[0]) if sizes else 0
    return total / 1024


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _watch(stop: threading.Event, peak: list[float]) -> None:
    while not stop.wait(0.02):
        peak[0] = max(peak[0], _resident_megabytes())


def main() -> None:
    folder, question, runner = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    stop, peak = threading.Event(), [_resident_megabytes()]
    threading.Thread(target=_watch, args=(stop, peak), daemon=True).start()
    with ExitStack() as open_ones:
        run = runner_of(folder, question, runner, open_ones)
        best = min(_seconds(run) for _ in range(ROUNDS))
    stop.set()
    print(json.dumps({"seconds": best, "megabytes": peak[0]}))


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
