"""Recordings made on the spot, whose every frame carries its number in black and white stripes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from apercu.footage import Frame

STRIPES = 6
ENCODERS = {
    "h264": ("libx264", {"preset": "ultrafast", "bf": "2", "x264-params": "scenecut=0"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:bframes=2"}),
    "mpeg4": ("mpeg4", {"bf": "0"}),
    "mjpeg": ("mjpeg", {}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
}
MUXERS = {"mp4": "mp4", "mkv": "matroska", "avi": "avi", "ts": "mpegts", "h264": "h264"}


def striped(number: int, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """Draw a picture, uint8 (H, W, 3): stripe k is white when bit k of ``number`` is set."""
    picture = np.full((height, width, 3), 120, np.uint8)
    for bit in range(STRIPES):
        left, right = bit * width // STRIPES, (bit + 1) * width // STRIPES
        picture[: height // 2, left:right] = 235 * (number >> bit & 1)
    return picture


@pytest.fixture(scope="session")
def number() -> Callable[[Frame], int]:
    """Return a reader of the number that a frame carries."""

    def read(frame: Frame) -> int:
        top = frame.luma()[2 : frame.height // 2 - 2]
        levels = [part[:, 3:-3].mean() for part in np.array_split(top, STRIPES, axis=1)]
        return sum(1 << bit for bit, level in enumerate(levels) if level > 128)

    return read


@pytest.fixture(scope="session")
def record() -> Callable[..., Path]:
    """Return a maker of recordings."""

    def make(
        path: Path,
        *,
        codec: str = "h264",
        count: int = 40,
        size: tuple[int, int] = (160, 96),
        rate: int = 25,
        times: Sequence[int] | None = None,
        time_base: Fraction | None = None,
        pixel_format: str | None = None,
        rotation: int = 0,
        aspect: Fraction | None = None,
        sound: bool = False,
        options: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
        movflags: str = "",
        picture: Callable[[int, int, int], NDArray[np.uint8]] = striped,
    ) -> Path:
        encoder, settings = ENCODERS[codec]
        muxing = {"movflags": movflags} if movflags else {}
        with av.open(str(path), "w", format=MUXERS[path.suffix[1:]], options=muxing) as output:
            output.metadata.update(tags or {})
            stream = output.add_stream(encoder, rate=rate, options={**settings, "g": "10", **(options or {})})
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format or ("yuvj420p" if codec == "mjpeg" else "yuv420p")
            stream.time_base = stream.codec_context.time_base = time_base or Fraction(1, rate)
            if aspect:
                stream.sample_aspect_ratio = aspect
            if rotation:
                stream.set_display_rotation(rotation)
            voice = output.add_stream("aac", rate=16000, layout="mono") if sound else None
            for i in range(count):
                frame = av.VideoFrame.from_ndarray(picture(i, *size), format="bgr24")
                frame.pts = times[i] if times else i
                frame.time_base = time_base or Fraction(1, rate)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
            if voice is not None:
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                silence.sample_rate, silence.pts = 16000, 0
                output.mux(voice.encode(silence))
                output.mux(voice.encode(None))
        return path

    return make
