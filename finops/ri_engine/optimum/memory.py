"""What do earlier searches of a market tell the next? Planes, hours and options that were of use.

A plane is a bound on the bill of every portfolio, whatever the limits: it is as good for the next
question as for the one that found it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from finops.ri_engine.claims import Bools
from finops.ri_engine.optimum.by_planes import PlaneSearch
from finops.ri_engine.optimum.cuts import Planes
from finops.ri_engine.optimum.market import Market, part_of

Cases: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]
# Planes that are remembered: more make the programs slow.
_MOST_PLANES = 300


class Memory:
    """What searches of one market have found: planes and the hours that were searched, by whether they
    are of cases of demand, the market of the window as it was, all its hours and few, and the options
    that any search used in fractions."""

    def __init__(self) -> None:
        self.planes: dict[bool, Planes] = {}
        self.searched: dict[bool, tuple[Market, Cases]] = {}
        self.window: Market | None = None
        self.few: Market | None = None
        self.used: Bools | None = None

    def learn(self, risky: bool, search: PlaneSearch) -> None:
        """Keep what a search has found."""
        self.planes[risky] = search.planes.last(_MOST_PLANES)
        self.used = search.used if self.used is None else self.used | search.used

    def copy(self) -> Memory:
        """The same, for searches that shall leave no trace."""
        other = Memory()
        other.planes, other.searched = dict(self.planes), dict(self.searched)
        other.window, other.few, other.used = self.window, self.few, self.used
        return other

    def of(self, options: npt.NDArray[np.intp]) -> Memory:
        """The same for a market of these options alone."""
        other = Memory()
        other.planes = {risky: planes.of(options) for risky, planes in self.planes.items()}
        other.searched = {
            risky: (part_of(market, options), cases) for risky, (market, cases) in self.searched.items()
        }
        other.window = None if self.window is None else part_of(self.window, options)
        other.few = None if self.few is None else part_of(self.few, options)
        return other
