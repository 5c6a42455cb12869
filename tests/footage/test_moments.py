from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from apercu.footage import FootageReader, VideoWriter, probe
from apercu.footage.moments import frames_at
from apercu.synopsis.sources import Source, Sources


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a minute at 10 pictures a second whose grey tells the second."""
    path = tmp_path_factory.mktemp("moments") / "film.mp4"
    with VideoWriter(path, 64, 48, Fraction(10), crf=4, preset="ultrafast") as writer:
        for number in range(600):
            writer.write(np.full((48, 64, 3), 40 + number // 10 * 3, np.uint8))
    return path


@pytest.mark.parametrize(
    "seconds", [[0.0, 0.02, 0.1, 0.1, 5.04, 5.06], [30.0, 59.9, 80.0], [0.5, 20.0, 21.0, 45.55]]
)
def test_it_is_the_nearest_picture(film: Path, seconds: list[float]) -> None:
    with FootageReader(film) as reader:
        for wanted, frame in zip(seconds, frames_at(reader, seconds), strict=True):
            assert abs(float(frame.timecode) - min(wanted, 59.9)) <= 0.0501
            assert frame.bgr().mean() == pytest.approx(40 + int(float(frame.timecode) + 1e-6) * 3, abs=2)


@pytest.mark.parametrize("seconds", [[9.0, 31.0], [9.0, 14.1, 23.9], [10.5], [35.9]])
def test_it_is_the_nearest_where_pictures_are_seconds_apart(tmp_path: Path, seconds: list[float]) -> None:
    film = tmp_path / "slow.mp4"
    with VideoWriter(film, 64, 48, Fraction(1, 4), crf=4, preset="ultrafast") as writer:
        for number in range(9):
            writer.write(np.full((48, 64, 3), 40 + 20 * number, np.uint8))
    with FootageReader(film) as reader:
        found = [float(frame.timecode) for frame in frames_at(reader, seconds)]
    assert found == [min(4.0 * round(second / 4), 32.0) for second in seconds]
    with Sources({"r": Source("r", film, probe(film).time_base)}, tmp_path) as sources:
        assert [float(sources.frame("r", second).timecode) for second in seconds] == found


def test_far_apart_moments_are_not_read_in_between(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []
    read = FootageReader.frames

    def noted(self: FootageReader, begin=None, end=None, **more):  # type: ignore[no-untyped-def]
        begun.append(float(begin))
        return read(self, begin, end, **more)

    monkeypatch.setattr(FootageReader, "frames", noted)
    with FootageReader(film) as reader:
        list(frames_at(reader, [1.0, 2.0, 40.0, 41.0]))
    assert begun == pytest.approx([0.5, 39.5], abs=0.05)
