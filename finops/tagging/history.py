"""How has compliance gone? A snapshot a day in the document ``tag_compliance.json``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from finops.errors import StateTooNew, StateUnreadable
from finops.storage import JsonStore, StoredDocument, default_store
from finops.tagging.policy import TaggingPolicy
from finops.tagging.report import ComplianceReport

HISTORY_FILE = "tag_compliance.json"
DAYS_KEPT = 3660


class Snapshot(BaseModel):
    """Compliance on one day. ``policy`` tells policies apart: a step in the trend may be a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    sample: bool
    resources: int = Field(ge=0)
    compliant: int = Field(ge=0)
    compliance_pct: float | None
    compliance_by_cost_pct: float | None
    total_cost_usd: float
    compliant_cost_usd: float
    target_pct: float
    policy: str


class ComplianceHistory(StoredDocument):
    """Snapshots by day, oldest first; those of the sample estate beside those of the user's."""

    reset_command: ClassVar[str] = "python -m finops tags reset"

    snapshots: tuple[Snapshot, ...] = ()

    def with_snapshot(self, snapshot: Snapshot) -> ComplianceHistory:
        """One snapshot a day and estate: the last of a day stays. The last 3660 are kept."""
        day = (snapshot.as_of, snapshot.sample)
        others = [one for one in self.snapshots if (one.as_of, one.sample) != day]
        ordered = sorted([*others, snapshot], key=lambda one: (one.as_of, one.sample))
        return ComplianceHistory(snapshots=tuple(ordered[-DAYS_KEPT:]))


def snapshot_of(report: ComplianceReport, policy: TaggingPolicy, as_of: date, sample: bool) -> Snapshot:
    """The figures of a report that a trend needs."""
    return Snapshot(
        as_of=as_of,
        sample=sample,
        resources=report.resources,
        compliant=report.compliant,
        compliance_pct=report.compliance_pct,
        compliance_by_cost_pct=report.compliance_by_cost_pct,
        total_cost_usd=report.total_cost_usd,
        compliant_cost_usd=report.compliant_cost_usd,
        target_pct=report.target_pct,
        policy=hashlib.sha256(policy.model_dump_json().encode()).hexdigest()[:12],
    )


@dataclass(frozen=True, slots=True)
class HistoryBook:
    """The snapshots of a state folder, by default the user's."""

    store: JsonStore = field(default_factory=default_store)

    def trend(self, sample: bool) -> tuple[Snapshot, ...]:
        """The snapshots of the sample estate, or those of the user's, oldest first."""
        kept = self.store.read(HISTORY_FILE, ComplianceHistory).value.snapshots
        return tuple(one for one in kept if one.sample == sample)

    def record(self, snapshot: Snapshot) -> None:
        """Keep a snapshot. Raises StateError where the document cannot be read or written."""
        self.store.update(HISTORY_FILE, ComplianceHistory, lambda kept: kept.with_snapshot(snapshot))

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename a document that cannot be read; where it is now."""
        try:
            self.trend(sample=True)
        except (StateUnreadable, StateTooNew):
            return (self.store.reset(HISTORY_FILE, at),)
        return ()
