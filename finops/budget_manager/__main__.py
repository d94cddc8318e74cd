"""``python -m finops.budget_manager``: the worked examples of this room."""

from __future__ import annotations

from finops.selftest import run

raise SystemExit(run("budget_manager"))
