"""``backtest``: what advice promised in the past, what came of it, and what was possible."""

from __future__ import annotations

import argparse

from finops.answers.backtest import BacktestedAdvice, WindowChoice, backtest_advice
from finops.cli.arguments import estate_of, explained
from finops.cli.commitment_arguments import add_limits, settings_of
from finops.cli.output import Printout, document_of, percent, silenced, table
from finops.money import usd

_HELP = """\
Goes back in time: at each origin it buys what `recommend` with the same limits would have named from the
days before it, beside what was owned then, and bills the days after it with the simulator.

  promised    what the purchases save on the window before the origin as it was, for as many hours
  realised    what they did save in the days after it
  hindsight   what the best purchases for those very days would have saved

Captured is realised ÷ hindsight. A pool lost money where its hours under the purchases cost more than
they would have On-Demand. Without --lookback-days every fold chooses its window as `recommend` does, on
what was known then. 90 days of hourly usage are needed."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = explained(
        commands,
        inputs,
        "backtest",
        help="what advice promised in the past, and what came of it",
        description=_HELP,
    )
    add_limits(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Printout:
    estate, settings = estate_of(args), settings_of(args)
    with silenced():
        answer = backtest_advice(estate, settings)
    return Printout(document=document_of(answer), text=_text(answer))


def _text(answer: BacktestedAdvice) -> str:
    report = answer.report
    head = (
        f"Promised {usd(report.promised_savings_usd)}, realised {usd(report.realized_savings_usd)}, "
        f"possible in hindsight {usd(report.hindsight_savings_usd)}: {percent(report.captured_pct)} "
        f"captured\n{len(report.folds)} origins in {report.history_days} days, each billed over the "
        f"{report.horizon_days} days after it; {percent(report.losing_pools_pct)} of the pools lost "
        f"money; as of {answer.as_of}"
    )
    parts = [head, _folds(answer), _window(answer.window)]
    return "\n\n".join([*parts, *(f"Note: {note}" for note in answer.notes)])


def _folds(answer: BacktestedAdvice) -> str:
    rows = [
        (
            fold.purchase_on,
            f"{fold.window_days}",
            "yes" if fold.trend_adjusted else "no",
            f"{fold.purchases}",
            usd(fold.promised_savings_usd),
            usd(fold.realized_savings_usd),
            usd(fold.hindsight_savings_usd),
            percent(fold.captured_pct),
            f"{len(fold.losing_pools)} of {fold.pools}",
        )
        for fold in answer.report.folds
    ]
    headers = (
        "bought on",
        "window",
        "trend",
        "rows",
        "promised",
        "realised",
        "hindsight",
        "captured",
        "pools that lost",
    )
    return table(headers, rows)


def _window(window: WindowChoice) -> str:
    adjusted = ", adjusted for its trend" if window.trend_adjusted else ""
    head = f"Advice of today is sized on the last {window.days} days{adjusted}: {window.note}"
    if not window.candidates:
        return head
    rows = [
        (
            f"{one.days} days" + (", trend" if one.trend_adjusted else ""),
            percent(one.regret_pct, 2),
            percent(one.above_default_pct, 2),
            percent(one.standard_error_pct, 2),
        )
        for one in window.candidates
    ]
    return f"{head}\n{table(('window', 'above the best', 'above the default', '± error'), rows)}"
