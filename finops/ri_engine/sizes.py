"""How large is an instance type, and may a Reserved Instance be spread over its family?

Source: AWS EC2 user guide, "How Reserved Instance discounts are applied" (normalization factors,
and the families that are never size-flexible).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from finops.errors import UnknownPrice
from finops.ri_engine.catalogue import Spec

SpecOf = Callable[[str], Spec]

_UNITS = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}
_MULTIPLE = re.compile(r"(\d+)xlarge")
_NEVER = frozenset(
    """g4ad g4dn g5 g5g g6 g6e g6f gr6 gr6f hpc7a p5 inf1 inf2 u7i-6tb u7i-8tb""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Size:
    """A type's family, its normalization units (None when unknown) and its flexibility."""

    family: str
    units: float | None
    flexible_family: bool


def family_of(instance_type: str) -> str:
    """``m5`` of ``m5.xlarge``."""
    return instance_type.partition(".")[0]


def units_of(instance_type: str) -> float | None:
    """Normalization units by the size's name; None for bare metal and for what is no size."""
    size = instance_type.partition(".")[2]
    multiple = _MULTIPLE.fullmatch(size)
    return 8.0 * int(multiple[1]) if multiple else _UNITS.get(size)


def size_of(instance_type: str, spec_of: SpecOf | None = None) -> Size:
    """Family, units and flexibility of a type. Bare metal has the units that ``spec_of`` gives."""
    family = family_of(instance_type)
    units, flexible = units_of(instance_type), family not in _NEVER
    if spec_of is not None:
        try:
            spec = spec_of(instance_type)
        except UnknownPrice:
            pass
        else:
            flexible = flexible and spec.size_flexible
            units = units if units is not None else _known(spec.normalization_factor)
    return Size(family, units, flexible and units is not None)


def _known(units: float | None) -> float | None:
    return None if units is None or math.isnan(units) else float(units)


def is_size_flexible(size: Size, platform: str, tenancy: str) -> bool:
    """Whether a regional RI of this size, platform and tenancy may be spread over its family."""
    return size.flexible_family and platform == "Linux/UNIX" and tenancy == "default"
