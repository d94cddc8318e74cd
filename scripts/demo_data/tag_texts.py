"""How does the tag cell of a resource look? As in life: some complete, most not.

The text stands in the resource lists; ``finops.tags`` reads it, and the bill carries what it reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from scripts.demo_data.organisation import ANALYTICS, SANDBOX, Account, Team
from scripts.demo_data.timeline import random

_TAG_TOPIC = 4

Tags = dict[str, str]
Style = Callable[[Tags, np.random.Generator], str]

# What the mistagged team writes: the key in the wrong case, and a cost centre that does not exist.
MISTAGGED_KEY, MISTAGGED_COST_CENTER = "team", "CC-4001"


def tag_text(resource: str, account: Account, team: Team, project: str, environment: str) -> str:
    """The cell of one resource. Chance in it depends on the resource's name only."""
    rng = random(_TAG_TOPIC, *resource.encode())
    tags = _true_tags(rng, team, project, environment)
    if account is SANDBOX:
        return "None" if rng.integers(0, 2) else ""
    if team is ANALYTICS:
        return _plain(_mistagged(tags))
    roll = int(rng.integers(0, 100))
    return next(style for share, style in _STYLES if roll < share)(tags, rng)


def true_tags(resource: str, team: Team, project: str, environment: str) -> Tags:
    """The tags that the resource would have if all of them were there and right."""
    return _true_tags(random(_TAG_TOPIC, *resource.encode()), team, project, environment)


def _true_tags(rng: np.random.Generator, team: Team, project: str, environment: str) -> Tags:
    return {
        "Owner": str(rng.choice(team.people)),
        "Environment": environment,
        "Team": team.name,
        "CostCenter": team.cost_center,
        "Project": project,
    }


def _mistagged(tags: Tags) -> Tags:
    return {
        "Owner": tags["Owner"],
        "Environment": tags["Environment"],
        MISTAGGED_KEY: tags["Team"].lower(),
        "CostCenter": MISTAGGED_COST_CENTER,
        "Project": tags["Project"],
    }


def _plain(tags: Mapping[str, str]) -> str:
    return ",".join(f"{key}={_quoted(value)}" for key, value in tags.items())


def _quoted(value: str) -> str:
    return f'"{value}"' if any(char in value for char in ",=") else value


def _complete(tags: Tags, _: np.random.Generator) -> str:
    return _plain(tags)


def _complete_with_options(tags: Tags, rng: np.random.Generator) -> str:
    option = (("BackupPolicy", "daily"), ("Compliance", "PCI"), ("Application", "core, shared"))
    key, value = option[int(rng.integers(0, len(option)))]
    return _plain({**tags, key: value})


def _complete_as_json(tags: Tags, _: np.random.Generator) -> str:
    return json.dumps(tags, ensure_ascii=False)


def _complete_with_colons(tags: Tags, _: np.random.Generator) -> str:
    return ";".join(f"{key}:{value}" for key, value in tags.items())


def _complete_as_aws_list(tags: Tags, _: np.random.Generator) -> str:
    return json.dumps([{"Key": key, "Value": value} for key, value in tags.items()], ensure_ascii=False)


def _incomplete(tags: Tags, rng: np.random.Generator) -> str:
    dropped = rng.choice(sorted(tags), size=int(rng.integers(1, 4)), replace=False)
    return _plain({key: value for key, value in tags.items() if key not in dropped})


def _other_case(tags: Tags, rng: np.random.Generator) -> str:
    spelling = (
        {"Environment": "environment", "Owner": "owner"},
        {"CostCenter": "costcenter"},
        {"CostCenter": "Cost-Center", "Environment": "ENVIRONMENT"},
        {"Project": "project", "Team": "team"},
    )[int(rng.integers(0, 4))]
    return _plain({spelling.get(key, key): value for key, value in tags.items()})


def _other_value(tags: Tags, rng: np.random.Generator) -> str:
    wrong = (
        {"Environment": "prd"},
        {"Environment": "live"},
        {"CostCenter": "TBD"},
        {"Owner": ""},
        {"Environment": tags["Environment"].upper(), "Team": tags["Team"].lower()},
        {"CostCenter": tags["CostCenter"].removeprefix("CC-")},
    )[int(rng.integers(0, 6))]
    return _plain({**tags, **wrong})


def _only_a_name(tags: Tags, rng: np.random.Generator) -> str:
    return f"Name={tags['Project'].lower()}-{int(rng.integers(1, 10))}"


def _nothing(_: Tags, rng: np.random.Generator) -> str:
    return ("", "None", "{}")[int(rng.integers(0, 3))]


# Cumulative percent of the resources that are tagged in each style.
_STYLES: tuple[tuple[int, Style], ...] = (
    (21, _complete),
    (25, _complete_with_options),
    (28, _complete_as_json),
    (31, _complete_with_colons),
    (33, _complete_as_aws_list),
    (58, _incomplete),
    (73, _other_case),
    (86, _other_value),
    (92, _only_a_name),
    (100, _nothing),
)


def spread(rng: np.random.Generator, low: int, high: int) -> Decimal:
    """A figure with two places between two whole ones, ends included."""
    return Decimal(int(rng.integers(low * 100, high * 100 + 1))) / 100
