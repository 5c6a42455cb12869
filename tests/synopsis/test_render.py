from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.footage import probe
from apercu.synopsis import Arrangement, MaskGrid, RenderOptions, Tube, labels
from apercu.synopsis.render import Clock, render
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sources import Source, Sources

from .written import noticed

RATE = Fraction(10)
BARE = RenderOptions(times=False, bar=False)
FADE = 3  # frames, a quarter of a second
Shoot = Callable[..., list[np.ndarray]]


@pytest.fixture
def shoot(filmed: Callable[..., Path], grid: MaskGrid, scene: np.ndarray, tmp_path: Path) -> Shoot:
    """Return a function that renders tubes over the one-coloured scene."""

    def run(
        tubes: list[Tube],
        starts: list[int],
        options: RenderOptions = BARE,
        *,
        scenery: Scenery | None = None,
        watch: Callable[[], None] = lambda: None,
    ) -> list[np.ndarray]:
        path = filmed(6.0)
        scenery = scenery or Scenery([0.0], lambda _: scene, 160, 90)
        clock = Clock(lambda _, second: second, lambda _, second: f"{second:.0f}")
        count = max(start + len(tube) for start, tube in zip(starts, tubes, strict=True))
        arrangement = Arrangement(tubes, np.array(starts, np.int64), count, RATE, grid, 0.0)
        pictures = []
        with Sources({"r": Source("r", path, probe(path).time_base)}, tmp_path) as sources:
            for picture in render(arrangement, sources, scenery, clock, options, None):
                pictures.append(picture.bgr())
                watch()
        return pictures

    return run


def inside(tube: Tube, sample: int) -> tuple[slice, slice]:
    """Return the middle of a tube's box."""
    x1, y1, x2, y2 = tube.boxes[sample].round().astype(int).tolist()
    return slice(y1 + 5, y2 - 5), slice(x1 + 5, x2 - 5)


def test_an_object_shows_its_original_moment(
    make_tube: Callable[..., Tube], shoot: Shoot, grey_of: Callable[[int], int]
) -> None:
    # Two tubes, moved against each other, and one that keeps its distance in time to the first.
    first = make_tube(1.0, 20, begin=(5, 5), end=(15, 5), size=(16, 16), track_id=1)
    second = make_tube(3.5, 20, begin=(40, 5), end=(30, 8), size=(16, 16), track_id=2)
    third = make_tube(2.0, 10, begin=(60, 5), size=(16, 16), track_id=3)
    tubes, starts = [first, second, third], [4, 0, 14]
    pictures = shoot(tubes, starts)
    assert len(pictures) == 24
    for tube, start in zip(tubes, starts, strict=True):
        for sample in range(FADE, len(tube) - FADE):
            expected = grey_of(round(tube.original_s(sample) * 10))
            part = pictures[start + sample][inside(tube, sample)]
            assert np.abs(part.astype(int) - expected).max() <= 7, (tube.track_id, sample)


def test_around_tubes_the_empty_scene_is_shown(
    make_tube: Callable[..., Tube], shoot: Shoot, scene: np.ndarray
) -> None:
    tube = make_tube(1.0, 12, begin=(5, 5), size=(16, 12))
    for picture in shoot([tube], [0]):
        changed = (np.abs(picture.astype(int) - scene) > 4).any(axis=2)
        changed[60:] = False  # the notice
        rows, columns = np.nonzero(changed)
        # The silhouette is at 10 to 42 and 10 to 34; soft edges and shadows reach some pixels further.
        assert rows.max() < 34 + 10 and columns.max() < 42 + 10


def test_objects_fade_in_and_out(make_tube: Callable[..., Tube], shoot: Shoot, scene: np.ndarray) -> None:
    tube = make_tube(1.0, 12, begin=(5, 5), size=(16, 16))
    far = [int(np.abs(p[inside(tube, 0)].astype(int) - scene[0, 0]).max()) for p in shoot([tube], [0])]
    # The colour changes from picture to picture: compare with what full strength would show.
    shown = [int(np.abs(28 + (10 + i) * 37 % 200 - scene[0, 0].astype(int)).max()) for i in range(12)]
    shares = [a / b for a, b in zip(far, shown, strict=True)]
    assert shares[0] == pytest.approx(0.4, abs=0.06) and shares[-1] == pytest.approx(0.4, abs=0.06)
    assert shares[5] == pytest.approx(1.0, abs=0.06)


def test_what_is_nearer_covers_what_is_farther(
    make_tube: Callable[..., Tube], shoot: Shoot, grey_of: Callable[[int], int]
) -> None:
    far = make_tube(1.0, 12, begin=(20, 4), size=(16, 16), track_id=1)
    near = make_tube(3.0, 12, begin=(20, 10), size=(16, 16), track_id=2)
    for tubes in ([far, near], [near, far]):
        picture = shoot(tubes, [0, 0])[6]
        assert picture[inside(near, 6)].astype(int).mean() == pytest.approx(grey_of(36), abs=4)


def test_masks_that_reach_over_the_edge_are_cut(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    tubes = [
        make_tube(1.0, 8, begin=begin, size=(16, 16), track_id=i)
        for i, begin in enumerate([(-8, -8), (72, 37), (-30, 0), (90, 60)])
    ]
    pictures = shoot(tubes, [0, 0, 0, 0], RenderOptions(times=True, boxes=True))
    assert {picture.shape for picture in pictures} == {(90, 160, 3)}


def test_the_notice_is_on_every_frame(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    # One tube passes under it, and there is a pause with nothing on screen.
    tubes = [
        make_tube(1.0, 15, begin=(0, 33), size=(20, 12), track_id=1),
        make_tube(3.0, 15, begin=(30, 5), size=(10, 10), track_id=2),
    ]
    darkest, brightest = (
        cv2.cvtColor(noticed(np.full((90, 160, 3), level, np.uint8)), cv2.COLOR_BGR2GRAY)
        for level in (0, 255)
    )
    assert (brightest < 120).sum() > 330  # the plate is dark on anything
    for options in (BARE, RenderOptions(times=True, boxes=True, bar=False)):
        pictures = shoot(tubes, [0, 20], options)
        assert len(pictures) == 35
        greys = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in pictures]
        assert all(((darkest <= grey + 4.0) & (grey <= brightest + 4.0)).all() for grey in greys)


def test_labels_do_not_cover_one_another(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    # Five objects side by side at the upper edge: there is no room above them.
    tubes = [make_tube(1.0, 10, begin=(30 + i, 0), size=(8, 8), track_id=i) for i in range(5)]
    hidden = [replace(tube, masks=[bytes(8)]) for tube in tubes]  # nothing but their labels
    picture = shoot(hidden, [0] * 5, RenderOptions(times=True))[5]
    size = labels.text_size(90)
    alone = shoot(hidden[:1], [0], RenderOptions(times=True))[5]
    one, five = ((p[:70] > 240).all(axis=2).sum() for p in (alone, picture))
    assert five == 5 * one, size


def test_boxes_are_drawn_when_asked(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    tube = make_tube(1.0, 10, begin=(20, 10), size=(16, 16))
    plain, boxed = shoot([tube], [0])[5], shoot([tube], [0], RenderOptions(times=False, boxes=True))[5]
    x1, y1, x2, _ = tube.boxes[5].astype(int).tolist()
    assert (boxed[y1, x1:x2] > 230).all() and not (plain[y1, x1:x2] > 230).all()


def test_the_background_is_that_of_what_is_shown(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    scenery = Scenery([0.0, 5.0], lambda i: np.full((90, 160, 3), 100 * i + 50, np.uint8), 160, 90)
    late = shoot([make_tube(4.0, 10)], [0], scenery=scenery)[0]
    assert late[50, 150].mean() == pytest.approx(50 + 100 * 4 / 5, abs=4)


def test_footage_is_closed_before_the_first_picture_comes_and_cutouts_go_with_the_last(
    make_tube: Callable[..., Tube],
    shoot: Shoot,
    filmed: Callable[..., Path],
    open_files: Callable[[Path], int],
    tmp_path: Path,
) -> None:
    tubes = [make_tube(0.5 * i, 5, track_id=i) for i in range(8)]
    handles: list[int] = []
    shoot(tubes, [8 * i for i in range(8)], watch=lambda: handles.append(open_files(filmed(6.0))))
    assert set(handles) == {0}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", ["class", "time", None])
def test_trails_boxes_and_labels_take_the_colour(
    make_tube: Callable[..., Tube], shoot: Shoot, by: str | None
) -> None:
    tube = make_tube(1.0, 30, begin=(5, 12), end=(50, 12), size=(8, 8))
    plain = shoot([tube], [0])[20].astype(int)
    for options in (
        RenderOptions(times=False, bar=False, trails=True, colour_by=by),  # type: ignore[arg-type]
        RenderOptions(times=False, bar=False, boxes=True, colour_by=by),  # type: ignore[arg-type]
        RenderOptions(times=True, bar=False, colour_by=by),  # type: ignore[arg-type]
    ):
        changed = np.abs(shoot([tube], [0], options)[20].astype(int) - plain).max(axis=2) > 20
        assert changed[:60].sum() > 10


def test_the_bar_marks_the_output_and_the_original_time(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    early, late = make_tube(1.0, 20, track_id=1), make_tube(4.0, 20, begin=(40, 10), track_id=2)
    pictures = shoot([early, late], [0, 0], RenderOptions(times=False))
    for number in (2, 10, 18):
        upper, lower = pictures[number][-6, :, :], pictures[number][-1, :, :]
        now = np.flatnonzero((upper > 200).all(axis=1))
        assert now.mean() == pytest.approx(number / 19 * 159, abs=3)
        marks = np.flatnonzero((lower > 200).all(axis=1))
        span = 6.0 - 0.1 - 1.0
        for second in (early.original_s(number), late.original_s(number)):
            assert np.abs(marks - (second - 1.0) / span * 159).min() <= 2


@pytest.mark.parametrize("size", [(161, 91), (33, 17), (160, 90)], ids=str)
def test_odd_sizes(
    make_tube: Callable[..., Tube], filmed: Callable[..., Path], tmp_path: Path, size: tuple[int, int]
) -> None:
    width, height = size
    path = filmed(3.0)  # whatever its own size is: recordings may change it
    tube = make_tube(0.5, 6, begin=(2, 2), size=(8, 6))
    grid = MaskGrid(width // 2, height // 2, width, height)
    arrangement = Arrangement([tube], np.zeros(1, np.int64), 6, RATE, grid, 0.0)
    scenery = Scenery([0.0], lambda _: np.full((height, width, 3), 90, np.uint8), width, height)
    clock = Clock(lambda _, second: second, lambda _, second: f"{second:.0f}")
    options = RenderOptions(boxes=True, trails=True, colour_by="time")
    with Sources({"r": Source("r", path, probe(path).time_base)}, tmp_path) as sources:
        pictures = [p.bgr() for p in render(arrangement, sources, scenery, clock, options, None)]
    assert {picture.shape for picture in pictures} == {(height, width, 3)}


def test_a_tube_larger_than_half_of_the_picture_and_one_of_a_single_frame(
    make_tube: Callable[..., Tube], shoot: Shoot, grey_of: Callable[[int], int]
) -> None:
    large = make_tube(1.0, 10, begin=(4, 2), size=(70, 40), track_id=1)
    single = make_tube(3.0, 1, begin=(30, 10), size=(16, 16), track_id=2)
    pictures = shoot([large, single], [0, 12])
    assert len(pictures) == 13
    middle = pictures[5][20:60, 40:120].astype(int)
    assert np.abs(middle - grey_of(15)).max() <= 6
    assert pictures[12][inside(single, 0)].astype(int).mean() == pytest.approx(grey_of(30), abs=5)


def test_a_tube_that_leaves_the_picture(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    tube = make_tube(1.0, 20, begin=(60, 10), end=(110, 10), size=(16, 16))
    pictures = shoot([tube], [0], RenderOptions(boxes=True, trails=True))
    assert len(pictures) == 20


def test_no_ground_is_carried_along_to_another_light(make_tube: Callable[..., Tube], shoot: Shoot) -> None:
    # The silhouette is twice as wide as what differs from the scene of that moment.
    scenery = Scenery([0.0], lambda _: np.full((90, 160, 3), 65, np.uint8), 160, 90)
    tube = make_tube(0.1, 1, begin=(20, 10), size=(20, 20))  # all of that picture is as grey as the scene
    picture = shoot([tube], [0], scenery=scenery)[0].astype(int)
    rim = picture[20:60, 40:42]
    assert np.abs(rim - 65).max() <= 2


def test_the_same_pictures_come_whatever_the_number_of_threads(
    make_tube: Callable[..., Tube], shoot: Shoot
) -> None:
    tubes = [make_tube(0.5 * i, 15, begin=(4 + 9 * i, 5), end=(30, 9), track_id=i) for i in range(1, 5)]
    options, threads = RenderOptions(boxes=True, trails=True), cv2.getNumThreads()
    seen = []
    try:
        for number in (1, 4, 4):
            cv2.setNumThreads(number)
            seen.append(b"".join(picture.tobytes() for picture in shoot(tubes, [0, 2, 4, 6], options)))
    finally:
        cv2.setNumThreads(threads)
    assert seen[0] == seen[1] == seen[2]
