"""Saying what a camera is for: an administrator's, since everybody may read it."""

from __future__ import annotations

from apercu.archive import camera_uses
from apercu.archive.camera_uses import CameraUse
from apercu.errors import NothingToShowError, RightError
from apercu.purposes import Capability
from apercu.web.oversight import cameras_of
from apercu.web.visit import Visit


def describe_camera(visit: Visit, camera: str, use: str, place: str, *, reason: str = "") -> CameraUse:
    """Say what a camera is for and where it stands.

    Raises:
        RightError: the visitor is no administrator, or a program.
        NothingToShowError: the archive has no such camera.
        As ``apercu.archive.camera_uses.describe_camera``.
    """
    if camera not in {facts.name for facts in cameras_of(visit.archive)}:
        raise NothingToShowError(f"the archive has no camera {camera!r}", next_step="List them.")
    if not visit.visitor.administers:
        visit.gate.expect(Capability.MANAGE, subject=f"camera {camera}", reason=reason)
        raise RightError(
            "what a camera is for is an administrator's to say", next_step="Ask an administrator."
        )
    return camera_uses.describe_camera(visit.archive, camera, use, place, reason=reason)
