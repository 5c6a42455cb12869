"""What is drawn on: the empty scene of a camera, or a picture of its footage with people pixelated."""

from __future__ import annotations

from pathlib import Path

import cv2

from apercu.analysis import AnalysisOptions, load_detector
from apercu.analysis.emptying import empty_scene
from apercu.analysis.people import People
from apercu.analysis.redaction import Redactor
from apercu.archive import RecordingRow
from apercu.archive.files import list_backgrounds
from apercu.errors import ArchiveDamagedError, NothingToShowError
from apercu.footage import FootageReader
from apercu.footage.moments import frames_at
from apercu.purposes import Capability
from apercu.synopsis.originals import Originals
from apercu.synopsis.showing import showing
from apercu.web.adding import find_footage
from apercu.web.visit import Visit


def has_scene(visit: Visit, camera: str) -> bool:
    """Return whether there is an empty scene of a camera; nothing is shown, so nothing is asked."""
    rows = [row for row in visit.archive.recordings() if row.camera == camera]
    return any(list_backgrounds(visit.archive.path / row.analysis.folder) for row in rows)


def has_footage(visit: Visit, camera: str) -> bool:
    """Return whether ``frame_of`` has something to read."""
    return any(_is_there(row) for row in visit.archive.recordings() if row.camera == camera)


def frame_of(visit: Visit, camera: str, *, reason: str | None = None) -> bytes:
    """Return a picture of the newest recording of a camera as WebP, with everyone in it pixelated.

    Raises:
        RefusedError, RightError: the purpose has no ``show-images``, or not now, or the person may not.
        NothingToShowError: the archive has no such camera, or its footage is gone.
        FootageError: the recording has changed, or cannot be read.
    """
    with showing(visit.archive, redact=True, subject=f"camera {camera}", reason=reason) as inside:
        for row in reversed([row for row in inside.recordings() if row.camera == camera and _is_there(row)]):
            Originals.of(inside, [row]).check([row.recording_id])
            redactor = Redactor(People(inside.tracks([row.recording_id])), row.recording_id, load_detector())
            with FootageReader(row.absolute_path) as reader:
                frame = next(frames_at(reader, [row.facts.duration_s / 2]))
            return bytes(cv2.imencode(".webp", redactor.redact(frame).picture)[1].tobytes())
    raise NothingToShowError(
        f"camera {camera} has no recording whose footage is there",
        next_step="Analyse a recording of it first.",
    )


def _is_there(row: RecordingRow) -> bool:
    return Path(row.absolute_path).is_file()


def scene_of(visit: Visit, camera: str, *, reason: str | None = None) -> bytes:
    """Return the newest empty scene of a camera as WebP.

    Raises:
        RefusedError, RightError: the purpose has no ``show-scene``, or not now, or the person may not.
        NothingToShowError: the archive has no such camera, or no scene of it.
        ArchiveDamagedError: the picture cannot be read.
    """
    subject = f"camera {camera}"
    with visit.archive.opens(Capability.SHOW_SCENE, subject=subject, reason=reason) as inside:
        for _, scene in inside.latest_scenes(camera):
            try:
                return scene.path.read_bytes()
            except OSError as error:
                raise ArchiveDamagedError(f"cannot be read ({error.strerror})", where=scene.path) from error
    raise NothingToShowError(
        f"camera {camera} has no empty scene", next_step="Analyse a recording of it first."
    )


def scene_of_footage(visit: Visit, name: str, *, reason: str | None = None) -> bytes:
    """Return the scene of a recording without what moves in it, as WebP; nothing of it is kept.

    Args:
        visit: who asks, where.
        name: as ``list_footage`` tells it.
        reason: why; recorded in the ledger.

    Raises:
        RefusedError, RightError: the purpose has no ``show-scene``, or not now, or the person may not.
        NothingToShowError: there is no such file.
        FootageError: it cannot be read.
    """
    with visit.gate.opens(Capability.SHOW_SCENE, subject=f"footage {name}", reason=reason):
        path = find_footage(visit, name)
        picture = empty_scene(path, load_detector(), AnalysisOptions().detector_px)
        return bytes(cv2.imencode(".webp", picture)[1])
