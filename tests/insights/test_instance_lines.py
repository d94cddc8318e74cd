"""Which types can stand in for one another, and what AWS publishes of those that earn credits."""

from __future__ import annotations

import pytest

from finops.insights.instance_lines import Line, baseline_pct, can_be_sized, line_of, network_mbps
from finops.pricing import load_catalogue

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("m5", Line("m", 5, "Intel")),
        ("c6a", Line("c", 6, "AMD")),
        ("r8g", Line("r", 8, "Graviton")),
        ("t4g", Line("t", 4, "Graviton")),
        ("m6gd", None),
        ("c5n", None),
        ("m7i-flex", None),
        ("g4dn", None),
        ("u7i-12tb", None),
        ("x1", None),
    ],
)
def test_lines(family: str, line: Line | None) -> None:
    assert line_of(family) == line


@pytest.mark.parametrize("name", ["g4dn.xlarge", "m5d.large", "i3.large", "m5.metal", "p3.2xlarge"])
def test_accelerators_disks_and_metal_are_not_sized(name: str) -> None:
    assert not can_be_sized(CATALOGUE.spec(name))


def test_what_aws_publishes_of_burstable_types() -> None:
    """EC2 User Guide: t3.nano 5 %, t3.large 30 %, t2.2xlarge 17 %; t3.large 512 Mbit/s."""
    found = [
        baseline_pct(CATALOGUE.spec(name)) for name in ("t3.nano", "t3.large", "t2.2xlarge", "m5.large")
    ]
    assert found == [5.0, 30.0, 17.0, None]
    assert [network_mbps(CATALOGUE.spec(name)) for name in ("t3.large", "t2.large", "m5.large")] == [
        512,
        0,
        375,
    ]
