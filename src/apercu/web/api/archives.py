"""Archives and what they hold: counts and dates, and the empty scene."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from apercu.archive import RecordingRow
from apercu.archive.camera_uses import LONGEST
from apercu.purposes import Capability
from apercu.web import describing
from apercu.web.api.common import (
    CameraPath,
    Pair,
    ReasonParameter,
    RecordingPath,
    TheService,
    TheVisit,
    TheVisitor,
    asks,
    new_router,
)
from apercu.web.oversight import CameraFacts, cameras_of
from apercu.web.scenes import frame_of, scene_of
from apercu.web.visit import Visit

router = new_router("archives", "/archives")


class ArchiveAnswer(BaseModel):
    """An archive, and what who asks may do in it now."""

    archive_id: str
    name: str
    purpose: str
    controller: str
    timezone: str = Field(description="IANA name; days and hours are those of its clocks")
    created: datetime
    capabilities: list[Capability] = Field(description="what who asks may ask for now, approvals aside")
    with_reason: list[Capability] = Field(description="what takes a reason here")
    reason_kinds: list[str] = Field(
        description="kinds of reason for showing people as filmed and for exports, written as: kind: why"
    )
    four_eyes: list[Capability] = Field(description="what takes another person's approval here")


class CameraSaid(BaseModel):
    """What a camera is for, and where it stands: everybody may read it."""

    use: Annotated[str, Field(max_length=LONGEST)]
    place: Annotated[str, Field(max_length=LONGEST)]
    reason: Annotated[str, Field(max_length=2000)] = ""


class RecordingAnswer(BaseModel):
    """A recording: what its file says, and how its analysis went."""

    recording_id: str
    file: str = Field(description="name of its file")
    camera: str
    start_time: datetime | None = Field(description="true time of its first picture; null when nobody knows")
    duration_s: float
    width: int
    height: int
    rate: float | None = Field(description="pictures a second; null when not stated")
    codec: str
    added_at: datetime
    tracks: int = Field(description="how many were found")
    warnings: list[str] = Field(description="sentences about what was found in the footage")
    camera_moved: list[Pair] = Field(description="first and last second of each time it moved")


class CameraAnswer(BaseModel):
    """One camera of an archive."""

    name: str
    recordings: int
    width: int | None
    height: int | None
    use: str = Field(description="what it is for, as an administrator said; may be empty")
    place: str = Field(description="where it stands, the same way")
    first: datetime | None
    last: datetime | None


@router.get("", operation_id="list_archives")
def list_archives(service: TheService, visitor: TheVisitor) -> list[ArchiveAnswer]:
    """List the archives in which who asks has a right."""
    return [_archive(visit) for visit in service.visits(visitor)]


@router.get("/{archive_id}", operation_id="read_archive", openapi_extra=asks())
def read_archive(visit: TheVisit) -> ArchiveAnswer:
    """Return an archive."""
    return _archive(visit)


@router.get("/{archive_id}/recordings", operation_id="list_recordings", openapi_extra=asks())
def list_recordings(visit: TheVisit) -> list[RecordingAnswer]:
    """List the recordings of an archive by start time."""
    return [_recording(row) for row in visit.archive.recordings()]


@router.get("/{archive_id}/recordings/{recording_id}", operation_id="read_recording", openapi_extra=asks())
def read_recording(visit: TheVisit, recording_id: RecordingPath) -> RecordingAnswer:
    """Return one recording."""
    return _recording(visit.archive.recording(recording_id))


@router.get("/{archive_id}/cameras", operation_id="list_cameras", openapi_extra=asks())
def list_cameras(visit: TheVisit) -> list[CameraAnswer]:
    """List the cameras of an archive."""
    return [_camera(facts) for facts in cameras_of(visit.archive)]


@router.put(
    "/{archive_id}/cameras/{camera}",
    operation_id="describe_camera",
    status_code=204,
    openapi_extra=asks(Capability.MANAGE),
)
def describe_camera(visit: TheVisit, camera: CameraPath, body: CameraSaid) -> None:
    """Say what a camera is for and where it stands, as an administrator."""
    describing.describe_camera(visit, camera, body.use, body.place, reason=body.reason)


@router.get(
    "/{archive_id}/cameras/{camera}/scene",
    operation_id="read_scene",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "The empty scene."}},
    openapi_extra=asks(Capability.SHOW_SCENE),
)
def read_scene(visit: TheVisit, camera: CameraPath, reason: ReasonParameter = None) -> Response:
    """Return the newest empty scene of a camera, without anybody in it."""
    return Response(scene_of(visit, camera, reason=reason), media_type="image/webp")


@router.get(
    "/{archive_id}/cameras/{camera}/frame",
    operation_id="read_frame",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "The picture."}},
    openapi_extra=asks(Capability.READ_TRACKS, Capability.SHOW_IMAGES),
)
def read_frame(visit: TheVisit, camera: CameraPath, reason: ReasonParameter = None) -> Response:
    """Return a picture of a camera's newest recording, with everyone in it pixelated."""
    return Response(frame_of(visit, camera, reason=reason), media_type="image/webp")


def _archive(visit: Visit) -> ArchiveAnswer:
    settings = visit.archive.settings
    purpose, allowed = settings.declaration.purpose, visit.allowed()
    return ArchiveAnswer(
        archive_id=visit.archive_id,
        name=settings.name,
        purpose=settings.purpose,
        controller=settings.controller,
        timezone=settings.timezone,
        created=settings.created,
        capabilities=[c for c in Capability if c in allowed],
        with_reason=[c for c in Capability if visit.needs(c)[0] and c in purpose.allows],
        reason_kinds=[kind.name for kind in purpose.kinds],
        four_eyes=[c for c in Capability if c in purpose.four_eyes],
    )


def _recording(row: RecordingRow) -> RecordingAnswer:
    facts, analysis = row.facts, row.analysis
    return RecordingAnswer(
        recording_id=row.recording_id,
        file=facts.file_name,
        camera=row.camera,
        start_time=facts.start_time,
        duration_s=facts.duration_s,
        width=facts.width,
        height=facts.height,
        rate=facts.rate,
        codec=facts.codec,
        added_at=row.added_at,
        tracks=analysis.track_count,
        warnings=list(analysis.warnings),
        camera_moved=[list(span) for span in analysis.camera_moved],
    )


def _camera(facts: CameraFacts) -> CameraAnswer:
    return CameraAnswer(**asdict(facts))
