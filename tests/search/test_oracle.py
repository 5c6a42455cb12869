"""Searches against an oracle in plain Python: the same tracks, in the same order, page by page."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apercu.analysis import GroundPlane
from apercu.archive import Archive
from apercu.archive.cameras import calibrate
from apercu.archive.files import TracksWriter
from apercu.archive.zones import add_zone
from apercu.errors import NothingToShowError
from apercu.search import Query, TrackId, find, read_query

from .conftest import Walk, into
from .oracle import Oracle

MORNING = datetime(2024, 5, 31, 6, tzinfo=UTC)  # 8:00 in Paris
WIDTH, HEIGHT = 320, 240
ON_PICTURE = np.array([[60.0, 230], [260, 230], [200, 90], [120, 90]])
ON_GROUND = np.array([[0.0, 0], [4, 0], [4, 12], [0, 12]])
IDS = [f"{number:064x}"[::-1][:16] for number in range(1, 6)]


def walk(random: np.random.Generator, scale: int) -> Walk:
    """Return a track that wanders about, goes straight, or stands for a while on its way."""
    size = np.array([WIDTH, HEIGHT]) * scale
    count = int(random.integers(1, 10))
    kind = random.choice(["wanders", "straight", "stands", "parks"], p=[0.4, 0.35, 0.2, 0.05])
    if kind == "wanders":
        feet = random.uniform(-0.02, 1.02, (count, 2)) * size
    else:
        a, b = random.uniform(0, 1, (2, 2)) * size
        feet = a + np.linspace(0, 1, count)[:, None] * (b - a)
    if kind in ("stands", "parks"):
        at = int(random.integers(0, count))
        stay = 65 if kind == "parks" else int(random.integers(2, 12))
        still = feet[at] + random.normal(0, 0.3, (stay, 2))
        feet = np.concatenate([feet[:at], still, feet[at:]])
    name = str(random.choice(["car", "person", "truck", "bicycle"]))
    colours = ["white", "red", "blue"]
    return Walk(
        feet.tolist(),
        float(random.uniform(0, 200)),
        name,
        random.choice(colours, int(random.integers(0, 3)), replace=False).tolist(),
        random.choice(colours, int(random.integers(0, 2)), replace=False).tolist() * (name == "person"),
        random.choice(colours, int(random.integers(0, 2)), replace=False).tolist() * (name == "person"),
    )


@pytest.fixture(scope="module")
def many(new_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Return an archive of two cameras, two sizes of picture, some without clock, one of an older version."""
    archive = Archive.open(shutil.copytree(new_archive, tmp_path_factory.mktemp("many") / "archive"))
    store = into(archive)
    random = np.random.default_rng(7)
    for number, (camera, scale, start) in enumerate(
        [
            ("gate", 1, MORNING),
            ("gate", 2, MORNING + timedelta(days=1)),
            ("yard", 1, MORNING + timedelta(hours=2)),
            ("yard", 1, None),
            ("gate", 1, MORNING + timedelta(days=2)),
        ]
    ):
        with pytest.MonkeyPatch.context() as patch:
            if number == 2:
                patch.setattr("apercu.archive.draft.SCHEMA_VERSION", 1)
                patch.setattr("apercu.archive.draft.TracksWriter", lambda *a: TracksWriter(*a[:2]))
            walks = [walk(random, scale) for _ in range(24)]
            lane = [Walk([(20.0 + 30 * i, 100.0 + n) for i in range(9)], 210.0 + n) for n in range(6)]
            back = [Walk([(290.0 - 30 * i, 103.0) for i in range(9)], 220.0, "car")]
            size = (WIDTH * scale, HEIGHT * scale)
            store(*walks, *lane, *back, camera=camera, start=start, size=size)
    for camera, left in (("gate", 0.0), ("yard", 0.4)):
        corners = [(left, 0.2), (left + 0.5, 0.2), (left + 0.5, 0.9), (left, 0.9)]
        add_zone(archive, camera, "apron", "zone", corners)
        add_zone(archive, camera, "kerb", "line", [(left + 0.2, 0.1), (left + 0.3, 0.95)])
    add_zone(archive, "yard", "shed", "zone", [(0.5, 0.5), (1, 0.5), (1, 1)])
    # The other camera was never measured, and this one once more when it had been moved.
    for ground, since in ((ON_GROUND, None), (1.5 * ON_GROUND, MORNING + timedelta(days=2))):
        calibrate(archive, "gate", GroundPlane.from_points(ON_PICTURE, ground, WIDTH, HEIGHT), since=since)
    return archive


@pytest.fixture(scope="module")
def oracle(many: Archive) -> Oracle:
    return Oracle(many)


def test_every_filter_is_asked_for(many: Archive, oracle: Oracle) -> None:
    assert {*FILTERS, *NESTED, "sort", "limit", "cursor"} == {*Query.model_fields}
    assert [row.recording_id for row in many.recordings()] == [IDS[n] for n in (0, 2, 1, 4, 3)]
    # Places on the ground are there, and are lacking.
    known = [place is not None for track in oracle.tracks for place in track.metres]
    assert 0.1 < sum(known) / len(known) < 0.9
    for name in ("speed_mean_m_s", "width_m", "height_m"):
        assert {track.values[name] is None for track in oracle.tracks} == {True, False}


def test_one_recording_has_no_cells(many: Archive) -> None:
    versions = [row.analysis.schema_version for row in many.recordings()]
    assert sorted(versions) == [1, 2, 2, 2, 2]


share = st.floats(0, 1).map(lambda value: round(value, 4))
shares = st.tuples(share, share)
pixel = st.tuples(st.floats(-50, 700), st.floats(-50, 500))
triangles = st.one_of(
    st.lists(shares, min_size=3, max_size=3).map(lambda corners: {"corners": corners}),
    st.lists(pixel, min_size=3, max_size=3).map(lambda corners: {"corners": corners, "unit": "pixels"}),
)
rectangles = st.tuples(shares, shares).map(
    lambda ends: {
        "corners": [
            (ends[0][0], ends[0][1]),
            (ends[1][0], ends[0][1]),
            (ends[1][0], ends[1][1]),
            (ends[0][0], ends[1][1]),
        ]
    }
)


def encloses(place: dict[str, Any]) -> bool:
    corners = np.array(place["corners"]) * (320 if place.get("unit") is None else 1)
    x, y = corners.T
    return bool(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) > 100)


places = st.one_of(
    st.sampled_from(["apron", "shed"]).map(lambda name: {"zone": name}),
    st.one_of(triangles, rectangles).filter(encloses),
)
regions = st.tuples(places, st.sampled_from(["in", "entered", "left"])).map(lambda v: {**v[0], "way": v[1]})


def far_apart(ends: Any) -> bool:
    return bool(np.hypot(*np.subtract(*ends)) > 5)


lines = st.one_of(
    st.just({"line": "kerb"}),
    st.tuples(pixel, pixel).filter(far_apart).map(lambda ends: {"points": ends, "unit": "pixels"}),
    st.tuples(shares, shares)
    .filter(lambda ends: np.hypot(*np.subtract(*ends)) > 0.05)
    .map(lambda ends: {"points": ends}),
)
crossings = st.tuples(lines, st.sampled_from(["either", "left", "right"])).map(lambda v: {**v[0], "to": v[1]})
amounts = st.floats(0, 60).map(lambda x: round(x, 2))


def spans(most: float) -> st.SearchStrategy[dict[str, float]]:
    sides = st.floats(0, most).map(lambda x: round(x, 3))
    both = st.tuples(sides, sides).map(lambda v: {"least": min(v), "most": max(v)})
    return st.one_of(sides.map(lambda x: {"least": x}), sides.map(lambda x: {"most": x}), both)


def ways(points: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    drawn = st.lists(points, min_size=2, max_size=4).filter(lambda points: len(set(points)) > 1)
    return drawn.map(lambda points: {"points": points})


def some(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)


NESTED = ("all_of", "any_of", "none_of")
track_ids = st.builds(
    lambda recording, number: {"recording_id": recording, "track_id": number},
    st.sampled_from(IDS),
    st.integers(1, 33),
)
companies = st.one_of(
    st.fixed_dictionaries({"distance": st.floats(5, 80)}),
    st.fixed_dictionaries({"distance": st.floats(0.01, 0.3), "unit": st.just("normalised")}),
    st.fixed_dictionaries({"distance": st.floats(0.2, 5), "unit": st.just("metres")}),
)
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "recordings": some(*IDS, "f" * 16),
    "tracks": st.lists(track_ids, min_size=1, max_size=40),
    "cameras": some("gate", "yard", "hall"),
    "classes": some("car", "person", "truck", "bicycle", "bus"),
    "colours": some("white", "red", "green"),
    "upper_colours": some("white", "blue"),
    "lower_colours": some("white", "blue"),
    "duration_s": spans(20),
    "size_px": spans(30),
    "size_m": spans(3),
    "speed_m_s": spans(12),
    "speed_px_s": spans(200),
    "dwell_s": spans(20),
    "heading": st.builds(
        lambda a, b: {"degrees": a, "tolerance": b}, st.integers(0, 360), st.integers(0, 180)
    ),
    "from_time": st.integers(0, 86_400).map(lambda s: MORNING + timedelta(seconds=s))
    | st.sampled_from([date(2024, 5, 31), datetime(2024, 5, 31, 8, 1), datetime(2024, 5, 31, 10)]),
    "to_time": st.integers(86_401, 2 * 86_400 + 300).map(lambda s: MORNING + timedelta(seconds=s))
    | st.sampled_from([date(2024, 6, 1), datetime(2024, 6, 2, 8, 1)]),
    "time_of_day": st.builds(
        lambda a, b: {"begin": time(8, a // 60, a % 60), "end": time(8, b // 60, b % 60)},
        st.integers(0, 300),
        st.integers(0, 300),
    )
    | st.builds(lambda a, b: {"begin": time(a), "end": time(b)}, st.integers(6, 11), st.integers(6, 11)),
    "regions": st.lists(regions, min_size=1, max_size=2),
    "crossed": st.lists(crossings, min_size=1, max_size=2),
    "routes": st.lists(st.fixed_dictionaries({"start": places, "end": places}), min_size=1, max_size=2),
    "stopped": st.one_of(
        st.builds(lambda s: {"least_s": s}, st.floats(1, 12)),
        st.builds(lambda s, p: {"least_s": s, "place": p}, st.floats(1, 8), places),
    ),
    "parked": st.one_of(
        st.just(True),
        st.builds(lambda s: {"least_s": s}, st.floats(1, 30)),
        st.builds(lambda s, p: {"least_s": s, "place": p}, st.floats(1, 8), places),
    ),
    "turned_back": st.just(True),
    "against_flow": st.just(True),
    "near": st.builds(
        lambda near, s, names: {**near, "within_s": s, "classes": names},
        companies,
        st.floats(0, 20),
        st.one_of(st.just([]), some("car", "person")),
    ),
    "path": st.builds(
        lambda drawn, far: {**drawn, "tolerance": far},
        ways(shares) | ways(pixel).map(lambda drawn: {**drawn, "unit": "pixels"}),
        st.floats(0.05, 0.5),
    ),
    "on_screen": st.integers(1, 8).map(lambda n: {"least": n}) | st.integers(1, 6).map(lambda n: {"most": n}),
}


def filters(most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a few filters together: of many, hardly anything would be left."""
    names = st.lists(st.sampled_from(sorted(FILTERS)), max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: FILTERS[name] for name in chosen}))


nested = st.recursive(
    filters(2),
    lambda inner: st.tuples(
        filters(1),
        st.fixed_dictionaries(
            {},
            optional={
                "all_of": st.lists(inner, min_size=1, max_size=2),
                "any_of": st.lists(inner, min_size=2, max_size=3),
                "none_of": st.lists(inner, min_size=1, max_size=2),
            },
        ),
    ).map(lambda both: {**both[0], **both[1]}),
    max_leaves=5,
)
queries = st.tuples(
    nested,
    st.fixed_dictionaries(
        {},
        optional={
            "sort": st.sampled_from(["time", "duration", "size", "speed", "dwell"]),
            "limit": st.integers(1, 40),
        },
    ),
).map(lambda both: Query.of(**both[0], **both[1]))


def check(many: Archive, oracle: Oracle, query: Query, at: int) -> None:
    """Compare a query and, where it is limited, the page behind a track of its answer."""
    expected = oracle.answer(query)
    got = find(many, query)
    keys = [(key["recording_id"], key["track_id"]) for key in got.keys.to_pylist()]
    assert keys == expected[: query.limit]
    assert got.total == len(expected)
    assert read_query(query.text()) == query
    if not expected or query.limit is None:
        return
    behind = at % len(expected)
    recording_id, track_id = expected[behind]
    cursor = TrackId(recording_id=recording_id, track_id=track_id)
    page = find(many, query.model_copy(update={"cursor": cursor})).keys.to_pylist()
    shown = [(key["recording_id"], key["track_id"]) for key in page]
    assert shown == expected[behind + 1 :][: query.limit]


FREELY = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=40, **FREELY)
@given(query=queries, at=st.integers(0, 200))
def test_it_finds_what_an_oracle_finds(many: Archive, oracle: Oracle, query: Query, at: int) -> None:
    check(many, oracle, query, at)


@pytest.mark.slow
@settings(max_examples=2000, **FREELY)
@given(query=queries, at=st.integers(0, 200))
def test_it_finds_what_an_oracle_finds_two_thousand_times(
    many: Archive, oracle: Oracle, query: Query, at: int
) -> None:
    check(many, oracle, query, at)


@pytest.mark.parametrize("text", ["near:1m", "near:0.02,1s,car", "size-m:0.3..", "speed-m:1..3", "near:30px"])
def test_amounts_in_each_unit_find_some_and_not_all(many: Archive, oracle: Oracle, text: str) -> None:
    check(many, oracle, read_query(text), 0)
    assert 0 < find(many, read_query(text)).total < len(oracle.tracks)


def test_a_cursor_that_was_not_found_is_said(many: Archive) -> None:
    for track in ("f" * 16 + "/1", many.recordings()[0].recording_id + "/9999"):
        with pytest.raises(NothingToShowError, match="not among those found"):
            find(many, Query.of(cursor=TrackId.read(track)))


def test_what_is_looked_through_in_parts_is_the_same(
    many: Archive, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apercu.search.running._AT_ONCE", 1)
    monkeypatch.setattr("apercu.search.candidates._AT_ONCE", 20)
    for text in (
        "in:apron crossed:kerb",
        "against-flow",
        "sort:dwell limit:7",
        "sort:size",
        "stopped on-screen:2..",
    ):
        check(many, oracle, read_query(text), 3)
