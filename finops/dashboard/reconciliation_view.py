"""How do the resource lists become the bill? Steps that add up, as a chart and as a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.reconciliation import Reconciliation
from finops.dashboard import tables
from finops.dashboard.figures import show_chart


def show(steps: Reconciliation) -> None:
    """Draw the steps."""
    st.subheader(
        "From run rate to bill",
        help="The resource lists say what everything would cost if it ran for 730 hours; the bill says "
        "what was charged. Every row of the bill is in exactly one step, so the steps add up.",
    )
    relative = [(line.line, float(line.usd)) for line in steps.lines]
    show_chart(
        charts.waterfall(
            ("Run rate of the lists", float(steps.run_rate_usd)),
            relative,
            (f"Effective cost of {steps.period}", float(steps.effective_usd)),
        ),
        "Steps from the run rate of the resource lists to the effective cost of the bill",
    )
    with st.expander("The steps as a table"):
        _steps_table(steps)


def _steps_table(steps: Reconciliation) -> None:
    rows = [
        ("Run rate of the resource lists", steps.run_rate_usd, "730 hours, every state"),
        *((line.line, line.usd, line.explanation) for line in steps.lines),
        (f"Effective cost of {steps.period}", steps.effective_usd, "the sum of the lines above"),
        (
            "Paid at another time than used",
            steps.billed_minus_effective_usd,
            "upfront payments and fees, on their cash date",
        ),
        (f"Billed cost of {steps.period}", steps.billed_usd, "the invoice"),
    ]
    frame = pd.DataFrame(rows, columns=["step", "usd", "why"]).astype({"usd": "float64"})
    columns = {
        "step": tables.text("Step"),
        "usd": tables.dollars("USD", "Dollars; a minus takes away"),
        "why": tables.text("Why"),
    }
    tables.table(frame, columns, alt="Steps from the run rate to the bill")
    tables.download_frame(
        "Download the steps", frame, "run_rate_to_bill.csv", help_text="The table above as CSV."
    )
