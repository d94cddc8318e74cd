"""Which account buys? For Reserved Instances the one with the largest demand, for plans the payer.

A plan serves its owner's usage before that of the organisation, whatever saves most: bought in an
account that runs nothing itself, such as the management account, it always serves the highest saving
first. An hour of a Reserved Instance is worth the same wherever it is used.
Source: Savings Plans user guide, "Calculating your bills with Savings Plans".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from finops.ri_engine.claims import RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.options import Option
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import family_of

Texts: TypeAlias = npt.NDArray[Any]

_KEYS = ("Region", "InstanceType", "Platform", "Tenancy", "Family")


@dataclass(frozen=True, slots=True)
class Buyers:
    """On-Demand ``dollars`` (L,) by line, the account (``owners``) of each, and ``facts``, which a
    purchase may ask for."""

    owners: Texts
    dollars: Floats
    facts: tuple[Texts, ...]
    known: dict[tuple[str | None, ...], str | None] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, evidence: Evidence, demand: Demand) -> Buyers:
        usd = evidence.usd * demand.quantity.mean(axis=1)
        lines = demand.lines.assign(Family=demand.lines["InstanceType"].map(family_of))
        known = lines["AccountId"].notna().to_numpy()
        account, *facts = (lines.loc[known, key].to_numpy(dtype=object) for key in ("AccountId", *_KEYS))
        return cls(account, usd[known], tuple(facts))

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
        within = np.ones(len(self.owners), dtype=np.bool_)
        for fact, value in zip(self.facts, wanted, strict=True):
            if value is not None:
                within &= fact == value
        if not within.any():
            return None
        accounts, number = np.unique(self.owners[within], return_inverse=True)
        if kind != RI and len(accounts) > 1:
            return None
        return str(accounts[np.bincount(number, weights=self.dollars[within]).argmax()])
