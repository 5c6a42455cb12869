"""The recordings that pictures are made from: one camera's, unchanged, on one time line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache, partial
from math import floor
from pathlib import Path

from apercu.archive import Archive, RecordingRow
from apercu.archive.originals import check_original
from apercu.errors import UsageError
from apercu.footage import check_writable
from apercu.synopsis.recorded import RecordedTime
from apercu.synopsis.render import Clock
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sources import Source
from apercu.synopsis.tubes import MaskGrid
from apercu.timecode import format_clock

_RATE_LIMIT = 30
_FALLBACK_RATE = 25


@dataclass(frozen=True, slots=True)
class Originals:
    """Recordings of one camera.

    Attributes:
        rows: the recordings, by start.
        grid: the mask grid and size that they share.
        line: where each begins on one time line, seconds; without clocks they follow each other.
        recorded: the stretches of the time line that they fill.
        clock: how times are written: of day where the recording knows it, else from the recording's start.
        starts: true time of each one's first frame, aware; None where nobody knows.
        zone: the archive's.
    """

    rows: Sequence[RecordingRow]
    grid: MaskGrid
    line: dict[str, float]
    recorded: RecordedTime
    clock: Clock
    starts: dict[str, datetime | None]
    zone: tzinfo

    @classmethod
    def of(cls, archive: Archive, rows: Sequence[RecordingRow]) -> Originals:
        """Put recordings together.

        Raises:
            UsageError: they are of several cameras, or differ in size.
        """
        cameras = sorted({row.camera for row in rows})
        if len(cameras) > 1:
            raise UsageError(
                f"the recordings are of several cameras: {', '.join(cameras)}",
                next_step="Choose one with --camera.",
            )
        line = _time_line(rows)
        zone = archive.settings.zone
        recorded = _recorded(rows, line)
        starts = {row.recording_id: row.start_time for row in rows}
        return cls(rows, _common_grid(rows), line, recorded, _clock(rows, line, recorded, zone), starts, zone)

    @property
    def rate(self) -> Fraction:
        """Output frames per second: those of the fastest recording, 30 at most."""
        rates = (Fraction(row.facts.rate or _FALLBACK_RATE).limit_denominator(1001) for row in self.rows)
        return min(Fraction(_RATE_LIMIT), max(rates))

    @property
    def duration_s(self) -> float:
        """Length of all recordings together, seconds."""
        return sum(row.facts.duration_s for row in self.rows)

    @property
    def sources(self) -> dict[str, Source]:
        """Where pictures are read from, by recording id."""
        return {row.recording_id: source_of(row) for row in self.rows}

    def check(self, shown: Collection[str], progress: Callable[[float], None] | None = None) -> None:
        """Refuse recordings, of those that something is shown of, that are gone or changed.

        ``progress`` is told the share done. Raises: as ``check_original``.
        """
        wanted = [row for row in self.rows if row.recording_id in shown]
        for number, row in enumerate(wanted, 1):
            check_original(row)
            if progress is not None:
                progress(number / len(wanted))

    def moment(self, recording_id: str, second: float) -> datetime | None:
        """Return the true time of a moment of a recording, in the archive's zone; None when nobody knows."""
        start = self.starts[recording_id]
        return None if start is None else (start + timedelta(seconds=second)).astimezone(self.zone)

    def scenery(self, archive: Archive) -> Scenery:
        """Return the empty scene along the time line."""
        stored = sorted(
            (
                (self.line[row.recording_id] + background.time_s, background)
                for row in self.rows
                for background in archive.backgrounds(row.recording_id)
            ),
            key=lambda item: item[0],
        )
        times = [time for time, _ in stored]
        return Scenery(times, lambda i: stored[i][1].image, self.grid.frame_width, self.grid.frame_height)


def check_output(output: str | Path, what: str, *suffixes: str, rows: Iterable[RecordingRow] = ()) -> Path:
    """Return the file to write; refuse, before any work, what cannot be done or would destroy a recording.

    Args:
        output: the file.
        what: is written there, in a word.
        suffixes: what its name may end in.
        rows: the recordings that it might be.

    Raises:
        UsageError: it ends in something else, or is a recording.
        OutputError: it cannot be written there.
    """
    output = Path(output)
    if output.suffix.lower() not in suffixes:
        kinds = " or ".join(suffix[1:].upper() for suffix in suffixes)
        raise UsageError(
            f"{output.name} does not end in {' or '.join(suffixes)}",
            next_step=f"A {what} is written as {kinds}.",
        )
    if any(output.resolve() == row.absolute_path.resolve() for row in rows):
        raise UsageError(
            "is the recording itself, which is never overwritten",
            where=output,
            next_step="Choose another name.",
        )
    check_writable(output)
    return output


def source_of(row: RecordingRow) -> Source:
    """Return where pictures of a recording are read from."""
    return Source(row.recording_id, row.absolute_path, row.facts.time_base, row.start_time)


def _common_grid(rows: Sequence[RecordingRow]) -> MaskGrid:
    grids = {
        MaskGrid(row.analysis.grid_width, row.analysis.grid_height, row.facts.width, row.facts.height)
        for row in rows
    }
    if len(grids) > 1:
        sizes = sorted(f"{grid.frame_width}x{grid.frame_height}" for grid in grids)
        raise UsageError(
            f"the recordings of this camera differ in size: {', '.join(sizes)}",
            next_step="Give recordings of each size a camera name of their own when you analyse them.",
        )
    return grids.pop()


def _time_line(rows: Sequence[RecordingRow]) -> dict[str, float]:
    line: dict[str, float] = {}
    clocked = [row.start_time for row in rows if row.start_time is not None]
    origin = min(clocked, default=None)
    end = 0.0
    for row in rows:
        if row.start_time is not None and origin is not None:
            line[row.recording_id] = (row.start_time - origin).total_seconds()
        else:
            line[row.recording_id] = end
        end = max(end, line[row.recording_id] + row.facts.duration_s)
    return line


def _recorded(rows: Sequence[RecordingRow], line: dict[str, float]) -> RecordedTime:
    begins = [(line[row.recording_id], row.facts.duration_s) for row in rows]
    return RecordedTime.of((begin, begin + duration_s) for begin, duration_s in begins)


def _clock(
    rows: Sequence[RecordingRow], line: dict[str, float], recorded: RecordedTime, zone: tzinfo
) -> Clock:
    starts = {row.recording_id: row.start_time for row in rows}
    edges = [edge for row in rows for edge in (row.start_time, row.end_time) if edge is not None]
    days = {edge.astimezone(zone).date() for edge in edges}
    written_as = dated_as = "%H:%M:%S"
    if len(days) > 1:
        written_as = "%d.%m. %H:%M:%S" if len({day.year for day in days}) == 1 else "%d.%m.%Y %H:%M:%S"
        dated_as = "%Y-%m-%d %H:%M:%S"
    names = {row.recording_id: " ".join(row.facts.file_name.split()) for row in rows}
    within_hour = all(row.facts.duration_s < 3600 for row in rows)

    @lru_cache(1024)
    def written(form: str, recording_id: str, whole_s: int) -> str:
        start: datetime | None = starts[recording_id]
        if start is None:
            clock = format_clock(whole_s, millis=False)
            return clock.removeprefix("00:") if within_hour else clock
        moment = (start.replace(microsecond=0) + timedelta(seconds=whole_s)).astimezone(zone)
        return moment.strftime(form)

    def label(form: str, recording_id: str, second: float) -> str:
        start = starts[recording_id]
        return written(form, recording_id, floor(second + (start.microsecond / 1e6 if start else 0.0)))

    def dated(recording_id: str, second: float) -> str:
        text = label(dated_as, recording_id, second)
        alone = len(rows) == 1 or starts[recording_id] is not None
        return text if alone else f"{names[recording_id]} {text}"  # each begins at 00:00

    return Clock(
        lambda recording_id, second: line[recording_id] + second,
        partial(label, written_as),
        dated,
        recorded.at,
    )
