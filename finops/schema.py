"""What are the frames? Columns, types, units and grain, in one place.

A frame is validated once, where it is made; engines trust it. Columns that an input lacks are
present and null. Times are UTC-aware, account ids are text, and money in ``costs`` is Arrow
``decimal128(38, 12)`` so that sums are exact. The names are AWS's and FOCUS 1.2's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, Protocol

import pandas as pd
import pyarrow as pa

from finops.errors import FrameError
from finops.money import exact, exact_sum

Kind = Literal["text", "number", "integer", "boolean", "time", "money", "tags"]

MONEY = pd.ArrowDtype(pa.decimal128(38, 12))
TIME = pd.DatetimeTZDtype("us", "UTC")
PLATFORMS = ("Linux/UNIX", "Windows", "Red Hat Enterprise Linux")
STATES = ("running", "stopped", "terminated")
NO_TAGS = "{}"
# What a group of rows without a value is called.
NO_VALUE = "(none)"
_PLACES = Decimal("1e-12")
_ARN_HEAD = r"^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[^/]*/)?"

# Above this many distinct sets a dictionary costs more than it saves.
MAX_TAG_CATEGORIES = 100_000


@dataclass(frozen=True)
class Frame:
    """The schema of one frame: its name, what a row is, and the kind of every column in order."""

    name: str
    row: str
    columns: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def empty(self) -> pd.DataFrame:
        """A frame without rows, with every column in its type."""
        return self.conform(pd.DataFrame(columns=list(self.columns)))

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A new frame with exactly these columns, in this order and in their types.

        Absent columns become null (Tags become ``{}``). Raises FrameError where a required column
        is absent or a column cannot be read as its kind.
        """
        absent = [name for name in self.required if name not in frame.columns]
        if absent:
            raise FrameError(
                f"a {self.name} frame needs the column(s) {', '.join(absent)}; "
                f"received {', '.join(map(str, frame.columns)) or 'no columns'}"
            )
        return pd.DataFrame(
            {name: self._column(frame, name, kind) for name, kind in self.columns.items()},
            index=pd.RangeIndex(len(frame)),
        )

    def _column(self, frame: pd.DataFrame, name: str, kind: Kind) -> pd.Series:
        if name not in frame.columns:
            values = pd.Series([None] * len(frame), dtype="object")
        else:
            values = frame[name].reset_index(drop=True)
        try:
            return _cast(values, kind)
        except (ValueError, TypeError, OverflowError, InvalidOperation, pa.ArrowException) as error:
            raise FrameError(
                f"column {name} of a {self.name} frame must hold {_MEANING[kind]}: {error}"
            ) from error


_MEANING: Mapping[Kind, str] = {
    "text": "text",
    "number": "numbers",
    "integer": "whole numbers",
    "boolean": "true or false",
    "time": "times in UTC",
    "money": "amounts with at most 12 decimal places",
    "tags": "tag sets as canonical JSON",
}


def _cast(values: pd.Series, kind: Kind) -> pd.Series:
    return _CASTS[kind](values)


def _as_text(values: pd.Series) -> pd.Series:
    return values.astype("str")


def _as_money(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.ArrowDtype):
        return values.astype(MONEY)
    amounts = [None if pd.isna(value) else exact(value).quantize(_PLACES) for value in values]
    array = pa.array(amounts, type=MONEY.pyarrow_dtype)
    return pd.Series(pd.arrays.ArrowExtensionArray(array), dtype=MONEY)


def as_tags(values: pd.Series) -> pd.Series:
    """Canonical tag JSON as a categorical, or as text above 100,000 distinct sets. Null is ``{}``."""
    if isinstance(values.dtype, pd.CategoricalDtype) and not values.isna().any():
        return values
    text = values.astype("object").where(values.notna(), NO_TAGS).astype("str")
    return text if text.nunique() > MAX_TAG_CATEGORIES else text.astype("category")


_CASTS: Mapping[Kind, Callable[[pd.Series], pd.Series]] = {
    "text": _as_text,
    "number": lambda values: pd.to_numeric(values).astype("float64"),
    "integer": lambda values: pd.to_numeric(values).astype("Int64"),
    "boolean": lambda values: values.astype("boolean"),
    "time": lambda values: pd.to_datetime(values, utc=True, format="ISO8601").astype(TIME),
    "money": _as_money,
    "tags": as_tags,
}


def concat(frames: Iterable[pd.DataFrame], schema: Frame) -> pd.DataFrame:
    """Stack frames of one schema. Tag categories are united, so that no row falls back to objects."""
    parts = list(frames)
    if not parts:
        return schema.empty()
    plain = [part.astype(dict.fromkeys(_tag_columns(schema), "str")) for part in parts]
    return schema.conform(pd.concat(plain, ignore_index=True))


def _tag_columns(schema: Frame) -> list[str]:
    return [name for name, kind in schema.columns.items() if kind == "tags"]


def resource_names(resource_ids: pd.Series) -> pd.Series:
    """Resource ids as the resource lists have them: the last part of an ARN, else the id itself."""
    return resource_ids.str.replace(_ARN_HEAD, "", regex=True)


def resource_name(resource_id: str) -> str:
    """As ``resource_names``, for one id."""
    return re.sub(_ARN_HEAD, "", resource_id)


def as_floats(amounts: pd.Series) -> pd.Series:
    """Amounts as floats. Arrow casts a column at once; pandas would make an object of each."""
    if isinstance(amounts.dtype, pd.ArrowDtype):
        amounts = amounts.astype(pd.ArrowDtype(pa.float64()))
    return amounts.astype("float64")


def total(amounts: pd.Series) -> Decimal:
    """The exact sum of a column of dollars, nulls left out. Money is added by Arrow, without floats."""
    if isinstance(amounts.dtype, pd.ArrowDtype):
        summed = amounts.sum()
        return Decimal(0) if pd.isna(summed) else exact(summed)
    return exact_sum(amounts.dropna())


EC2 = Frame(
    name="ec2",
    row="an instance; CostPerHourUSD in dollars an hour, MonthlyCostUSD = that × 730, in every state",
    columns={
        "InstanceId": "text",
        "AccountId": "text",
        "Region": "text",
        "InstanceType": "text",
        "Platform": "text",
        "State": "text",
        "CostPerHourUSD": "number",
        "MonthlyCostUSD": "number",
        "LaunchTime": "time",
        "CPUUtilization": "number",
        "MemoryUtilization": "number",
        "NetworkIn_Bps": "number",
        "NetworkOut_Bps": "number",
        "Tags": "tags",
    },
    required=("InstanceId",),
)

S3 = Frame(
    name="s3",
    row="a bucket; MonthlyCostUSD in dollars a month",
    columns={
        "BucketName": "text",
        "AccountId": "text",
        "Region": "text",
        "StorageClass": "text",
        "MonthlyCostUSD": "number",
        "TotalSizeGB": "number",
        "ObjectCount": "integer",
        "VersionEnabled": "boolean",
        "Encryption": "text",
        "CreationDate": "time",
        "Tags": "tags",
    },
    required=("BucketName",),
)

COSTS = Frame(
    name="costs",
    row="a charge: day × resource × service or finer; FOCUS 1.2 names",
    columns={
        "BillingPeriodStart": "time",
        "BillingPeriodEnd": "time",
        "ChargePeriodStart": "time",
        "ChargePeriodEnd": "time",
        "BillingAccountId": "text",
        "BillingAccountName": "text",
        "SubAccountId": "text",
        "SubAccountName": "text",
        "BillingCurrency": "text",
        "ProviderName": "text",
        "PublisherName": "text",
        "InvoiceIssuerName": "text",
        "ServiceName": "text",
        "ServiceCategory": "text",
        "RegionId": "text",
        "ResourceId": "text",
        "SkuId": "text",
        "ChargeCategory": "text",
        "ChargeClass": "text",
        "ChargeDescription": "text",
        "ChargeFrequency": "text",
        "PricingCategory": "text",
        "PricingQuantity": "number",
        "PricingUnit": "text",
        "ConsumedQuantity": "number",
        "ConsumedUnit": "text",
        "CommitmentDiscountId": "text",
        "CommitmentDiscountType": "text",
        "CommitmentDiscountStatus": "text",
        "CommitmentDiscountQuantity": "number",
        "CommitmentDiscountUnit": "text",
        "BilledCost": "money",
        "EffectiveCost": "money",
        "ListCost": "money",
        "ContractedCost": "money",
        "GrossBilledCost": "money",
        "GrossEffectiveCost": "money",
        "CostCategory": "text",
        "Tags": "tags",
    },
    required=("ChargePeriodStart", "BilledCost"),
)

USAGE = Frame(
    name="usage",
    row="an hour × pool; Quantity in instance-hours of that hour, gross of commitments",
    columns={
        "Hour": "time",
        "AccountId": "text",
        "Service": "text",
        "Region": "text",
        "AvailabilityZone": "text",
        "InstanceType": "text",
        "Platform": "text",
        "Tenancy": "text",
        "PurchaseOption": "text",
        "Quantity": "number",
        "OnDemandRateUSD": "number",
    },
    required=("Hour", "Region", "InstanceType", "Quantity"),
)

USAGE_DEFAULTS: Mapping[str, str] = {
    "Service": "AmazonEC2",
    "Platform": "Linux/UNIX",
    "Tenancy": "default",
    "PurchaseOption": "on_demand",
}

COMMITMENT_KINDS = (
    "reserved_instance",
    "ec2_instance_savings_plan",
    "compute_savings_plan",
)

PAYMENT_OPTIONS = ("No Upfront", "Partial Upfront", "All Upfront")
OFFERING_CLASSES = ("standard", "convertible")

COMMITMENTS = Frame(
    name="commitments",
    row="an owned Reserved Instance or Savings Plan, that counts in the hours from Start to End; "
    "its dollars are those of the whole row, not of one of its instances",
    columns={
        "CommitmentId": "text",
        "Kind": "text",
        "AccountId": "text",
        "Sharing": "boolean",
        "State": "text",
        "OfferingClass": "text",
        "TermYears": "integer",
        "PaymentOption": "text",
        "Scope": "text",
        "AvailabilityZone": "text",
        "Region": "text",
        "InstanceType": "text",
        "InstanceFamily": "text",
        "Platform": "text",
        "Tenancy": "text",
        "Quantity": "number",
        "HourlyCommitmentUSD": "number",
        "UpfrontUSD": "number",
        "RecurringHourlyUSD": "number",
        "Start": "time",
        "End": "time",
    },
    required=("CommitmentId", "Kind", "Start", "End"),
)

METRICS = Frame(
    name="metrics",
    row="an instance × hour",
    columns={
        "InstanceId": "text",
        "Hour": "time",
        "CpuMax": "number",
        "CpuAvg": "number",
        "MemMax": "number",
        "NetworkBps": "number",
    },
    required=("InstanceId", "Hour"),
)

ACCOUNTS = Frame(
    name="accounts",
    row="an account",
    columns={
        "AccountId": "text",
        "Name": "text",
        "OU": "text",
        "Owner": "text",
        "CostCenter": "text",
        "Team": "text",
        "Environment": "text",
        "Project": "text",
    },
    required=("AccountId",),
)

# What was set aside on the way in: one row is a line of a file that is part of no figure.
# CostUSD is a month's (hourly × 730) and null where the line has no readable cost.
SET_ASIDE = Frame(
    name="set_aside",
    row="a line of an input file that no figure contains",
    columns={
        "File": "text",
        "Row": "integer",
        "Code": "text",
        "Reason": "text",
        "CostUSD": "number",
        "Text": "text",
    },
)

FRAMES: tuple[Frame, ...] = (EC2, S3, COSTS, USAGE, COMMITMENTS, METRICS, ACCOUNTS)


class Frames(Protocol):
    """What engines may ask of an estate. Frames that were not given are empty, never None."""

    @property
    def ec2(self) -> pd.DataFrame: ...
    @property
    def s3(self) -> pd.DataFrame: ...
    @property
    def costs(self) -> pd.DataFrame: ...
    @property
    def usage(self) -> pd.DataFrame: ...
    @property
    def commitments(self) -> pd.DataFrame: ...
    @property
    def metrics(self) -> pd.DataFrame: ...
    @property
    def accounts(self) -> pd.DataFrame: ...
    @property
    def as_of(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a figure comes from: ``source`` (bill or resource lists), cost ``basis`` and ``period``."""

    source: Literal["costs", "inventory"]
    basis: Literal["billed", "effective", "list", "run_rate"]
    period: str  # YYYY-MM for a month of the bill, "730 h" for a run rate
