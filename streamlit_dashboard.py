"""AWS FinOps in a browser: ``make run``, or ``streamlit run streamlit_dashboard.py``."""

from __future__ import annotations

import streamlit as st

from finops.dashboard import page, sidebar
from finops.dashboard.inputs import narrowed

st.set_page_config(page_title="AWS FinOps", page_icon="💰", layout="wide")
st.title("AWS FinOps")

choice = sidebar.show()
if choice.estate is None:
    page.show_nothing()
else:
    page.show(choice, narrowed(choice.estate, choice.filters))
