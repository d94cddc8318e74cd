"""What should be committed to? Reserved Instance advice, coverage, and Savings Plans beside it.

Per pool the quantile rule makes a first guess of what to buy, net of what is owned; the billing rules
of AWS say what all of it saves together, and the guess is changed until no single change saves more;
past hours say how often the rule would have paid.
"""

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.coverage import CoverageReport, effective_savings_rate
from finops.ri_engine.engine import DEFAULT_TARGET_COVERAGE, RIRecommendationEngine
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
    "RI",
    "Bill",
    "CoverageReport",
    "Expiring",
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
