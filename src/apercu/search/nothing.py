"""What is said when nothing is found."""

from __future__ import annotations

from apercu.archive import Archive, RecordingRow
from apercu.errors import NothingToShowError
from apercu.search.query import Query


def clockless(archive: Archive, query: Query) -> str | None:
    """Return a sentence about recordings without a clock, which a query for times cannot find anything of.

    None when it asks for no time, or all recordings that it may concern have a clock.
    """
    if all((q.from_time, q.to_time, q.time_of_day) == (None, None, None) for q in query.walk()):
        return None
    rows = _concerned(archive, query)
    without = [row for row in rows if row.start_time is None]
    if not without:
        return None
    if len(rows) == 1:
        told = "the recording has no clock, so nothing in it has a true time"
    else:
        which = "all" if len(without) == len(rows) else str(len(without))
        told = f"{which} of {len(rows)} recordings have no clock, so nothing in them has a true time"
    return f"{told}: say when one begins with apercu analyze --start"


def unmeasured(archive: Archive, query: Query) -> str | None:
    """Return a sentence about cameras that are not calibrated, which a query in metres finds nothing of.

    None when it asks for no metres, or one of the recordings that it may concern can be measured.
    """
    if not any(_in_metres(part) for part in query.walk()):
        return None
    from apercu.archive.cameras import calibration_of, read_calibrations  # takes long to import

    calibrations = read_calibrations(archive)
    if any(calibration_of(calibrations, row) is not None for row in _concerned(archive, query)):
        return None
    return (
        "no camera that it may concern is calibrated, so nothing is known in metres: apercu camera calibrate"
    )


def _in_metres(query: Query) -> bool:
    near = query.near is not None and query.near.unit == "metres"
    return near or query.size_m is not None or query.speed_m_s is not None


def _concerned(archive: Archive, query: Query) -> list[RecordingRow]:
    """Return the recordings that a query may concern, by their names and cameras."""
    return [
        row
        for row in archive.recordings()
        if (not query.cameras or row.camera in query.cameras)
        and (not query.recordings or row.recording_id in query.recordings)
    ]


def nothing_found(archive: Archive, query: Query) -> NothingToShowError:
    """Return the error that says that no track is like that, and why where that is known."""
    missing = [told for told in (clockless(archive, query), unmeasured(archive, query)) if told is not None]
    return NothingToShowError(
        "; ".join([f"no track is like that ({query})", *missing]),
        where=archive.path,
        next_step="Ask for less; apercu search --explain tells what each filter left.",
    )
