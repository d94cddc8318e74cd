"""The app without a browser, and two small resource lists to upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finops.dashboard import insights_tab

ENTERPRISE = "💰 Enterprise FinOps"
SECONDS = 120
# By section, what its address calls the open view.
VIEW_KEYS = {"Budgets": "budgets", "Tag Compliance": "tags", "Chargeback": "chargeback"}

# $0.10 and $0.20 an hour: $73.00 and $146.00 a month of 730 hours.
EC2_CSV = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,"
    "MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps\n"
    'i-one,EC2,us-east-1,0.1,"Owner=Ann,Environment=Prod,Team=Core,CostCenter=1,Project=Web",2025-01-01,'
    "m5.large,running,50,40,1,1\n"
    "i-two,EC2,eu-west-1,0.2,Team=Lab,2025-01-01,m5.xlarge,stopped,1,2,1,1\n"
)
# $30.00 a month.
S3_CSV = (
    "BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,VersionEnabled,"
    "Encryption\n"
    "b-one,us-east-1,30,Team=Core,2025-01-01,STANDARD,10,1000,True,None\n"
)

Open = Callable[..., AppTest]
Opened = Callable[..., AppTest]


@pytest.fixture
def open_app(tree: Path) -> Open:
    """``open_app("EC2")`` or ``open_app(ENTERPRISE, "Budgets")``: the app on that tab, run once.

    ``view`` is one of the section's; ``quality`` opens the panel of data quality.
    """

    def opened(
        tab: str = "Overview",
        section: str = "RI & Savings Plans",
        view: str = "Overview",
        *,
        quality: bool = False,
    ) -> AppTest:
        app = AppTest.from_file(str(tree / "streamlit_dashboard.py"), default_timeout=SECONDS)
        app.session_state["tab"] = tab
        app.session_state["section"] = section
        app.session_state[VIEW_KEYS.get(section, "budgets")] = view
        app.session_state["quality"] = quality
        return run(app)

    return opened


@pytest.fixture
def tags_tab(open_app: Open) -> Opened:
    """``tags_tab("Policy")``: that view of tag compliance, on the sample."""
    return lambda view="Overview": open_app(ENTERPRISE, "Tag Compliance", view)


@pytest.fixture
def small_tags(tags_tab: Opened) -> Opened:
    """The same on the two small lists."""
    return lambda view="Overview": upload(tags_tab(view), EC2_CSV, S3_CSV)


def run(app: AppTest) -> AppTest:
    """Run the script to its end; an exception on the page is a failure."""
    app.run()
    assert [error.value for error in app.exception] == []
    return app


def move(app: AppTest, tab: str, section: str = "RI & Savings Plans", view: str = "") -> AppTest:
    """Go to another tab, section and view of it, as their links do."""
    app.query_params["tab"] = tab
    if section in insights_tab.SECTIONS:
        app.query_params["insight"] = section
        return run(app)
    app.query_params["section"] = section
    if section in VIEW_KEYS:
        app.query_params[VIEW_KEYS[section]] = view or "Overview"
    else:
        app.query_params["view"] = view or "Recommendations"
    return run(app)


def upload(app: AppTest, ec2: str | bytes | None = None, s3: str | bytes | None = None) -> AppTest:
    """Give the two resource lists and run."""
    for label, content in (("EC2 resource list (CSV)", ec2), ("S3 resource list (CSV)", s3)):
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            uploader(app, label).set_value((f"my_{label[:3].strip().lower()}.csv", data, "text/csv"))
    return run(app)


def uploader(app: AppTest, label: str):
    return next(one for one in app.file_uploader if one.label == label)


def cards(app: AppTest) -> dict[str, str]:
    """The headline figures by label, as a reader sees them."""
    return {metric.label: metric.value.replace("\\", "") for metric in app.metric}


def texts(app: AppTest) -> str:
    """Everything that is written on the page, in one text."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")
