"""Why is there no price? What was asked, what is near it, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from finops.errors import UnknownPrice
from finops.pricing.derivations import NOT_SOLD_AS_RI
from finops.schema import PLATFORMS

_SHOWN = 6
_REMEDY = "correct the request, or load a catalogue that has it"


def unknown_type(instance_type: object, known: Iterable[str]) -> UnknownPrice:
    """No region prices this type."""
    near = _near(instance_type, sorted(known))
    hint = f"near it: {', '.join(near)}" if near else "no type has a name like it"
    return UnknownPrice(f"the catalogue has no instance type {instance_type!r} ({hint}); {_REMEDY}")


def unknown_region(region: object, known: Iterable[str]) -> UnknownPrice:
    """The catalogue has no such region."""
    regions = sorted(known)
    near = _near(region, regions)
    hint = f"near it: {', '.join(near)}" if near else f"known: {', '.join(regions)}"
    return UnknownPrice(f"the catalogue has no region {region!r} ({hint}); {_REMEDY}")


def not_in_region(instance_type: str, region: str, priced_in: Iterable[str]) -> UnknownPrice:
    """Both are known, but not together."""
    return UnknownPrice(
        f"{instance_type} is not priced in {region}; it is priced in {shortened(priced_in)}; {_REMEDY}"
    )


def unknown_platform(platform: object) -> UnknownPrice:
    """The platform is none of AWS's words that the catalogue prices."""
    return UnknownPrice(
        f"the catalogue has no platform {platform!r}; expected one of {', '.join(PLATFORMS)}"
    )


def platform_not_priced(
    instance_type: str, region: str, platform: str, priced: Iterable[str]
) -> UnknownPrice:
    """The type is priced there, but not with this platform."""
    return UnknownPrice(
        f"{instance_type} in {region} is not priced for {platform}; "
        f"it is for {', '.join(priced)}; {_REMEDY}"
    )


def tenancy_not_priced(tenancy: object) -> UnknownPrice:
    """Only default tenancy is in the catalogue."""
    return UnknownPrice(
        f"the catalogue prices default tenancy only, not {tenancy!r}; take the rate from the bill"
    )


def offer_not_priced(
    asked: str, instance_type: str, region: str, platform: str, priced: Iterable[str]
) -> UnknownPrice:
    """The type is priced, but not under this commitment."""
    family = instance_type.partition(".")[0]
    why = f"AWS sells no Reserved Instances of {family}; " if family in NOT_SOLD_AS_RI else ""
    return UnknownPrice(
        f"there is no price of {asked} for {instance_type} in {region} on {platform}; "
        f"{why}priced are {'; '.join(priced)}"
    )


def storage_not_priced(
    region: str, storage_class: object, priced: Mapping[str, Iterable[str]]
) -> UnknownPrice:
    """No storage price: ``priced`` holds the regions of each class that the catalogue knows."""
    regions = list(priced.get(str(storage_class), ()))
    if not regions:
        return UnknownPrice(
            f"the catalogue has no storage class {storage_class!r}; "
            f"expected one of {', '.join(sorted(priced))}"
        )
    return UnknownPrice(
        f"storage class {storage_class} is not priced in {region!r}; "
        f"it is priced in {shortened(regions)}; {_REMEDY}"
    )


def request_not_priced(
    region: str, storage_class: str, rate: str, priced: Iterable[tuple[str, str, str]]
) -> UnknownPrice:
    """No request rate: ``priced`` holds the (region, class, rate) that the catalogue knows."""
    known = list(priced)
    regions = sorted({row[0] for row in known})
    if region not in regions:
        return UnknownPrice(
            f"S3 requests and retrieval are not priced in {region!r}; "
            f"they are in {', '.join(regions)} only"
        )
    rates = sorted(row[2] for row in known if row[:2] == (region, storage_class))
    near = (
        f"priced for it are {', '.join(rates)}"
        if rates
        else "nothing but storage is priced for that class"
    )
    return UnknownPrice(f"{storage_class} has no rate {rate!r} in {region}; {near}")


def _near(asked: object, names: list[str]) -> list[str]:
    # A missing value of a frame is near nothing, though "nan" looks like "nano".
    wanted = asked.strip().lower() if isinstance(asked, str) else ""
    return get_close_matches(wanted, names, n=_SHOWN, cutoff=0.6)


def shortened(names: Iterable[str]) -> str:
    """The first few names in order, and how many more there are."""
    ordered = sorted(names)
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return ", ".join(ordered[:_SHOWN]) + more
