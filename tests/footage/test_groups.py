"""A recording group by group: nothing is lost, and what is decoded out of turn disturbs nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode

Number = Callable[[Frame], int]


def told(frames: Any, number: Number) -> list[tuple[Timecode, int]]:
    return [(frame.timecode, number(frame)) for frame in frames]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp4", {}),
        ("a.ts", {}),
        ("a.mkv", {"codec": "hevc"}),
        ("a.mkv", {"codec": "mjpeg"}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.mkv", {"options": {"flags": "-cgop", "bf": "3"}}),
    ],
)
def test_groups_hold_every_frame_once(
    tmp_path: Path, record: Callable[..., Path], number: Number, name: str, how: dict[str, Any]
) -> None:
    path = record(tmp_path / name, count=130, **how)
    with FootageReader(path) as reader:
        expected = told(reader.frames(), number)
        reading = reader.groups()
        assert reading is not None
        frames: list[tuple[Timecode, int]] = []
        groups = []
        for group in reading.groups():
            groups.append(group)
            frames += told(reading.frames(group), number)
        frames += told(reading.rest(), number)

    assert frames == expected
    assert all(group.keys[0] and group.whole for group in groups)
    assert all(b.times_s[0] - a.times_s[0] >= 1.9 for a, b in pairwise(groups))
    assert sum(len(group.packets) for group in groups) == reading.decoded == 130


def test_key_frames_are_decoded_alone_between_whole_groups(
    tmp_path: Path, record: Callable[..., Path], number: Number
) -> None:
    path = record(tmp_path / "a.mp4", count=200)
    with FootageReader(path) as reader:
        expected = dict(told(reader.frames(), number))
        reading = reader.groups()
        assert reading is not None
        first, second, third, _ = reading.groups()
        keys = told(reading.alone(third, lambda _: True), number)
        again = told(chain(reading.frames(first), reading.rest()), number)
        straight = told(chain(reading.frames(first), reading.frames(second), reading.rest()), number)

    assert np.allclose([float(at) for at, _ in keys], third.times_s[third.keys])
    assert len(keys) == 5
    assert all(expected[at] == seen for at, seen in (*keys, *again, *straight))
    assert (len(again), len(straight)) == (50, 100)


def test_only_wanted_key_frames_are_decoded(tmp_path: Path, record: Callable[..., Path]) -> None:
    with FootageReader(record(tmp_path / "a.mp4", count=50)) as reader:
        reading = reader.groups()
        assert reading is not None
        (group,) = reading.groups()
        list(reading.alone(group, lambda at: at > 1))
        assert reading.decoded == 2


@pytest.mark.parametrize(("begin", "end"), [(0, 70), (33, 120), (90, None)])
def test_a_span_is_the_same_as_picture_by_picture(
    tmp_path: Path, record: Callable[..., Path], number: Number, begin: int, end: int | None
) -> None:
    with FootageReader(record(tmp_path / "a.mp4", count=150)) as reader:
        frames = list(told(reader.frames(), number))
        first, last = frames[begin][0], None if end is None else frames[end][0]
        reading = reader.groups(first, last)
        assert reading is not None
        found = [seen for group in reading.groups() for seen in told(reading.frames(group), number)]
        found += told(reading.rest(), number)
        assert reading.decoded < 150

    assert found == frames[begin:end]


def test_what_has_no_key_frames_for_long_is_cut(tmp_path: Path, record: Callable[..., Path]) -> None:
    path = record(tmp_path / "a.mp4", count=600, rate=20, options={"g": "1000"})
    with FootageReader(path) as reader:
        reading = reader.groups()
        assert reading is not None
        sizes = []
        count = 0
        for group in reading.groups():
            sizes.append((len(group.packets), group.whole))
            count += sum(1 for _ in reading.frames(group))
        count += sum(1 for _ in reading.rest())
    assert [whole for _, whole in sizes] == [False, True]
    assert count == sum(n for n, _ in sizes) == 600


def test_missing_timestamps_allow_no_groups(tmp_path: Path, record: Callable[..., Path]) -> None:
    with FootageReader(record(tmp_path / "a.h264", count=50)) as reader:
        assert reader.groups() is None


def test_the_longest_time_between_key_frames(tmp_path: Path, record: Callable[..., Path]) -> None:
    with FootageReader(record(tmp_path / "a.mp4", count=95, options={"g": "25"})) as reader:
        reading = reader.groups()
        assert reading is not None
        steps = [group.key_step_s for group in reading.groups()]
    assert np.allclose(steps, [1.0, 1.0], atol=0.05)
