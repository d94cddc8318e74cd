"""What was set aside, for which reason, and how many dollars is that?"""

from __future__ import annotations

import pandas as pd

from finops.estate import Estate


def set_aside_by_code(estate: Estate) -> pd.DataFrame:
    """One row a reason, most dollars first.

    code, rows, cost_usd (a month, of the rows whose cost is readable), unknown (the rows whose cost
    is not), and reason: the words of the first such row.
    """
    grouped = estate.set_aside.groupby("Code")
    frame = pd.DataFrame(
        {
            "rows": grouped.size(),
            "cost_usd": grouped["CostUSD"].sum(),
            "unknown": grouped["CostUSD"].apply(lambda costs: int(costs.isna().sum())),
            "reason": grouped["Reason"].first(),
        }
    )
    named = frame.rename_axis("code").reset_index()
    return named.sort_values(["cost_usd", "code"], ascending=[False, True], ignore_index=True)
