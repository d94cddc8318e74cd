"""``python -m finops.pricing`` prints the worked examples and exits 1 if one of them is wrong."""

from finops.selftest import run

raise SystemExit(run("pricing"))
