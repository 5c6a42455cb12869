"""A stroboscopic still: one object at several moments of its way, in one picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis import load_detector
from apercu.analysis.people import People
from apercu.archive import Archive
from apercu.disk import replace_file, writing
from apercu.errors import NothingToShowError, UsageError
from apercu.footage import FootageReader
from apercu.footage.moments import frames_at
from apercu.geometry import feet, sides
from apercu.search import TrackId
from apercu.synopsis.lettering import text_width, write
from apercu.synopsis.options import StroboscopeOptions
from apercu.synopsis.originals import Originals, check_output
from apercu.synopsis.showing import showing
from apercu.synopsis.stills import Painter
from apercu.synopsis.tubes import Tube, tubes_of

Picture = NDArray[np.uint8]

NOTICE = "STROBOSCOPE: one object at several moments, times are original"
_RATE = Fraction(10)
_LEAST_PX = 960
"""Longer side of a still at least."""
_APART = 1.0
"""How far two poses are apart at least, in the object's own sizes (shorter side of its box)."""
_TREMBLES = 0.02
"""Steps below this many sizes are no way."""


@dataclass(frozen=True, slots=True)
class Stroboscope:
    """A still that was made: its file, and the moments it shows, seconds from the start of the recording."""

    picture: Path
    seconds: tuple[float, ...]


def make_stroboscope(
    archive: Archive,
    track: TrackId,
    output: str | Path,
    options: StroboscopeOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> Stroboscope:
    """Show one track at several moments of its way over its empty scene.

    Args:
        archive: holds the track; the footage must still be where it was analysed.
        track: which.
        output: a ``.png``.
        options: how.
        progress: told the share done, 0 to 1.

    Raises:
        RefusedError: as ``showing``.
        UsageError: the options do not fit.
        NothingToShowError: there is no such track.
        FootageError: the recording is gone, has changed, or cannot be read there.
        OutputError: the file cannot be written.
    """
    options = options or StroboscopeOptions()
    if not 2 <= options.poses <= 200:
        raise UsageError(f"{options.poses} poses make no sense", next_step="Choose 2 to 200.")
    output = check_output(output, "still", ".png")
    with showing(archive, redact=options.redact, subject=f"track {track}", reason=options.reason) as inside:
        picture, seconds = _made(inside, track, options, progress or (lambda _: None))
    with writing(output):
        replace_file(output, cv2.imencode(".png", picture)[1].tobytes())
    return Stroboscope(output, seconds)


def _made(
    archive: Archive, track: TrackId, options: StroboscopeOptions, report: Callable[[float], None]
) -> tuple[Picture, tuple[float, ...]]:
    row = archive.recording(track.recording_id)
    everyone = archive.tracks([track.recording_id])
    own = everyone.filter(pa.array(everyone.table["track_id"].to_numpy() == track.track_id))
    if not len(own):
        raise NothingToShowError(
            f"recording {track.recording_id} has no track {track.track_id}",
            where=archive.path,
            next_step="See: apercu tracks ARCHIVE.",
        )
    originals = Originals.of(archive, [row])
    originals.check([row.recording_id])
    (tube,) = tubes_of(own, originals.grid, _RATE, originals.line)
    samples = chosen_samples(tube, options.poses)
    seconds = tuple(tube.original_s(i) for i in samples)
    people = People(everyone) if options.redact else None
    vehicle = people is not None and not people.may_be(tube.recording_id, tube.track_id)
    painter = Painter(originals.grid.cell_px, people, load_detector() if vehicle else None)
    picture = (
        originals.scenery(archive).at(originals.line[row.recording_id] + seconds[len(seconds) // 2]).copy()
    )
    with FootageReader(row.absolute_path) as reader:
        for number, (sample, frame) in enumerate(zip(samples, frames_at(reader, seconds), strict=True), 1):
            painter.paint(picture, frame, tube, sample)
            report(number / len(samples))
    return _labelled(picture, tube, samples, originals), seconds


def chosen_samples(tube: Tube, most: int) -> list[int]:
    """Return the samples to show, in order: evenly along the way, so far apart that they hardly overlap.

    Where it stands, nothing is added; first and last place are always shown.
    """
    boxes = tube.boxes.astype(float)
    places = feet(boxes)
    # The way counts in sizes of the object there: near the camera it is larger, and poses lie further apart.
    sizes = sides(boxes).min(axis=1).clip(1)
    steps = np.hypot(*np.diff(places, axis=0).T) / sizes[1:] if len(places) > 1 else np.zeros(0)
    # What trembles in its place does not travel.
    along = np.concatenate([[0.0], np.cumsum(np.where(steps > _TREMBLES, steps, 0.0))])
    count = int(np.clip(along[-1] / _APART + 1, 1, most))
    found = np.searchsorted(along, np.linspace(0, along[-1], count)).clip(0, len(tube) - 1)
    return [int(i) for i in np.unique(found)]


def _labelled(picture: Picture, tube: Tube, samples: list[int], originals: Originals) -> Picture:
    """Return the picture, large enough to read, with the time of every pose that has room for it."""
    grid = originals.grid
    scale = max(1.0, _LEAST_PX / max(grid.frame_width, grid.frame_height))
    size_px = (round(grid.frame_width * scale), round(grid.frame_height * scale))
    if scale > 1:
        picture = np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_CUBIC), np.uint8)
    size = max(12, round(max(size_px) / 80))
    taken: list[tuple[float, float, float, float]] = []
    # First and last say most: they get their room before the others.
    order = sorted(range(len(samples)), key=lambda i: (i not in (0, len(samples) - 1), i))
    for i in order:
        sample = samples[i]
        text = originals.clock.label(tube.recording_id, tube.original_s(sample))
        x1, y1, x2, y2 = (tube.boxes[sample] * scale).tolist()
        wide, high = text_width(text, size) + size, 1.7 * size
        for y in (y1 - high, y2 + 2):
            box = ((x1 + x2 - wide) / 2, y, (x1 + x2 + wide) / 2, y + high)
            if (
                y >= 0
                and y + high <= size_px[1] - 2.2 * size
                and not any(_cross(box, other) for other in taken)
            ):
                taken.append(box)
                write(picture, text, round(box[0]), round(y), size, plate=0.55)
                break
    write(picture, NOTICE, 4, size_px[1], size, plate=0.55)
    return picture


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
