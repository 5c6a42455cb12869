"""A recording on its way into an archive: written beside the others, then at once in its place, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from apercu.archive.draft import Draft
from apercu.archive.shelf import LOCK, Shelf
from apercu.archive.staging import Workspace
from apercu.disk import locked, writing


@contextmanager
def drafted(
    archive: Path, shelf: Shelf, recording_id: str, begin: Callable[[Path], Draft]
) -> Iterator[Draft]:
    """Write a recording that ``begin`` begins in a folder; it appears at the end of the ``with`` block.

    When the block ends with an error, nothing appears and nothing stays behind. The gate has been asked.

    Raises:
        OutputError: the archive cannot be written.
    """
    with writing(archive), locked(archive / LOCK):
        workspace = Workspace(archive, recording_id)
    try:
        with closing(begin(workspace.new)) as draft:
            yield draft
            row = draft.seal(shelf.place(draft.recording, draft.camera), shelf.added_at(recording_id))
    except BaseException:
        workspace.remove()
        raise
    try:
        with writing(archive), locked(archive / LOCK):
            shelf.publish(row, workspace)
    except BaseException:
        workspace.abandon()  # how far it came is for the next opening to see
        raise
    workspace.remove()
