"""Tubes in, start times out: the shortest length first, then the calmest order within it.

What belonged together is moved together (``interactions``); the parts are packed as closely as the overlap
budget allows (``packing``); within the length that gives, each is moved towards its chronological place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.synopsis.interactions import TOGETHER
from apercu.synopsis.occupancy import cover_of
from apercu.synopsis.ready import Ready
from apercu.synopsis.sequence import Wish, pack
from apercu.synopsis.tubes import MaskGrid, Tube

Progress = Callable[[float], None]
LONGEST_S = 4 * 3600.0
"""The longest that a synopsis may be asked to be, seconds: what is on screen when is held in memory."""


@dataclass(frozen=True, slots=True)
class ArrangeOptions:
    """What an arrangement is to be like.

    Attributes:
        overlap: largest overlap ratio, 0 to 1 (see ``metrics``); 0 means that no two tubes ever share a
            pixel. From 0.05 on length alone counts: most of very many tubes may be shown in one heap, unless
            a density is set.
        length_s: length wanted, seconds; then as little as possible overlaps, whatever ``overlap``
            says. None for as short as possible. Where all follow one another in less, that is enough.
        density: most objects on screen at once, whatever length is wanted; None for any number. Groups of
            more are taken apart.
        effort: how long to look for something shorter: 1 takes about 2 ms for each tube, 0 none beyond the
            first. Steps are counted, not seconds: the same input gives the same arrangement anywhere.
        chronology: weight of the original order: 0 for any order that is short, 1 for one that follows the
            original wherever there is room.
        together: least share of the shorter one's time that two tubes are near each other, 0 to 1, for them
            to be kept together; None to move every tube on its own.
        seed: where chance begins.

    Raises:
        UsageError: a value makes no sense.
    """

    overlap: float = 0.003
    length_s: float | None = None
    density: int | None = None
    effort: float = 1.0
    chronology: float = 0.2
    together: float | None = TOGETHER
    seed: int = 0

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # where programs ask by the service

    def __post_init__(self) -> None:
        shares = {"overlap": self.overlap, "together": self.together}
        for name, value in shares.items():
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"an {name} of {value} makes no sense", next_step="Choose one from 0 to 1.")
        if self.length_s is not None and not 0 < self.length_s <= LONGEST_S:
            raise UsageError(
                f"a length of {self.length_s:g} s makes no sense",
                next_step=f"Choose one above 0 and up to {LONGEST_S / 3600:g} hours.",
            )
        for name, value, least in (("density", self.density, 1), ("seed", self.seed, 0)):
            if value is not None and (type(value) is not int or value < least):
                raise UsageError(
                    f"a {name} of {value} makes no sense", next_step=f"Choose a whole number from {least} on."
                )
        for name, share in {"effort": self.effort, "chronology": self.chronology}.items():
            if not 0 <= share < np.inf:
                raise UsageError(f"{name} of {share} makes no sense", next_step="Choose 0 or more.")


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
