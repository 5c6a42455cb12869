"""Whole pictures with everyone covered: by track, by a second look, and by what moves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.analysis import CLASSES, Detections, Tracks, load_detector
from apercu.analysis.attributes import to_tracks
from apercu.analysis.masks import CutMask
from apercu.analysis.people import People
from apercu.analysis.redaction import Redacted, Redactor
from apercu.analysis.tracklets import Observation, Source, Tracklet
from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode

TICK = Fraction(1, 1000)
ROAD = np.full((180, 320, 3), 120, np.uint8)
BODY = (100, 60, 124, 120)
NOBODY = People(Tracks.empty())


def tracks(name: str, times: list[float], box: tuple[int, int, int, int] = BODY) -> Tracks:
    """Return one track that stands still."""
    made = Tracklet(0, hits=len(times), vote_count=len(times))
    made.votes[CLASSES.index(name)] = 0.8 * len(times)
    x1, y1, x2, y2 = box
    mask = CutMask(x1, y1, np.ones((y2 - y1, x2 - x1), np.bool_))
    made.observations.extend(
        Observation(round(time_s / TICK), time_s, box, 0.8, Source.DETECTOR, mask) for time_s in times
    )
    return to_tracks([made], recording_id="r", camera="c", first_id=1, start=None)


def frame(second: float, box: tuple[int, int, int, int] = BODY) -> Frame:
    """Return a picture of the road with somebody in fine stripes."""
    picture = ROAD.copy()
    x1, y1, x2, y2 = box
    picture[y1:y2:2, x1:x2], picture[y1 + 1 : y2 : 2, x1:x2] = 0, 255
    return Frame.from_bgr(picture, Timecode(round(second / TICK), TICK))


def hidden(result: Redacted, box: tuple[int, int, int, int] = BODY) -> bool:
    """Return whether all of a box is marked as covered, and no stripe shows in it."""
    x1, y1, x2, y2 = box
    body = result.picture[y1:y2, x1:x2]
    return bool(result.covered[y1:y2, x1:x2].all() and body.min() > 40 and body.max() < 215)


class Sees:
    """Sees one box, when the whole picture is shown, as a class and with a score."""

    card = None

    def __init__(self, name: str, score: float) -> None:
        self._found = Detections(
            np.array([BODY], np.float32),
            np.array([score], np.float32),
            np.array([CLASSES.index(name)], np.int8),
        )

    def detect(self, image: np.ndarray) -> Detections:
        return self._found if image.shape[:2] == ROAD.shape[:2] else Detections.empty()


def test_what_is_not_covered_is_the_original() -> None:
    picture = frame(1.0)
    result = Redactor(People(tracks("person", [0.5, 1.0, 1.5])), "r").redact(picture)
    assert hidden(result) and result.covered.mean() < 0.15
    assert (result.picture[~result.covered] == picture.bgr()[~result.covered]).all()


def test_a_track_covers_a_second_around_it_and_through_gaps() -> None:
    redactor = Redactor(People(tracks("person", [2.0, 2.1, 6.0, 6.1])), "r")
    times = (0.8, 1.1, 2.05, 4.0, 6.9, 7.3)
    assert [hidden(redactor.redact(frame(t))) for t in times] == [False, True, True, True, True, False]


def test_vehicles_stay_as_they_are() -> None:
    redactor = Redactor(People(tracks("car", [0.5, 1.0])), "r")
    assert not redactor.redact(frame(0.7)).covered.any()


@pytest.mark.parametrize(
    ("name", "score", "covers"),
    [("person", 0.12, True), ("bag", 0.12, True), ("person", 0.05, False), ("car", 0.9, False)],
)
def test_a_second_look_finds_who_has_no_track(name: str, score: float, covers: bool) -> None:
    redactor = Redactor(NOBODY, "r", Sees(name, score))  # type: ignore[arg-type]
    assert hidden(redactor.redact(frame(1.0))) is covers


def test_what_moves_is_covered_unless_a_vehicle_explains_it() -> None:
    moving = np.zeros((60, 107), np.bool_)
    moving[20:40, 34:41] = True
    assert hidden(Redactor(NOBODY, "r").redact(frame(1.0), moving))
    assert not Redactor(NOBODY, "r").redact(frame(1.0)).covered.any()
    vehicle = Redactor(People(tracks("car", [0.5, 1.5], (90, 50, 140, 130))), "r")
    assert not vehicle.redact(frame(1.0), moving).covered.any()
    seen = Redactor(NOBODY, "r", Sees("car", 0.9))  # type: ignore[arg-type]
    assert seen.redact(frame(1.0), moving).covered.mean() < 0.1
    unsure = Redactor(NOBODY, "r", Sees("car", 0.2))  # type: ignore[arg-type]
    assert hidden(unsure.redact(frame(1.0), moving))


def test_what_lies_on_a_track_makes_its_region_larger() -> None:
    head_only = People(tracks("person", [0.5, 1.5], (100, 60, 124, 84)))
    moving = np.zeros((180, 320), np.bool_)
    moving[60:120, 100:124] = True
    assert not hidden(Redactor(head_only, "r").redact(frame(1.0)))
    assert hidden(Redactor(head_only, "r").redact(frame(1.0), moving))


def test_people_at_the_edges_and_out_of_the_picture() -> None:
    for box in ((-20, 60, 10, 140), (310, 100, 350, 200), (400, 10, 420, 50)):
        shown = (max(0, box[0]), max(0, box[1]), min(320, box[2]), min(180, box[3]))
        result = Redactor(People(tracks("person", [0.0, 2.0], box)), "r").redact(frame(1.0))
        part = result.covered[shown[1] : shown[3], shown[0] : shown[2]]
        assert part.all()


def test_a_mosaic_is_the_same_from_picture_to_picture() -> None:
    redactor = Redactor(People(tracks("person", [0.0, 1.0, 2.0, 3.0])), "r")
    pictures = [redactor.redact(frame(t)).picture[BODY[1] : BODY[3], BODY[0] : BODY[2]] for t in (0, 1, 2, 3)]
    assert all((picture == pictures[0]).all() for picture in pictures)
    again = Redactor(People(tracks("person", [0.0, 1.0, 2.0, 3.0])), "r").redact(frame(0.0)).picture
    assert (again[BODY[1] : BODY[3], BODY[0] : BODY[2]] != pictures[0]).any()


def test_real_people_without_any_track(footage: Callable[[str], Path]) -> None:
    truth = np.loadtxt(footage("pets2009/gt_interp_f001-320.txt"), delimiter=",")
    redactor = Redactor(NOBODY, "r", load_detector())
    shares = []
    with FootageReader(footage("pets2009/View_001_7fps.mp4")) as reader, closing(reader.frames()) as frames:
        for number, picture in zip(range(1, 31), frames, strict=False):
            if number % 10 == 0:
                covered = redactor.redact(picture).covered
                for _, _, x, y, width, height, clear in truth[truth[:, 0] == number][:, :7]:
                    if clear:
                        a, b = max(0, round(x + 0.05 * width)), max(0, round(y + 0.05 * height))
                        c, d = round(x + 0.95 * width), round(y + 0.95 * height)
                        shares.append(covered[b:d, a:c].mean())
    assert np.mean(shares) > 0.9
    assert cv2.countNonZero(covered.view(np.uint8)) < 0.3 * covered.size
