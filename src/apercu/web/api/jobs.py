"""Long work: synopses, clips and contact sheets, with progress, cancelling and results."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from apercu.disclosure.options import ClipOptions
from apercu.purposes import Capability
from apercu.search import Query, TrackId
from apercu.synopsis import SynopsisOptions
from apercu.web import making, sheets
from apercu.web.api.common import NOT_KEPT, JobPath, NumberPath, TheVisit, asks, in_ranges, new_router
from apercu.web.api.files import ShownFile
from apercu.web.errors import Problem, problem_of
from apercu.web.growing import open_growing, pieces
from apercu.web.jobs import Job, JobState

router = new_router("jobs", "/archives/{archive_id}/jobs")

_APART = frozenset({"error", "begun", "made"})
"""What of a job is told in another form."""


class NewClip(BaseModel):
    """Whose original moment is to be cut out, and how."""

    track: TrackId
    options: ClipOptions = ClipOptions()


class NewSheet(BaseModel):
    """What is to be on a contact sheet, and why."""

    query: Query = Query()
    reason: Annotated[str, Field(max_length=2000)] | None = None


class JobAnswer(BaseModel):
    """A job as it is now."""

    job_id: str
    kind: str = Field(description="synopsis, clip, sheet, analysis, count or numbers")
    state: JobState
    stage: str = Field(description="what it does now, one word")
    share: Annotated[float, Field(ge=0, le=1, description="how much of that is done")]
    created_at: datetime
    ended_at: datetime | None
    error: Problem | None = Field(description="why it failed")
    files: list[str] = Field(
        description="what it made: video, index, chapters, page-1 ...; growing while a synopsis is rendered"
    )
    facts: dict[str, Any] = Field(description="figures of what it made")


@router.post(
    "/synopsis",
    operation_id="start_synopsis",
    status_code=202,
    openapi_extra=asks(Capability.MAKE_SYNOPSIS, Capability.SHOW_IMAGES),
)
def start_synopsis(visit: TheVisit, body: SynopsisOptions) -> JobAnswer:
    """Begin to make a synopsis."""
    return answer_of(making.start_synopsis(visit, body))


@router.post(
    "/clip",
    operation_id="start_clip",
    status_code=202,
    openapi_extra=asks(Capability.READ_TRACKS, Capability.SHOW_IMAGES),
)
def start_clip(visit: TheVisit, body: NewClip) -> JobAnswer:
    """Begin to cut out the original moment of a track."""
    return answer_of(making.start_clip(visit, body.track, body.options))


@router.post(
    "/sheet",
    operation_id="start_sheet",
    status_code=202,
    openapi_extra=asks(Capability.SEARCH, Capability.SHOW_IMAGES),
)
def start_sheet(visit: TheVisit, body: NewSheet) -> JobAnswer:
    """Begin to make a contact sheet: the best moment of each object that a query finds."""
    return answer_of(sheets.start_sheet(visit, body.query, reason=body.reason))


@router.get("", operation_id="list_jobs", openapi_extra=asks())
def list_jobs(visit: TheVisit) -> list[JobAnswer]:
    """List one's own jobs in an archive, the newest first."""
    return [answer_of(job) for job in making.list_jobs(visit)]


@router.get("/{job_id}", operation_id="read_job", openapi_extra=asks())
def read_job(visit: TheVisit, job_id: JobPath) -> JobAnswer:
    """Return one of one's own jobs."""
    return answer_of(making.find_job(visit, job_id))


@router.delete("/{job_id}", operation_id="cancel_job", status_code=204, openapi_extra=asks())
def cancel_job(visit: TheVisit, job_id: JobPath) -> None:
    """Cancel a job; of one that is over, erase the result."""
    making.cancel_job(visit, job_id)


@router.get(
    "/{job_id}/video",
    operation_id="read_video",
    response_class=FileResponse,
    responses=in_ranges("The video.", "video/mp4"),
    openapi_extra=asks(Capability.SHOW_IMAGES),
)
def read_video(visit: TheVisit, job_id: JobPath) -> ShownFile:
    """Return the video that a job made, or the range of it that is asked for."""
    path = making.result_file(visit, job_id, "video")
    return ShownFile(path, "video/mp4")


@router.get(
    "/{job_id}/growing",
    operation_id="read_growing",
    response_class=StreamingResponse,
    responses={200: {"content": {"video/mp4": {}}, "description": "The video so far, and what follows."}},
    openapi_extra=asks(Capability.SHOW_IMAGES),
)
def read_growing(visit: TheVisit, job_id: JobPath) -> StreamingResponse:
    """Return the video of a synopsis while it is rendered, and go on until it is complete."""
    file = open_growing(visit, job_id)
    # What is still being written has no length yet, so there are no ranges of it.
    headers = NOT_KEPT | {"Accept-Ranges": "none"}
    return StreamingResponse(pieces(visit, job_id, file), media_type="video/mp4", headers=headers)


@router.get("/{job_id}/index", operation_id="read_index", openapi_extra=asks(Capability.SHOW_IMAGES))
def read_index(visit: TheVisit, job_id: JobPath) -> dict[str, Any]:
    """Return the index of a synopsis: which object is where, and its original moment (docs/sidecar.md)."""
    return making.result_index(visit, job_id)


@router.get(
    "/{job_id}/pages/{number}",
    operation_id="read_page",
    response_class=FileResponse,
    responses={200: {"content": {"image/png": {}}, "description": "The page."}},
    openapi_extra=asks(Capability.SHOW_IMAGES),
)
def read_page(visit: TheVisit, job_id: JobPath, number: NumberPath) -> ShownFile:
    """Return a page of a contact sheet."""
    path = making.result_file(visit, job_id, f"page-{number}")
    return ShownFile(path, "image/png")


@router.get(
    "/{job_id}/chapters",
    operation_id="read_chapters",
    response_class=Response,
    responses={200: {"content": {"text/vtt": {}}, "description": "The chapters."}},
    openapi_extra=asks(Capability.SHOW_IMAGES),
)
def read_chapters(visit: TheVisit, job_id: JobPath) -> Response:
    """Return the chapters of a synopsis, WebVTT."""
    return Response(making.result_file(visit, job_id, "chapters").read_bytes(), media_type="text/vtt")


def answer_of(job: Job) -> JobAnswer:
    """Return a job as it is told."""
    shown = job.made or job.begun
    values = {each.name: getattr(job, each.name) for each in fields(job) if each.name not in _APART}
    return JobAnswer(
        **values,
        error=None if job.error is None else problem_of(job.error),
        files=[] if shown is None else list(shown.files),
        facts={} if job.made is None else job.made.facts,
    )
