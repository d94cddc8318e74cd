"""The Clusters section: trained at a press of a button, loaded after that, cancelled, and empty."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import joblib
import pytest
from streamlit.testing.v1 import AppTest

from finops import Estate
from finops.answers import models
from finops.answers.models import ModelStore, Training, train_models
from finops.dashboard import background, models_panel
from tests.answers.test_models import Poison

from .apps import charts, choose, downloads, frames, labels, press
from .conftest import EC2_CSV, SECONDS, Open, cards, run, texts, upload

BUTTON = "Find clusters and outliers"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, sample: Estate) -> Path:
    """A folder with the sample's models and their key, trained once."""
    folder = tmp_path_factory.mktemp("trained")
    train_models(sample, store=ModelStore(folder / "models", folder / "key" / "model.key"))
    return folder


@pytest.fixture
def kept(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard finds the trained models."""
    monkeypatch.setenv("FINOPS_MODEL_DIR", str(trained / "models"))
    monkeypatch.setenv("FINOPS_KEY_FILE", str(trained / "key" / "model.key"))
    return trained / "models"


@pytest.fixture
def opened(open_app: Open) -> AppTest:
    """A page of which the Clusters section comes next."""
    app = open_app("ML Insights")
    app.query_params["insight"] = "Clusters"
    return app


def test_kept_models_are_shown_without_training(kept: Path, opened: AppTest) -> None:
    app = run(opened)
    assert BUTTON not in labels(app)
    shown = cards(app)
    # 71 at a run rate of 30,712.41 and the 11 little used ones of 4,389.05.
    assert (shown["Clusters"], shown["In clusters"]) == ("2", "$35,101.47")
    assert (shown["Outliers"], shown["Above their peers, a month"]) == ("0", "$0.00")
    assert shown["Compared"] == "138 of 162"
    assert downloads(app) >= {"Download the clusters", "Download all members"}
    table, members = frames(app)[:2]
    assert table["resources"].tolist() == [71, 11]
    assert table["monthly_usd"].sum() == pytest.approx(35_101.466)
    assert len(members) == 71
    assert len(charts(app)) == 1


def test_another_cluster_other_axes_and_buckets(kept: Path, opened: AppTest) -> None:
    app = choose(run(opened), "Cluster", 1)
    assert len(frames(app)[1]) == 11
    choose(app, "Across", "age_days")
    layout = json.loads(charts(app)[0].proto.spec)["layout"]
    titles = [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
    assert titles == ["Age, days", "CPU in use, %"]
    app.session_state["clusters of"] = "Buckets"
    run(app)
    assert frames(app)[0]["resources"].sum() == 80
    assert "Smaller buckets of smaller objects" in frames(app)[0]["name"].tolist()


def test_filters_leave_the_clusters_and_narrow_what_is_in_them(kept: Path, opened: AppTest) -> None:
    app = run(opened)
    next(one for one in app.sidebar.multiselect if one.label == "Region").set_value(["eu-central-1"])
    run(app)
    assert "those that the filters leave" in texts(app)
    assert frames(app)[0]["name"].tolist() == ["Little used instances with memory to spare"]
    assert frames(app)[0]["resources"].tolist() == [8]


class Reader:
    """A training that ends when it is told to."""

    def __init__(self, ready: models.Models) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self._ready = ready

    def __call__(self, estate: Estate, training: Training) -> models.Models:
        training.begin("measuring the number of clusters", 10)
        training.advance(4)
        self.begun.set()
        while not self.go.wait(0.01):
            training.check()
        return self._ready


@pytest.fixture
def training(sample: Estate, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    store = ModelStore(trained / "models", trained / "key" / "model.key")
    reader = Reader(train_models(sample, store=store))
    monkeypatch.setattr(models_panel, "train_models", reader)
    yield reader
    reader.go.set()


def job_of(app: AppTest) -> background.TrainingJob:
    job = app.session_state["training jobs"]._job
    assert job is not None
    return job


def test_training_shows_how_far_it_is_and_then_its_result(opened: AppTest, training: Reader) -> None:
    app = press(run(opened), BUTTON)
    assert training.begun.wait(SECONDS)
    run(app)
    assert "Training the models" in texts(app)
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (40, "Measuring the number of clusters")
    assert "Clusters" not in cards(app)
    training.go.set()
    assert job_of(app).wait(SECONDS)
    run(app)
    assert cards(app)["Clusters"] == "2"


def test_a_training_is_cancelled_and_asked_for_again(opened: AppTest, training: Reader) -> None:
    app = press(run(opened), BUTTON)
    assert training.begun.wait(SECONDS)
    press(run(app), "Cancel")
    assert job_of(app).wait(SECONDS)
    run(app)
    assert "The training was cancelled" in texts(app)
    training.go.set()
    press(app, BUTTON)
    assert job_of(app).wait(SECONDS)
    assert cards(run(app))["Clusters"] == "2"


def test_a_poisoned_model_is_named_and_offered_anew(
    opened: AppTest, sample: Estate, tmp_path: Path, training: Reader
) -> None:
    """The models of this test's own folder are poisoned before the section opens."""
    target = tmp_path / "written_by_the_pickle"
    store = ModelStore()
    store.folder.mkdir()
    path = store.path("outliers", models._key(sample, "outliers"))
    joblib.dump(Poison(target), path)
    app = run(opened)
    assert f"{path.name} was not loaded: it was not written by this program" in texts(app)
    assert BUTTON in labels(app)
    assert not target.exists()


def test_a_small_list_says_why_there_is_nothing(opened: AppTest) -> None:
    app = upload(run(opened), EC2_CSV)
    press(app, BUTTON)
    assert job_of(app).wait(SECONDS)
    run(app)
    assert "Too few running instances with all figures: 1 of 1, and clusters need 40." in texts(app)
    assert "Too few resources with a cost and a size to compare: 1." in texts(app)
    assert cards(app)["Clusters"] == "none"
    assert charts(app) == []


def test_an_outlier_is_shown_with_its_dollars(opened: AppTest) -> None:
    """Thirty at 0.10 and thirty at 1.00 $/h, one of the first at 0.50: (0.50 − 0.10) × 730 = 292 $."""
    cheap = [f"i-a{at:02},EC2,us-east-1,0.1,,2026-01-01,m5.large,running,,,," for at in range(30)]
    dear = [f"i-b{at:02},EC2,eu-west-1,1.0,,2026-01-01,r5.4xlarge,running,,,," for at in range(30)]
    one = "i-dear,EC2,us-east-1,0.5,,2026-01-01,m5.large,running,,,,"
    header = EC2_CSV.splitlines()[0]
    app = upload(run(opened), "\n".join([header, *cheap, *dear, one]) + "\n")
    press(app, BUTTON)
    assert job_of(app).wait(SECONDS)
    run(app)
    assert cards(app)["Above their peers, a month"] == "$292.00"
    table = frames(app)[-1]
    assert table["resource_id"].tolist() == ["i-dear"]
    assert table["times"].tolist() == pytest.approx([5.0])
    assert "Download the outliers" in downloads(app)
    # CPU, memory and network are unknown of all of them.
    assert "three in ten of the resources lack it: CPU in use, Memory in use, Network" in texts(app)
