"""Chapters of a synopsis, for players: one per group, or one per stretch with the times that begin in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.grouping import Groups
from apercu.synopsis.index import NOTICE, Chapter
from apercu.synopsis.render import Clock
from apercu.timecode import format_clock

_LEAST_S = 5.0
_MOST = 12
"""Chapters without groups: as many as fit, of at least so many seconds."""


def chapters_of(arrangement: Arrangement, clock: Clock, groups: Groups | None) -> list[Chapter]:
    """Return the chapters, in order, one ending where the next begins."""
    length_s = float(arrangement.frame_count / Fraction(arrangement.rate))
    starts_s = arrangement.starts / float(arrangement.rate)
    if groups is None:
        count = int(np.clip(length_s // _LEAST_S, 1, _MOST))
        edges = np.linspace(0, length_s, count + 1)[:-1]
        members = [np.flatnonzero(np.searchsorted(edges, starts_s, "right") - 1 == i) for i in range(count)]
        names = [""] * count
    else:
        begins = [float(starts_s[groups.of == i].min()) for i in range(len(groups.names))]
        order = np.argsort(begins, kind="stable").tolist()
        edges = np.array([begins[i] for i in order])
        members = [np.flatnonzero(groups.of == i) for i in order]
        names = [groups.names[i] for i in order]
    edges[:1] = 0.0
    ends = [*edges[1:].tolist(), length_s]
    return [
        Chapter(
            start_s=round(begin, 3), end_s=round(end, 3), title=_title(arrangement, clock, name, own.tolist())
        )
        for name, own, begin, end in zip(names, members, edges.tolist(), ends, strict=True)
        if end > begin
    ]


def _title(arrangement: Arrangement, clock: Clock, name: str, own: Sequence[int]) -> str:
    """Return ``car, 14:03:27 to 14:55:01, 3 objects``: of a stretch in which nothing begins, only that."""
    if not own:
        return "nothing new"
    tubes = sorted(
        (arrangement.tubes[i] for i in own),
        key=lambda tube: clock.line_s(tube.recording_id, tube.original_s(0)),
    )
    written = clock.dated or clock.label
    first, last = (written(tube.recording_id, tube.original_s(0)) for tube in (tubes[0], tubes[-1]))
    span = first if first == last else f"{first} to {last}"
    objects = "1 object" if len(own) == 1 else f"{len(own)} objects"
    return ", ".join(part for part in (name, span, objects) if part)


def as_vtt(chapters: Sequence[Chapter]) -> str:
    """Return chapters as a WebVTT file (W3C, WebVTT: The Web Video Text Tracks Format)."""
    lines = ["WEBVTT", "", "NOTE", NOTICE, ""]
    for number, chapter in enumerate(chapters, 1):
        begin, end = (format_clock(Fraction(str(second))) for second in (chapter.start_s, chapter.end_s))
        # An arrow would end the line of times, and markup begins with these two.
        title = chapter.title.replace("-->", "to").replace("&", "&amp;").replace("<", "&lt;")
        lines += [str(number), f"{begin} --> {end}", title, ""]
    return "\n".join(lines)
