"""Tracks seen as volumes in space-time: what the synopsis moves in time.

A tube is sampled once per output frame. Where it is moved to does not change its samples, only when they are
shown: so collisions, metrics and rendering all speak of exactly the same masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.masks import CutMask, unpack
from apercu.analysis.tracks import Tracks
from apercu.synopsis.options import DWELL_S
from apercu.synopsis.stays import without_long_stays


@dataclass(frozen=True, slots=True)
class MaskGrid:
    """The grid that masks are drawn on, and the picture it covers.

    Attributes:
        width, height: cells. frame_width, frame_height: pixels.
    """

    width: int
    height: int
    frame_width: int
    frame_height: int

    @property
    def cell_px(self) -> int:
        """Side of a cell in pixels."""
        return max(1, round(self.frame_width / self.width))


@dataclass(frozen=True, slots=True)
class Tube:
    """One track as a volume, sampled at the output's frame rate.

    Attributes:
        recording_id, track_id, class_name: the track.
        start_s: original time of sample 0, seconds from the start of its recording.
        line_s: the same on one time line for all recordings, seconds.
        rate: samples per second shown.
        nearest: int32 (n,), observation whose mask a sample shows.
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels at each sample.
        corners: int32 (n, 2), left top cell of the mask at each sample.
        masks: the silhouettes of the observations, packed.
        sizes: int32 (m, 2), width and height of those silhouettes, cells.
        seconds: float64 (n,), original time of each sample, seconds from the start of its recording; rising.
        skipped: float64 (n,), seconds of a stay that are left out just before a sample; 0 where nothing is.
    """

    recording_id: str
    track_id: int
    class_name: str
    start_s: float
    line_s: float
    rate: Fraction
    nearest: NDArray[np.int32]
    boxes: NDArray[np.float32]
    corners: NDArray[np.int32]
    masks: list[bytes]
    sizes: NDArray[np.int32]
    seconds: NDArray[np.float64]
    skipped: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.nearest)

    def original_s(self, sample: int) -> float:
        """Return the original time of a sample, seconds from the start of its recording."""
        return float(self.seconds[sample])

    def mask(self, sample: int) -> CutMask:
        """Return the silhouette at a sample, in its place on the grid (it may reach over the edge)."""
        observation = int(self.nearest[sample])
        width, height = self.sizes[observation].tolist()
        x, y = self.corners[sample].tolist()
        return CutMask(x, y, unpack(self.masks[observation], width, height))


def tubes_of(
    tracks: Tracks,
    grid: MaskGrid,
    rate: Fraction,
    line: Mapping[str, float],
    dwell_s: float | None = DWELL_S,
) -> Iterator[Tube]:
    """Yield the tube of every track, in the order of the tracks.

    Args:
        tracks: of recordings that share one grid.
        grid: the mask grid.
        rate: output frames per second.
        line: when each recording begins on one time line for all, seconds.
        dwell_s: longest stay that is shown whole: of longer ones the beginning and the end are shown, as long
            as this together; None shows all of them.
    """
    table = tracks.observation_table
    if table.num_rows == 0:
        return
    ids, recordings = table["track_id"].to_numpy(), table["recording_id"].to_numpy()
    changes = (ids[1:] != ids[:-1]) | (recordings[1:] != recordings[:-1])
    edges = np.flatnonzero(np.concatenate([[True], changes, [True]]))
    slices = {(recordings[begin], ids[begin]): slice(begin, end) for begin, end in pairwise(edges.tolist())}
    times = table["time_s"].to_numpy()
    boxes = np.stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")], axis=1)
    places = np.stack([table[name].to_numpy() for name in ("mask_x", "mask_y", "mask_w", "mask_h")], axis=1)
    masks = cast("list[bytes]", table["mask"].to_pylist())
    columns = (tracks.table[name].to_pylist() for name in ("recording_id", "track_id", "class"))
    for recording_id, track_id, class_name in zip(*columns, strict=True):
        part = slices[recording_id, track_id]
        start_s = float(times[part.start])
        seconds, nearest, sampled, corners, skipped = _sample(
            times[part], boxes[part], places[part], grid.cell_px, rate, dwell_s
        )
        yield Tube(
            recording_id,
            track_id,
            class_name,
            start_s,
            line[recording_id] + start_s,
            rate,
            nearest,
            sampled,
            corners,
            masks[part],
            places[part, 2:].astype(np.int32),
            seconds,
            skipped,
        )


def _sample(
    times: NDArray[np.float64],
    boxes: NDArray[np.float32],
    places: NDArray[np.int16],
    cell_px: int,
    rate: Fraction,
    dwell_s: float | None,
) -> tuple[
    NDArray[np.float64], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float64]
]:
    """Return, at each output frame: time, nearest observation, box, the mask's corner, what is left out."""
    count = int((times[-1] - times[0]) * float(rate) + 1e-6) + 1
    at = times[0] + np.arange(count) / float(rate)
    sampled = _between(at, times, boxes)
    skipped = np.zeros(count)
    if dwell_s is not None:
        kept, skipped = without_long_stays(sampled, float(rate), dwell_s)
        at, sampled = at[kept], sampled[kept]
    after = np.clip(np.searchsorted(times, at), 1, max(1, len(times) - 1))
    if len(times) == 1:
        nearest = np.zeros(count, np.int32)
    else:
        nearest = np.where(at - times[after - 1] <= times[after] - at, after - 1, after).astype(np.int32)
    # The mask travels with the bottom centre of its box between two observations.
    drift = np.concatenate(
        [
            (sampled[:, [0]] + sampled[:, [2]] - boxes[nearest][:, [0]] - boxes[nearest][:, [2]]) / 2,
            sampled[:, [3]] - boxes[nearest][:, [3]],
        ],
        axis=1,
    )
    corners = places[nearest, :2].astype(np.int32) + np.round(drift / cell_px).astype(np.int32)
    return at, nearest, sampled, corners, skipped


def _between(
    at: NDArray[np.float64], times: NDArray[np.float64], boxes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the interpolated boxes at some times."""
    return np.stack([np.interp(at, times, boxes[:, i]) for i in range(4)], axis=1).astype(np.float32)
