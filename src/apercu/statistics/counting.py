"""Counting from an archive: what its tracks come to, or what was counted directly, as cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis.detections import CLASSES
from apercu.analysis.tracks import Tracks
from apercu.archive import Archive, RecordingRow
from apercu.archive.cameras import calibration_of, read_calibrations
from apercu.archive.zones import read_zones
from apercu.errors import NothingToShowError, UnknownNameError
from apercu.purposes import Capability
from apercu.statistics.cells import KEY
from apercu.statistics.coarser import coarser
from apercu.statistics.intervals import Intervals, check_interval, micros
from apercu.statistics.rows import HEAT, Run, added
from apercu.statistics.scene import Scene
from apercu.statistics.store import read_cells, runs
from apercu.statistics.tally import Tally

COUNTED = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "other")
"""Classes that are counted unless others are asked for: what passes on streets. What moved and could not be
named is among them, as ``other``: without it, counts would be too low wherever things are small or seen from
above."""


@dataclass(frozen=True, slots=True)
class CountOptions:
    """What is counted.

    Attributes:
        interval_s: length of the intervals, seconds: a minute to a day.
        cameras: names of those wanted; empty means all.
        places: names of the lines and zones wanted; empty means all that have a name.
        classes: those wanted; empty means ``COUNTED``.
        since, until: only intervals that begin in between, aware; None means any.
        heat: heat maps as well; their intervals are an hour at least.
    """

    interval_s: float = 900.0
    cameras: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    heat: bool = False

    def __str__(self) -> str:
        """Return what the ledger keeps of it."""
        parts = [f"by {self.interval_s:g} s"]
        for name in ("cameras", "places", "classes"):
            if getattr(self, name):
                parts += [f"{name} {','.join(getattr(self, name))}"]
        for name in ("since", "until"):
            if getattr(self, name) is not None:
                parts += [f"{name} {getattr(self, name).isoformat()}"]
        return " ".join([*parts, *(["heat"] if self.heat else [])])


def count(
    archive: Archive, options: CountOptions | None = None, progress: Callable[[float], None] | None = None
) -> pa.Table:
    """Count what passed the lines and zones of an archive's cameras: raw cells, small numbers among them.

    From tracks where the archive keeps them, else as they were counted directly; in the order of ``KEY``.

    Args:
        archive: where to look.
        options: what is counted.
        progress: told the share done, 0 to 1.

    Raises:
        RefusedError: the purpose has no ``count``, or not now.
        UsageError: the interval is none that is possible.
        UnknownNameError: no camera has a place of that name, or there is no such class.
        NothingToShowError: there is nothing that was watched.
        ArchiveDamagedError: a file is missing or torn.
    """
    options = options or CountOptions()
    length_s = check_interval(options.interval_s)
    zones = read_zones(archive)
    _check_names("class", options.classes, CLASSES)
    _check_names("place", options.places, sorted({name for listed in zones.values() for name in listed}))
    told = progress or (lambda share: None)
    subject = f"lines and zones {options}"
    with archive.opens(Capability.COUNT, subject=subject) as inside:
        parts = [*_directly(archive, options, length_s)]
        rows = [row for row in inside.recordings() if _wanted(row, options)]
        calibrations = read_calibrations(archive)
        held = inside.iter_tracks([row.recording_id for row in rows])
        for number, (row, tracks) in enumerate(held, 1):
            found = calibration_of(calibrations, row)
            size = row.facts.width, row.facts.height
            plane = None if found is None else found.plane.for_size(*size)
            scene = Scene.of(zones.get(row.camera, {}), *size, plane, options.places)
            intervals = intervals_of(row.start_time, length_s, archive.settings.zone)
            parts.append(cells_of(row, tracks, scene, intervals, heat=options.heat))
            told(number / len(rows))
    cells = chosen(added(parts), options)
    if not cells.num_rows:
        raise NothingToShowError(
            "nothing that was filmed and analysed is in what is asked for",
            where=archive.path,
            next_step="See what there is: apercu info ARCHIVE.",
        )
    return cells


def _directly(archive: Archive, options: CountOptions, length_s: int) -> Iterator[pa.Table]:
    """Yield what was counted directly, by the intervals that are asked for."""
    tracked = {row.recording_id for row in archive.recordings()}
    for run in runs(archive):
        if run.run in tracked or (options.cameras and run.camera not in options.cameras):
            continue
        intervals = intervals_of(run.start, length_s, archive.settings.zone)
        for cells in read_cells(archive, run):
            yield coarser(_at(cells, options.places), run.interval_s, intervals)


def _at(cells: pa.Table, places: Sequence[str]) -> pa.Table:
    """Return the cells of these places, and those of none; all when none are named."""
    if not places:
        return cells
    wanted = {"", *places, *(f"{a}>{b}" for a in places for b in places)}
    return cells.filter(pc.is_in(cells["place"], value_set=pa.array(sorted(wanted))))


def cells_of(
    row: RecordingRow, tracks: Tracks, scene: Scene, intervals: Intervals, *, heat: bool = True
) -> pa.Table:
    """Return all cells of one recording.

    Args:
        row: the recording.
        tracks: all that it has.
        scene: lines and zones in its picture.
        intervals: by which it is told.
        heat: whether heat maps are wanted.
    """
    tally = Tally(scene, intervals, Run(row.camera, row.recording_id, intervals.clocked), heat=heat)
    tally.add(tracks)
    watched = watched_spans(row.facts.duration_s, row.analysis.camera_moved)
    return tally.cells(watched)


def intervals_of(start: datetime | None, length_s: int, zone: tzinfo) -> Intervals:
    """Return the intervals of a run that began at a time, aware; None where nobody knows."""
    return Intervals(length_s, zone, None if start is None else micros(start))


def watched_spans(duration_s: float, moved: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the spans of a recording in which something could be counted: not while the camera moved."""
    spans, begin = [], 0.0
    for first, last in sorted(moved):
        spans.append((begin, max(begin, first)))
        begin = max(begin, last)
    spans.append((begin, max(begin, duration_s)))
    return [(begin, end) for begin, end in spans if end > begin]


def chosen(cells: pa.Table, options: CountOptions) -> pa.Table:
    """Return the cells that are asked for, in the order of ``KEY``."""
    wanted = [*(options.classes or COUNTED), ""]
    keep = pc.is_in(cells["class"], value_set=pa.array(wanted))
    if not options.heat:
        keep = pc.and_(keep, pc.invert(pc.is_in(cells["measure"], value_set=pa.array(HEAT))))
    for limit, compare in ((options.since, pc.greater_equal), (options.until, pc.less)):
        if limit is not None:
            inside = compare(cells["begin_s"], pa.scalar(limit.timestamp()))
            keep = pc.and_(keep, pc.and_(cells["clocked"], inside))
    left = cells.filter(keep)
    return left.sort_by([(name, "ascending") for name in (*KEY, "run")])


def _wanted(row: RecordingRow, options: CountOptions) -> bool:
    if options.cameras and row.camera not in options.cameras:
        return False
    if options.since is None and options.until is None:
        return True
    begin, end = row.start_time, row.end_time
    if begin is None or end is None:
        return False
    # An interval may begin before its recording does.
    margin = timedelta(seconds=options.interval_s)
    return (options.since is None or end >= options.since) and (
        options.until is None or begin - margin < options.until
    )


def _check_names(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
