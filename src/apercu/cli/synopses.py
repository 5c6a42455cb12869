"""Making a synopsis and telling about it: what ``apercu synopsis`` and ``apercu demo`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apercu.archive import Archive
from apercu.cli import console
from apercu.cli.progress import Stages, bars
from apercu.search import Found
from apercu.synopsis import ArrangeOptions, Synopsis, SynopsisOptions, make_synopsis

_STAGES = {
    "check": "checking the footage",
    "arrange": "arranging",
    "cut": "cutting out",
    "render": "rendering",
}


def make(
    archive: Archive, output: Path, options: SynopsisOptions, *, as_json: bool, found: Found | None = None
) -> Synopsis:
    """Make a synopsis with a bar for each of its stages; ``found`` is what its query found already."""
    footage_s = sum(row.facts.duration_s for row in archive.recordings())
    with bars(as_json=as_json) as shown:
        return make_synopsis(archive, output, options, Stages(shown, footage_s, _STAGES), found)


def say_synopsis(synopsis: Synopsis, asked: ArrangeOptions) -> None:
    """Tell what was made, its figures, and where they are not what was asked for."""
    figures = synopsis.metrics
    before, after = figures.input_s, figures.output_s
    gain = f"{before / after:.1f} times shorter" if after < before else "no shorter"
    console.say(f"{synopsis.video}: {console.length(after)} from {console.length(before)} of footage, {gain}")
    arrangement = synopsis.arrangement
    if not arrangement.length_kept:
        asked_s = float((arrangement.length_asked or 0) / arrangement.rate)
        why = "nothing is shown faster than it was"
        if asked.density is not None:
            why += f", and no more than {asked.density} at once"
        console.say(f"  longer than the {console.length(asked_s)} asked for: {why}")
    if asked.length_s is not None and figures.or_ > asked.overlap:
        console.say(f"  more overlaps than the {asked.overlap:g} allowed: the length asked for goes first")
    console.say(f"  {figures.tubes} of {figures.tubes_given} tracks shown")
    console.say(f"  index in {synopsis.sidecar}, chapters in {synopsis.chapters}")
    console.say(
        f"  FR {figures.fr:.3f}  CR {figures.cr:.4f}  OR {figures.or_:.4f}  "
        f"NOR {figures.nor:.3f}  CDR {figures.cdr:.3f}"
    )


def synopsis_as_dict(synopsis: Synopsis) -> dict[str, Any]:
    """Return what was made as plain values."""
    files = {"video": synopsis.video, "index": synopsis.sidecar, "chapters": synopsis.chapters}
    return {**files, **synopsis.figures()}
