"""The original moments, read again from the footage: each recording once, in order, and only where needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from apercu.analysis.ahead import ahead
from apercu.errors import FootageError, FootageNotFoundError
from apercu.footage import FootageReader, Frame
from apercu.footage.moments import Nearest

_WITHIN_S = 30.0
"""Beyond this the nearest picture is not that of a moment, however few pictures there are."""


@dataclass(frozen=True, slots=True)
class Source:
    """A recording that pictures are read from.

    Attributes:
        recording_id: its content hash, first 16 digits.
        path: where the file is now.
        time_base: seconds per tick.
        start: true time of its first frame, aware; None when nobody knows.
    """

    recording_id: str
    path: Path
    time_base: Fraction
    start: datetime | None = None


class Sources:
    """The recordings of a synopsis, one being read at a time; a context manager.

    Args:
        sources: by recording id.
        folder: where cutouts wait until they are shown, see ``spool``.
    """

    def __init__(self, sources: dict[str, Source], folder: Path) -> None:
        self.folder = folder
        self._sources = sources
        self._open: str | None = None
        self._nearest: Nearest | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def frame(self, recording_id: str, second: float) -> Frame:
        """Return the picture of a recording nearest to ``second``, which never goes back within a recording.

        Raises:
            FootageError: the recording is gone or cannot be read there.
        """
        if self._nearest is None or recording_id != self._open:
            self.close()
            self._open, reader = recording_id, _reader(self._sources[recording_id].path)
            self._nearest = Nearest(reader, through=ahead, within_s=_WITHIN_S)
        return self._nearest.at(second)

    def close(self) -> None:
        """End the reading that is going on; the next one may begin anywhere."""
        if self._nearest is not None:
            self._nearest.close()
            self._nearest.reader.close()
            self._nearest = None


def _reader(path: Path) -> FootageReader:
    try:
        return FootageReader(path)
    except FootageNotFoundError as error:
        raise FootageError(
            "the original recording is no longer there",
            path=path,
            next_step="Bring it back to that place: a synopsis is made from the footage itself.",
        ) from error
