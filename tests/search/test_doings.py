"""What tracks did: lines, ways, stays and company, each on generated scenes where the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apercu.analysis import GroundPlane
from apercu.archive import Archive
from apercu.archive.cameras import calibrate
from apercu.archive.zones import add_zone
from apercu.errors import NothingToShowError, UnknownNameError
from apercu.search import Query, find, read_query, running
from apercu.search.company import most_at_once, those_near
from apercu.search.nothing import clockless, nothing_found
from apercu.search.places import those_across

from .conftest import Walk

Store = Callable[..., str]


def line(x1: float, y1: float, x2: float, y2: float, steps: int = 10) -> list[tuple[float, float]]:
    way = np.linspace(0, 1, steps)[:, None]
    return [tuple(point) for point in (np.array([x1, y1]) * (1 - way) + np.array([x2, y2]) * way).tolist()]


def found(archive: Archive, text: str) -> list[int]:
    return find(archive, read_query(text)).keys["track_id"].to_pylist()


def test_lines_are_crossed_from_side_to_side(archive: Archive, store: Store) -> None:
    trembling = [(160 + (-1) ** i * 2.0, 100) for i in range(20)]
    store(
        Walk(line(50, 100, 250, 100)),  # 1 from left to right in the picture
        Walk(line(250, 100, 50, 100)),  # 2 back
        Walk(trembling),  # 3 trembles on the line
        Walk(
            [*line(50, 100, 158, 100), *trembling, *line(158, 100, 50, 100)]
        ),  # 4 comes, trembles, goes back
        Walk([*line(50, 100, 158, 100), *trembling, *line(162, 100, 250, 100)]),  # 5 comes, trembles, goes on
        Walk(line(50, 220, 250, 220)),  # 6 below the line's end
        Walk([*line(50, 100, 250, 100), *line(250, 110, 50, 110)]),  # 7 there and back
        Walk([(100, 100), (160, 100), (220, 100)]),  # 8 one observation right on it
    )
    # Down the picture: its right is the left of the picture.
    assert found(archive, "crossed:px:160,50;160,200") == [1, 2, 5, 7, 8]
    assert found(archive, "crossed-left:px:160,50;160,200") == [1, 5, 7, 8]
    assert found(archive, "crossed-right:px:160,50;160,200") == [2, 7]
    assert found(archive, "crossed-right:px:160,200;160,50") == [1, 5, 7, 8]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=12),
    st.sampled_from(["either", "left", "right"]),
)
def test_crossings_are_those_counted_by_hand(path: list[tuple[float, float]], side: str) -> None:
    way = np.array([[50.0, 20.0], [50.0, 80.0]])
    feet = np.array(path)
    got = those_across(np.zeros(len(feet), np.int64), feet, np.array([10.0]), way, side)  # type: ignore[arg-type]
    assert got[0] == crossed_by_hand(path, side)


def crossed_by_hand(path: list[tuple[float, float]], side: str) -> bool:
    """Return whether a path crosses x = 50 between y = 20 and y = 80, by 2 pixels to either side."""
    last, net = 0, 0
    for number, (x, y) in enumerate(path):
        if number:
            px, py = path[number - 1]
            was, now = px >= 50, x >= 50
            if was != now:
                at = py + (50 - px) / (x - px) * (y - py)
                net += (20 <= at <= 80) * (1 if now else -1)
        if abs(x - 50) >= 2:
            here = 1 if x > 50 else -1
            # Downwards the picture, its left is where x grows.
            if last and here != last and net and side in ("either", "left" if net > 0 else "right"):
                return True
            last, net = here, 0
    return False


def test_from_one_place_to_another(archive: Archive, store: Store) -> None:
    add_zone(archive, "gate", "west", "zone", [(0, 0), (0.2, 0), (0.2, 1), (0, 1)])
    add_zone(archive, "gate", "east", "zone", [(0.8, 0), (1, 0), (1, 1), (0.8, 1)])
    store(
        Walk(line(10, 100, 310, 100)),
        Walk(line(310, 100, 10, 100)),
        Walk(line(10, 100, 160, 100)),
        Walk([*line(310, 100, 10, 100), *line(10, 120, 310, 120)]),
    )
    assert found(archive, "went:west>east") == [1, 4]
    assert found(archive, "went:east>west") == [2, 4]
    assert found(archive, "in:west not entered:west") == [1, 3]
    with pytest.raises(UnknownNameError, match="'north'"):
        found(archive, "class:car (in:north or in:east)")
    with pytest.raises(UnknownNameError, match="unknown line 'west'"):
        found(archive, "crossed:west")


def test_a_zone_is_that_of_each_camera(archive: Archive, store: Store) -> None:
    add_zone(archive, "gate", "yard", "zone", [(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
    add_zone(archive, "roof", "yard", "zone", [(0.5, 0), (1, 0), (1, 1), (0.5, 1)])
    for camera in ("gate", "roof", "hall"):
        store(Walk(line(10, 100, 100, 100)), Walk(line(200, 100, 300, 100)), camera=camera)
    keys = find(archive, read_query("in:yard"))
    told = [(row.camera, t.table["track_id"].to_pylist()) for row, t in keys.read(archive)]
    assert sorted(told) == [("gate", [1]), ("roof", [2])]


def test_stays(archive: Archive, store: Store) -> None:
    square = "px:100,50;200,50;200,150;100,150"
    store(
        Walk([*line(20, 100, 150, 100), *[(150, 100)] * 10, *line(150, 100, 300, 100)]),  # 1 stops inside
        Walk([*line(20, 100, 300, 100)]),  # 2 never stops
        Walk([*[(50, 100)] * 10, *line(50, 100, 300, 100)]),  # 3 stops outside, passes inside
        Walk([(150 + (-1) ** i * 0.3, 100) for i in range(70)], name="car"),  # 4 trembles for 69 s
        Walk([(150, 100)] * 70),  # 5 a person does not park
    )
    assert found(archive, "stopped") == [1, 3, 4, 5]
    assert found(archive, "stopped:11s") == [1, 4, 5]
    assert found(archive, f"stopped:5s@{square}") == [1, 4, 5]
    assert found(archive, f"stopped in:{square}") == [1, 3, 4, 5]
    assert found(archive, "parked") == [4]
    assert found(archive, "parked:69s") == found(archive, f"parked:30s@{square}") == [4]
    assert found(archive, "parked:70s") == found(archive, "parked:30s@0,0;0.1,0;0.1,0.1") == []


def test_who_stopped_stood_and_the_other_way_round(archive: Archive, store: Store) -> None:
    random = np.random.default_rng(3)
    steps = random.choice([0.0, 1.0, 2.6, 3.2, 9.0], (200, 8), p=[0.1, 0.05, 0.05, 0.3, 0.5])
    feet = 50 + np.cumsum(steps * random.choice([-1, 1], steps.shape), axis=1)
    store(*(Walk([(x, 100.0) for x in way]) for way in feet.tolist()))
    (table,) = (tracks.table for _, tracks in archive.iter_tracks())
    stood = dict(zip(*(table[name].to_pylist() for name in ("track_id", "dwell_s")), strict=True))
    stopped = set(found(archive, "stopped"))
    assert stopped == {n for n, s in stood.items() if s > 0} == set(found(archive, "stood:1.."))
    assert 50 < len(stopped) < 200
    assert all(stood[n] >= 3 for n in found(archive, "stopped:3s"))


def test_turning_back(archive: Archive, store: Store) -> None:
    store(
        Walk(line(20, 100, 300, 100)),
        Walk([*line(20, 100, 300, 100), *line(300, 100, 40, 110)]),
        Walk([*line(20, 100, 300, 100), *line(300, 100, 250, 100)]),
        Walk([(20 + (-1) ** i * 3.0, 100) for i in range(20)]),
    )
    assert found(archive, "turned-back") == [2]


def test_against_the_usual_way(archive: Archive, store: Store) -> None:
    usual = [Walk(line(10, 100 + i, 310, 100 + i)) for i in range(6)]
    store(*usual, Walk(line(310, 103, 10, 103)), Walk(line(160, 10, 160, 90)), start=None)
    store(Walk(line(310, 103, 10, 103)))  # another recording of the camera
    assert found(archive, "against-flow") == [7, 1]


def test_a_drawn_way(archive: Archive, store: Store) -> None:
    store(
        Walk(line(32, 120, 288, 120)),
        Walk(line(288, 120, 32, 120)),
        Walk(line(32, 150, 288, 150)),
        Walk(line(32, 20, 32, 220)),
    )
    assert found(archive, "path:0.1,0.5;0.9,0.5+-0.01") == [1]
    assert found(archive, "path:0.1,0.5;0.9,0.5+-0.1") == [1, 3]
    assert found(archive, "path:0.9,0.5;0.5,0.5;0.1,0.5+-0.01") == [2]


def test_company(archive: Archive, store: Store) -> None:
    store(
        Walk(line(10, 100, 100, 100), 0, "person"),
        Walk(line(10, 120, 100, 120), 0, "car"),
        Walk(line(10, 100, 100, 100), 50, "person"),
        Walk(line(200, 200, 290, 200), 5, "person"),
    )
    assert found(archive, "near:25px") == [1, 2]
    assert found(archive, "near:25px,car") == [1]
    assert found(archive, "near:19px") == []
    assert found(archive, "near:0.05") == [1, 2]  # of a diagonal of 400 pixels
    assert found(archive, "near:0.049") == []
    assert found(archive, "near:1px,60s") == [1, 3]
    assert found(archive, "on-screen:..1") == [3]
    assert found(archive, "on-screen:3..") == [1, 2, 4]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=20))
def test_how_many_at_once_is_counted_as_by_hand(spans: list[tuple[int, int]]) -> None:
    starts = np.array([a for a, _ in spans], float)
    ends = starts + [b for _, b in spans]
    by_hand = [
        max(int(((starts <= t) & (ends >= t)).sum()) for t in np.arange(a, b + 1))
        for a, b in zip(starts, ends, strict=True)
    ]
    assert most_at_once(starts, ends).tolist() == by_hand


@given(st.lists(st.tuples(st.integers(0, 3), *[st.integers(0, 9)] * 3), min_size=2, max_size=30))
def test_who_is_near_is_told_as_by_hand(seen: list[tuple[int, int, int, int]]) -> None:
    owners, x, y, times = np.array(sorted(seen)).T
    places, when = np.column_stack([x, y]).astype(float), times.astype(float)
    got = those_near(owners, places, when, owners, places, when, 2.5, 1.0)
    by_hand = {
        a
        for a, (ax, ay), at in zip(owners, places, when, strict=True)
        for b, (bx, by), bt in zip(owners, places, when, strict=True)
        if a != b and np.hypot(ax - bx, ay - by) <= 2.5 and abs(at - bt) <= 1
    }
    assert set(got.tolist()) == by_hand


def test_metres_where_the_camera_is_calibrated(archive: Archive, store: Store) -> None:
    store(Walk(line(10, 100, 100, 100)), Walk(line(10, 120, 280, 120)), Walk(line(10, 230, 100, 230)))
    store(Walk(line(10, 100, 100, 100)), camera="other")
    plane = GroundPlane(np.diag([0.1, 0.1, 1.0]), 320, 240)
    calibrate(archive, "gate", plane)
    assert found(archive, "speed-m:0.5..1.5") == [1, 3]
    assert found(archive, "speed-m:2..") == [2]
    assert found(archive, "near:2.5m") == [1, 2]
    assert found(archive, "size-m:0.9..1.1") == [1, 2, 3]  # ten pixels across; heights are not known
    assert found(archive, "size-m:1.5..") == []


def test_queries_inside_queries(archive: Archive, store: Store) -> None:
    moment = datetime(2024, 5, 31, 6, tzinfo=UTC)
    store(
        Walk(line(10, 100, 310, 100), 0, "car", ["white"]),
        Walk([(150, 100)] * 20, 10, "car", ["red"]),
        Walk(line(310, 100, 10, 100), 20, "bus"),
        Walk(line(10, 200, 310, 200), 30, "person"),
        start=moment,
    )
    assert found(archive, "(class:bus or colour:red)") == [2, 3]
    assert found(archive, "not class:car") == [3, 4]
    assert found(archive, "not (class:car or stopped)") == [3, 4]
    assert found(archive, "(class:car stopped or heading:right class:person)") == [2, 4]
    assert found(archive, "not stopped not heading:left") == [1, 4]
    assert found(archive, "not after:08:00:20") == [1]
    assert found(archive, "(in:px:0,150;320,150;320,240;0,240 or not heading:0+-180)") == [2, 4]


def test_order_limit_and_cursor(archive: Archive, store: Store) -> None:
    store(*(Walk(line(10, 100, 10 + 20 * n, 100, n), n * 5.0) for n in (4, 9, 3, 7)))
    assert found(archive, "sort:duration") == [2, 4, 1, 3]
    first = find(archive, read_query("sort:duration limit:2"))
    assert (first.keys["track_id"].to_pylist(), first.total) == ([2, 4], 4)
    last = first.keys.to_pylist()[-1]
    rest = f"sort:duration limit:2 cursor:{last['recording_id']}/{last['track_id']}"
    assert found(archive, rest) == [1, 3]
    with pytest.raises(NothingToShowError, match="not among those found"):
        found(archive, f"class:bus cursor:{last['recording_id']}/4")


def told(archive: Archive, text: str) -> list[tuple[int, str, int]]:
    """Return what each filter left: how deep it stands, its words, how many."""
    steps = find(archive, read_query(text), explain=True).steps
    return [(depth, each.text, each.left) for step in steps for depth, each in step.walk()]


def test_what_each_filter_left(archive: Archive, store: Store) -> None:
    store(
        Walk(line(10, 100, 310, 100), 0, "car"),
        Walk([(150, 100)] * 20, 10, "car"),
        Walk(line(310, 100, 10, 100), 20, "bus"),
    )
    assert find(archive, read_query("class:car"), explain=True).looked_through == 3
    assert told(archive, "class:car stopped") == [(0, "class:car", 2), (0, "stopped:1s", 1)]
    # Each filter once, though some are looked at twice, and those for which nothing was left.
    everywhere = "in:0,0;1,0;1,1"
    assert told(archive, f"stopped near:5px class:bus {everywhere}") == [
        (0, "class:bus", 1),
        (0, everywhere, 1),
        (0, "stopped:1s", 0),
        (0, "near:5px,0.5s", 0),
    ]
    assert told(archive, "(class:car stopped or class:bus) not (heading:left or class:person)") == [
        (0, "(class:car stopped:1s or class:bus)", 2),
        (1, "class:car stopped:1s", 1),
        (2, "class:car", 2),
        (2, "stopped:1s", 1),
        (1, "class:bus", 1),
        (0, "not (heading:270+-45)", 1),
        (1, "heading:270+-45", 1),
        (0, "not (class:person)", 1),
        (1, "class:person", 0),
    ]


def test_what_is_left_of_all_recordings_is_told_together(
    archive: Archive, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("car", "bus", "car"):
        store(Walk([(150, 100)] * 20, name=name), Walk(line(10, 100, 310, 100), name=name))
    asked = "(class:car stopped or class:bus) not stopped:15s path:0.1,0.4;0.9,0.4"
    at_once = told(archive, asked)
    monkeypatch.setattr(running, "_AT_ONCE", 1)
    assert told(archive, asked) == at_once
    assert (0, "(class:car stopped:1s or class:bus)", 1) in at_once


def test_why_times_find_nothing(archive: Archive, store: Store) -> None:
    store(Walk(line(10, 100, 310, 100)))
    query = read_query("after:12:30")
    assert "the recording has no clock" in str(nothing_found(archive, query))
    assert clockless(archive, read_query("class:car")) is None
    store(Walk(line(10, 100, 310, 100)), start=datetime(2024, 5, 31, tzinfo=UTC))
    assert "1 of 2 recordings have no clock" in str(clockless(archive, query))
    assert clockless(archive, read_query("after:12:30 camera:roof")) is None


wide = st.sampled_from(
    ["class:car", "class:person,bus", "heading:right", "duration:5..", "speed:20..", "stood:1..", "size:..50"]
)
trees = st.recursive(
    wide,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda v: f"({v[0]} or {v[1]})"),
        st.tuples(inner, inner).map(lambda v: f"({v[0]}) ({v[1]})"),
        inner.map(lambda v: f"not ({v})"),
    ),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=trees)
def test_logic_is_that_of_sets(logical: Archive, text: str) -> None:
    assert set(found(logical, text)) == by_sets(logical, read_query(text))


@pytest.fixture
def logical(archive: Archive, store: Store) -> Archive:
    random = np.random.default_rng(3)
    store(
        *(
            Walk(
                line(*random.uniform(20, 220, 4).tolist(), steps=int(random.integers(2, 12))),
                float(random.uniform(0, 50)),
                str(random.choice(["car", "person", "bus"])),
            )
            for _ in range(30)
        )
    )
    return archive


def by_sets(archive: Archive, query: Query) -> set[int]:
    """Return what a query finds when each of its parts is asked on its own."""
    alone = query.model_copy(update={"all_of": (), "any_of": (), "none_of": ()})
    held = set(find(archive, alone).keys["track_id"].to_pylist())
    for inner in query.all_of:
        held &= by_sets(archive, inner)
    if query.any_of:
        held &= set().union(*(by_sets(archive, inner) for inner in query.any_of))
    for inner in query.none_of:
        held -= by_sets(archive, inner)
    return held
