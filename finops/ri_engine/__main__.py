"""``python -m finops.ri_engine`` checks this room's worked examples."""

from finops.selftest import run

raise SystemExit(run("ri_engine"))
