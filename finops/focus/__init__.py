"""Does a bill leave in FOCUS 1.2? The dataset, its file, and the rules of the specification it breaks.

write_focus(estate.costs, Path("focus.parquet")).violations
"""

from finops.focus.export import FocusExport, focus_csv, write_focus
from finops.focus.rules import DATASET_RULES, RULES, Violation, check
from finops.focus.table import COLUMNS_NOT_FILLED, DATASET_COLUMNS, Derived, focus_table

__all__ = [
    "COLUMNS_NOT_FILLED",
    "DATASET_COLUMNS",
    "DATASET_RULES",
    "RULES",
    "Derived",
    "FocusExport",
    "Violation",
    "check",
    "focus_csv",
    "focus_table",
    "write_focus",
]
