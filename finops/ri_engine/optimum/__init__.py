"""Which portfolio of Reserved Instances and Savings Plans costs least, and how sure is that?"""

from finops.ri_engine.optimum.limits import EVERY_KIND, PLAN_STEP_USD, Limits
from finops.ri_engine.optimum.portfolio import Portfolio, best_portfolio

__all__ = ["EVERY_KIND", "PLAN_STEP_USD", "Limits", "Portfolio", "best_portfolio"]
