"""Which policy do these files make, what would it change, and how does ours get to AWS?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finops.answers.compliance import compliance, policy_text
from finops.errors import PolicyError
from finops.estate import Estate
from finops.files import write_whole
from finops.tagging import HistoryBook, PolicyBook, TaggingPolicy
from finops.tagging.aws_exchange import as_aws_policy, with_aws_rules
from finops.tagging.aws_inheritance import effective_policy
from finops.tagging.aws_policy import document_of_aws, read_aws_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A policy, whether it is in force now, and compliance (0–100) before it and with it."""

    policy: TaggingPolicy
    saved: bool
    compliance_before_pct: float | None
    compliance_pct: float | None
    compliance_by_cost_before_pct: float | None
    compliance_by_cost_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyExport:
    """The policy in force as AWS Organizations reads it, and what it has no place for."""

    text: str
    keys: int
    warnings: tuple[str, ...]


def policy_from_files(paths: Sequence[Path], base: TaggingPolicy) -> TaggingPolicy:
    """The policy of one file of ours, or ``base`` with the tag policies of AWS in the files.

    The files of AWS stand in the order of the organization, the root first, one a level.
    Raises FileUnreadable and PolicyError, which name the file.
    """
    texts = {str(path): policy_text(path) for path in paths}
    if len(texts) == 1 and not _is_of_aws(*texts.values()):
        ((name, text),) = texts.items()
        return TaggingPolicy.from_json(text, name)
    levels = [[read_aws_policy(text, name)] for name, text in texts.items()]
    try:
        return with_aws_rules(base, effective_policy(levels))
    except PolicyError as error:
        raise PolicyError(f"{', '.join(texts)} and the policy in force: {error}") from error


def import_policy(
    paths: Sequence[Path], estate: Estate, book: PolicyBook | None = None, *, save: bool = True
) -> PolicyChange:
    """Put the policy of the files in force, or only say what that would change."""
    books = book or PolicyBook()
    before = books.policy()
    after = policy_from_files(paths, before)
    was, now = compliance(estate, before).report, compliance(estate, after).report
    if save:
        after = books.update(lambda present: policy_from_files(paths, present))
    return PolicyChange(
        policy=after,
        saved=save,
        compliance_before_pct=was.compliance_pct,
        compliance_pct=now.compliance_pct,
        compliance_by_cost_before_pct=was.compliance_by_cost_pct,
        compliance_by_cost_pct=now.compliance_by_cost_pct,
    )


def export_policy(path: Path, book: PolicyBook | None = None) -> PolicyExport:
    """Write the policy in force as a tag policy of AWS Organizations. Raises OutputError."""
    policy, warnings = as_aws_policy((book or PolicyBook()).policy())
    text = json.dumps(document_of_aws(policy), indent=2, ensure_ascii=False) + "\n"
    write_whole(path, text.encode())
    return PolicyExport(text=text, keys=len(policy.rules), warnings=warnings)


def reset(book: PolicyBook | None = None, history: HistoryBook | None = None) -> tuple[Path, ...]:
    """Put documents that cannot be read out of the way; where they are now."""
    return (*(book or PolicyBook()).reset(), *(history or HistoryBook()).reset())


def _is_of_aws(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("tags"), dict)
