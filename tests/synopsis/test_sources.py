from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from apercu.errors import DamagedFootageError, FootageError
from apercu.footage import FootageReader, Frame, VideoWriter, probe
from apercu.synopsis.sources import Source, Sources

RATE = Fraction(10)


@pytest.fixture
def path(filmed: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(filmed(6.0), tmp_path / "gate.mp4"))


@pytest.fixture
def sources(path: Path, tmp_path: Path) -> Sources:
    return Sources({"r": Source("r", path, probe(path).time_base)}, tmp_path)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds of all pictures that readers give, in the order in which they do."""
    seconds: list[float] = []
    frames = FootageReader.frames

    def counted(self: FootageReader, *args: object, **options: object) -> Iterator[Frame]:
        for frame in frames(self, *args, **options):  # type: ignore[arg-type]
            seconds.append(float(frame.timecode))
            yield frame

    monkeypatch.setattr(FootageReader, "frames", counted)
    return seconds


def level(sources: Sources, second: float, recording_id: str = "r") -> int:
    picture = sources.frame(recording_id, second).bgr()
    return int(picture[40:60, 40:60].mean().round())


def test_the_nearest_picture_is_given(sources: Sources, grey_of: Callable[[int], int]) -> None:
    with sources:
        for second, number in ((0.0, 0), (0.04, 0), (0.06, 1), (1.0, 10), (1.0, 10), (3.33, 33), (5.9, 59)):
            assert level(sources, second) == pytest.approx(grey_of(number), abs=3)


def test_beyond_the_end_the_last_picture_stays(sources: Sources, grey_of: Callable[[int], int]) -> None:
    with sources:
        for second in (5.5, 6.0, 7.0):
            last = level(sources, second)
        assert last == pytest.approx(grey_of(59), abs=3)


def test_a_moment_that_is_not_in_the_footage_is_said(sources: Sources) -> None:
    with sources, pytest.raises(DamagedFootageError, match=r"gate\.mp4.*cannot be read") as raised:
        sources.frame("r", 60.0)
    assert raised.value.timecode == "00:01:00.000"


def test_every_picture_is_read_once_and_in_order(sources: Sources, decoded: list[float]) -> None:
    with sources:
        for step in range(40):
            sources.frame("r", step / 10)
            sources.frame("r", step / 10)
    assert decoded == sorted(set(decoded))


def test_what_nobody_asks_for_is_jumped_over(tmp_path: Path, decoded: list[float]) -> None:

    path = tmp_path / "long.mp4"
    with VideoWriter(path, 64, 64, RATE, preset="ultrafast") as writer:
        for number in range(1000):  # a key frame comes every 250 pictures
            writer.write(np.full((64, 64, 3), number % 200, np.uint8))
    with Sources({"r": Source("r", path, probe(path).time_base)}, tmp_path) as sources:
        for second in (1.0, 1.1, 90.0, 90.1, 99.0):
            found = float(sources.frame("r", second).timecode)
            assert found == pytest.approx(second, abs=0.06)
    assert decoded == sorted(set(decoded))
    assert len(decoded) < 200


def test_one_recording_is_open_at_a_time(
    path: Path, tmp_path: Path, open_files: Callable[[Path], int]
) -> None:
    other = Path(shutil.copy(path, tmp_path / "yard.mp4"))
    base = probe(path).time_base
    with Sources({"a": Source("a", path, base), "b": Source("b", other, base)}, tmp_path) as sources:
        sources.frame("a", 1.0)
        assert (open_files(path), open_files(other)) == (1, 0)
        sources.frame("b", 1.0)
        assert (open_files(path), open_files(other)) == (0, 1)
        sources.frame("a", 0.5)
        assert (open_files(path), open_files(other)) == (1, 0)
    assert (open_files(path), open_files(other)) == (0, 0)


def test_an_error_closes_the_reading(sources: Sources, path: Path, open_files: Callable[[Path], int]) -> None:
    with pytest.raises(RuntimeError), sources:
        sources.frame("r", 1.0)
        raise RuntimeError
    assert open_files(path) == 0


def test_footage_that_is_gone_is_said(sources: Sources, path: Path) -> None:
    path.unlink()
    with sources, pytest.raises(FootageError, match=r"gate\.mp4.*no longer there.*Bring it back"):
        sources.frame("r", 0.0)
