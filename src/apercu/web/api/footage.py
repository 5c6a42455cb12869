"""Adding footage: what may be analysed, and analysing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from apercu.purposes import Capability
from apercu.web import adding
from apercu.web.adding import FootageFile
from apercu.web.api.common import ReasonParameter, TheVisit, asks, new_router
from apercu.web.api.jobs import JobAnswer, answer_of
from apercu.web.scenes import scene_of_footage

router = new_router("footage", "/archives/{archive_id}")

Name = Annotated[str, Field(max_length=4000, description="as the list of footage tells it")]


class NewAnalysis(BaseModel):
    """Which recordings are to be analysed, and what is known of them."""

    names: Annotated[list[Name], Field(min_length=1, max_length=adding.MOST_LISTED)]
    camera: Annotated[str, Field(max_length=64)] | None = None
    start: AwareDatetime | None = Field(None, description="true time of the first picture of a single one")


@router.get("/footage", operation_id="list_footage", openapi_extra=asks(Capability.ANALYZE_RECORDED))
def list_footage(visit: TheVisit) -> list[FootageFile]:
    """List the files that were sent, and those in the folders that whoever runs the service opened for it."""
    return adding.list_footage(visit)


@router.get(
    "/footage/scene",
    operation_id="read_footage_scene",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "The empty scene."}},
    openapi_extra=asks(Capability.SHOW_SCENE),
)
def read_footage_scene(
    visit: TheVisit,
    name: Annotated[str, Query(max_length=4000, description="as the list of footage tells it")],
    reason: ReasonParameter = None,
) -> Response:
    """Return the scene of a recording without what moves in it, to draw on; nothing of it is kept."""
    return Response(scene_of_footage(visit, name, reason=reason), media_type="image/webp")


@router.post(
    "/jobs/analysis",
    operation_id="start_analysis",
    status_code=202,
    openapi_extra=asks(Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS),
)
def start_analysis(visit: TheVisit, body: NewAnalysis) -> JobAnswer:
    """Begin to analyse recordings into the archive; the job's facts say what became of each."""
    return answer_of(adding.start_analysis(visit, body.names, camera=body.camera, start=body.start))
