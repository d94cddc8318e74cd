"""Can this bill be trusted, and for what? Totals, commitments, issues and a verdict per feature.

The small tables of ``doctor_facts`` go in, taken of each part and of each billing month; nothing here
reads a line, and no engine is needed to read a diagnosis again.
"""

from __future__ import annotations

from collections.abc import Sequence

from finops.ingest.bills.doctor_calendar import calendar
from finops.ingest.bills.doctor_checks import issues_of
from finops.ingest.bills.doctor_commitments import commitment_checks
from finops.ingest.bills.doctor_evidence import (
    Months,
    account_totals,
    bases_of,
    evidence,
    file_totals,
    line_totals,
    month_totals,
    tag_covers,
)
from finops.ingest.bills.doctor_records import Diagnosis, PartFacts
from finops.ingest.bills.doctor_verdicts import Findings, effective_is_usable, verdicts_of


def diagnosis(parts: Sequence[PartFacts], months: Months) -> Diagnosis:
    """What the facts of the parts and of the billing months (``YYYY-MM`` → PERIOD_FACTS) say.

    Amounts are in the bill's one currency; dollars stand on issues only where that is US dollars.
    """
    found = evidence(parts, months)
    days = calendar(found.days)
    checks = commitment_checks(found.commitments)
    totals = line_totals(found.written, found.settled)
    findings = Findings(
        currency=found.currency,
        bases=bases_of(found.written, found.settled),
        totals=totals,
        calendar=days,
        commitments=checks,
        standard=found.standard,
        tags=(),
    )
    covers = tag_covers(found.tagged, by_effective=effective_is_usable(findings))
    return Diagnosis(
        currency=found.currency,
        totals=totals,
        bases=findings.bases,
        files=file_totals(found),
        months=month_totals(found),
        accounts=account_totals(found.accounts),
        commitments=checks,
        tags=covers,
        calendar=days,
        issues=issues_of(found, days, checks),
        verdicts=verdicts_of(findings.with_tags(covers)),
    )
