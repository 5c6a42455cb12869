"""Tubes in, start times out: the shortest length first, then the calmest order within it.

What belonged together is moved together (``interactions``); the parts are packed as closely as the overlap
budget allows (``packing``); within the length that gives, each is moved towards its chronological place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.occupancy import cover_of
from apercu.synopsis.options import ArrangeOptions
from apercu.synopsis.ready import Ready
from apercu.synopsis.sequence import Wish, pack
from apercu.synopsis.tubes import MaskGrid, Tube

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """When each tube is shown.

    Attributes:
        tubes: the tubes, in the order of their original start.
        starts: int64 (n,), output frame at which each tube begins.
        frame_count: output frames in all.
        rate: output frames per second.
        grid: the mask grid.
        runtime_s: seconds spent arranging.
        length_asked: output frames that were asked for; None when as few as possible.
    """

    tubes: Sequence[Tube]
    starts: NDArray[np.int64]
    frame_count: int
    rate: Fraction
    grid: MaskGrid
    runtime_s: float
    length_asked: int | None = None
    _ends: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", self.starts + _lengths(self.tubes))

    @property
    def length_kept(self) -> bool:
        """Whether it is no longer than was asked for; if not, it is as short as its longest tubes allow.

        Where groups follow one another, that is the longest tubes of each.
        """
        return self.length_asked is None or self.frame_count <= self.length_asked

    def shown(self, frame: int) -> list[tuple[int, int]]:
        """Return (index of tube, sample) for the tubes on screen at an output frame."""
        on_screen = np.flatnonzero((self.starts <= frame) & (frame < self._ends))
        return [(int(i), frame - int(self.starts[i])) for i in on_screen]


def arrange(
    tubes: Sequence[Tube],
    grid: MaskGrid,
    rate: Fraction,
    options: ArrangeOptions | None = None,
    progress: Progress | None = None,
    *,
    groups: NDArray[np.int64] | None = None,
) -> Arrangement:
    """Return a short arrangement under an overlap budget; the same tubes always give the same.

    Without length, density or groups it is never longer than the original, except perhaps when ``overlap``
    is 0. Only what overlapped already when it was filmed, and is left as it was for want of anything shorter,
    may exceed the budget.

    Args:
        tubes: what to show, in the order of their original start, all on one time line.
        grid: their mask grid.
        rate: output frames per second.
        options: what it is to be like.
        progress: told the share done, 0 to 1.
        groups: int (n,), a label for each tube: those of the lowest are shown together first, then those of
            the next. None mixes all.
    """
    return Arranger(tubes, grid, rate).arrange(options, progress, groups=groups)


class Arranger:
    """Tubes that are arranged more than once: what stays the same is worked out the first time.

    Any arrangement is the one that ``arrange`` would give, whatever was arranged before.

    Args:
        tubes: what to show, in the order of their original start, all on one time line.
        grid: their mask grid.
        rate: output frames per second.
    """

    def __init__(self, tubes: Sequence[Tube], grid: MaskGrid, rate: Fraction) -> None:
        self._ready, self._rate = Ready(tubes, grid, float(rate)), rate

    @property
    def tubes(self) -> Sequence[Tube]:
        """The tubes, as given."""
        return self._ready.tubes

    def arrange(
        self,
        options: ArrangeOptions | None = None,
        progress: Progress | None = None,
        *,
        groups: NDArray[np.int64] | None = None,
    ) -> Arrangement:
        """Return a short arrangement; see ``arrange``."""
        begin = time.perf_counter()
        options = options or ArrangeOptions()
        report = progress or (lambda _: None)
        rate, ready = self._rate, self._ready
        asked = None if options.length_s is None else max(1, int(options.length_s * rate))
        # With all one after the other there is nothing left that more time could be used for.
        useful = None if asked is None else max(1, min(asked, int(ready.lengths.sum())))
        if groups is None:
            starts = _arranged(ready, options, useful, report)
        else:
            starts = _one_by_one(ready, options, useful, report, groups)
        count = int((starts + ready.lengths).max(initial=0))
        report(1.0)
        return Arrangement(ready.tubes, starts, count, rate, ready.grid, time.perf_counter() - begin, asked)


def _one_by_one(
    ready: Ready,
    options: ArrangeOptions,
    asked: int | None,
    report: Progress,
    groups: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return when each tube begins, those of one group after those of another."""
    chosen = [np.flatnonzero(groups == label) for label in np.unique(groups)]
    parts = [Ready([ready.tubes[i] for i in own.tolist()], ready.grid, ready.rate) for own in chosen]
    until = None if asked is None else _shares(parts, options, asked)
    starts, end = np.zeros(len(ready.tubes), np.int64), 0
    for number, (own, part) in enumerate(zip(chosen, parts, strict=True)):
        starts[own] = end + _arranged(
            part,
            options,
            None if until is None else max(1, until[number] - end),
            lambda share, done=number: report((done + share) / len(parts)),  # type: ignore[misc]
        )
        end = int((starts + ready.lengths)[own].max())
    return starts


def _shares(parts: Sequence[Ready], options: ArrangeOptions, asked: int) -> list[int]:
    """Return by when each of several groups ends: what it needs at least, and its share of what is left."""
    quick = replace(options, effort=0.0)
    least = np.array(
        [int((_arranged(each, quick, 1, lambda _: None) + each.lengths).max()) for each in parts]
    )
    more = np.cumsum([int(each.lengths.sum()) for each in parts] - least)
    left = max(0, asked - int(least.sum()))
    shared = np.round(left * more / max(1, int(more[-1]))).astype(np.int64)
    return [int(until) for until in np.cumsum(least) + shared]


def _arranged(
    ready: Ready, options: ArrangeOptions, length: int | None, report: Progress
) -> NDArray[np.int64]:
    """Return when each tube begins, output frames."""
    if not ready.tubes:
        return np.zeros(0, np.int64)
    shapes, lengths = ready.shapes, ready.lengths
    wish = Wish(options.overlap, length, options.density, options.chronology, options.effort, options.seed)
    for budget in (options.overlap / 2, 0.0):
        parts, offsets = ready.parts(options.together, length, budget, options.density)
        starts = pack(ready, parts, offsets, wish, report)
        volume = shapes.width * shapes.height * int((starts + lengths).max())
        kept = length is not None or cover_of(shapes, starts)[1] <= options.overlap * volume
        if kept or len(parts) == len(ready.tubes):
            break
    if length is not None or options.density is not None:
        return starts
    # In a queue everything is near everything: nothing beats leaving the moments as they were. Overlap that
    # was there when it was filmed misleads nobody, but where none at all is asked for, none is given.
    as_filmed = _without_pauses(ready.tubes)
    shorter = (as_filmed + lengths).max() < (starts + lengths).max()
    return as_filmed if shorter and (options.overlap > 0 or not cover_of(shapes, as_filmed)[1]) else starts


def _lengths(tubes: Sequence[Tube]) -> NDArray[np.int64]:
    return np.array([len(tube) for tube in tubes], np.int64)


def _without_pauses(tubes: Sequence[Tube]) -> NDArray[np.int64]:
    """Return start frames that keep all relative times and only leave out the time when nothing is shown."""
    starts = np.zeros(len(tubes), np.int64)
    end = pauses = 0
    for i, tube in enumerate(tubes):
        at = round((tube.line_s - tubes[0].line_s) * float(tube.rate))
        pauses += max(0, at - end)
        starts[i] = at - pauses
        end = max(end, at + len(tube))
    return starts
