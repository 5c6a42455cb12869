"""The pipeline that people usually write: every picture decoded, converted, scaled, detected and tracked.

The detector is Aperçu's own, or any with a model card. Boxes are followed by ByteTrack of ``trackers``, which
takes and gives the detections of ``supervision``; ``make bench-setup`` installs both.
"""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
from moments import Followed

from apercu.analysis import Detector
from apercu.footage import probe

try:
    import supervision
    from trackers import ByteTrackTracker
except ImportError as error:
    raise SystemExit(
        "supervision or trackers is missing, the reference is made of them. Run: make bench-setup"
    ) from error

WIDTH = 640
"""Pixels to which every picture is scaled; a network of fixed size pads it to its own."""

_CLEAR = 0.25
"""Score from which a box begins a track and is matched first: the default of ByteTrack in ``supervision``.

With the defaults of ``trackers`` (0.6 and 0.7), made for larger networks, tracks are cleaner, and fewer of
the small and far things are followed at all: what is compared with here should miss little."""


def follow(video: Path, detector: Detector) -> Followed:
    """Return what this pipeline follows in a recording, in pixels of the recording."""
    rate = probe(video).rate
    tracker = ByteTrackTracker(
        frame_rate=rate, track_activation_threshold=_CLEAR, high_conf_det_threshold=_CLEAR
    )
    ids, times, boxes = [np.zeros(0, np.int64)], [np.zeros(0)], [np.zeros((0, 4))]
    with av.open(video) as container:
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            image = frame.to_ndarray(format="bgr24")
            scale = WIDTH / image.shape[1]
            size = (WIDTH, round(image.shape[0] * scale))
            found = detector.detect(np.asarray(cv2.resize(image, size), np.uint8))
            tracked = tracker.update(
                supervision.Detections(
                    xyxy=found.boxes / scale, confidence=found.scores, class_id=found.classes.astype(int)
                )
            )
            assert tracked.tracker_id is not None, "a tracker numbers all that it returns"
            certain = tracked.tracker_id >= 0
            ids.append(tracked.tracker_id[certain].astype(np.int64))
            times.append(np.full(int(certain.sum()), number / rate if frame.time is None else frame.time))
            boxes.append(tracked.xyxy[certain].astype(np.float64))
    return Followed(np.concatenate(ids), np.concatenate(times), np.concatenate(boxes))
