"""Which answers does the Overview rest on? Each is worked out once, or there is a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from finops.answers import budgets
from finops.answers.actions import Actions, ActionSettings, actions
from finops.answers.allocation import Chargeback, ChargebackSettings, chargeback, kept_rules
from finops.answers.anomalies import AnomalyReport, AnomalySettings, anomalies, verdicts
from finops.answers.anomaly_course import check_note, detector_check
from finops.answers.commitments import CommitmentAdvice, CommitmentSettings, recommend
from finops.answers.compliance import Compliance, compliance, policy_in_force
from finops.answers.cost_basis import usable_bases
from finops.answers.forecast import CostForecast, ForecastSettings, forecast
from finops.answers.overview import Overview, overview
from finops.answers.rightsizing import Rightsizing, rightsizing
from finops.answers.storage import StorageCandidate, storage_candidates
from finops.answers.tag_suggestions import virtual_tags
from finops.answers.to_check import recent
from finops.dashboard.answered import answered
from finops.dashboard.inputs import narrowed
from finops.dashboard.view import View
from finops.errors import FinOpsError, ModelBeaten
from finops.estate import Estate, Filters

T = TypeVar("T")


def spend(estate: Estate) -> Overview:
    """The headline figures; they never fail."""
    return answered(overview, estate)


def month_end(estate: Estate, basis: str) -> CostForecast | FinOpsError:
    """The forecast of the month's end on the basis of the other figures."""
    return _attempt(lambda: answered(forecast, estate, ForecastSettings(basis=basis)))


def ranked(view: View) -> Actions | FinOpsError:
    """The ranked actions: of all usage in the chosen regions, for usage has no state, team or tag."""
    estate = narrowed(view.whole, Filters(regions=view.filters.regions))
    return _attempt(
        lambda: answered(actions, estate, ActionSettings(), progress="Ranking what saves most …")
    )


def narrows_more_than_usage(view: View) -> bool:
    """Whether a filter is set that hours of usage know nothing of."""
    return Filters(regions=view.filters.regions) != view.filters


def advice(estate: Estate) -> CommitmentAdvice | FinOpsError:
    """The commitments that are advised, as the section of commitments opens with."""
    return _attempt(lambda: answered(recommend, estate, CommitmentSettings()))


def out_of_the_ordinary(estate: Estate) -> AnomalyReport | FinOpsError:
    """The anomalies, as people have judged them; ModelBeaten where a simple rule finds clearly more."""
    return _attempt(lambda: _anomalies(estate))


def _anomalies(estate: Estate) -> AnomalyReport:
    report = answered(
        anomalies,
        estate,
        # As the section of anomalies says it at first, so that both are one question.
        AnomalySettings(basis=(*usable_bases(estate), "")[0]),
        verdicts(estate),
        progress="Looking for costs out of the ordinary …",
    )
    # The Overview shows recent ones alone: without one there is nothing to check, which takes longest.
    check = answered(detector_check, estate, report.basis) if recent(report) else None
    if check is not None and check.verdict == "worse":
        raise ModelBeaten(f"{check_note(check)}; the section of anomalies shows them when asked")
    return report


def allocation(estate: Estate) -> Chargeback | FinOpsError:
    """Who pays for what, by team."""
    return _attempt(
        lambda: answered(
            chargeback,
            estate,
            ChargebackSettings(basis="effective", rules=kept_rules(), virtual_tags=virtual_tags()),
        )
    )


def tag_compliance(estate: Estate) -> Compliance | FinOpsError:
    """Which resources carry the mandatory tags."""
    return _attempt(lambda: answered(compliance, estate, policy_in_force()))


def budgets_now(whole: Estate) -> budgets.BudgetCheck | FinOpsError:
    """How the budgets stand: always of the whole estate."""
    return _attempt(lambda: answered(budgets.standing, whole, budgets.book().budgets))


def sizes(estate: Estate) -> Rightsizing | FinOpsError:
    """The findings on instances."""
    return _attempt(
        lambda: answered(rightsizing, estate, progress="Holding instances against the price list …")
    )


def buckets(estate: Estate) -> tuple[StorageCandidate, ...] | FinOpsError:
    """What is worth a look on S3."""
    return _attempt(lambda: answered(storage_candidates, estate))


def _attempt(make: Callable[[], T]) -> T | FinOpsError:
    try:
        return make()
    except FinOpsError as error:
        return error
