"""``insights train`` on the command line: what it prints, what it refuses, and Ctrl-C."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pytest

from finops.cli.main import main
from finops.insights import cluster_count, clusters
from tests.answers.test_models import Poison

LIST = """ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization,\
MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    """24 instances, one at four times the price: enough to check peers, too few for clusters."""
    rows = [
        f"i-{at:02},EC2,us-east-1,{0.4 if at == 0 else 0.1},,2026-01-01,m5.large,running,50,50,1,1"
        for at in range(24)
    ]
    path = tmp_path / "ec2.csv"
    path.write_text(LIST + "\n".join(rows) + "\n")
    return str(path)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["insights", "train", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_trained_then_loaded(small: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = answer(capsys, "--ec2", small)
    second = answer(capsys, "--ec2", small)
    assert [one["origin"] for one in first["models"]] == ["trained"] * 3
    assert [one["origin"] for one in second["models"]] == ["loaded"] * 3
    assert first["folder"] == str(tmp_path / "models")
    for one in second["models"]:
        assert one["bytes"] == Path(one["file"]).stat().st_size
        assert one["seconds"] >= 0
        assert one["shown"] == (one["reason"] == "")
    assert {one["name"]: one["score"] for one in second["models"]}["clusters_ec2"] is None


def test_progress_is_on_stderr_and_the_table_on_stdout(
    small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["insights", "train", "--ec2", small]) == 0
    said = capsys.readouterr()
    assert "finops insights: checking the comparison with peers, 50 parts\n" in said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("Models in ")
    assert "resources beyond their peers  trained" in said.out
    assert "Not shown: clusters of instances: too few running instances" in said.out


def test_a_poisoned_model_is_refused_named_and_trained_again(
    small: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer(capsys, "--ec2", small)
    (path,) = (tmp_path / "models").glob("outliers-*.joblib")
    target = tmp_path / "written_by_the_pickle"
    joblib.dump(Poison(target), path)
    assert main(["insights", "train", "--json", "--ec2", small]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert [one["origin"] for one in document["models"]] == ["loaded", "loaded", "trained"]
    (issue,) = (one for one in document["issues"] if one["code"] == "model_refused")
    assert issue["file"] == str(path)
    assert f"{path} was not loaded: it was not written by this program" in said.err
    assert not target.exists()
    assert [one["origin"] for one in answer(capsys, "--ec2", small)["models"]] == ["loaded"] * 3


def test_ctrl_c_keeps_nothing_by_half(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_count, "SPLITS", 1)

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(clusters, "measure", interrupted)
    assert main(["insights", "train"]) == 130
    assert capsys.readouterr().out == ""
    assert not list(tmp_path.rglob("*.joblib"))


def test_an_action_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["insights"])
    assert ended.value.code == 2
