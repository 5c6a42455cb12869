"""What routes share: who asks, in which archive, and how it is said what a route asks the gate for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from apercu.errors import RightError
from apercu.purposes import Capability
from apercu.search.parts import RecordingId
from apercu.web.errors import PROBLEMS
from apercu.web.service import Service
from apercu.web.visit import Visit, Visitor

COOKIE, SECURE_COOKIE = "apercu", "__Host-apercu"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST = 2**31

ArchiveId = Annotated[
    str, Path(pattern="^[0-9a-f]{16}$", description="first 16 digits of the archive's ledger fingerprint")
]
RecordingPath = Annotated[RecordingId, Path(description="the recording: 16 hexadecimal digits")]
TrackPath = Annotated[int, Path(ge=1, lt=_LARGEST, description="number of the track in its recording")]
PersonPath = Annotated[int, Path(ge=1, lt=_LARGEST, description="number of the person")]
NumberPath = Annotated[int, Path(ge=1, lt=_LARGEST, description="its number")]
JobPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="id of the job")]
CameraPath = Annotated[str, Path(pattern="^[A-Za-z][A-Za-z0-9._-]{0,63}$", description="name of the camera")]
NamePath = Annotated[str, Path(pattern="^[A-Za-z][A-Za-z0-9._-]{0,63}$", description="its name")]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Two numbers. In answers they are lists: not every reader of descriptions knows what a tuple is."""
ReasonParameter = Annotated[
    str | None, Query(max_length=2000, description="why; recorded in the archive's ledger")
]


NOT_KEPT = {"Cache-Control": "private, no-store"}
"""Headers of what shows footage."""


def cookie_name(service: Service) -> str:
    """Return how the session's cookie is called; browsers take ``__Host-`` only from this very host."""
    return SECURE_COOKIE if service.settings.tls else COOKIE


def the_service(request: Request) -> Service:
    """Return the service behind the application."""
    service: Service = request.scope["apercu.service"]
    return service


TheService = Annotated[Service, Depends(the_service)]


def the_visitor(request: Request, service: TheService) -> Visitor:
    """Return who asks.

    Raises:
        LoginError: nobody.
        AccessError: it would change something, and does not come from one of the service's own pages.
    """
    cookie = request.cookies.get(cookie_name(service))
    visitor = service.identify(cookie, request.headers.get("authorization"))
    if visitor.session is not None and request.method not in _SAFE:
        visitor.session.check_csrf(request.headers.get(CSRF_HEADER))
    return visitor


TheVisitor = Annotated[Visitor, Depends(the_visitor)]


def the_visit(archive_id: ArchiveId, service: TheService, visitor: TheVisitor) -> Visit:
    """Return the visit of who asks to the archive that the address names.

    Raises: as ``Service.visit``.
    """
    return service.visit(visitor, archive_id)


TheVisit = Annotated[Visit, Depends(the_visit)]


def the_administrator(visitor: TheVisitor) -> Visitor:
    """Return who asks, an administrator in a browser: no token gives accounts, roles or rights.

    Raises:
        RightError: it is none.
    """
    if not visitor.administers:
        raise RightError(
            "accounts, roles and rights are an administrator's, in a session of their own",
            next_step="Ask an administrator.",
        )
    return visitor


Administrator = Annotated[Visitor, Depends(the_administrator)]


def new_router(tag: str, prefix: str = "") -> APIRouter:
    """Return a router whose routes tell all errors as problems."""
    return APIRouter(prefix=prefix, tags=[tag], responses=PROBLEMS)


def in_ranges(whole: str, *types: str) -> dict[int | str, dict[str, Any]]:
    """Return what a route's description says of a file that is given out whole or in ranges.

    Args:
        whole: what the file is.
        types: its media types, one of which it is of.
    """
    content: dict[str, Any] = {each: {} for each in types}
    return {
        200: {"content": content, "description": whole},
        206: {"content": content | {"multipart/byteranges": {}}, "description": "The part asked for."},
        400: {"description": "The range cannot be read."},
        416: {"description": "There is no such part."},
    }


def asks(*capabilities: Capability) -> dict[str, Any]:
    """Return what a route's description says of the capabilities that it takes; for ``openapi_extra``."""
    return {"x-capabilities": [capability.value for capability in capabilities]}
