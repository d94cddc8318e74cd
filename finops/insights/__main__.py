"""``python -m finops.insights``: print the worked examples, exit 1 if one is wrong."""

from finops.selftest import run

raise SystemExit(run("insights"))
