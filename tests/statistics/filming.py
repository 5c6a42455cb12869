"""Footage for counting, a detector that needs no time, and archives of two purposes; also run by itself.

As a program it counts, under the eyes of a test: ``python filming.py footage|live ARCHIVE VIDEO [STALL]``.
Once ``STALL`` seconds of footage are done it waits to be killed.
"""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from apercu.analysis import AnalysisOptions, Detections
from apercu.analysis.detector import load_card
from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.footage import SceneOptions, SyntheticScene

OPTIONS = AnalysisOptions(segment_s=24.0, overlap_s=6.0)


class Blind:
    """A detector that knows nothing: all that moves is counted as other."""

    card = load_card()

    def detect(self, image: np.ndarray) -> Detections:
        return Detections.empty()


def film(path: Path, seconds: float, *, objects: int = 40) -> Path:
    """Write a generated place, with a key frame every other second."""
    scene = SyntheticScene(SceneOptions(192, 108, Fraction(5), seconds=seconds, objects=objects, seed=5))
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        stream.options = {"g": "10", "preset": "ultrafast", "crf": "18"}
        for i, picture in enumerate(scene.frames()):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, 5)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def archive_for(folder: Path, purpose: str) -> Archive:
    """Return a new archive with a line, and a zone on each side of it."""
    fields = {"licence": "own"} if purpose == "research" else {"place": "Street", "information": "a sign"}
    archive = Archive.create(
        folder, name="Test", purpose=purpose, purpose_fields=fields, timezone="Europe/Paris", actor="test"
    )
    add_zone(archive, "gate", "door", "line", [(0.5, 0.0), (0.5, 1.0)])
    add_zone(archive, "gate", "west", "zone", [(0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)])
    add_zone(archive, "gate", "east", "zone", [(0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0)])
    return archive


def main(kind: str, folder: str, video: str, stall: str = "inf") -> None:
    """Count a recording, or play it as a camera would send it."""
    from apercu.footage import Source
    from apercu.statistics.direct import count_footage
    from apercu.statistics.live import count_live

    archive = Archive.open(folder, actor="test")
    if kind == "live":
        count_live(archive, Source(video, real_time=True), Blind(), camera="gate", interval_s=60)
        return

    def wait(second: float) -> None:
        while second > float(stall):
            time.sleep(0.1)

    count_footage(archive, Path(video), Blind(), camera="gate", options=OPTIONS, interval_s=60, progress=wait)


if __name__ == "__main__":
    main(*sys.argv[1:])
