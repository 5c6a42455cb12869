"""What was released last of a camera that is being counted: once for each interval that is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apercu.archive import Archive
from apercu.errors import NothingToShowError
from apercu.statistics.counting import CountOptions, count
from apercu.statistics.intervals import SECOND_US, Intervals, micros
from apercu.statistics.release import release
from apercu.statistics.released import Released


class Latest:
    """Returns when called what ``exposition`` shows; asks the archive only when an interval is over."""

    def __init__(
        self,
        archive: Path,
        camera: str,
        interval_s: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Tell of a camera by intervals; the archive is opened where it is called, which may be a thread."""
        self._archive, self._camera, self._interval_s, self._clock = archive, camera, interval_s, clock
        self._until: datetime | None = None
        self._released: Released | None = None

    def __call__(self) -> Released | None:
        """Return the numbers of the last whole interval that was kept; None while there is none.

        Raises: as ``release``.
        """
        archive = Archive.open(self._archive)
        now = micros(self._clock())
        edges = Intervals(self._interval_s, archive.settings.zone, 0).edges(now, now)
        until = datetime.fromtimestamp(int(edges[0]) / SECOND_US, UTC)
        if until == self._until:
            return self._released
        options = CountOptions(
            self._interval_s,
            (self._camera,),
            since=until - timedelta(seconds=self._interval_s),
            until=until,
        )
        try:
            cells = count(archive, options)
        except NothingToShowError:  # its numbers are not kept yet
            return self._released
        self._released, self._until = release(archive, cells), until
        return self._released
