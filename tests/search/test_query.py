from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from apercu.analysis import CLASSES
from apercu.analysis.colour import COLOURS
from apercu.errors import UsageError
from apercu.search import DaySpan, Heading, Query, Region, Span, TrackId

YEARS = date(1900, 1, 1), date(2999, 12, 31)
MOMENTS = datetime(1900, 1, 1), datetime(2999, 12, 31)
PARIS = ZoneInfo("Europe/Paris")
SQUARE = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))
FULL = Query(
    recordings=("0123456789abcdef",),
    cameras=("gate",),
    from_time=date(2024, 5, 31),
    to_time=datetime(2024, 6, 1, 12, tzinfo=UTC),
    time_of_day=DaySpan(begin=time(22), end=time(6, 30)),
    classes=("car", "truck"),
    colours=("white",),
    duration_s=Span(least=5),
    size_px=Span(most=80),
    speed_px_s=Span(least=1, most=200),
    heading=Heading(degrees=90),
    dwell_s=Span(least=2),
    regions=(Region(corners=SQUARE, way="entered"),),
    tracks=(TrackId(recording_id="0123456789abcdef", track_id=3),),
)


def test_it_survives_being_written_and_read() -> None:
    assert Query.model_validate_json(FULL.model_dump_json()) == FULL
    assert Query.of(**FULL.model_dump()) == FULL
    assert hash(FULL) == hash(Query.model_validate_json(FULL.model_dump_json()))


def test_its_text_is_what_the_ledger_keeps() -> None:
    assert str(Query()) == "everything"
    assert str(FULL) == (
        "recording:0123456789abcdef camera:gate from:2024-05-31 to:2024-06-01T12:00:00+00:00 "
        "between:22:00-06:30 class:car,truck colour:white duration:5.. size:..80 speed:1..200 "
        "heading:90+-45 stood:2.. entered:0.1,0.1;0.5,0.1;0.5,0.5;0.1,0.5 track:0123456789abcdef/3"
    )


def test_its_text_stays_short_however_much_is_asked() -> None:
    many = tuple(TrackId(recording_id="0" * 16, track_id=i) for i in range(1, 10_001))
    round_one = tuple((0.5 + 0.001 * i, 0.5 + 0.0001 * i * i) for i in range(60))
    told = str(Query(tracks=many, regions=(Region(corners=round_one),)))
    assert len(told) < 2500 and "and 9960 more" in told and "characters)" in told


def test_a_recording_or_camera_alone_is_no_search() -> None:
    assert not Query(recordings=("0" * 16,), cameras=("gate",)).narrows
    assert Query(cameras=("gate",), classes=("car",)).narrows


@pytest.mark.parametrize("name", Query.model_fields)
def test_every_filter_is_documented(name: str) -> None:
    assert f"        {name}: " in (Query.__doc__ or "")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"classes": ["lorry"]}, "classes: unknown class 'lorry'"),
        ({"colours": ["mauve"]}, "colours: unknown colour 'mauve'"),
        ({"gait": "limp"}, "gait: Extra inputs are not permitted"),
        ({"duration_s": {"least": 5, "most": 2}}, "at least 5 and at most 2"),
        ({"duration_s": {}}, "least or a most"),
        ({"duration_s": {"least": float("nan")}}, "duration_s.least"),
        ({"duration_s": {"least": -1}}, "duration_s.least"),
        ({"heading": {"degrees": 400}}, "heading.degrees"),
        ({"regions": [{"corners": [[0, 0], [1, 1]]}]}, "regions.corners"),
        ({"regions": [{"corners": [[0, 0], [100, 0], [100, 100]]}]}, "between 0 and 1"),
        ({"regions": [{"corners": [[0, 0], [0.5, 0.5], [1, 1]]}]}, "on one line"),
        ({"regions": [{"corners": [[0, 0], [float("inf"), 1], [1, 1]], "unit": "pixels"}]}, "finite"),
        ({"regions": [{"corners": [[0.1, 0.1]] * 2_000}]}, "at most 1000"),
        ({"recordings": ["'; drop table tracks; --"]}, "recordings: a recording's id has 16"),
        ({"tracks": [{"recording_id": "0" * 16, "track_id": 0}]}, "track_id"),
        ({"cameras": ["x" * 10_000_000]}, "cameras"),
        ({"from_time": "yesterday"}, "from_time"),
        ({"time_of_day": {"begin": "12:00:00+02:00"}}, "has no zone"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(values: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        Query.of(**values)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 500


def test_it_is_not_changed() -> None:
    with pytest.raises(ValidationError):
        FULL.classes = ()  # type: ignore[misc]


def test_days_are_those_of_the_archives_zone() -> None:
    begin, end = Query.of(from_time="2024-05-31", to_time="2024-05-31").span(PARIS)
    assert begin == datetime(2024, 5, 30, 22, tzinfo=UTC)
    assert end == datetime(2024, 5, 31, 22, tzinfo=UTC)
    begin, _ = Query.of(from_time="2024-05-31 14:00").span(PARIS)
    assert begin == datetime(2024, 5, 31, 12, tzinfo=UTC)


def test_what_clocks_show_twice_is_the_first_as_a_beginning_and_the_second_as_an_end() -> None:
    asked = Query.of(from_time="2024-10-27 02:00", to_time="2024-10-27 02:30")
    begin, end = (None if told is None else told.astimezone(UTC) for told in asked.span(PARIS))
    assert (begin, end) == (datetime(2024, 10, 27, 0, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "1899-12-31T23:59:59", "9999-12-31", "3000-01-01T00:00+01:00"]
)
def test_moments_at_the_ends_of_the_calendar_are_refused(moment: str) -> None:
    with pytest.raises(UsageError, match="1900 to 2999"):
        Query.of(to_time=moment)


def test_a_span_of_nothing_is_said() -> None:
    with pytest.raises(UsageError, match="Exchange the two"):
        Query.of(from_time="2024-06-02", to_time="2024-05-31").span(PARIS)


@pytest.mark.parametrize("text", ["", "3", "xyz/3", "0123456789abcdef/0", "0123456789abcdef/1 or 1=1"])
def test_a_track_is_named_by_recording_and_number(text: str) -> None:
    assert str(TrackId.read("0123456789abcdef/17")) == "0123456789abcdef/17"
    with pytest.raises(UsageError, match="recording, number"):
        TrackId.read(text)


spans = st.builds(
    lambda a, b: Span(least=min(a, b), most=max(a, b)), *[st.floats(0, 1e6, allow_nan=False)] * 2
)


@given(
    st.builds(
        Query,
        classes=st.lists(st.sampled_from(CLASSES), max_size=3).map(tuple),
        colours=st.lists(st.sampled_from(COLOURS), max_size=3).map(tuple),
        duration_s=st.none() | spans,
        from_time=st.none() | st.dates(*YEARS) | st.datetimes(*MOMENTS, timezones=st.just(UTC)),
        time_of_day=st.none() | st.builds(DaySpan, begin=st.times(), end=st.times()),
    )
)
def test_any_query_survives_being_written(query: Query) -> None:
    assert Query.model_validate_json(query.model_dump_json()) == query
