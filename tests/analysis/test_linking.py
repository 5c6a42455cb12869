"""Pieces become whole tracks: over gaps, not over the picture's edge, and never mixing two that met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis import CLASSES
from apercu.analysis.linking import Linker
from apercu.analysis.masks import CutMask
from apercu.analysis.options import LinkingOptions
from apercu.analysis.palette import BINS
from apercu.analysis.tracklets import Observation, Source, Tracklet

WIDTH, HEIGHT = 640, 360
STEP = 0.125
PERSON, CAR, OTHER = (CLASSES.index(name) for name in ("person", "car", "other"))
MASK = CutMask(0, 0, np.ones((2, 2), np.bool_))


def piece(
    key: int,
    start: float,
    seconds: float,
    where: tuple[float, float],
    velocity: tuple[float, float] = (40, 0),
    *,
    name: int = PERSON,
    colour: int | None = None,
    size: tuple[float, float] = (24, 60),
) -> Tracklet:
    """Return a tracklet that moves evenly; ``where`` is the left top of its first box."""
    count = round(seconds / STEP) + 1
    track = Tracklet(key, hits=count)
    if name != OTHER:
        track.votes[name], track.vote_count = 0.8 * count, count
    if colour is not None:
        track.look = np.zeros(BINS, np.float32)
        track.look[colour], track.look_count = count, count
    source, score = (Source.MOTION, None) if name == OTHER else (Source.DETECTOR, 0.8)
    for i in range(count):
        x, y = where[0] + velocity[0] * STEP * i, where[1] + velocity[1] * STEP * i
        second = start + STEP * i
        box = (x, y, x + size[0], y + size[1])
        track.observations.append(Observation(round(second * 1000), second, box, score, source, MASK))
    return track


def linked(pieces: Iterable[Tracklet]) -> list[Tracklet]:
    return Linker(LinkingOptions(), WIDTH, HEIGHT).finish(list(pieces))


def spans(tracks: Iterable[Tracklet]) -> list[tuple[float, float]]:
    return sorted((t.observations[0].time_s, t.observations[-1].time_s) for t in tracks)


def test_a_gap_on_the_way_is_bridged() -> None:
    (whole,) = linked([piece(1, 0, 3, (50, 100), colour=3), piece(2, 5, 3, (250, 100), colour=3)])

    assert spans([whole]) == [(0, 8)]
    assert whole.class_index == PERSON
    assert whole.vote_count == 50
    assert np.all(np.diff([row.pts for row in whole.observations]) > 0)


@pytest.mark.parametrize(
    "second",
    [
        piece(2, 5, 3, (250, 260), colour=3),
        piece(2, 5, 3, (250, 100), (-40, 0), colour=9),
        piece(2, 5, 3, (250, 100), name=CAR, colour=3),
        piece(2, 5, 3, (250, 100), colour=3, size=(60, 150)),
        piece(2, 30, 3, (250, 100), colour=3),
        piece(2, 2, 3, (130, 100), colour=3),
    ],
    ids=["elsewhere", "another colour", "another class", "another size", "much later", "at the same time"],
)
def test_two_objects_stay_two(second: Tracklet) -> None:
    assert len(linked([piece(1, 0, 3, (50, 100), colour=3), second])) == 2


def test_what_left_the_picture_does_not_come_back_as_the_same() -> None:
    leaving = piece(1, 0, 4, (WIDTH - 24 - 160, 100), colour=3)
    entering = piece(2, 6, 4, (WIDTH - 24, 100), (-40, 0), colour=3)

    assert len(linked([leaving, entering])) == 2


@pytest.mark.parametrize("apart_s", [-0.25, 0.25])
def test_one_that_leaves_is_not_the_one_that_comes_in_over_the_same_edge(apart_s: float) -> None:
    leaving = piece(1, 0, 4, (WIDTH - 64 - 160, 120), name=CAR, size=(64, 40))
    entering = piece(2, 4 + apart_s, 4, (WIDTH - 64, 100), (-40, 0), name=CAR, size=(64, 40))

    assert len(linked([leaving, entering])) == 2


def test_two_that_cross_keep_their_colours() -> None:
    """Where they met, both places fit both; the palettes tell who came out on which side."""
    a_in, b_in = piece(1, 0, 4, (100, 100), colour=3), piece(2, 0, 4, (420, 100), (-40, 0), colour=9)
    a_out, b_out = piece(3, 4.5, 4, (280, 100), colour=3), piece(4, 4.5, 4, (240, 100), (-40, 0), colour=9)

    tracks = linked([a_in, b_in, a_out, b_out])

    assert len(tracks) == 2
    for track in tracks:
        assert track.observations[-1].time_s == 8.5
        way = track.observations[-1].box[0] - track.observations[0].box[0]
        assert abs(way) == pytest.approx(340, abs=5)


def test_two_that_meet_and_turn_back_keep_their_colours() -> None:
    a_in, b_in = piece(1, 0, 4, (100, 100), colour=3), piece(2, 0, 4, (450, 100), (-40, 0), colour=9)
    a_out, b_out = piece(3, 4.5, 4, (260, 100), (-40, 0), colour=3), piece(4, 4.5, 4, (290, 100), colour=9)

    for track in linked([a_in, b_in, a_out, b_out]):
        assert abs(track.observations[-1].box[0] - track.observations[0].box[0]) < 40


def test_a_waving_branch_is_no_track() -> None:
    branch = piece(1, 0, 20, (300, 100), (0, 0), name=OTHER, size=(40, 30))
    rows = branch.observations
    for i, row in enumerate(rows):
        x = 300 + 9 * np.sin(i / 3)
        rows[i] = Observation(row.pts, row.time_s, (x, 100, x + 40, 130), None, row.source, MASK)

    assert linked([branch]) == []


@pytest.mark.parametrize("name", [PERSON, OTHER])
def test_what_goes_somewhere_is_kept_named_or_not(name: int) -> None:
    assert len(linked([piece(1, 0, 4, (50, 100), (60, 0), name=name)])) == 1


def test_what_comes_straight_at_the_camera_goes_somewhere() -> None:
    growing = piece(1, 0, 4, (300, 100), (0, 0))
    for i, row in enumerate(growing.observations):
        grown = 2.5 * i
        box = (300 - grown / 2, 100 - grown, 324 + grown / 2, 160 + grown)
        growing.observations[i] = replace(row, box=box)

    assert len(linked([growing])) == 1


def with_scene(track: Tracklet, first: int) -> Tracklet:
    """Return a track that shows nothing but the scene from its observation ``first`` on."""
    rows = track.observations
    track.observations = [*rows[:first], *(replace(row, scene=True) for row in rows[first:])]
    return track


def test_where_the_scene_shows_there_is_no_track_whatever_it_is_called() -> None:
    """A parked car whose box jumps with the shadow on it; a shadow that goes on over a parked car."""
    parked, shadow = (piece(1, 0, 4, (50, 100), (60, 0), name=CAR) for _ in range(2))
    shadow.observations[:24] = [replace(row, score=None) for row in shadow.observations[:24]]

    assert linked([with_scene(parked, 0)]) == []
    assert linked([with_scene(shadow, 24)]) == []


def test_what_came_and_then_looks_like_the_scene_is_a_track() -> None:
    assert len(linked([with_scene(piece(1, 0, 4, (50, 100), (60, 0), name=CAR), 24)])) == 1


def test_a_flicker_is_no_track() -> None:
    assert linked([piece(1, 0, 0.25, (50, 100), (300, 0))]) == []


@pytest.mark.parametrize("guesses", [1, 4])
def test_a_whole_track_does_not_end_with_guesses(guesses: int) -> None:
    hidden = piece(1, 0, 4, (50, 100))
    for i in range(len(hidden.observations) - guesses, len(hidden.observations)):
        hidden.observations[i] = replace(hidden.observations[i], source=Source.PREDICTED)

    (track,) = linked([hidden])
    assert len(track.observations) == 33 - guesses


def test_ends_do_not_lag_behind() -> None:
    """Boxes are smoothed, and what enters fast is still where it was when it entered."""
    fast = piece(1, 0, 2, (0, 100), (300, 0), name=CAR, size=(80, 40))
    (track,) = linked([fast])

    assert track.observations[0].box[0] == pytest.approx(0, abs=1)
    assert track.observations[-1].box[0] == pytest.approx(600, abs=1)


@st.composite
def histories(draw: st.DrawFn) -> list[Tracklet]:
    pieces = []
    for key in range(1, draw(st.integers(2, 9)) + 1):
        start = draw(st.integers(0, 240)) * STEP
        length = draw(st.integers(5, 60)) * STEP
        where = draw(st.tuples(st.floats(20, 500), st.floats(20, 250)))
        velocity = draw(st.tuples(st.floats(-50, 50), st.floats(-20, 20)))
        pieces.append(piece(key, start, length, where, velocity, colour=draw(st.integers(0, 2))))
    return pieces


@settings(max_examples=60)
@given(histories())
def test_streaming_gives_what_linking_everything_at_once_gives(pieces: list[Tracklet]) -> None:
    linker, streamed = Linker(LinkingOptions(), WIDTH, HEIGHT), []
    end = max(p.observations[-1].time_s for p in pieces)
    told: set[int] = set()
    for now in np.arange(0, end + 2, 0.5).tolist():
        over = [p for p in pieces if p.observations[-1].time_s < now and p.key not in told]
        told |= {p.key for p in over}
        so_far = [replace(p, observations=[o for o in p.observations if o.time_s <= now]) for p in pieces]
        live = [p for p in so_far if p.observations and p.key not in told]
        streamed += linker.add(over, live, now)
    streamed += linker.finish([p for p in pieces if p.key not in told])

    def shown(tracks: list[Tracklet]) -> list[tuple[int, list[int]]]:
        return sorted((t.key, [row.pts for row in t.observations]) for t in tracks)

    assert shown(streamed) == shown(linked(pieces))


def test_what_waits_does_not_grow_with_the_recording() -> None:
    linker, given_out = Linker(LinkingOptions(), WIDTH, HEIGHT), []
    for i in range(200):
        passing = piece(i + 1, 10.0 * i, 4, (50, 100))
        given_out.append(len(linker.add([passing], [], 10.0 * i + 6)))

    assert sum(given_out) >= 198


def test_a_double_does_not_take_the_successor() -> None:
    first = piece(1, 0, 3, (50, 100))
    double = piece(2, 2.5, 1, (152, 104), size=(22, 52))
    after = piece(3, 3.125, 3, (175, 100))

    (whole,) = linked([first, double, after])
    assert spans([whole]) == [(0, 6.125)]
    assert whole.key == 1


def test_what_goes_on_as_another_piece_is_no_double_of_one_that_comes() -> None:
    first = piece(1, 0, 3, (145, 100), (-40, 0))
    on = piece(2, 3.125, 0.5, (20, 100), (-40, 0))
    on.follows = 1
    came = piece(3, 3.25, 4, (4, 100))

    assert spans(linked([first, on, came])) == [(0, 3.625), (3.25, 7.25)]


def test_what_turns_back_without_a_name_is_kept() -> None:
    there = piece(1, 0, 3, (50, 100), (60, 0), name=OTHER)
    back = piece(2, 3.125, 3, (230, 100), (-60, 0), name=OTHER)
    there.observations += back.observations
    there.hits += back.hits

    assert len(linked([there])) == 1
