from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis import CLASSES
from apercu.analysis.colour import COLOURS
from apercu.errors import UsageError
from apercu.search import (
    Crossing,
    DaySpan,
    Heading,
    Near,
    Parking,
    PathLike,
    Place,
    Query,
    Region,
    Route,
    Span,
    Stop,
    TrackId,
    query_of,
    read_query,
    sentence,
)

shares = st.floats(0, 1)
points = st.tuples(shares, shares)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,10}", fullmatch=True)
amounts = st.floats(0, 1e6)
spans = st.builds(lambda a, b: Span(least=min(a, b), most=max(a, b)), amounts, amounts) | st.builds(
    Span, least=amounts
)
corners = st.tuples(shares, shares, st.floats(0.01, 0.5), st.sampled_from(["normalised", "pixels"])).map(
    lambda v: {
        "corners": [(v[0], v[1]), (min(1, v[0] / 2 + v[2]), v[1]), (v[0], v[1] / 2 + 0.51)],
        "unit": v[3],
    }
)


def place_of(values: object) -> Place | None:
    try:
        return Place.model_validate(values)
    except ValueError:
        return None


YEARS = date(1900, 1, 1), date(2999, 12, 31)
MOMENTS = datetime(1900, 1, 1), datetime(2999, 12, 31)
places = st.builds(Place, zone=names) | corners.map(place_of).filter(bool)
ids = st.builds(
    TrackId, recording_id=st.from_regex(r"[0-9a-f]{16}", fullmatch=True), track_id=st.integers(1, 99)
)
plain = {
    "recordings": st.lists(st.from_regex(r"[0-9a-f]{16}", fullmatch=True), max_size=2),
    "cameras": st.lists(st.text(min_size=1, max_size=8), max_size=3),
    "from_time": st.none() | st.dates(*YEARS) | st.datetimes(*MOMENTS, timezones=st.none() | st.just(UTC)),
    "to_time": st.none() | st.dates(*YEARS),
    "time_of_day": st.none() | st.builds(DaySpan, begin=st.times(), end=st.times()),
    "classes": st.lists(st.sampled_from(CLASSES), max_size=3),
    "colours": st.lists(st.sampled_from(COLOURS), max_size=3),
    "upper_colours": st.lists(st.sampled_from(COLOURS), max_size=2),
    "duration_s": st.none() | spans,
    "speed_m_s": st.none() | spans,
    "heading": st.none() | st.builds(Heading, degrees=st.floats(0, 360), tolerance=st.floats(0, 180)),
    "regions": st.lists(
        st.builds(Region, zone=names, way=st.sampled_from(["in", "entered", "left"]))
        | places.map(lambda place: Region(**dict(place))),
        max_size=2,
    ),
    "crossed": st.lists(
        st.builds(Crossing, line=names, to=st.sampled_from(["either", "left", "right"])), max_size=2
    ),
    "routes": st.lists(st.builds(Route, start=places, end=places), max_size=2),
    "stopped": st.none() | st.builds(Stop, least_s=st.floats(1, 1e5), place=st.none() | places),
    "parked": st.booleans() | st.builds(Parking, least_s=st.floats(1, 1e5), place=st.none() | places),
    "size_m": st.none() | spans,
    "turned_back": st.booleans(),
    "against_flow": st.booleans(),
    "near": st.none()
    | st.builds(
        Near,
        distance=st.floats(1e-3, 1),
        unit=st.sampled_from(["pixels", "normalised", "metres"]),
        within_s=st.floats(0, 3600),
        classes=st.lists(st.sampled_from(CLASSES), max_size=2).map(tuple),
    ),
    "path": st.none()
    | st.builds(
        PathLike,
        points=st.lists(points, min_size=2, max_size=4, unique=True).map(tuple),
        tolerance=st.floats(0.01, 1),
    ),
    "on_screen": st.none() | spans,
    "tracks": st.lists(ids, max_size=2),
}
leaves = st.builds(Query.of, **plain)
nested = st.builds(
    lambda q, every, some, never: q.and_also(Query.of(all_of=every, any_of=some, none_of=never)),
    leaves,
    st.lists(leaves, max_size=2),
    st.just([]) | st.lists(leaves, min_size=2, max_size=3),
    st.lists(leaves, max_size=2),
)
paged = st.builds(
    lambda q, sort, limit, cursor: q.and_also(Query.of(sort=sort, limit=limit, cursor=cursor)),
    nested,
    st.sampled_from(["time", "duration", "speed"]),
    st.none() | st.integers(1, 1000),
    st.none() | ids,
)


@settings(max_examples=60)
@given(paged)
def test_what_is_written_is_read_as_the_same(query: Query) -> None:
    assert read_query(query.text()) == query
    assert read_query(query.text()).text() == query.text()
    assert Query.model_validate_json(query.model_dump_json()) == query
    assert sentence(query).endswith(".")


def test_the_words_of_the_issue() -> None:
    query = read_query("class:car colour:white stopped in:gate after:12:30")
    assert query == Query.of(
        classes=["car"],
        colours=["white"],
        stopped={},
        regions=[{"zone": "gate"}],
        time_of_day={"begin": "12:30"},
    )
    assert sentence(query) == (
        "Tracks that are of the class car, there between 12:30 and 00:00 o'clock of any day, that are white, "
        "that were in gate and that stopped for 1 s or more."
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("class:car class:bus", "class:car,bus"),
        ("after:12:30 before:14:00", "between:12:30-14:00"),
        ("duration:90", "duration:1:30.."),
        ("stood:..2m", "stood:..120"),
        ("heading:left", "heading:270+-45"),
        ("not class:car", "not (class:car)"),
        ("(class:car)", "( class:car )"),
        ("everything", ""),
        ("stopped:5s", "stopped:5"),
        ("near:5m,person", "near:5m,0.5s,person"),
        ("near:0.05", "near:0.050,0.5s"),
        ("parked", "parked:1m"),
        ("(class:car or class:bus) (in:a or in:b)", "(class:car or class:bus) ((in:a or in:b))"),
    ],
)
def test_what_means_the_same(text: str, same: str) -> None:
    assert read_query(text) == read_query(same)


@pytest.mark.parametrize(
    ("text", "begin", "marks", "told"),
    [
        ("class:car colour:mauve", 11, 12, "unknown colour 'mauve'"),
        ("class:car (stopped", 11, 1, "not closed"),
        ("wheels:4", 1, 8, "unknown filter 'wheels'"),
        ("stopped limit:3 limit:4", 17, 7, "asked for twice"),
        ("stopped)", 8, 1, "closes nothing"),
        ("class:car or class:bus", 11, 2, "between brackets"),
        ('camera:"x', 8, 2, "quotation mark"),
        ("stopped turned-back:yes", 9, 15, "takes no value"),
        ("stopped parked:yes", 9, 10, "no number"),
        ("in:0.1,0.2;0.3,0.4", 1, 18, "at least 3 items"),
        ("in:0,0;1,1;0.5,0.5", 1, 18, "on one line"),
        ("crossed:5,5;6,6", 1, 15, "between 0 and 1"),
        ("went:gate", 1, 9, "two places"),
        ("near:5", 1, 6, "diagonal is 1 at most"),
        ("near:", 1, 5, "a distance"),
        ("speed:fast", 1, 10, "'fast' is no number"),
        ("speed:nan..", 1, 11, "speed_px_s"),
        ("after:25:00", 1, 11, "no time of day"),
        ("from:yesterday", 1, 14, "yesterday"),
        ("track:1/2", 1, 9, "names no track"),
        ("not", 1, 3, "before a word"),
        ("(" * 20, 9, 1, "nest 8 deep"),
        ("recording:';drop", 1, 16, "16 hexadecimal digits"),
    ],
)
def test_what_cannot_be_read_is_shown_in_its_place(text: str, begin: int, marks: int, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_query(text)
    assert told in str(caught.value)
    assert f"at character {begin}:" in str(caught.value)
    _, line, below = str(caught.value).splitlines()
    assert below.count("^") == marks
    assert line[below.index("^")] == text[begin - 1]


_SCRAPS = ["(", ")", "or", "not", "in:", ",", ";", ">", "@", '"', "class:car", "..", "1"]


@given(st.text(max_size=60) | st.lists(st.sampled_from(_SCRAPS)).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = read_query(text)
    except UsageError:
        return
    assert read_query(query.text()) == query


def test_ten_megabytes_are_refused() -> None:
    with pytest.raises(UsageError, match="too long"):
        read_query("a" * 10_000_000)


def test_options_say_which_of_them_is_wrong() -> None:
    assert query_of([("in", "gate"), ("in", "yard")]) == read_query("in:gate in:yard")
    with pytest.raises(UsageError, match="near '5'"):
        query_of([("near", "5")])


def test_queries_are_put_together() -> None:
    car, white = Query.of(classes=["car"], limit=3), Query.of(colours=["white"], limit=5)
    assert car.and_also(white) == Query.of(classes=["car"], colours=["white"], limit=5)
    bus = Query.of(classes=["bus"])
    assert car.and_also(bus) == Query.of(classes=["car"], limit=3, all_of=[bus])
    assert car.and_also(Query()) == car
