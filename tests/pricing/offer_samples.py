"""Offer files in AWS's layout, small: the same products as JSON and as CSV, and a Savings Plan.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
"""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

PUBLISHED = "2026-10-01T20:13:41Z"
NO, PARTIAL, ALL = "No Upfront", "Partial Upfront", "All Upfront"
_SYSTEMS = {
    "Linux": ("RunInstances", "No License required"),
    "Windows": ("RunInstances:0002", "No License required"),
    "RHEL": ("RunInstances:0010", "No License required"),
}

# (lease, class, purchase): (paid once, paid each hour). Partial Upfront is AWS's own for c5.large in
# us-east-1, which the rule misses: 0.026 an hour and $223.
C5_LARGE = {
    ("1yr", "standard", NO): ("", "0.0540000000"),
    ("1yr", "standard", PARTIAL): ("223", "0.0260000000"),
    ("1yr", "standard", ALL): ("438", "0.0000000000"),
    ("3yr", "standard", NO): ("", "0.0360000000"),
    ("3yr", "convertible", ALL): ("994", "0.0000000000"),
}


def sku(
    instance_type: str, system: str = "Linux", price: str = "0.0850000000", **changed: Any
) -> dict[str, Any]:
    """A product with its On-Demand price, ``reserved`` and ``currency``; the rest are attributes."""
    reserved, currency = changed.pop("reserved", {}), changed.pop("currency", "USD")
    operation, license_model = _SYSTEMS.get(system, ("RunInstances", "No License required"))
    attributes = {
        "servicecode": "AmazonEC2",
        "location": "US East (N. Virginia)",
        "locationType": "AWS Region",
        "instanceType": instance_type,
        "currentGeneration": "Yes",
        "instanceFamily": "Compute optimized",
        "vcpu": "2",
        "physicalProcessor": "Intel Xeon Platinum 8124M",
        "memory": "4 GiB",
        "tenancy": "Shared",
        "operatingSystem": system,
        "licenseModel": license_model,
        "usagetype": f"BoxUsage:{instance_type}",
        "operation": operation,
        "capacitystatus": "Used",
        "normalizationSizeFactor": "4",
        "preInstalledSw": "NA",
        "regionCode": "us-east-1",
        "marketoption": "OnDemand",
        **changed,
    }
    name = changed.get("name") or f"{instance_type}{system}{attributes['regionCode']}".upper()
    return {
        "sku": name,
        "attributes": attributes,
        "price": price,
        "reserved": reserved,
        "currency": currency,
    }


def ec2_json(skus: Sequence[dict[str, Any]], published: str = PUBLISHED) -> dict[str, Any]:
    """An index.json of AmazonEC2."""
    products = {
        of["sku"]: {
            "sku": of["sku"],
            "productFamily": "Compute Instance",
            "attributes": of["attributes"],
        }
        for of in skus
    }
    products["EBSSNAPSHOT"] = {
        "sku": "EBSSNAPSHOT",
        "productFamily": "Storage Snapshot",
        "attributes": {"regionCode": "us-east-1", "usagetype": "EBS:SnapshotUsage"},
    }
    on_demand = {of["sku"]: _offer(of, "JRTCKXETXF", [("Hrs", of["price"])], {}) for of in skus}
    reserved = {of["sku"]: _reserved(of) for of in skus if of["reserved"]}
    return {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": "AmazonEC2",
        "version": "20261001201341",
        "publicationDate": published,
        "products": products,
        "terms": {"OnDemand": on_demand, "Reserved": reserved},
        "attributesList": {},
    }


def _reserved(of: dict[str, Any]) -> dict[str, Any]:
    offers: dict[str, Any] = {}
    for number, ((lease, offering_class, purchase), paid) in enumerate(of["reserved"].items()):
        terms = {
            "LeaseContractLength": lease,
            "OfferingClass": offering_class,
            "PurchaseOption": purchase,
        }
        units = [
            (unit, figure) for unit, figure in zip(("Quantity", "Hrs"), paid, strict=True) if figure
        ]
        offers |= _offer(of, f"TERM{number}", units, terms)
    return offers


def _offer(
    of: dict[str, Any], code: str, units: list[tuple[str, str]], terms: dict[str, str]
) -> dict[str, Any]:
    name = f"{of['sku']}.{code}"
    dimensions = {
        f"{name}.{'2TG2D8R56U' if unit == 'Quantity' else '6YS6EN2CT7'}": {
            "rateCode": name,
            "beginRange": "0",
            "endRange": "Inf",
            "unit": unit,
            "appliesTo": [],
            "pricePerUnit": {of["currency"]: figure},
        }
        for unit, figure in units
    }
    offer = {
        "offerTermCode": code,
        "sku": of["sku"],
        "effectiveDate": "2026-10-01T00:00:00Z",
        "priceDimensions": dimensions,
        "termAttributes": terms,
    }
    return {name: offer}


_CSV_NAMES = {
    "instanceType": "Instance Type",
    "regionCode": "Region Code",
    "operatingSystem": "Operating System",
    "tenancy": "Tenancy",
    "capacitystatus": "CapacityStatus",
    "preInstalledSw": "Pre Installed S/W",
    "licenseModel": "License Model",
    "operation": "operation",
    "usagetype": "usageType",
    "locationType": "Location Type",
    "marketoption": "MarketOption",
    "vcpu": "vCPU",
    "memory": "Memory",
    "physicalProcessor": "Physical Processor",
    "instanceFamily": "Instance Family",
    "currentGeneration": "Current Generation",
    "normalizationSizeFactor": "Normalization Size Factor",
}


def ec2_csv(skus: Sequence[dict[str, Any]], published: str = PUBLISHED) -> str:
    """The index.csv of the same publication: five lines, a header, a price per row."""
    names = list(_CSV_NAMES)
    header = ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate"]
    header += ["StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "RelatedTo"]
    header += ["LeaseContractLength", "PurchaseOption", "OfferingClass", "Product Family", "serviceCode"]
    header += [_CSV_NAMES[name] for name in names]
    rows = [
        ["FormatVersion", "v1.0"],
        ["Disclaimer", "This pricing list is for informational purposes only."],
        ["Publication Date", published],
        ["Version", "20261001201341"],
        ["OfferCode", "AmazonEC2"],
        header,
    ]
    for of in skus:
        product = ["Compute Instance", "AmazonEC2", *(of["attributes"].get(name, "") for name in names)]

        def row(
            term: tuple[str, ...], unit: str, figure: str, of: Any = of, product: Any = product
        ) -> list[str]:
            kind, *words = term
            start = [of["sku"], "CODE", f"{of['sku']}.CODE", kind, "", "2026-10-01", "0", "Inf"]
            return [*start, unit, figure, of["currency"], "", *words, *product]

        rows.append(row(("OnDemand", "", "", ""), "Hrs", of["price"]))
        for (lease, offering_class, purchase), paid in of["reserved"].items():
            for unit, figure in zip(("Quantity", "Hrs"), paid, strict=True):
                if figure:
                    rows.append(row(("Reserved", lease, purchase, offering_class), unit, figure))
    return _csv(rows)


# (family, lease, purchase): {(usage type, operation): rate}
PLAN_RATES = {
    ("ComputeSavingsPlans", "1yr", NO): {
        ("BoxUsage:c5.large", "RunInstances"): "0.0620000000",
        ("BoxUsage:c5.large", "RunInstances:0002"): "0.154",
        ("DedicatedUsage:c5.large", "RunInstances"): "0.0700000000",
        ("BoxUsage:c5.large", "RunInstances:0006"): "0.9",
    },
    ("ComputeSavingsPlans", "3yr", ALL): {("BoxUsage:c5.large", "RunInstances"): "0.0375"},
    ("EC2InstanceSavingsPlans", "1yr", PARTIAL): {("BoxUsage:c5.large", "RunInstances"): "0.0515"},
}


def plans_json(rates: dict[Any, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """An index.json of AWSComputeSavingsPlan."""
    products, terms = [], []
    for number, ((family, lease, purchase), of_plan) in enumerate((rates or PLAN_RATES).items()):
        name = f"PLAN{number}"
        attributes = {"purchaseOption": purchase, "purchaseTerm": lease, "granularity": "hourly"}
        products.append(
            {
                "sku": name,
                "productFamily": family,
                "serviceCode": "ComputeSavingsPlans",
                "attributes": {**attributes, "instanceType": "c5", "regionCode": "us-east-1"},
            }
        )
        terms.append(
            {
                "sku": name,
                "description": f"{lease} {purchase} {family}",
                "effectiveDate": PUBLISHED,
                "leaseContractLength": {"duration": int(lease[0]), "unit": "year"},
                "rates": [
                    {
                        "discountedSku": f"{name}{at}",
                        "discountedUsageType": usage,
                        "discountedOperation": operation,
                        "discountedServiceCode": "AmazonEC2",
                        "rateCode": f"{name}.{at}",
                        "unit": "Hrs",
                        "discountedRate": {"price": price, "currency": "USD"},
                        "discountedRegionCode": "us-east-1",
                        "discountedInstanceType": usage.rpartition(":")[2],
                    }
                    for at, ((usage, operation), price) in enumerate(of_plan.items())
                ],
            }
        )
    document = {
        "version": "20261001201341",
        "publicationDate": PUBLISHED,
        "regionCode": "us-east-1",
        "products": products,
        "terms": {"savingsPlan": terms},
    }
    return copy.deepcopy({**document, **changed})


def plans_csv() -> str:
    """The index.csv of the same Savings Plans."""
    header = (
        "SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode"
    )
    header += ",DiscountedUsageType,DiscountedOperation,PurchaseOption,LeaseContractLength"
    header += ",LeaseContractLengthUnit,ServiceCode,Product Family,DiscountedRegionCode"
    header += ",DiscountedInstanceType"
    rows = [
        ["FormatVersion", "v1.0"],
        ["Disclaimer", "This pricing list is for informational purposes only."],
        ["Publication Date", PUBLISHED],
        ["Version", "20261001201341"],
        ["OfferCode", "AmazonComputeSavingsPlan"],
        header.split(","),
    ]
    for (family, lease, purchase), of_plan in PLAN_RATES.items():
        for (usage, operation), price in of_plan.items():
            start = ["PLAN", "PLAN.CODE", "Hrs", PUBLISHED, price, "USD", "SKU", "AmazonEC2"]
            plan = [usage, operation, purchase, lease[0], "year", "ComputeSavingsPlans", family]
            rows.append([*start, *plan, "us-east-1", usage.rpartition(":")[2]])
    return _csv(rows)


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


def as_bytes(document: dict[str, Any]) -> bytes:
    """The JSON as AWS writes it, on many lines."""
    return json.dumps(document, indent=2).encode()
