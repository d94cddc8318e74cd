"""Models through the answer: trained once, loaded after, refused files named and trained again."""

from __future__ import annotations

import shutil
from pathlib import Path

import joblib
import pytest

from finops import Estate, load_estate
from finops.answers import models
from finops.answers.clusters import clusters, outliers
from finops.answers.models import MODELS, ModelStore, Training, fitted, kept_models, train_models
from finops.errors import Cancelled
from finops.estate import Filters
from finops.insights import cluster_count


class Poison:
    """Unpickling it writes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.write_text, (self.target, "it ran"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, sample: Estate) -> ModelStore:
    """The sample's models, trained once; tests that harm them copy the folder."""
    folder = tmp_path_factory.mktemp("trained")
    store = ModelStore(folder / "models", folder / "key" / "model.key")
    train_models(sample, store=store)
    return store


@pytest.fixture
def store(trained: ModelStore, tmp_path: Path) -> ModelStore:
    shutil.copytree(trained.folder.parent, tmp_path / "copy")
    return ModelStore(tmp_path / "copy" / "models", tmp_path / "copy" / "key" / "model.key")


def test_trained_once_then_loaded(store: ModelStore, sample: Estate) -> None:
    files = {path.name.rsplit("-", 1)[0] for path in store.folder.glob("*.joblib")}
    assert files == set(MODELS)
    for name in MODELS:
        one = fitted(sample, name, store=store)
        assert (one.origin, one.issues) == ("loaded", ())
        assert one.bytes == Path(one.file).stat().st_size
    kept = kept_models(sample, store)
    assert kept.models is not None
    assert kept.issues == ()


def test_the_sample_has_its_little_used_fleets_in_one_cluster(store: ModelStore, sample: Estate) -> None:
    """Five idle, three oversized, three bastions: 5 × 0.46, 3 × 1.216, and 0.0208 twice and 0.0228."""
    kept = kept_models(sample, store).models
    assert kept is not None
    answer = clusters(sample, kept, "EC2")
    busy, little = answer.clusters
    assert (busy.resources + little.resources, answer.trained_on) == (82, 82)
    assert little.name == "Little used instances with memory to spare"
    hourly = 5 * 0.46 + 3 * 1.216 + 2 * 0.0208 + 0.0228
    assert little.monthly_usd == pytest.approx(hourly * 730)
    assert answer.score > answer.baseline
    assert answer.notes == ()


def test_the_sample_pays_list_prices_so_nothing_stands_out(store: ModelStore, sample: Estate) -> None:
    kept = kept_models(sample, store).models
    assert kept is not None
    answer = outliers(sample, kept)
    assert (len(answer.table), answer.above_usd, answer.shown) == (0, 0.0, True)
    assert answer.score > answer.baseline


def test_a_part_of_the_estate_is_told_by_the_clusters_of_the_whole(
    store: ModelStore, sample: Estate
) -> None:
    kept = kept_models(sample, store).models
    assert kept is not None
    part = sample.narrowed(Filters(regions=("eu-central-1",)))
    answer = clusters(part, kept, "EC2")
    # The idle and the oversized fleet are all that runs there.
    assert [(one.name, one.resources) for one in answer.clusters] == [
        ("Little used instances with memory to spare", 8)
    ]
    assert kept_models(part, store).models is None


def empty(path: Path, target: Path) -> None:
    path.write_bytes(b"")


def torn(path: Path, target: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def poisoned(path: Path, target: Path) -> None:
    joblib.dump(Poison(target), path)


def of_an_old_version(path: Path, target: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 0', 1))


@pytest.mark.parametrize("harm", [empty, torn, poisoned, of_an_old_version])
def test_what_is_refused_is_named_and_trained_again(
    harm, store: ModelStore, sample: Estate, tmp_path: Path
) -> None:
    (path,) = store.folder.glob("outliers-*.joblib")
    target = tmp_path / "written_by_the_pickle"
    harm(path, target)
    kept = kept_models(sample, store)
    assert kept.models is None
    assert [(issue.code, issue.file) for issue in kept.issues] == [("model_refused", str(path))]
    again = train_models(sample, store=store)
    assert [(issue.code, issue.file) for issue in again.issues] == [("model_refused", str(path))]
    assert not target.exists()
    assert kept_models(sample, store).issues == ()
    assert train_models(sample, store=store).issues == ()


def test_other_data_and_other_prices_are_other_models(
    store: ModelStore, sample: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "prices_version", lambda: "others")
    assert kept_models(sample, store).models is None
    monkeypatch.undo()
    assert kept_models(sample, store).models is not None


class Stopping(Training):
    """Somebody cancels in the middle of the second model."""

    def begin(self, step: str, total: int = 1) -> None:
        super().begin(step, total)
        if "buckets" in step:
            self.cancel()


def test_stopped_half_way_keeps_what_was_whole(
    tmp_path: Path, sample: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_count, "SPLITS", 1)  # what is measured does not matter here
    store = ModelStore(tmp_path / "models", tmp_path / "key" / "model.key")
    with pytest.raises(Cancelled):
        train_models(sample, Stopping(), store)
    assert [path.name.rsplit("-", 1)[0] for path in store.folder.glob("*.joblib")] == ["clusters_ec2"]
    assert not list(store.folder.glob(".*.tmp"))


def test_the_folder_is_deleted_meanwhile(store: ModelStore, sample: Estate) -> None:
    shutil.rmtree(store.folder)
    assert kept_models(sample, store).models is None
    assert fitted(sample, "outliers", store=store).origin == "trained"
    assert fitted(sample, "outliers", store=store).origin == "loaded"


EC2_HEADER = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,"
    "MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps"
)


def list_of(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "ec2.csv"
    path.write_text("\n".join([EC2_HEADER, *rows]) + "\n")
    return path


def test_a_small_list_has_neither_and_says_why(tmp_path: Path) -> None:
    rows = [f"i-{at},EC2,us-east-1,0.1,,2026-01-01,m5.large,running,50,50,1,1" for at in range(7)]
    estate = load_estate(ec2=list_of(tmp_path, *rows))
    found = train_models(estate)
    assert not found.clusters["EC2"].shown
    (note,) = clusters(estate, found, "EC2").notes
    assert note == "too few running instances with all figures: 7 of 7, and clusters need 40"
    assert clusters(estate, found, "S3").clusters == ()
    assert outliers(estate, found).reason.startswith("too few resources")


def test_a_planted_outlier_is_found_and_filtered(tmp_path: Path) -> None:
    """Thirty at 0.10 and thirty at 1.00 $/h, one of the first at 0.50: (0.50 − 0.10) × 730 = 292 $."""
    rows = [f"i-a{at:02},EC2,us-east-1,0.1,,2026-01-01,m5.large,running,50,50,1,1" for at in range(30)]
    rows += [
        f"i-b{at:02},EC2,eu-west-1,1.0,,2026-01-01,r5.4xlarge,running,50,50,1,1" for at in range(30)
    ]
    rows.append("i-dear,EC2,us-east-1,0.5,,2026-01-01,m5.large,running,50,50,1,1")
    estate = load_estate(ec2=list_of(tmp_path, *rows))
    found = train_models(estate)
    answer = outliers(estate, found)
    assert answer.table["resource_id"].tolist() == ["i-dear"]
    assert answer.above_usd == pytest.approx(292.0)
    assert (answer.compared, answer.judged) == (61, 61)
    elsewhere = outliers(estate.narrowed(Filters(regions=("eu-west-1",))), found)
    assert (len(elsewhere.table), elsewhere.above_usd) == (0, 0.0)
