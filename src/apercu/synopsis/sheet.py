"""A contact sheet: the best moment of every object, its time and what it was, on pages of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import Detector, load_detector
from apercu.analysis.people import People
from apercu.archive import Archive
from apercu.disk import replace_file, writing
from apercu.errors import UsageError
from apercu.footage import FootageReader, Frame
from apercu.footage.moments import frames_at
from apercu.geometry import area, clip, near_edges
from apercu.search import Found
from apercu.synopsis.choosing import Choice, choose_each
from apercu.synopsis.options import SheetOptions
from apercu.synopsis.originals import Originals, check_output
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sheet_facts import Facts, facts_of
from apercu.synopsis.sheet_pages import PER_PAGE, Cell, as_html, as_png
from apercu.synopsis.showing import showing
from apercu.synopsis.stills import Painter
from apercu.synopsis.tubes import MaskGrid, Tube, tubes_of

SUFFIXES = (".png", ".html")
_RATE = Fraction(5)
_AROUND = 0.35
"""How much of the scene is shown around an object, share of its longer side."""
_SIDE = (4, 3)
_LEAST_PX = 48


@dataclass(frozen=True, slots=True)
class Best:
    """The moment in which an object is shown.

    Attributes:
        camera: whose picture it is.
        recording_id, track_id, class_name: the track.
        second: seconds from the start of the recording.
        label: the same as a person reads it.
        facts: what is told of it.
        page: on which page, from 1.
    """

    camera: str
    recording_id: str
    track_id: int
    class_name: str
    second: float
    label: str
    facts: Facts
    page: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet that was made: its pages, and what they show, camera by camera in order of time."""

    pages: tuple[Path, ...]
    shown: tuple[Best, ...]


def make_sheet(
    archive: Archive,
    output: str | Path,
    options: SheetOptions | None = None,
    progress: Callable[[str, float], None] | None = None,
    found: Found | None = None,
) -> Sheet:
    """Show every object that a query asks for in its best moment, over the empty scene.

    One camera follows the other; within a camera objects are in order of time, or as the query sorts them.

    Args:
        archive: holds the tracks; the footage must still be where it was analysed.
        output: a ``.png`` or ``.html``; further pages are written beside it as ``NAME-2``, ``NAME-3`` ...
        options: what.
        progress: told the stage (``check``, ``show``) and the share of it done.
        found: what the query found already; then it is not asked again.

    Raises:
        RefusedError: as ``showing``; the purpose has no ``search`` where the query narrows.
        UsageError: the options do not fit, or the recordings of a camera differ in size.
        NothingToShowError: no track is like that.
        FootageError: a recording is gone, has changed, or cannot be read there.
        OutputError: a file cannot be written.
    """
    options = options or SheetOptions()
    output = check_output(output, "sheet", *SUFFIXES)
    subject, reason = options.query.subject, options.reason
    with showing(archive, redact=options.redact, subject=subject, reason=reason) as inside:
        choices = choose_each(inside, options.query, reason=options.reason, found=found)
        return _made(inside, output, choices, options, progress or (lambda _stage, _share: None))


@dataclass(frozen=True, slots=True)
class _Shown:
    """One object to be shown, and what reads it."""

    reading: _Reading
    tube: Tube
    sample: int


def _made(
    archive: Archive,
    output: Path,
    choices: Sequence[Choice],
    options: SheetOptions,
    report: Callable[[str, float], None],
) -> Sheet:
    redact = options.redact
    originals = [Originals.of(archive, choice.rows) for choice in choices]
    for number, (each, choice) in enumerate(zip(originals, choices, strict=True)):
        each.check(choice.shown, _shares(report, "check", number, len(choices)))
    detector = cache(load_detector) if redact else None
    shown = [
        shown
        for each, choice in zip(originals, choices, strict=True)
        for shown in _objects(archive, each, choice, detector)
    ]
    names = [page_name(output, number) for number in range(1, -(-len(shown) // PER_PAGE) + 1)]
    for name in names if not options.replace else []:
        if name.exists():
            raise UsageError("exists already", where=name, next_step="Choose another name, or --force.")
    cameras = ", ".join(choice.camera for choice in choices)
    title = f"{cameras}: {len(shown)} object{'' if len(shown) == 1 else 's'}"
    make = as_html if output.suffix.lower() == ".html" else as_png
    best: list[Best] = []
    for number, path in enumerate(names, 1):
        page = shown[(number - 1) * PER_PAGE : number * PER_PAGE]
        cells: list[Cell] = []
        for reading, group in groupby(page, key=lambda item: item.reading):
            before = len(best) + len(cells)
            objects = [(item.tube, item.sample) for item in group]
            cells += reading.cells(objects, _shares(report, "show", before, len(shown)))
        with writing(path):
            replace_file(path, make(cells, title, names, number))
        best += [item.reading.best(item.tube, item.sample, number) for item in page]
    return Sheet(tuple(names), tuple(best))


def _objects(
    archive: Archive, originals: Originals, choice: Choice, detector: Callable[[], Detector] | None
) -> Iterator[_Shown]:
    """Yield the objects of one camera in the order in which they are shown; no detector shows all openly."""
    tubes = list(tubes_of(choice.chosen, originals.grid, _RATE, originals.line))
    people = None if detector is None else People(choice.everyone)
    vehicles = people is not None and not all(people.may_be(t.recording_id, t.track_id) for t in tubes)
    look = detector() if detector is not None and vehicles else None
    painter = Painter(originals.grid.cell_px, people, look)
    facts = facts_of(archive, choice)
    reading = _Reading(choice.camera, originals, originals.scenery(archive), painter, facts)
    places = {key: place for place, key in enumerate(choice.order)}
    tubes.sort(key=lambda t: (places.get((t.recording_id, t.track_id), 0), t.line_s, t.track_id))
    for tube in tubes:
        yield _Shown(reading, tube, best_sample(tube, originals.grid))


def _shares(
    report: Callable[[str, float], None], stage: str, before: int, count: int
) -> Callable[[float], None]:
    """Return what is told the number done of a part, or the share of one, and tells the share of all."""
    return lambda done: report(stage, (before + done) / count)


def page_name(output: Path, number: int) -> Path:
    """Return the file of a page: the first has the name given."""
    return output if number == 1 else output.with_stem(f"{output.stem}-{number}")


def best_sample(tube: Tube, grid: MaskGrid) -> int:
    """Return the sample that shows most of a tube: large, not cut by the picture's edges, well in its box."""
    boxes, picture = tube.boxes.astype(float), (grid.frame_width, grid.frame_height)
    shown = area(clip(boxes, *picture))
    cut = near_edges(boxes, picture, 0.01 * max(picture)).any(axis=1)
    low = tube.corners * float(grid.cell_px)
    high = low + tube.sizes[tube.nearest] * grid.cell_px
    shared = (np.minimum(high, boxes[:, 2:]) - np.maximum(low, boxes[:, :2])).clip(0).prod(axis=1)
    within = shared / (high - low).prod(axis=1).clip(1)
    # What an edge cuts may be large and tell little; without anything better it is shown all the same.
    return int(np.argmax(np.where(cut, 0.3, 1.0) * within**2 * shown))


@dataclass(slots=True, eq=False)
class _Reading:
    """Reads and paints the moments of one camera, page after page; a recording is looked into once."""

    camera: str
    originals: Originals
    scenery: Scenery
    painter: Painter
    facts: Mapping[tuple[str, int], Facts]
    _readers: dict[str, FootageReader] = field(default_factory=dict)

    def cells(self, page: Sequence[tuple[Tube, int]], progress: Callable[[int], None]) -> list[Cell]:
        """Return the cells of a page, in its order; ``progress`` is told how many are done."""
        made: dict[int, Cell] = {}
        # In order of time within each recording: most of it is read in one go.
        order = sorted(
            range(len(page)), key=lambda i: (page[i][0].recording_id, page[i][0].original_s(page[i][1]))
        )
        for recording_id, group in groupby(order, key=lambda i: page[i][0].recording_id):
            mine = list(group)
            seconds = [page[i][0].original_s(page[i][1]) for i in mine]
            for i, frame in zip(mine, frames_at(self._reader(recording_id), seconds), strict=True):
                made[i] = self._cell(*page[i], frame)
                progress(len(made))
        self.painter.forget()
        return [made[i] for i in range(len(page))]

    def _reader(self, recording_id: str) -> FootageReader:
        if recording_id not in self._readers:
            self._readers[recording_id] = FootageReader(self.originals.sources[recording_id].path)
        return self._readers[recording_id]

    def _cell(self, tube: Tube, sample: int, frame: Frame) -> Cell:
        clock, grid = self.originals.clock, self.originals.grid
        second = tube.original_s(sample)
        picture = self.scenery.at(clock.line_s(tube.recording_id, second)).copy()
        self.painter.paint(picture, frame, tube, sample)
        x1, y1, x2, y2 = around(tube.boxes[sample], grid.frame_width, grid.frame_height)
        return Cell(
            picture[y1:y2, x1:x2],
            tube.class_name,
            clock.label(tube.recording_id, tube.original_s(0)),
            str(self.facts[tube.recording_id, tube.track_id]),
            f"{tube.recording_id}/{tube.track_id}",
            self.camera,
        )

    def best(self, tube: Tube, sample: int, page: int) -> Best:
        """Return what is told of an object that was shown."""
        second = round(tube.original_s(sample), 3)
        return Best(
            self.camera,
            tube.recording_id,
            tube.track_id,
            tube.class_name,
            second,
            self.originals.clock.label(tube.recording_id, second),
            self.facts[tube.recording_id, tube.track_id],
            page,
        )


def around(box: NDArray[np.float32], width: int, height: int) -> tuple[int, int, int, int]:
    """Return the part of a picture to show of a box, x1 y1 x2 y2: four to three, with some of the scene."""
    x1, y1, x2, y2 = box.astype(float).tolist()
    room = 1 + 2 * _AROUND
    longer = max((x2 - x1) / _SIDE[0], (y2 - y1) / _SIDE[1], _LEAST_PX / _SIDE[0] / room) * room
    wide, high = min(longer * _SIDE[0], width), min(longer * _SIDE[1], height)
    left = float(np.clip((x1 + x2 - wide) / 2, 0, width - wide))
    top = float(np.clip((y1 + y2 - high) / 2, 0, height - high))
    return round(left), round(top), round(left + wide), round(top + high)
