"""What speed is measured on: quiet footage with known moments, and real clips as large as cameras film."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from moments import Span
from numpy.typing import NDArray

from apercu.footage import FootageReader, VideoWriter, demo_street

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"

CLIPS = {
    "street": "street/street.mp4",
    "freeway": "freeway/freeway.avi",
    "intersection": "intersection/intersection.mp4",
}
"""Real clips by name, in the folder of footage."""

SETS = ("quiet", *CLIPS)
"""Everything that can be made, by name."""

_RATE = 25
_MOMENT_S = 12.0
_STARTS = (0.2, 0.6)
"""Where the moments of quiet footage begin, as shares of its length."""
_NOISE = 5.0
"""Standard deviation of the sensor noise of quiet footage, grey levels."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording to measure on.

    Attributes:
        name: of the set, with its height.
        path: the file.
        spans: known times at which something happens; None where nobody wrote them down.
    """

    name: str
    path: Path
    spans: tuple[Span, ...] | None = None


def make(name: str, height: int, folder: Path, footage: Path, minutes: float) -> Recording | None:
    """Return a set at a height, made in ``folder`` unless it is there; None when its clip is missing.

    Args:
        name: one of ``SETS``.
        height: lines of the picture.
        folder: for what is made; kept, it is used again.
        footage: the folder of real clips; quiet footage is made of the generated street without it.
        minutes: length of quiet footage.
    """
    title = f"{name} {height}p"
    if name == "quiet":
        path = folder / f"quiet-{height}p-{minutes:g}min.mp4"
        return Recording(title, path, quiet(footage, height, minutes, path))
    source = footage / CLIPS[name]
    if not source.exists():
        return None
    path = folder / f"{name}-{height}p.mp4"
    return Recording(title, path if path.exists() else scaled(source, height, path))


def scaled(source: Path, height: int, path: Path) -> Path:
    """Write ``source`` scaled to ``height`` lines, and return ``path``."""
    with FootageReader(source) as reader:
        info = reader.info
        width = round(info.width * height / info.height / 2) * 2
        with VideoWriter(path, width, height, Fraction(info.average_rate or _RATE)) as writer:
            for frame in reader.frames():
                writer.write(_fitted(frame.bgr(), (width, height)))
    return path


def looped(source: Path, minutes: float, path: Path) -> Path:
    """Repeat the packets of a video, not decoded, until it lasts ``minutes``, and return ``path``."""
    with av.open(source) as first:
        stream = first.streams.video[0]
        span = stream.duration or 0
        passes = max(1, round(minutes * 60 / float(span * (stream.time_base or Fraction(0)))))
    with av.open(path, "w") as whole:
        copy = None
        for i in range(passes):
            with av.open(source) as part:
                stream = part.streams.video[0]
                copy = copy or whole.add_stream_from_template(stream)
                for packet in part.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts += i * span
                    packet.dts += i * span
                    packet.stream = copy
                    whole.mux(packet)
    return path


def quiet(footage: Path, height: int, minutes: float, path: Path) -> tuple[Span, ...]:
    """Write an empty scene under sensor noise into which a clip is played twice; return when it is.

    ``make_quiet.py`` of the shared footage writes it where that and FFmpeg are there, a keyframe every two
    seconds. Else it is written here in the same way, with the keyframes of ``VideoWriter``.
    """
    told = path.with_suffix(".json")
    if not told.exists():
        size = (round(height * 16 / 9 / 2) * 2, height)
        starts = [share * minutes * 60 for share in _STARTS]
        clip, script = footage / CLIPS["street"], footage / "make_quiet.py"
        if not clip.exists():
            clip = path.with_name("generated-street.mp4")
            demo_street(_MOMENT_S).write(clip)
        if script.exists() and shutil.which("ffmpeg"):
            at = ["--at", *(str(start / 60) for start in starts)]
            shape = ["--minutes", str(minutes), "--size", f"{size[0]}x{size[1]}", "--fps", str(_RATE)]
            command = [sys.executable, str(script), str(clip), str(path), *at, *shape]
            subprocess.run([*command, "--seconds", str(_MOMENT_S), "--noise", str(_NOISE)], check=True)
        else:
            moments = write_quiet(clip, path, size, minutes * 60, starts)
            told.write_text(json.dumps({"moments": moments}) + "\n", encoding="utf-8")
    moments = json.loads(told.read_text(encoding="utf-8"))["moments"]
    return tuple((moment["start_s"], moment["end_s"]) for moment in moments)


def write_quiet(
    clip: Path, path: Path, size: tuple[int, int], seconds: float, starts: Sequence[float]
) -> list[dict[str, float]]:
    """Write the median of a clip under fresh noise and drifting light, and the clip itself at ``starts``.

    Returns:
        The moments, each with ``start_s`` and ``end_s``.
    """
    rng = np.random.default_rng(7)
    with FootageReader(clip) as reader:
        length = float(reader.info.duration or 0)
        step = max(1, int(length * reader.info.rate) // 40)
        spread = [_fitted(frame.bgr(), size) for frame in islice(reader.frames(), 0, None, step)]
    empty = np.median(np.stack(spread), axis=0).astype(np.int16)
    grain = [np.round(rng.normal(0, _NOISE, empty.shape)).astype(np.int16) for _ in range(24)]
    total, lasting = int(seconds * _RATE), int(min(_MOMENT_S, length) * _RATE)
    first = [int(start * _RATE) for start in starts]
    playing: Iterator[Picture] = iter(())
    with VideoWriter(path, *size, Fraction(_RATE)) as writer:
        for number in range(total):
            if number in first:
                playing = _played(clip, size, lasting)
            picture = next(playing, None)
            if picture is None:
                light = round(3 * np.sin(2 * np.pi * number / (_RATE * 600)))
                noisy = empty + grain[int(rng.integers(len(grain)))] + light
                picture = np.clip(noisy, 0, 255).astype(np.uint8)
            writer.write(picture)
    return [{"start_s": at / _RATE, "end_s": min(at + lasting, total) / _RATE} for at in first]


def _played(clip: Path, size: tuple[int, int], count: int) -> Iterator[Picture]:
    """Yield ``count`` pictures of a clip at our rate, its last one repeated."""
    shown = None
    with FootageReader(clip) as reader, closing(reader.frames()) as frames:
        for number in range(count):
            while shown is None or float(shown.timecode) < number / _RATE:
                following = next(frames, None)
                if following is None:
                    break
                shown = following
            if shown is not None:
                yield _fitted(shown.bgr(), size)


def _fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    larger = picture.shape[1] < size[0]
    return np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA), np.uint8
    )
