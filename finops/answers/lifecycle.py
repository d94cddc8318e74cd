"""What would a lifecycle rule save on a bucket, and on which buckets most?

Dollars are list prices over the months of the settings, and candidates: how old objects are and what of
them is read stands in no list. Nobody adds them to another sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from finops.answers.lifecycle_reasons import at_its_cost, figure, not_told, text
from finops.errors import InputError, LifecycleError, UnknownPrice
from finops.estate import Estate
from finops.insights.lifecycle import Bill, Lifecycle, simulate
from finops.insights.lifecycle_rules import (
    LEAST_MOVED_KB,
    Ages,
    Assumptions,
    Step,
    Stored,
    applicable,
    checked,
    checked_steps,
)
from finops.insights.storage_costs import judged_buckets
from finops.pricing import Catalogue, load_catalogue

__all__ = [
    "LifecycleRanking",
    "LifecycleSettings",
    "Step",
    "TriedLifecycle",
    "in_words",
    "rank_lifecycles",
    "try_lifecycle",
]

# So many of the dearest buckets are tried; the ranking says how many are not.
MOST_TRIED = 200
DEFAULT_STEPS = (Step(30, "STANDARD_IA"), Step(90, "GLACIER_IR"))
_PARTS = ("storage_usd", "moves_usd", "early_usd", "reads_usd", "writes_usd")
_RANKED = (
    "BucketName", "AccountId", "Region", "StorageClass", "MonthlyCostUSD", "TotalSizeGB", "ObjectCount",
    "object_kb", "list_usd", "rule", "saving_usd", "saving_a_month_usd", "breaks_even_month",
    "stops_at_pct", "why_not", "less_because",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleSettings:
    """The rule, and what is assumed beside the lists: see ``Assumptions``, whose words these are.

    ``ages`` "even": data came in evenly since the bucket's creation; "equal": all of it is
    ``equal_age_days`` old, whatever the bucket's age.
    """

    steps: tuple[Step, ...] = DEFAULT_STEPS
    ages: Ages = "even"
    equal_age_days: int = 0
    retrieved_pct: float = 1.0
    gets_per_object: float = 1.0
    puts_per_object: float = 1.0
    growth_pct: float = 0.0
    deleted_after_days: int | None = None
    months: int = 12
    small_objects: bool = False

    def assumptions(self, bucket_age_days: float) -> Assumptions:
        """The assumptions on a bucket of this age."""
        return Assumptions(
            ages=self.ages,
            age_days=bucket_age_days if self.ages == "even" else self.equal_age_days,
            retrieved_share=self.retrieved_pct / 100,
            gets_per_object=self.gets_per_object,
            puts_per_object=self.puts_per_object,
            growth=self.growth_pct / 100,
            deleted_after_days=self.deleted_after_days,
            months=self.months,
            small_objects=self.small_objects,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TriedLifecycle:
    """The rule on one bucket. ``result`` is None where it moves nothing or cannot be tried; ``why_not``
    then says why.

    ``saving_usd`` is that of ``result``, which is at list price, or less where the bucket costs less
    than list price in the list; ``less_because`` then says so, else it is empty.

    ``monthly``: month, the parts of both bills (``as_is_…``, ``with_rule_…``), ``saved_usd`` so far, and
    the GB at the month's end by class.
    """

    bucket: str
    region: str | None
    storage_class: str | None
    cost_usd: float | None
    list_usd: float | None
    saving_usd: float | None
    less_because: str
    age_days: float | None
    object_kb: float | None
    result: Lifecycle | None
    why_not: str | None
    monthly: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LifecycleRanking:
    """The buckets by what the rule saves on each over the months, most first; without a figure last.

    ``table``: BucketName, AccountId, Region, StorageClass, MonthlyCostUSD, TotalSizeGB, ObjectCount,
    object_kb, list_usd, rule (its steps that move something there), saving_usd over all months (no more
    than the bucket costs), saving_a_month_usd = ÷ months, breaks_even_month and stops_at_pct (of GB
    read a month) at list price, why_not, less_because. ``not_tried``: buckets beyond the 200 dearest.
    """

    table: pd.DataFrame
    candidates: int
    not_tried: int
    months: int


def try_lifecycle(
    estate: Estate, bucket: str, settings: LifecycleSettings, catalogue: Catalogue | None = None
) -> TriedLifecycle:
    """The rule on one bucket, month by month.

    Raises LifecycleError for a rule that AWS would refuse, InputError for a bucket that is not there.
    """
    prices = load_catalogue() if catalogue is None else catalogue
    checked_steps(settings.steps)
    of_it = estate.s3[estate.s3["BucketName"].eq(bucket)]
    if of_it.empty:
        raise InputError(f"there is no bucket {bucket!r} in the list; choose one that it shows")
    row = judged_buckets(of_it, prices, estate.as_of).iloc[0]
    result, why_not = _tried(row, settings, prices)
    saving, less_because = at_its_cost(row, result)
    return TriedLifecycle(
        bucket=bucket,
        region=text(row["Region"]),
        storage_class=text(row["StorageClass"]),
        cost_usd=figure(row["MonthlyCostUSD"]),
        list_usd=figure(row["list_usd"]),
        saving_usd=saving,
        less_because=less_because,
        age_days=_days(row),
        object_kb=figure(row["object_kb"]),
        result=result,
        why_not=why_not,
        monthly=_monthly(result),
    )


def rank_lifecycles(
    estate: Estate, settings: LifecycleSettings, catalogue: Catalogue | None = None
) -> LifecycleRanking:
    """The rule on each of the dearest buckets. Raises LifecycleError for one that AWS would refuse."""
    prices = load_catalogue() if catalogue is None else catalogue
    checked_steps(settings.steps)
    by_cost = estate.s3["MonthlyCostUSD"].sort_values(ascending=False, kind="stable")
    dearest = judged_buckets(estate.s3.loc[by_cost.index[:MOST_TRIED]], prices, estate.as_of)
    rows = []
    for _, row in dearest.iterrows():
        result, why_not = _tried(row, settings, prices)
        saving, less_because = at_its_cost(row, result)
        rows.append(
            {
                "saving_usd": saving,
                "saving_a_month_usd": None if saving is None else saving / settings.months,
                "breaks_even_month": None if result is None else result.breaks_even_month,
                "stops_at_pct": _stops_at_pct(result),
                "rule": "" if result is None else in_words(result.steps),
                "why_not": why_not or "",
                "less_because": less_because,
            }
        )
    numbers = ["saving_usd", "saving_a_month_usd", "breaks_even_month", "stops_at_pct"]
    words = ["rule", "why_not", "less_because"]
    tried = pd.DataFrame(rows, columns=[*numbers, *words], index=dearest.index)
    tried = tried.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(words, "str"))
    table = dearest.join(tried)[list(_RANKED)]
    ranked = table.sort_values(
        ["saving_usd", "MonthlyCostUSD"], ascending=False, na_position="last", ignore_index=True
    )
    return LifecycleRanking(
        table=ranked,
        candidates=int((ranked["saving_usd"] > 0).sum()),
        not_tried=len(estate.s3) - len(dearest),
        months=settings.months,
    )


def in_words(steps: tuple[Step, ...]) -> str:
    """``STANDARD_IA after 30 days, GLACIER_IR after 90 days``"""
    return ", ".join(f"{step.storage_class} after {step.after_days} days" for step in steps)


def _tried(
    row: pd.Series, settings: LifecycleSettings, prices: Catalogue
) -> tuple[Lifecycle | None, str | None]:
    """The rule on a row of ``judged_buckets``, and why there is nothing to see of it."""
    if (lacks := not_told(row, of_age=settings.ages == "even")) is not None:
        return None, lacks
    stored = Stored(
        region=str(row["Region"]),
        storage_class=str(row["StorageClass"]),
        size_gb=float(row["TotalSizeGB"]),
        objects=float(row["ObjectCount"]),
    )
    assumed = settings.assumptions(_days(row) or 0.0)
    try:
        checked(stored, assumed)
        if not applicable(stored, settings.steps, assumed):
            return None, _moves_nothing(stored, settings)
        return simulate(stored, settings.steps, assumed, prices), None
    except (UnknownPrice, LifecycleError) as error:
        return None, str(error)


def _moves_nothing(stored: Stored, settings: LifecycleSettings) -> str:
    if stored.object_kb < LEAST_MOVED_KB and not settings.small_objects:
        return (
            f"its objects have {stored.object_kb:,.0f} KB on average: AWS moves none below "
            f"{LEAST_MOVED_KB} KB unless the rule says so"
        )
    if not settings.steps:
        return "the rule has no step"
    if settings.deleted_after_days is not None and applicable(
        stored, settings.steps, LifecycleSettings(small_objects=True).assumptions(0.0)
    ):
        return "its objects are deleted before the rule moves them"
    return f"no step of the rule leads to a class colder than {stored.storage_class}"


def _monthly(result: Lifecycle | None) -> pd.DataFrame:
    if result is None:
        return pd.DataFrame()
    rows = [
        {"month": month.number}
        | _parts("as_is", month.as_is)
        | _parts("with_rule", month.with_rule)
        | {f"gb_{name}": size for name, size in month.gb.items()}
        for month in result.months
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(saved_usd=(frame["as_is_usd"] - frame["with_rule_usd"]).cumsum())


def _parts(prefix: str, bill: Bill) -> dict[str, float]:
    parts = {f"{prefix}_{name}": float(getattr(bill, name)) for name in _PARTS}
    return {f"{prefix}_usd": bill.total_usd, **parts}


def _stops_at_pct(result: Lifecycle | None) -> float | None:
    return None if result is None or result.stops_at is None else result.stops_at * 100


def _days(row: pd.Series) -> float | None:
    years = figure(row["age_years"])
    return None if years is None else years * 365.25
