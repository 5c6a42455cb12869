"""The pages. For now one that says who is logged in, so that they have a place."""

from __future__ import annotations

from fastapi import FastAPI, Request
from nicegui import ui

from apercu.errors import LoginError
from apercu.web.api.common import cookie_name
from apercu.web.service import Service
from apercu.web.visit import Visitor


def install(app: FastAPI) -> None:
    """Put the pages on an application."""
    ui.run_with(app, title="Aperçu", show_welcome_message=False)


async def visitor_of(request: Request) -> Visitor | None:
    """Return who looks at a page; None when nobody is logged in."""
    service: Service = request.scope["apercu.service"]
    try:
        return await service.run(service.identify, request.cookies.get(cookie_name(service)), None)
    except LoginError:
        return None


@ui.page("/")
async def start(request: Request) -> None:
    """Say who is logged in."""
    visitor = await visitor_of(request)
    if visitor is None:
        ui.label("Nobody is logged in.")
    else:
        ui.label(f"{visitor.person.name} is logged in.")
