"""A query run over an archive: recordings by the catalog, columns by DuckDB, geometry exactly on the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta, tzinfo
from itertools import accumulate
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.archive import Archive, RecordingRow
from apercu.archive.files import TRACKS
from apercu.archive.records import Wanted
from apercu.archive.shelf import LOCK
from apercu.archive.zones import Zones, read_zones
from apercu.disk import locked
from apercu.purposes import Capability
from apercu.search.asking import ask, connection, numbers
from apercu.search.candidates import Candidates
from apercu.search.clock import at_time_of_day
from apercu.search.columns import Condition, conditions, necessary, own
from apercu.search.found import Found
from apercu.search.page import Keys, Page
from apercu.search.pictures import Picture, touching
from apercu.search.query import Query
from apercu.search.scenes import COLUMNS, FILTERS, narrowed
from apercu.search.steps import Step, added, found_by, nested_step, one_each, step_of
from apercu.search.visits import check_zones, names_places

_AT_ONCE = 2_000_000
"""Tracks looked through at a time, about: what is found of them waits in memory."""
_NAMED = 1_000
"""Recordings that the catalog is asked for by name."""
SORTED_BY = {
    "duration": "duration_s",
    "size": "greatest(width_px, height_px)",
    "speed": "speed_mean_px_s",
    "dwell": "dwell_s",
}
"""What tracks are sorted by, in columns of the archive."""

Indices = NDArray[np.int64]


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
    zones = read_zones(archive) if names_places(query) else {}
    check_zones(query, zones)
    if query.asks_colour:
        archive.gate.require(Capability.SEARCH_BY_COLOUR, subject=subject, reason=reason)
    with archive.gate.opens(Capability.SEARCH, subject=subject, reason=reason) as door:
        found = _find(archive, query, zones, explain)
        door.note = f"{len(found)} tracks"
        yield found


def _find(archive: Archive, query: Query, zones: Zones, explain: bool) -> Found:
    zone = archive.settings.zone
    begin, end = query.span(zone)
    ids = set(query.recordings) or {track.recording_id for track in query.tracks}
    ids = ids if len(ids) <= _NAMED else set()  # databases take only so many values; all are looked at below
    may_hold = _may_hold(query, zone)
    listed = archive.recordings(Wanted(query.cameras, ids, begin, end))
    rows = [row for row in listed if may_hold(row)]
    through = sum(row.analysis.track_count for row in rows)
    if not rows:
        return Found(query, rows, _keys(rows, Page(query).shown(None)), 0, 0)
    # Nobody replaces a recording between the reading of its two files.
    with locked(archive.path / LOCK, shared=True), closing(connection()) as opened:
        steps = _counted(opened, query, [_file(archive, row) for row in rows], zone) if explain else []
        search = _Search(archive, opened, query, zone, zones, explain)
        for part in _parts(rows):
            search.look_through(rows[part], part.start)
    if explain:
        steps = one_each(query, [*steps, *search.steps])
    places = {row.recording_id: place for place, row in enumerate(rows)}
    shown = search.page.shown(None if query.cursor is None else places.get(query.cursor.recording_id))
    return Found(query, rows, _keys(rows, shown), search.page.total, through, steps)


def _file(archive: Archive, row: RecordingRow) -> str:
    return f"{archive.path}/{row.analysis.folder}/{TRACKS}"


def _parts(rows: Sequence[RecordingRow]) -> Iterator[slice]:
    """Yield recordings that are looked through at once: of so many tracks, all with cells or all without."""
    begin, tracks = 0, 0
    for place, row in enumerate(rows):
        other = _has_cells(row) != _has_cells(rows[begin])
        if place > begin and (other or tracks + row.analysis.track_count > _AT_ONCE):
            yield slice(begin, place)
            begin, tracks = place, 0
        tracks += row.analysis.track_count
    yield slice(begin, len(rows))


def _has_cells(row: RecordingRow) -> bool:
    return row.analysis.schema_version >= 2


class _Search:
    """A query on its way through the recordings.

    Attributes:
        page: what it found.
        steps: what each filter left that takes more than columns, or is a query inside the query.
    """

    def __init__(
        self,
        archive: Archive,
        opened: duckdb.DuckDBPyConnection,
        query: Query,
        zone: tzinfo,
        zones: Zones,
        explain: bool,
    ) -> None:
        self.page = Page(query)
        self.steps: list[Step] = []
        self._explain = explain
        self._archive, self._opened, self._query = archive, opened, query
        self._zone, self._zones = zone, zones
        self._wrong_ways: dict[str, NDArray[np.int64]] = {}
        # Recordings have been chosen already.
        self._sought = query.model_copy(update={"recordings": (), "cameras": ()})
        # Tracks are in order of start. Those that are there at a time of day have a clock: one column less.
        self._starts = "start_s" if query.time_of_day is None else "start_us"
        self._parts = list(query.walk())
        self._numbers = {id(part): number for number, part in enumerate(self._parts)}

    def look_through(self, rows: Sequence[RecordingRow], first: int) -> None:
        """Take in what is found in some recordings; ``first`` is the place of the first among all."""
        pictures = [Picture.of(self._zones, row) for row in rows]
        columns = self._candidates(rows, pictures)
        scene = Candidates(self._archive, self._opened, rows, columns, self._zone, pictures, self._wrong_ways)
        steps: list[Step] = []
        note = steps.append if self._explain else None
        kept = _held(scene, self._query, np.arange(len(scene)), self._numbers, note)
        self.steps = added(self.steps, steps)
        total, values = len(kept), np.zeros(len(kept))
        if self._query.sort != "time":
            values = scene.column("sorted_by")[kept].astype(np.float64)
            worth = self.page.worth(values)
            kept, values = kept[worth], values[worth]
        ids, places = (scene.column(name)[kept].astype(np.int64) for name in ("track_id", "place"))
        starts = scene.column(self._starts)[kept].astype(np.float64)
        self.page.add(Keys(values, places + first, starts, ids), total)

    def _candidates(
        self, rows: Sequence[RecordingRow], pictures: Sequence[Picture]
    ) -> dict[str, NDArray[Any]]:
        """Return the tracks that may be found, and of each nested query whether its own columns hold.

        To explain, each filter of a nested query has a column of its own, to be counted.
        """
        files = [_file(self._archive, row) for row in rows]

        def more(part: Query) -> Iterator[Condition]:
            return touching(part, pictures) if _has_cells(rows[0]) else iter(())

        columns, values = ["file_index::int as place, track_id"], []
        needed = {
            column
            for part in self._parts
            for field in part.model_fields_set
            for column in COLUMNS.get(field, ())
        }
        if any(part.time_of_day is not None for part in self._parts):
            needed |= {"epoch_us(start_time) as start_us", "epoch_us(end_time) as end_us"}
        if self._starts == "start_s":
            needed |= {"start_s"}
        columns.extend(sorted(needed))
        if self._query.sort != "time":
            columns.append(f"{SORTED_BY[self._query.sort]} as sorted_by")
        for number, part in enumerate(self._parts[1:], 1):
            sql, given = own(part, self._zone, more)
            columns.append(f"{sql} as part_{number}")
            values.extend(given)
            for condition in conditions(part, self._zone) if self._explain else ():
                columns.append(f"coalesce({condition.sql}, false) as part_{number}_{condition.field}")
                values.extend(condition.values)
        where, given = necessary(self._sought, self._zone, more)
        return numbers(
            self._opened,
            f"select {', '.join(columns)} from read_parquet(?, hive_partitioning=false) where {where}",
            [*values, files, *given],
        )


def _counted(
    opened: duckdb.DuckDBPyConnection, query: Query, files: Sequence[str], zone: tzinfo
) -> list[Step]:
    """Return what each filter leaves, one after the other: those that columns alone decide."""
    parts = [part for part in conditions(query, zone) if part.field not in FILTERS]
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
        among = among[scene.timed[among]]
        start_us, end_us = (scene.column(name)[among] for name in ("start_us", "end_us"))
        among = among[at_time_of_day(start_us, end_us, query.time_of_day, scene.zone)]
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


def _keys(rows: Sequence[RecordingRow], shown: Keys) -> pa.Table:
    ids = pa.array([row.recording_id for row in rows], pa.string())
    return pa.table({"recording_id": ids.take(shown.places), "track_id": pa.array(shown.ids, pa.int32())})


def _may_hold(query: Query, zone: tzinfo) -> Callable[[RecordingRow], bool]:
    """Return what tells whether a recording may hold any track that is asked for."""
    named = {track.recording_id for track in query.tracks}
    begin, end = query.span(zone)
    timed = begin is not None or end is not None or query.time_of_day is not None
    inner = [_may_hold(part, zone) for part in query.all_of]
    # The length that a header tells may be short of the truth by a little.
    margin = timedelta(minutes=1)

    def test(row: RecordingRow) -> bool:
        if query.recordings and row.recording_id not in query.recordings:
            return False
        if named and row.recording_id not in named:
            return False
        if query.cameras and row.camera not in query.cameras:
            return False
        if not all(each(row) for each in inner):
            return False
        if not timed:
            return True
        if row.start_time is None or row.end_time is None:
            return False
        return (begin is None or row.end_time + margin >= begin) and (end is None or row.start_time < end)

    return test
