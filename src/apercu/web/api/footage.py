"""Adding footage: what may be analysed, and analysing it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from apercu.purposes import Capability
from apercu.web import adding
from apercu.web.adding import FootageFile
from apercu.web.api.common import TheVisit, asks, new_router
from apercu.web.api.jobs import JobAnswer, answer_of

router = new_router("footage", "/archives/{archive_id}")


class NewAnalysis(BaseModel):
    """Which recording is to be analysed."""

    name: Annotated[str, Field(max_length=4000, description="as the list of footage tells it")]
    camera: Annotated[str, Field(max_length=64)] | None = None
    start: AwareDatetime | None = Field(None, description="true time of its first picture")


@router.get("/footage", operation_id="list_footage", openapi_extra=asks(Capability.ANALYZE_RECORDED))
def list_footage(visit: TheVisit) -> list[FootageFile]:
    """List the files in the folders that whoever runs the service opened for it."""
    return adding.list_footage(visit)


@router.post(
    "/jobs/analysis",
    operation_id="start_analysis",
    status_code=202,
    openapi_extra=asks(Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS),
)
def start_analysis(visit: TheVisit, body: NewAnalysis) -> JobAnswer:
    """Begin to analyse a recording into the archive."""
    start: datetime | None = body.start
    return answer_of(adding.start_analysis(visit, body.name, camera=body.camera, start=start))
