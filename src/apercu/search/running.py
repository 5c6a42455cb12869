"""A query run over an archive: recordings by the catalog, columns by DuckDB, geometry exactly on the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from itertools import accumulate
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.tracks import TRACK_SCHEMA, Tracks
from apercu.archive import Archive, RecordingRow
from apercu.archive.archive import LOCK
from apercu.archive.files import TRACKS
from apercu.archive.zones import read_zones
from apercu.disk import locked
from apercu.errors import NothingToShowError
from apercu.purposes import Capability
from apercu.search.asking import ask, connection, tracks_of
from apercu.search.candidates import Candidates
from apercu.search.clock import at_time_of_day
from apercu.search.columns import conditions, necessary, own
from apercu.search.metres import measures_of
from apercu.search.query import Query
from apercu.search.scenes import FILTERS, narrowed
from apercu.search.steps import Step, found_by, nested_step, one_each, step_of
from apercu.search.visits import check_zones

_COLUMNS = (
    "recording_id::varchar as recording_id, track_id, start_s, duration_s, epoch_us(start_time) as start_us"
)
_GEOMETRY = "observation_count, width_px, height_px, x1, y1, x2, y2, heading_deg"
_SORTED_BY = {
    "duration": "duration_s",
    "size": "greatest(width_px, height_px)",
    "speed": "speed_mean_px_s",
    "dwell": "dwell_s",
}

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """The tracks that a query found.

    Attributes:
        query: what was asked.
        rows: the recordings that were looked through, in the order of ``Archive.recordings``.
        keys: the tracks, Arrow table of ``recording_id`` and ``track_id``, in the order asked for: without
            one, that of ``rows`` and, within a recording, of start.
        total: how many there are without limit and cursor.
        looked_through: tracks of ``rows``.
        steps: what each filter left, in the order in which they were applied; only when it was asked for.
    """

    query: Query
    rows: Sequence[RecordingRow]
    keys: pa.Table
    total: int
    looked_through: int
    steps: Sequence[Step] = ()

    def __len__(self) -> int:
        return int(self.keys.num_rows)

    def recording_ids(self) -> list[str]:
        """Return the recordings that something was found in, in the order of ``rows``."""
        found = set(self.keys["recording_id"].unique().to_pylist())
        return [row.recording_id for row in self.rows if row.recording_id in found]

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

    def table(self, archive: Archive, columns: Sequence[str] = TRACK_SCHEMA.names) -> pa.Table:
        """Return what the archive says of each, in the order of ``keys``: ``columns`` of ``TRACK_SCHEMA``.

        Takes no door of its own: hold one open.

        Raises:
            ArchiveDamagedError: a file is missing or torn.
        """
        return tracks_of(archive, self.rows, self.keys, columns)

    def measures(self, archive: Archive) -> pa.Table:
        """Return speed and size of each in metres, as ``table``: Arrow table of ``MEASURE_SCHEMA``.

        Null where the camera is not calibrated. Takes no door of its own: hold one open.

        Raises:
            ArchiveDamagedError: a file is missing or torn.
        """
        return measures_of(archive, self.rows, self.keys)

    def by_camera(self) -> dict[str, Found]:
        """Return what was found of each camera, in order of name; in ``total``, how many that are."""
        parts: dict[str, Found] = {}
        held = set(self.recording_ids())
        for camera in sorted({row.camera for row in self.rows if row.recording_id in held}):
            rows = [row for row in self.rows if row.camera == camera]
            ids = pa.array([row.recording_id for row in rows])
            keys = self.keys.filter(pc.is_in(self.keys["recording_id"], ids))
            parts[camera] = replace(self, rows=rows, keys=keys, total=keys.num_rows)
        return parts


def find(archive: Archive, query: Query, *, reason: str | None = None, explain: bool = False) -> Found:
    """Find tracks; the ledger keeps the text of the query.

    Args:
        archive: holds the tracks.
        query: what is asked.
        reason: why, for the ledger.
        explain: count what each filter leaves, too.

    Raises:
        RefusedError: the purpose has no ``search`` (``search-by-colour`` where colours are asked for), or not
            now, or not without a reason.
        UsageError: the query contradicts itself, or names a zone that no camera has.
        NothingToShowError: the cursor is none of the tracks that are found.
        ArchiveDamagedError: a file is missing or torn.
    """
    with searching(archive, query, reason=reason, explain=explain) as found:
        return found


@contextmanager
def searching(
    archive: Archive, query: Query, *, reason: str | None = None, explain: bool = False
) -> Iterator[Found]:
    """Find tracks as ``find`` does, and keep the door open for what is read of them."""
    subject = f"query {query}"
    for inner in query.walk():  # says what contradicts itself before any door opens
        inner.span(archive.settings.zone)
    check_zones(query, read_zones(archive))
    if query.asks_colour:
        archive.gate.require(Capability.SEARCH_BY_COLOUR, subject=subject, reason=reason)
    with archive.gate.opens(Capability.SEARCH, subject=subject, reason=reason) as door:
        found = _find(archive, query, explain)
        door.note = f"{len(found)} tracks"
        yield found


def _find(archive: Archive, query: Query, explain: bool) -> Found:
    zone = archive.settings.zone
    rows = [row for row in archive.recordings() if _may_hold(row, query, zone)]
    through = sum(row.analysis.track_count for row in rows)
    if not rows:
        return Found(query, rows, _keys([], []), 0, 0)
    # Nobody replaces a recording between the reading of its two files.
    with locked(archive.path / LOCK, shared=True), closing(connection()) as opened:
        files = [str(archive.path / row.analysis.folder / TRACKS) for row in rows]
        parts = list(query.walk())
        table = _candidates(opened, query, parts, files, zone, explain)
        steps = _counted(opened, query, files, zone) if explain else []
        scene = Candidates(archive, opened, rows, table, zone)
        numbers = {id(part): number for number, part in enumerate(parts)}
        everyone = np.arange(table.num_rows)
        kept = _held(scene, query, everyone, numbers, steps.append if explain else None)
        steps = one_each(query, steps) if explain else []
    order = _in_order(table, _foremost(table, kept, query), scene.places, query)
    shown = _page(table, order, query)
    return Found(
        query, rows, table.select(["recording_id", "track_id"]).take(shown), len(kept), through, steps
    )


def _candidates(
    opened: duckdb.DuckDBPyConnection,
    query: Query,
    parts: Sequence[Query],
    files: Sequence[str],
    zone: tzinfo,
    explain: bool,
) -> pa.Table:
    """Return the tracks that may be found, and of each nested query whether its own columns hold.

    With ``explain``, each filter of a nested query has a column of its own, to be counted.
    """
    geometric = any(part.model_fields_set & FILTERS for part in parts)
    columns, values = [_COLUMNS, *([_GEOMETRY] if geometric else [])], []
    if query.sort != "time":
        columns.append(f"{_SORTED_BY[query.sort]} as sorted_by")
    for number, part in enumerate(parts[1:], 1):
        sql, given = own(part, zone)
        columns.append(f"{sql} as part_{number}")
        values.extend(given)
        for condition in conditions(part, zone) if explain else ():
            columns.append(f"coalesce({condition.sql}, false) as part_{number}_{condition.field}")
            values.extend(condition.values)
    where, given = necessary(query, zone)
    return ask(
        opened,
        f"select {', '.join(columns)} from read_parquet(?, hive_partitioning=false) where {where}",
        [*values, list(files), *given],
    )


def _counted(
    opened: duckdb.DuckDBPyConnection, query: Query, files: Sequence[str], zone: tzinfo
) -> list[Step]:
    """Return what each filter on columns leaves, one after the other."""
    parts = list(conditions(query, zone))
    if not parts:
        return []
    counts = [f"count(*) filter ({sql})" for sql in accumulate((p.sql for p in parts), "{} and {}".format)]
    values = list(accumulate((list(part.values) for part in parts), lambda a, b: [*a, *b]))
    (row,) = ask(
        opened,
        f"select {', '.join(f'{sql} as c{n}' for n, sql in enumerate(counts))} "
        "from read_parquet(?, hive_partitioning=false)",
        [*(value for given in values for value in given), list(files)],
    ).to_pylist()
    return [step_of(query, part.field, int(left)) for part, left in zip(parts, row.values(), strict=True)]


def _held(
    scene: Candidates,
    query: Query,
    among: Indices,
    numbers: dict[int, int],
    note: Callable[[Step], None] | None = None,
) -> Indices:
    """Return which of ``among`` a query finds, nested queries included: indices in rising order.

    ``note`` is told what each filter left; None when nobody asks.
    """

    def left(field: str, count: int) -> None:
        if note is not None:
            note(step_of(query, field, count))

    def part(inner: Query) -> tuple[Indices, Step | None]:
        inside: list[Step] = []
        held = _held(scene, inner, among, numbers, None if note is None else inside.append)
        return held, None if note is None else found_by(inner, len(held), inside)

    number = numbers[id(query)]
    if number:  # the columns of the whole query have been decided already
        for condition in conditions(query, scene.zone) if note is not None else ():
            among = among[scene.column(f"part_{number}_{condition.field}")[among].astype(bool)]
            left(condition.field, len(among))
        among = among[scene.column(f"part_{number}")[among].astype(bool)]
    if query.time_of_day is not None:
        start_us, known = scene.start_us
        among = among[known[among]]
        there = at_time_of_day(
            start_us[among], scene.column("duration_s")[among], query.time_of_day, scene.zone
        )
        among = among[there]
        left("time_of_day", len(among))
    among = narrowed(scene, query, among, left)
    for inner in query.all_of:
        among, step = part(inner)
        if note is not None and step is not None:
            note(nested_step(query, "all_of", len(among), [step]))
    if query.any_of:
        held = [part(inner) for inner in query.any_of]
        among = np.unique(np.concatenate([those for those, _ in held]))
        if note is not None:
            steps = [step for _, step in held if step is not None]
            note(nested_step(query, "any_of", len(among), steps))
    for inner in query.none_of:
        those, step = part(inner)
        among = np.setdiff1d(among, those, assume_unique=True)
        if note is not None and step is not None:
            note(nested_step(query, "none_of", len(among), [step]))
    return among


def _foremost(table: pa.Table, kept: Indices, query: Query) -> Indices:
    """Return those that may be among the first ones asked for: few are put in order where few are wanted."""
    if query.sort == "time" or query.limit is None or query.cursor is not None or len(kept) <= query.limit:
        return kept
    values = table["sorted_by"].to_numpy(zero_copy_only=False)[kept]
    last = -np.partition(-values, query.limit - 1)[query.limit - 1]
    return np.asarray(kept[values >= last])


def _in_order(table: pa.Table, kept: Indices, places: Indices, query: Query) -> Indices:
    """Return candidates in the order asked for."""
    starts, ids = table["start_s"].to_numpy()[kept], table["track_id"].to_numpy()[kept]
    keys: list[NDArray[Any]] = [ids, starts, places[kept]]
    if query.sort != "time":
        keys.append(-table["sorted_by"].to_numpy(zero_copy_only=False)[kept])
    return kept[np.lexsort(keys)]


def _page(table: pa.Table, order: Indices, query: Query) -> Indices:
    """Return those behind the cursor, as many as are asked for.

    Raises:
        NothingToShowError: the cursor is not among them.
    """
    first = 0
    if query.cursor is not None:
        same = pc.and_(
            pc.equal(table["recording_id"], pa.scalar(query.cursor.recording_id)),
            pc.equal(table["track_id"], pa.scalar(query.cursor.track_id, pa.int32())),
        )
        (at,) = np.nonzero(np.isin(order, np.flatnonzero(same.to_numpy(zero_copy_only=False))))
        if not len(at):
            raise NothingToShowError(
                f"track {query.cursor} is not among those found, so nothing comes behind it",
                where="query",
                next_step="Ask anew, without a cursor.",
            )
        first = int(at[0]) + 1
    return order[first : None if query.limit is None else first + query.limit]


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
    if not all(_may_hold(row, inner, zone) for inner in query.all_of):
        return False
    begin, end = query.span(zone)
    if begin is None and end is None and query.time_of_day is None:
        return True
    if row.start_time is None or row.end_time is None:
        return False
    # The length that a header tells may be short of the truth by a little.
    margin = timedelta(minutes=1)
    return (begin is None or row.end_time + margin >= begin) and (end is None or row.start_time < end)
