from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.errors import DamagedFootageError, FootageError
from apercu.footage import probe
from apercu.synopsis.sources import Source, Sources


@pytest.fixture
def path(filmed: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(filmed(6.0), tmp_path / "gate.mp4"))


@pytest.fixture
def sources(path: Path) -> Sources:
    return Sources({"r": Source("r", path, probe(path).time_base)})


def level(sources: Sources, second: float, offset_ms: int = 0) -> int:
    picture = sources.frame("r", offset_ms, second).bgr()
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
        sources.frame("r", 0, 60.0)
    assert raised.value.timecode == "00:01:00.000"


def test_readings_go_on_side_by_side(sources: Sources, grey_of: Callable[[int], int]) -> None:
    with sources:
        for step in range(10):
            for offset_ms, begin in ((0, 1), (-500, 30), (900, 12)):
                found = level(sources, (begin + step) / 10, offset_ms)
                assert found == pytest.approx(grey_of(begin + step), abs=3)


def test_readings_no_longer_wanted_are_closed(
    sources: Sources, path: Path, open_files: Callable[[Path], int]
) -> None:
    with sources:
        for offset_ms in range(5):
            sources.frame("r", offset_ms, 1.0)
        assert open_files(path) == 5
        sources.keep({("r", 1), ("r", 3)})
        assert open_files(path) == 2
        sources.frame("r", 0, 1.5)
        assert open_files(path) == 3
    assert open_files(path) == 0


def test_an_error_closes_all_readings(
    sources: Sources, path: Path, open_files: Callable[[Path], int]
) -> None:
    with pytest.raises(RuntimeError), sources:
        sources.frame("r", 0, 1.0)
        raise RuntimeError
    assert open_files(path) == 0


def test_footage_that_is_gone_is_said(sources: Sources, path: Path) -> None:
    path.unlink()
    with sources, pytest.raises(FootageError, match=r"gate\.mp4.*no longer there.*Bring it back"):
        sources.frame("r", 0, 1.0)
