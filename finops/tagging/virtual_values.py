"""Which virtual tags does a charge have?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finops import tags
from finops.periods import utc
from finops.tagging.sums import Flags
from finops.tagging.virtual_tags import VirtualTag, service_meant


def virtual_tags_of(charges: pd.DataFrame, rules: Sequence[VirtualTag]) -> pd.Series:
    """The virtual tags of each charge as canonical JSON, ``{}`` for none.

    ``charges`` have ResourceId, ServiceName, Region, AccountId, Tags, and Start (null where the charge
    has no date: then no rule with dates fits). Of several rules for a key the first that fits counts.
    A key that the charge itself carries with a value, in exactly this spelling, gets none.
    """
    keys = sorted({one.key for one in rules})
    values = {key: _values(charges, key, [one for one in rules if one.key == key]) for key in keys}
    table = pd.DataFrame(values, index=charges.index, columns=keys)
    codes = np.zeros(len(charges), dtype=np.int64)
    for key in keys:
        _, codes = np.unique(
            codes * (len(charges) + 1) + pd.factorize(table[key])[0] + 1, return_inverse=True
        )
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    sets = [
        tags.canonical({key: value for key, value in table.iloc[at].items() if value is not None})
        for at in first
    ]
    return pd.Series(np.array(sets, dtype=object)[codes], index=charges.index, dtype="str")


def _values(charges: pd.DataFrame, key: str, rules: Sequence[VirtualTag]) -> pd.Series:
    """The value of one key by row, None where no rule fits or a tag of its own stands there."""
    own = tags.values(charges["Tags"], key).str.strip()
    free = np.array(own.isna() | own.eq(""), dtype=np.bool_)
    found = np.full(len(charges), None, dtype=object)
    facts = _Facts(charges)
    for one in rules:
        fits = free & facts.fit(one)
        found[fits] = one.value
        free = free & ~fits
    return pd.Series(found, index=charges.index, dtype="object")


class _Facts:
    """The charges by what a rule may ask of them: each distinct text is looked at once a rule."""

    def __init__(self, charges: pd.DataFrame) -> None:
        self._charges = charges
        self._coded = {
            name: pd.factorize(charges[name].astype("object"))
            for name in ("ResourceId", "AccountId", "Region", "ServiceName")
        }
        codes, distinct = self._coded["ResourceId"]
        self._place = {str(one): code for code, one in enumerate(distinct)}
        order = np.argsort(codes, kind="stable")
        self._rows, self._starts = order, np.searchsorted(codes[order], np.arange(len(distinct) + 1))

    def fit(self, one: VirtualTag) -> Flags:
        """Which rows the rule is for."""
        match = one.match
        if match.resource_ids:
            fits = self._named(match.resource_ids)
            if match.only_resources and not (one.starts or one.ends):
                return fits
        else:
            fits = np.ones(len(self._charges), dtype=np.bool_)
        for name, wanted in (("AccountId", match.accounts), ("Region", match.regions)):
            if wanted:
                fits &= self._where(name, [text in wanted for text in self._texts(name)])
        if match.services:
            services = {service_meant(text) for text in match.services}
            fits &= self._where(
                "ServiceName", [service_meant(text) in services for text in self._texts("ServiceName")]
            )
        if match.names:
            fits &= self._where(
                "ResourceId", [match.is_like(text) for text in self._texts("ResourceId")]
            )
        for key, value in match.tags.items():
            fits &= tags.values(self._charges["Tags"], key).eq(value).fillna(False).to_numpy(np.bool_)
        return fits & self._in_force(one)

    def _named(self, resources: Sequence[str]) -> Flags:
        fits = np.zeros(len(self._charges), dtype=np.bool_)
        for resource in resources:
            if (code := self._place.get(resource)) is not None:
                fits[self._rows[self._starts[code] : self._starts[code + 1]]] = True
        return fits

    def _texts(self, name: str) -> list[str]:
        return [str(text) for text in self._coded[name][1]]

    def _where(self, name: str, wanted: list[bool]) -> Flags:
        # A null has the code -1: the last one.
        return np.array([*wanted, False], dtype=np.bool_)[self._coded[name][0]]

    def _in_force(self, one: VirtualTag) -> Flags:
        days = self._charges["Start"]
        holds = pd.Series(True, index=self._charges.index)
        if one.starts:
            holds &= days.ge(utc(one.starts))
        if one.ends:
            holds &= days.lt(utc(one.ends) + pd.Timedelta(days=1))
        return holds.to_numpy(dtype=np.bool_)
