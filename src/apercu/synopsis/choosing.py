"""What is to be shown: the tracks that a query asks for, with everyone who may be near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from apercu.analysis import Tracks
from apercu.archive import Archive, RecordingRow
from apercu.errors import NothingToShowError, UsageError
from apercu.search import Query, find


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for.

    Attributes:
        rows: the recordings that were looked through: those of the camera, within the time asked for.
        everyone: all tracks of the recordings that something is shown of: who may have to be covered.
        chosen: the tracks asked for, of those recordings.
    """

    rows: Sequence[RecordingRow]
    everyone: Tracks
    chosen: Tracks


def choose(archive: Archive, query: Query, *, reason: str | None = None) -> Choice:
    """Return the tracks that a query asks for.

    Args:
        archive: with a door open, whose capability covers the reading of tracks.
        query: what is asked; one that narrows nothing down but recordings and cameras is no search.
        reason: why, for the ledger.

    Raises:
        RefusedError: there are filters, and the purpose has no ``search`` (or ``search-by-colour``).
        UsageError: several cameras are left, a camera is unknown, or the query contradicts itself.
        NothingToShowError: no track is like that.
    """
    rows = recordings_of(archive, query)
    if not query.narrows:
        ids = [row.recording_id for row in rows if row.analysis.track_count]
        everyone = archive.tracks(ids)
        if not len(everyone):
            raise NothingToShowError(
                "nothing moves in these recordings, so there is nothing to show",
                where=archive.path,
                next_step="Watch a few minutes of one yourself if you expected something.",
            )
        return Choice(rows, everyone, everyone)
    asked = query.model_copy(update={"cameras": tuple({row.camera for row in rows})})
    found = find(archive, asked, reason=reason)
    if not len(found):
        raise NothingToShowError(
            f"no track is like that ({query})",
            where=archive.path,
            next_step="Ask for less, or see what there is: apercu tracks ARCHIVE.",
        )
    everyone = archive.tracks(found.recording_ids())
    wanted = {(key["recording_id"], key["track_id"]) for key in found.keys.to_pylist()}
    columns = (everyone.table[name].to_pylist() for name in ("recording_id", "track_id"))
    chosen = everyone.filter(pa.array([key in wanted for key in zip(*columns, strict=True)], pa.bool_()))
    return Choice(found.rows, everyone, chosen)


def recordings_of(archive: Archive, query: Query) -> list[RecordingRow]:
    """Return the recordings of the one camera asked for, whatever their time.

    Raises:
        UsageError: several cameras are left, or the camera is unknown.
        NothingToShowError: there are none, or one that is named is not there.
    """
    rows = archive.recordings()
    if not rows:
        raise NothingToShowError(
            "the archive holds no recordings yet",
            where=archive.path,
            next_step=f"Add some with: apercu analyze {archive.path} VIDEO...",
        )
    known = sorted({row.camera for row in rows})
    for camera in query.cameras:
        if camera not in known:
            raise UsageError(
                f"the archive has no camera {camera!r}", next_step=f"It has: {', '.join(known)}."
            )
    named = {*query.recordings, *(track.recording_id for track in query.tracks)}
    for recording_id in sorted(named):
        archive.recording(recording_id)  # says that there is none
    rows = [
        row
        for row in rows
        if (not query.cameras or row.camera in query.cameras)
        and (not named or row.recording_id in named)
        and (not query.recordings or row.recording_id in query.recordings)
    ]
    cameras = sorted({row.camera for row in rows})
    if len(cameras) > 1:
        raise UsageError(
            f"the archive has several cameras: {', '.join(cameras)}", next_step="Choose one with --camera."
        )
    if not rows:
        raise NothingToShowError(
            "no recording is of this camera and has this name at once",
            where=archive.path,
            next_step="See: apercu info ARCHIVE.",
        )
    return rows
