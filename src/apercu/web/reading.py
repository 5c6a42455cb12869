"""What people read of an archive: tracks that a query finds, how many of which kind, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.archive.shelf import LOCK
from apercu.disk import locked
from apercu.errors import NothingToShowError, UsageError
from apercu.purposes import Capability
from apercu.search import Found, Query, TrackId, searching
from apercu.search.asking import ask, connection
from apercu.search.clock import local_us
from apercu.web.visit import Visit

PAGE, LARGEST_PAGE = 100, 1_000
LONGEST_DAYS = 31
"""Days that one picture of activity may span."""

LISTED = tuple(name for name in TRACK_SCHEMA.names if name not in ("path_x", "path_y", "path_s"))
"""Columns of a track in a list; its path comes with the one track."""
OBSERVED = tuple(name for name in OBSERVATION_SCHEMA.names if not name.startswith("mask"))

_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US


@dataclass(frozen=True, slots=True)
class Kinds:
    """How many of the tracks found are of which kind.

    Attributes:
        classes: by class; those with none are left out.
        cameras: by camera.
        hours: by hour of the day in which they begin, 0 to 23, by the archive's clock: 24 numbers.
        days: by day, like ``2024-05-31``.
        without_clock: how many have no true time; they are in no hour and no day.
    """

    classes: Mapping[str, int]
    cameras: Mapping[str, int]
    hours: Sequence[int]
    days: Mapping[str, int]
    without_clock: int


@dataclass(frozen=True, slots=True)
class TrackPage:
    """Some of the tracks that a query found.

    Attributes:
        tracks: columns ``LISTED`` of each, plain values.
        total: how many there are on all pages.
        looked_through: tracks in the recordings that may hold any.
        next_cursor: what the query for the next page says as ``cursor``; None on the last.
        kinds: of all pages; None when they were not asked for.
    """

    tracks: Sequence[Mapping[str, Any]]
    total: int
    looked_through: int
    next_cursor: TrackId | None
    kinds: Kinds | None


@dataclass(frozen=True, slots=True)
class Activity:
    """How many tracks were there in each minute.

    Attributes:
        begin: the first minute, aware; None for a recording without a clock, whose minutes count from its
            start.
        minutes: how many minutes.
        classes: for each class that is there, one number a minute.
    """

    begin: datetime | None
    minutes: int
    classes: Mapping[str, Sequence[int]]


def find_tracks(visit: Visit, query: Query, *, reason: str | None = None, kinds: bool = False) -> TrackPage:
    """Return the tracks that a query finds, a page at a time.

    Args:
        visit: who asks, where.
        query: what; ``limit`` is the size of the page (100 by default, 1000 at most), ``cursor`` goes on.
        reason: why.
        kinds: count the kinds, too, over all pages.

    Raises: as ``apercu.search.find``.
    """
    limit = min(query.limit or PAGE, LARGEST_PAGE)
    more = limit + 1  # one beyond the page tells whether there is another
    asked = query.model_copy(update={"limit": None, "cursor": None} if kinds else {"limit": more})
    with searching(visit.archive, asked, reason=reason) as found:
        counted = _kinds(visit, found) if kinds else None
        shown = _page(found, query.cursor, more) if kinds else found
        rows = shown.table(visit.archive, LISTED).to_pylist()
    listed, last = rows[:limit], None
    if len(rows) > limit:
        last = TrackId(recording_id=listed[-1]["recording_id"], track_id=listed[-1]["track_id"])
    return TrackPage(listed, found.total, found.looked_through, last, counted)


def count_kinds(visit: Visit, query: Query, *, reason: str | None = None) -> Kinds:
    """Return how many of the tracks that a query finds are of which kind.

    Raises: as ``apercu.search.find``.
    """
    with searching(visit.archive, _whole(query), reason=reason) as found:
        return _kinds(visit, found)


def activity(visit: Visit, query: Query, *, reason: str | None = None) -> Activity:
    """Return how many tracks were there in each minute, by class.

    Tracks without true times are counted only where the query names one recording, from its start.

    Raises:
        UsageError: it would span more than ``LONGEST_DAYS`` days.
        NothingToShowError: nothing was found.
        As ``apercu.search.find``.
    """
    with searching(visit.archive, _whole(query), reason=reason) as found:
        columns = ["class", "start_time", "end_time", "start_s", "end_s"]
        table = found.table(visit.archive, columns)
    begin_us, end_us, clock = _spans(table, one=len(found.recording_ids()) == 1)
    if not len(begin_us):
        raise NothingToShowError("nothing was found that has a time", next_step="Ask for less.")
    lowest, highest = int(begin_us.min()) // _MINUTE_US, int(end_us.max()) // _MINUTE_US
    zone = visit.archive.settings.zone
    if clock:  # what is asked for decides how much is shown, not what happened to pass
        begin, end = query.span(zone)
        lowest = lowest if begin is None else max(lowest, floor(begin.timestamp() / 60))
        highest = highest if end is None else min(highest, ceil(end.timestamp() / 60) - 1)
    minutes = max(1, highest - lowest + 1)
    if minutes > LONGEST_DAYS * 24 * 60:
        raise UsageError(
            f"this spans {minutes // 1440} days", next_step=f"Ask for {LONGEST_DAYS} days or fewer."
        )
    names = table["class"].to_numpy(zero_copy_only=False)
    names = names[table["start_time"].is_valid().to_numpy()] if clock else names
    counts = count_minutes(names, begin_us, end_us, lowest, minutes)
    since = datetime.fromtimestamp(lowest * 60, UTC).astimezone(zone) if clock else None
    return Activity(since, minutes, counts)


def count_minutes(
    names: NDArray[Any], begin_us: NDArray[np.int64], end_us: NDArray[np.int64], lowest: int, minutes: int
) -> dict[str, list[int]]:
    """Return how many tracks were there in each minute, for each class that is there.

    Args:
        names: (n,) class of each track.
        begin_us, end_us: int64 (n,), when each begins and ends, microseconds.
        lowest: the first minute, counted from the same moment.
        minutes: how many.
    """
    first = np.clip(begin_us // _MINUTE_US - lowest, 0, minutes)
    last = np.clip(end_us // _MINUTE_US - lowest + 1, 0, minutes)
    counts = {}
    for name in CLASSES:
        chosen = names == name
        if chosen.any():
            steps = np.bincount(first[chosen], minlength=minutes + 1) - np.bincount(
                last[chosen], minlength=minutes + 1
            )
            counts[name] = np.cumsum(steps)[:minutes].tolist()
    return counts


def read_track(visit: Visit, track: TrackId, *, reason: str | None = None) -> Mapping[str, Any]:
    """Return what the archive says of one track, its path too: ``TRACK_SCHEMA`` as plain values.

    Raises:
        RefusedError: the purpose has no ``read-tracks``, or not now, or not without a reason.
        NothingToShowError: there is no such track.
    """
    rows = _read(visit, track, TRACKS, TRACK_SCHEMA.names, "track_id", reason).to_pylist()
    return dict(rows[0])


def read_observations(visit: Visit, track: TrackId, *, reason: str | None = None) -> Mapping[str, Any]:
    """Return where one track was: a list for each of the columns ``OBSERVED``, in order of time.

    Raises: as ``read_track``.
    """
    return dict(_read(visit, track, OBSERVATIONS, OBSERVED, "pts", reason).to_pydict())


def _read(
    visit: Visit, track: TrackId, file: str, columns: Sequence[str], order: str, reason: str | None
) -> pa.Table:
    subject = f"track {track}"
    with visit.archive.opens(Capability.READ_TRACKS, subject=subject, reason=reason) as inside:
        named = ", ".join(f'"{name}"' for name in columns)
        with locked(inside.path / LOCK, shared=True), closing(connection()) as opened:
            row = inside.recording(track.recording_id)
            table = ask(
                opened,
                f"select {named} from read_parquet(?, hive_partitioning=false) where track_id = ? "
                f"order by {order}",
                [[str(inside.path / row.analysis.folder / file)], track.track_id],
            )
    if not table.num_rows:
        raise NothingToShowError(
            f"recording {track.recording_id} has no track {track.track_id}", next_step="Search for tracks."
        )
    return table


def _whole(query: Query) -> Query:
    return query.model_copy(update={"limit": None, "cursor": None, "sort": "time"})


def _page(found: Found, cursor: TrackId | None, limit: int) -> Found:
    first = 0 if cursor is None else _place(found, cursor.recording_id, cursor.track_id)
    keys = found.keys.slice(first, limit)
    return Found(found.query, found.rows, keys, found.total, found.looked_through)


def _place(found: Found, recording_id: str, track_id: int) -> int:
    """Return how many of the tracks found come up to and with this one."""
    same = pc.and_(
        pc.equal(found.keys["recording_id"], pa.scalar(recording_id)),
        pc.equal(found.keys["track_id"], pa.scalar(track_id, pa.int32())),
    )
    (at,) = np.nonzero(same.to_numpy(zero_copy_only=False))
    if not len(at):
        raise NothingToShowError(
            f"track {recording_id}/{track_id} is not among those found, so nothing comes behind it",
            where="query",
            next_step="Ask anew, without a cursor.",
        )
    return int(at[0]) + 1


def _kinds(visit: Visit, found: Found) -> Kinds:
    table = found.table(visit.archive, ["class", "camera", "start_time"])
    known = table["start_time"].drop_null().cast(pa.int64()).to_numpy()
    local = local_us(known, visit.archive.settings.zone)
    days, day_counts = np.unique(local // (24 * _HOUR_US), return_counts=True)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return Kinds(
        classes=_counts(table["class"]),
        cameras=_counts(table["camera"]),
        hours=np.bincount(local // _HOUR_US % 24, minlength=24).tolist(),
        days={
            f"{epoch + timedelta(days=int(day)):%Y-%m-%d}": int(count)
            for day, count in zip(days, day_counts, strict=True)
        },
        without_clock=table.num_rows - len(known),
    )


def _counts(column: pa.ChunkedArray[Any]) -> dict[str, int]:
    counted: Any = column.value_counts()
    pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    return dict(sorted(pairs, key=lambda item: (-item[1], item[0])))


def _spans(table: pa.Table, *, one: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Return when tracks begin and end, microseconds, and whether that is true time."""
    known = table.filter(table["start_time"].is_valid())
    if known.num_rows or not one:
        begin, end = (known[name].cast(pa.int64()).to_numpy() for name in ("start_time", "end_time"))
        return begin, end, True
    begin, end = ((table[name].to_numpy() * 1e6).astype(np.int64) for name in ("start_s", "end_s"))
    return begin, end, False
