"""One object that a command is about: named as ``apercu tracks`` lists it, or by the index of a synopsis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.search import TrackId

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
TrackNames = Annotated[
    list[str] | None,
    typer.Option(
        "--track",
        metavar="RECORDING/ID",
        help="A track: its recording's id, how that begins, or its file name, and its number there. Can be "
        "given several times.",
    ),
]
TubeNumbers = Annotated[
    list[int] | None,
    typer.Option(
        "--tube", metavar="N", min=1, help="Number of an object in that index. Can be given several times."
    ),
]


def object_of(archive: Archive, track: str | None, index: Path | None, tube: int | None) -> TrackId:
    """Return which track is meant."""
    tracks, tubes = [] if track is None else [track], [] if tube is None else [tube]
    (found,) = objects_of(archive, tracks, index, tubes)
    return found


def objects_of(
    archive: Archive, tracks: Sequence[str], index: Path | None, tubes: Sequence[int]
) -> list[TrackId]:
    """Return which tracks are meant, at least one, each once and in the order of their naming."""
    from apercu.cli.filters import track_of
    from apercu.search import TrackId
    from apercu.synopsis.index import Index

    if bool(tracks) == (index is not None) or (index is not None) != bool(tubes):
        raise UsageError(
            "which object is not said",
            next_step="Give either --track RECORDING/ID, or --index JSON with --tube N.",
        )
    if index is None:
        return list(dict.fromkeys(TrackId(**track_of(archive, track)) for track in tracks))
    read = Index.read(index)
    found = [read.tube(tube) for tube in tubes]
    keys = (TrackId(recording_id=one.recording_id, track_id=one.track_id) for one in found)
    return list(dict.fromkeys(keys))
