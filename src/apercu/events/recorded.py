"""Rules over what was recorded: from the tracks of an archive, or over its footage once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from apercu.analysis.moment import Moment
from apercu.analysis.tracks import Tracks
from apercu.statistics.paths import Paths

_BLANK_S = 1.0
_PREDICTED = "predicted"


def moments_of(tracks: Tracks, moved: Sequence[tuple[float, float]] = ()) -> Iterator[Moment]:
    """Yield the moments of one recording's tracks, in order of time.

    Tracks are whole here: each is in view from its beginning, in the class that was voted for in the end,
    where live it takes some pictures until something is known to be an object. Where nothing was in view for
    longer than a second, one moment says so.

    Args:
        tracks: all of the recording.
        moved: first and last second of each time that the camera moved.
    """
    paths = Paths.of(tracks)
    seen = tracks.observation_table
    order = np.lexsort((seen["pts"].to_numpy(), seen["track_id"].to_numpy()))
    sure = np.array([source != _PREDICTED for source in seen["source"].to_pylist()], np.bool_)[order]
    ids = np.unique(seen["track_id"].to_numpy())
    begun = paths.times[paths.begins]
    rows = np.lexsort((paths.owners, paths.times))
    edges = np.flatnonzero(np.diff(paths.times[rows], prepend=-np.inf))
    unsteady = [(first, Moment.blank(first, steady=False)) for first, _ in moved]
    last_s = -np.inf
    for chosen in np.split(rows, edges[1:]) if len(rows) else []:
        now_s = float(paths.times[chosen[0]])
        while unsteady and unsteady[0][0] < now_s:
            last_s, moment = unsteady.pop(0)
            yield moment
        if now_s - last_s > _BLANK_S and np.isfinite(last_s):
            yield Moment.blank(last_s + _BLANK_S / 2, steady=True)
        owners = paths.owners[chosen]
        yield Moment(
            now_s,
            True,
            ids[owners].astype(np.int64),
            paths.classes[owners],
            paths.boxes[chosen],
            begun[owners],
            sure[chosen],
        )
        last_s = now_s
    yield from (moment for _, moment in unsteady)
