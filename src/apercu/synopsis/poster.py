"""A poster: where everything went, in one picture, coloured by time. It holds no picture of anyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.archive import Archive
from apercu.disk import replace_file, writing
from apercu.purposes import Capability
from apercu.synopsis.choosing import Choice, choose
from apercu.synopsis.lettering import text_width, write
from apercu.synopsis.options import PosterOptions
from apercu.synopsis.originals import Originals, check_output
from apercu.synopsis.recorded import Times
from apercu.timecode import format_clock

Picture = NDArray[np.uint8]

_LEAST_PX = 1280
"""Longer side of a poster at least: thin paths over small pictures tell nothing."""
_BITS = 4
_FAINT, _DARK = 0.35, 0.55
"""How much colour and light the empty scene keeps."""
_PAPER = (28, 28, 28)
_FEW, _SLICES, _DENSE = 300, 32, 0.5
"""Up to so many paths lie one above the other; more are mixed, in so many slices of time, each so opaque."""
_FIRST, _LAST = 0.1, 0.92
"""The part of the colours that is used: at their ends they are too dark to see."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster that was made.

    Attributes:
        picture: the file.
        tracks: how many paths it shows.
        first, last: the time of the first and the last colour, as written.
    """

    picture: Path
    tracks: int
    first: str
    last: str


def make_poster(
    archive: Archive,
    output: str | Path,
    options: PosterOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> Poster:
    """Draw the paths of one camera's tracks over its empty scene.

    Args:
        archive: holds the tracks; the footage is not needed.
        output: a ``.png``.
        options: which tracks.
        progress: told the share done, 0 to 1.

    Raises:
        RefusedError: the purpose has no ``show-scene`` or ``read-tracks`` (``search`` where a query narrows).
        UsageError: the options do not fit, or several cameras are left.
        NothingToShowError: no track is like that.
        OutputError: the file cannot be written.
    """
    options = options or PosterOptions()
    output = check_output(output, "poster", ".png")
    subject = options.query.subject
    with (
        archive.gate.opens(Capability.SHOW_SCENE, subject=subject, reason=options.reason),
        archive.opens(Capability.READ_TRACKS, subject=subject, reason=options.reason) as inside,
    ):
        choice = choose(inside, options.query, reason=options.reason)
        originals = Originals.of(inside, choice.rows)
        made = _drawn(inside, choice, originals, progress or (lambda _: None))
    with writing(output):
        replace_file(output, cv2.imencode(".png", made.picture)[1].tobytes())
    return Poster(output, len(choice.chosen), made.first, made.last)


@dataclass(frozen=True, slots=True)
class _Drawing:
    picture: Picture
    first: str
    last: str


def _drawn(
    archive: Archive, choice: Choice, originals: Originals, report: Callable[[float], None]
) -> _Drawing:
    table = choice.chosen.table
    names = ("recording_id", "path_x", "path_y", "path_s", "end_s")
    rows = list(zip(*(table[name].to_pylist() for name in names), strict=True))
    starts = [originals.line[row[0]] + row[3][0] for row in rows]
    ends = [originals.line[row[0]] + row[4] for row in rows]
    times = Times(min(starts), max(ends), originals.recorded.at)
    grid = originals.grid
    scale = max(1.0, _LEAST_PX / max(grid.frame_width, grid.frame_height))
    size = (round(grid.frame_width * scale), round(grid.frame_height * scale))
    scene = originals.scenery(archive).at((times.first_s + times.last_s) / 2)
    picture = _ground(scene, size)
    thick = max(1, round(max(size) / 640))
    order = np.argsort(starts, kind="stable")
    layers = _Layers(picture, many=len(rows) > _FEW)
    for part in np.array_split(order, min(len(order), _SLICES)):
        for i in part.tolist():
            recording_id, xs, ys, path_s, _ = rows[i]
            shares = times.shares(originals.line[recording_id] + np.array(path_s))
            _draw(layers.top, np.column_stack([xs, ys]) * scale, _colours(shares), thick)
        layers.lay()
        report(layers.laid / min(len(order), _SLICES))
    picture = layers.picture()
    camera, count = choice.rows[0].camera, len(rows)
    begun, ended = rows[int(np.argmin(starts))], rows[int(np.argmax(ends))]
    edges = originals.moment(begun[0], begun[3][0]), originals.moment(ended[0], ended[4])
    days = dict.fromkeys(f"{edge:%Y-%m-%d}" for edge in edges if edge is not None)
    title = f"{camera}: {count} path{'' if count == 1 else 's'}" + (f", {' to '.join(days)}" if days else "")
    first, last, *between = _ticks(originals, times)
    return _Drawing(_with_legend(picture, title, [first, last, *between]), first.text, last.text)


class _Tick(NamedTuple):
    """A time below the colours: where, as a share of them, its text, and whether time leaps there."""

    share: float
    text: str
    leaps: bool = False


def _ticks(originals: Originals, times: Times) -> list[_Tick]:
    """Return times to tell, those that say most first: ends, where recording begins anew, quarters."""
    recorded = originals.recorded
    before, until = recorded.at([times.first_s, times.last_s]).tolist()
    quarters = [recorded.line_s(before + share * (until - before)) for share in (0.5, 0.25, 0.75)]
    longest = np.argsort(recorded.begins - recorded.ends, kind="stable")
    inside = (times.first_s < recorded.begins) & (recorded.begins < times.last_s)
    anew = [float(recorded.begins[i]) for i in longest if inside[i]]
    moments = [times.first_s, times.last_s, *anew, *quarters]
    texts = (_label_at(originals, moment) for moment in moments)
    leaps = (moment in anew for moment in moments)
    return [_Tick(*told) for told in zip(times.shares(moments).tolist(), texts, leaps, strict=True)]


class _Layers:
    """Paths over the ground: few of them one above the other, many mixed, so that no time hides another.

    Attributes:
        top: what is drawn on now, BGR uint8 (H, W, 3); black where nothing is when there are many.
        laid: layers that are done.
    """

    def __init__(self, ground: Picture, *, many: bool) -> None:
        self._ground = ground
        self.laid = 0
        self.top = np.zeros_like(ground) if many else ground.copy()
        self._sum = np.zeros(ground.shape, np.float32) if many else None
        self._weight = np.zeros(ground.shape[:2], np.float32)

    def lay(self) -> None:
        """Take what was drawn since the last time for a layer of its own."""
        self.laid += 1
        if self._sum is not None:
            # A soft edge counts as much as it is bright: all colours that are used are about equally so.
            cover = (self.top.max(axis=2) / np.float32(255)).clip(0, 1)
            self._sum += self.top
            self._weight += cover
            self.top[:] = 0

    def picture(self) -> Picture:
        """Return the ground with everything on it."""
        if self._sum is None:
            return np.asarray(cv2.addWeighted(self.top, 0.9, self._ground, 0.1, 0), np.uint8)
        mean = self._sum / np.maximum(self._weight, 1e-3)[..., None]
        opacity = (1 - np.exp(-_DENSE * self._weight))[..., None]
        return np.asarray((self._ground + opacity * (mean - self._ground)).clip(0, 255), np.uint8)


def _label_at(originals: Originals, line_s: float) -> str:
    """Return a moment of the time line as written by the recording that it lies in, or the one before.

    Recordings without a clock follow one another, and so do their times: in each, they would begin anew.
    """
    before = [row for row in originals.rows if originals.line[row.recording_id] <= line_s]
    row = max(before or list(originals.rows)[:1], key=lambda row: originals.line[row.recording_id])
    if originals.starts[row.recording_id] is None:
        return format_clock(line_s, millis=False)
    return originals.clock.label(row.recording_id, line_s - originals.line[row.recording_id])


def _ground(scene: Picture, size: tuple[int, int]) -> Picture:
    """Return the empty scene, larger, with little colour and light of its own."""
    large = np.asarray(cv2.resize(scene, size, interpolation=cv2.INTER_CUBIC), np.float32)
    grey = large.mean(axis=2, keepdims=True)
    return np.asarray((grey + _FAINT * (large - grey)) * _DARK, np.uint8)


def _colours(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the colours of shares of the time, uint8 (n, 3), BGR."""
    levels = np.clip((_FIRST + (_LAST - _FIRST) * shares) * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels[:, None], cv2.COLORMAP_TURBO)[:, 0], np.uint8)


def _draw(picture: Picture, points: NDArray[np.float64], colours: NDArray[np.uint8], thick: int) -> None:
    """Draw a path with a dot where it begins and a point where it ends."""
    fixed = np.round(points * (1 << _BITS)).astype(np.int32)
    tones = [tuple(int(c) for c in colour) for colour in colours]
    for a, b, tone in zip(fixed[:-1].tolist(), fixed[1:].tolist(), tones, strict=False):
        cv2.line(picture, a, b, tone, thick, cv2.LINE_AA, _BITS)
    radius = (thick + 1) << _BITS
    cv2.circle(picture, fixed[0].tolist(), radius, tones[0], -1, cv2.LINE_AA, _BITS)
    steps = np.hypot(*(points[-1] - points).T)
    far = np.flatnonzero(steps > 4 * thick)
    if len(far):
        way = (points[-1] - points[far[-1]]) / steps[far[-1]]
        side = np.array([-way[1], way[0]])
        head = points[-1] + thick * np.array([3 * way, 2 * side, -2 * side])
        corners = np.round(head * (1 << _BITS)).astype(np.int32)
        cv2.fillConvexPoly(picture, corners, tones[-1], cv2.LINE_AA, _BITS)


def _with_legend(picture: Picture, title: str, ticks: Sequence[_Tick]) -> Picture:
    """Return the picture over a strip that tells which colour is which time; the first ticks say most."""
    width: int = picture.shape[1]
    size = max(14, round(width / 64))
    room = size
    strip = np.full((5 * size, width, 3), _PAPER, np.uint8)
    write(strip, title, room, size // 3, size)
    top, bottom = 2 * size, 3 * size
    bar = _colours(np.linspace(0, 1, width - 2 * room))
    strip[top:bottom, room : width - room] = bar[None]
    told: list[tuple[int, int, int, _Tick]] = []
    for tick in ticks:
        mark, wide = room + round(tick.share * (width - 2 * room)), text_width(tick.text, size)
        if tick.leaps:
            cv2.line(strip, (mark, top), (mark, bottom - 1), _PAPER, max(1, size // 10))
        left = max(room, min(mark - wide // 2, width - room - wide))
        right = left + wide + size // 2
        if all(right <= begin or end <= left for begin, end, *_ in told):  # else there is no room
            told.append((left, right, mark, tick))
    for left, _, mark, tick in sorted(told):
        begin = bottom if tick.leaps else top
        cv2.line(strip, (mark, begin), (mark, bottom + size // 4), (255, 255, 255), 1)
        write(strip, tick.text, left, bottom + size // 3, size)
    return np.concatenate([picture, strip])
