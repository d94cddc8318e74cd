"""What must hold between the columns of a charge?

Source: the requirements on the column pages of FOCUS 1.2, in our words. "Correction" is a row whose
ChargeClass says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from finops.focus import masks
from finops.focus.masks import Mask
from finops.focus.rule import Rule

# Null for taxes, and there for usage and purchases.
_PRICED = (
    "PricingCategory",
    "PricingQuantity",
    "SkuId",
    "SkuPriceId",
    "ListUnitPrice",
    "ContractedUnitPrice",
    "PricingCurrencyListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
)
_UNIT_PRICES = tuple(name for name in _PRICED if name.endswith("UnitPrice"))
_UNITS = (
    ("PricingUnit", "PricingQuantity"),
    ("ConsumedUnit", "ConsumedQuantity"),
    ("CommitmentDiscountUnit", "CommitmentDiscountQuantity"),
)
# Null where the second is; those in the second list there where it is, too.
_DEPENDENT = (
    ("CapacityReservationStatus", "CapacityReservationId"),
    ("CommitmentDiscountCategory", "CommitmentDiscountId"),
    ("CommitmentDiscountName", "CommitmentDiscountId"),
    ("CommitmentDiscountStatus", "CommitmentDiscountId"),
    ("CommitmentDiscountType", "CommitmentDiscountId"),
    ("RegionName", "RegionId"),
    ("ResourceName", "ResourceId"),
    ("ResourceType", "ResourceId"),
    ("SkuMeter", "SkuId"),
    ("SkuPriceDetails", "SkuPriceId"),
    ("SubAccountName", "SubAccountId"),
    ("SubAccountType", "SubAccountId"),
    *_UNITS,
)
_ACCOMPANYING = (
    ("CommitmentDiscountCategory", "CommitmentDiscountId"),
    ("CommitmentDiscountType", "CommitmentDiscountId"),
    ("RegionName", "RegionId"),
    ("ResourceType", "ResourceId"),
    ("SubAccountName", "SubAccountId"),
    ("SubAccountType", "SubAccountId"),
    *_UNITS,
)
_STATUSES = (
    ("CommitmentDiscountStatus", "CommitmentDiscountId"),
    ("CapacityReservationStatus", "CapacityReservationId"),
)
_ONE_EACH = (
    ("ServiceCategory", "ServiceName"),
    ("CommitmentDiscountUnit", "CommitmentDiscountId"),
    ("SkuId", "SkuPriceId"),
)
_PERIODS = (
    ("BillingPeriodEnd", "BillingPeriodStart"),
    ("ChargePeriodEnd", "ChargePeriodStart"),
)


def charge_rules() -> Iterator[Rule]:
    """The rules about the values of several columns in one row, or of a column over the rows."""
    for name in _PRICED:
        yield from _priced(name)
    for name in _UNIT_PRICES:
        yield _not_negative(name)
    for name, other in _DEPENDENT:
        yield _null_without(name, other)
    for name, other in _ACCOMPANYING:
        yield _there_with(name, other)
    for name, other in _STATUSES:
        yield _status(name, other)
    for name, by in _ONE_EACH:
        yield _one_each(name, by)
    for end, start in _PERIODS:
        yield _period(end, start)
    yield _credit("EffectiveCost", None)
    for cost, price in (("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")):
        yield _product(cost, price)
        yield _credit(cost, price)
    yield from _OTHERS


def _priced(name: str) -> Iterator[Rule]:
    yield Rule(
        f"{name}.tax",
        (name, "ChargeCategory"),
        f"{name} must be null where ChargeCategory is Tax",
        lambda frame: masks.given(frame, name) & masks.one_of(frame, "ChargeCategory", "Tax"),
    )
    yield Rule(
        f"{name}.priced",
        (name, "ChargeCategory", "ChargeClass"),
        f"{name} must not be null where ChargeCategory is Usage or Purchase, except in a correction",
        lambda frame: (
            masks.null(frame, name) & masks.usage_or_purchase(frame) & ~masks.correction(frame)
        ),
    )


def _not_negative(name: str) -> Rule:
    return Rule(
        f"{name}.not_negative",
        (name,),
        f"{name} must not be negative",
        lambda frame: masks.floats(frame, name) < 0,
    )


def _null_without(name: str, other: str) -> Rule:
    return Rule(
        f"{name}.null_without_{other}",
        (name, other),
        f"{name} must be null where {other} is null",
        lambda frame: masks.given(frame, name) & masks.null(frame, other),
    )


def _there_with(name: str, other: str) -> Rule:
    return Rule(
        f"{name}.with_{other}",
        (name, other),
        f"{name} must not be null where {other} is not null",
        lambda frame: masks.null(frame, name) & masks.given(frame, other),
    )


def _status(name: str, other: str) -> Rule:
    return Rule(
        f"{name}.usage",
        (name, other, "ChargeCategory"),
        f"{name} must not be null where {other} is not null and ChargeCategory is Usage",
        lambda frame: (
            masks.null(frame, name)
            & masks.given(frame, other)
            & masks.one_of(frame, "ChargeCategory", "Usage")
        ),
    )


def _one_each(name: str, by: str) -> Rule:
    return Rule(
        f"{name}.one_for_each_{by}",
        (name, by),
        f"{name} must be the same in all rows of one {by}",
        lambda frame: masks.several(frame, name, by),
    )


def _period(end: str, start: str) -> Rule:
    return Rule(
        f"{end}.after_start",
        (end, start),
        f"{end} is exclusive and must be later than {start}",
        lambda frame: masks.not_after(frame, end, start),
    )


def _product(cost: str, price: str) -> Rule:
    return Rule(
        f"{cost}.product",
        (cost, price, "PricingQuantity", "ChargeClass"),
        f"{cost} must be {price} × PricingQuantity where both are known, except in a correction",
        lambda frame: (
            masks.not_the_product(frame, cost, price, "PricingQuantity") & ~masks.correction(frame)
        ),
    )


def _credit(cost: str, price: str | None) -> Rule:
    def broken(frame: pd.DataFrame) -> Mask:
        priced = price if price in frame.columns else None
        free = masks.null(frame, priced) if priced else np.ones(len(frame), dtype=bool)
        credit = masks.one_of(frame, "ChargeCategory", "Credit")
        return free & credit & masks.differ(frame, cost, "BilledCost")

    unless = f" and {price} is null" if price else ""
    return Rule(
        f"{cost}.credit",
        (cost, "BilledCost", "ChargeCategory"),
        f"{cost} must be BilledCost where ChargeCategory is Credit{unless}: it rests on no other charge",
        broken,
    )


def _committed(frame: pd.DataFrame) -> Mask:
    return masks.usage_or_purchase(frame) & masks.given(frame, "CommitmentDiscountId")


def _consumes(frame: pd.DataFrame) -> Mask:
    unused = masks.one_of(frame, "CommitmentDiscountStatus", "Unused")
    return masks.one_of(frame, "ChargeCategory", "Usage") & ~unused


def _prepaid(frame: pd.DataFrame) -> Mask:
    purchase = masks.one_of(frame, "ChargeCategory", "Purchase")
    cost = np.nan_to_num(masks.floats(frame, "EffectiveCost"))
    return np.asarray(purchase & masks.given(frame, "CommitmentDiscountId") & (cost != 0), dtype=bool)


_COMMITMENT = ("CommitmentDiscountQuantity", "CommitmentDiscountId", "ChargeCategory")
_CONSUMED = ("ConsumedQuantity", "ChargeCategory", "CommitmentDiscountStatus")

_OTHERS = (
    Rule(
        "CommitmentDiscountQuantity.committed",
        (*_COMMITMENT, "ChargeClass"),
        "CommitmentDiscountQuantity must not be null in a usage or purchase with a CommitmentDiscountId"
        ", except in a correction",
        lambda frame: (
            masks.null(frame, "CommitmentDiscountQuantity")
            & _committed(frame)
            & ~masks.correction(frame)
        ),
    ),
    Rule(
        "CommitmentDiscountQuantity.else",
        _COMMITMENT,
        "CommitmentDiscountQuantity must be null unless the row is a usage or purchase with a "
        "CommitmentDiscountId",
        lambda frame: masks.given(frame, "CommitmentDiscountQuantity") & ~_committed(frame),
    ),
    Rule(
        "ConsumedQuantity.usage",
        (*_CONSUMED, "ChargeClass"),
        "ConsumedQuantity must not be null in a usage that is not the unused part of a commitment, "
        "except in a correction",
        lambda frame: (
            masks.null(frame, "ConsumedQuantity") & _consumes(frame) & ~masks.correction(frame)
        ),
    ),
    Rule(
        "ConsumedQuantity.else",
        _CONSUMED,
        "ConsumedQuantity must be null unless ChargeCategory is Usage, and in the unused part of a "
        "commitment",
        lambda frame: masks.given(frame, "ConsumedQuantity") & ~_consumes(frame),
    ),
    Rule(
        "ChargeFrequency.purchase",
        ("ChargeFrequency", "ChargeCategory"),
        "ChargeFrequency must not be Usage-Based where ChargeCategory is Purchase",
        lambda frame: (
            masks.one_of(frame, "ChargeFrequency", "Usage-Based")
            & masks.one_of(frame, "ChargeCategory", "Purchase")
        ),
    ),
    Rule(
        "PricingCategory.committed",
        ("PricingCategory", "CommitmentDiscountId", "ChargeCategory"),
        "PricingCategory must be Committed in a usage with a CommitmentDiscountId",
        lambda frame: (
            masks.one_of(frame, "ChargeCategory", "Usage")
            & masks.given(frame, "CommitmentDiscountId")
            & masks.given(frame, "PricingCategory")
            & ~masks.one_of(frame, "PricingCategory", "Committed")
        ),
    ),
    Rule(
        "EffectiveCost.prepaid",
        ("EffectiveCost", "ChargeCategory", "CommitmentDiscountId"),
        "EffectiveCost must be 0 in the purchase of a commitment, which covers later charges",
        _prepaid,
    ),
)
