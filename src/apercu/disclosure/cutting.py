"""The original moment of a track, cut out of its recording: people pixelated unless a reason is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil
from pathlib import Path

from apercu.analysis import Tracks, load_detector
from apercu.analysis.people import People
from apercu.analysis.redaction import Redactor
from apercu.archive import Archive, RecordingRow
from apercu.archive.originals import check_original
from apercu.disclosure.options import ClipOptions
from apercu.disk import writing
from apercu.errors import DamagedFootageError, NothingToShowError, UsageError
from apercu.footage import FootageReader, Frame, VideoWriter
from apercu.footage.copying import copy_span
from apercu.search import Found, TrackId
from apercu.synopsis.originals import check_output
from apercu.synopsis.showing import showing
from apercu.timecode import Timecode

_FALLBACK_RATE = 25
_RATE_LIMIT = 60
_ROUNDING = 1001


@dataclass(frozen=True, slots=True)
class Clip:
    """A moment that was cut out.

    Attributes:
        video: the file.
        recording_id, track_id: what it shows.
        begin_s, end_s: from when to when, seconds from the start of the recording.
        copied: whether the coded pictures are those of the recording, bit by bit.
        redacted: whether people are pixelated.
    """

    video: Path
    recording_id: str
    track_id: int
    begin_s: float
    end_s: float
    copied: bool
    redacted: bool


def cut_clip(
    archive: Archive,
    recording_id: str,
    track_id: int,
    output: str | Path,
    options: ClipOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> Clip:
    """Cut the original moment of a track out of its recording.

    Args:
        archive: holds the track; the footage must still be where it was analysed.
        recording_id, track_id: the track.
        output: an ``.mp4``.
        options: how.
        progress: told the share done, 0 to 1.

    Raises:
        RefusedError: as ``showing``.
        UsageError: the options do not fit.
        NothingToShowError: there is no such track.
        FootageError: the recording is gone, is no longer the one that was analysed, or cannot be read there.
        OutputError: the file cannot be written.
    """
    options = options or ClipOptions()
    subject = f"track {recording_id}/{track_id}"
    with showing(archive, redact=options.redact, subject=subject, reason=options.reason) as inside:
        return _cut(inside, recording_id, track_id, output, options, progress or (lambda _: None))


def cut_clips(
    archive: Archive,
    found: Found | Sequence[TrackId],
    output: str | Path,
    options: ClipOptions | None = None,
    progress: Callable[[float], None] | None = None,
    *,
    replace: bool = False,
) -> list[Clip]:
    """Cut the original moments of tracks that were found, or are named, out of their recordings, in order.

    Args:
        archive: holds the tracks; the footage must still be where it was analysed.
        found: which tracks.
        output: an ``.mp4`` when it is one track; else a folder, where each becomes
            ``CAMERA-RECORDING-TRACK.mp4``, the recording by the first eight digits of its id.
        options: how.
        progress: told the share done, 0 to 1.
        replace: whether clips that are there already are made again.

    Raises:
        UsageError: a clip is there already, or several are to be one file.
        ApercuError: as ``cut_clip``; clips that were finished before stay.
    """
    output = Path(output)
    named = found if not isinstance(found, Found) else [TrackId(**key) for key in found.keys.to_pylist()]
    if output.suffix.lower() == ".mp4" and len(named) != 1:
        raise UsageError(
            f"{len(named)} clips cannot be one file", where=output, next_step="Name a folder for them."
        )
    one_file = len(named) == 1 and output.suffix != ""
    cameras = {key: archive.recording(key).camera for key in {one.recording_id for one in named}}
    paths = [output if one_file else output / _name(cameras[one.recording_id], one) for one in named]
    for path in paths:
        if path.exists() and not replace:
            raise UsageError("exists already", where=path, next_step="Choose another place, or --force.")
    report = progress or (lambda _: None)
    made: list[Clip] = []
    with nullcontext() if one_file else _made(output):
        for one, path in zip(named, paths, strict=True):
            done = partial(_share_of_all, report, len(made), len(named))
            made.append(cut_clip(archive, one.recording_id, one.track_id, path, options, done))
    return made


def _name(camera: str, track: TrackId) -> str:
    return f"{camera}-{track.recording_id[:8]}-{track.track_id}.mp4"


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those that it stands in; what was made for nothing goes when the block fails."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in new:
            if any(each.iterdir()):
                break
            each.rmdir()
        raise


def _share_of_all(report: Callable[[float], None], before: int, count: int, share: float) -> None:
    report((before + share) / count)


def _cut(
    archive: Archive,
    recording_id: str,
    track_id: int,
    output: str | Path,
    options: ClipOptions,
    report: Callable[[float], None],
) -> Clip:
    if not 0 <= options.around_s <= 3600:
        raise UsageError(
            f"{options.around_s:g} seconds around a track make no sense", next_step="Choose 0 to 3600."
        )
    row = archive.recording(recording_id)
    output = check_output(output, "clip", ".mp4", rows=archive.recordings())
    tracks = archive.tracks([recording_id])
    span = _span(tracks, track_id)
    if span is None:
        raise NothingToShowError(
            f"recording {recording_id} has no track {track_id}",
            where=archive.path,
            next_step="See: apercu tracks ARCHIVE.",
        )
    check_original(row)
    tick = row.facts.time_base
    begin = Timecode.from_seconds(max(0.0, span[0] - options.around_s), tick)
    # Up to and with the picture of the last observation, and no further than there are any.
    end = Timecode.from_seconds(span[1] + options.around_s, tick) + tick
    end = min(end, Timecode.from_seconds(row.facts.duration_s, tick))
    if not options.redact and not options.exact:
        first = copy_span(row.absolute_path, output, begin, end)
        if first is not None:
            report(1.0)
            return Clip(output, recording_id, track_id, float(first), float(end), True, False)
    redactor = Redactor(People(tracks), recording_id, load_detector()) if options.redact else None
    _encode(row, output, begin, end, redactor, options.crf, report)
    return Clip(output, recording_id, track_id, float(begin), float(end), False, options.redact)


def _span(tracks: Tracks, track_id: int) -> tuple[float, float] | None:
    table = tracks.table.select(["track_id", "start_s", "end_s"]).to_pylist()
    return next(((row["start_s"], row["end_s"]) for row in table if row["track_id"] == track_id), None)


def _encode(
    row: RecordingRow,
    output: Path,
    begin: Timecode,
    end: Timecode,
    redactor: Redactor | None,
    crf: int,
    report: Callable[[float], None],
) -> None:
    rate = min(Fraction(row.facts.rate or _FALLBACK_RATE).limit_denominator(_ROUNDING), Fraction(_RATE_LIMIT))
    length = end - begin
    with (
        FootageReader(row.absolute_path) as reader,
        closing(reader.frames(begin, end)) as frames,
        VideoWriter(output, row.facts.width, row.facts.height, rate, crf=crf) as writer,
    ):
        for frame, times in evenly(frames, begin, end, rate):
            picture = frame.bgr() if redactor is None else redactor.redact(frame).picture
            for _ in range(times):
                writer.write(picture)
            report(float(min(Fraction(1), (frame.timecode - begin) / length)))
        if writer.frames_written == 0:
            raise DamagedFootageError(
                "the original moment cannot be read",
                path=row.absolute_path,
                timecode=str(begin),
                next_step="Look whether a player shows it; copy the recording again if it does not.",
            )
    report(1.0)


def evenly(
    frames: Iterator[Frame], begin: Timecode, end: Timecode, rate: Fraction
) -> Iterator[tuple[Frame, int]]:
    """Yield each frame that a video of an even rate shows, and how often it shows it.

    A video plays at one rate while recordings drop frames and change theirs: each frame stays until the next
    one's time has come, so that the length is true.
    """
    shown = 0
    held: Frame | None = None
    for frame in frames:
        if held is not None:
            due = ceil((frame.timecode - begin) * rate) - shown
            if due > 0:
                yield held, due
                shown += due
        held = frame
    if held is not None:
        yield held, max(1, ceil((end - begin) * rate) - shown)
