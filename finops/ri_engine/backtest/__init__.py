"""What were promises worth? Advice on the past, billed on the days after it, and what that teaches."""

from finops.ri_engine.backtest.folds import Backtest, Fold, LosingPool, backtest, near_best
from finops.ri_engine.backtest.origins import check_history
from finops.ri_engine.backtest.sizing import Sized
from finops.ri_engine.backtest.windows import (
    Candidate,
    WindowChoice,
    choose_window,
    given_window,
    sized_for,
)

__all__ = [
    "Backtest",
    "Candidate",
    "Fold",
    "LosingPool",
    "Sized",
    "WindowChoice",
    "backtest",
    "check_history",
    "choose_window",
    "given_window",
    "near_best",
    "sized_for",
]
