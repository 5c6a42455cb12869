"""A long day is packed part by part, so that memory and the time it takes grow with the day and no faster.

Each part begins where the one before it thins out, and fills what room is left there. What is shared by two
costs no more when it is shared by many, so that with tubes enough nothing is as short as one heap of most of
them: where the overlap allowed is generous and a heap would be shorter than the parts, the day is packed as
a whole. Below that the parts spend the budget evenly over the day, so that what is shown can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.footprints import Footprints, Units
from apercu.synopsis.occupancy import cover_of
from apercu.synopsis.packing import Packer, Task
from apercu.synopsis.ready import Parts, Ready
from apercu.synopsis.shapes import Shapes
from apercu.synopsis.stage import Stage

_UNITS_AT_ONCE = 1000
_GENEROUS = 0.05
"""Share of the picture that may be shared all the time, from which on length alone counts."""
_WHOLE = 30_000
"""Units that are ever packed as a whole."""
_WORK, _WORK_PER_UNIT = 1e9, 1.1e6
"""Cells looked at, in all and for each unit, at an effort of 1, after the search for the price."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of the whole.

    Attributes:
        budget: largest overlap ratio. length: output frames, None for as few as possible.
        cap: most tubes on screen at once, None for any number.
        chronology: weight of the original order. effort: how long to look. seed: where chance begins.
    """

    budget: float
    length: int | None
    cap: int | None
    chronology: float
    effort: float
    seed: int


def pack(
    ready: Ready,
    parts: Parts,
    offsets: NDArray[np.int64],
    wish: Wish,
    progress: Callable[[float], None],
    *,
    whole: bool = False,
) -> NDArray[np.int64]:
    """Return the output frame at which each tube begins, int64 (n,).

    Args:
        ready: the tubes.
        parts: tubes that move together, in the order of their original start.
        offsets: int64 (n,), when each begins within its part, frames.
        wish: what is wanted.
        progress: told the share done, 0 to 1.
        whole: pack all at once, however many there are.
    """
    at_once = len(parts) if whole else _UNITS_AT_ONCE
    shapes, lengths = ready.shapes, ready.lengths
    most = min(1.0, at_once / max(1, len(parts)))
    frames = 0.0 if wish.cap is None else most * float(lengths.sum()) / wish.cap
    coarse = ready.coarse(close=not wish.budget, frames=frames)
    starts = np.zeros(len(offsets), np.int64)
    rng = np.random.default_rng(wish.seed)
    blocks = [parts[i : i + at_once] for i in range(0, len(parts), at_once)]
    tubes_of = [np.array([tube for part in block for tube in part], np.int64) for block in blocks]
    weights = np.array([lengths[tubes].sum() for tubes in tubes_of], float)
    until = 0.0
    done = end = 0
    carry = np.zeros(0, np.int64)
    for number, (block, mine) in enumerate(zip(blocks, tubes_of, strict=True)):
        longest = int(Units.of(block, offsets).lengths(shapes).max())
        seam = max(0, end - longest) // coarse.tick * coarse.tick
        carry = carry[starts[carry] + lengths[carry] > seam] if number else carry
        origin = min(seam, int(starts[carry].min(initial=seam))) // coarse.tick * coarse.tick
        # What is there already keeps its frame, between two ticks if need be.
        before = starts[carry] - origin
        shifted = offsets.copy()
        shifted[carry] = before % coarse.tick
        units = Units.of([*([tube] for tube in carry.tolist()), *block], shifted)
        footprints = ready.footprints(units, coarse)
        stage = Stage(footprints, wish.cap)
        fixed = np.arange(len(carry))
        stage.put(fixed, before // coarse.tick)
        placed = np.concatenate([carry, mine])
        there = cover_of(shapes, starts, carry)[1]
        last = end

        def exact(ticks: NDArray[np.int64]) -> float:
            frames = units.starts_of(ticks * coarse.tick, len(offsets)) + origin  # noqa: B023
            longer = int((frames + lengths)[placed].max()) - last  # noqa: B023
            shared = cover_of(shapes, frames, placed)[1] - there  # noqa: B023
            return shared / (shapes.width * shapes.height * max(longer, 1))

        until += float(weights[number])
        length: float | None = None
        if wish.length is not None:
            aim = round(wish.length * until / weights.sum())
            length = (aim - origin) / coarse.tick
        task = Task(
            units=np.arange(len(carry), len(units)),
            floor=(seam - origin) // coarse.tick,
            rank=_ranks(footprints, len(carry)),
            chronology=wish.chronology,
            budget=wish.budget,
            volume=coarse.area,
            lengths=units.lengths(shapes) / coarse.tick,
            length=length,
            quick=wish.effort < 1,
            exact=exact,
        )
        found = Packer(stage, task, rng).best(
            wish.effort * len(block) * (_WORK / len(parts) + _WORK_PER_UNIT)
        )
        starts[mine] = (units.starts_of(found * coarse.tick, len(offsets)) + origin)[mine]
        end = int((starts + lengths)[placed].max())
        if not number and len(blocks) > 1 and _heaps(shapes, wish, end * weights.sum() / weights[0]):
            return pack(ready, parts, offsets, wish, progress, whole=True)
        carry = placed
        done += len(block)
        progress(done / len(parts))
    return starts


def _heaps(shapes: Shapes, wish: Wish, frames: float) -> bool:
    """Return whether all in one heap, with as much time after it as pays for it, is shorter than told."""
    tubes = len(shapes.bounds) - 1
    if wish.length is not None or wish.cap is not None or wish.budget < _GENEROUS or tubes > _WHOLE:
        return False
    shared = cover_of(shapes, np.zeros(tubes, np.int64))[1]
    return shared / (wish.budget * shapes.width * shapes.height) < frames


def _ranks(footprints: Footprints, fixed: int) -> NDArray[np.float64]:
    """Return the place of each unit in a film in which all take as much room as they need, 0 to 1."""
    volumes = footprints.volumes.astype(float)
    volumes[:fixed] = 0
    if len(volumes) - fixed < 2:
        return np.zeros(len(volumes))
    middles = np.cumsum(volumes) - volumes / 2
    first, last = middles[fixed], middles[-1]
    return np.asarray(np.clip((middles - first) / max(1.0, last - first), 0.0, 1.0))
