"""What does an offer file in JSON hold? EC2 by SKU, Savings Plans by plan, or addresses by region.

Which of them, its own keys say. Products come before terms, as AWS writes them: terms are kept for the
products that were kept, and everything else is passed over unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from finops.errors import UnknownFormat
from finops.pricing.offer_files.ec2_json import Ec2Reader
from finops.pricing.offer_files.figures import Figures, Intake
from finops.pricing.offer_files.json_events import Event, as_map, build, events, members, skip
from finops.pricing.offer_files.plans_json import PlanReader

EC2, PLANS = "AmazonEC2", "AWSComputeSavingsPlan"
_HEADER = ("offerCode", "publicationDate", "regionCode", "version")
_MOST_REGIONS = 500


@dataclass(frozen=True, slots=True)
class RegionIndex:
    """The addresses of the offer files of each region, as the index has them."""

    urls: Mapping[str, str]


def read_json(content: Iterator[bytes], name: str) -> Figures | RegionIndex:
    """The figures, or the addresses, of a JSON file. Raises InputError as ``read_offer_file`` does."""
    stream = events(content, name)
    next(stream)  # the object itself: the caller has seen its bracket
    reader = _Reader(stream, name)
    index: RegionIndex | None = None
    for key in members(stream):
        first = next(stream)
        if key == "regions":
            index = _region_index(build(stream, first, name), name)
        else:
            reader.take(key, first)
    for _ in stream:  # what follows the object is an error of the parser's
        pass
    return index or reader.finish()


class _Reader:
    """The document as far as it has been read."""

    def __init__(self, stream: Iterator[Event], name: str) -> None:
        self._stream = stream
        self._name = name
        self._header: dict[str, str] = {}
        self._intake = Intake(name)
        self._ec2 = Ec2Reader(stream, self._intake)
        self._plans = PlanReader(stream, self._intake)
        self._service = ""

    def take(self, key: str, first: Event) -> None:
        """One member of the document."""
        match key, first[0]:
            case "products", "start_map":
                check_service(self._header.get("offerCode", EC2), self._name)
                self._service = EC2
                self._ec2.products()
            case "products", "start_array":
                self._service = PLANS
                self._plans.products()
            case "terms", "start_map":
                self._terms()
            case _, "string" if key in _HEADER:
                self._header[key] = str(first[1])
            case _:
                skip(self._stream, first[0], self._name)

    def _terms(self) -> None:
        if not self._service:
            raise UnknownFormat(
                f"{self._name} has its terms before its products, or no products; expected an offer "
                "file as AWS writes it"
            )
        for key in members(self._stream):
            first = next(self._stream)
            match self._service, key, first[0]:
                case "AmazonEC2", "OnDemand", "start_map":
                    self._ec2.on_demand()
                case "AmazonEC2", "Reserved", "start_map":
                    self._ec2.reserved()
                case "AWSComputeSavingsPlan", "savingsPlan", "start_array":
                    self._plans.terms(self._header.get("regionCode", ""))
                case _:
                    skip(self._stream, first[0], self._name)

    def finish(self) -> Figures:
        """The figures of the whole document."""
        if not self._service:
            raise UnknownFormat(
                f"{self._name} is JSON without products or regions; expected an offer file of AmazonEC2 "
                "or of a Savings Plan, or a region_index.json"
            )
        if self._service == EC2:
            check_service(self._header.get("offerCode", ""), self._name)
        return self._intake.finish(self._service, self._header.get("publicationDate", ""))


def check_service(offer_code: str, name: str) -> None:
    """Raise UnknownFormat for the offer file of another service."""
    if offer_code != EC2:
        raise UnknownFormat(
            f"{name} is an offer file of {offer_code[:60] or 'no service'}; expected {EC2} or a Savings "
            "Plan: the catalogue takes nothing from another service"
        )


def _region_index(regions: object, name: str) -> RegionIndex:
    """EC2 has an object of regions with currentVersionUrl, Savings Plans a list with versionUrl."""
    entries = list(regions.values()) if isinstance(regions, dict) else regions
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_REGIONS:
        raise UnknownFormat(f"{name} lists no regions; expected AWS's region_index.json")
    urls: dict[str, str] = {}
    for entry in entries:
        fields = as_map(entry, name, "a region of the index")
        region = fields.get("regionCode")
        url = fields.get("currentVersionUrl") or fields.get("versionUrl")
        if not isinstance(region, str) or not isinstance(url, str) or not url:
            raise UnknownFormat(f"{name} has a region without regionCode or address of its offer file")
        other = re.match(r"(?:https?://[^/]+)?/offers/v1\.0/aws/([^/]+)/", url)
        if other:
            check_service(other[1], name)
        urls[region] = url
    return RegionIndex(urls)
