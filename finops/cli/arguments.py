"""Which words do all commands share? The inputs, the date, and ``--json``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from finops.estate import Estate, load_estate
from finops.money import is_written_out
from finops.periods import Month

# argparse's class is generic in its stubs alone.
if TYPE_CHECKING:
    _Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    _Subparsers = argparse._SubParsersAction

T = TypeVar("T")

INPUTS = {
    "ec2": "EC2 resource list (CSV)",
    "s3": "S3 resource list (CSV)",
    "billing": "a Cost and Usage Report or FOCUS data (CSV, gzip, zip, Parquet): a file, a folder, or s3://…",
    "usage": "hourly instance usage (CSV or Parquet)",
    "commitments": "owned Reserved Instances and Savings Plans (JSON or CSV, or AWS's describe-… JSON)",
    "metrics": "hourly metrics per instance (CSV or Parquet)",
    "accounts": "accounts with their owners (CSV or Parquet)",
}


def inputs_parser() -> argparse.ArgumentParser:
    """The parent of every command that reads an estate."""
    parser = argparse.ArgumentParser(add_help=False, parents=[json_parser()])
    group = parser.add_argument_group("inputs (with none of them: the sample estate)")
    for name, what in INPUTS.items():
        metavar = "FILE_OR_FOLDER" if name == "billing" else "FILE"
        kind = place if name == "billing" else path
        group.add_argument(f"--{name}", metavar=metavar, type=kind, help=what)
    group.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        type=day,
        help="the last day that counts (default: the last complete day of the bill, else today)",
    )
    return parser


class ActionsWithin(_Subparsers):
    """The actions of a command that also runs by itself: what stands before an action's name counts.

    argparse lets the action's own defaults take the place of what was said before its name, without a
    word. Here that is kept where the action knows it, and refused where it does not.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        said = {
            name: value for name, value in vars(namespace).items() if value != parser.get_default(name)
        }
        super().__call__(parser, namespace, values, option_string)
        name = str(values[0]) if values else ""
        action = self.choices[name]
        known = {one.dest for one in action._actions}
        for dest, value in said.items():
            if dest not in known:
                action.error(f"--{dest.replace('_', '-')} is no option of {name}")
            if getattr(namespace, dest) == action.get_default(dest):
                setattr(namespace, dest, value)


def json_parser() -> argparse.ArgumentParser:
    """The parent of every command."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


def explained(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    name: str,
    *,
    help: str,
    description: str,
) -> argparse.ArgumentParser:
    """A command that takes the inputs and explains itself, line by line as written."""
    return commands.add_parser(
        name,
        parents=[inputs],
        help=help,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def estate_of(args: argparse.Namespace) -> Estate:
    """The estate that the words name."""
    return load_estate(**{name: getattr(args, name) for name in INPUTS}, as_of=args.as_of)


def reading(read: Callable[[str], T], expected: str) -> Callable[[str], T]:
    """An argparse type whose message says what was expected."""

    def parse(text: str) -> T:
        try:
            return read(text)
        except (ValueError, ArithmeticError) as error:
            raise argparse.ArgumentTypeError(f"received {text!r}, expected {expected}") from error

    return parse


def _path(text: str) -> Path:
    if not text.strip():
        raise ValueError(text)
    return Path(text)


def _place(text: str) -> Path | str:
    return "s3://" + text[5:] if text.lower().startswith("s3://") else _path(text)


def _dollars(text: str) -> Decimal:
    amount = Decimal(text)
    if not (text.isascii() and "_" not in text and is_written_out(amount)):
        raise ValueError(text)
    return amount


def _least_dollars(text: str) -> Decimal:
    amount = _dollars(text)
    if amount < 0:
        raise ValueError(text)
    return amount


def between(text: str, low: int, high: int) -> float:
    """The number that the text writes. Raises ValueError or ArithmeticError where it is none."""
    number = Decimal(text)
    if not low <= number <= high:
        raise ValueError(text)
    return float(number)


def whole(text: str, low: int, high: int) -> int:
    """The same of a whole number: 2.5 is none."""
    number = between(text, low, high)
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


YEARS = range(1970, 2200)


def _day(text: str) -> date:
    return _in_range(date.fromisoformat(text))


def _month(text: str) -> Month:
    return Month.of(_in_range(Month.parse(text).start))


def _in_range(found: date) -> date:
    if found.year not in YEARS:
        raise ValueError(found)
    return found


_FROM_TO = f"from {YEARS[0]} to {YEARS[-1]}"
day = reading(_day, f"a date such as 2026-10-18, {_FROM_TO}")
month = reading(_month, f"a month such as 2026-09, {_FROM_TO}")
path = reading(_path, "the name of a file")
place = reading(_place, "a file, a folder, or s3://bucket/prefix")
dollars = reading(_dollars, "dollars such as 1500 or 99.50")
least_dollars = reading(_least_dollars, "dollars such as 1500 or 99.50, 0 or more")
percentage = reading(lambda text: between(text, 0, 100), "a percentage from 0 to 100")
days = reading(lambda text: whole(text, 1, 3660), "a number of days from 1 to 3660")
