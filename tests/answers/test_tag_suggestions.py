"""From a suggestion to a line of the chargeback: only what somebody accepts, and only for money."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops import Estate, tags
from finops.answers.allocation import ChargebackSettings, chargeback
from finops.answers.closing import close_period, settled
from finops.answers.compliance import TaggingPolicy, compliance, read_policy
from finops.answers.tag_suggestions import (
    TagSuggestions,
    VirtualTagBook,
    accept,
    accept_rule,
    accepted_values,
    chosen,
    suggest,
    virtual_coverage,
    virtual_tags,
    withdraw,
)
from finops.errors import VirtualTagError
from finops.storage import JsonStore

AT = datetime(2026, 10, 19, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    return JsonStore(tmp_path / "state")


@pytest.fixture
def book(store: JsonStore) -> VirtualTagBook:
    return VirtualTagBook(store)


@pytest.fixture(scope="module")
def policy(tree: Path) -> TaggingPolicy:
    return read_policy(tree / "data" / "tag_policy_sample.json")


@pytest.fixture(scope="module")
def suggested(
    sample: Estate, policy: TaggingPolicy, tmp_path_factory: pytest.TempPathFactory
) -> TagSuggestions:
    nothing = VirtualTagBook(JsonStore(tmp_path_factory.mktemp("nothing")))
    return suggest(sample, policy, book=nothing)


def of_analytics(suggested: TagSuggestions) -> pd.DataFrame:
    rows = suggested.suggestions
    return rows[rows["key"].eq("Team") & rows["value"].eq("Analytics")]


def test_the_dollars_are_those_of_resource_and_key(suggested: TagSuggestions) -> None:
    rows = suggested.suggestions
    assert suggested.suggested_usd == pytest.approx(rows["monthly_cost_usd"].sum())
    assert suggested.lacking_usd == pytest.approx(sum(one.lacking_usd for one in suggested.keys))
    assert suggested.abstained_pct == pytest.approx(
        100 * (1 - suggested.suggested_usd / suggested.lacking_usd)
    )
    assert rows["monthly_cost_usd"].is_monotonic_decreasing
    assert rows["probability"].between(0.5, 1, inclusive="neither").all()
    assert not rows.duplicated(["resource_id", "key"]).any()


def test_every_suggestion_is_allowed_by_the_policy(
    suggested: TagSuggestions, policy: TaggingPolicy
) -> None:
    for row in suggested.suggestions.to_dict(orient="records"):
        assert policy.allow(row["key"], row["value"]), row


def test_inferred_ones_are_expected_right_in_95_percent(suggested: TagSuggestions) -> None:
    inferred = suggested.suggestions.query("kind == 'inferred'")
    for one in suggested.keys:
        if (inferred["key"] == one.key).any():
            assert one.precision_low_pct is not None
            assert 95 <= one.precision_low_pct <= (one.expected_precision_pct or 0)


def test_one_key_alone_is_told_the_same(
    sample: Estate, policy: TaggingPolicy, suggested: TagSuggestions, book: VirtualTagBook
) -> None:
    alone = suggest(sample, policy, key="Team", book=book)
    of_team = suggested.suggestions.query("key == 'Team'").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.suggestions, of_team)
    with pytest.raises(VirtualTagError, match="does not require Tea"):
        suggest(sample, policy, key="Tea", book=book)


def test_an_accepted_suggestion_moves_the_cost_of_its_team(
    sample: Estate, suggested: TagSuggestions, book: VirtualTagBook
) -> None:
    before = chargeback(sample, ChargebackSettings()).report
    assert virtual_tags(book) == ()
    kept = accept(of_analytics(suggested), by="Lena", at=AT, book=book)
    # planted_truths.json: nine resources, all On-Demand, $2572.544 of September at effective cost.
    assert len(kept) == 9
    assert kept[0].reason == "it carries team=analytics"
    report = chargeback(sample, ChargebackSettings(virtual_tags=virtual_tags(book))).report
    (line,) = (line for line in report.lines if line.allocated_to == "Analytics")
    assert abs(line.total_usd - Decimal("2572.544")) < Decimal("0.01")
    assert before.unallocated_usd - report.unallocated_usd == line.total_usd
    assert report.total_usd == before.total_usd
    assert report.reconciliation_difference_usd == 0
    assert report.digest != before.digest
    withdraw([one.id for one in kept], by="Lena", at=AT, book=book)
    after = chargeback(sample, ChargebackSettings(virtual_tags=virtual_tags(book))).report
    assert after.digest == before.digest


def test_a_virtual_tag_makes_no_resource_compliant(
    sample: Estate, policy: TaggingPolicy, suggested: TagSuggestions, store: JsonStore, own_state: Path
) -> None:
    before = compliance(sample, policy).report.compliant
    accept(suggested.suggestions, by="Lena", at=AT)
    assert (own_state / "virtual_tags.json").exists()
    answer = compliance(sample, policy)
    assert answer.report.compliant == before
    # Covered is who has no value of the key at all: a wrong one stands, for no virtual tag replaces it.
    rows = suggested.suggestions
    own = {
        name: tags.as_dict(cell)
        for frame, id_column in ((sample.ec2, "InstanceId"), (sample.s3, "BucketName"))
        for name, cell in zip(frame[id_column], frame["Tags"].astype("object"), strict=True)
    }
    pairs = zip(rows["resource_id"], rows["key"], strict=True)
    free = [not own[resource].get(key, "").strip() for resource, key in pairs]
    of_key = rows[free].groupby("key")["monthly_cost_usd"].agg(["size", "sum"])
    covered = {line.key: line for line in virtual_coverage(answer)}
    assert {key: line.resources for key, line in covered.items()} == of_key["size"].to_dict()
    for key, line in covered.items():
        assert line.monthly_cost_usd == pytest.approx(of_key.loc[key, "sum"])
    # They are suggested still, and say which virtual tag the resource has.
    again = suggest(sample, policy).suggestions
    assert again["virtual_tag"].notna().all()
    assert len(again) == len(suggested.suggestions)


def test_a_rule_of_ones_own(sample: Estate, book: VirtualTagBook) -> None:
    rule = accept_rule(
        "Team", "Mobile", {"accounts": ["666677778888"]}, by="Ken", at=AT, reason="ours", book=book
    )
    assert (rule.id, rule.probability, rule.reason) == ("v1", None, "ours")
    assert accepted_values(sample.as_of, book) == {}
    report = chargeback(sample, ChargebackSettings(virtual_tags=virtual_tags(book))).report
    detail = report.detail
    assert set(detail.loc[detail["rule"].eq("Tag (virtual)").fillna(False), "account_id"]) == {
        "666677778888"
    }
    with pytest.raises(VirtualTagError, match="received none"):
        accept_rule("Team", "Mobile", {}, by="Ken", at=AT, book=book)
    with pytest.raises(VirtualTagError, match=r"match\.color"):
        accept_rule("Team", "Mobile", {"color": ["red"]}, by="Ken", at=AT, book=book)


def test_values_that_were_accepted_by_resource(suggested: TagSuggestions, book: VirtualTagBook) -> None:
    accept(of_analytics(suggested).head(1), by="Lena", at=AT, book=book)
    (pair,) = accepted_values(suggested.as_of, book).items()
    assert pair == ((of_analytics(suggested)["resource_id"].iloc[0], "Team"), "Analytics")


@pytest.mark.parametrize(
    "case",
    [(None, -1, False), (None, 0, True), (0, 0, True), (0, None, True), (1, None, False)],
)
def test_only_values_of_the_day_are_for_scripts_and_no_longer_suggested(
    sample: Estate,
    policy: TaggingPolicy,
    suggested: TagSuggestions,
    book: VirtualTagBook,
    case: tuple[int | None, int | None, bool],
) -> None:
    starts, ends, counts = case

    def day(after: int | None) -> date | None:
        return None if after is None else sample.as_of + timedelta(days=after)

    row = of_analytics(suggested).head(1)
    accept(row, by="Lena", at=AT, starts=day(starts), ends=day(ends), book=book)
    assert bool(accepted_values(sample.as_of, book)) is counts
    now = suggest(sample, policy, key="Team", book=book).suggestions
    assert now["virtual_tag"].notna().sum() == int(counts)


def test_what_has_no_suggestion_cannot_be_chosen(suggested: TagSuggestions) -> None:
    assert set(chosen(suggested, ["acme-reports-01"])["resource_id"]) == {"acme-reports-01"}
    with pytest.raises(VirtualTagError, match="nothing is suggested for acme-sandbox-01"):
        chosen(suggested, ["acme-sandbox-01", "acme-reports-01"])


def test_a_closed_month_keeps_the_virtual_tags_it_was_closed_with(
    sample: Estate, suggested: TagSuggestions, store: JsonStore, book: VirtualTagBook
) -> None:
    kept = accept(of_analytics(suggested), by="Lena", at=AT, book=book)
    with_them = ChargebackSettings(virtual_tags=virtual_tags(book))
    closed = close_period(sample, with_them, store, at=AT, who="Dana")
    withdraw([one.id for one in kept], by="Lena", at=AT, book=book)
    now = settled(sample, ChargebackSettings(virtual_tags=virtual_tags(book)), store)
    assert not now.restated
    assert now.answer.report.digest == closed.answer.report.digest
    assert now.answer.report.lines == closed.answer.report.lines
