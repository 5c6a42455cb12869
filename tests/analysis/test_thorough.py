"""Whole pictures looked at with care, and backgrounds that hold no image of anyone."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from apercu.analysis import CLASSES, AnalysisOptions, Detections
from apercu.analysis.thorough import look_everywhere, without_people

PERSON, CAR = CLASSES.index("person"), CLASSES.index("car")


class Knows:
    """Sees everything that is nearly of one colour, as a class and with a score."""

    def __init__(self, colour: tuple[int, int, int], class_index: int = PERSON, score: float = 0.2) -> None:
        self.sizes: list[tuple[int, int]] = []
        self._colour, self._class, self._score = np.array(colour), class_index, score

    def detect(self, image: np.ndarray) -> Detections:
        self.sizes.append((image.shape[1], image.shape[0]))
        near = (np.abs(image.astype(int) - self._colour).max(axis=2) < 60).view(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(near)
        boxes = stats[1:, :4].astype(np.float32)
        boxes[:, 2:] += boxes[:, :2]
        count = len(boxes)
        return Detections(
            boxes, np.full(count, self._score, np.float32), np.full(count, self._class, np.int8)
        )


def standing(colour: tuple[int, int, int] = (20, 30, 200)) -> np.ndarray:
    """Return a grey place, 400 x 240, with somebody at x 300 to 330 and y 90 to 170: fine stripes."""
    picture = np.full((240, 400, 3), 128, np.uint8)
    picture[90:170, 300:330] = colour
    picture[91:170:4, 300:330] += np.uint8(50)
    return picture


def test_boxes_of_every_view_are_in_the_picture_s_pixels() -> None:
    detector = Knows((20, 30, 200))
    found = look_everywhere(detector, standing(), 300)  # type: ignore[arg-type]
    assert len(detector.sizes) == 5 and max(max(size) for size in detector.sizes) <= 300
    assert len(found) >= 3  # in all, and in the quarters on the right
    for box in found.boxes:
        # A quarter may show a part of them.
        assert (box[:2] >= [297, 87]).all() and (box[2:] <= [333, 173]).all()
    assert np.abs(found.boxes - [300, 90, 330, 170]).max(axis=1).min() <= 2


def test_somebody_in_the_background_is_pixelated_for_good() -> None:
    picture = standing()
    clean, places = without_people(picture, Knows((20, 30, 200)), 640)  # type: ignore[arg-type]
    assert places == pytest.approx(np.array([[300, 90, 330, 170]]), abs=3)
    body, away = np.s_[90:170, 300:330], np.s_[:, :260]
    assert (np.abs(clean[body].astype(int) - picture[body]).max(axis=2) > 0).mean() > 0.95
    # Its stripes are gone: neighbours are alike but at the edges of blocks.
    assert (np.diff(clean[body].astype(int), axis=0) == 0).all(axis=2).mean() > 0.7
    assert (clean[away] == picture[away]).all()
    assert (picture == standing()).all()


@pytest.mark.parametrize(("class_index", "score"), [(CAR, 0.9), (PERSON, 0.1)])
def test_vehicles_and_mere_noise_stay(class_index: int, score: float) -> None:
    detector = Knows((20, 30, 200), class_index, score)
    clean, places = without_people(standing(), detector, 640)  # type: ignore[arg-type]
    assert len(places) == 0 and (clean == standing()).all()


def test_no_stored_background_shows_who_stood_there_all_the_time(stage: Any) -> None:
    still = stage.actor("person", 0, [-1, 20], [(160, 140), (160, 140)], (24, 60))
    scene = stage.scene(still, seconds=9.0)
    options = AnalysisOptions(background_s=4.0, thorough=True)
    seen = stage.analyze(scene, stage.detector(scene), options=options)
    unseen = stage.analyze(scene, stage.detector(scene, blind=True), options=options)

    def alike(picture: np.ndarray) -> float:
        body = picture[85:135, 150:170].astype(int)
        return float((np.diff(body, axis=0) == 0).all(axis=2).mean())

    assert len(seen.backgrounds) >= 2
    for (_, hidden), (_, shown) in zip(seen.backgrounds, unseen.backgrounds, strict=True):
        assert shown[85:135, 150:170, 2].mean() > 130  # red: they are in it
        assert alike(shown) < 0.4 and alike(hidden) > 0.7
    said = "1 place in the background may show a person and was pixelated"
    assert said in seen.summary.warnings and said not in unseen.summary.warnings
