"""Which account buys? For Reserved Instances the one with the largest demand, for plans the payer.

A plan serves its owner's usage before that of the organisation, whatever saves most: bought in an
account that runs nothing itself, such as the management account, it always serves the highest saving
first. An hour of a Reserved Instance is worth the same wherever it is used.
Source: Savings Plans user guide, "Calculating your bills with Savings Plans".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from finops.ri_engine.claims import RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.options import Option
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.sizes import family_of

_KEYS = ("Region", "InstanceType", "Platform", "Tenancy", "Family")


@dataclass(frozen=True, slots=True)
class Buyers:
    """On-Demand dollars by line, with what a purchase may ask for."""

    lines: pd.DataFrame
    known: dict[tuple[str | None, ...], str | None] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, evidence: Evidence, demand: Demand) -> Buyers:
        lines = demand.lines.assign(
            Family=demand.lines["InstanceType"].map(family_of),
            Dollars=evidence.usd * demand.quantity.mean(axis=1),
        )
        return cls(lines.dropna(subset="AccountId"))

    def account(self, option: Option | Purchase) -> str | None:
        """The account with most On-Demand dollars in its reach; None where none is known.

        A plan that serves several accounts has None: whoever runs nothing eligible should buy it.
        """
        wanted = (
            option.region,
            option.instance_type,
            option.platform,
            option.tenancy,
            option.instance_family,
        )
        asked = (option.kind, *wanted)
        if asked not in self.known:
            self.known[asked] = self._largest(option.kind, wanted)
        return self.known[asked]

    def _largest(self, kind: str, wanted: Sequence[str | None]) -> str | None:
        lines = self.lines
        for key, value in zip(_KEYS, wanted, strict=True):
            if value is not None:
                lines = lines[lines[key] == value]
        if lines.empty:
            return None
        sums = lines.groupby("AccountId")["Dollars"].sum()
        if kind != RI and len(sums) > 1:
            return None
        return str(sums.index[int(sums.to_numpy().argmax())])
