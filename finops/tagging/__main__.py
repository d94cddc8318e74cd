"""``python -m finops.tagging``: print the worked examples, exit 1 if one is wrong."""

from finops.selftest import run

raise SystemExit(run("tagging"))
