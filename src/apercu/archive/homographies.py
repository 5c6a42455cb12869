"""Homographies and measured points as people write them: text, JSON, what OpenCV saves."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.errors import UsageError

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LARGEST_FILE = 100_000


def read_homography(path: Path) -> NDArray[np.float64]:
    """Read a homography, float64 (3, 3), from a file: nine numbers row by row.

    They are the first list in brackets, as in JSON and in YAML that OpenCV writes, or else all there is.

    Raises:
        UsageError: there is no such file, or not nine numbers where they should be.
    """
    try:
        text = path.read_bytes()[:_LARGEST_FILE].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read ({error})", where=path, next_step="Check --homography.") from error
    listed = re.search(r"\[[^\]]*(?:\]\s*,\s*\[[^\]]*)*\]", text)
    body = text if listed is None else listed[0]
    numbers = [float(found) for found in _NUMBER.findall(body)]
    if len(numbers) != 9 or re.search(r"[A-Za-z]{2}", body):
        raise UsageError(
            f"does not hold nine numbers, and nothing else ({len(numbers)} found)",
            where=path,
            next_step="Write three rows of three numbers, as text or JSON.",
        )
    return np.array(numbers).reshape(3, 3)


def read_points(text: str) -> list[tuple[float, float, float, float]]:
    """Read measured points written like ``412,300=0,0; 655.5,310=7.25,0``: pixels, then metres.

    Raises:
        UsageError: one of them is not written so.
    """
    points = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        numbers = re.fullmatch(r"\s*(\S+)\s*,\s*(\S+)\s*=\s*(\S+)\s*,\s*(\S+)\s*", part)
        try:
            x, y, across, along = (float(number) for number in (numbers.groups() if numbers else ()))
        except ValueError as error:
            raise UsageError(
                f"{part!r} is no measured point",
                next_step='Write --points "x,y=X,Y; x,y=X,Y; ...": pixels, and metres on the ground.',
            ) from error
        points.append((x, y, across, along))
    return points
