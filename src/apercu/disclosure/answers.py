"""A question asked and what its answer can become: tables, observations, a clip, a sheet, a synopsis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis import Tracks
from apercu.archive import Archive
from apercu.disclosure.cutting import Clip, ClipOptions, cut_clip, cut_clips
from apercu.errors import NothingToShowError
from apercu.purposes import Capability
from apercu.search import Found, Query, Step, searching
from apercu.synopsis import Synopsis, SynopsisOptions, make_synopsis
from apercu.synopsis.sheet import Sheet, SheetOptions, make_sheet


@dataclass(frozen=True, slots=True)
class Answer:
    """The tracks that a query found, with what the archive says of each.

    Attributes:
        archive: that was asked.
        found: which tracks, how many in all, what each filter left.
        table: Arrow table of ``TRACK_SCHEMA``, one row per track, in the order asked for.
        reason: why it was asked, for what is made of it.
    """

    archive: Archive
    found: Found
    table: pa.Table
    reason: str | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def query(self) -> Query:
        """What was asked."""
        return self.found.query

    @property
    def steps(self) -> Sequence[Step]:
        """What each filter left; empty unless it was asked for."""
        return self.found.steps

    @property
    def tracks(self) -> Tracks:
        """The tracks with their observations, recording by recording, in memory.

        Raises:
            RefusedError: the purpose has no ``read-tracks``, or not now, or not without a reason.
            ArchiveDamagedError: a file is missing or torn.
        """
        subject = f"query {self.query}"
        with self.archive.opens(Capability.READ_TRACKS, subject=subject, reason=self.reason) as inside:
            parts = [Tracks.empty(), *(tracks for _, tracks in self.found.read(inside))]
        return Tracks(
            pa.concat_tables([part.table for part in parts]),
            pa.concat_tables([part.observation_table for part in parts]),
        )

    def to_arrow(self) -> pa.Table:
        """Return ``table``."""
        return self.table

    def measures(self) -> pa.Table:
        """Return speed and size of each in metres: Arrow table of ``MEASURE_SCHEMA``, as ``table``.

        Null where the camera is not calibrated.

        Raises:
            RefusedError: the purpose has no ``read-tracks``, or not now, or not without a reason.
            ArchiveDamagedError: a file is missing or torn.
        """
        subject = f"query {self.query}"
        with self.archive.gate.opens(Capability.READ_TRACKS, subject=subject, reason=self.reason):
            return self.found.measures(self.archive)

    def by_camera(self) -> dict[str, Answer]:
        """Return what was found of each camera, in order of name: a synopsis is of one."""
        parts = {}
        for camera, found in self.found.by_camera().items():
            mine = pc.equal(self.table["camera"].cast(pa.string()), pa.scalar(camera))
            parts[camera] = replace(self, found=found, table=self.table.filter(mine))
        return parts

    def to_pandas(self) -> Any:
        """Return the same as a ``pandas.DataFrame``; takes pandas, which Aperçu does not bring along."""
        return self.table.to_pandas()

    def observations(self) -> pa.Table:
        """Return where each was when: Arrow table of ``OBSERVATION_SCHEMA``.

        Raises: as ``tracks``.
        """
        return self.tracks.observation_table

    def clip(self, output: Path, number: int = 1, options: ClipOptions | None = None) -> Clip:
        """Cut the original moment of one track out of its recording.

        Args:
            output: an ``.mp4``.
            number: which track, from 1, in the order of ``table``.
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
        key = self.table.slice(number - 1, 1).select(["recording_id", "track_id"]).to_pylist()[0]
        chosen = options or ClipOptions(reason=self.reason)
        return cut_clip(self.archive, key["recording_id"], key["track_id"], output, chosen)

    def clips(self, folder: Path, options: ClipOptions | None = None) -> list[Clip]:
        """Cut the original moments of all tracks out of their recordings, each a file in a folder.

        Raises: as ``cut_clips``.
        """
        return cut_clips(self.archive, self.found, folder, options or ClipOptions(reason=self.reason))

    def synopsis(self, output: Path, options: SynopsisOptions | None = None) -> Synopsis:
        """Make a synopsis of what was found of one camera, see ``by_camera``.

        Raises: as ``make_synopsis``.
        """
        chosen = options or SynopsisOptions(reason=self.reason)
        return make_synopsis(self.archive, output, replace(chosen, query=self.query), found=self.found)

    def sheet(self, output: Path, options: SheetOptions | None = None) -> Sheet:
        """Show every track that was found in its best moment, as PNG or HTML, camera by camera.

        Raises: as ``make_sheet``.
        """
        chosen = options or SheetOptions(reason=self.reason)
        return make_sheet(self.archive, output, replace(chosen, query=self.query), found=self.found)


def ask(archive: Archive, query: Query, *, reason: str | None = None, explain: bool = False) -> Answer:
    """Ask an archive for tracks.

    Args:
        archive: holds them.
        query: what is asked.
        reason: why, for the ledger.
        explain: count what each filter leaves, too.

    Raises: as ``apercu.search.find``.
    """
    with searching(archive, query, reason=reason, explain=explain) as found:
        return Answer(archive, found, found.table(archive), reason)
