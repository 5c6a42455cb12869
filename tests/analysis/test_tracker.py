"""Two-stage tracking, driven with boxes of known objects: one object, one unbroken piece."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from apercu.analysis import CLASSES, Detections
from apercu.analysis.motion import Motion
from apercu.analysis.palette import BINS
from apercu.analysis.tracker import Tracker
from apercu.analysis.tracklets import Source, Tracklet

WIDTH, HEIGHT = 480, 270
GROUND = np.random.default_rng(0).uniform(60, 120, (HEIGHT, WIDTH)).astype(np.float32)
PERSON, CAR, OTHER = (CLASSES.index(name) for name in ("person", "car", "other"))


class Play:
    """Feeds a tracker with boxes that move, and detections of some of them."""

    def __init__(self, rate: float = 8.0) -> None:
        self.tracker = Tracker(1)
        self.ended: list[Tracklet] = []
        self._step = 1 / rate
        self._n = 0

    @property
    def now_s(self) -> float:
        return self._n * self._step

    def picture(
        self,
        moving: Sequence[Sequence[float]],
        seen: Sequence[tuple[Sequence[float], int, float]] = (),
        colours: Sequence[int] = (),
    ) -> None:
        """Show boxes that move, and detections as (box, class, score), each with a palette of its own."""
        boxes = np.array([box for box, _, _ in seen], np.float32).reshape(-1, 4)
        found = Detections(
            boxes, np.array([s for *_, s in seen], np.float32), np.array([c for _, c, _ in seen], np.int8)
        )
        palettes = np.zeros((len(seen), BINS), np.float32)
        for row in range(len(seen)):
            palettes[row, colours[row] if row < len(colours) else 0] = 1
        self.ended += self.tracker.update(self._n * 100, self.now_s, found, palettes, motion(moving))
        self._n += 1

    def finish(self) -> list[Tracklet]:
        self.ended += self.tracker.finish()
        return sorted((t for t in self.ended if t.hits >= 3), key=lambda t: t.observations[0].time_s)


def motion(boxes: Sequence[Sequence[float]]) -> Motion:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for box in boxes:
        x1, y1, x2, y2 = np.clip(np.round(box), 0, [WIDTH, HEIGHT, WIDTH, HEIGHT]).astype(int)
        mask[y1:y2, x1:x2] = 1
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    x, y, w, h, areas = stats[1:].T
    blobs = np.stack([x, y, x + w, y + h], axis=1).astype(np.float32)
    picture = np.where(mask > 0, GROUND[::-1], GROUND)
    return Motion(mask.view(np.bool_), blobs, areas.astype(np.int32), labels, picture, GROUND, 1.0)


def at(x: float, y: float = 100, w: float = 24, h: float = 60) -> list[float]:
    return [x, y, x + w, y + h]


def test_one_object_is_one_track_through_missed_detections() -> None:
    play = Play()
    for i in range(40):
        box = at(20 + 6 * i)
        play.picture([box], [] if i % 5 in (3, 4) else [(box, PERSON, 0.8)])

    (track,) = play.finish()
    assert track.class_index == PERSON
    assert len(track.observations) == 40
    sources = {row.source for row in track.observations}
    assert sources == {Source.DETECTOR, Source.MOTION}
    for i, row in enumerate(track.observations):
        assert abs(row.box[0] - (20 + 6 * i)) < 6
        assert (row.pts, row.score is None) == (100 * i, i % 5 in (3, 4))


def test_weak_detections_keep_a_track_and_begin_none() -> None:
    play = Play()
    for i in range(30):
        box = at(20 + 5 * i)
        play.picture([box], [(box, PERSON, 0.8 if i < 6 else 0.15)])
    for _ in range(8):
        play.picture([], [(at(350, 20), PERSON, 0.15)])

    (track,) = play.finish()
    assert all(row.score is not None for row in track.observations[:30])


def test_something_the_detector_never_names_is_carried_by_its_motion() -> None:
    play = Play()
    for i in range(30):
        play.picture([at(20 + 8 * i, w=40, h=30)])

    (track,) = play.finish()
    assert track.class_index == OTHER
    assert len(track.observations) >= 28


def test_a_short_disappearance_does_not_end_a_track() -> None:
    play = Play()
    for i in range(40):
        box = at(20 + 6 * i)
        hidden = 18 <= i < 24
        play.picture([] if hidden else [box], [] if hidden else [(box, PERSON, 0.8)])

    (track,) = play.finish()
    between = [row.source for row in track.observations[18:24]]
    assert set(between) == {Source.PREDICTED}


def test_a_long_absence_ends_a_track_without_the_guesses() -> None:
    play = Play()
    for i in range(16):
        play.picture([at(100 + 5 * i)], [(at(100 + 5 * i), PERSON, 0.8)])
    for _ in range(30):
        play.picture([])

    assert len(play.ended) == 1
    (track,) = play.finish()
    assert len(track.observations) == 16
    assert track.observations[-1].source is Source.DETECTOR


def test_standing_still_is_kept_while_it_differs_from_the_scene() -> None:
    play = Play()
    for i in range(160):
        box = at(100 + 6 * min(i, 20))
        play.picture([box], [(box, PERSON, 0.7)])

    (track,) = play.finish()
    assert len(track.observations) == 160


def test_what_was_there_before_is_not_followed_for_long() -> None:
    """Somebody walks past a parked car; the detector goes on seeing the car, where nothing moves."""
    play = Play()
    parked = at(200, 100, 90, 50)
    for i in range(160):
        walker = at(20 + 10 * i, 90)
        walking = [walker] if walker[0] < WIDTH else []
        play.picture(walking, [(parked, CAR, 0.8), *((w, PERSON, 0.8) for w in walking)], [0, 1])

    for track in play.finish():
        assert track.observations[-1].time_s < 10


@pytest.mark.parametrize("name", [CAR, OTHER])
def test_what_comes_to_a_parked_car_is_not_that_car(name: int) -> None:
    """A car or a shadow reaches a parked car, and is not seen on it; the detector sees the parked one."""
    play = Play()
    for i in range(24):
        box = at(20 + 10 * i, 105, 80, 50)
        play.picture([box], [(box, name, 0.9)] if name == CAR else [])
    for _ in range(24):
        play.picture([], [(at(260, 105, 80, 50), CAR, 0.9)])

    (track,) = play.finish()
    assert track.class_index == name
    assert track.observations[-1].time_s < 3


def test_a_still_thing_begins_no_track() -> None:
    play = Play()
    for _ in range(30):
        play.picture([], [(at(200), CAR, 0.9)])

    assert play.finish() == []


def test_leaving_and_another_entering_are_two_tracks() -> None:
    play = Play()
    for i in range(20):
        box = at(360 + 8 * i)
        play.picture([box], [(box, PERSON, 0.8)] if box[0] < 450 else [])
    for i in range(20):
        box = at(-10 + 8 * i)
        play.picture([box], [(box, PERSON, 0.8)])

    first, second = play.finish()
    assert first.observations[-1].box[0] > 420
    assert second.observations[0].box[0] < 30


def test_two_that_pass_each_other_apart_keep_their_ways() -> None:
    play = Play(7.0)
    for i in range(40):
        a, b = at(20 + 9 * i, 60), at(400 - 9 * i, 150)
        play.picture([a, b], [(a, PERSON, 0.8), (b, PERSON, 0.8)], [0, 1])

    tracks = play.finish()
    assert len(tracks) == 2
    for track in tracks:
        assert abs(track.observations[-1].box[0] - track.observations[0].box[0]) > 330


def test_pieces_never_mix_two_that_meet() -> None:
    """Where two meet the tracker may cut; no piece may begin on one and end on the other."""
    play = Play()
    ways = {}
    for i in range(48):
        a, b = at(20 + 8 * i), at(400 - 8 * i, 104)
        together = abs(a[0] - b[0]) < 16
        seen = [(b, PERSON, 0.8)] if together else [(a, PERSON, 0.8), (b, PERSON, 0.8)]
        play.picture([a, b], seen, [1] if together else [0, 1])
        ways[i * 100] = (a[0], b[0])

    for track in play.finish():
        rows = [row for row in track.observations if row.source is Source.DETECTOR]
        ends = [np.abs(np.array(ways[row.pts]) - row.box[0]).argmin() for row in (rows[0], rows[-1])]
        assert ends[0] == ends[1]


def test_what_has_ended_is_not_written_to_any_more() -> None:
    """A piece handed on is whole: the linker has measured its end."""
    play = Play()
    lengths: dict[int, int] = {}
    for i in range(60):
        # One walks behind the other for a while, both the same way.
        front, behind = at(20 + 6 * i), at(20 + 6 * i + max(0, 60 - 6 * i) + max(0, 6 * (i - 30)), 96)
        hidden = 7 <= i <= 34
        seen = [(front, PERSON, 0.8)] + ([] if hidden else [(behind, PERSON, 0.8)])
        play.picture([front, behind], seen, [0, 1])
        for track in play.ended:
            assert lengths.setdefault(id(track), len(track.observations)) == len(track.observations)

    assert lengths, "nothing was cut where one hid the other"


def test_times_need_not_be_even() -> None:
    play = Play()
    rng = np.random.default_rng(3)
    for _ in range(50):
        x = 20 + 50 * play.now_s
        play.picture([at(x)], [(at(x), PERSON, 0.8)])
        play._n += int(rng.integers(0, 3))

    assert len(play.finish()) == 1


def test_what_goes_away_fast_shrinks_as_fast() -> None:
    play = Play(rate=8)
    for n in range(11):
        shrunk = 1 / (1 + 9 * n / 8)
        left, size = 470 - 460 * shrunk, 150 * shrunk
        box = [left, 40, left + size, 40 + size]
        play.picture([box], [(box, CAR, 0.17)] if n == 1 else [])
    (track,) = play.finish()
    assert len(track.observations) >= 8
