"""One analysis as the benchmarks look at it: tracks kept in memory, and what was seen at each moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from numpy.typing import NDArray
from rows import Boxes, Mask, Rows

from apercu.analysis import AnalysisOptions, Detector, Summary, Tracks, analyze, stages
from apercu.analysis.masks import unpack
from apercu.analysis.motion import BackgroundModel, Luma, Motion, grid_reduction
from apercu.footage import FootageReader

Watcher = Callable[[float, Mask], None]
"""Told the second of every analysed picture and its motion mask in pixels, bool (H, W)."""


@dataclass(slots=True)
class MemorySink:
    """Keeps everything; for recordings that fit."""

    parts: list[Tracks] = field(default_factory=list)
    backgrounds: list[tuple[float, NDArray[np.uint8]]] = field(default_factory=list)

    def add_tracks(self, tracks: Tracks) -> None:
        """Keep finished tracks."""
        self.parts.append(tracks)

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        """Keep a background."""
        self.backgrounds.append((time_s, image))

    @property
    def tracks(self) -> Tracks:
        """All tracks so far."""
        return Tracks.joined(self.parts)


@dataclass(frozen=True, slots=True)
class Observed:
    """What one analysis found.

    Attributes:
        tracks: all of them.
        times: float64 (n,), seconds of the analysed pictures.
        size: height and width of the recording, pixels.
        reduction: pixels per cell of the mask grid.
        summary: as ``analyze`` returns it.
    """

    tracks: Tracks
    times: NDArray[np.float64]
    size: tuple[int, int]
    reduction: int
    summary: Summary

    def rows(self, times: NDArray[np.float64], tolerance_s: float, *classes: str) -> Rows:
        """Return where tracks are at ``times``, numbered from 1; between observations boxes are interpolated.

        Args:
            times: rising, seconds.
            tolerance_s: so far before its first and after its last observation a track counts as there.
            classes: names; all when none are given.
        """
        tracks = self.tracks.of_class(*classes) if classes else self.tracks
        frames, ids, boxes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros((0, 4))]
        for track_id, own, where in _paths(tracks):
            there = np.flatnonzero((times >= own[0] - tolerance_s) & (times <= own[-1] + tolerance_s))
            frames.append(there + 1)
            ids.append(np.full(len(there), track_id))
            boxes.append(np.column_stack([np.interp(times[there], own, where[:, i]) for i in range(4)]))
        return Rows(np.concatenate(frames), np.concatenate(ids), np.concatenate(boxes))

    def masks(self) -> Iterator[tuple[float, Mask]]:
        """Yield, for every analysed picture, its second and the union of the stored masks, bool (H, W)."""
        table = self.tracks.observation_table.sort_by("time_s")
        columns = [table[name].to_pylist() for name in ("mask_x", "mask_y", "mask_w", "mask_h", "mask")]
        stored = list(zip(*columns, strict=True))
        begins = np.searchsorted(table["time_s"].to_numpy(), self.times - 1e-6)
        ends = np.searchsorted(table["time_s"].to_numpy(), self.times + 1e-6)
        height, width = (side // self.reduction for side in self.size)
        for second, begin, end in zip(self.times.tolist(), begins.tolist(), ends.tolist(), strict=True):
            union = np.zeros((height, width), np.bool_)
            for x, y, w, h, data in stored[begin:end]:
                union[y : y + h, x : x + w] |= unpack(data, w, h)
            yield second, to_pixels(union, self.size, self.reduction)


def observe(
    path: Path, detector: Detector, options: AnalysisOptions | None = None, watcher: Watcher | None = None
) -> Observed:
    """Analyse a recording as every command does, and keep what it finds."""
    options = options or AnalysisOptions()
    sink, times = MemorySink(), []
    with FootageReader(path) as reader:
        size = (reader.info.height, reader.info.width)
        reduction = grid_reduction(reader.info.width, reader.info.height, options.motion.grid_px)

        def moved(second: float, cells: Mask) -> None:
            times.append(second)
            if watcher is not None:
                watcher(second, to_pixels(cells, size, reduction))

        with _watched(moved):
            summary = analyze(
                reader, detector, sink, recording_id="benchmark", camera="camera", options=options
            )
    return Observed(sink.tracks, np.array(times), size, reduction, summary)


def to_pixels(cells: Mask, size: tuple[int, int], reduction: int) -> Mask:
    """Return a mask of the grid in pixels, bool (H, W); what is outside the grid does not move."""
    whole = np.zeros(size, np.uint8)
    height, width = (side * reduction for side in cells.shape)
    whole[:height, :width] = cv2.resize(
        cells.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
    )
    return whole.view(np.bool_)


@contextmanager
def _watched(moved: Watcher) -> Iterator[None]:
    """Let analyses use a background model that tells the second and the cells of every picture.

    The model is given the seconds since the picture before, and the first picture is at 0.
    """

    class Watched(BackgroundModel):
        clock_s: float | None = None

        def apply(self, luma: Luma, elapsed_s: float, held: Mask | None = None) -> Motion:
            motion = super().apply(luma, elapsed_s, held)
            self.clock_s = 0.0 if self.clock_s is None else self.clock_s + elapsed_s
            moved(self.clock_s, motion.mask)
            return motion

    with mock.patch.object(stages, "BackgroundModel", Watched):
        yield


def _paths(tracks: Tracks) -> Iterator[tuple[int, NDArray[np.float64], Boxes]]:
    """Yield the number, the seconds (n,) and the boxes (n, 4) of every track."""
    table = tracks.observation_table
    owner, seconds = table["track_id"].to_numpy(), table["time_s"].to_numpy()
    boxes = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")]).astype(np.float64)
    for track_id in np.unique(owner).tolist():
        own = owner == track_id
        yield track_id, seconds[own], boxes[own]
