"""The benchmark of tag inference on the sample: right where it speaks, silent where it must be."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.tag_inference import (
    MASKED_SHARE,
    SEEDS,
    Known,
    cells_known,
    estate_of,
    independent,
    masked,
    score,
)
from finops import Estate, tags
from scripts.demo_data.timeline import SEED


@pytest.fixture(scope="module")
def known() -> Known:
    return estate_of(SEED)


def test_the_estate_of_the_seed_is_the_sample(known: Known, sample: Estate) -> None:
    theirs = pd.concat([sample.ec2["Tags"], sample.s3["Tags"]]).astype("object").tolist()
    assert known.resources["tags"].tolist() == theirs
    # Every tag that is as the policy wants it is the truth.
    carried = dict(zip(known.resources["resource_id"], theirs, strict=True))
    for resource, key in cells_known(known):
        assert tags.as_dict(carried[resource])[key].casefold() == known.truth[resource, key].casefold()


def test_a_mask_takes_every_spelling_away(known: Known) -> None:
    fewer, hidden = masked(known, 7)
    before = cells_known(known)
    assert hidden < before
    assert len(hidden) == pytest.approx(MASKED_SHARE * len(before), rel=0.2)
    assert cells_known(fewer) == before - hidden


def test_of_masked_tags_95_percent_of_the_suggested_dollars_are_right(known: Known) -> None:
    fewer, hidden = masked(known, 7)
    told = score(fewer, hidden)
    assert told.suggested > 0
    assert told.precision_pct >= 95


def test_where_tags_depend_on_nothing_it_keeps_silent(known: Known) -> None:
    assert score(independent(known, 7), truth={}).abstained_pct >= 95


def test_evaluation_is_not_on_the_seeds_that_were_tuned_on() -> None:
    assert set(SEEDS["tuning"]) & set(SEEDS["evaluation"]) == {SEED}
