"""``python -m finops COMMAND``: the command line."""

from __future__ import annotations

from finops.cli import main

raise SystemExit(main())
