"""Which resources carry the tags that finance needs, and which dollars do not?

    TagComplianceAnalyzer(policy=TaggingPolicy()).analyze_compliance(ec2, s3)

``python -m finops.tagging`` shows the worked examples.
"""

from finops.tagging.apart import charges_apart
from finops.tagging.arns import arn_of
from finops.tagging.compliance import TagComplianceAnalyzer
from finops.tagging.fixes import Accepted, TagFix, tag_fixes
from finops.tagging.history import HistoryBook, Snapshot, snapshot_of
from finops.tagging.policy import TaggingPolicy
from finops.tagging.policy_book import PolicyBook
from finops.tagging.remediation import remediation_frame
from finops.tagging.report import (
    Advice,
    CellLine,
    ComplianceReport,
    Excluded,
    GroupLine,
    KindLine,
    PathToTarget,
    Steps,
    TagLine,
)
from finops.tagging.scoped_rules import Exemption, ScopedRules
from finops.tagging.value_rules import AllowedValues

__all__ = [
    "Accepted",
    "Advice",
    "AllowedValues",
    "CellLine",
    "ComplianceReport",
    "Excluded",
    "Exemption",
    "GroupLine",
    "HistoryBook",
    "KindLine",
    "PathToTarget",
    "PolicyBook",
    "ScopedRules",
    "Snapshot",
    "Steps",
    "TagComplianceAnalyzer",
    "TagFix",
    "TagLine",
    "TaggingPolicy",
    "arn_of",
    "charges_apart",
    "remediation_frame",
    "snapshot_of",
    "tag_fixes",
]
