"""What does an offer file in CSV hold? Five lines about the file, a header, and a price per row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence

from finops.errors import FileUnreadable, UnknownFormat
from finops.pricing.offer_files.figures import Figures, Intake
from finops.pricing.offer_files.in_json import EC2, PLANS, check_service
from finops.pricing.offer_files.plans_json import KINDS, other_plans
from finops.pricing.offer_files.products import REQUIRED, discounted, product, spec
from finops.pricing.offer_files.reserved import plan_key, reserved_key

_ABOUT_LINES = 5
_EC2_COLUMNS = (*REQUIRED, "termtype", "unit", "priceperunit", "currency")
_PLAN_COLUMNS = {
    "discountedservicecode": "discountedServiceCode",
    "discountedusagetype": "discountedUsageType",
    "discountedoperation": "discountedOperation",
    "discountedregioncode": "discountedRegionCode",
    "discountedinstancetype": "discountedInstanceType",
}
_PLAN_REQUIRED = (
    *("discountedusagetype", "discountedoperation", "discountedrate", "currency"),
    *("productfamily", "purchaseoption", "leasecontractlength"),
)

Row = Sequence[str]


def read_csv(lines: Iterator[str], name: str) -> Figures:
    """The figures of a CSV file. Raises InputError as ``read_offer_file`` does."""
    rows = _rows(lines, name)
    about = {_folded(row[0]): row[1] for row in _first(rows, _ABOUT_LINES, name) if len(row) > 1}
    header = [_folded(cell) for cell in _first(rows, 1, name)[0]]
    intake = Intake(name)
    of_plans = "discountedusagetype" in header
    if not of_plans:
        check_service(about.get("offercode", ""), name)
    _require(header, _PLAN_REQUIRED if of_plans else _EC2_COLUMNS, name)
    take = _plan_taker(header, intake) if of_plans else _ec2_taker(header, intake)
    for number, row in enumerate(rows, start=_ABOUT_LINES + 2):
        if len(row) != len(header):
            raise FileUnreadable(
                f"{name}, row {number}: {len(row)} cells received, {len(header)} expected; it is cut "
                "off or damaged, get it again from AWS"
            )
        take(row)
    return intake.finish(PLANS if of_plans else EC2, about.get("publicationdate", ""))


def _ec2_taker(header: list[str], intake: Intake) -> Callable[[Row], None]:
    at = {column: position for position, column in enumerate(header)}
    lease, offering_class, purchase = (
        at.get(column, -1) for column in ("leasecontractlength", "offeringclass", "purchaseoption")
    )
    system, tenancy = at["operatingsystem"], at["tenancy"]

    def take(row: Row) -> None:
        if row[tenancy] != "Shared" or not row[system]:
            return
        attributes = dict(zip(header, row, strict=True))
        if not attributes.get("productfamily", "Compute Instance").startswith("Compute Instance"):
            return
        priced = product(attributes)
        if priced is None:
            return
        if priced.instance_type not in intake.specs:
            found = spec(attributes, priced.instance_type)
            if found:
                intake.specs[priced.instance_type] = found
        price, currency = row[at["priceperunit"]], row[at["currency"]] or "no currency"
        if row[at["termtype"]] == "OnDemand" and row[at["unit"]] == "Hrs":
            intake.on_demand(priced, price, currency)
        elif row[at["termtype"]] == "Reserved":
            key = reserved_key(
                *(row[cell] if cell >= 0 else "" for cell in (lease, offering_class, purchase))
            )
            if key:
                (intake.once if row[at["unit"]] == "Quantity" else intake.hourly)(
                    priced, key, price, currency
                )

    return take


def _plan_taker(header: list[str], intake: Intake) -> Callable[[Row], None]:
    at = {column: position for position, column in enumerate(header)}
    unit = at.get("leasecontractlengthunit", -1)
    named = [(word, at[column]) for column, word in _PLAN_COLUMNS.items() if column in at]

    def take(row: Row) -> None:
        family = row[at["productfamily"]].replace(" ", "")
        if family not in KINDS:
            raise other_plans(intake.name, {family[:60]})
        lease = row[at["leasecontractlength"]] + (row[unit] if unit >= 0 else "yr")
        key = plan_key(KINDS[family], lease, row[at["purchaseoption"]])
        rate: Mapping[str, str] = {word: row[position] for word, position in named}
        priced = discounted(rate, "")
        if key and priced:
            intake.hourly(priced, key, row[at["discountedrate"]], row[at["currency"]] or "no currency")

    return take


def _folded(header: str) -> str:
    """JSON's ``preInstalledSw`` and CSV's ``Pre Installed S/W`` are one word: letters, all small."""
    return "".join(sign for sign in header if sign.isalnum()).lower()


def _rows(lines: Iterator[str], name: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, strict=True)
    except csv.Error as error:
        raise FileUnreadable(
            f"{name} is no table to its end: {error}; it is cut off or damaged, get it again from AWS"
        ) from error


def _first(rows: Iterator[list[str]], number: int, name: str) -> list[list[str]]:
    found = [row for _, row in zip(range(number), rows, strict=False)]
    if len(found) < number:
        raise FileUnreadable(
            f"{name} ends before its header; expected {_ABOUT_LINES} lines about the file, then columns"
        )
    return found


def _require(header: list[str], columns: Sequence[str], name: str) -> None:
    absent = [column for column in columns if column not in header]
    if absent:
        raise UnknownFormat(
            f"{name} lacks the columns {', '.join(absent)} (received {', '.join(header)[:120]}); "
            "expected the index.csv of AmazonEC2 or of a Savings Plan, as AWS publishes it now"
        )
