"""A time-lapse: the same span, played fast, to compare a synopsis with. Everyone in it is pixelated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import load_detector
from apercu.analysis.people import People
from apercu.analysis.redaction import Redactor
from apercu.archive import Archive, RecordingRow
from apercu.disclosure.options import TimelapseOptions
from apercu.errors import NothingToShowError, UsageError
from apercu.footage import FootageReader, Frame, VideoWriter
from apercu.footage.moments import frames_at
from apercu.search import Query
from apercu.synopsis.choosing import recordings_of
from apercu.synopsis.lettering import write
from apercu.synopsis.originals import Originals, check_output
from apercu.synopsis.showing import showing

Picture = NDArray[np.uint8]

NOTICE = "TIME-LAPSE"
_MOST_FRAMES = 200_000


@dataclass(frozen=True, slots=True)
class Timelapse:
    """A time-lapse that was made: its file, how long it plays, and how much footage it is of, seconds."""

    video: Path
    length_s: float
    footage_s: float


def make_timelapse(
    archive: Archive,
    output: str | Path,
    options: TimelapseOptions | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Timelapse:
    """Play the footage of one camera fast; pauses between recordings are left out.

    Args:
        archive: knows the recordings; the footage must still be where it was analysed.
        output: an ``.mp4``.
        options: how.
        progress: told the stage (``check``, ``render``) and the share of it done.

    Raises:
        RefusedError: as ``showing``.
        UsageError: the options do not fit, or several cameras are left.
        NothingToShowError: there is no footage of that time.
        FootageError: a recording is gone, has changed, or cannot be read.
        OutputError: the file cannot be written.
    """
    options = options or TimelapseOptions()
    length_s = 1.0 if options.length_s is None else options.length_s
    if not options.factor >= 1 or not 1 <= options.rate <= 60 or not length_s > 0:
        raise UsageError(
            "such a time-lapse makes no sense",
            next_step="Choose a factor of 1 or more, a length above 0, and 1 to 60 pictures a second.",
        )
    output = check_output(output, "time-lapse", ".mp4", rows=archive.recordings())
    subject, reason = options.query.subject, options.reason
    with showing(archive, redact=options.redact, subject=subject, reason=reason) as inside:
        return _made(inside, output, options, progress or (lambda _stage, _share: None))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a recording within the span, seconds from its start."""

    row: RecordingRow
    begin_s: float
    end_s: float


def _made(
    archive: Archive, output: Path, options: TimelapseOptions, report: Callable[[str, float], None]
) -> Timelapse:
    rows = recordings_of(archive, options.query)
    pieces = [piece for row in rows if (piece := _piece(row, archive, options.query)) is not None]
    footage_s = sum(piece.end_s - piece.begin_s for piece in pieces)
    if footage_s <= 0:
        raise NothingToShowError(
            f"there is no footage of that time ({options.query})",
            where=archive.path,
            next_step="See: apercu info ARCHIVE.",
        )
    length_s = footage_s / options.factor if options.length_s is None else options.length_s
    count = max(1, round(length_s * options.rate))
    if count > _MOST_FRAMES:
        raise UsageError(
            f"a time-lapse of {count} pictures is no time-lapse", next_step="Choose a shorter length."
        )
    originals = Originals.of(archive, [piece.row for piece in pieces])
    originals.check([piece.row.recording_id for piece in pieces], lambda share: report("check", share))
    grid = originals.grid
    rate = Fraction(options.rate)
    with VideoWriter(output, grid.frame_width, grid.frame_height, rate, crf=options.crf) as writer:
        for number, (piece, frame, redactor) in enumerate(_frames(archive, pieces, count, options), 1):
            picture = frame.bgr() if redactor is None else redactor.redact(frame).picture
            recording_id = piece.row.recording_id
            _label(picture, originals.clock.label(recording_id, float(frame.timecode)))
            writer.write(picture)
            report("render", number / count)
    return Timelapse(output, count / options.rate, footage_s)


def _piece(row: RecordingRow, archive: Archive, query: Query) -> _Piece | None:
    """Return the part of a recording that lies in the span asked for."""
    begin, end = query.span(archive.settings.zone)
    first, last = 0.0, row.facts.duration_s
    if begin is not None or end is not None:
        if row.start_time is None:
            return None
        if begin is not None:
            first = max(first, (begin - row.start_time).total_seconds())
        if end is not None:
            last = min(last, (end - row.start_time).total_seconds())
    return _Piece(row, first, last) if first < last else None


def moments_of(lengths_s: Sequence[float], count: int) -> list[tuple[int, float]]:
    """Return ``count`` moments evenly spread over pieces of these lengths: which one, and its second."""
    edges = np.concatenate([[0.0], np.cumsum(lengths_s)])
    at = (np.arange(count) + 0.5) / count * edges[-1]
    pieces = np.searchsorted(edges, at, side="right").clip(1, len(lengths_s)) - 1
    return [(int(piece), float(second - edges[piece])) for piece, second in zip(pieces, at, strict=True)]


def _frames(
    archive: Archive, pieces: Sequence[_Piece], count: int, options: TimelapseOptions
) -> Iterator[tuple[_Piece, Frame, Redactor | None]]:
    detector = load_detector() if options.redact else None
    moments = moments_of([piece.end_s - piece.begin_s for piece in pieces], count)
    for number, group in groupby(moments, key=lambda moment: moment[0]):
        piece = pieces[number]
        recording_id = piece.row.recording_id
        redactor = None
        if detector is not None:
            redactor = Redactor(People(archive.tracks([recording_id])), recording_id, detector)
        with FootageReader(piece.row.absolute_path) as reader:
            for frame in frames_at(reader, [piece.begin_s + second for _, second in group]):
                yield piece, frame, redactor


def _label(picture: Picture, time: str) -> None:
    size = max(12, round(picture.shape[0] / 30))
    write(picture, f"{time}  {NOTICE}", 4, picture.shape[0], size, plate=0.55)
