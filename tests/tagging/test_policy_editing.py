"""One key of a policy changed, two policies told apart, and two people's changes put together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate
from finops.answers.compliance import compliance
from finops.answers.policy_editing import (
    kept_policy,
    preview,
    save_policy,
    with_exemption,
    with_scope,
    with_target,
    without,
)
from finops.errors import PolicyError, StateChanged
from finops.tagging import AllowedValues, Exemption, PolicyBook, ScopedRules, TaggingPolicy
from finops.tagging.key_rules import KeyRule, rule_of, with_rule, without_key
from finops.tagging.policy_changes import merged, policy_differences

DEFAULT = TaggingPolicy()
UNTIL = date(2027, 1, 31)


def test_a_rule_goes_in_and_comes_out_as_it_was() -> None:
    rule = KeyRule(
        key="CostCenter", required=True, values=("CC-1", "CC-2*"), case_sensitive=True, wildcards=True,
        pattern="CC-.*", format="cost_center", spellings=("Centre",),
    )  # fmt: skip
    policy = with_rule(DEFAULT, rule, "CostCenter")
    assert rule_of(policy, "CostCenter") == rule
    assert policy.required == DEFAULT.required
    back = with_rule(policy, rule_of(DEFAULT, "CostCenter"), "CostCenter")
    assert policy_differences(DEFAULT, back) == ()


def test_a_key_is_added_moved_and_renamed() -> None:
    added = with_rule(DEFAULT, KeyRule(key="Tier", required=True))
    assert added.required == (*DEFAULT.required, "Tier")
    moved = with_rule(added, KeyRule(key="Owner", required=False), "Owner")
    assert moved.required == ("Environment", "Team", "CostCenter", "Project", "Tier")
    assert moved.optional == (*DEFAULT.optional, "Owner")
    scoped = with_scope(added, environments=("Dev",), not_required=("Team",))
    exempt = with_exemption(scoped, reason="old", until=UNTIL, accounts=("1",), keys=("Team",))
    renamed = with_rule(exempt, KeyRule(key="Squad", required=True, spellings=("Team",)), "Team")
    assert renamed.required == ("Owner", "Environment", "Squad", "CostCenter", "Project", "Tier")
    assert (renamed.scoped[0].not_required, renamed.exemptions[0].keys) == (("Squad",), ("Squad",))
    assert renamed.key_of("team") == "Squad"


def test_a_key_goes_with_all_that_names_it() -> None:
    policy = with_exemption(DEFAULT, reason="one", until=UNTIL, accounts=("1",), keys=("Environment",))
    policy = with_exemption(policy, reason="both", until=UNTIL, accounts=("1",),
                            keys=("Environment", "Team"))  # fmt: skip
    policy = with_exemption(policy, reason="all", until=UNTIL, accounts=("1",))
    policy = with_scope(policy, resource_types=("s3:bucket",), not_required=("Environment",))
    left = without_key(policy, "Environment")
    assert "Environment" not in left.keys and not left.allowed_values and not left.scoped
    # An exemption from nothing would be one from everything: it is gone.
    assert [(one.reason, one.keys) for one in left.exemptions] == [("both", ("Team",)), ("all", ())]
    with pytest.raises(PolicyError, match="at least one required key"):
        without_key(TaggingPolicy(required=("A",), optional=(), allowed_values={}), "A")


@pytest.mark.parametrize(
    ("rule", "instead_of", "said"),
    [
        (KeyRule(key="Owner", required=True), None, "has the key Owner already"),
        (KeyRule(key="owner", required=True), "Team", "Owner/owner"),
        (KeyRule(key=" ", required=True), None, "not blank"),
        (KeyRule(key="Team", required=True, pattern="("), "Team", "no pattern of RE2"),
        (KeyRule(key="Team", required=True, spellings=("Env",)), "Team", "'Env' for Environment and"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: KeyRule, instead_of: str | None, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        with_rule(DEFAULT, rule, instead_of)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": " ", "until": UNTIL, "accounts": ("1",)}, "needs a reason"),
        ({"reason": "x", "until": None, "accounts": ("1",)}, "the day on which it ends"),
        ({"reason": "x", "until": UNTIL}, "needs resources, resource_types or accounts"),
        ({"reason": "x", "until": UNTIL, "accounts": ("1",), "keys": ("Tier",)}, "names Tier"),
    ],
)
def test_an_exemption_that_makes_no_sense_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        with_exemption(DEFAULT, **fields)  # type: ignore[arg-type]


def test_scopes_and_targets_that_make_no_sense_are_refused() -> None:
    with pytest.raises(PolicyError, match="which keys are mandatory there"):
        with_scope(DEFAULT, environments=("Dev",))
    with pytest.raises(PolicyError, match="resource_types or environments"):
        with_scope(DEFAULT, required=("Team",))
    with pytest.raises(PolicyError, match="target_pct"):
        with_target(DEFAULT, 101)


def test_what_differs_is_said_in_words() -> None:
    policy = with_rule(
        with_target(DEFAULT, 90),
        KeyRule(key="Team", required=False, values=("Core", "Lab"), case_sensitive=True), "Team",
    )  # fmt: skip
    policy = with_exemption(policy, reason="legacy", until=UNTIL, resource_types=("s3:*",))
    policy = with_scope(policy, environments=("Prod",), required=("BackupPolicy",))
    assert policy_differences(DEFAULT, policy) == (
        "Team: mandatory → optional",
        "Team: allowed values: none → Core, Lab (with case)",
        "Team: other spellings: Teams, TeamName → none",
        "rules by type and environment added: environments Prod: mandatory BackupPolicy",
        "exemption added: legacy: types s3:*, all keys, up to 2027-01-31",
        "target: 95 % → 90 %",
    )
    assert policy_differences(policy, DEFAULT)[0] == "Team: optional → mandatory"


EXEMPTIONS = [Exemption(reason=name, until=UNTIL, accounts=("1",)) for name in "xy"]
SCOPES = [ScopedRules(environments=(name,), not_required=("A",)) for name in ("Dev", "Test")]


@st.composite
def policies(draw: st.DrawFn) -> TaggingPolicy:
    names = draw(st.lists(st.sampled_from("BCDE"), unique=True, max_size=4))
    split = draw(st.integers(0, len(names)))
    keys = ("A", *names)
    rules = {
        key: AllowedValues(values=tuple(draw(st.lists(st.sampled_from("12"), min_size=1, unique=True))))
        for key in keys
        if draw(st.booleans())
    }
    return TaggingPolicy(
        required=("A", *names[:split]),
        optional=tuple(names[split:]),
        allowed_values=rules,
        spellings={},
        exemptions=tuple(one for one in EXEMPTIONS if draw(st.booleans())),
        scoped=tuple(one for one in SCOPES if draw(st.booleans())),
        target_pct=draw(st.sampled_from((90, 95))),
    )


@given(policies(), policies())
def test_changes_of_one_alone_are_all_kept(began: TaggingPolicy, changed: TaggingPolicy) -> None:
    assert merged(began, began, changed) == changed
    assert policy_differences(merged(began, changed, began), changed) == ()
    assert policy_differences(merged(began, changed, changed), changed) == ()


def test_changes_of_two_are_put_together() -> None:
    mine = with_rule(DEFAULT, KeyRule(key="Tier", required=True))
    mine = with_target(without_key(mine, "Project"), 90)
    theirs = with_rule(DEFAULT, KeyRule(key="Team", required=True, values=("Core",)), "Team")
    theirs = with_target(with_exemption(theirs, reason="x", until=UNTIL, accounts=("1",)), 80)
    both = merged(DEFAULT, mine, theirs)
    assert both.required == ("Owner", "Environment", "Team", "CostCenter", "Tier")
    assert both.allowed_values["Team"].values == ("Core",)
    # Of one thing that both have changed, mine counts.
    assert (both.target_pct, len(both.exemptions)) == (90, 1)
    assert without(both, exemptions=both.exemptions).exemptions == ()


def test_two_that_do_not_go_together_are_refused() -> None:
    mine = without_key(DEFAULT, "Team")
    theirs = with_rule(DEFAULT, KeyRule(key="Team", required=True, values=("Core",)), "Team")
    theirs = with_scope(theirs, environments=("Dev",), not_required=("Team",))
    with pytest.raises(PolicyError, match="names Team"):
        merged(DEFAULT, mine, theirs)


def test_a_save_over_what_changed_is_refused(own_state: Path) -> None:
    kept = kept_policy()
    assert (kept.policy, kept.is_default) == (DEFAULT, True)
    saved = save_policy(with_target(DEFAULT, 90), kept.revision)
    assert kept_policy() == saved
    with pytest.raises(StateChanged):
        save_policy(with_target(DEFAULT, 80), kept.revision)
    assert kept_policy().policy.target_pct == 90
    # Undone: the default is in force again, against the revision that was saved.
    assert save_policy(None, saved.revision).is_default
    assert PolicyBook().policy() == DEFAULT


def test_a_preview_says_who_fails_and_who_passes(sample: Estate) -> None:
    before = compliance(sample)
    without_owner = compliance(sample, with_rule(DEFAULT, KeyRule(key="Owner", required=False), "Owner"))
    shown = preview(before, without_owner)
    assert shown.changes[0] == "Owner: mandatory → optional"
    assert len(shown.newly_failing) == 0
    assert len(shown.newly_passing) == shown.compliant - shown.compliant_before > 0
    assert set(shown.newly_passing["missing"]) == {"Owner"}
    back = preview(without_owner, before)
    assert list(back.newly_failing["resource_id"]) == list(shown.newly_passing["resource_id"])
