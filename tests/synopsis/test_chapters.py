from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from apercu.synopsis import Arrangement, MaskGrid, Tube
from apercu.synopsis.chapters import as_vtt, chapters_of
from apercu.synopsis.grouping import Groups
from apercu.synopsis.index import Chapter
from apercu.synopsis.render import Clock

CLOCK = Clock(lambda _, second: second, lambda _, second: f"{second:.0f}")
CUE = re.compile(r"(\d+)\n(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})\n(.+)\n")


@pytest.fixture
def arrangement(make_tube: Callable[..., Tube], grid: MaskGrid) -> Arrangement:
    tubes = [make_tube(line_s=100.0 * i, length=20, track_id=i + 1) for i in range(6)]
    return Arrangement(tubes, np.array([0, 10, 60, 120, 180, 180]), 200, Fraction(10), grid, 0.1)


def test_without_groups_a_chapter_tells_what_begins_in_it(arrangement: Arrangement) -> None:
    chapters = chapters_of(arrangement, CLOCK, None)
    assert [(c.start_s, c.end_s) for c in chapters] == [(0, 5), (5, 10), (10, 15), (15, 20)]
    assert [c.title for c in chapters] == [
        "0 to 100, 2 objects",
        "200, 1 object",
        "300, 1 object",
        "400 to 500, 2 objects",
    ]


def test_each_group_is_a_chapter(arrangement: Arrangement) -> None:
    groups = Groups(("person", "car"), np.array([1, 1, 1, 0, 0, 0]))
    chapters = chapters_of(arrangement, CLOCK, groups)
    assert [(c.start_s, c.end_s, c.title) for c in chapters] == [
        (0, 12, "car, 0 to 200, 3 objects"),
        (12, 20, "person, 300 to 500, 3 objects"),
    ]


def test_days_are_written_as_in_the_names_of_groups(arrangement: Arrangement) -> None:
    clock = replace(CLOCK, dated=lambda _, second: f"2024-05-31 23:{second / 60:02.0f}")
    groups = Groups(("2024-05-31 23:00",), np.zeros(6, np.int64))
    (chapter,) = chapters_of(arrangement, clock, groups)
    assert chapter.title == "2024-05-31 23:00, 2024-05-31 23:00 to 2024-05-31 23:08, 6 objects"


def test_they_follow_each_other_whatever_their_number(arrangement: Arrangement) -> None:
    long = Arrangement(arrangement.tubes, arrangement.starts * 40, 8000, Fraction(10), arrangement.grid, 0.1)
    chapters = chapters_of(long, CLOCK, None)
    assert len(chapters) == 12 and chapters[0].start_s == 0 and chapters[-1].end_s == 800
    assert all(a.end_s == b.start_s for a, b in pairwise(chapters))
    assert "nothing new" in {chapter.title for chapter in chapters}


def test_a_player_can_read_them(arrangement: Arrangement, tmp_path: Path) -> None:
    odd = Chapter(start_s=3725.5, end_s=3800, title="<b>a & b</b> --> c")
    text = as_vtt([*chapters_of(arrangement, CLOCK, None), odd])
    assert text.startswith("WEBVTT\n\nNOTE\n") and text.count(" --> ") == 5
    cues = CUE.findall(text)
    assert [int(number) for number, *_ in cues] == [1, 2, 3, 4, 5]
    assert cues[-1] == ("5", "01:02:05.500", "01:03:20.000", "&lt;b>a &amp; b&lt;/b> to c")
    assert all(not block.startswith("\n") for block in text.split("\n\n")[1:])
