"""From an arrangement to pictures: soft silhouettes over the empty scene, each with its true time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage import Frame
from apercu.synopsis import labels
from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sources import Sources
from apercu.synopsis.tubes import Tube
from apercu.synopsis.veil import Veil

Picture = NDArray[np.uint8]
_FADE_S = 0.25
_SCENE_FOLLOWS = 0.06


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a synopsis shows beside its objects.

    Attributes:
        times: label every object with its true time.
        boxes: draw a thin box around every object.
    """

    times: bool = True
    boxes: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """How original times are placed and written.

    Attributes:
        line_s: recording and seconds from its start -> seconds on one time line for all recordings.
        label: recording and seconds from its start -> text.
    """

    line_s: Callable[[str, float], float]
    label: Callable[[str, float], str]


def render(
    arrangement: Arrangement,
    sources: Sources,
    scenery: Scenery,
    clock: Clock,
    options: RenderOptions,
    veil: Veil | None,
) -> Iterator[Picture]:
    """Yield every output frame, BGR uint8 (H, W, 3), in order.

    Args:
        arrangement: what is shown when.
        sources, scenery, clock: of the recordings it is made from.
        options: what is shown beside the objects.
        veil: over everyone; None shows people as they are.

    Raises:
        FootageError: an original moment cannot be read.
    """
    rate = float(arrangement.rate)
    scene_s: float | None = None
    for number in range(arrangement.frame_count):
        shown = arrangement.shown(number)
        # Where part of a stay is left out, what follows has another offset.
        tubes = [
            (tube, sample, round((number / rate - tube.original_s(sample)) * 1000 + 1e-4))
            for tube, sample in ((arrangement.tubes[i], sample) for i, sample in shown)
        ]
        # What stands lower in the picture is nearer, and painted last.
        tubes.sort(key=lambda item: float(item[0].boxes[item[1], 3]))
        sources.keep({(tube.recording_id, offset) for tube, _, offset in tubes})
        if veil is not None:
            veil.keep([tube for tube, _, _ in tubes])
        if tubes:
            middle = float(np.mean([clock.line_s(t.recording_id, t.original_s(s)) for t, s, _ in tubes]))
            scene_s = middle if scene_s is None else scene_s + _SCENE_FOLLOWS * (middle - scene_s)
        scene = scenery.at(scene_s or 0.0)
        picture = scene.copy()
        for tube, sample, offset in tubes:
            frame = sources.frame(tube.recording_id, offset, tube.original_s(sample))
            presence, cell_px = _presence(tube, sample, rate), arrangement.grid.cell_px
            if veil is not None and veil.hides(tube):
                veil.paint(picture, frame, tube, sample, cell_px, presence)
            else:
                _paint(picture, scene, frame, tube, sample, cell_px, presence, veil)
        if options.boxes:
            for tube, sample, _ in tubes:
                labels.outline(picture, _whole(tube.boxes[sample]), (255, 255, 255))
        if options.times:
            _label(picture, tubes, clock, rate)
        labels.draw_notice(picture)
        yield picture


def _presence(tube: Tube, sample: int, rate: float) -> float:
    """Return how opaque a tube is: it fades in and out at its ends."""
    edge = min(sample + 1, len(tube) - sample) / max(1.0, _FADE_S * rate)
    return min(1.0, edge)


def _paint(
    picture: Picture,
    scene: Picture,
    frame: Frame,
    tube: Tube,
    sample: int,
    cell_px: int,
    presence: float,
    veil: Veil | None,
) -> None:
    """Blend one silhouette from its original picture into the output, in place.

    Inside the silhouette the original covers; around it, it covers only where it differs from the empty
    scene. So shadows and feet come along, and no rim of old ground does. Under the veil only the inside is
    shown.
    """
    mask = tube.mask(sample)
    height, width = mask.cells.shape
    margin = int(np.clip(0.12 * max(height, width), 3, 16))
    left, top = (mask.x - margin) * cell_px, (mask.y - margin) * cell_px
    core = np.pad(mask.cells.view(np.uint8) * 255, margin)
    rim = cv2.dilate(core, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin - 1, 2 * margin - 1)))
    size = (core.shape[1] * cell_px, core.shape[0] * cell_px)
    x1, y1 = max(0, left), max(0, top)
    x2 = min(picture.shape[1], frame.width, left + size[0])
    y2 = min(picture.shape[0], frame.height, top + size[1])
    if x2 <= x1 or y2 <= y1:
        return
    place = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    inside, around = (
        cv2.GaussianBlur(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), (0, 0), 0.5 * cell_px + 0.5)[
            place
        ]
        for part in (core, rim)
    )
    above = frame.bgr(region=(x1, y1, x2, y2))
    if veil is not None:
        veil.cover_unknown(above, frame, tube, sample, (x1, y1, x2, y2))
        veil.cover_others(above, frame, tube, (x1, y1, x2, y2))
    differs = cv2.absdiff(above, scene[y1:y2, x1:x2]).max(axis=2)
    # From 12 grey levels (noise, drift of light) to 40 (surely something else).
    certain = np.clip((cv2.blur(differs, (3, 3)).astype(np.float32) - 12) / 28, 0, 1)
    # What differs beside a vehicle may be its shadow, or someone walking past whom nobody tracked: the veil
    # leaves it out.
    opacity = inside.astype(np.float32) if veil is not None else np.maximum(inside, around * certain)
    alpha = opacity[..., None] * (presence / 255)
    below = picture[y1:y2, x1:x2].astype(np.float32)
    picture[y1:y2, x1:x2] = (below + alpha * (above.astype(np.float32) - below) + 0.5).astype(np.uint8)


def _label(picture: Picture, tubes: list[tuple[Tube, int, int]], clock: Clock, rate: float) -> None:
    """Write each object's true time above it, moved up or down where labels would cover one another."""
    size = labels.text_size(picture.shape[0])
    taken: list[labels.Box] = []
    for tube, sample, _ in sorted(tubes, key=lambda item: (item[0].recording_id, item[0].track_id)):
        text = clock.label(tube.recording_id, tube.original_s(sample))
        x1, y1, x2, _y2 = tube.boxes[sample].tolist()
        box = labels.place(picture.shape, text, 0, 0, size)
        x, y = round((x1 + x2) / 2 - box[2] / 2), round(y1) - box[3] - 2
        step = box[3] + 2
        for rows in (0, -1, -2, -3, 1, 2, 3):
            box = labels.place(picture.shape, text, x, y + rows * step, size)
            if not any(_cross(box, other) for other in taken):
                break
        taken.append(box)
        labels.draw(picture, text, box[0], box[1], size, _presence(tube, sample, rate))


def _cross(a: labels.Box, b: labels.Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _whole(box: NDArray[np.float32]) -> labels.Box:
    x1, y1, x2, y2 = np.round(box).astype(int).tolist()
    return x1, y1, x2, y2
