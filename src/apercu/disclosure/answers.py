"""What the answer to a question can become: tables, observations, a clip, a sheet, a synopsis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from apercu.analysis import Tracks
from apercu.archive import Archive
from apercu.disclosure.cutting import Clip, cut_clip, cut_clips
from apercu.disclosure.options import ClipOptions
from apercu.errors import NothingToShowError
from apercu.purposes import Capability
from apercu.search import Found, Query, Step
from apercu.synopsis import Synopsis, SynopsisOptions, make_synopsis
from apercu.synopsis.options import SheetOptions
from apercu.synopsis.sheet import Sheet, make_sheet


@dataclass(frozen=True, slots=True)
class Answer:
    """The tracks that a query found, and what can be made of them.

    It holds which tracks these are, a few bytes for each. What the archive says of them is read when it is
    asked for, each time anew: keep what is needed twice.

    Attributes:
        archive: that was asked.
        found: which tracks, how many in all, what each filter left.
        reason: why it was asked, for what is made of it.
    """

    archive: Archive
    found: Found
    reason: str | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.found)

    @property
    def query(self) -> Query:
        """What was asked."""
        return self.found.query

    @property
    def steps(self) -> Sequence[Step]:
        """What each filter left; empty unless it was asked for."""
        return self.found.steps

    def to_arrow(self) -> pa.Table:
        """Return what the archive says of each: Arrow table of ``TRACK_SCHEMA``, in the order asked for.

        All of it is in memory, about half a kilobyte for each track: for millions see ``batches``.

        Raises:
            RefusedError: the purpose has no ``read-tracks``, or not now, or not without a reason.
            ArchiveDamagedError: a file is missing or torn.
        """
        with self._reading() as inside:
            return self.found.table(inside)

    def batches(self) -> Iterator[pa.Table]:
        """Go through the same, 20,000 tracks at a time, so that memory does not grow with their number.

        Raises: as ``to_arrow``.
        """
        self.archive.gate.require(Capability.READ_TRACKS, subject=self._subject, reason=self.reason)
        return (part.table(self.archive) for part in self.found.parts())

    def to_pandas(self) -> Any:
        """Return ``to_arrow`` as a ``pandas.DataFrame``; takes pandas, which Aperçu does not bring along."""
        return self.to_arrow().to_pandas()

    def measures(self) -> pa.Table:
        """Return speed and size of each in metres: Arrow table of ``MEASURE_SCHEMA``, in the same order.

        Null where the camera is not calibrated.

        Raises: as ``to_arrow``.
        """
        with self._reading() as inside:
            return self.found.measures(inside)

    @property
    def tracks(self) -> Tracks:
        """The tracks with their observations, recording by recording, in memory.

        Raises: as ``to_arrow``.
        """
        with self._reading() as inside:
            return Tracks.joined(tracks for _, tracks in self.found.read(inside))

    def observations(self) -> pa.Table:
        """Return where each was when: Arrow table of ``OBSERVATION_SCHEMA``, in memory.

        Raises: as ``to_arrow``.
        """
        return self.tracks.observation_table

    def by_camera(self) -> dict[str, Answer]:
        """Return what was found of each camera, in order of name: a synopsis is of one."""
        return {camera: replace(self, found=found) for camera, found in self.found.by_camera().items()}

    def clip(self, output: str | Path, number: int = 1, options: ClipOptions | None = None) -> Clip:
        """Cut the original moment of one track out of its recording.

        Args:
            output: an ``.mp4``.
            number: which track, from 1, in the order asked for.
            options: how.

        Raises:
            NothingToShowError: there are not so many.
            ApercuError: as ``cut_clip``.
        """
        if not 1 <= number <= len(self):
            raise NothingToShowError(
                f"there is no track {number} among the {len(self)} found",
                where="answer",
                next_step="Choose another number, or ask for more.",
            )
        key = self.found.keys.slice(number - 1, 1).to_pylist()[0]
        chosen = options or ClipOptions(reason=self.reason)
        return cut_clip(self.archive, key["recording_id"], key["track_id"], output, chosen)

    def clips(self, folder: str | Path, options: ClipOptions | None = None) -> list[Clip]:
        """Cut the original moments of all tracks out of their recordings, each a file in a folder.

        Raises: as ``cut_clips``.
        """
        return cut_clips(self.archive, self.found, folder, options or ClipOptions(reason=self.reason))

    def synopsis(self, output: str | Path, options: SynopsisOptions | None = None) -> Synopsis:
        """Make a synopsis of what was found of one camera, see ``by_camera``.

        Raises: as ``make_synopsis``.
        """
        chosen = options or SynopsisOptions(reason=self.reason)
        return make_synopsis(self.archive, output, replace(chosen, query=self.query), found=self.found)

    def sheet(self, output: str | Path, options: SheetOptions | None = None) -> Sheet:
        """Show every track that was found in its best moment, as PNG or HTML, camera by camera.

        Raises: as ``make_sheet``.
        """
        chosen = options or SheetOptions(reason=self.reason)
        return make_sheet(self.archive, output, replace(chosen, query=self.query), found=self.found)

    @property
    def _subject(self) -> str:
        return f"query {self.query}"

    def _reading(self) -> AbstractContextManager[Archive]:
        return self.archive.opens(Capability.READ_TRACKS, subject=self._subject, reason=self.reason)
