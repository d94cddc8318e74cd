"""What does this room ask of a price catalogue? Four answers, as protocols.

``finops.pricing`` gives them; so may any object of the same shape. Every method raises
``finops.errors.UnknownPrice`` for what it does not know: there is no default price.
"""

from __future__ import annotations

from typing import Protocol


class Price(Protocol):
    """An On-Demand price in dollars per instance-hour."""

    @property
    def usd_per_hour(self) -> float: ...


class CommitmentPrice(Protocol):
    """What one instance-hour costs under a commitment.

    ``effective_usd_per_hour`` = ``upfront_usd`` ÷ hours of the term (8,760 a year) +
    ``recurring_usd_per_hour``. ``offering_class`` is None for Savings Plans.
    """

    @property
    def kind(self) -> str: ...
    @property
    def offering_class(self) -> str | None: ...
    @property
    def term_years(self) -> int: ...
    @property
    def payment_option(self) -> str: ...
    @property
    def effective_usd_per_hour(self) -> float: ...
    @property
    def upfront_usd(self) -> float: ...
    @property
    def recurring_usd_per_hour(self) -> float: ...
    @property
    def basis(self) -> str: ...


class Spec(Protocol):
    """The two facts about a type on which size flexibility rests."""

    @property
    def normalization_factor(self) -> float | None: ...
    @property
    def size_flexible(self) -> bool: ...


class Catalogue(Protocol):
    """Prices by instance type, region and platform; On-Demand also by tenancy."""

    def on_demand(
        self, instance_type: str, region: str, platform: str = ..., tenancy: str = ...
    ) -> Price: ...

    def commitment_prices(
        self, instance_type: str, region: str, platform: str = ...
    ) -> tuple[CommitmentPrice, ...]: ...

    def spec(self, instance_type: str) -> Spec: ...
