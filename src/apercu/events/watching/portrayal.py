"""What a signal shows: a picture with its object's way drawn on it, and the seconds around it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis import Detections, Detector, Tracks
from apercu.analysis.people import People
from apercu.analysis.redaction import Redactor
from apercu.archive.zones import Zone
from apercu.events.event import Event
from apercu.events.watching.recent import Past, scaled
from apercu.footage import Frame, VideoWriter
from apercu.synopsis.lettering import write
from apercu.synopsis.zones import with_zones

Picture = NDArray[np.uint8]

_LOOK_PX = 640
_LOOK_EVERY_S, _NEAR_S = 0.6, 1.0
_ROUNDED = 1e-6
_WAY, _BOX, _INK = (40, 220, 250), (40, 60, 240), (255, 255, 255)
_PLATE = 0.6
_QUALITY = 85
_PRESET = "ultrafast"
"""Of clips: in half the time of the usual one, while cameras are watched, for files two fifths larger."""


def picture_of(
    event: Event,
    frame: Frame,
    moving: NDArray[np.bool_] | None,
    tracks: Tracks,
    detector: Detector,
    places: Sequence[Zone],
) -> bytes:
    """Return the picture of a signal as JPEG: people pixelated, and on it where and how it came about.

    Args:
        event: what was met.
        frame: the picture in which it was met, its timecode that of the run.
        moving: bool (h, w), what moves in it.
        tracks: everything that was in view lately.
        detector: takes a second look, for whoever has no track.
        places: the zone or line that it is about.
    """
    redacted = Redactor(People(tracks), event.run, detector, _LOOK_PX).redact(frame, moving)
    picture = with_zones(redacted.picture, places) if places else redacted.picture
    _draw(picture, event, 1.0)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1])


def write_clip(
    path: Path,
    event: Event,
    pictures: Sequence[Past],
    tracks: Tracks,
    detector: Detector,
    *,
    scale: float,
    rate: float,
) -> None:
    """Write the seconds around a signal as MP4: people pixelated, the box of its object in its own picture.

    Args:
        path: file to write.
        event: what was met.
        pictures: in order of time, at least one.
        tracks: everything that was in view in them, in pixels of the run.
        detector: takes a second look, every 0.6 s.
        scale: size of the pictures against those of the run.
        rate: pictures per second.

    Raises:
        OutputError: the file cannot be written.
    """
    redactor = Redactor(People(scaled(tracks, scale)), event.run)
    looked = _looked(pictures)
    height, width = pictures[0].image().shape[:2]
    with VideoWriter(path, width, height, Fraction(rate), preset=_PRESET) as writer:
        for past in pictures:
            near = [each.look(detector) for each in looked if abs(each.time_s - past.time_s) <= _NEAR_S]
            shown = redactor.redact(past.frame(), past.mask(), Detections.concatenate(near)).picture
            if abs(past.time_s - event.met_s) <= 0.5 / rate:
                _draw(shown, event, scale)
            size = max(12, shown.shape[0] // 24)
            write(shown, f"{past.time_s - event.met_s:+.1f} s", 4, 4, size, _INK, plate=_PLATE)
            writer.write(shown)


def _looked(pictures: Sequence[Past]) -> list[Past]:
    """Return the pictures that get a second look: the same ones in every clip that shows them.

    They are as small as the detector likes them: to look more often at all of a picture finds more people in
    it than to look at its quarters, too, in as much time.
    """
    first_of = {int(past.time_s / _LOOK_EVERY_S + _ROUNDED): past for past in reversed(pictures)}
    return [*first_of.values()]


def _draw(picture: Picture, event: Event, scale: float) -> None:
    """Draw the box and the way of an event's object."""
    thick = max(2, picture.shape[1] // 400)
    if len(event.path) > 1:
        way = np.round(np.array(event.path) * scale).astype(np.int32)
        cv2.polylines(picture, [way[:, None]], False, _WAY, thick, cv2.LINE_AA)
        cv2.circle(picture, way[-1].tolist(), 2 * thick, _WAY, -1, cv2.LINE_AA)
    if event.box is not None:
        x1, y1, x2, y2 = np.round(np.array(event.box) * scale).astype(int).tolist()
        cv2.rectangle(picture, (x1, y1), (x2, y2), _BOX, thick, cv2.LINE_AA)
