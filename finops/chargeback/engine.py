"""The public face of the chargeback: from frames to a report, and from a report to a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from finops.chargeback.allocation import allocate
from finops.chargeback.charges import (
    CHARGES,
    BillBasis,
    VirtualTagging,
    charges_from_costs,
    charges_from_inventory,
)
from finops.chargeback.export import chargeback_csv
from finops.chargeback.report import ChargebackReport, Shared
from finops.chargeback.rules import AllocationRules, with_virtual_tags
from finops.chargeback.shares import Drivers
from finops.errors import AllocationError
from finops.files import write_whole
from finops.periods import Month, Span


@dataclass(frozen=True, slots=True)
class ChargebackEngine:
    """Cost by team, project, owner or any other tag key, or by ``AccountId``."""

    def allocate_costs(
        self,
        ec2: pd.DataFrame,
        s3: pd.DataFrame,
        allocation_tag: str = "Team",
        shared: Shared = "none",
        fixed_shares: Mapping[str, Decimal] | None = None,
        *,
        rules: AllocationRules | None = None,
        accounts: pd.DataFrame | None = None,
        drivers: Drivers | None = None,
        virtual_tags: VirtualTagging | None = None,
    ) -> ChargebackReport:
        """The run rate of the resource lists (``ec2`` and ``s3`` frames) by the tag, or by ``rules``.

        ``virtual_tags`` gives charges the virtual tags that they have; without one there are none.
        """
        return allocate(
            _tagged(charges_from_inventory(ec2, s3), virtual_tags),
            allocation_tag,
            shared,
            fixed_shares,
            basis="run_rate",
            source="inventory",
            period="730 h",
            document=_document(rules, virtual_tags),
            accounts=accounts,
            drivers=drivers,
        )

    def generate_chargeback_report(
        self,
        ec2: pd.DataFrame,
        s3: pd.DataFrame,
        allocation_tag: str = "Team",
        *,
        shared: Shared = "none",
        fixed_shares: Mapping[str, Decimal] | None = None,
        costs: pd.DataFrame | None = None,
        period: Month | None = None,
        span: Span | None = None,
        basis: BillBasis = "billed",
        rules: AllocationRules | None = None,
        accounts: pd.DataFrame | None = None,
        drivers: Drivers | None = None,
        virtual_tags: VirtualTagging | None = None,
    ) -> ChargebackReport:
        """The bill of a month by the tag, with the month before beside it; without a bill, the lists.

        ``costs`` is a ``costs`` frame and ``span`` the days it covers, by default those from the month
        of its first charge to its last charge; ``period`` is by default its last full month, else its
        last month. The ``period`` of the report is ``YYYY-MM``, or first/last day (ISO 8601) where the
        bill holds only a part of the month. A month before that it does not hold from its first day
        is not compared with. ``rules``, ``accounts`` and ``drivers`` as in ``allocate``, and
        ``virtual_tags`` as in ``allocate_costs``. Raises
        AllocationError for a month that the bill does not hold.
        """
        if costs is None or (costs.empty and span is None):
            if period is not None:
                raise AllocationError(
                    f"there is no bill of {period}: give costs, or leave the period out"
                )
            return self.allocate_costs(
                ec2,
                s3,
                allocation_tag,
                shared,
                fixed_shares,
                rules=rules,
                accounts=accounts,
                drivers=drivers,
                virtual_tags=virtual_tags,
            )
        days = costs["ChargePeriodStart"]
        held = span or Span(Month.of(days.min().date()).start, days.max().date())
        month = period or held.month or Month.of(held.last)
        commitments = (rules or AllocationRules()).commitments
        charges = _tagged(charges_from_costs(costs, month, basis, commitments), virtual_tags)
        if charges.empty:
            raise AllocationError(
                f"the bill has no charge in {month}; it goes from {held.first} to {held.last}"
            )
        before = charges_from_costs(costs, month.previous(), basis, commitments)
        before = _tagged(before, virtual_tags)
        return allocate(
            charges,
            allocation_tag,
            shared,
            fixed_shares,
            None if before.empty or held.first > month.previous().start else before,
            basis=basis,
            source="costs",
            period=held.name(month),
            document=_document(rules, virtual_tags),
            accounts=accounts,
            drivers=drivers,
        )

    def export_chargeback_csv(self, report: ChargebackReport, path: str | Path) -> Path:
        """Write the lines as CSV (UTF-8), whole or not at all. Raises OutputError where it cannot."""
        target = Path(path)
        write_whole(target, chargeback_csv(report).encode())
        return target


def _tagged(charges: pd.DataFrame, virtual_tags: VirtualTagging | None) -> pd.DataFrame:
    if virtual_tags is None:
        return charges
    return CHARGES.conform(charges.assign(VirtualTags=virtual_tags(charges)))


def _document(
    rules: AllocationRules | None, virtual_tags: VirtualTagging | None
) -> AllocationRules | None:
    return rules if virtual_tags is None else with_virtual_tags(rules or AllocationRules())
