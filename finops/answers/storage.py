"""What do the buckets cost, by class, region and age and against list price, and which need a look?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from finops.answers.inventory import TAG_COLUMNS
from finops.answers.lifecycle import LifecycleSettings, rank_lifecycles
from finops.errors import CatalogueError
from finops.estate import Estate
from finops.insights.storage_costs import (
    ABOVE,
    AGES,
    NO_DATE,
    against,
    judged_buckets,
)
from finops.money import usd
from finops.pricing import Catalogue, load_catalogue
from finops.schema import total
from finops.tags import values

_UNKNOWN = "(unknown)"
LINK = "S3"
# A rule that would save less than this a month on a bucket is not worth a line of its own.
LEAST_CANDIDATE_USD = 1.0
MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One kind of bucket to look at: how many, and their monthly cost in the list.

    ``column`` names the flag of ``Storage.buckets`` that tells them.
    """

    column: str
    count: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Storage:
    """The buckets of an estate, and what may be read from their list. Dollars are the list's, a month.

    ``buckets``: a row a bucket, the columns of ``judged_buckets`` and one per mandatory tag.
    ``usd_per_gb`` is cost ÷ GB over the buckets where both are known. ``by_class``, ``by_region``,
    ``by_age``: name, resources, cost_usd, size_gb, usd_per_gb, dearest first, ages from young to old.
    ``by_price``: a row per class and region of the buckets with a cost and a size: storage_class,
    region, resources, cost_usd, size_gb, usd_per_gb, list_usd, list_usd_per_gb, difference_usd = cost −
    list (NaN where not priced), reading, as of a bucket, from the sums of cost and of both list prices.
    ``list_usd`` is what the priced ones of these store at list price, ``priced_usd`` what they cost;
    ``readings`` counts buckets by reading.
    ``no_prices`` says why there is no catalogue; nothing is priced then.
    """

    buckets: pd.DataFrame
    count: int
    monthly_cost_usd: Decimal
    total_size_gb: float
    usd_per_gb: float | None
    unknown_cost: int
    by_class: pd.DataFrame
    by_region: pd.DataFrame
    by_age: pd.DataFrame
    by_price: pd.DataFrame
    list_usd: float
    priced_usd: float
    readings: dict[str, int]
    unencrypted: Flag
    unversioned: Flag
    empty: Flag
    outsized: Flag
    small_objects: Flag
    above_list: Flag
    no_prices: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCandidate:
    """Something on S3 that is worth a look. Dollars a month.

    ``cost_usd`` is what the buckets cost in the list, ``saving_usd`` what could be saved, None where
    nobody can tell; it is a candidate and no part of any sum. ``link`` is the tab that shows it.
    """

    kind: str
    title: str
    reason: str
    cost_usd: float
    saving_usd: float | None
    link: str = LINK


def storage(estate: Estate, catalogue: Catalogue | None = None) -> Storage:
    """The buckets of an estate with their totals, by default at the prices of the catalogue in force."""
    prices, told = _prices() if catalogue is None else (catalogue, None)
    s3 = estate.s3
    tagged = {key: values(s3["Tags"], key) for key in TAG_COLUMNS}
    buckets = judged_buckets(s3, prices, estate.as_of).assign(**tagged)
    buckets["above_list"] = buckets["reading"].eq(ABOVE)
    both = buckets[buckets["MonthlyCostUSD"].notna() & (buckets["TotalSizeGB"] > 0)]
    size = float(both["TotalSizeGB"].sum())
    priced = both[both["list_usd"].notna()]
    by_age = _by(buckets, "age").set_index("name")
    return Storage(
        buckets=buckets,
        count=len(buckets),
        monthly_cost_usd=total(s3["MonthlyCostUSD"]),
        total_size_gb=float(s3["TotalSizeGB"].sum()),
        usd_per_gb=float(both["MonthlyCostUSD"].sum()) / size if size > 0 else None,
        unknown_cost=int(s3["MonthlyCostUSD"].isna().sum()),
        by_class=_by(buckets, "StorageClass"),
        by_region=_by(buckets, "Region"),
        by_age=by_age.reindex([name for name in (*AGES, NO_DATE) if name in by_age.index]).reset_index(),
        by_price=_by_price(both),
        list_usd=float(priced["list_usd"].sum()),
        priced_usd=float(priced["MonthlyCostUSD"].sum()),
        readings={str(name): int(count) for name, count in buckets["reading"].value_counts().items()},
        unencrypted=_flag(buckets, "unencrypted"),
        unversioned=_flag(buckets, "unversioned"),
        empty=_flag(buckets, "empty"),
        outsized=_flag(buckets, "outsized"),
        small_objects=_flag(buckets, "small_objects"),
        above_list=_flag(buckets, "above_list"),
        no_prices=told,
    )


def _prices() -> tuple[Catalogue | None, str | None]:
    """The catalogue in force, or why it cannot be used: what a list says needs no price."""
    try:
        return load_catalogue(), None
    except CatalogueError as error:
        return None, str(error)


def storage_candidates(estate: Estate) -> tuple[StorageCandidate, ...]:
    """What is worth a look on S3: a line a kind of waste or risk, and one a bucket that a rule helps.

    The rule is that of ``LifecycleSettings()``. Lines with a saving come first, the largest first; then
    by what the buckets cost. Kinds: lifecycle, empty, above_list, small_objects, outsized, unencrypted.
    """
    if estate.s3.empty:
        return ()
    answer = storage(estate)
    found = [*_by_rule(estate), *_by_flag(answer)]
    return tuple(sorted(found, key=lambda one: (-(one.saving_usd or 0.0), -one.cost_usd, one.title)))


def _by_rule(estate: Estate) -> Iterator[StorageCandidate]:
    settings = LifecycleSettings()
    ranked = rank_lifecycles(estate, settings).table.dropna(subset="MonthlyCostUSD")
    worth = ranked[ranked["saving_a_month_usd"] >= LEAST_CANDIDATE_USD].head(MOST_CANDIDATES)
    for row in worth.to_dict("records"):
        yield StorageCandidate(
            kind="lifecycle",
            title=f"{row['BucketName']}: try a lifecycle rule",
            reason=f"{row['TotalSizeGB']:,.0f} GB in {row['StorageClass']}: {row['rule']}. Mean of "
            f"{settings.months} months at list price, if data came in evenly since the bucket was made, "
            f"nothing new comes in and {settings.retrieved_pct:g} % is read a month"
            f"{_limit(row['stops_at_pct'])}{_less(row['less_because'])}",
            cost_usd=float(row["MonthlyCostUSD"]),
            saving_usd=float(row["saving_a_month_usd"]),
        )


def _limit(stops_at_pct: float) -> str:
    return "." if pd.isna(stops_at_pct) else f"; above {stops_at_pct:,.0f} % the rule costs more."


def _less(because: str) -> str:
    return f" {because[:1].upper()}{because[1:]}." if because else ""


def _by_flag(answer: Storage) -> Iterator[StorageCandidate]:
    above, small = (answer.buckets[answer.buckets[name]] for name in ("above_list", "small_objects"))
    for flag, title, reason in (
        (answer.empty, "empty and not free", "No object or no GB in the list, yet a cost."),
        (
            answer.above_list,
            "above list price",
            f"{usd(float(above['beyond_usd'].sum()))} more than storage at list price: requests, "
            "transfer, old versions, or another class than the list says.",
        ),
        (
            answer.small_objects,
            "of objects below the smallest that their class bills",
            f"AWS bills 128 KB for each: {usd(float(small['list_usd'].sum()))} at list price, against "
            f"{usd(float(small['standard_usd'].sum()))} in STANDARD. The list's cost may leave it out.",
        ),
        (
            answer.outsized,
            "far larger than the others",
            "A tenth of all GB and three times an equal share, or 3.5 robust standard deviations above "
            "its class.",
        ),
        (answer.unencrypted, "not encrypted", "The Encryption of the list is None."),
    ):
        # What is empty and free harms nobody.
        if flag.count and (flag.cost_usd > 0 or flag is not answer.empty):
            yield StorageCandidate(
                kind=flag.column,
                title=f"{flag.count} {'bucket' if flag.count == 1 else 'buckets'} {title}",
                reason=reason,
                cost_usd=float(flag.cost_usd),
                saving_usd=None,
            )


def _flag(buckets: pd.DataFrame, column: str) -> Flag:
    flagged = buckets.loc[buckets[column], "MonthlyCostUSD"]
    return Flag(column=column, count=len(flagged), cost_usd=total(flagged))


def _by(buckets: pd.DataFrame, column: str) -> pd.DataFrame:
    names = buckets[column].fillna(_UNKNOWN)
    cost, size = buckets["MonthlyCostUSD"], buckets["TotalSizeGB"]
    both = cost.notna() & (size > 0)
    frame = pd.DataFrame(
        {
            "resources": names.groupby(names).size(),
            "cost_usd": cost.groupby(names).sum(),
            "size_gb": size.where(both).groupby(names).sum(min_count=1),
            "both_usd": cost.where(both).groupby(names).sum(min_count=1),
        }
    ).rename_axis("name")
    frame["usd_per_gb"] = frame.pop("both_usd") / frame["size_gb"]
    return frame.reset_index().sort_values(
        ["cost_usd", "name"], ascending=[False, True], ignore_index=True
    )


def _by_price(both: pd.DataFrame) -> pd.DataFrame:
    keys = {
        "storage_class": both["StorageClass"].fillna(_UNKNOWN),
        "region": both["Region"].fillna(_UNKNOWN),
    }
    sums = (
        both.assign(**keys)
        .groupby(["storage_class", "region"])
        .agg(
            resources=("BucketName", "size"),
            cost_usd=("MonthlyCostUSD", "sum"),
            size_gb=("TotalSizeGB", "sum"),
            list_usd=("list_usd", lambda one: one.sum(skipna=False)),
            list_least_usd=("list_least_usd", lambda one: one.sum(skipna=False)),
        )
    )
    frame = sums.assign(
        usd_per_gb=sums["cost_usd"] / sums["size_gb"],
        list_usd_per_gb=sums["list_usd"] / sums["size_gb"],
        # Half a cent of rounding is no difference, nor a negative zero.
        difference_usd=(sums["cost_usd"] - sums["list_usd"]).round(2) + 0.0,
        reading=against(sums["cost_usd"], sums["size_gb"], sums["list_usd"], sums["list_least_usd"])[
            "reading"
        ],
    )
    return frame.reset_index().sort_values("cost_usd", ascending=False, ignore_index=True)
