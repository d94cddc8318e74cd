"""Which instances does an offer describe? Shared tenancy, in use, with Linux, Windows or Red Hat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from finops.pricing.tables import SpecRow


class Priced(NamedTuple):
    """What a figure is the price of: an hour of this type, with default tenancy."""

    region: str
    instance_type: str
    platform: str


# AWS's operating system, the platform, and the operation on the bill:
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
_SYSTEMS = {
    "Linux": ("Linux/UNIX", "RunInstances"),
    "Windows": ("Windows", "RunInstances:0002"),
    "RHEL": ("Red Hat Enterprise Linux", "RunInstances:0010"),
}
_PLATFORMS = {operation: platform for platform, operation in _SYSTEMS.values()}

# What must stand there. An attribute that a file does not have says nothing against the product.
_WANTED = {
    "tenancy": ("Shared",),
    "capacitystatus": ("Used",),
    "preinstalledsw": ("NA",),
    "marketoption": ("OnDemand",),
    "locationtype": ("AWS Region",),
}
_OWN_LICENSE = ("bring your own license", "byol")
REQUIRED = ("instancetype", "regioncode", "operatingsystem", "tenancy")

# A region, and no Local Zone (us-west-2-lax-1): those are not in the catalogue.
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]+)+-\d{1,2}")
_TYPE = re.compile(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}")
_USAGE = re.compile(r"(?:[A-Z0-9]+-)?BoxUsage(?::(.+))?")

_FACTORS = {"nano": "0.25", "micro": "0.5", "small": "1", "medium": "2", "large": "4", "xlarge": "8"}
_XLARGE_FACTOR, _METAL_FACTOR_PER_VCPU = 8, 2


def product(attributes: Mapping[str, str]) -> Priced | None:
    """What an EC2 product prices, None where the catalogue does not hold its like.

    ``attributes`` are the file's, their names in small letters without spaces.
    """
    system = _SYSTEMS.get(attributes.get("operatingsystem", ""))
    if system is None or any(
        attributes.get(name, good[0]) not in good for name, good in _WANTED.items()
    ):
        return None
    platform, operation = system
    region, instance_type = attributes.get("regioncode", ""), attributes.get("instancetype", "")
    kept = (
        attributes.get("licensemodel", "").lower() not in _OWN_LICENSE
        and attributes.get("operation", operation) in {operation, ""}
        and (not attributes.get("usagetype") or _USAGE.fullmatch(attributes["usagetype"]))
        and _REGION.fullmatch(region)
        and _TYPE.fullmatch(instance_type)
    )
    return Priced(region, instance_type, platform) if kept else None


def discounted(rate: Mapping[str, str], region: str) -> Priced | None:
    """What a rate of a Savings Plan prices, None where the catalogue does not hold its like.

    ``rate`` has discountedUsageType, discountedOperation and, in newer files, discountedRegionCode,
    discountedInstanceType and discountedServiceCode; ``region`` is the file's own.
    """
    platform = _PLATFORMS.get(rate.get("discountedOperation", ""))
    usage = _USAGE.fullmatch(rate.get("discountedUsageType", ""))
    if (
        platform is None
        or usage is None
        or rate.get("discountedServiceCode", "AmazonEC2") != "AmazonEC2"
    ):
        return None
    instance_type = usage[1] or rate.get("discountedInstanceType") or "m1.small"
    where = rate.get("discountedRegionCode") or region
    if not _REGION.fullmatch(where) or not _TYPE.fullmatch(instance_type):
        return None
    return Priced(where, instance_type, platform)


def spec(attributes: Mapping[str, str], instance_type: str) -> SpecRow | None:
    """What the file says of a type, for types that the catalogue does not know; None if too little.

    The files do not say whether Reserved Instances cover other sizes: a new type counts as one whose
    do not, which promises less. ``ri_offered`` is left to whoever has seen the offers.
    """
    family, _, size = instance_type.partition(".")
    vcpu = attributes.get("vcpu", "")
    factor = _factor(attributes.get("normalizationsizefactor", ""), size, vcpu)
    if not vcpu.isascii() or not vcpu.isdecimal() or not int(vcpu) or not factor:
        return None
    memory = attributes.get("memory", "").removesuffix(" GiB").replace(",", "")
    return SpecRow(
        instance_type=instance_type,
        vcpu=vcpu,
        memory_gib=memory if _is_number(memory) else "",
        arch="arm64" if "Graviton" in attributes.get("physicalprocessor", "") else "x86_64",
        category=attributes.get("instancefamily", ""),
        burstable="1" if re.fullmatch(r"t\d.*", family) else "0",
        current_generation="1" if attributes.get("currentgeneration", "Yes") == "Yes" else "0",
        normalization_factor=factor,
        size_flexible="0",
        ri_offered="0",
    )


def _factor(published: str, size: str, vcpu: str) -> str:
    """The factor in the file; where it has none, AWS's table by size: 8 for an xlarge."""
    if _is_number(published):
        return published
    if size in _FACTORS:
        return _FACTORS[size]
    if times := re.fullmatch(r"(\d{1,3})xlarge", size):
        return str(_XLARGE_FACTOR * int(times[1]))
    metal = size.startswith("metal") and vcpu.isascii() and vcpu.isdecimal()
    return str(_METAL_FACTOR_PER_VCPU * int(vcpu)) if metal else ""


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d{1,7}(?:\.\d{1,6})?", text, re.ASCII) is not None and float(text) > 0
