"""Killed writers and many at once lose nothing: a small run of ``scripts.state_under_fire``."""

from __future__ import annotations

from pathlib import Path

from scripts.state_under_fire import concurrent, crash


def test_every_acknowledged_save_survives_the_kill_of_its_writer(tmp_path: Path) -> None:
    report = crash(tmp_path, processes=3, saves=20, seed=5, pause=0.05)
    assert report.lost == ()
    assert (report.acknowledged, report.stored) == (60, 60)
    assert report.most_temporary_files <= 3


def test_what_several_processes_create_is_all_there(tmp_path: Path) -> None:
    assert concurrent(tmp_path, processes=3, creates=10) == 30
