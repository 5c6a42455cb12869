"""Zones and lines: parts of each camera's picture that have a name."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from apercu.archive.zones import Kind, Zone, add_zone, read_zones, remove_zone
from apercu.purposes import Capability
from apercu.web.api.common import CameraPath, NamePath, Pair, ReasonParameter, TheVisit, asks, new_router

router = new_router("zones", "/archives/{archive_id}")


class NewZone(BaseModel):
    """A zone or line as it is drawn."""

    kind: Kind
    points: Annotated[
        list[tuple[float, float]],
        Field(
            min_length=2,
            max_length=1000,
            description="x and y of each, shares of the picture's width and height from its upper left",
        ),
    ]
    reason: Annotated[str, Field(max_length=2000)] = ""


class ZoneAnswer(BaseModel):
    """A zone or line, and who drew it."""

    camera: str
    name: str
    kind: Kind
    points: list[Pair]
    recorded: datetime
    actor: str
    reason: str


@router.get("/zones", operation_id="list_zones", openapi_extra=asks())
def list_zones(visit: TheVisit) -> list[ZoneAnswer]:
    """List the zones and lines of an archive's cameras."""
    return [_answer(zone) for of in read_zones(visit.archive).values() for zone in of.values()]


@router.put("/cameras/{camera}/zones/{name}", operation_id="put_zone", openapi_extra=asks(Capability.MANAGE))
def put_zone(visit: TheVisit, camera: CameraPath, name: NamePath, body: NewZone) -> ZoneAnswer:
    """Name a zone or line; one of the same name is replaced."""
    return _answer(add_zone(visit.archive, camera, name, body.kind, body.points, reason=body.reason))


@router.delete(
    "/cameras/{camera}/zones/{name}",
    operation_id="delete_zone",
    status_code=204,
    response_class=Response,
    openapi_extra=asks(Capability.MANAGE),
)
def delete_zone(visit: TheVisit, camera: CameraPath, name: NamePath, reason: ReasonParameter = None) -> None:
    """Forget a zone or line."""
    remove_zone(visit.archive, camera, name, reason=reason or "")


def _answer(zone: Zone) -> ZoneAnswer:
    return ZoneAnswer(**asdict(zone) | {"points": [list(point) for point in zone.points]})
