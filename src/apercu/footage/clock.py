"""When a recording began, by the clock on the wall, and how that is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Literal

from apercu.errors import UsageError

Source = Literal["option", "container", "file name", "unknown"]


@dataclass(frozen=True, slots=True)
class RecordingStart:
    """The wall-clock time of a recording's first frame.

    Attributes:
        time: aware, at a fixed distance from UTC (see ``fixed``); None when nothing tells it.
        source: what told it. ``container`` is as good as the clock of the recorder, and some tools write the
            time of a conversion there.
    """

    time: datetime | None
    source: Source

    def __str__(self) -> str:
        if self.time is None:
            return "unknown"
        origin = {"option": "as given", "container": "from the container", "file name": "from the file name"}
        return f"{self.time.isoformat(sep=' ', timespec='seconds')} ({origin[self.source]})"


def recording_start(
    path: Path,
    container_metadata: Mapping[str, str],
    *,
    option: datetime | None = None,
    zone: tzinfo | None = None,
) -> RecordingStart:
    """Find when a recording began: from the option, else its container, else its file name.

    Args:
        path: the recording; folders count for recorders that put the day in a folder name.
        container_metadata: tags of the container (and of its video stream).
        option: what the user said; wins.
        zone: where times without a zone are read; None means this machine's local time.

    Raises:
        UsageError: the option is a time that clocks left out there, when summer time began.
    """
    if option is not None:
        start = _aware(option, zone)
        if start.astimezone(UTC).astimezone(start.tzinfo).replace(tzinfo=None) != option.replace(tzinfo=None):
            raise UsageError(
                f"{option.isoformat(' ')} never was: clocks were put forward over it",
                next_step=f"Correct it, or say how far from UTC it is: {start.isoformat(' ')}.",
            )
        return RecordingStart(fixed(start), "option")
    for moment in _container_times(container_metadata):
        if _plausible(moment):
            return RecordingStart(fixed(_aware(moment, zone)), "container")
    for moment in _name_times(path):
        if _plausible(moment):
            return RecordingStart(fixed(_aware(moment, zone)), "file name")
    return RecordingStart(None, "unknown")


def fixed(moment: datetime) -> datetime:
    """Return an aware moment at a fixed distance from UTC: what is added to it is true time.

    What is added to one in a zone moves the hands of its clock (PEP 495), and they skip or repeat an hour in
    the nights in which clocks are changed.
    """
    return moment.astimezone(timezone(moment.utcoffset() or timedelta()))


def _aware(moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()


def _plausible(moment: datetime) -> bool:
    """Tell a time from the zero of a clock that was never set (1904, 1970, 1980, 2000-01-01 00:00)."""
    return 1990 <= moment.year < 2100 and moment.replace(tzinfo=None, microsecond=0) != datetime(2000, 1, 1)


_TAGS = ("com.apple.quicktime.creationdate", "date_recorded", "creation_time", "date", "idit", "icrd")
"""Tags that may hold the start, best first; Apple writes the zone, Matroska DATE_RECORDED, AVI IDIT."""

_TAG_FORMATS = ("%Y:%m:%d %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%Y/%m/%d %H:%M:%S", "%Y%m%dT%H%M%S%z")


def _container_times(metadata: Mapping[str, str]) -> Iterator[datetime]:
    tags = {key.lower(): value.strip().strip("\0") for key, value in metadata.items()}
    for tag in _TAGS:
        moment = _tag_time(tags.get(tag, ""))
        if moment is not None:
            yield moment


def _tag_time(text: str) -> datetime | None:
    if len(text) < 15:  # a date without a time of day tells no start
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _TAG_FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


_DATE = r"(?P<year>(?:19|20)\d\d)(?P<dash>[-_.]?)(?P<month>[01]\d)(?P=dash)(?P<day>[0-3]\d)"
_TIME = (
    r"(?P<hour>[0-2]\d)(?P<colon>[-_.:h]?)(?P<minute>[0-5]\d)(?:(?:(?P=colon)|[-_.:m])(?P<second>[0-5]\d))?"
)
_REST = r"(?:[.,_]?(?P<fraction>\d{3}|\d{6}))?s?(?:(?P<zone>Z|[+-]\d\d:?\d\d))?(?!\d)"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 2024-05-31_14-03-27, 20240531T140327Z, 20240531140327, cam1_20240531_140327, 2024-05-31 at 14.03.27:
        # ffmpeg segments, Reolink, Hikvision, Axis, Amcrest, motion, dashcams, phones. The first time in the
        # name is taken: where there are two, the second is the end.
        rf"(?<!\d)(?P<utc>PXL_)?{_DATE}(?:T|[-_. @]|_?at_?| at |__)?{_TIME}{_REST}",
        # Frigate, which counts in UTC: 2024-05-31/14/camera/03.27.mp4
        r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)/(?P<utc>)(?P<hour>\d\d)/[^/]+/"
        r"(?P<minute>[0-5]\d)\.(?P<second>[0-5]\d)\.\w+$",
        # Dahua, Amcrest: 2024-05-31/001/dav/14/14.03.27-14.05.00[M][0@0][0].dav
        r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)/(?:[^/]+/)*"
        r"(?P<hour>[0-2]\d)\.(?P<minute>[0-5]\d)\.(?P<second>[0-5]\d)-[^/]*$",
    )
)
_UNIX = re.compile(r"(?<![^\W_])(?P<seconds>1[2-9]\d{8}|20\d{8})(?P<millis>\d{3}|\.\d{1,6})?(?![^\W_])")
"""Seconds or milliseconds since 1970, from 2008 to 2036: serial numbers are rarely taken for one."""


def _name_times(path: Path) -> Iterator[datetime]:
    name, trail = path.name, "/".join(path.parts[-7:])
    for pattern, text in zip(_PATTERNS, (name, trail, trail), strict=True):
        for match in pattern.finditer(text):
            moment = _matched_time(match.groupdict())
            if moment is not None:
                yield moment
    for match in _UNIX.finditer(name):
        millis = match["millis"] or ""
        fraction = float(millis) if millis.startswith(".") else int(millis or 0) / 1000
        yield datetime.fromtimestamp(int(match["seconds"]), UTC) + timedelta(seconds=fraction)


def _matched_time(part: dict[str, str | None]) -> datetime | None:
    """Put the pieces of a match together; None when they are no date of the calendar."""
    day = f"{part['year']}-{part['month']}-{part['day']}"
    clock = f"{day}T{part['hour']}:{part['minute']}:{part['second'] or '00'}"
    fraction = f".{part['fraction']}" if part.get("fraction") else ""
    zone = part.get("zone") or ("Z" if part.get("utc") is not None else "")
    try:
        return datetime.fromisoformat(clock + fraction + zone)
    except ValueError:
        return None
