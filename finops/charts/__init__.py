"""How is a record drawn? Frames and records in, Plotly figures out; nothing is calculated here.

Colours come from ``theme``. Names are data: they are drawn as they are, never read as markup.
"""

from finops.charts.anomaly import anomaly_days, anomaly_months
from finops.charts.bars import compared_bars, percent_bars, ranked_bars
from finops.charts.budgets import budget_bars, budget_path, variance_bars
from finops.charts.cluster_map import ClusterAxis, cluster_map
from finops.charts.commitments import (
    backtest_bars,
    duration_curve,
    hour_by_hour,
    ladder_timeline,
    marginal_savings,
    savings_frontier,
)
from finops.charts.coverage import (
    compliance_over_time,
    coverage_by_group,
    coverage_over_time,
    savings_rate_over_time,
)
from finops.charts.gauge import percent_gauge
from finops.charts.heat_map import tag_by_team
from finops.charts.outlook import month_fan
from finops.charts.over_time import daily_lines, stacked_months
from finops.charts.sankey import flow_through
from finops.charts.scatter import measured, utilization_scatter
from finops.charts.storage import lifecycle_classes, lifecycle_months, price_against_list
from finops.charts.theme import MOST_MARKS
from finops.charts.treemap import cost_treemap
from finops.charts.waterfall import bridge, waterfall

__all__ = [
    "MOST_MARKS",
    "ClusterAxis",
    "anomaly_days",
    "anomaly_months",
    "backtest_bars",
    "bridge",
    "budget_bars",
    "budget_path",
    "cluster_map",
    "compared_bars",
    "compliance_over_time",
    "cost_treemap",
    "coverage_by_group",
    "coverage_over_time",
    "daily_lines",
    "duration_curve",
    "flow_through",
    "hour_by_hour",
    "ladder_timeline",
    "lifecycle_classes",
    "lifecycle_months",
    "marginal_savings",
    "measured",
    "month_fan",
    "percent_bars",
    "percent_gauge",
    "price_against_list",
    "ranked_bars",
    "savings_frontier",
    "savings_rate_over_time",
    "stacked_months",
    "tag_by_team",
    "utilization_scatter",
    "variance_bars",
    "waterfall",
]
