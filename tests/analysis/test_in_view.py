from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from apercu.analysis import Detector, Tracks, analyze, load_detector
from apercu.analysis.moment import Moment
from apercu.footage import Actor, FootageReader, SceneOptions, SyntheticScene, travel
from apercu.footage.figures import Outfit, walker
from apercu.footage.scene import Plant
from apercu.footage.sprites import Sprite


class Kept:
    def __init__(self) -> None:
        self.tracks: list[Tracks] = []

    def add_tracks(self, tracks: Tracks) -> None:
        self.tracks.append(tracks)

    def add_background(self, time_s: float, image: object) -> None:
        pass


def walkers() -> list[Actor]:
    """Two who meet and one behind a wall."""
    found = []
    for number, (ends, at_s) in enumerate(
        [([(-30.0, 200.0), (420.0, 200.0)], 1.0), ([(420.0, 210.0), (-30.0, 210.0)], 1.2)]
    ):
        look = walker(Outfit((60 + 120 * number, 80, 180 - 120 * number), (60, 50, 50)), 45.0)
        found.append(Actor("person", look, *travel(ends, 55.0, start=at_s)))
    return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Moment], Tracks]:
    wall = np.full((150, 40, 4), 255, np.uint8)
    wall[:, :, :3] = (120, 132, 140)
    plant = Plant(Sprite(wall, np.zeros(wall.shape[:2], np.uint8), (20.0, 149.0)), 300.0, 225.0)
    scene = SyntheticScene(
        SceneOptions(390, 240, Fraction(10), seconds=11.0, seed=2), actors=walkers(), plants=[plant]
    )
    path = tmp_path_factory.mktemp("view") / "film.mp4"
    scene.write(path)
    moments: list[Moment] = []
    kept = Kept()
    detector: Detector = load_detector()
    with FootageReader(path) as reader:
        analyze(
            reader,
            detector,
            kept,
            recording_id="a",
            camera="c",
            watch=lambda present: moments.append(present.moment()),
        )
    return moments, Tracks.joined(kept.tracks)


def test_each_object_keeps_its_number_behind_a_wall_and_past_another(
    seen: tuple[list[Moment], Tracks],
) -> None:
    moments, tracks = seen
    numbers = {int(one) for moment in moments for one in moment.ids}
    assert len(numbers) == len(tracks) == 2
    for number in numbers:
        begun = {float(m.begun_s[m.ids == number][0]) for m in moments if (m.ids == number).any()}
        assert len(begun) == 1


def test_moments_follow_what_the_tracks_say_in_the_end(seen: tuple[list[Moment], Tracks]) -> None:
    moments, tracks = seen
    rows = tracks.observation_table
    times, x1 = rows["time_s"].to_numpy(), rows["x1"].to_numpy()
    shown = [(m.time_s, box[0]) for m in moments for box in m.boxes[m.seen]]
    assert len(shown) > 50
    near = [np.abs(x1[np.abs(times - at) < 1e-6] - x).min(initial=np.inf) < 12 for at, x in shown]
    assert np.mean(near) > 0.9


def test_a_moment_has_the_picture_it_is_of(seen: tuple[list[Moment], Tracks]) -> None:
    moments, _ = seen
    assert all(moment.steady and moment.sight is not None for moment in moments)
    assert [m.time_s for m in moments] == sorted({m.time_s for m in moments})
    for moment in moments:
        assert moment.sight is not None
        assert moment.sight.luma.shape == moment.sight.moving.shape
        assert moment.sight.luma.shape[1] * moment.sight.reduction == pytest.approx(390, abs=2)
    assert any(moment.sight is not None and moment.sight.moving.any() for moment in moments)


def test_what_only_trembles_is_no_object(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    options = SceneOptions(320, 180, Fraction(10), seconds=8.0, seed=3, objects=0, sway_px=6.0)
    SyntheticScene(options, actors=()).write(path)
    moments: list[Moment] = []
    with FootageReader(path) as reader:
        analyze(
            reader,
            load_detector(),
            Kept(),
            recording_id="a",
            camera="c",
            watch=lambda present: moments.append(present.moment()),
        )
    assert not any(len(moment.ids) for moment in moments)


def test_the_first_moment_of_an_object_says_where_it_was_before(seen: tuple[list[Moment], Tracks]) -> None:
    moments, _ = seen
    came = {number: (moment, rows) for moment in moments for number, rows in moment.came.items()}
    assert len(came) == 2
    for number, (moment, rows) in came.items():
        assert rows[0, 0] == moment.begun_s[moment.ids == number][0]
        assert (np.diff(rows[:, 0]) > 0).all() and rows[-1, 0] < moment.time_s
        assert not any((earlier.ids == number).any() for earlier in moments if earlier.time_s < moment.time_s)
