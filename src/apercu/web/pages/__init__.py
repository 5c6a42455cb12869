"""The pages: what people see in a browser, on the same application as the API.

How a page is added: write a module with one builder, and import it in ``_MODULES`` below.

::

    @archive_page("statistics", words.STATISTICS, lambda visit: visit.may(Capability.COUNT))
    async def build(place: Place) -> None:
        with place.panel(words.COUNTS):
            numbers = await place.run(lambda: counts_of(place.visit()))
            ui.label(place.numbers.count(numbers.total))

It then stands at ``/archives/ID/statistics``, and in the navigation of whoever the last argument says.
``service_page("people", ...)`` adds one at ``/people``, which belongs to no archive; it asks of the visitor.
A builder is given a ``Place``, which says everything it needs: ``place.visit()`` lets the person in anew at
each use, so that a session or right that ended ends there, too; ``place.telling()`` shows the errors of
``apercu.errors``; ``place.say(wording)`` speaks the person's language, with texts that stand in ``words.py``
(English and French side by side; a page with many has such a module of its own); ``place.numbers`` writes
numbers, dates and lengths as that language does. Styles stand in ``assets/style.css``, all colours as
variables of both themes. What needs a script of its own is an element with a small file, see
``review/timeline.py``.
"""

from __future__ import annotations

import logging
from importlib import import_module

from fastapi import FastAPI, Request, Response
from nicegui import Client, ui
from nicegui import app as pages
from starlette.staticfiles import StaticFiles

from apercu.errors import ApercuError, NothingToShowError
from apercu.web.pages.shell import ASSETS, ASSETS_URL, broken

log = logging.getLogger(__name__)

_MODULES = (
    "login",
    "start",
    "review.page",
    "footage",
    "signals",
    "statistics",
    "approvals",
    "oversight",
    "people",
    "account",
    "public",
)
"""In the order of the navigation."""

__all__ = ["install"]


def install(app: FastAPI) -> None:
    """Put the pages on an application; they are one set in a process."""
    for name in _MODULES:
        import_module(f"{__name__}.{name}")
    # The framework's own pages for these would tell what broke, and where.
    pages.add_exception_handler(404, _missing)
    pages.add_exception_handler(Exception, _broken)
    app.mount(ASSETS_URL, StaticFiles(directory=ASSETS))
    ui.run_with(app, title="Aperçu", favicon=ASSETS / "icon.svg", tailwind=False, show_welcome_message=False)


async def _missing(request: Request, _: Exception) -> Response:
    return _told(request, NothingToShowError("there is no such page"), 404)


async def _broken(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApercuError):
        log.error("a page broke", exc_info=error)
    return _told(request, error, 500)


def _told(request: Request, error: Exception, status: int) -> Response:
    with Client(ui.page(""), request=request) as client:
        broken(request, error)
    return client.build_response(request, status)
