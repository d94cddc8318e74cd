"""What does each target bear of each charge of the bill?

A row of the ``costs`` frame for each charge and target, so that a bill can be handed on with its
allocation. The parts of a charge add up to it exactly, in each of its costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

import numpy as np
import pandas as pd
import pyarrow as pa

from finops import schema, tags
from finops.chargeback.charges import COST_COLUMNS
from finops.chargeback.report import UNALLOCATED, ChargebackReport, Part
from finops.errors import AllocationError
from finops.money import exact_sum

ALLOCATED_TO, BY, RULE, PART = (
    "chargeback/allocated_to",
    "chargeback/by",
    "chargeback/rule",
    "chargeback/part",
)
_MONEY = tuple(name for name, kind in schema.COSTS.columns.items() if kind == "money")
_QUANTITIES = tuple(name for name, kind in schema.COSTS.columns.items() if kind == "number")
_ORDER = [
    "ChargePeriodStart",
    "SubAccountId",
    "ServiceName",
    "RegionId",
    "ResourceId",
    "SkuId",
    "ChargeCategory",
    "ChargeDescription",
    "Tags",
    *_MONEY,
]
_PLACES = 12


def borne_charges(report: ChargebackReport, of_month: pd.DataFrame) -> pd.DataFrame:
    """A ``costs`` frame: for each charge a row a target that bears of it, Tags with the allocation.

    ``of_month`` is the ``costs_of_month`` that the report was made of, row by row. Four tags are put to
    those of the charge: who bears it, by which key, the rule, and the part – ``direct``, ``shared``,
    ``unallocated`` or ``rounding``. Each cost and quantity of a shared charge is split as its pool is. Σ
    of the basis by target is the line to the cent, by rows of ``rounding`` (ChargeCategory
    Adjustment) where it needs one. The order of the charges changes nothing. A charge without a cost on
    the basis keeps its row. Raises AllocationError for a report that was not made of this bill.
    """
    if report.source != "costs" or len(of_month) != len(report.assigned.target):
        raise AllocationError(
            f"{report.period} was not made of this bill, so its charges cannot be handed on; "
            "give the bill that it was made of"
        )
    costs = schema.COSTS.conform(of_month)
    basis = COST_COLUMNS[report.basis]  # type: ignore[index]  # a bill has no run rate
    blocks = list(_blocks(report, costs, basis))
    blocks.extend(_rounding(report, costs, basis, blocks))
    frames = [frame.assign(Tags=_tagged(report, frame["Tags"], *names)) for frame, names in blocks]
    together = schema.concat(frames, schema.COSTS)
    # Categories sort by their codes, text by itself.
    order = together.assign(Tags=together["Tags"].astype("str")).sort_values(_ORDER).index
    return together.loc[order].reset_index(drop=True)


# Rows, and for all or each of them the target, the rule and the part.
_Names = tuple[Sequence[str], Sequence[str | None], str]
_Block = tuple[pd.DataFrame, _Names]


def _blocks(report: ChargebackReport, costs: pd.DataFrame, basis: str) -> Iterator[_Block]:
    target, at = report.assigned.target, report.assigned.rule.to_numpy()
    names = np.array([*(rule.name for rule in report.rules), None], dtype="object")
    own, known = target.notna().to_numpy(), costs[basis].notna().to_numpy()
    parts: dict[str, list[Part]] = {}
    for part in report.parts:
        parts.setdefault(part.rule, []).append(part)
    is_shared = np.array([name in parts for name in names])[at] & ~own & known
    yield costs[own], (list(target[own]), list(names[at[own]]), "direct")
    left = ~own & ~is_shared
    yield costs[left], ([UNALLOCATED] * int(left.sum()), list(names[at[left]]), "unallocated")
    for rule, shares in parts.items():
        pool = costs[is_shared & (names[at] == rule)]
        for share, block in zip(shares, _shared(pool, _weights(shares)), strict=True):
            yield block, ([share.allocated_to] * len(block), [rule] * len(block), "shared")


def _weights(parts: Sequence[Part]) -> list[Decimal]:
    """Dollars of each part; where a pool comes to nothing, by its own weights, else evenly."""
    for weights in ([abs(part.usd) for part in parts], [max(part.weight, Decimal(0)) for part in parts]):
        if any(weights):
            return weights
    return [Decimal(1)] * len(parts)


def _shared(pool: pd.DataFrame, weights: Sequence[Decimal]) -> Iterator[pd.DataFrame]:
    """The pool once for each weight, its amounts cut so that their sum is the whole exactly."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    scale = int(np.lcm.reduce([below for _, below in ratios], dtype="object"))
    shares = [above * (scale // below) for above, below in ratios]
    whole = sum(shares)
    units = {
        name: [_units(amount) for amount in pa.array(pool[name], from_pandas=True).to_pylist()]
        for name in _MONEY
    }
    for upper, share in zip(accumulate(shares), shares, strict=True):
        money = {
            name: _amounts([_between(one, upper - share, upper, whole) for one in units[name]])
            for name in _MONEY
        }
        quantities = {name: pool[name].to_numpy() * (share / whole) for name in _QUANTITIES}
        yield schema.COSTS.conform(pool.reset_index(drop=True).assign(**money, **quantities))


def _units(amount: Decimal | None) -> int | None:
    """An amount in its smallest units, 10⁻¹² dollars."""
    if amount is None:
        return None
    above, below = amount.as_integer_ratio()
    return int(above * 10**_PLACES // below)


def _between(amount: int | None, lower: int, upper: int, whole: int) -> int | None:
    return None if amount is None else amount * upper // whole - amount * lower // whole


def _amounts(units: Sequence[int | None]) -> pd.Series:
    # Decimal reads text exactly, whatever the context's precision.
    exact = [None if one is None else Decimal(f"{one}E-{_PLACES}") for one in units]
    return pd.Series(exact, dtype="object").astype(schema.MONEY)


def _rounding(
    report: ChargebackReport, costs: pd.DataFrame, basis: str, blocks: Sequence[_Block]
) -> Iterator[_Block]:
    """What the lines are rounded by: an adjustment on the basis alone, for each target that has one."""
    borne: dict[str, list[Decimal]] = {}
    for frame, (targets, _, _) in blocks:
        of_target = pd.Series(list(targets), index=frame.index, dtype="str")
        for name in of_target.unique():
            borne.setdefault(name, []).append(schema.total(frame.loc[of_target == name, basis]))
    off = {
        line.allocated_to: exact_sum(
            [line.total_usd, *(-usd for usd in borne.get(line.allocated_to, []))]
        )
        for line in report.lines
    }
    rounded = {name: usd for name, usd in off.items() if usd}
    if not rounded or costs.empty:
        return
    kept = costs.sort_values(_ORDER[: -len(_MONEY) - 1]).head(1)
    bill = kept[
        [
            "BillingPeriodStart",
            "BillingPeriodEnd",
            "ChargePeriodStart",
            "ChargePeriodEnd",
            "BillingAccountId",
            "BillingAccountName",
            "BillingCurrency",
            "ProviderName",
            "PublisherName",
            "InvoiceIssuerName",
        ]
    ]
    nothing = pd.Series([Decimal(0)] * len(rounded), dtype="object")
    rows = pd.concat([bill] * len(rounded), ignore_index=True).assign(
        ServiceName="Chargeback",
        ServiceCategory="Other",
        ChargeCategory="Adjustment",
        ChargeFrequency="One-Time",
        ChargeDescription="Rounding of the chargeback to whole cents",
        **dict.fromkeys(_MONEY, nothing),
    )
    rows[basis] = pd.Series(list(rounded.values()), dtype="object")
    yield schema.COSTS.conform(rows), (list(rounded), [None] * len(rounded), "rounding")


def _tagged(
    report: ChargebackReport,
    of_charges: pd.Series,
    targets: Sequence[str],
    rules: Sequence[str | None],
    part: str,
) -> list[str]:
    """The tags of each charge and the four of its allocation; each distinct set is made once."""
    made: dict[tuple[str, str, str | None], str] = {}
    texts = list(zip(of_charges.astype("str"), targets, rules, strict=True))
    for text, target, rule in dict.fromkeys(texts):
        of_rule = {} if rule is None else {RULE: rule}
        ours = {ALLOCATED_TO: target, BY: report.by, PART: part, **of_rule}
        made[text, target, rule] = tags.canonical({**tags.as_dict(text), **ours})
    return [made[key] for key in texts]
