"""What is known of an instance, and what was found on it? The records of rightsizing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from finops.insights.sizing import Option
from finops.pricing import InstanceSpec

Kind = Literal["stopped", "idle", "oversized", "burstable", "old_generation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Evidence = Literal["hourly", "snapshot", "catalogue"]


class Ran(NamedTuple):
    """Hours that an instance runs in a month of 730, and the part of them, 0 to 1, that is covered."""

    hours: float
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A running instance as its row, its metrics and the bill show it.

    Percentages are None where nobody measured. ``hourly`` says that they are of 14 whole days: the peak
    (P99.5), the highest and the mean; else all three are the one figure of the list. ``covered`` is None
    where no bill says what commitments cover of it.
    """

    instance_id: str
    account_id: str | None
    region: str
    platform: str
    spec: InstanceSpec
    usd_per_hour: float | None
    hours: float
    covered: float | None
    hourly: bool
    cpu_peak_pct: float | None
    cpu_max_pct: float | None
    cpu_mean_pct: float | None
    memory_peak_pct: float | None
    network_mbps: float | None

    def month(self, usd_per_hour: float) -> float:
        """What a price comes to in a month of the hours that no commitment covers."""
        return usd_per_hour * self.hours * (1 - (self.covered or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with one instance, and what to do.

    ``counts`` says that its dollars may be added to others'; else it is a candidate. ``hours`` a month
    (730 where nobody knows better), ``covered_pct`` of them by commitments, None where no bill says.
    ``saving_usd`` a month = (``usd_per_hour`` − the target's) × hours × (1 − covered), for a stopped
    instance what the list carries; None where a price is not known or nothing is saved. ``options`` are
    by risk, and the first is the target; none for idle and stopped instances. ``cpu_pct`` and
    ``memory_pct`` are what the finding rests on.
    """

    instance_id: str
    account_id: str | None
    region: str
    platform: str
    instance_type: str
    kind: Kind
    evidence: Evidence
    counts: bool
    hours: float
    covered_pct: float | None
    usd_per_hour: float | None
    saving_usd: float | None
    cpu_pct: float | None
    memory_pct: float | None
    options: tuple[Option, ...]
    reason: str

    @property
    def target(self) -> Option | None:
        """The type to change to."""
        return self.options[0] if self.options else None
