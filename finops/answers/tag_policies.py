"""Which policy do these files make, what would it change, and how does ours get to AWS?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finops.answers.compliance import compliance, policy_text
from finops.answers.policy_editing import PolicyPreview, preview
from finops.errors import PolicyError
from finops.estate import Estate
from finops.files import write_whole
from finops.tagging import HistoryBook, PolicyBook, TaggingPolicy
from finops.tagging.aws_exchange import as_aws_policy, with_aws_rules
from finops.tagging.aws_inheritance import effective_policy
from finops.tagging.aws_policy import document_of_aws, read_aws_policy
from finops.tagging.virtual_book import VirtualTagBook


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A policy, whether it is in force now, and in ``report`` what it changes."""

    policy: TaggingPolicy
    saved: bool
    report: PolicyPreview


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
    return policy_from_texts({str(path): policy_text(path) for path in paths}, base)


def policy_from_texts(texts: Mapping[str, str], base: TaggingPolicy) -> TaggingPolicy:
    """As ``policy_from_files``, for the texts of files by name, in their order."""
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
    report = preview(compliance(estate, before), compliance(estate, after))
    if save:
        after = books.update(lambda present: policy_from_files(paths, present))
    return PolicyChange(policy=after, saved=save, report=report)


def export_policy(path: Path, book: PolicyBook | None = None) -> PolicyExport:
    """Write the policy in force as a tag policy of AWS Organizations. Raises OutputError."""
    export = aws_export((book or PolicyBook()).policy())
    write_whole(path, export.text.encode())
    return export


def aws_export(policy: TaggingPolicy) -> PolicyExport:
    """The policy as a tag policy of AWS Organizations."""
    of_aws, warnings = as_aws_policy(policy)
    text = json.dumps(document_of_aws(of_aws), indent=2, ensure_ascii=False) + "\n"
    return PolicyExport(text=text, keys=len(of_aws.rules), warnings=warnings)


def own_export(policy: TaggingPolicy) -> str:
    """The policy as a file of ours, with everything that it says."""
    return policy.model_dump_json(indent=2) + "\n"


def reset(
    book: PolicyBook | None = None,
    history: HistoryBook | None = None,
    virtual: VirtualTagBook | None = None,
) -> tuple[Path, ...]:
    """Put documents that cannot be read out of the way; where they are now."""
    return (
        *(book or PolicyBook()).reset(),
        *(history or HistoryBook()).reset(),
        *(virtual or VirtualTagBook()).reset(),
    )


def _is_of_aws(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("tags"), dict)
