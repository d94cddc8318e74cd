"""The command line: ``python -m finops COMMAND``. Answers on stdout, everything else on stderr."""

from finops.cli.main import main

__all__ = ["main"]
