"""Crossing of a line, with its direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from apercu.events.rule import Place, Rule
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, YES, Claims
from apercu.events.view import View
from apercu.geometry import steps_through
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.lines import Sides

Direction = Literal["right", "left", "both"]


class LineRule(Rule):
    """An object crosses a line: its feet go from clearly on one side to clearly on the other.

    It goes through between the line's ends.

    Clear is ``margin`` away from the line (near the edge of the picture half of the room that is left). Who
    turns back before that has not crossed.

    Attributes:
        line: name of the line.
        to: which side it goes to, as one looks along the line from its first end to its second.
        margin: what is clear, in sizes of the object.
    """

    kind: Literal["line"]
    line: Place
    to: Direction = "both"
    margin: Annotated[float, Field(gt=0, le=2)] = CLEAR_SIZES

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        yield from site.missing("line", self.line)

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        wanted = {"right": (1,), "left": (-1,), "both": (1, -1)}[self.to]
        size = site.scene.width, site.scene.height
        return _Crossings(self.line, site.line(self.line).ends, size, wanted, self.margin)


@dataclass(slots=True)
class _Way:
    """How one object stands to the line: the side it was clearly on, and the passes through it since."""

    across: float
    along: float
    side: int = 0
    passes: int = 0


class _Crossings:
    threshold, unit = 1.0, ""
    of_objects, even_unsteady = True, False

    def __init__(
        self,
        place: str,
        ends: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
        size: tuple[int, int],
        wanted: tuple[int, ...],
        margin: float,
    ) -> None:
        self.place = place
        self._ends, self._size, self._wanted, self._margin = ends, size, wanted, margin
        self._ways: dict[int, _Way] = {}

    def look(self, view: View) -> Claims:
        sides = Sides.at(view.feet, view.sizes, self._ends, self._size, self._margin)
        verdicts = np.full(len(view.owners), NO, np.int8)
        places = zip(view.owners.tolist(), sides.across.tolist(), sides.along.tolist(), strict=True)
        ways = [self._ways.setdefault(owner, _Way(across, along)) for owner, across, along in places]
        for row, (way, passed) in enumerate(zip(ways, _passed(ways, sides), strict=True)):
            way.passes += passed
            way.across, way.along = float(sides.across[row]), float(sides.along[row])
            if sides.clear[row]:
                side = 1 if way.across > 0 else -1
                if way.side == -side and way.passes * side > 0 and side in self._wanted:
                    verdicts[row] = YES
                way.side, way.passes = side, 0
        for owner in view.gone:
            self._ways.pop(owner, None)
        return Claims(view.owners, verdicts, np.ones(len(view.owners)))


def _passed(ways: Sequence[_Way], sides: Sides) -> list[int]:
    """Return 1 or -1 where the step of an object (n) leads through the line to the right or left; else 0."""
    before = np.array([(way.across, way.along) for way in ways]).reshape(-1, 2)
    across = np.column_stack([before[:, 0], sides.across]).ravel()
    along = np.column_stack([before[:, 1], sides.along]).ravel()
    together = np.arange(max(len(across) - 1, 0)) % 2 == 0
    passes: list[int] = steps_through(across, along, sides.length, together)[0][::2].tolist()
    return passes
