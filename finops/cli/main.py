"""Runs one command: parse, answer, print, and end with the exit status that scripts rely on.

0 done · 1 input or state that cannot be used · 2 wrong usage · 3 a gate was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from finops.cli import (
    anomalies,
    backtest,
    budgets,
    chargeback,
    export,
    forecast,
    insights,
    inspect,
    prices,
    recommend,
    simulate,
    tags,
)
from finops.cli.arguments import inputs_parser, json_parser
from finops.cli.output import DONE, INTERRUPTED, UNUSABLE_INPUT, as_json, printable
from finops.errors import FinOpsError

COMMANDS = (
    inspect,
    recommend,
    simulate,
    backtest,
    tags,
    chargeback,
    budgets,
    forecast,
    anomalies,
    insights,
    prices,
    export,
)


def parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    top = argparse.ArgumentParser(
        prog="python -m finops",
        description="AWS FinOps on the command line; without inputs, on the sample estate.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands, inputs_parser(), json_parser())
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. No traceback reaches the user."""
    args = parser().parse_args(argv)
    try:
        printout = args.run(args)
    except FinOpsError as error:
        return _complain(args.command, str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    for warning in printout.warnings:
        _complain(args.command, warning)
    return (
        _print(as_json(printout.document) if args.json else printable(printout.text, "\n\t"))
        or printout.status
    )


def _complain(command: str, message: str) -> int:
    line = printable(" ".join(message.split()))
    print(f"finops {command}: {line}".encode(errors="replace").decode(), file=sys.stderr)
    return UNUSABLE_INPUT


def _print(text: str) -> int:
    """To stdout in its own encoding; what that cannot say is escaped, as it is in JSON."""
    encoding = sys.stdout.encoding or "utf-8"
    encodable = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(encodable, flush=True)
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        return _complain("output", f"cannot be written: {error.strerror}")
    return DONE


def _discard_stdout() -> None:
    """Nothing is left to flush at exit, where it would raise again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
