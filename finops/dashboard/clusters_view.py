"""Which resources are alike, and which cost more than their like? Clusters with names, and outliers.

Models are trained on the whole estate; what is shown are the resources that the filters leave.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.clusters import (
    LEAST_RESOURCES,
    LEAST_STABILITY,
    Cluster,
    ClusterAnswer,
    Service,
    clusters,
)
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.models_panel import models_of
from finops.dashboard.outliers_view import show_outliers
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, count, dollars, plain, sentence
from finops.money import share_pct

_SERVICES: dict[str, Service] = {"Instances": "EC2", "Buckets": "S3"}
_SCORE = (
    "Mean silhouette, −1 to 1: how much nearer a resource is to its own cluster than to the next, "
    "measured on halves of the resources that the clusters were not fitted to."
)


def show(view: View) -> None:
    """Draw the section."""
    if view.whole.ec2.empty and view.whole.s3.empty:
        st.info(
            "No resources to compare. Upload an EC2 or S3 resource list in the sidebar, or a bill that "
            "names its resources."
        )
        return
    models = models_of(view.whole)
    if models is None:
        return
    if view.is_filtered:
        st.caption(
            "Clusters and peers are those of the whole estate; resources and dollars those that the "
            "filters leave."
        )
    label = st.segmented_control(
        "Clusters of",
        list(_SERVICES),
        default="Instances",
        required=True,
        key="clusters of",
        persist_state="session",
        help="Running instances, or buckets.",
    )
    answer = answered(clusters, view.shown, models, _SERVICES[label or "Instances"])
    show_cards(_cards(answer))
    for note in answer.notes:
        st.caption(plain(sentence(note)))
    if answer.clusters:
        _clusters(answer)
    elif answer.trained_on >= LEAST_RESOURCES and answer.score is not None:
        st.info("None of the resources that the filters leave is in a cluster.")
    _measured(answer)
    st.divider()
    show_outliers(models, view.shown)


def _cards(answer: ClusterAnswer) -> list[Card]:
    what = "running instances" if answer.service == "EC2" else "buckets"
    known = answer.score is not None
    return [
        Card(
            label="Clusters",
            value=f"{len(answer.clusters):,}" if known else "none",
            help=f"Found in {count(answer.trained_on, 'resource')} ({what} of the whole estate) by "
            "k-means. Their number is measured: of 2 to 10 those whose clusters come again in other "
            "halves of the resources and are clearer than one cluster cut in as many; of these the "
            "clearest.",
        ),
        Card(
            label="Silhouette",
            value=_figure(answer.score),
            change=f"one cluster: {_figure(answer.baseline)}" if known else None,
            help=f"{_SCORE} The baseline is that of resources made up as one cluster, cut in as many. "
            "Where it is not beaten no clusters are shown.",
        ),
        Card(
            label="Stability",
            value=_figure(answer.stability),
            help="Prediction strength, 0 to 1: of the pairs of a cluster of one half, the share that "
            "the clusters of the other half keep together, for the worst cluster. "
            f"{LEAST_STABILITY:g} are asked for.",
        ),
        Card(
            label="In clusters",
            value=dollars(answer.monthly_usd) if known else UNKNOWN,
            help=f"Σ dollars a month of the {what} below, at the run rate of the lists (730 hours).",
        ),
    ]


def _clusters(answer: ClusterAnswer) -> None:
    st.subheader(
        "Clusters",
        help="Named by two figures that tell them from all others, or more where two read alike: first "
        "by words that are true of the median by itself (idle: a CPU of at most 1 %), then by "
        "comparison. What tells them most comes first in the last column. Typical values are medians. "
        "Dollars are those of a month at the run rate of the lists.",
    )
    frame = _table(answer)
    tables.table(
        frame,
        _columns(answer),
        alt="Clusters with their resources, dollars a month, typical values and what tells them apart",
    )
    tables.download_frame(
        "Download the clusters",
        frame,
        f"clusters_{answer.service.lower()}.csv",
        help_text="The rows above as CSV.",
    )
    _map(answer)
    _members(answer)


def _table(answer: ClusterAnswer) -> pd.DataFrame:
    rows = [
        {
            "name": one.name,
            "resources": one.resources,
            "monthly_usd": one.monthly_usd,
            "share_pct": share_pct(one.monthly_usd, answer.monthly_usd),
            "told_by": _told_by(one),
            **one.typical,
        }
        for one in answer.clusters
    ]
    return pd.DataFrame(rows)


def _told_by(one: Cluster) -> str:
    return "; ".join(
        f"{apart.label} {_short(apart.median)} {apart.unit} (others {_short(apart.others_median)})"
        for apart in one.apart[:3]
    )


def _columns(answer: ClusterAnswer) -> dict[str, object]:
    columns: dict[str, object] = {
        "name": tables.text(
            "Cluster", "By words true of its median, then by comparison with all others"
        ),
        "resources": tables.number("Resources", "Of those that the filters leave"),
        "monthly_usd": tables.dollars("$ per month", "Run rate of the lists, 730 hours"),
        "share_pct": tables.percent("Share", "Of the dollars of all clusters shown"),
    }
    for feature in answer.features:
        columns[feature.name] = tables.number(
            f"{feature.label}, {feature.unit}", "Median of the cluster", "%.4g"
        )
    if answer.service == "EC2":
        columns["vcpu"] = tables.number("vCPU", "Median of the cluster, of the types' vCPUs", "%.4g")
    columns["told_by"] = tables.text("Told apart by", "The median here, and of all other resources")
    return columns


@st.fragment
def _map(answer: ClusterAnswer) -> None:
    st.subheader(
        "Map",
        help=f"One mark a resource, at most the {charts.MOST_MARKS:,} dearest. At first the two figures "
        "that tell the clusters most apart.",
    )
    labels = {feature.name: feature.label for feature in answer.features}
    first = answer.most_apart
    across, up = st.columns(2)
    x = across.selectbox(
        "Across", list(labels), index=list(labels).index(first[0]), format_func=labels.__getitem__,
        key=f"cluster x {answer.service}", persist_state="session", help="The figure of the x axis.",
    )  # fmt: skip
    y = up.selectbox(
        "Up", list(labels), index=list(labels).index(first[1]), format_func=labels.__getitem__,
        key=f"cluster y {answer.service}", persist_state="session", help="The figure of the y axis.",
    )  # fmt: skip
    names = {one.number: one.name for one in answer.clusters}
    show_chart(
        charts.cluster_map(answer.members, _axis(answer, x), _axis(answer, y), names=names),
        f"Resources by {labels[x]} and {labels[y]}, coloured by cluster: "
        + "; ".join(f"{one.name}: {one.resources:,}" for one in answer.clusters),
    )


def _axis(answer: ClusterAnswer, name: str) -> charts.ClusterAxis:
    feature = next(one for one in answer.features if one.name == name)
    return charts.ClusterAxis(column=name, title=f"{feature.label}, {feature.unit}", ratio=feature.ratio)


@st.fragment
def _members(answer: ClusterAnswer) -> None:
    st.subheader("Members", help="The resources of one cluster, the dearest first.")
    names = {one.number: f"{one.name} ({one.resources:,})" for one in answer.clusters}
    number = st.selectbox(
        "Cluster", list(names), format_func=names.__getitem__, key=f"cluster {answer.service}",
        persist_state="session", help="As named above, with the number of its resources.",
    )  # fmt: skip
    chosen = answer.members[answer.members["cluster"] == number]
    shown = search_box(chosen, f"cluster_search_{answer.service}", "Id, type, region or account")
    tables.table(shown, _member_columns(answer), alt="Resources of the cluster with cost and figures")
    tables.download_frame(
        "Download all members",
        answer.members,
        f"cluster_members_{answer.service.lower()}.csv",
        help_text="The resources of all clusters as CSV. Text that a spreadsheet would run gets an "
        "apostrophe.",
    )


def _member_columns(answer: ClusterAnswer) -> dict[str, object]:
    instances = answer.service == "EC2"
    return {
        "resource_id": tables.text("Instance" if instances else "Bucket"),
        "kind": tables.text("Type" if instances else "Storage class"),
        "region": tables.text("Region"),
        "account_id": tables.text("Account"),
        "monthly_usd": tables.dollars("$ per month", "Run rate of the lists, 730 hours"),
        **{
            feature.name: tables.number(f"{feature.label}, {feature.unit}", "Of this resource", "%.4g")
            for feature in answer.features
        },
    }


def _measured(answer: ClusterAnswer) -> None:
    if answer.measured.empty:
        return
    with st.expander("How the number of clusters was measured", icon=":material/straighten:"):
        st.caption(
            plain(
                f"{_SCORE} A number counts where the stability is {LEAST_STABILITY:g} or more and the "
                "silhouette above that of one cluster; of these the highest silhouette is taken."
            )
        )
        tables.table(
            answer.measured,
            {
                "clusters": tables.number("Clusters", "The number that was tried"),
                "silhouette": tables.number("Silhouette", _SCORE, "%.3f"),
                "baseline": tables.number("Of one cluster", "The highest of four made-up ones", "%.3f"),
                "stability": tables.number("Stability", "Prediction strength, 0 to 1", "%.3f"),
            },
            alt="Numbers of clusters that were tried, with silhouette, baseline and stability",
        )


def _figure(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
