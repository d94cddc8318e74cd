"""What does a FOCUS bill say, as canonical lines? Versions 1.0 to 1.3, and the frames of this project.

FOCUS has most columns of a line itself. What it lacks are the type, platform and tenancy of the
instance behind an hour, and a commitment's terms: both are read from AWS's own columns (``x_UsageType``,
``x_Operation``), ``SkuPriceDetails`` and, where these are absent, from AWS's wording of
ChargeDescription. What none of them tells is null. FOCUS never tells of how many instances a Reserved
Instance is.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.formats import BillFormat
from finops.ingest.bills.lines import LINES, TEXT, conform
from finops.ingest.bills.raw_columns import RawColumns
from finops.ingest.bills.tag_sets import raw_tags

NOTHING = ("NULL", "null", "None")

# The first column that is there counts: FOCUS's own name, the one of 1.0 preview, and AWS's.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    **{
        name: (name,)
        for name, kind in LINES.items()
        if kind == TEXT and not name.startswith(("Commitment", "RawTags"))
    },
    "LineItemType": ("ChargeCategory",),
    "InvoiceId": ("InvoiceId", "x_InvoiceId"),
    "ServiceCode": ("x_ServiceCode",),
    "UsageType": ("x_UsageType",),
    "Operation": ("x_Operation",),
    "RegionId": ("RegionId", "Region"),
    "CommitmentDiscountType": ("CommitmentDiscountType",),
    "CommitmentDiscountStatus": ("CommitmentDiscountStatus",),
    "CommitmentDiscountUnit": ("CommitmentDiscountUnit",),
}
_DERIVED = ("InstanceType", "Platform", "Tenancy", "PurchaseOption", "LineItemId")
_TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
_NUMBERS = ("PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity")
_MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")

# Patterns are of RE2 and Java alike, without backslashes, on text in lower case.
_TYPE = "([a-z][a-z0-9-]*[.](?:nano|micro|small|medium|large|[0-9]*xlarge|metal[a-z0-9-]*))"
_METER = "(?:^|-)(?:host)?(?:box|spot|dedicated)usage"
_OF_METER = _METER + ":" + _TYPE + "$"
_OF_DETAILS = '"(?:[a-z]+_)?instancetype"[ ]*:[ ]*"([^"]+)"'
_SYSTEM_OF_DETAILS = '"(?:[a-z]+_)?operatingsystem"[ ]*:[ ]*"([^"]+)"'
_TENANCY_OF_DETAILS = '"(?:[a-z]+_)?tenancy"[ ]*:[ ]*"([^"]+)"'
_INSTANCE_IN_WORDS = "(?:linux|windows|rhel|suse|red hat|ubuntu).*instance|spot instance"
_HOURS = ("hours", "hour", "hrs", "hr")
_LONGER_THAN_A_MONTH = 32

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html: usage operation codes.
_PLATFORM_OF_CODE: Mapping[str, str] = {
    "runinstances": "Linux/UNIX",
    "runinstances:0002": "Windows",
    "runinstances:0010": "Red Hat Enterprise Linux",
    "runinstances:000g": "SUSE Linux",
    "runinstances:0800": "Windows BYOL",
    "runinstances:0006": "Windows with SQL Server Standard",
    "runinstances:0202": "Windows with SQL Server Web",
    "runinstances:0102": "Windows with SQL Server Enterprise",
    "runinstances:0004": "Linux with SQL Server Standard",
    "runinstances:0200": "Linux with SQL Server Web",
    "runinstances:0100": "Linux with SQL Server Enterprise",
    "runinstances:00g0": "Red Hat BYOL Linux",
    "runinstances:1010": "Red Hat Enterprise Linux with HA",
    "runinstances:0g00": "Ubuntu Pro",
}
# The first that a text holds; SQL Server is not the price of its system alone.
_PLATFORM_OF_WORDS: tuple[tuple[str, str], ...] = (
    ("windows with sql", "Windows with SQL Server"),
    ("(?:linux|rhel|suse) with sql", "Linux with SQL Server"),
    ("ubuntu pro", "Ubuntu Pro"),
    ("windows", "Windows"),
    ("rhel|red hat", "Red Hat Enterprise Linux"),
    ("suse", "SUSE Linux"),
    ("linux", "Linux/UNIX"),
)
_KINDS: tuple[tuple[str, str], ...] = (
    ("ec2 ?instance ?savings ?plan|(?:^|[ -])ec2sp:", "ec2_instance_savings_plan"),
    ("compute ?savings ?plan|(?:^|[ -])computesp:", "compute_savings_plan"),
)
_PAYMENTS: tuple[tuple[str, str], ...] = (
    ("no[ -]?upfront", "No Upfront"),
    ("partial[ -]?upfront", "Partial Upfront"),
    ("all[ -]?upfront", "All Upfront"),
)


def focus_lines(raw: ibis.Table, bill_format: BillFormat) -> ibis.Table:
    """The canonical lines of a raw FOCUS table, one a row; cells that cannot be read are null.

    Every version of FOCUS is read alike: 1.3's replacements are further names for the same thing.
    """
    columns = RawColumns(raw, nothing=NOTHING)
    plain = raw.select(**_plain(columns), **_hints(columns))
    told = plain.mutate(**_recognised(plain))
    lines: dict[str, ir.Value] = {name: plain[name] for name in LINES if name in plain.columns}
    return conform({**{name: told[name] for name in lines}, **_instance(told), **_terms(told)}, told)


def _plain(columns: RawColumns) -> dict[str, ir.Value]:
    """What FOCUS has as it stands."""
    values: dict[str, ir.Value] = {name: columns.time(name) for name in _TIMES}
    values |= {name: columns.text(*names) for name, names in _TEXTS.items() if name not in _DERIVED}
    values |= {name: columns.number(name) for name in _NUMBERS}
    values |= {name: columns.money(name) for name in _MONEY}
    service, host = columns.text("ServiceProviderName"), columns.text("HostProviderName")
    values["ProviderName"] = ibis.coalesce(columns.text("ProviderName"), service, host)
    values["PublisherName"] = ibis.coalesce(columns.text("PublisherName"), service)
    values["GrossBilledCost"] = ibis.coalesce(
        columns.money("x_GrossBilledCost", "GrossBilledCost"), columns.money("BilledCost")
    )
    values["GrossEffectiveCost"] = ibis.coalesce(
        columns.money("x_GrossEffectiveCost", "GrossEffectiveCost"), columns.money("EffectiveCost")
    )
    values["CommitmentDiscountId"] = _commitment_id(columns)
    values["RawTags"] = raw_tags(
        _pairs(columns, "Tags"), _pairs(columns, "x_CostCategories", "x_CostCategory", "CostCategory")
    )
    return values


def _pairs(columns: RawColumns, *names: str) -> ir.StringValue:
    # A map's JSON is of another type in DuckDB, which text functions undo.
    return columns.text(*names).strip().nullif("{}")


def _commitment_id(columns: RawColumns) -> ir.StringValue:
    """A purchase may name its commitment as its resource only."""
    resource = columns.text("ResourceId")
    bought = (columns.text("ChargeCategory") == "Purchase") & resource.re_search(
        ":savingsplan/|:reserved-instances/"
    )
    return ibis.coalesce(
        columns.text("CommitmentDiscountId"), ibis.cases((bought, resource), else_=ibis.null(TEXT))
    )


def _hints(columns: RawColumns) -> dict[str, ir.Value]:
    """What tells of instances and terms, in lower case and never null."""

    def low(*names: str) -> ir.StringValue:
        return columns.text(*names).lower().fill_null("")

    return {
        "meter": ibis.coalesce(columns.text("x_UsageType"), columns.text("SkuMeter"))
        .lower()
        .fill_null(""),
        "details": low("SkuPriceDetails", "x_SkuPriceDetails"),
        "code": low("x_Operation"),
        "words": low("ChargeDescription"),
        "plan_name": low("CommitmentDiscountName"),
        "resource_type": low("ResourceType"),
        "reservation": low("CapacityReservationStatus"),
        "contracted_price": columns.number("ContractedUnitPrice"),
        "list_price": columns.number("ListUnitPrice"),
    }


def _recognised(plain: ibis.Table) -> dict[str, ir.Value]:
    """Whether the line is of an instance that ran, in hours, and whether it tells a purchase's terms."""
    is_ec2 = (plain.ServiceCode == "AmazonEC2").fill_null(False) | plain.ServiceName.lower().re_search(
        "^(?:amazon elastic compute cloud|amazon ?ec2)"
    ).fill_null(False)
    in_hours = ibis.coalesce(plain.ConsumedUnit, plain.PricingUnit).lower().isin(_HOURS).fill_null(False)
    is_used = (
        (plain.ChargeCategory == "Usage").fill_null(False)
        & (plain.CommitmentDiscountStatus != "Unused").fill_null(True)
        & (plain.reservation != "unused")
    )
    in_words = (
        plain.words.re_search(_INSTANCE_IN_WORDS)
        & plain.words.re_search(_TYPE)
        & ~plain.words.re_search("mbps")
    )
    # A usage type that AWS gives settles it: EBS-optimised hours name an instance type too.
    is_instance = plain.meter.re_search(_METER) | (
        plain.UsageType.isnull()
        & (plain.code.startswith("runinstances") | in_words | plain.resource_type.contains("instance"))
    )
    is_purchase = (plain.ChargeCategory == "Purchase").fill_null(False) & (
        plain.ChargeClass != "Correction"
    ).fill_null(True)
    return {
        "ran": ibis.cases((is_ec2 & in_hours & is_used, is_instance), else_=False),
        "buys": is_purchase & plain.CommitmentDiscountId.notnull(),
        "is_ec2": is_ec2,
    }


def _instance(told: ibis.Table) -> dict[str, ir.Value]:
    found = _only(
        told.ran,
        ibis.coalesce(
            told.details.re_extract(_OF_DETAILS, 1).nullif(""),
            told.meter.re_extract(_OF_METER, 1).nullif(""),
            told.words.re_extract(_TYPE, 1).nullif(""),
        ),
    )
    ran = found.notnull()
    spot = (
        (told.PricingCategory == "Dynamic").fill_null(False)
        | told.meter.re_search("(?:^|-)spotusage")
        | told.words.contains("spot instance")
    )
    tenancy = told.details.re_extract(_TENANCY_OF_DETAILS, 1)
    on_host = told.meter.re_search("(?:^|-)hostboxusage") | (tenancy == "host")
    dedicated = (
        told.meter.re_search("(?:^|-)dedicatedusage")
        | (tenancy == "dedicated")
        | told.words.contains("per dedicated ")
    )
    price = ibis.coalesce(_price(told.contracted_price), _price(told.list_price))
    return {
        "InstanceType": found,
        "Platform": _only(ran, _platform(told)),
        "Tenancy": _only(ran, ibis.cases((on_host, "host"), (dedicated, "dedicated"), else_="default")),
        "PurchaseOption": _only(ran, ibis.cases((spot, "spot"), else_="on_demand")),
        "OnDemandRate": _only(ran & ~spot, price),
    }


def _platform(told: ibis.Table) -> ir.StringValue:
    """AWS's code is exact; FOCUS's operating system and the description's name a family."""
    by_code = ibis.cases(
        *((told.code == code, platform) for code, platform in _PLATFORM_OF_CODE.items()),
        else_=ibis.null(TEXT),
    )
    system = told.details.re_extract(_SYSTEM_OF_DETAILS, 1)
    return ibis.coalesce(
        by_code, _first_of(_PLATFORM_OF_WORDS, system), _first_of(_PLATFORM_OF_WORDS, told.words)
    )


def _terms(told: ibis.Table) -> dict[str, ir.Value]:
    """The terms that a purchase tells. A One-Time charge that outlives its month spans the term."""
    kind_text = told.CommitmentDiscountType.lower().fill_null("")
    text = kind_text + " " + told.plan_name + " " + told.words + " " + told.meter + " " + told.details
    reserved = told.is_ec2 & text.re_search("reserved|reservation")
    reserved = reserved | told.CommitmentDiscountId.contains(":reserved-instances/")
    kind = ibis.coalesce(
        _first_of(_KINDS, text), ibis.cases((reserved, "reserved_instance"), else_=ibis.null(TEXT))
    )
    years = text.re_extract("([13])[ -]?(?:yr|year)", 1).nullif("")
    once, again = told.ChargeFrequency == "One-Time", told.ChargeFrequency == "Recurring"
    month_later = told.ChargePeriodStart + ibis.interval(days=_LONGER_THAN_A_MONTH)
    whole_term = once & (told.ChargePeriodEnd > month_later)
    payment = _first_of(_PAYMENTS, text)
    nothing_upfront = again & (payment.fill_null("") == "No Upfront")
    values: dict[str, ir.Value] = {
        "CommitmentKind": kind,
        "CommitmentPaymentOption": payment,
        "CommitmentTerm": years + "yr",
        "CommitmentOfferingClass": _only(
            kind == "reserved_instance", text.re_extract("(standard|convertible)", 1).nullif("")
        ),
        "CommitmentInstanceFamily": text.re_extract(
            "(?:ec2sp|heavyusage):([a-z][a-z0-9-]*)[.]", 1
        ).nullif(""),
        "CommitmentTotal": _only(nothing_upfront, told.BilledCost),
        "CommitmentUpfront": _only(once, told.BilledCost),
        "CommitmentStart": _only(whole_term, told.ChargePeriodStart),
        "CommitmentEnd": _only(whole_term, told.ChargePeriodEnd),
    }
    return {name: _only(told.buys, value) for name, value in values.items()}


def _first_of(patterns: tuple[tuple[str, str], ...], text: ir.StringValue) -> ir.StringValue:
    return ibis.cases(
        *((text.re_search(pattern), word) for pattern, word in patterns), else_=ibis.null(TEXT)
    )


def _price(price: ir.FloatingValue) -> ir.FloatingValue:
    """Nothing costs 0 by contract: the cell is blank in another way."""
    return _only(price > 0, price)


def _only(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.cases((condition, value), else_=ibis.null(value.type()))
