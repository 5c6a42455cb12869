"""The start page: on to the first page that somebody may open."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from apercu.web.pages import words
from apercu.web.pages.shell import broken, framed, place_of, start_of, to_login, visitor_of
from apercu.web.service import Service


@ui.page("/")
async def build(request: Request) -> Any:
    """Go on, or say that there is nowhere to go."""
    return await _on(request, None)


@ui.page("/archives/{archive_id}")
async def of_archive(request: Request, archive_id: str) -> Any:
    """Go on to the first page of an archive that the person may open."""
    return await _on(request, archive_id)


async def _on(request: Request, archive_id: str | None) -> Any:
    visitor = await visitor_of(request)
    if visitor is None:
        return to_login(request)
    service: Service = request.scope["apercu.service"]
    place, error = await service.run(place_of, request, service, visitor, archive_id)
    if error is not None:
        broken(request, error)
        return None
    address = start_of(place)
    if address is not None:
        return RedirectResponse(address, status_code=303)
    with framed(place, "start", words.WELCOME):
        ui.label(place.say(words.NO_ARCHIVE)).classes("empty")
    return None
