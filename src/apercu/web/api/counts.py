"""Counting, and numbers that leave the archive: through its one door, as on the command line."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from apercu.purposes import Capability, Language
from apercu.web import adding, counting
from apercu.web.api.common import JobPath, TheVisit, asks, new_router
from apercu.web.api.footage import NewAnalysis
from apercu.web.api.jobs import JobAnswer, answer_of

router = new_router("counts", "/archives/{archive_id}")

Form = Literal[".csv", ".parquet", ".json", ".geojson", ".html", ".pdf", ".png", "otanalytics.csv"]
_Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1000)]


class NewCount(NewAnalysis):
    """Which recordings are to be counted, and by which intervals."""

    interval_s: Annotated[float, Field(ge=60, le=86400, description="length of the intervals, seconds")] = 900


class NewNumbers(BaseModel):
    """Which numbers are to leave, and as what."""

    camera: Annotated[str, Field(max_length=64)]
    interval_s: Annotated[int, Field(ge=60, le=86400)] = 900
    since: date | None = Field(None, description="first day, by the archive's calendar")
    until: date | None = Field(None, description="last day")
    places: _Names = Field([], description="names of lines and zones; empty means all")
    classes: _Names = Field([], description="empty means all that are counted")
    heat: bool = Field(False, description="maps of where it moves, too")
    form: Form = Field(".json", description="what the numbers are written as")
    language: Language = Field("en", description="of a report")
    reason: Annotated[str, Field(max_length=2000)] | None = None


class RunAnswer(BaseModel):
    """A recording, or a live session, that was counted directly; none of its numbers."""

    run: str
    camera: str
    start: AwareDatetime | None
    interval_s: int
    counted_s: float
    complete: bool


@router.get("/counts", operation_id="list_counts", openapi_extra=asks(Capability.COUNT))
def list_counts(visit: TheVisit) -> list[RunAnswer]:
    """List what was counted straight from footage or live, without any number."""
    return [
        RunAnswer(
            run=each.run,
            camera=each.camera,
            start=each.start,
            interval_s=each.interval_s,
            counted_s=round(each.done_s, 3),
            complete=each.complete,
        )
        for each in counting.counted(visit)
    ]


@router.post(
    "/jobs/count",
    operation_id="start_count",
    status_code=202,
    openapi_extra=asks(Capability.ANALYZE_RECORDED, Capability.COUNT),
)
def start_count(visit: TheVisit, body: NewCount) -> JobAnswer:
    """Count straight from recordings; cancelling the job ends it. The numbers stay in the archive."""
    job = adding.start_count(
        visit, body.names, camera=body.camera, start=body.start, interval_s=body.interval_s
    )
    return answer_of(job)


@router.post(
    "/jobs/numbers",
    operation_id="start_numbers",
    status_code=202,
    openapi_extra=asks(Capability.COUNT, Capability.RELEASE_STATISTICS),
)
def start_numbers(visit: TheVisit, body: NewNumbers) -> JobAnswer:
    """Begin to let numbers leave as the purpose allows; cancelled while it counts, none has."""
    values = body.model_dump(exclude={"form", "language"})
    asked = counting.NumbersAsked(**values | {"places": tuple(body.places), "classes": tuple(body.classes)})
    return answer_of(counting.start_numbers(visit, asked, body.form, body.language))


@router.get(
    "/jobs/{job_id}/numbers",
    operation_id="read_numbers",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in counting.MEDIA_TYPES.values()}}},
    openapi_extra=asks(Capability.RELEASE_STATISTICS),
)
def read_numbers(visit: TheVisit, job_id: JobPath) -> Response:
    """Return the numbers that a job let leave."""
    content, form = counting.read_numbers(visit, job_id)
    name = f"numbers.{form.removeprefix('.')}"
    # To be kept, and never to be run as a page of this service.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=counting.MEDIA_TYPES[form])
