"""What is to be shown: the tracks that a query asks for, with everyone who may be near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from apercu.analysis import Tracks
from apercu.archive import Archive, RecordingRow
from apercu.errors import NothingToShowError, UnknownNameError, UsageError
from apercu.search import Found, Query, find
from apercu.search.nothing import nothing_found


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for.

    Attributes:
        rows: the recordings that were looked through: those of the camera, within the time asked for.
        everyone: all tracks of the recordings that something is shown of: who may have to be covered.
        chosen: the tracks asked for, of those recordings.
        order: recording and number of each, as the query puts them; empty when it asks for no order.
    """

    rows: Sequence[RecordingRow]
    everyone: Tracks
    chosen: Tracks
    order: Sequence[tuple[str, int]] = ()

    @property
    def camera(self) -> str:
        """Whose recordings these are."""
        return self.rows[0].camera

    @property
    def shown(self) -> set[str]:
        """The ids of the recordings that something is shown of."""
        return set(self.chosen.table["recording_id"].unique().to_pylist())


def choose(
    archive: Archive, query: Query, *, reason: str | None = None, found: Found | None = None
) -> Choice:
    """Return the tracks that a query asks for.

    Args:
        archive: with a door open, whose capability covers the reading of tracks.
        query: what is asked; one that narrows nothing down but recordings and cameras is no search.
        reason: why, for the ledger.
        found: what the query found already, of one camera; then it is not asked again.

    Raises:
        RefusedError: there are filters, and the purpose has no ``search`` (or ``search-by-colour``).
        UsageError: several cameras are left, a camera is unknown, or the query contradicts itself.
        NothingToShowError: no track is like that.
    """
    if found is None:
        rows = recordings_of(archive, query)
        if not query.narrows:
            return _everything(archive, rows)
        asked = query.model_copy(update={"cameras": tuple({row.camera for row in rows})})
        found = find(archive, asked, reason=reason)
    if not len(found):
        raise nothing_found(archive, query)
    everyone = archive.tracks(found.recording_ids())
    order = [(key["recording_id"], key["track_id"]) for key in found.keys.to_pylist()]
    wanted = set(order)
    columns = (everyone.table[name].to_pylist() for name in ("recording_id", "track_id"))
    chosen = everyone.filter(pa.array([key in wanted for key in zip(*columns, strict=True)], pa.bool_()))
    return Choice(found.rows, everyone, chosen, order if query.sort != "time" else ())


def choose_each(
    archive: Archive, query: Query, *, reason: str | None = None, found: Found | None = None
) -> list[Choice]:
    """Return the tracks that a query asks for, of every camera by itself, in order of name.

    Args and raises: as ``choose``, but several cameras may be left and ``found`` may be of several; the query
    is asked once.
    """
    if found is None:
        rows = _named(archive, query)
        if not query.narrows:
            cameras = sorted({row.camera for row in rows if row.analysis.track_count} or {rows[0].camera})
            parts = ([row for row in rows if row.camera == camera] for camera in cameras)
            return [_everything(archive, part) for part in parts]
        found = find(archive, query, reason=reason)
    if not len(found):
        raise nothing_found(archive, query)
    return [choose(archive, query, found=part) for part in found.by_camera().values()]


def _everything(archive: Archive, rows: Sequence[RecordingRow]) -> Choice:
    everyone = archive.tracks([row.recording_id for row in rows if row.analysis.track_count])
    if not len(everyone):
        raise NothingToShowError(
            "nothing moves in these recordings, so there is nothing to show",
            where=archive.path,
            next_step="Watch a few minutes of one yourself if you expected something.",
        )
    return Choice(rows, everyone, everyone)


def recordings_of(archive: Archive, query: Query) -> list[RecordingRow]:
    """Return the recordings of the one camera asked for, whatever their time.

    Raises:
        UsageError: several cameras are left, or the camera is unknown.
        NothingToShowError: there are none, or one that is named is not there.
    """
    rows = _named(archive, query)
    cameras = sorted({row.camera for row in rows})
    if len(cameras) > 1:
        raise UsageError(
            f"the archive has several cameras: {', '.join(cameras)}", next_step="Choose one with --camera."
        )
    return rows


def held_for(archive: Archive, query: Query) -> list[RecordingRow]:
    """Return all recordings of an archive; there are some, and those of each camera that a query names.

    Raises:
        NothingToShowError: there are none yet.
        UnknownNameError: a camera is unknown; it lists those there are.
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
            raise UnknownNameError("camera", camera, known)
    return rows


def _named(archive: Archive, query: Query) -> list[RecordingRow]:
    """Return the recordings of the cameras asked for, at least one."""
    rows = held_for(archive, query)
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
    if not rows:
        raise NothingToShowError(
            "no recording is of this camera and has this name at once",
            where=archive.path,
            next_step="See: apercu info ARCHIVE.",
        )
    return rows
