"""Are suggested tags right, and does inference keep silent where there is nothing to infer?

One tag in five of those that are known is masked on the sample and on estates that
``scripts.demo_data`` makes of three other seeds, five times over, and the estate is asked for
suggestions. Printed are, in dollars of resource × key:

- masked: the share with a suggestion, and the share of that which was right; no suggestion for a masked
  tag can be a statement of the resource itself, for masking removes every spelling of the key;
- missing: the same for the tags that the generator left out or spoiled, of which it knows the truth;
- independent: on the same resources with tags drawn at random, the share without any suggestion;
- the reliability table: masked tags by the probability that they were given, those below the
  threshold included.

What is constant in the inference was chosen on the tuning seeds and the sample. The evaluation seeds
were written down before.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from finops import clean_ec2_data, clean_s3_data, tags
from finops.pricing import packaged_catalogue
from finops.tagging import TaggingPolicy
from finops.tagging.evidence import described
from finops.tagging.inference import infer
from finops.tagging.verdict import judge
from scripts.demo_data.buckets import all_buckets
from scripts.demo_data.instances import all_instances
from scripts.demo_data.organisation import tag_policy
from scripts.demo_data.prices import Prices
from scripts.demo_data.resource_lists import bucket_list, compute_list
from scripts.demo_data.tag_texts import true_tags
from scripts.demo_data.timeline import SEED, seeded

SEEDS: Mapping[str, tuple[int, ...]] = {
    "tuning": (SEED, 1, 2, 3),
    "evaluation": (SEED, 20270101, 20270202, 20270303),
}
MASKS = 5
MASKED_SHARE = 0.2
INDEPENDENT_SHARE = 0.8
EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0)

Cells = set[tuple[str, str]]
Truth = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Known:
    """The resources of an estate (``described``), and what every tag would be if it were right."""

    resources: pd.DataFrame
    truth: Truth
    policy: TaggingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Dollars of resource × key: all that were asked for, those with a suggestion, those right."""

    asked: float
    suggested: float
    right: float

    def __add__(self, other: Score) -> Score:
        return Score(
            asked=self.asked + other.asked,
            suggested=self.suggested + other.suggested,
            right=self.right + other.right,
        )

    @property
    def precision_pct(self) -> float:
        return 100 * self.right / self.suggested if self.suggested else float("nan")

    @property
    def abstained_pct(self) -> float:
        return 100 * (1 - self.suggested / self.asked) if self.asked else float("nan")


def estate_of(seed: int) -> Known:
    """The estate that the generator makes of a seed, and the truth about its tags."""
    with seeded(seed):
        prices = Prices(packaged_catalogue())
        instances, buckets = all_instances(prices), all_buckets()
        ec2 = clean_ec2_data(compute_list(instances))
        s3 = clean_s3_data(bucket_list(buckets, prices))
        made = [(one.id, one.fleet) for one in instances]
        made_buckets = [(one.name, one.purpose) for one in buckets]
        true = {
            name: true_tags(name, of.team, of.project, of.environment)
            for name, of in (*made, *made_buckets)
        }
    account = {name: of.account.id for name, of in (*made, *made_buckets)}
    resources = described(
        ec2.assign(AccountId=ec2["InstanceId"].map(account).astype("str")),
        s3.assign(AccountId=s3["BucketName"].map(account).astype("str")),
    )
    truth = {(name, key): value for name, of in true.items() for key, value in of.items()}
    return Known(resources=resources, truth=truth, policy=TaggingPolicy.model_validate(tag_policy()))


def cells_known(known: Known) -> Cells:
    """Resource × key where the resource carries the key with a value that the policy allows."""
    return {
        (row["resource_id"], key)
        for row in known.resources.to_dict(orient="records")
        for verdict in [judge(tags.as_dict(row["tags"]), known.policy, row["resource_type"])]
        for key in known.policy.required
        if key in verdict.present and not verdict.violates(key)
    }


def masked(known: Known, mask: int) -> tuple[Known, Cells]:
    """The estate without one in five of the known tags, and which these are."""
    rng = np.random.default_rng(mask)
    cells = sorted(cells_known(known))
    hidden = {
        cell for cell, roll in zip(cells, rng.random(len(cells)), strict=True) if roll < MASKED_SHARE
    }

    def without(resource: str, text: str) -> str:
        kept = {
            name: value
            for name, value in tags.as_dict(text).items()
            if (resource, known.policy.key_of(name)) not in hidden
        }
        return tags.canonical(kept)

    texts = [
        without(resource, text)
        for resource, text in zip(known.resources["resource_id"], known.resources["tags"], strict=True)
    ]
    return _with_tags(known, texts), hidden


def independent(known: Known, draw: int) -> Known:
    """The same resources; each key is there four times in five, with the value of any other resource."""
    rng = np.random.default_rng(draw)
    names = sorted(known.resources["resource_id"])
    texts: dict[str, dict[str, str]] = {name: {} for name in names}
    for key in known.policy.required:
        there = rng.random(len(names)) < INDEPENDENT_SHARE
        for name, other, is_there in zip(names, rng.permutation(names), there, strict=True):
            if is_there:
                texts[name][key] = known.truth[other, key]
    return _with_tags(known, [tags.canonical(texts[name]) for name in known.resources["resource_id"]])


def score(known: Known, cells: Cells | None = None, truth: Truth | None = None) -> Score:
    """What was asked for, suggested and right: of these cells, else of all that lack a key."""
    told = infer(known.resources, known.policy)
    rows = told.suggestions
    pairs = list(zip(rows["resource_id"], rows["key"], strict=True))
    counted = np.array([cells is None or pair in cells for pair in pairs], dtype=np.bool_)
    right = np.array(
        [
            (truth or known.truth).get(pair) == value
            for pair, value in zip(pairs, rows["value"], strict=True)
        ],
        dtype=np.bool_,
    )
    cost = rows["monthly_cost_usd"].to_numpy()
    dollars = dict(zip(known.resources["resource_id"], known.resources["monthly_cost_usd"], strict=True))
    asked = (
        sum(one.lacking_usd for one in told.keys)
        if cells is None
        else sum(dollars[resource] for resource, _ in cells)
    )
    return Score(
        asked=asked, suggested=float(cost[counted].sum()), right=float(cost[counted & right].sum())
    )


def given_probabilities(known: Known, cells: Cells, truth: Truth) -> Iterator[tuple[float, bool, float]]:
    """Probability, whether it was right, and dollars of every cell that can be told anything at all."""
    rows = infer(known.resources, known.policy, target=0.0).suggestions
    for row in rows.to_dict(orient="records"):
        cell = (row["resource_id"], row["key"])
        if cell in cells:
            yield row["probability"], truth[cell] == row["value"], row["monthly_cost_usd"]


def _with_tags(known: Known, texts: Sequence[str]) -> Known:
    resources = known.resources.assign(tags=pd.Series(texts, dtype="object"))
    return Known(resources=resources, truth=known.truth, policy=known.policy)


def _carried(known: Known) -> Truth:
    """What the resources carry: the truth about a masked tag is what stood there."""
    return {
        (resource, key): value.strip()
        for resource, text in zip(known.resources["resource_id"], known.resources["tags"], strict=True)
        for key, value in tags.as_dict(text).items()
    }


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", choices=SEEDS, default="tuning")
    seeds = SEEDS[asked.parse_args(words).seeds]
    nothing = Score(asked=0.0, suggested=0.0, right=0.0)
    totals = {"masked": nothing, "missing": nothing, "independent": nothing}
    given: list[tuple[float, bool, float]] = []
    print(f"{'seed':>10}  {'tags':12}{'precision by $':>16}{'no suggestion':>15}")
    for seed in seeds:
        known = estate_of(seed)
        scores = {"masked": nothing, "missing": score(known), "independent": nothing}
        for mask in range(MASKS):
            mix = zlib.crc32(f"{seed} {mask}".encode())
            fewer, hidden = masked(known, mix)
            carried = _carried(known)
            scores["masked"] += score(fewer, hidden, carried)
            given.extend(given_probabilities(fewer, hidden, carried))
            scores["independent"] += score(independent(known, mix), truth={})
        for what, one in scores.items():
            totals[what] += one
            _print(seed, what, one)
    for what, one in totals.items():
        _print("all", what, one)
    print("\nmasked tags by probability: resources × keys, mean probability and right, by dollars")
    for low, high in pairwise(EDGES):
        here = [one for one in given if low <= one[0] < high]
        dollars = sum(one[2] for one in here)
        if dollars:
            mean = sum(one[0] * one[2] for one in here) / dollars
            right = sum(one[1] * one[2] for one in here) / dollars
            print(f"{low:.2f}–{high:.2f}  {len(here):6}  {100 * mean:6.1f}%  {100 * right:6.1f}%")


def _print(seed: object, what: str, one: Score) -> None:
    precision = "–" if what == "independent" else f"{one.precision_pct:.1f}%"
    print(f"{seed!s:>10}  {what:12}{precision:>16}{one.abstained_pct:>14.1f}%")


if __name__ == "__main__":
    main()
