"""One object that a command is about: named as ``apercu tracks`` lists it, or by the index of a synopsis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive

Track = Annotated[
    str | None,
    typer.Option(
        "--track",
        metavar="RECORDING/ID",
        help="The track: its recording's id, how that begins, or its file name, and its number there.",
    ),
]
IndexFile = Annotated[
    Path | None,
    typer.Option("--index", metavar="JSON", help="The index beside a synopsis; takes --tube."),
]
TubeNumber = Annotated[
    int | None,
    typer.Option("--tube", metavar="N", min=1, help="Number of an object in that index."),
]


def object_of(archive: Archive, track: str | None, index: Path | None, tube: int | None) -> tuple[str, int]:
    """Return which track is meant."""
    from apercu.cli.filters import track_of
    from apercu.synopsis.index import Index

    if (track is None) == (index is None) or (index is None) != (tube is None):
        raise UsageError(
            "which object is not said",
            next_step="Give either --track RECORDING/ID, or --index JSON with --tube N.",
        )
    if track is not None:
        named = track_of(archive, track)
        return named["recording_id"], named["track_id"]
    assert index is not None and tube is not None, "looked at above"
    found = Index.read(index).tube(tube)
    return found.recording_id, found.track_id
