"""From an arrangement to pictures: soft silhouettes over the empty scene, each with its true time.

First everything that is shown is cut out of the footage, in the footage's order (``gathering``), then it is
put together in the order of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from math import exp

import numpy as np

from apercu.analysis.ahead import ahead
from apercu.footage import Planes
from apercu.synopsis import labels
from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.captions import Caption, Captions
from apercu.synopsis.cutouts import Layer, lay
from apercu.synopsis.gathering import Gathering
from apercu.synopsis.marks import Bar, colour_of, draw_box, draw_trail, times_of
from apercu.synopsis.options import RenderOptions
from apercu.synopsis.pauses import Pauses
from apercu.synopsis.recorded import RecordedBefore, as_they_are
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sources import Sources
from apercu.synopsis.spool import Spool
from apercu.synopsis.tubes import Tube
from apercu.synopsis.veil import Veil

_FADE_S = 0.25
_SCENE_FOLLOWS_S = 0.7
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Clock:
    """How original times are placed and written.

    Attributes:
        line_s: recording and seconds from its start -> seconds on one time line for all recordings.
        label: recording and seconds from its start -> text.
        dated: likewise, with days written as the names of groups write them, and with the recording's name
            where several have no clock; None where ``label`` does.
        recorded_s: moments of the time line -> seconds recorded before them; the time line itself by default.
    """

    line_s: Callable[[str, float], float]
    label: Callable[[str, float], str]
    dated: Callable[[str, float], str] | None = None
    recorded_s: RecordedBefore = as_they_are


def render(
    arrangement: Arrangement,
    sources: Sources,
    scenery: Scenery,
    clock: Clock,
    options: RenderOptions,
    veil: Veil | None,
    progress: Callable[[float], None] = lambda _: None,
) -> Generator[Planes]:
    """Yield every output picture, in order.

    Args:
        arrangement: what is shown when.
        sources, scenery, clock: of the recordings it is made from.
        options: what is shown beside the objects.
        veil: over everyone; None shows people as they are.
        progress: told the share of the footage that is cut out, 0 to 1, before the first picture comes.

    Raises:
        FootageError: an original moment cannot be read.
        OutputError: there is no room for the cutouts.
    """
    with Spool(sources.folder, [len(tube) for tube in arrangement.tubes]) as spool:
        tubes, grid = arrangement.tubes, arrangement.grid
        Gathering(tubes, grid, sources, scenery, clock.line_s, veil).into(spool, progress)
        composition = _Composition(arrangement, spool, scenery, clock, options)
        # The next pictures are put together while whoever asked encodes this one.
        with closing(ahead(composition.pictures(), _AHEAD)) as pictures:
            yield from pictures


class _Composition:
    """Puts cutouts together, picture by picture."""

    def __init__(
        self,
        arrangement: Arrangement,
        spool: Spool,
        scenery: Scenery,
        clock: Clock,
        options: RenderOptions,
    ) -> None:
        self._arrangement, self._spool = arrangement, spool
        self._scenery, self._clock, self._options = scenery, clock, options
        grid, self._rate = arrangement.grid, float(arrangement.rate)
        self._fades = [max(1.0, min(_FADE_S * self._rate, (len(tube) + 1) / 2)) for tube in arrangement.tubes]
        self._times = times_of(arrangement, clock.recorded_s)
        self._bar = Bar(arrangement, self._times) if options.bar else None
        below = self._bar.height if self._bar else 0
        shape = (grid.frame_height, grid.frame_width)
        self._notice = labels.notice_for(shape, above=below)
        self._size = labels.text_size(grid.frame_height)
        taken = [self._notice[1], (0, shape[0] - below, shape[1], shape[0])]
        self._captions = Captions(grid.frame_width, grid.frame_height, self._rate, taken)
        self._planned: dict[int, Caption] = {}
        self._pauses: dict[int, Pauses] = {}
        self._weights: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None

    def pictures(self) -> Iterator[Planes]:
        tubes, options = self._arrangement.tubes, self._options
        for number in range(self._arrangement.frame_count):
            shown = self._arrangement.shown(number)
            # What stands lower in the picture is nearer, and painted last.
            shown.sort(key=lambda item: float(tubes[item[0]].boxes[item[1], 3]))
            self._pauses = {i: self._pauses.get(i) or Pauses.of(tubes[i]) for i, _ in shown}
            picture = self._scene([(tubes[i], sample) for i, sample in shown]).copy()
            presence = {i: self._presence(i, sample) for i, sample in shown}
            if options.trails:
                for i, sample in shown:
                    draw_trail(picture, tubes[i], sample, self._colour(i), presence[i])
            lay(picture, [layer for i, sample in shown for layer in self._layers(i, sample, presence[i])])
            if options.boxes:
                for i, sample in shown:
                    draw_box(picture, tubes[i].boxes[sample], self._colour(i))
            if self._bar is not None:
                self._bar.draw(picture, number, [(tubes[i], sample) for i, sample in shown])
            notice, (x, y, _, _), size = self._notice
            written = self._labels(picture, number, shown, presence) if options.times else []
            lay(picture, [*written, labels.stamp(notice, x, y, size)])
            yield picture

    def _scene(self, shown: list[tuple[Tube, int]]) -> Planes:
        """Return the empty scene as it looks at the times of what is shown; not to be changed."""
        wanted = self._scenery.weights(
            [self._clock.line_s(tube.recording_id, tube.original_s(sample)) for tube, sample in shown]
        )
        if self._weights is None:
            self._weights = wanted if shown else self._scenery.weights([self._times.first_s])
        elif shown:
            self._weights += (1 - exp(-1 / (self._rate * _SCENE_FOLLOWS_S))) * (wanted - self._weights)
        return self._scenery.planes(self._scenery.mixed(self._weights))

    def _layers(self, i: int, sample: int, presence: float) -> Iterator[Layer]:
        """Yield what is laid over the picture for a sample of a tube."""
        fading = self._pauses[i].fading(sample)
        layers = [(sample, presence)]
        if fading is not None:  # what is left out of a long stay is bridged, not jumped over
            before, way = fading
            layers = [(before, presence), (sample, presence * way)]
        for shown, share in layers:
            data = self._spool.get(i, shown)
            if data is not None:
                yield Layer(data, share)

    def _presence(self, i: int, sample: int) -> float:
        """Return how opaque a tube is: it fades in and out at its ends."""
        return min(1.0, min(sample + 1, len(self._arrangement.tubes[i]) - sample) / self._fades[i])

    def _colour(self, i: int) -> tuple[int, int, int]:
        """Return the colour of a tube's marks."""
        return colour_of(self._arrangement.tubes[i], self._options.colour_by, self._times)

    def _labels(
        self, picture: Planes, number: int, shown: list[tuple[int, int]], presence: dict[int, float]
    ) -> list[Layer]:
        """Return each object's true time, beside it."""
        layers = []
        tubes = self._arrangement.tubes
        self._planned = {i: self._planned[i] for i, _ in shown if i in self._planned}
        shape = (picture.height, picture.width)
        for i, sample in sorted(shown):
            tube = tubes[i]
            text = self._clock.label(tube.recording_id, tube.original_s(sample))
            if i not in self._planned:
                x1, y1, x2, y2 = labels.place(shape, text + self._pauses[i].longest, 0, 0, self._size)
                self._planned[i] = self._captions.plan(number - sample, tube.boxes, (x2 - x1, y2 - y1))
            text += self._pauses[i].told(sample)
            x, y, strength = self._planned[i].at(number)
            strength *= presence[i]
            if strength > 0:
                edge = None
                if self._options.colour_by is not None:
                    edge = picture.colour(self._colour(i))
                layers.append(labels.stamp(text, x, y, self._size, strength, edge))
        return layers
