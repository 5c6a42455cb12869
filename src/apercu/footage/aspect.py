"""The shape of a recording's pixels: many recorders store pictures narrower or lower than they are shown.

An analogue camera's 704x576 is shown 4:3, and its 704x288 is too. Whoever looks at pixels as if they were
square sees people half as tall as they are. So pictures are stretched to square pixels before anything looks
at them, and sizes are those of the stretched picture everywhere.
"""

from __future__ import annotations

from fractions import Fraction

from av.video.stream import VideoStream

SQUARE = Fraction(1)
_MOST = 4
"""No recorder's pixels are longer than so many times their width, or the other way round; headers lie."""
_LEAST = Fraction(1, 100)
"""A difference that nobody sees."""


def pixel_aspect(stream: VideoStream) -> Fraction:
    """Return width / height of a stream's pixels; 1 where it tells none, or none that can be believed."""
    told = stream.sample_aspect_ratio
    if told is None or not Fraction(1, _MOST) <= told <= _MOST or abs(told - 1) < _LEAST:
        return SQUARE
    return Fraction(told)


def stretched(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Return width and height in square pixels, even where they change; no line or column is given up.

    Args:
        width, height: as stored, pixels.
        aspect: width / height of a pixel.
    """
    if aspect > 1:
        return 2 * round(width * aspect / 2), height
    if aspect < 1:
        return width, 2 * round(height / aspect / 2)
    return width, height
