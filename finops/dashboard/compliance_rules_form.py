"""The forms of the policy editor: each changes the draft, or says in words why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import streamlit as st

from finops.answers.policy_editing import (
    RESOURCE_TYPES,
    Format,
    KeyRule,
    TaggingPolicy,
    exemption_words,
    rule_of,
    scope_words,
    with_exemption,
    with_rule,
    with_scope,
    with_target,
    without,
    without_key,
)
from finops.answers.tag_policies import policy_from_texts
from finops.dashboard import compliance_draft, tables
from finops.dashboard.compliance_draft import Draft
from finops.dashboard.compliance_page import NOTES, CompliancePage
from finops.dashboard.compliance_policy import POLICY_COLUMNS, policy_frame
from finops.dashboard.wording import plain
from finops.errors import FinOpsError

_NEW, _LAST = "a new key", "tags key last changed"
_FORMATS: Mapping[Format | None, str] = {
    None: "none",
    "date": "a date, 2026-01-31",
    "email": "an email address",
    "cost_center": "a cost centre, CC-1001",
}
_LATEST = date(2199, 12, 31)
_INTO = "Put into the draft"


def keys(page: CompliancePage, draft: Draft) -> None:
    """Mandatory and optional keys, the values that they may have, and other names that mean them."""
    del page
    tables.table(policy_frame(draft.policy), POLICY_COLUMNS, alt="The draft, a row a key")
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    names = [*draft.policy.keys, _NEW]
    last = st.session_state.get(_LAST)
    key = left.selectbox(
        "Key", names, names.index(last) if last in names else 0, key=draft.key("which"),
        help="Which key the form below changes.",
    )  # fmt: skip
    known = key in draft.policy.keys
    right.button(
        "Remove the key", icon=":material/delete:", width="stretch", disabled=not known,
        on_click=_remove_key, args=(draft, key),
        help="With all that names it: rules, spellings, and exemptions from it alone.",
    )  # fmt: skip
    rule = rule_of(draft.policy, key) if known else KeyRule(key="", required=True)
    with st.form(draft.key(f"form {key}")):
        typed = _rule_fields(draft, key, rule)
        if st.form_submit_button(_INTO, type="primary", icon=":material/add:"):
            st.session_state[_LAST] = typed.key
            _into(draft, lambda: with_rule(draft.policy, typed, key if known else None))


def _rule_fields(draft: Draft, key: str, rule: KeyRule) -> KeyRule:
    def named(field: str) -> str:
        return draft.key(f"{key} {field}")

    first, second, third = st.columns(3)
    name = first.text_input(
        "Name", rule.key, key=named("name"), max_chars=128, help="As resources have to spell it."
    )
    required = second.radio(
        "It is", ("mandatory", "optional"), 0 if rule.required else 1, key=named("required"),
        horizontal=True,
    )  # fmt: skip
    form = third.selectbox(
        "Format", list(_FORMATS), list(_FORMATS).index(rule.format), key=named("format"),
        format_func=_FORMATS.__getitem__,
    )  # fmt: skip
    first, second = st.columns(2)
    values = first.text_area(
        "Allowed values", "\n".join(rule.values), key=named("values"), placeholder="any",
        help="One a line; none: any value that is not blank.",
    )  # fmt: skip
    spellings = second.text_area(
        "Other spellings", "\n".join(rule.spellings), key=named("spellings"),
        help="One a line: names that mean this key, besides other case and separators. They are a wrong "
        "spelling, not a missing key.",
    )  # fmt: skip
    first, second, third = st.columns(3, vertical_alignment="bottom")
    pattern = first.text_input(
        "Pattern", rule.pattern, key=named("pattern"), placeholder="CC-[0-9]{4}",
        help="RE2; the whole value has to match.",
    )  # fmt: skip
    case = second.checkbox(
        "Values are compared with case", rule.case_sensitive, key=named("case"),
        help="As AWS does. Without it Prod and prod are one value.",
    )  # fmt: skip
    stars = third.checkbox(
        "An asterisk in a value is any text", rule.wildcards, key=named("stars"),
        help="As in tag policies of AWS.",
    )  # fmt: skip
    return KeyRule(
        key=(name or "").strip(),
        required=required == "mandatory",
        values=_each_line(values),
        case_sensitive=case,
        wildcards=stars,
        pattern=(pattern or "").strip(),
        format=form,
        spellings=_each_line(spellings),
    )


def exemptions(page: CompliancePage, draft: Draft) -> None:
    """Resources that need not carry some keys for a time."""
    kept = {exemption_words(one): one for one in draft.policy.exemptions}
    gone = _removed("Exemptions", list(kept), draft)
    accounts = sorted(
        {*page.view.whole.ec2["AccountId"].dropna(), *page.view.whole.s3["AccountId"].dropna()}
    )
    with st.form(draft.key("exemption")):
        first, second = st.columns([3, 1])
        reason = first.text_input(
            "Reason",
            key=draft.key("reason"),
            max_chars=300,
            help="Why they need not, for who asks later.",
        )
        until = second.date_input(
            "Up to and on", None, key=draft.key("until"), max_value=_LATEST, format="YYYY-MM-DD",
            help="The last day of the exemption. Every exemption ends.",
        )  # fmt: skip
        first, second = st.columns(2)
        resources = first.text_area(
            "Resources", key=draft.key("resources"), placeholder="i-0123456789abcdef0\nlegacy-*",
            help="One id or name a line; * and ? stand for any text and any character.",
        )  # fmt: skip
        with second:
            types = st.multiselect("Resource types", RESOURCE_TYPES, key=draft.key("types"))
            of_accounts = st.multiselect("Accounts", accounts, key=draft.key("accounts"))
        of_keys = st.multiselect(
            "From the keys", draft.policy.keys, key=draft.key("exempt keys"), placeholder="All keys"
        )
        st.caption("All that is given has to fit.")
        if st.form_submit_button(_INTO, type="primary", icon=":material/add:"):
            _into(
                draft,
                lambda: with_exemption(
                    draft.policy,
                    reason=reason or "",
                    until=until,
                    resources=_each_line(resources),
                    resource_types=types,
                    accounts=of_accounts,
                    keys=of_keys,
                ),
            )
    if gone:
        _into(draft, lambda: without(draft.policy, exemptions=[kept[one] for one in gone]))


def scopes(page: CompliancePage, draft: Draft) -> None:
    """Keys that are mandatory, or are not, for some resource types and environments."""
    kept = {scope_words(one): one for one in draft.policy.scoped}
    gone = _removed("Rules by type and environment", list(kept), draft)
    known = [line.name for line in page.answer.report.by_environment if line.name != "(none)"]
    with st.form(draft.key("scope")):
        first, second = st.columns(2)
        types = first.multiselect(
            "Resource types", RESOURCE_TYPES, key=draft.key("scope types"), placeholder="All types"
        )
        environments = second.multiselect(
            "Environments", known, key=draft.key("scope environments"), placeholder="All environments",
            accept_new_options=True, help="Compared without case.",
        )  # fmt: skip
        first, second = st.columns(2)
        required = first.multiselect(
            "Mandatory there", draft.policy.optional, key=draft.key("scope required"),
            placeholder="No other key", help="Optional keys that are mandatory there.",
        )  # fmt: skip
        free = second.multiselect(
            "Not mandatory there", draft.policy.required, key=draft.key("scope free"),
            placeholder="No key",
        )  # fmt: skip
        if st.form_submit_button(_INTO, type="primary", icon=":material/add:"):
            _into(
                draft,
                lambda: with_scope(
                    draft.policy,
                    resource_types=types,
                    environments=environments,
                    required=required,
                    not_required=free,
                ),
            )
    if gone:
        _into(draft, lambda: without(draft.policy, scoped=[kept[one] for one in gone]))


def target(page: CompliancePage, draft: Draft) -> None:
    """The share of compliant resources that is aimed at."""
    del page
    with st.form(draft.key("target form")):
        value = st.number_input(
            "Target, %", 0.0, 100.0, float(draft.policy.target_pct), 1.0, key=draft.key("target"),
            help="Of the resources, and of the dollars.",
        )  # fmt: skip
        if st.form_submit_button(_INTO, type="primary", icon=":material/add:"):
            _into(draft, lambda: with_target(draft.policy, float(value)))


def imported(page: CompliancePage, draft: Draft) -> None:
    """A policy of ours, or tag policies of AWS Organizations."""
    del page
    files = st.file_uploader(
        "Tag policy (JSON)", type=["json"], accept_multiple_files=True, key=draft.key("files"),
        help="One policy of ours takes the draft's place. Tag policies of AWS Organizations are put "
        "into it: several stand in the order of the organization, the root first, one a level.",
    )  # fmt: skip
    if st.button("Import into the draft", type="primary", icon=":material/upload:", disabled=not files):
        try:
            texts = {file.name: file.getvalue().decode("utf-8-sig") for file in files}
        except UnicodeDecodeError:
            st.error("A file is not UTF-8 text. The draft is as it was.", icon=":material/error:")
            return
        if len(texts) < len(files):
            st.error("Two files have one name: give each its own.", icon=":material/error:")
            return
        _into(draft, lambda: policy_from_texts(texts, draft.policy))


def _removed(title: str, lines: list[str], draft: Draft) -> list[str]:
    """Draw what is in the draft, each with a box; those that are to go, once the button is pressed."""
    st.markdown(f"**{title}**")
    if not lines:
        st.caption("None.")
        return []
    with st.form(draft.key(f"remove {title}")):
        ticked = [
            line for line in lines if st.checkbox(plain(line), key=draft.key(f"gone {title} {line}"))
        ]
        if not st.form_submit_button("Remove what is ticked", icon=":material/delete:"):
            return []
    if not ticked:
        st.error("Nothing is ticked.", icon=":material/error:")
    return ticked


def _remove_key(draft: Draft, key: str) -> None:
    try:
        compliance_draft.change(draft, without_key(draft.policy, key))
    except FinOpsError as error:
        NOTES.fail(str(error))


def _into(draft: Draft, make: Callable[[], TaggingPolicy]) -> None:
    try:
        policy = make()
    except FinOpsError as error:
        st.error(f"The draft is as it was: {plain(error)}.", icon=":material/error:")
        return
    if policy == draft.policy:
        st.info("That is what the draft says already.", icon=":material/info:")
        return
    compliance_draft.change(draft, policy)
    st.rerun()


def _each_line(text: str | None) -> tuple[str, ...]:
    """The lines that say something, each once."""
    return tuple(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))
