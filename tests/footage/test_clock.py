"""The wall clock: every way a recorder writes a time, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.errors import UsageError
from apercu.footage import recording_start

PARIS = ZoneInfo("Europe/Paris")
SUMMER = timezone(timedelta(hours=2))
MOMENT = datetime(2024, 5, 31, 14, 3, 27, tzinfo=PARIS)

WRITTEN = [
    "2024-05-31_14-03-27.mp4",
    "2024-05-31 14.03.27.mkv",
    "2024-05-31T14:03:27.mp4",
    "2024_05_31_14_03_27.mp4",
    "2024.05.31_14.03.27.avi",
    "20240531T140327.mp4",
    "20240531140327.mp4",
    "cam1_20240531_140327.mp4",
    "cam 12-20240531-140327-1717164207.mp4",
    "Garage_00_20240531140327.mp4",
    "RecM01_20240531_140327_150327_6D28C08_3A2B11.mp4",
    "RecM02_DST20240531_140327_150327_0_6D28808.mp4",
    "ch01_20240531140327_20240531150000.mp4",
    "192.168.1.64_01_20240531140327123_TIMING.mp4",
    "20240531_140327_A1B2_ACCC8E012345.mkv",
    "01-20240531140327.avi",
    "2024-05-31_14-03-27-front.mp4",
    "VID_20240531_140327.mp4",
    "WhatsApp Video 2024-05-31 at 14.03.27.mp4",
    "20240531T120327Z.mp4",
    "20240531T140327+0200.mp4",
    "PXL_20240531_120327000.mp4",
    "hof-1717157007.mp4",
    "1717157007000.mp4",
    "1717157007.25-k2xq8d.mp4",
    "2024-05-31/001/dav/14/14.03.27-14.05.00[M][0@0][0].dav",
    "recordings/2024-05-31/12/driveway/03.27.mp4",
]
NOTHING = [
    "video.mp4",
    "2024-05-31.mp4",
    "20240531.mp4",
    "cam_20241331_140327.mp4",
    "cam_20240531_250327.mp4",
    "cam_20240230_120000.mp4",
    "1920x1080_30fps.mp4",
    "serial-4099999999.mp4",
    "0123456789.mp4",
    "99991231235959.mp4",
    "19700101_000000.mp4",
    "View_001_7fps.mp4",
    "a17171642070b.mp4",
]


@pytest.mark.parametrize("name", WRITTEN)
def test_times_in_names(name: str) -> None:
    start = recording_start(Path("/footage") / name, {}, zone=PARIS)
    assert start.source == "file name"
    assert start.time is not None
    assert abs(start.time - MOMENT) < timedelta(seconds=1)


@pytest.mark.parametrize("name", NOTHING)
def test_names_without_a_time(name: str) -> None:
    assert recording_start(Path("/footage") / name, {}, zone=PARIS).source == "unknown"
    assert recording_start(Path(name), {}).time is None


moments = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)).map(lambda m: m.replace(microsecond=0))
FORMS = [
    "%Y-%m-%d_%H-%M-%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H-%M-%S",
    "%Y%m%dT%H%M%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d_%H%M%S",
    "%Y_%m_%d__%H_%M_%S",
    "%Y.%m.%d-%H.%M.%S",
]
before = st.sampled_from(["", "cam1_", "Hof 3 - ", "NVR-07.", "ch01_", "Straße_"])
after = st.sampled_from(["", "_front", " (2)", "-000", "[M][0@0]"])


@given(moments, st.sampled_from(FORMS), before, after)
def test_any_moment_that_is_written_is_read_back(moment: datetime, form: str, start: str, end: str) -> None:
    path = Path(f"{start}{moment.strftime(form)}{end}.mp4")
    for zone in (UTC, PARIS):
        found = recording_start(path, {}, zone=zone)
        if moment == datetime(2000, 1, 1):
            continue
        assert found.source == "file name"
        assert found.time is not None
        assert found.time.replace(tzinfo=None, microsecond=0) == moment
        assert found.time.utcoffset() == moment.replace(tzinfo=zone).utcoffset()


@given(moments, st.sampled_from(["Z", "+0000", "+0530", "-08:00"]))
def test_a_zone_in_the_name_beats_the_given_one(moment: datetime, zone: str) -> None:
    found = recording_start(Path(f"{moment:%Y%m%dT%H%M%S}{zone}.mp4"), {}, zone=PARIS).time
    assert found == datetime.fromisoformat(f"{moment.isoformat()}{zone}") or moment == datetime(2000, 1, 1)


@given(st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1)))
def test_unix_times_are_read_back(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    for text in (
        f"{moment.timestamp():.0f}",
        f"{moment.timestamp() * 1000:.0f}",
        f"{moment.timestamp():.6f}",
    ):
        assert recording_start(Path(f"cam-{text}-ab.mp4"), {}, zone=PARIS).time == moment


@pytest.mark.parametrize(
    "tags",
    [
        {"creation_time": "2024-05-31T12:03:27.000000Z"},
        {"creation_time": "2024-05-31 14:03:27"},
        {"CREATION_TIME": "2024:05:31 14:03:27"},
        {"date": "Fri May 31 14:03:27 2024"},
        {"DATE_RECORDED": "2024-05-31T14:03:27+02:00"},
        {"creation_time": "1904-01-01T00:00:00Z", "date": "2024-05-31 14:03:27"},
        {
            "creation_time": "2021-01-01T00:00:00Z",
            "com.apple.quicktime.creationdate": "2024-05-31T14:03:27+0200",
        },
    ],
)
def test_times_in_containers_come_before_names(tags: dict[str, str]) -> None:
    start = recording_start(Path("2020-01-01_00-00-00.mp4"), tags, zone=PARIS)
    assert (start.source, start.time) == ("container", MOMENT)


@pytest.mark.parametrize(
    "value",
    [
        "1970-01-01T00:00:00Z",
        "1904-01-01 00:00:00",
        "2000-01-01T00:00:00.000000Z",
        "2024",
        "",
        "soon, I think!",
    ],
)
def test_a_clock_that_was_never_set_is_not_believed(value: str) -> None:
    path = Path("2024-05-31_14-03-27.mp4")
    assert recording_start(path, {"creation_time": value}, zone=PARIS).source == "file name"
    assert recording_start(Path("a.mp4"), {"creation_time": value}).source == "unknown"


def test_the_option_wins_and_is_read_in_the_zone() -> None:
    tags = {"creation_time": "2020-01-01T10:00:00Z"}
    start = recording_start(
        Path("20210101_000000.mp4"), tags, option=datetime(2024, 5, 31, 14, 3, 27), zone=PARIS
    )
    assert (start.source, start.time) == ("option", MOMENT)
    other = datetime(2024, 5, 31, 8, 3, 27, tzinfo=timezone(timedelta(hours=-4)))
    assert recording_start(Path("a.mp4"), {}, option=other, zone=PARIS).time == MOMENT
    assert recording_start(Path("a.mp4"), {}, option=datetime(2024, 5, 31)).time is not None


def test_a_time_that_clocks_left_out_is_refused_unless_it_says_how_far_from_utc_it_is() -> None:
    skipped = datetime(2024, 3, 31, 2, 30)
    with pytest.raises(UsageError, match="2024-03-31 02:30:00 never was") as refused:
        recording_start(Path("a.mp4"), {}, option=skipped, zone=PARIS)
    assert "2024-03-31 02:30:00+01:00" in str(refused.value.next_step)
    said = datetime.fromisoformat("2024-03-31 02:30:00+01:00")
    assert recording_start(Path("a.mp4"), {}, option=said, zone=PARIS).time == said
    # What clocks repeat in autumn was.
    twice = datetime(2024, 10, 27, 2, 30)
    assert recording_start(Path("a.mp4"), {}, option=twice, zone=PARIS).time == twice.replace(tzinfo=SUMMER)


@pytest.mark.parametrize(
    "told", [MOMENT, datetime(2024, 3, 31, 1, 59, 50), datetime(2024, 10, 27, 2, 59, 50)]
)
@pytest.mark.parametrize("by", ["option", "container", "file name"])
def test_what_is_added_to_a_start_is_true_time_also_when_clocks_are_changed(told: datetime, by: str) -> None:
    wall = told.replace(tzinfo=None)
    tags = {"date": f"{wall:%Y-%m-%d %H:%M:%S}"} if by == "container" else {}
    name = f"cam_{wall:%Y%m%d_%H%M%S}.mp4" if by == "file name" else "a.mp4"
    found = recording_start(Path(name), tags, option=wall if by == "option" else None, zone=PARIS)
    assert found.source == by and found.time is not None
    later = found.time + timedelta(hours=5)
    assert later.astimezone(UTC) - found.time.astimezone(UTC) == timedelta(hours=5)


def test_it_says_what_told_it() -> None:
    start = recording_start(Path("20240531T120327Z.mp4"), {})
    assert str(start) == "2024-05-31 12:03:27+00:00 (from the file name)"
    assert str(recording_start(Path("a.mp4"), {})) == "unknown"
