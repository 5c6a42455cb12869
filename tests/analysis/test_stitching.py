"""Segments' tracks put together: every object one track, every timecode once, nothing lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis.attributes import to_tracks
from apercu.analysis.detections import CLASSES
from apercu.analysis.masks import CutMask
from apercu.analysis.stitching import Stitcher
from apercu.analysis.tracklets import Observation, Source, Tracklet
from apercu.analysis.tracks import Tracks
from apercu.timecode import Timecode

TICK = Fraction(1, 100)
STEP = 20  # ticks between pictures: five a second
START = datetime(2026, 3, 1, tzinfo=UTC)
CAR, PERSON, OTHER = (CLASSES.index(name) for name in ("car", "person", "other"))


@dataclass(frozen=True)
class Thing:
    """An object on its way: there from ``begin`` to ``end`` (pictures), in a lane of its own."""

    lane: int
    begin: int
    end: int
    speed: float = 3.0
    kind: int = CAR

    def box(self, picture: int) -> tuple[float, float, float, float]:
        x, y = 10 + self.speed * (picture - self.begin), 60.0 * self.lane
        return (x, y, x + 40, y + 30)


def track_of(
    key: int, thing: Thing, pictures: range, *, off: float = 0.0, kind: int | None = None, colour: int = 3
) -> Tracklet:
    """Return what a segment saw of a thing, its boxes off by some pixels."""
    named = thing.kind if kind is None else kind
    track = Tracklet(key, vote_count=0 if named == OTHER else len(pictures), hits=len(pictures))
    track.votes[named] = 0.0 if named == OTHER else 0.8 * len(pictures)
    track.colours.counts[:, colour] = 1.0
    mask = CutMask(0, 0, np.ones((3, 4), np.bool_))
    for picture in pictures:
        x1, y1, x2, y2 = thing.box(picture)
        box = (x1 + off, y1, x2 + off, y2)
        at = picture * STEP
        track.observations.append(Observation(at, float(at * TICK), box, 0.8, Source.DETECTOR, mask))
    return track


def tables(tracks: list[Tracklet]) -> Tracks:
    tracks = [track for track in tracks if track.observations]
    return to_tracks(tracks, recording_id="r", camera="gate", first_id=1, start=START)


def overlap(begin: int, end: int) -> tuple[Timecode, Timecode]:
    return Timecode(begin * STEP, TICK), Timecode(end * STEP, TICK)


def stitched(parts: list[tuple[Tracks, tuple[int, int] | None]]) -> Tracks:
    stitcher = Stitcher()
    given_out = [stitcher.add(tracks, None if span is None else overlap(*span)) for tracks, span in parts]
    return Tracks(
        pa.concat_tables([one.table for one in given_out]),
        pa.concat_tables([one.observation_table for one in given_out]),
    )


def pictures_of(tracks: Tracks, track_id: int) -> list[int]:
    seen = tracks.observation_table
    return (seen["pts"].to_numpy()[seen["track_id"].to_numpy() == track_id] // STEP).tolist()


def check_consistent(tracks: Tracks) -> None:
    """The tables agree with each other: numbers, ends, counts, times."""
    rows = tracks.table.to_pylist()
    assert [row["track_id"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        seen = pictures_of(tracks, row["track_id"])
        assert seen == sorted(set(seen))
        assert (row["start_pts"], row["end_pts"]) == (seen[0] * STEP, seen[-1] * STEP)
        assert row["observation_count"] == len(seen) == row["detected_count"]
        assert row["duration_s"] == pytest.approx((seen[-1] - seen[0]) * 0.2)
        assert (row["start_time"] - START).total_seconds() == pytest.approx(seen[0] * 0.2, abs=1e-5)
        assert (row["end_time"] - START).total_seconds() == pytest.approx(seen[-1] * 0.2, abs=1e-5)


def test_one_segment_passes_as_it_is() -> None:
    given_in = tables([track_of(1, Thing(0, 0, 30), range(30)), track_of(2, Thing(1, 5, 40), range(5, 40))])
    out = stitched([(given_in, None)])
    assert out.table.equals(given_in.table)
    assert out.observation_table.equals(given_in.observation_table)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Thing], list[int], int]:
    """Return things in lanes of their own, cuts, and how long segments overlap; all in pictures."""
    count = draw(st.integers(1, 4))
    cuts = [60 * (k + 1) for k in range(draw(st.integers(1, 3)))]
    total = 60 * (len(cuts) + 1)
    things = []
    for lane in range(count):
        begin = draw(st.integers(0, total - 12))
        end = draw(st.integers(begin + 12, total))
        things.append(Thing(lane, begin, end, draw(st.floats(-3, 3)), draw(st.sampled_from([CAR, PERSON]))))
    return things, cuts, draw(st.sampled_from([12, 20, 29]))


@settings(max_examples=60)
@given(scenes(), st.randoms(use_true_random=False))
def test_every_thing_is_one_track_with_all_its_pictures(
    scene: tuple[list[Thing], list[int], int], random: object
) -> None:
    things, cuts, common = scene
    parts: list[tuple[Tracks, tuple[int, int] | None]] = []
    begins, ends = [0, *cuts], [*(cut + common for cut in cuts), 10_000]
    for k, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        seen = []
        for thing in things:
            pictures = range(max(thing.begin, begin), min(thing.end, end))
            if len(pictures) >= 4:  # shorter ones no segment believes
                late = 2 if pictures[0] == begin and begin > 0 else 0  # beginners need a moment
                seen.append(track_of(len(seen) + 1, thing, pictures[late:], off=0.5 * k))
        parts.append((tables(seen), None if k == len(cuts) else (cuts[k], end)))
    out = stitched(parts)
    check_consistent(out)
    found = {}
    boxes = out.observation_table["y1"].to_numpy()
    ids = out.observation_table["track_id"].to_numpy()
    for row in out.table.to_pylist():
        (lane,) = np.unique(boxes[ids == row["track_id"]] // 60)
        assert lane not in found, "a thing is in two tracks"
        found[int(lane)] = row
    for thing in things:
        row = found.pop(thing.lane)
        assert row["class"] == CLASSES[thing.kind]
        missing = set(range(thing.begin, thing.end)) - set(pictures_of(out, row["track_id"]))
        # What is there for less than a moment before a cut, or in one half of an overlap, may be lost.
        assert len(missing) <= 6
    assert not found


def test_the_earlier_segment_counts_up_to_the_middle_then_the_later_one() -> None:
    thing = Thing(0, 0, 100, speed=1.0)
    out = stitched(
        [
            (tables([track_of(1, thing, range(60), off=1.0)]), (50, 60)),
            (tables([track_of(1, thing, range(50, 100), off=3.0)]), None),
        ]
    )
    check_consistent(out)
    assert len(out) == 1
    off = out.observation_table["x1"].to_numpy() - [thing.box(i)[0] for i in range(100)]
    assert off.tolist() == pytest.approx([1.0] * 55 + [3.0] * 45)


def test_an_object_in_pieces_on_one_side_is_still_one() -> None:
    thing = Thing(0, 0, 100)
    before = tables([track_of(1, thing, range(62)), track_of(2, thing, range(66, 80))])
    after = tables([track_of(1, thing, range(60, 100))])
    out = stitched([(before, (60, 80)), (after, None)])
    check_consistent(out)
    assert [len(pictures_of(out, row)) for row in out.table["track_id"].to_pylist()] == [100]


def test_two_that_one_segment_saw_at_once_never_become_one() -> None:
    one, two = Thing(0, 0, 100), Thing(0, 0, 100)
    before = tables([track_of(1, one, range(80)), track_of(2, two, range(80), off=9.0)])
    after = tables([track_of(1, one, range(60, 100), off=4.0)])
    out = stitched([(before, (60, 80)), (after, None)])
    check_consistent(out)
    assert len(out) == 2
    lengths = sorted(len(pictures_of(out, row)) for row in (1, 2))
    assert lengths == [70, 100]  # the other one's second half is what the later segment gave to the first


def test_classes_that_are_no_kin_are_not_one() -> None:
    thing = Thing(0, 0, 100)
    before = tables([track_of(1, thing, range(80), kind=CAR)])
    after = tables([track_of(1, thing, range(60, 100), kind=PERSON)])
    out = stitched([(before, (60, 80)), (after, None)])
    check_consistent(out)
    assert sorted(out.table["class"].to_pylist()) == ["car", "person"]
    assert sorted(pts for row in (1, 2) for pts in pictures_of(out, row)) == list(range(100))


def test_a_name_known_on_one_side_is_the_whole_track_s() -> None:
    thing = Thing(0, 0, 100)
    before = tables([track_of(1, thing, range(80), kind=OTHER)])
    after = tables([track_of(1, thing, range(60, 100), kind=CAR)])
    (row,) = stitched([(before, (60, 80)), (after, None)]).table.to_pylist()
    assert row["class"] == "car"
    assert row["class_score"] == pytest.approx(0.8)


def test_what_only_a_beginner_or_a_torn_end_saw_is_left_out() -> None:
    ghost, torn, real = Thing(0, 60, 66), Thing(1, 74, 80), Thing(2, 62, 68)
    before = tables([track_of(1, torn, range(74, 80)), track_of(2, real, range(62, 68))])
    after = tables([track_of(1, ghost, range(60, 66)), track_of(2, real, range(62, 68))])
    out = stitched([(before, (60, 80)), (after, None)])
    check_consistent(out)
    assert [pictures_of(out, row) for row in out.table["track_id"].to_pylist()] == [list(range(62, 68))]


@pytest.mark.parametrize("away", [1, 3])
def test_what_parks_before_a_cut_and_leaves_after_it_is_one_stay(away: int) -> None:
    coming = Thing(0, 0, 10_000, speed=0.0)
    parts = [(tables([track_of(1, coming, range(30, 72))]), (60, 72))]
    parts += [(tables([]), (60 * (k + 1), 60 * (k + 1) + 12)) for k in range(1, away)]
    leaves = 60 * away + 25
    leaving = track_of(1, coming, range(leaves, leaves + 20), off=2.0)
    out = stitched([*parts, (tables([leaving]), None)])
    check_consistent(out)
    (row,) = out.table.to_pylist()
    assert (row["start_pts"], row["end_pts"]) == (30 * STEP, (leaves + 19) * STEP)
    assert row["dwell_s"] == pytest.approx(row["duration_s"], abs=0.5)


def test_another_colour_class_or_place_is_another_stay() -> None:
    still = Thing(0, 0, 10_000, speed=0.0)
    parked = (tables([track_of(1, still, range(30, 72))]), (60, 72))
    for other in (
        track_of(1, still, range(100, 120), colour=8),
        track_of(1, still, range(100, 120), kind=PERSON),
        track_of(1, still, range(100, 120), off=25.0),
        track_of(1, Thing(3, 0, 10_000, speed=0.0), range(100, 120)),
    ):
        out = stitched([parked, (tables([other]), None)])
        check_consistent(out)
        assert len(out) == 2


def test_what_still_moved_when_its_segment_ended_does_not_wait() -> None:
    thing = Thing(0, 0, 10_000, speed=3.0)
    later = Thing(0, 71, 10_000, speed=0.0)
    before = tables([track_of(1, thing, range(30, 72))])
    x = thing.box(71)[0] - 10
    out = stitched([(before, (60, 72)), (tables([track_of(1, later, range(100, 120), off=x)]), None)])
    assert len(out) == 2


def test_tracks_without_a_clock_have_no_times() -> None:
    thing = Thing(0, 0, 100)
    parts = [
        to_tracks([track_of(1, thing, pictures)], recording_id="r", camera="c", first_id=1, start=None)
        for pictures in (range(80), range(60, 100))
    ]
    (row,) = stitched([(parts[0], (60, 80)), (parts[1], None)]).table.to_pylist()
    assert row["start_time"] is None
    assert row["end_time"] is None
    assert row["observation_count"] == 100
