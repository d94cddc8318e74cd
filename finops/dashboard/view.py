"""What does a tab look at? The estate as the filters leave it, and the whole one."""

from __future__ import annotations

from dataclasses import dataclass

from finops.estate import Estate, Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """``shown`` is ``whole`` narrowed by ``filters``; without filters they are the same estate."""

    whole: Estate
    shown: Estate

    @property
    def filters(self) -> Filters:
        return self.shown.filters

    @property
    def is_filtered(self) -> bool:
        return self.filters != Filters()
