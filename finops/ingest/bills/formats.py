"""Which format is a bill in? Told by the names of its columns, in any case and order.

Sources: AWS Data Exports User Guide (table dictionaries of the legacy Cost and Usage Report, CUR 2.0
and FOCUS), FOCUS 1.0 to 1.3 (column histories of focus.finops.org).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finops.errors import UnknownFormat
from finops.ingest.columns import folded, received

CUR, CUR_2, FOCUS = "CUR", "CUR 2.0", "FOCUS"
LEGACY = "legacy"
OWN_VERSION = "1.2"

_CUR_NEEDS = ("line_item_usage_start_date", "line_item_unblended_cost")
_FOCUS_NEEDS = ("ChargePeriodStart", "BilledCost")
# How Athena names what the legacy report keeps in one column a key; CUR 2.0 has one map for all keys.
_ATHENA = ("resource_tags_user_", "resource_tags_aws_", "cost_category_")
_CUR_BEGINS = ("lineitem", "identitylineitemid", "billpayeraccountid")

# Columns that each version of FOCUS was the first to have, the newest version first.
_SINCE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "1.3",
        (
            "AllocatedMethodDetails",
            "AllocatedMethodId",
            "AllocatedResourceId",
            "AllocatedResourceName",
            "AllocatedTags",
            "ContractApplied",
            "HostProviderName",
            "ServiceProviderName",
        ),
    ),
    (
        "1.2",
        (
            "BillingAccountType",
            "InvoiceId",
            "PricingCurrency",
            "PricingCurrencyContractedUnitPrice",
            "PricingCurrencyEffectiveCost",
            "PricingCurrencyListUnitPrice",
            "SubAccountType",
        ),
    ),
    (
        "1.1",
        (
            "CapacityReservationId",
            "CapacityReservationStatus",
            "CommitmentDiscountQuantity",
            "CommitmentDiscountUnit",
            "ServiceSubcategory",
            "SkuMeter",
            "SkuPriceDetails",
        ),
    ),
)
_OWN = ("GrossBilledCost", "x_GrossBilledCost", "GrossEffectiveCost", "x_GrossEffectiveCost")
_REMEDY = (
    "in AWS's Billing console make a Data Export of CUR 2.0 or FOCUS, which have every line and its "
    "tags, and give that"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFormat:
    """The format's name (``CUR``, ``CUR 2.0`` or ``FOCUS``) and its version, None where unknown.

    A legacy Cost and Usage Report is CUR of version ``legacy``, under its own names or Athena's.
    """

    name: str
    version: str | None = None


def format_of(columns: Sequence[str], file: str) -> BillFormat:
    """The format of a bill with these columns.

    Raises UnknownFormat, with the columns received and expected, for those of no bill, for a bill
    without times or amounts, and for AWS reports that hold no lines to reduce.
    """
    found = {folded(name) for name in columns}
    if _has_all(found, _CUR_NEEDS):
        return _cur(columns)
    if _has_all(found, _FOCUS_NEEDS):
        return BillFormat(name=FOCUS, version=_focus_version(found))
    raise UnknownFormat(_unknown(columns, found, file))


def _has_all(found: set[str], names: Sequence[str]) -> bool:
    return all(folded(name) in found for name in names)


def _cur(columns: Sequence[str]) -> BillFormat:
    names = [name.casefold() for name in columns]
    legacy = any(name.startswith(("lineitem/", *_ATHENA)) for name in names)
    return BillFormat(name=CUR, version=LEGACY) if legacy else BillFormat(name=CUR_2, version="2.0")


def _focus_version(found: set[str]) -> str:
    """The first version that has all of the columns. The frames that this project writes are 1.2."""
    newest = next((version for version, names in _SINCE if _has_any(found, names)), "1.0")
    return max(OWN_VERSION, newest) if _has_any(found, _OWN) else newest


def _has_any(found: set[str], names: Sequence[str]) -> bool:
    return any(folded(name) in found for name in names)


def _unknown(columns: Sequence[str], found: set[str], file: str) -> str:
    if other := _other_report(columns, found):
        return f"{file}: this is {other}; {_REMEDY}"
    if any(name.startswith(_CUR_BEGINS) for name in found):
        return _lacking(columns, found, file, "an AWS Cost and Usage Report", _CUR_NEEDS)
    if any(folded(name) in found for name in (*_FOCUS_NEEDS, "ChargeCategory", "ChargePeriodEnd")):
        return _lacking(columns, found, file, "a FOCUS bill", _FOCUS_NEEDS)
    return (
        f"{file}: these are not the columns of a bill. Received: {received(columns)}. Expected: those "
        f"of an AWS Cost and Usage Report (at least {', '.join(_CUR_NEEDS)}) or of FOCUS (at least "
        f"{', '.join(_FOCUS_NEEDS)}); {_REMEDY}"
    )


def _lacking(columns: Sequence[str], found: set[str], file: str, kind: str, needs: Sequence[str]) -> str:
    absent = [name for name in needs if folded(name) not in found]
    return (
        f"{file}: this looks like {kind}, but has no column {', '.join(absent)}. "
        f"Received: {received(columns)}. Expected at least: {', '.join(needs)}; export it with them"
    )


def _other_report(columns: Sequence[str], found: set[str]) -> str | None:
    """A report of AWS that is no bill of lines, in words."""
    if any(str(name).rstrip().endswith("($)") for name in columns):
        return "a Cost Explorer download, whose rows are sums without hours and tags"
    if {"recordtype", "recordid", "payeraccountid"} <= found:
        return "a Detailed Billing Report, which AWS has replaced"
    if any(name.startswith("dontseeyourtags") for name in found):
        return "a monthly cost allocation report, whose rows are sums without hours"
    return None
