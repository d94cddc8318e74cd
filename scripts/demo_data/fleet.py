"""What is a fleet? A number of alike instances with one purpose, each with its coming and going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from scripts.demo_data import rhythms
from scripts.demo_data.organisation import Account, Team
from scripts.demo_data.rhythms import Rhythm

VIRGINIA, OREGON, IRELAND = "us-east-1", "us-west-2", "eu-west-1"
FRANKFURT, MUMBAI = "eu-central-1", "ap-south-1"

# What becomes of an instance on its last day: it is stopped and stays in the list, is terminated
# so lately that the list still has it, or is gone.
Fate = Literal["stopped", "terminated", "gone"]
Moment = date | datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """``count`` instances of a fleet that were launched together, and, with ``last``, left together."""

    count: int
    launched: Moment
    last: Moment | None = None
    fate: Fate = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Alike instances. ``cpu`` and ``memory`` are the range of the snapshot's figures in percent."""

    name: str
    account: Account
    region: str
    instance_type: str
    team: Team
    project: str
    environment: str
    members: tuple[Member, ...]
    rhythm: Rhythm = rhythms.always
    cpu: tuple[int, int] = (35, 70)
    memory: tuple[int, int] = (40, 75)
    network_bps: int = 900_000
    zone: str | None = None
    spot: bool = False


def steady(count: int, launched: Moment) -> tuple[Member, ...]:
    """Instances that were launched together and are all still there."""
    return (Member(count=count, launched=launched),)
