"""The empty scene of footage, straight from the file: in memory, for an archive that keeps no pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detector import Detector
from apercu.analysis.thorough import without_people
from apercu.footage import FootageReader
from apercu.footage.moments import frames_at

_PICTURES = 15
"""Enough for what passes to be nowhere in most of them, and no more than memory has room for."""


def empty_scene(path: Path, detector: Detector, side_px: int) -> NDArray[np.uint8]:
    """Return the scene of a recording without what moves in it, BGR uint8 (H, W, 3); nothing is written.

    It is the median of pictures from all over the recording. Who stays in one place for most of it would
    still be there, and is pixelated.

    Args:
        path: of the recording.
        detector: looks for people.
        side_px: see ``look_everywhere``.

    Raises:
        FootageError: it cannot be read.
    """
    with FootageReader(path) as reader:
        length = float(reader.info.duration or 0)
        moments = (np.arange(_PICTURES) + 0.5) / _PICTURES * length
        pictures = np.stack([frame.bgr() for frame in frames_at(reader, moments.tolist())])
    # Row by row: the median of all at once would need its memory several times.
    rows = [np.median(pictures[:, y], axis=0) for y in range(pictures.shape[1])]
    return without_people(np.stack(rows).astype(np.uint8), detector, side_px)[0]
