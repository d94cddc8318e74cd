"""What should be committed to? One portfolio of Reserved Instances and Savings Plans, and why.

``billing`` says what hours cost under commitments, in AWS's order; ``optimum`` finds the portfolio with
the least bill, net of what is owned, and how near it is to the best; ``reasons`` explains each row;
coverage, utilisation and expiries say how what is owned does.
"""

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.coverage import CoverageReport, effective_savings_rate
from finops.ri_engine.engine import DEFAULT_TARGET_COVERAGE, RIRecommendationEngine
from finops.ri_engine.optimum import EVERY_KIND, Limits
from finops.ri_engine.owned import Expiring
from finops.ri_engine.plan_comparison import PlanComparison
from finops.ri_engine.price_mismatches import price_mismatches
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.quantity import best_quantity
from finops.ri_engine.report import NotPriced, Recommendation, RecommendationReport

__all__ = [
    "COMPUTE_PLAN",
    "DEFAULT_TARGET_COVERAGE",
    "EC2_PLAN",
    "EVERY_KIND",
    "RI",
    "Bill",
    "CoverageReport",
    "Expiring",
    "Limits",
    "NotPriced",
    "PlanComparison",
    "RIRecommendationEngine",
    "Recommendation",
    "RecommendationReport",
    "as_commitments",
    "best_quantity",
    "bill",
    "effective_savings_rate",
    "price_mismatches",
]
