"""Which resources carry the tags that finance needs, and which dollars do not?

    TagComplianceAnalyzer(policy=TaggingPolicy()).analyze_compliance(ec2, s3)

``python -m finops.tagging`` shows the worked examples.
"""

from finops.tagging.compliance import TagComplianceAnalyzer
from finops.tagging.policy import TaggingPolicy
from finops.tagging.policy_book import PolicyBook
from finops.tagging.remediation import remediation_frame
from finops.tagging.report import Advice, ComplianceReport, Excluded, GroupLine, TagLine
from finops.tagging.scoped_rules import Exemption, ScopedRules
from finops.tagging.value_rules import AllowedValues

__all__ = [
    "Advice",
    "AllowedValues",
    "ComplianceReport",
    "Excluded",
    "Exemption",
    "GroupLine",
    "PolicyBook",
    "ScopedRules",
    "TagComplianceAnalyzer",
    "TagLine",
    "TaggingPolicy",
    "remediation_frame",
]
