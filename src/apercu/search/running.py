"""A query run over an archive: recordings by the catalog, columns by DuckDB, geometry exactly on the rest.

The values of a query travel as parameters; nothing of it ever becomes a part of the SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis.tracks import Tracks
from apercu.archive import Archive, RecordingRow
from apercu.archive.archive import LOCK
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.disk import locked
from apercu.errors import ArchiveDamagedError
from apercu.purposes import Capability
from apercu.search.places import polygon, those_there
from apercu.search.query import DaySpan, Query

_DAY_S = 86_400
_HOUR_US = 3_600_000_000

_COLUMNS = (
    "recording_id::varchar as recording_id, track_id, start_s, duration_s, epoch_us(start_time) as start_us, "
    "x1, y1, x2, y2"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The tracks that a query found.

    Attributes:
        query: what was asked.
        rows: the recordings that were looked through, in the order of ``Archive.recordings``.
        keys: the tracks, Arrow table of ``recording_id`` and ``track_id``, in the order of ``rows`` and,
            within a recording, of start.
    """

    query: Query
    rows: Sequence[RecordingRow]
    keys: pa.Table

    def __len__(self) -> int:
        return int(self.keys.num_rows)

    def recording_ids(self) -> list[str]:
        """Return the recordings that something was found in, in the order of ``rows``."""
        return [str(key) for key in dict.fromkeys(self.keys["recording_id"].to_pylist())]

    def read(self, archive: Archive) -> Iterator[tuple[RecordingRow, Tracks]]:
        """Go through what was found, one recording at a time: its tracks with their observations.

        Raises: as ``Archive.iter_tracks``, whose gate is asked unless a door is open.
        """
        chosen: dict[str, list[int]] = {}
        for values in self.keys.to_pylist():
            chosen.setdefault(values["recording_id"], []).append(values["track_id"])
        if not chosen:
            return
        for row, tracks in archive.iter_tracks(list(chosen)):
            wanted = np.isin(tracks.table["track_id"].to_numpy(), chosen[row.recording_id])
            yield row, tracks.filter(pa.array(wanted))


def find(archive: Archive, query: Query, *, reason: str | None = None) -> Found:
    """Find tracks; the ledger keeps the text of the query.

    Args:
        archive: holds the tracks.
        query: what is asked.
        reason: why, for the ledger.

    Raises:
        RefusedError: the purpose has no ``search`` (``search-by-colour`` where colours are asked for), or not
            now, or not without a reason.
        UsageError: the query contradicts itself.
        ArchiveDamagedError: a file is missing or torn.
    """
    subject = f"query {query}"
    query.span(archive.settings.zone)  # says what contradicts itself before any door opens
    with ExitStack() as doors:
        if query.colours:
            archive.gate.require(Capability.SEARCH_BY_COLOUR, subject=subject, reason=reason)
        door = doors.enter_context(archive.gate.opens(Capability.SEARCH, subject=subject, reason=reason))
        found = _find(archive, query)
        door.note = f"{len(found)} tracks"
        return found


def _find(archive: Archive, query: Query) -> Found:
    zone = archive.settings.zone
    rows = [row for row in archive.recordings() if _may_hold(row, query, zone)]
    if not rows:
        return Found(query, rows, _keys([], []))
    # Nobody replaces a recording between the reading of its two files.
    with locked(archive.path / LOCK, shared=True), closing(_connection()) as connection:
        folders = {row.recording_id: archive.path / row.analysis.folder for row in rows}
        where, values = _conditions(query, zone)
        files = [str(folder / TRACKS) for folder in folders.values()]
        table = _ask(
            connection,
            f"select {_COLUMNS} from read_parquet(?, hive_partitioning=false)" + where,
            [files, *values],
        )
        if query.time_of_day is not None:
            table = table.filter(pa.array(_at_time_of_day(table, query.time_of_day, zone)))
        if query.regions and table.num_rows:
            table = _in_regions(connection, table, query, rows, archive)
    order = {row.recording_id: number for number, row in enumerate(rows)}
    places = np.array([order[str(key)] for key in table["recording_id"].to_pylist()], np.int64)
    starts, ids = table["start_s"].to_numpy(), table["track_id"].to_numpy()
    table = table.take(np.lexsort((ids, starts, places)))
    return Found(query, rows, table.select(["recording_id", "track_id"]))


def _keys(recordings: list[str], tracks: list[int]) -> pa.Table:
    return pa.table(
        {"recording_id": pa.array(recordings, pa.string()), "track_id": pa.array(tracks, pa.int32())}
    )


def _may_hold(row: RecordingRow, query: Query, zone: tzinfo) -> bool:
    """Return whether a recording may hold any track that is asked for."""
    named = {track.recording_id for track in query.tracks}
    if query.recordings and row.recording_id not in query.recordings:
        return False
    if named and row.recording_id not in named:
        return False
    if query.cameras and row.camera not in query.cameras:
        return False
    begin, end = query.span(zone)
    if begin is None and end is None and query.time_of_day is None:
        return True
    if row.start_time is None or row.end_time is None:
        return False
    # The length that a header tells may be short of the truth by a little.
    margin = timedelta(minutes=1)
    return (begin is None or row.end_time + margin >= begin) and (end is None or row.start_time < end)


def _connection() -> duckdb.DuckDBPyConnection:
    # Nothing is fetched from anywhere, whatever a file may ask for.
    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def _ask(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> pa.Table:
    try:
        answer: pa.Table = connection.sql(sql, params=values).to_arrow_table()
        return answer
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as error:
        told = str(error).splitlines()[0]
        raise ArchiveDamagedError(
            f"a file of the archive cannot be read ({told})",
            next_step="Find it with apercu info ARCHIVE, and analyse its recording again.",
        ) from error


def _conditions(query: Query, zone: tzinfo) -> tuple[str, list[Any]]:
    """Return the conditions that columns alone decide, as SQL with ``?``, and the values for those."""
    parts: list[str] = []
    values: list[Any] = []

    def add(sql: str, *given: Any) -> None:
        parts.append(sql)
        values.extend(given)

    begin, end = query.span(zone)
    if begin is not None:
        add("epoch_us(end_time) >= ?", _microseconds(begin))
    if end is not None:
        add("epoch_us(start_time) < ?", _microseconds(end))
    if query.classes:
        add("list_contains(?, class)", list(query.classes))
    if query.colours:
        colours = list(query.colours)
        names = ("colours", "colours_upper", "colours_lower")
        add(f"({' or '.join(f'list_has_any({name}, ?)' for name in names)})", colours, colours, colours)
    for span, column in (
        (query.duration_s, "duration_s"),
        (query.size_px, "greatest(width_px, height_px)"),
        (query.speed_px_s, "speed_mean_px_s"),
        (query.dwell_s, "dwell_s"),
    ):
        if span is not None and span.least is not None:
            add(f"{column} >= ?", span.least)
        if span is not None and span.most is not None:
            add(f"{column} <= ?", span.most)
    if query.heading is not None:
        # How far round to either side: 0 to 180.
        add(
            "180 - abs(abs(heading_deg - ?) % 360 - 180) <= ?", query.heading.degrees, query.heading.tolerance
        )
    if query.tracks:
        add(
            "list_contains(?, recording_id::varchar || '/' || track_id::varchar)",
            [str(track) for track in query.tracks],
        )
    return (f" where {' and '.join(parts)}" if parts else ""), values


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _at_time_of_day(table: pa.Table, span: DaySpan, zone: tzinfo) -> NDArray[np.bool_]:
    """Return which tracks are there within a time of day: bool (n,)."""
    started = table["start_us"].to_numpy(zero_copy_only=False)
    known = ~np.isnan(started.astype(float))
    start_us = np.where(known, started, 0).astype(np.int64)
    # A zone's distance from UTC changes on the hour, a few times a year: asked once for each hour.
    hours, which = np.unique(start_us // _HOUR_US, return_inverse=True)
    offsets = np.array([_offset_s(int(hour), zone) for hour in hours])
    local_s = (start_us / 1e6 + offsets[which]) % _DAY_S
    begin, end = _seconds(span.begin), _seconds(span.end)
    length = (end - begin) % _DAY_S or _DAY_S
    into = (local_s - begin) % _DAY_S
    # It began within the span, or it is still there when the span begins the next time.
    duration = table["duration_s"].to_numpy()
    return np.asarray(known & ((into < length) | (into + duration >= _DAY_S)))


def _offset_s(hour: int, zone: tzinfo) -> float:
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _seconds(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def _in_regions(
    connection: duckdb.DuckDBPyConnection,
    table: pa.Table,
    query: Query,
    rows: Sequence[RecordingRow],
    archive: Archive,
) -> pa.Table:
    """Keep the tracks that were in every region: decided by their bounds first, then by every observation."""
    recordings = np.array(table["recording_id"].to_pylist())
    bounds = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")])
    tracks = table["track_id"].to_numpy()
    keep = np.zeros(table.num_rows, np.bool_)
    for row in rows:
        areas = [polygon(region, row.facts.width, row.facts.height) for region in query.regions]
        mine = np.flatnonzero(recordings == row.recording_id)
        for area in areas:
            x1, y1, x2, y2 = area.bounds
            left, top, right, bottom = bounds[mine].T
            mine = mine[(left <= x2) & (right >= x1) & (top <= y2) & (bottom >= y1)]
        if not len(mine):
            continue
        seen = _ask(
            connection,
            "select track_id, (x1::double + x2::double) / 2 as x, y2::double as y "
            "from read_parquet(?, hive_partitioning=false) where track_id in (select unnest(?)) "
            "order by track_id, pts",
            [str(archive.path / row.analysis.folder / OBSERVATIONS), tracks[mine].tolist()],
        )
        mine = mine[np.argsort(tracks[mine])]
        owners = np.searchsorted(tracks[mine], seen["track_id"].to_numpy())
        feet = np.column_stack([seen["x"].to_numpy(), seen["y"].to_numpy()])
        there = np.ones(len(mine), np.bool_)
        for region, area in zip(query.regions, areas, strict=True):
            there &= those_there(owners, feet, area, region.way, len(mine))
        keep[mine] = there
    return table.filter(pa.array(keep))
