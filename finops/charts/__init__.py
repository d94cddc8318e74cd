"""How is a record drawn? Frames and records in, Plotly figures out; nothing is calculated here.

Colours come from ``theme``. Names are data: they are drawn as they are, never read as markup.
"""

from finops.charts.bars import compared_bars, percent_bars, ranked_bars
from finops.charts.budgets import budget_bars
from finops.charts.gauge import percent_gauge
from finops.charts.over_time import daily_lines, stacked_months
from finops.charts.scatter import utilization_scatter
from finops.charts.treemap import cost_treemap
from finops.charts.waterfall import waterfall

__all__ = [
    "budget_bars",
    "compared_bars",
    "cost_treemap",
    "daily_lines",
    "percent_bars",
    "percent_gauge",
    "ranked_bars",
    "stacked_months",
    "utilization_scatter",
    "waterfall",
]
