"""What benchmarks replace in the engine, to look inside, must be what the engine uses."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from modes import ARCHIVE, whole
from observed import observe
from rendering import made

from apercu.analysis import load_detector
from apercu.archive import Archive
from apercu.footage import SceneOptions, SyntheticScene
from apercu.synopsis import SynopsisOptions


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "scene.mp4"
    SyntheticScene(SceneOptions(320, 180, Fraction(10), seconds=6.0, objects=1, seed=3)).write(path)
    return path


def test_every_analysed_picture_is_observed(film: Path) -> None:
    told: list[float] = []

    def watcher(second: float, mask: np.ndarray) -> None:
        assert mask.shape == (180, 320)
        told.append(second)

    seen = observe(film, load_detector(), watcher=watcher)
    assert len(seen.times) == seen.summary.frames == len(told) > 20
    assert told == seen.times.tolist() == sorted(told)
    assert sum(bool(union.any()) for _, union in seen.masks()) > 5


def test_the_analysis_within_taking_in_is_timed_and_the_cutouts_are_weighed(
    film: Path, tmp_path: Path
) -> None:
    told = whole(film, tmp_path, None)
    assert 0 < told["inside_s"] <= told["seconds"]
    synopsis, watch, size = made(Archive.open(tmp_path / ARCHIVE), tmp_path / "s.mp4", SynopsisOptions())
    assert len(synopsis.arrangement.tubes) == 1 and size > 1000
    assert watch.between("cut", "render")[0] > 0 < watch.between("render", "end")[0]
