"""The last seconds of a camera: in memory only, until a signal is written about them.

The pictures that were analysed are kept as small JPEGs, 2 to 4 MB for each camera. Packets as they came would
be about as large, but would have to be decoded from their key frame on, and a change of codec in the middle
would end them; pixelated at once, they could not know who was found only later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis import Detections, Detector, Tracks
from apercu.footage import Footage, Frame, RecordingInfo
from apercu.footage.groups import GroupReading
from apercu.footage.reader import Skip
from apercu.timecode import Timecode

AROUND_S = 5.0
"""How long before and after a signal is shown, seconds."""

_KEPT_S = 2 * AROUND_S + 2.0
_TRACKS_S = 40.0
_WIDTH = 640
_QUALITY = 80
_WHOLE = 4
_TICK = Fraction(1, 90_000)
_EDGES = ("x1", "y1", "x2", "y2")


@dataclass(slots=True, eq=False)
class Past:
    """One analysed picture, small.

    Attributes:
        time_s: second of the run.
        jpeg: the picture as it was filmed.
        moving: what moved, packed bits of (h, w) ``cells``; empty where it is not known.
    """

    time_s: float
    jpeg: bytes
    moving: bytes = b""
    cells: tuple[int, int] = (0, 0)
    _seen: Detections | None = field(default=None, repr=False)

    def image(self) -> NDArray[np.uint8]:
        """Return the picture, BGR uint8 (h, w, 3)."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)

    def frame(self) -> Frame:
        """Return the picture, with its time."""
        return Frame.from_bgr(self.image(), Timecode.from_seconds(self.time_s, _TICK))

    def look(self, detector: Detector) -> Detections:
        """Return what a detector sees in it; that is kept for the other clips that show it."""
        if self._seen is None:
            self._seen = detector.detect(self.image())
        return self._seen

    def mask(self) -> NDArray[np.bool_] | None:
        """Return what moved, bool (h, w)."""
        if not self.moving:
            return None
        bits = np.unpackbits(np.frombuffer(self.moving, np.uint8), count=self.cells[0] * self.cells[1])
        return bits.reshape(self.cells).view(np.bool_)


class Recent:
    """What one run of a camera showed lately; also a sink of ``analyze``, for the tracks that became whole.

    Args:
        width: of the camera's pictures, pixels.
        keeps: whether small pictures are kept, for clips.
    """

    def __init__(self, width: int, *, keeps: bool) -> None:
        self.scale = min(1.0, _WIDTH / width)
        self._keeps = keeps
        self._whole: deque[Frame] = deque(maxlen=_WHOLE)
        self._past: deque[Past] = deque()
        self._tracks: deque[tuple[float, Tracks]] = deque()
        self._now_s = 0.0

    @property
    def held_bytes(self) -> int:
        """Memory that the small pictures take."""
        return sum(len(past.jpeg) + len(past.moving) for past in self._past)

    def add_tracks(self, tracks: Tracks) -> None:
        """Keep finished tracks for a while: whoever just left is still in the last seconds."""
        self._tracks.append((self._now_s, tracks))

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take none."""

    def take(self, frame: Frame) -> None:
        """Keep a picture that is going to be analysed."""
        self._whole.append(frame)

    def note(self, time_s: float, moving: NDArray[np.bool_] | None) -> None:
        """Take note of what moves, bool (h, w), in the picture of a second that was taken before."""
        self._now_s = time_s
        while self._tracks and self._tracks[0][0] < time_s - _TRACKS_S:
            self._tracks.popleft()
        frame = self.whole(time_s)
        if not self._keeps or frame is None:
            return
        size = round(frame.width * self.scale), round(frame.height * self.scale)
        small = frame.bgr(size=size) if self.scale < 1 else frame.bgr()
        jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
        bits = b"" if moving is None else np.packbits(moving).tobytes()
        height, width = (0, 0) if moving is None else moving.shape
        self._past.append(Past(time_s, jpeg, bits, (height, width)))
        while self._past[0].time_s < time_s - _KEPT_S:
            self._past.popleft()

    def whole(self, time_s: float) -> Frame | None:
        """Return the picture of a second in full size; None when it is not one of the last few."""
        return next((frame for frame in self._whole if float(frame.timecode) == time_s), None)

    def between(self, begin_s: float, end_s: float) -> list[Past]:
        """Return the pictures from one second to another."""
        return [past for past in self._past if begin_s <= past.time_s <= end_s]

    def tracks(self, going_on: Tracks) -> Tracks:
        """Return everything that was in view lately; ``going_on`` is what is not whole yet."""
        return Tracks.joined([*(tracks for _, tracks in self._tracks), going_on])


class Tapped:
    """A camera whose pictures are also kept for a while; see ``Footage``."""

    def __init__(self, footage: Footage, recent: Recent) -> None:
        self._footage, self._recent = footage, recent

    @property
    def info(self) -> RecordingInfo:
        """As in ``Footage``."""
        return self._footage.info

    @property
    def repaired(self) -> int:
        """As in ``Footage``."""
        return self._footage.repaired

    @property
    def damage(self) -> list[str]:
        """As in ``Footage``."""
        return self._footage.damage

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """As in ``Footage``; those up to an ``end`` come again and are not kept."""
        for frame in self._footage.frames(begin, end, skip=skip):
            if end is None:
                self._recent.take(frame)
            yield frame

    def groups(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> GroupReading | None:
        """As in ``Footage``."""
        return self._footage.groups(begin, end, skip=skip)


def scaled(tracks: Tracks, factor: float) -> Tracks:
    """Return tracks as they lie in pictures that are so many times as large; masks stay as they are."""
    table = tracks.observation_table
    for name in _EDGES:
        column = pc.multiply(table[name], pa.scalar(factor, pa.float32()))
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
    return Tracks(tracks.table, table)
