"""Suggested values: what is counted, when it is said, and when it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate, tags
from finops.tagging import AllowedValues, Exemption, TaggingPolicy
from finops.tagging.calibration import Held, lower_bound, reliability, scale, threshold
from finops.tagging.evidence import Evidence, described, evidence, with_other_tags
from finops.tagging.inference import infer
from finops.tagging.nearest import UNKNOWN, nearest
from finops.tagging.stated import stated
from tests.tagging.estates_to_infer import Bucket, buckets, two_teams

TEAM = TaggingPolicy(required=("Team",), optional=("Project",), allowed_values={})


def told(resources: pd.DataFrame, policy: TaggingPolicy = TEAM) -> dict[tuple[str, str], str]:
    rows = infer(resources, policy).suggestions
    return dict(zip(zip(rows["resource_id"], rows["key"], strict=True), rows["value"], strict=True))


def seen(*pairs: tuple[int, int], items: int, columns: tuple[int, ...] | None = None) -> Evidence:
    """Evidence from (resource, item); every item of one kind unless ``columns`` say otherwise."""
    return Evidence(
        row=np.array([row for row, _ in pairs]),
        item=np.array([item for _, item in pairs]),
        words=tuple(f"item {at}" for at in range(items)),
        rank=np.zeros(items, dtype=np.intp),
        column=np.array(columns or (1,) * items),
    )


def test_a_score_is_a_share_with_half_a_resource_of_the_estate_added() -> None:
    # Resources 0, 1 have value 0, resource 2 has value 1, resource 3 is asked; all share item 0.
    near = nearest(seen((0, 0), (1, 0), (2, 0), (3, 0), items=1), np.array([0, 0, 1, UNKNOWN]), values=2)
    assert near.value[3] == 0
    assert (near.agree[3], near.of[3]) == (2, 3)
    # 2 of 3 have it here and 2 of 3 in the estate: (2 + ½·2/3) ÷ (3 + ½) = 2/3.
    assert near.score[3] == pytest.approx(2 / 3)
    # Without itself, resource 2 sees two with value 0: (2 + ½·1) ÷ 2.5 = 1.
    assert (near.value[2], near.of[2], near.score[2]) == (0, 2, pytest.approx(1.0))


def test_what_speaks_for_another_value_counts_against_by_a_quarter() -> None:
    # Item 0: resources 0, 1 of value 0. Item 1: resources 2, 3 of value 1. Resource 4 has both and
    # item 2, which speaks for value 0 as well: resources 0, 1, 5.
    evidence_ = seen(
        (0, 0), (1, 0), (4, 0), (2, 1), (3, 1), (4, 1), (0, 2), (1, 2), (5, 2), (4, 2), items=3,
        columns=(1, 2, 3),
    )  # fmt: skip
    near = nearest(evidence_, np.array([0, 0, 1, 1, UNKNOWN, 0]), values=2)
    # Best: item 2, (3 + ½·3/5) ÷ 3.5. Against: item 1, (2 + ½·2/5) ÷ 2.5.
    assert near.value[4] == 0
    assert near.score[4] == pytest.approx(3.3 / 3.5 - 0.25 * 2.2 / 2.5)


@given(
    known=st.lists(st.integers(-1, 2), min_size=2, max_size=8),
    pairs=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=1),
)
def test_a_known_value_is_not_used_for_its_own_resource(
    known: list[int], pairs: set[tuple[int, int]]
) -> None:
    kept = sorted(pair for pair in pairs if pair[0] < len(known))
    if not kept:
        return
    codes = np.array(known, dtype=np.intp)
    there = nearest(seen(*kept, items=5), codes, values=3)
    for row in range(len(known)):
        masked = np.where(np.arange(len(known)) == row, UNKNOWN, codes)
        without = nearest(seen(*kept, items=5), masked, values=3)
        for field in ("value", "agree", "of"):
            assert getattr(there, field)[row] == getattr(without, field)[row]


def test_the_lower_bound_is_wilson_s() -> None:
    # All of 50 equal dollars right: n ÷ (n + z²) = 50 ÷ 51.6425, z² = 1.2816² = 1.6425.
    assert lower_bound(50.0, 50.0, 50.0) == pytest.approx(50 / 51.64250, abs=1e-6)
    # The same dollars in one resource count as one: 1 ÷ 2.6425.
    assert lower_bound(50.0, 50.0, 2500.0) == pytest.approx(1 / 2.64250, abs=1e-6)
    assert lower_bound(0.0, 0.0, 0.0) == 0


def held(score: list[float], right: list[bool], usd: float = 1.0) -> Held:
    return Held(
        score=np.array(score), right=np.array(right, dtype=np.bool_), dollars=np.full(len(score), usd)
    )


@pytest.mark.parametrize(("resources", "found"), [(31, False), (32, True)])
def test_nothing_is_said_before_enough_was_right(resources: int, found: bool) -> None:
    # n ÷ (n + 1.6425) reaches 0.95 from n = 31.2 on.
    assert (threshold(held([0.9] * resources, [True] * resources)) is not None) == found


def test_the_threshold_is_the_lowest_score_that_holds() -> None:
    at = threshold(held([0.9] * 40 + [0.8] * 40 + [0.7] * 10, [True] * 80 + [False] * 10))
    assert at is not None
    assert (at.score, at.precision) == (0.8, 1.0)


def test_probabilities_rise_with_the_score_and_are_never_one() -> None:
    # At 0.5 one of two is right, at 0.7 none of one: together one of three, (1 + ½) ÷ 4. At 0.9 all of
    # four: 4.5 ÷ 5.
    fitted = scale(
        held([0.5, 0.5, 0.7, 0.9, 0.9, 0.9, 0.9], [True, False, False, True, True, True, True])
    )
    assert list(fitted.of(np.array([0.1, 0.5, 0.8, 0.9, 1.0]))) == pytest.approx(
        [0.375, 0.375, 0.375, 0.9, 0.9]
    )


def test_a_reliability_table_has_every_held_out_dollar() -> None:
    table = reliability(held([0.9] * 20, [True] * 15 + [False] * 5, usd=2.0), map(str, range(20)))
    assert sum(line.usd for line in table) == 40
    right = sum(line.usd * line.right_pct / 100 for line in table if line.right_pct is not None)
    assert right == pytest.approx(30)


def test_a_missing_tag_is_what_others_with_the_name_have() -> None:
    found = infer(two_teams(40, web_99={}), TEAM)
    (row,) = found.suggestions.to_dict(orient="records")
    assert (row["resource_id"], row["key"], row["value"], row["kind"]) == (
        "web-99", "Team", "Web", "inferred",
    )  # fmt: skip
    assert row["reason"] == "40 of 40 resources with name web have Team Web"
    (key,) = found.keys
    assert (key.known, key.lacking, key.suggested) == (80, 1, 1)
    assert (key.abstained_pct, key.expected_precision_pct) == (0, 100)
    # 80 of 80 equal dollars: 80 ÷ 81.6425.
    assert key.precision_low_pct == pytest.approx(100 * 80 / 81.6425, abs=1e-4)
    # Isotonic on one level: (80 + ½) ÷ 81.
    assert row["probability"] == pytest.approx(80.5 / 81)


def test_a_name_that_nobody_knows_gets_no_suggestion() -> None:
    assert told(two_teams(40, mail_01={})) == {}


def test_an_account_without_the_tag_is_left_alone() -> None:
    foreign = buckets([("web-77", {})], account="999900001111")
    known = two_teams(40)
    assert told(pd.concat([known, foreign], ignore_index=True)) == {}


def test_few_known_tags_are_not_enough() -> None:
    # 30 held-out resources cannot show 95 percent: 30 ÷ 31.6 is less.
    assert told(two_teams(15, web_99={})) == {}


def test_a_wrong_spelling_is_believed() -> None:
    resources = two_teams(40, web_99={"team": "web"})
    (row,) = infer(resources, TEAM).suggestions.to_dict(orient="records")
    assert (row["value"], row["kind"], row["reason"]) == ("Web", "stated", "it carries team=web")
    # 19 of 20 before any is checked, and one that the name agrees with: 20 ÷ 21.
    assert row["probability"] == pytest.approx(20 / 21)


def test_a_wrong_spelling_that_the_name_contradicts_is_not() -> None:
    assert told(two_teams(40, web_99={"team": "data"})) == {}


@pytest.mark.parametrize(("written", "suggested"), [("Wab", True), ("Dat", False)])
def test_a_value_near_another_than_the_inferred_one_is_left_alone(written: str, suggested: bool) -> None:
    # "Wab" is one letter from Web; "Dat" is near Data, which the name contradicts.
    policy = TEAM.model_copy(update={"allowed_values": {"Team": AllowedValues(values=("Web", "Data"))}})
    found = told(two_teams(40, web_99={"Team": written}), policy)
    assert found == ({("web-99", "Team"): "Web"} if suggested else {})


def test_near_to_two_values_is_near_to_none() -> None:
    policy = TEAM.model_copy(
        update={"allowed_values": {"Team": AllowedValues(values=("CC-1001", "CC-1002", "CC-1003"))}}
    )
    rows: list[Bucket] = [
        (f"b{at}", {"Team": value}) for at, value in enumerate(["CC-100", "1003", "CC-4001"])
    ]
    said = stated(buckets(rows), policy, "Team", [frozenset()] * 3)
    assert list(said.near) == [None, "CC-1003", "CC-1001"]
    assert list(said.meant) == [None, None, None]
    assert list(said.lacks) == [True, True, True]


def test_who_is_exempt_gets_no_suggestion() -> None:
    policy = TEAM.model_copy(
        update={
            "exemptions": (
                Exemption(
                    reason="leaves", until=pd.Timestamp("2026-12-31").date(), resources=("web-99",)
                ),
            )
        }
    )
    resources = two_teams(40, web_99={})
    day = pd.Timestamp("2026-10-18").date()
    assert infer(resources, policy, day).suggestions.empty
    assert len(infer(resources, policy, pd.Timestamp("2027-01-01").date()).suggestions) == 1


def test_an_unknown_cost_counts_no_dollars() -> None:
    resources = two_teams(40, web_99={})
    unknown = resources["resource_id"].eq("web-99")
    found = infer(resources.assign(monthly_cost_usd=resources["monthly_cost_usd"].mask(unknown)), TEAM)
    assert len(found.suggestions) == 1
    assert found.keys[0].lacking_usd == 0
    assert found.keys[0].abstained_pct is None


def test_nothing_in_gives_nothing_out() -> None:
    found = infer(buckets([]), TaggingPolicy())
    assert found.suggestions.empty
    assert [one.lacking for one in found.keys] == [0] * 5


_TEXT = st.sampled_from(["Web", "Data", "web", "Wab", ""])
_TAGS = st.dictionaries(st.sampled_from(["Team", "team", "Project", "Nam"]), _TEXT, max_size=3)
_ROWS = st.lists(st.tuples(st.sampled_from(["web", "db", "x"]), _TAGS), max_size=30)


def _numbered(rows: list[tuple[str, Mapping[str, str]]]) -> list[Bucket]:
    return [(f"{stem}-{at:02d}", tag_set) for at, (stem, tag_set) in enumerate(rows)]


@given(rows=_ROWS)
def test_a_good_tag_never_gets_a_suggestion(rows: list[tuple[str, Mapping[str, str]]]) -> None:
    resources = buckets(_numbered(rows))
    lacking = {
        (row["resource_id"], "Team")
        for row in resources.to_dict(orient="records")
        if not tags.as_dict(row["tags"]).get("Team", "").strip()
    }
    assert set(_everything(resources)) <= lacking


@given(rows=_ROWS, order=st.randoms(use_true_random=False))
def test_the_order_of_the_resources_changes_nothing(
    rows: list[tuple[str, Mapping[str, str]]], order: Random
) -> None:
    resources = buckets(_numbered(rows))
    places = list(range(len(resources)))
    order.shuffle(places)
    shuffled = resources.iloc[places].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        infer(resources, TEAM, target=0.0).suggestions, infer(shuffled, TEAM, target=0.0).suggestions
    )


def _everything(resources: pd.DataFrame) -> list[tuple[str, str]]:
    """What would be said if no precision were demanded."""
    rows = infer(resources, TEAM, target=0.0).suggestions
    return list(zip(rows["resource_id"], rows["key"], strict=True))


def test_what_a_resource_says_of_the_key_is_no_evidence_for_it() -> None:
    resources = buckets([("a-1", {"Team": "Web", "team": "web", "Project": "Shop"})])
    words = with_other_tags(evidence(resources), resources, TEAM, "Team").words
    assert not [one for one in words if "team" in one.casefold()]
    assert "Project shop" in words


@pytest.fixture(scope="module")
def strict(tree: Path) -> TaggingPolicy:
    text = (tree / "data" / "tag_policy_sample.json").read_text("utf-8")
    return TaggingPolicy.from_json(text, "tag_policy_sample.json")


def test_the_mistagged_team_of_the_sample_is_found(
    sample: Estate, strict: TaggingPolicy, planted: Mapping[str, Any]
) -> None:
    found = told(described(sample.ec2, sample.s3), strict)
    for resource in planted["resources"]:
        assert found.get((resource, "Team")) == planted["team"]
        # Its cost centre is on no other resource; what it is near to and what its account has are wrong.
        assert (resource, "CostCenter") not in found


@pytest.fixture
def planted(tree: Path) -> Mapping[str, Any]:
    truths = json.loads((tree / "data" / "planted_truths.json").read_text("utf-8"))
    return next(one for one in truths["truths"] if one["kind"] == "mistagged_team")


def test_the_untagged_account_of_the_sample_is_left_alone(sample: Estate, strict: TaggingPolicy) -> None:
    rows = infer(described(sample.ec2, sample.s3), strict).suggestions
    assert "666677778888" not in set(rows["account"])
