"""The empty scene of a camera, or of a recording that is to be counted, to draw on."""

from __future__ import annotations

import cv2

from apercu.analysis import AnalysisOptions, load_detector
from apercu.analysis.emptying import empty_scene
from apercu.errors import ArchiveDamagedError, NothingToShowError
from apercu.purposes import Capability
from apercu.web.adding import find_footage
from apercu.web.visit import Visit


def scene_of(visit: Visit, camera: str, *, reason: str | None = None) -> bytes:
    """Return the newest empty scene of a camera as WebP.

    Raises:
        RefusedError, RightError: the purpose has no ``show-scene``, or not now, or the person may not.
        NothingToShowError: the archive has no such camera, or no scene of it.
        ArchiveDamagedError: the picture cannot be read.
    """
    subject = f"camera {camera}"
    with visit.archive.opens(Capability.SHOW_SCENE, subject=subject, reason=reason) as inside:
        for row in reversed([row for row in inside.recordings() if row.camera == camera]):
            scenes = inside.backgrounds(row.recording_id)
            if scenes:
                try:
                    return scenes[-1].path.read_bytes()
                except OSError as error:
                    raise ArchiveDamagedError(
                        f"cannot be read ({error.strerror})", where=scenes[-1].path
                    ) from error
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
