"""What was odd about a recording, as facts that add up over its pieces, and told in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apercu.geometry import iou
from apercu.timecode import format_clock

_TOLD = 3
_SAME_PLACE = 0.3

Box = tuple[float, float, float, float]
Span = tuple[float, float]


@dataclass(slots=True)
class Oddities:
    """What was odd about a recording, or a piece of it.

    Attributes:
        damage: what could not be read, one line per place.
        moved: first and last second of each time the camera moved, or all that it sees changed, in order.
        other_sizes: pictures left out, because the picture size changed.
        standing: places in backgrounds that may show a person and were pixelated, x1 y1 x2 y2 in pixels.
        repaired: timestamps that were missing or broken.
    """

    damage: list[str] = field(default_factory=list)
    moved: list[Span] = field(default_factory=list)
    other_sizes: int = 0
    standing: list[Box] = field(default_factory=list)
    repaired: int = 0

    def add(self, later: Oddities) -> None:
        """Take in those of the next piece; what both saw in their overlap is told once."""
        self.damage += [line for line in later.damage if line not in self.damage]
        self.moved = _united([*self.moved, *later.moved])
        self.other_sizes += later.other_sizes
        self.add_standing(np.array(later.standing, np.float32).reshape(-1, 4))
        self.repaired += later.repaired

    def add_standing(self, places: NDArray[np.float32]) -> None:
        """Take in places where someone may stand, (n, 4) as x1 y1 x2 y2, but for those already known."""
        known = np.array(self.standing, np.float32).reshape(-1, 4)
        fresh = iou(places, known).max(axis=1, initial=0) <= _SAME_PLACE
        self.standing += [(x1, y1, x2, y2) for x1, y1, x2, y2 in places[fresh].tolist()]

    def sentences(self) -> list[str]:
        """Return what the user is told."""
        told = [f"the recording is damaged: {line}" for line in self.damage]
        if self.moved:
            told.append(
                f"the camera moved, or all that it sees changed, {_times(self.moved)}: nothing was tracked "
                "then, and tracks before and after are kept apart; Aperçu is made for fixed cameras"
            )
        if self.other_sizes:
            told.append(
                f"{self.other_sizes} pictures were left out: the picture size changes during the recording"
            )
        if count := len(self.standing):
            places, verb = ("place", "was") if count == 1 else ("places", "were")
            told.append(f"{count} {places} in the background may show a person and {verb} pixelated")
        if self.repaired:
            told.append(f"{self.repaired} timestamps were missing or broken, and were rebuilt")
        return told


def _united(spans: list[Span]) -> list[Span]:
    """Return spans in order, those that overlap as one: where pieces overlap, both saw the same."""
    united: list[Span] = []
    for first, last in sorted(spans):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(last, united[-1][1]))
        else:
            united.append((first, last))
    return united


def _times(spans: list[Span]) -> str:
    """Return spans in words, the first few of them."""
    said = [
        f"from {format_clock(first, millis=False)} to {format_clock(last, millis=False)}"
        for first, last in spans[:_TOLD]
    ]
    more = len(spans) - len(said)
    return ", ".join(said) + (f" and {more} more times" if more > 1 else " and once more" if more else "")
