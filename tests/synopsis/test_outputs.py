"""Where pictures and videos are written: a place may be given as text by every maker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.disclosure.cutting import cut_clip
from apercu.disclosure.options import ClipOptions, TimelapseOptions
from apercu.disclosure.timelapse import make_timelapse
from apercu.errors import UsageError
from apercu.search import TrackId
from apercu.synopsis import ArrangeOptions, SynopsisOptions, make_synopsis
from apercu.synopsis.options import SheetOptions, StroboscopeOptions
from apercu.synopsis.poster import make_poster
from apercu.synopsis.sheet import make_sheet
from apercu.synopsis.stroboscope import make_stroboscope

OPENLY: dict[str, Any] = {"redact": False, "reason": "system-check: a test"}


def test_it_may_be_text(
    archive: Archive,
    store: Callable[..., str],
    filmed: Callable[..., Path],
    walk: Callable[..., tuple],
    tmp_path: Path,
) -> None:
    recording = store(filmed(4.0), (*walk(0.5, 2.0, speed=20), "car"))
    track = TrackId(recording_id=recording, track_id=1)
    makers: dict[str, Callable[[str], Path]] = {
        "a.mp4": lambda to: make_synopsis(archive, to, SynopsisOptions(**OPENLY)).video,
        "b.png": lambda to: make_poster(archive, to).picture,
        "c.png": lambda to: make_stroboscope(archive, track, to, StroboscopeOptions(**OPENLY)).picture,
        "d.html": lambda to: make_sheet(archive, to, SheetOptions(**OPENLY)).pages[0],
        "e.mp4": lambda to: cut_clip(archive, recording, 1, to, ClipOptions(**OPENLY)).video,
        "f.mp4": lambda to: make_timelapse(archive, to, TimelapseOptions(factor=2, **OPENLY)).video,
    }
    for name, make in makers.items():
        place = tmp_path / name
        assert make(str(place)) == place and place.exists()
        with pytest.raises(UsageError, match=r"x\.txt does not end in"):
            make(str(tmp_path / "x.txt"))


def test_whether_a_length_was_kept_is_among_the_figures(
    archive: Archive,
    store: Callable[..., str],
    filmed: Callable[..., Path],
    walk: Callable[..., tuple],
    tmp_path: Path,
) -> None:
    store(filmed(4.0), (*walk(0.5, 2.0, speed=20), "car"))
    for length_s, kept in ((None, True), (3.0, True), (0.5, False)):
        options = SynopsisOptions(ArrangeOptions(length_s=length_s), **OPENLY)
        made = make_synopsis(archive, tmp_path / "a.mp4", options)
        figures = made.figures()
        assert (figures["length_asked_s"], figures["length_kept"]) == (length_s, kept)
        assert figures["metrics"] == made.metrics.as_dict()
