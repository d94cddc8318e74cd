"""Who is the company? Its accounts, teams, cost centres, projects and people. All invented."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from finops.schema import ACCOUNTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An AWS account with the defaults that finance keeps for it."""

    id: str
    name: str
    ou: str
    owner: str
    team: str | None
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team with its cost centre and the people who own resources."""

    name: str
    cost_center: str
    people: tuple[str, ...]


MANAGEMENT = Account(
    id="111122223333", name="management", ou="Root", owner="Dana", team="Platform", environment="Prod"
)
PRODUCTION = Account(
    id="222233334444",
    name="production",
    ou="Workloads/Prod",
    owner="Alice",
    team=None,
    environment="Prod",
)
DEVELOPMENT = Account(
    id="333344445555", name="development", ou="Workloads/Dev", owner="Ken", team=None, environment="Dev"
)
DATA = Account(
    id="444455556666",
    name="data",
    ou="Workloads/Data",
    owner="Ines",
    team="DataPlatform",
    environment="Prod",
)
SHARED = Account(
    id="555566667777",
    name="shared-services",
    ou="Infrastructure",
    owner="Dana",
    team="Platform",
    environment="Prod",
)
SANDBOX = Account(
    id="666677778888", name="sandbox", ou="Sandbox", owner="Ken", team=None, environment="Sandbox"
)
ACCOUNT_LIST = (MANAGEMENT, PRODUCTION, DEVELOPMENT, DATA, SHARED, SANDBOX)

STOREFRONT = Team(name="Storefront", cost_center="CC-1001", people=("Alice", "Bruno", "Chen"))
PAYMENTS = Team(name="Payments", cost_center="CC-1002", people=("Farah", "Pat O'Brien", "Goran"))
DATA_PLATFORM = Team(name="DataPlatform", cost_center="CC-1003", people=("Ines", "Jonas"))
ANALYTICS = Team(name="Analytics", cost_center="CC-1004", people=("Lena", "Mateo"))
PLATFORM = Team(name="Platform", cost_center="CC-1005", people=("Dana", "Nils"))
MOBILE = Team(name="Mobile", cost_center="CC-1006", people=("Ken", "Zoë"))
TEAM_LIST = (STOREFRONT, PAYMENTS, DATA_PLATFORM, ANALYTICS, PLATFORM, MOBILE)

ENVIRONMENTS = ("Prod", "Staging", "Test", "Dev", "Sandbox")


def accounts_frame() -> pd.DataFrame:
    """The ``accounts`` frame. Accounts that several teams share have no Team and no CostCenter."""
    cost_center = {team.name: team.cost_center for team in TEAM_LIST}
    return ACCOUNTS.conform(
        pd.DataFrame(
            [
                {
                    "AccountId": account.id,
                    "Name": account.name,
                    "OU": account.ou,
                    "Owner": account.owner,
                    "CostCenter": cost_center.get(account.team or ""),
                    "Team": account.team,
                    "Environment": account.environment,
                }
                for account in ACCOUNT_LIST
            ]
        )
    )


def tag_policy() -> dict[str, object]:
    """A tag policy stricter than the default: only names that finance knows, in one spelling."""
    return {
        "required": ["Owner", "Environment", "Team", "CostCenter", "Project"],
        "allowed_values": {
            "Environment": {"values": list(ENVIRONMENTS), "case_sensitive": True},
            "Team": {"values": [team.name for team in TEAM_LIST], "case_sensitive": True},
            "CostCenter": [team.cost_center for team in TEAM_LIST],
        },
        "target_pct": 95.0,
    }
