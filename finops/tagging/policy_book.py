"""Which tag policy is in force? The document ``tag_policy.json`` of the state, or else the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ModelWrapValidatorHandler, model_validator

from finops.errors import PolicyError, StateTooNew, StateUnreadable
from finops.storage import Document, JsonStore, StoredDocument, default_store
from finops.tagging.policy import TaggingPolicy

POLICY_FILE = "tag_policy.json"


class PolicyDocument(StoredDocument):
    """``tag_policy.json``: the policy, None where the default is in force."""

    reset_command: ClassVar[str] = "python -m finops tags reset"

    policy: TaggingPolicy | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _misfits_are_misfits(
        cls, raw: Any, handler: ModelWrapValidatorHandler[PolicyDocument]
    ) -> PolicyDocument:
        # A stored policy that makes no sense is a document that cannot be read, named with its path.
        try:
            return handler(raw)
        except PolicyError as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """The policy of a state folder, by default the user's."""

    store: JsonStore = field(default_factory=default_store)

    def policy(self) -> TaggingPolicy:
        """The policy in force. Raises StateUnreadable or StateTooNew, and writes nothing."""
        return self.read().value.policy or TaggingPolicy()

    def read(self) -> Document[PolicyDocument]:
        """The document, and the revision to save against. Raises as ``policy``."""
        return self.store.read(POLICY_FILE, PolicyDocument)

    def save(self, policy: TaggingPolicy | None, base_revision: str) -> Document[PolicyDocument]:
        """Put the policy in force, None for the default. Raises StateChanged, and writes nothing, where
        the document has another revision by now."""
        return self.store.save(POLICY_FILE, PolicyDocument(policy=policy), base_revision)

    def update(self, change: Callable[[TaggingPolicy], TaggingPolicy]) -> TaggingPolicy:
        """Put ``change(policy in force)`` in force; a change by somebody else is not lost."""
        done = self.store.update(
            POLICY_FILE,
            PolicyDocument,
            lambda document: PolicyDocument(policy=change(document.policy or TaggingPolicy())),
        )
        return done.policy or TaggingPolicy()

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename a document that cannot be read, which puts the default in force; where it is now."""
        try:
            self.policy()
        except (StateUnreadable, StateTooNew):
            return (self.store.reset(POLICY_FILE, at),)
        return ()
