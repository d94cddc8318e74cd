"""``insights train``: fits every model that is kept, and says how good each is."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping

from finops.answers.models import MODELS, Fitted, ModelName, ModelStore, Training, fitted
from finops.cli.arguments import estate_of, explained
from finops.cli.output import Printout, plain, table
from finops.cli.progress import TerminalProgress
from finops.estate import Estate

_HELP = """\
`train` fits the models of the estate that take long – clusters of instances and of buckets, resources
that cost more than their peers – and keeps them in ml_cache/ (FINOPS_MODEL_DIR), signed by your own key
(FINOPS_KEY_FILE). A model that is there for the same data, prices, libraries and code is loaded. Each is
printed with its score out of sample next to that of a naive baseline; where it is not better, nothing of
it is shown. Ctrl-C stops: models that were finished stay, and nothing is kept by half."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    parser = commands.add_parser(
        "insights", help="train the models that are kept", description="Models of the estate."
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    train = explained(actions, inputs, "train", help="fit and keep every model", description=_HELP)
    train.set_defaults(run=run)


class ToldTraining(Training):
    """A training that tells on stderr where it is."""

    def __init__(self) -> None:
        super().__init__()
        self._told = TerminalProgress(command="insights", parts=True)

    def begin(self, step: str, total: int = 1) -> None:
        super().begin(step, total)
        self._told.end()
        self._told.begin(step, "", total if total > 1 else None)

    def advance(self, parts: int = 1) -> None:
        super().advance(parts)
        self._told.advance(parts)

    def end(self) -> None:
        """The training is over."""
        self._told.end()


def run(args: argparse.Namespace) -> Printout:
    estate, training, store = estate_of(args), ToldTraining(), ModelStore()
    try:
        timed = [_timed(estate, training, store, name) for name in MODELS]
    finally:
        training.end()
    models = [one for one, _ in timed]
    issues = [issue for one in models for issue in one.issues]
    return Printout(
        document={
            "models": [_document(one, seconds) for one, seconds in timed],
            "folder": str(store.folder),
            "as_of": estate.as_of,
            "issues": plain([*estate.issues, *issues]),
        },
        text=_text(timed, store),
        warnings=tuple(issue.message for issue in issues),
    )


def _timed(
    estate: Estate, training: Training, store: ModelStore, name: ModelName
) -> tuple[Fitted, float]:
    start = time.perf_counter()
    model = fitted(estate, name, training, store)
    return model, time.perf_counter() - start


def _document(one: Fitted, seconds: float) -> Mapping[str, object]:
    names = (
        "name",
        "what",
        "origin",
        "bytes",
        "file",
        "measure",
        "score",
        "baseline",
        "shown",
        "reason",
    )
    return {name: getattr(one, name) for name in names} | {"seconds": seconds}


def _text(timed: list[tuple[Fitted, float]], store: ModelStore) -> str:
    rows = [
        (
            one.what,
            one.origin,
            f"{seconds:.1f} s",
            "–" if one.bytes is None else f"{one.bytes:,}",
            _figure(one.score),
            _figure(one.baseline),
            one.measure,
            "yes" if one.shown else "no",
        )
        for one, seconds in timed
    ]
    headers = ("model", "origin", "time", "bytes", "score", "baseline", "what the score is", "shown")
    reasons = [f"Not shown: {one.what}: {one.reason}" for one, _ in timed if one.reason]
    return "\n\n".join([f"Models in {store.folder}", table(headers, rows), *reasons])


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
