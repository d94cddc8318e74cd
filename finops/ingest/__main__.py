"""Run the room's self-test: ``python -m finops.ingest``."""

from finops.selftest import run

raise SystemExit(run("ingest"))
