"""What is said when nothing is found."""

from __future__ import annotations

from apercu.archive import Archive
from apercu.errors import NothingToShowError
from apercu.search.query import Query


def clockless(archive: Archive, query: Query) -> str | None:
    """Return a sentence about recordings without a clock, which a query for times cannot find anything of.

    None when it asks for no time, or all recordings that it may concern have a clock.
    """
    if all((q.from_time, q.to_time, q.time_of_day) == (None, None, None) for q in query.walk()):
        return None
    rows = [
        row
        for row in archive.recordings()
        if (not query.cameras or row.camera in query.cameras)
        and (not query.recordings or row.recording_id in query.recordings)
    ]
    without = [row for row in rows if row.start_time is None]
    if not without:
        return None
    if len(rows) == 1:
        told = "the recording has no clock, so nothing in it has a true time"
    else:
        which = "all" if len(without) == len(rows) else str(len(without))
        told = f"{which} of {len(rows)} recordings have no clock, so nothing in them has a true time"
    return f"{told}: say when one begins with apercu analyze --start"


def nothing_found(archive: Archive, query: Query) -> NothingToShowError:
    """Return the error that says that no track is like that, and why where that is known."""
    missing = clockless(archive, query)
    return NothingToShowError(
        f"no track is like that ({query})" + ("" if missing is None else f"; {missing}"),
        where=archive.path,
        next_step="Ask for less; apercu search --explain tells what each filter left.",
    )
