from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from footage_sets import make, scaled, write_quiet

from apercu.footage import FootageReader, SceneOptions, SyntheticScene, probe


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    options = SceneOptions(width=192, height=108, seconds=2, rate=Fraction(10), objects=2, noise_sigma=0.0)
    SyntheticScene(options).write(path)
    return path


def test_quiet_footage_shows_the_clip_at_its_moments_and_noise_elsewhere(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "quiet.mp4"
    moments = write_quiet(clip, path, (192, 108), 6.0, [1.0, 4.0])
    assert moments == [{"start_s": 1.0, "end_s": 3.0}, {"start_s": 4.0, "end_s": 6.0}]
    assert probe(path).frame_count == 150
    with FootageReader(path) as reader:
        pictures = [frame.bgr().astype(int) for frame in reader.frames()]
    with FootageReader(clip) as reader:
        played = [frame.bgr().astype(int) for frame in reader.frames()]
    # In the middle of each moment the clip's own middle is seen; the empty scene is another.
    for second in (2, 5):
        assert np.abs(pictures[second * 25] - played[10]).mean() < 4
    assert np.abs(pictures[10] - pictures[11]).mean() > 0.1, "fresh noise, as far as H.264 keeps it"


def test_a_clip_keeps_its_length_and_shape_at_another_height(clip: Path, tmp_path: Path) -> None:
    info = probe(scaled(clip, 54, tmp_path / "small.mp4"))
    assert (info.width, info.height, info.frame_count) == (96, 54, 20)


def test_a_set_without_its_footage_is_not_made(tmp_path: Path) -> None:
    assert make("freeway", 720, tmp_path, tmp_path / "nowhere", 1.0) is None
