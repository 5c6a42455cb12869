"""What truly crossed lines, beside what was counted: matched one by one, and the errors of counts."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

TRUTH = Path(__file__).with_name("truth") / "counts"
"""Counts by eye, one file a clip; README.md beside them tells how they were made."""

_NEAR_S = 2.0
"""A crossing that is counted so far from a true one is another."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One crossing of a line: seconds from the start, side it went to, class."""

    at_s: float
    to: str
    name: str


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A line and what truly crossed it.

    Attributes:
        name: of the line.
        points: both ends, shares of the picture.
        crossings: in any order.
    """

    name: str
    points: tuple[tuple[float, float], tuple[float, float]]
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that was counted by eye: its name, its file in the folder of footage, and its lines."""

    name: str
    file: str
    sha256: str
    lines: tuple[TrueLine, ...]

    @classmethod
    def read(cls, path: Path) -> Clip:
        """Read one file of ``TRUTH``."""
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        lines = tuple(
            TrueLine(
                line["name"],
                tuple((x, y) for x, y in line["points"]),  # type: ignore[arg-type]
                tuple(Crossing(at, to, name) for at, to, name, _ in line["crossings"]),
            )
            for line in told["line"]
        )
        return cls(path.stem, told["clip"], told["sha256"], lines)

    def is_of(self, footage: Path) -> bool:
        """Return whether the file in a folder of footage is the one that was counted."""
        with (footage / self.file).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().startswith(self.sha256)


def clips() -> list[Clip]:
    """Return all clips that were counted by eye."""
    return [Clip.read(path) for path in sorted(TRUTH.glob("*.toml"))]


@dataclass(frozen=True, slots=True)
class Matched:
    """Which crossings are the same: pairs of a true and a counted one, and what is left of both."""

    pairs: tuple[tuple[Crossing, Crossing], ...]
    missed: tuple[Crossing, ...]
    extra: tuple[Crossing, ...]


def match(true: Sequence[Crossing], counted: Sequence[Crossing]) -> Matched:
    """Match crossings of one line to the same side that are less than two seconds apart, nearest in all.

    Of two that are equally near, those of the same class belong together.
    """
    apart = np.array([[_apart(a, b) for b in counted] for a in true]).reshape(len(true), len(counted))
    rows, columns = linear_sum_assignment(np.minimum(apart, 2 * _NEAR_S))
    kept = [(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if apart[i, j] < _NEAR_S]
    seen, used = {i for i, _ in kept}, {j for _, j in kept}
    return Matched(
        tuple((true[i], counted[j]) for i, j in kept),
        tuple(crossing for i, crossing in enumerate(true) if i not in seen),
        tuple(crossing for j, crossing in enumerate(counted) if j not in used),
    )


def _apart(true: Crossing, counted: Crossing) -> float:
    if true.to != counted.to:
        return 1e3
    return abs(true.at_s - counted.at_s) + 1e-3 * (true.name != counted.name)


def error_row(true: Mapping[Any, int], counted: Mapping[Any, int]) -> dict[str, Any]:
    """Return the errors of counts by key, such as line and direction, over all keys."""
    keys = {*true, *counted}
    off = [counted.get(key, 0) - true.get(key, 0) for key in keys]
    total = sum(true.values())
    return {
        "true": total,
        "counted": sum(counted.values()),
        "off": sum(off),
        "signed": sum(off) / total if total else None,
        "absolute": sum(abs(each) for each in off) / total if total else None,
        "off_most": max((abs(each) for each in off), default=0),
    }
