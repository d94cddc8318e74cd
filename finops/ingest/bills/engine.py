"""What does an engine do with a bill? Raw tables to flat lines, flat lines to what the cache keeps.

The engine is opened when it is first needed: a bill that is all in the cache needs none. Ibis takes a
second to load, so it is imported where it is used.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq

from finops.ingest.bills.formats import FOCUS, BillFormat
from finops.ingest.bills.progress import Progress
from finops.periods import Month

if TYPE_CHECKING:
    import ibis

    from finops.ingest.bills.backend import Backend
    from finops.ingest.bills.surveyed import Replaced
    from finops.ingest.bills.tag_sets import TagSets

_COSTS_ORDER = (
    *("ChargePeriodStart", "SubAccountId", "ServiceName", "RegionId", "ResourceId", "SkuId"),
    *("ChargeCategory", "CommitmentDiscountId", "CommitmentDiscountStatus", "ChargeDescription"),
    *("BilledCost", "Tags"),
)
_HOUR = 3_600
_KEY_COLUMNS = (
    *("ChargePeriodStart", "ChargePeriodEnd", "ResourceId", "UsageType", "SkuId", "Operation"),
    *("LineItemType", "ChargeCategory", "ConsumedQuantity", "LineItemId"),
    *("BillingAccountId", "SubAccountId", "ServiceName", "RegionId", "AvailabilityZone", "TagSetId"),
)
# Of covered usage: what AWS's rounding of its lines and of their negation may differ by.
_ROUNDED = Decimal("1e-6")


@dataclass(slots=True, kw_only=True)
class Engine:
    """The engine of a run, opened when it is first needed and closed with ``stack``.

    ``folder`` is the run's own; the engine spills there. Every method raises Cancelled on request.
    """

    progress: Progress
    name: str | None
    folder: Path
    stack: ExitStack
    _backend: Backend | None = None
    _known: TagSets | None = None

    @property
    def backend(self) -> Backend:
        self.progress.check()
        if self._backend is None:
            from finops.ingest.bills.backend import connected  # noqa: PLC0415 – takes a second

            self._backend = self.stack.enter_context(connected(self.name, self.folder / "spill"))
            self.stack.enter_context(self.progress.interrupting(self._backend.interrupt))
        return self._backend

    @property
    def known(self) -> TagSets:
        if self._known is None:
            from finops.ingest.bills.tag_sets import TagSets  # noqa: PLC0415

            self._known = TagSets()
        return self._known

    def flatten(self, location: str, bill_format: BillFormat, path: Path) -> None:
        """Write the flat lines of a raw table; its tag sets are known then."""
        from finops.ingest.bills.cur_lines import cur_lines  # noqa: PLC0415
        from finops.ingest.bills.focus_lines import focus_lines  # noqa: PLC0415
        from finops.ingest.bills.tag_sets import flat_lines  # noqa: PLC0415

        read = focus_lines if bill_format.name == FOCUS else cur_lines
        lines = read(self.backend.read(location), bill_format)
        self.backend.write(flat_lines(lines, self.backend, self.known), path)

    def survey(self, location: str, path: Path, folder: Path) -> None:
        """Write what must be known of a raw table and of its flat lines: sums by hour, the facts."""
        from finops.ingest.bills.doctor_facts import RAW_FACTS  # noqa: PLC0415

        lines, sets = self.backend.read(path), self.backend.memory(self.known.table())
        self._sum(lines, sets, folder)
        for name, raw_fact in RAW_FACTS.items():
            self._keep(raw_fact(self.backend.read(location)), folder / f"{name}.parquet")

    def survey_rest(self, lines: ibis.Table, folder: Path) -> None:
        """Write the same of those lines of a table that count where others do not."""
        self._sum(lines, self.backend.memory(self.known.table()), folder)

    def _sum(self, lines: ibis.Table, sets: ibis.Table, folder: Path) -> None:
        from finops.ingest.bills.doctor_facts import PART_FACTS  # noqa: PLC0415

        self._keep(hourly_sums(lines), folder / "hours.parquet")
        self._keep(account_pairs(lines), folder / "pairs.parquet")
        for name, fact in PART_FACTS.items():
            self._keep(fact(lines, sets), folder / f"{name}.parquet")

    def reduce(self, several: Sequence[ibis.Table], folder: Path) -> Mapping[str, Any]:
        """Write the tables and facts of a billing month's lines; how many rows the large ones have."""
        from finops.ingest.bills import reductions  # noqa: PLC0415
        from finops.ingest.bills.doctor_facts import PERIOD_FACTS  # noqa: PLC0415

        stored = self.folder / f"settled-{time.monotonic_ns()}.parquet"
        lines, sets = self._settled(several, stored), self.backend.memory(self.known.table())
        usage = reductions.usage(lines)
        large = {
            "costs": reductions.costs(lines, sets).order_by(*_COSTS_ORDER),
            "costs_by_account": reductions.costs(lines, sets, grain="account").order_by(*_COSTS_ORDER),
            "usage": usage.order_by(*usage.columns[:9]),
        }
        for name, expression in large.items():
            self.backend.write(expression, folder / f"{name}.parquet")
        self.backend.write(reductions.covered(lines), folder / "covered.parquet")
        self._keep(reductions.commitments(lines), folder / "commitments.parquet")
        self._keep(reductions.instances(lines).order_by("InstanceId"), folder / "instances.parquet")
        self._keep(reductions.buckets(lines).order_by("BucketName"), folder / "buckets.parquet")
        (folder / "facts").mkdir()
        for name, fact in PERIOD_FACTS.items():
            self._keep(fact(lines, sets), folder / "facts" / f"{name}.parquet")
        self._keep_tags(folder, "instances", "buckets")
        rows = {name: pyarrow.dataset.dataset(folder / f"{name}.parquet").count_rows() for name in large}
        if stored.exists():
            _remove(stored)  # the lines of the next month take as much room
        return {"rows": rows}

    def _settled(self, several: Sequence[ibis.Table], path: Path) -> ibis.Table:
        """The lines of a month ready to be added, stored: each of a dozen queries would do it again."""
        import ibis  # noqa: PLC0415

        from finops.ingest.bills.reductions import profile  # noqa: PLC0415
        from finops.ingest.bills.settled import settled  # noqa: PLC0415

        lines = several[0] if len(several) == 1 else ibis.union(*several)
        found = self.backend.arrow(profile(lines))
        if not len(found):
            return lines
        blank, folded = _profile(found)
        self.backend.write(settled(lines, blank_plan_fees=blank, folded=folded), path)
        return self.backend.read(path)

    def _keep_tags(self, folder: Path, *names: str) -> None:
        """The tags of the resources only: a large bill has millions of tag sets."""
        used = [pq.read_table(folder / f"{name}.parquet").column("TagSetId") for name in names]
        ids = pa.chunked_array([chunk for column in used for chunk in column.chunks], pa.int64())
        sets = self.known.table().select(["TagSetId", "Tags"])
        pq.write_table(sets.filter(pc.is_in(sets["TagSetId"], ids)), folder / "tags.parquet")

    def _keep(self, expression: ibis.Table, path: Path) -> None:
        pq.write_table(self.backend.arrow(expression), path)


def _remove(path: Path) -> None:
    """A Parquet file of DuckDB, or a folder of them of Spark."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _profile(rows: pa.Table) -> tuple[bool, bool]:
    """Whether plan fees are blank, and whether covered usage and its negation cancel in the month."""
    found = rows.to_pylist()
    pairs = [("Covered", "Negation"), ("GrossCovered", "GrossNegation")]
    sums = {name: sum(row[name] or 0 for row in found) for pair in pairs for name in pair}
    cancel = all(
        abs(sums[covered] + sums[negation]) <= abs(sums[covered]) * _ROUNDED
        for covered, negation in pairs
    )
    return any(row["BlankPlanFees"] for row in found), cancel and any(sums.values())


def hourly_sums(lines: ibis.Table) -> ibis.Table:
    """Lines and dollars by billing Month, Hour of their start and Currency, null where unknown."""
    import ibis  # noqa: PLC0415 – a bill that is cached needs no engine

    start = lines.ChargePeriodStart
    seconds = lines.ChargePeriodEnd.epoch_seconds() - start.epoch_seconds()
    of_usage = lines.ChargeCategory == "Usage"
    return lines.group_by(
        Month=ibis.coalesce(lines.BillingPeriodStart, start).truncate("M"),
        Hour=start.truncate("h"),
        Currency=lines.BillingCurrency.upper(),
    ).agg(
        Lines=lines.count(),
        Invoiced=lines.InvoiceId.count(),
        Priced=lines.BilledCost.count(),
        Billed=lines.BilledCost.sum(),
        Effective=lines.EffectiveCost.sum(),
        List=lines.ListCost.sum(),
        HourlyUsage=(of_usage & (seconds <= _HOUR)).fill_null(False).ifelse(1, 0).sum(),
        LongerUsage=(of_usage & (seconds > _HOUR)).fill_null(False).ifelse(1, 0).sum(),
        FirstPayer=lines.BillingAccountId.min(),
        LastPayer=lines.BillingAccountId.max(),
        First=start.min(),
        Last=ibis.coalesce(lines.ChargePeriodEnd, start).max(),
    )


def account_pairs(lines: ibis.Table) -> ibis.Table:
    """The billing and sub accounts of each billing Month, blank where a line does not say."""
    import ibis  # noqa: PLC0415

    return lines.select(
        Month=ibis.coalesce(lines.BillingPeriodStart, lines.ChargePeriodStart).truncate("M"),
        BillingAccountId=lines.BillingAccountId.fill_null(""),
        SubAccountId=lines.SubAccountId.fill_null(""),
    ).distinct()


def key_lines(tables: Sequence[ibis.Table], hours: Sequence[datetime]) -> ibis.Table:
    """What tells the lines of these hours apart, and how many Lines are so, of every table.

    The table's place is column Place.
    """
    import ibis  # noqa: PLC0415 – a bill that is cached needs no engine

    # Naive, as the lines are: an engine would shift a time with a zone.
    starts = [ibis.timestamp(hour.replace(tzinfo=None)) for hour in hours]
    several = []
    for place, lines in enumerate(tables):
        hour = lines.ChargePeriodStart.truncate("h")
        narrow = lines.filter(hour.isin(starts))
        keys = {name: narrow[name] for name in _KEY_COLUMNS}
        several.append(
            narrow.group_by(
                Place=ibis.literal(place, "int64"),
                Hour=narrow.ChargePeriodStart.truncate("h"),
                **keys,
            ).agg(Lines=narrow.count())
        )
    return several[0] if len(several) == 1 else ibis.union(*several)


def lines_without(lines: ibis.Table, replaced: Replaced) -> ibis.Table:
    """The lines of a month that no other table replaces."""
    import ibis  # noqa: PLC0415

    for block in replaced.blocks:
        # Naive, as the lines are: an engine would shift a time with a zone.
        hours = [ibis.timestamp(hour.replace(tzinfo=None)) for hour in sorted(block.hours)]
        payer, own = lines.BillingAccountId.fill_null(""), lines.SubAccountId.fill_null("")
        accounts = [" ".join(pair) for pair in sorted(block.accounts)]
        held = lines.ChargePeriodStart.truncate("h").isin(hours)
        lines = lines.filter(~(held & (payer + " " + own).isin(accounts)))
    return lines


def lines_of_month(lines: ibis.Table, month: str) -> ibis.Table:
    """The lines of a billing month, with a beginning and the ends of the month where they have none."""
    import ibis  # noqa: PLC0415

    days = Month.parse(month)
    start, end = ibis.timestamp(f"{days.start} 00:00:00"), ibis.timestamp(f"{days.end} 00:00:00")
    belongs = ibis.coalesce(lines.BillingPeriodStart, lines.ChargePeriodStart)
    own = lines.filter((belongs >= start) & (belongs < end))
    filled = {"BillingPeriodStart": start, "BillingPeriodEnd": end, "ChargePeriodStart": start}
    return own.mutate(
        **{name: ibis.coalesce(own[name], value).cast("timestamp") for name, value in filled.items()}
    )
