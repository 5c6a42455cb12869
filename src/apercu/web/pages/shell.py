"""The shell around each page: who is let in, where one can go, what stands around it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from apercu.errors import ApercuError, LoginError
from apercu.purposes import Language, Wording
from apercu.web.api.common import cookie_name
from apercu.web.pages import words
from apercu.web.pages.error_words import error_told
from apercu.web.pages.header import header
from apercu.web.pages.place import Place, Theme, language_of, tagged, theme_of
from apercu.web.pages.telling import Numbers
from apercu.web.service import Service
from apercu.web.visit import Visit, Visitor

ASSETS = Path(__file__).parent / "assets"
ASSETS_URL = "/assets"

Build = Callable[["Place"], Awaitable[None]]

_DARK: dict[Theme, bool | None] = {"system": None, "light": False, "dark": True}
_VERSION = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(ASSETS.iterdir()))).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of one of the pages' own files, another one when the files have changed."""
    return f"{ASSETS_URL}/{name}?{_VERSION}"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A page in the navigation."""

    name: str
    title: Wording
    shows: Callable[[Visit], bool]


@dataclass(frozen=True, slots=True)
class _ListedService:
    """A page in the navigation that belongs to no archive."""

    name: str
    title: Wording
    shows: Callable[[Visitor], bool]


_ARCHIVE_PAGES: dict[str, _Listed] = {}
_SERVICE_PAGES: dict[str, _ListedService] = {}


def archive_page(
    name: str, title: Wording, shows: Callable[[Visit], bool]
) -> Callable[[Build], Callable[..., Awaitable[Any]]]:
    """Make a builder the page ``/archives/ID/name``; it is in the navigation of whom ``shows`` says."""
    _ARCHIVE_PAGES[name] = _Listed(name, title, shows)

    def decorate(build: Build) -> Callable[..., Awaitable[Any]]:
        async def page(request: Request, archive_id: str) -> Any:
            return await _built(request, archive_id, name, title, build)

        return ui.page(f"/archives/{{archive_id}}/{name}", response_timeout=30)(page)

    return decorate


def service_page(
    name: str, title: Wording, shows: Callable[[Visitor], bool]
) -> Callable[[Build], Callable[..., Awaitable[Any]]]:
    """Make a builder the page ``/name``, which belongs to no archive."""
    _SERVICE_PAGES[name] = _ListedService(name, title, shows)

    def decorate(build: Build) -> Callable[..., Awaitable[Any]]:
        async def page(request: Request) -> Any:
            return await _built(request, None, name, title, build)

        return ui.page(f"/{name}", response_timeout=30)(page)

    return decorate


async def _built(request: Request, archive_id: str | None, name: str, title: Wording, build: Build) -> Any:
    service = _service(request)
    visitor = await visitor_of(request)
    if visitor is None:
        return to_login(request)
    try:
        place, error = await service.run(place_of, request, service, visitor, archive_id)
    except ApercuError as raised:  # an archive in which the person has a right cannot be read
        broken(request, raised)
        return None
    with framed(place, name, title):
        if error is None and name not in [listed for listed, _, _ in place.pages]:
            ui.label(place.say(words.NO_PAGE)).classes("empty")
            return None
        try:
            if error is not None:
                raise error
            await build(place)
        except ApercuError as raised:
            ui.label(place.error(raised)).classes("empty").props("role=alert")
    return None


def broken(request: Request, error: Exception) -> None:
    """Say on a page without a header that something is wrong, and nothing of the machine's insides."""
    language = language_of(request)
    told = error if isinstance(error, ApercuError) else ApercuError("something broke")
    head(language, theme_of(request), words.BROKEN.in_language(language))
    with ui.element("main").classes("login").props('id="main"'):
        ui.html(tagged("h1", words.BROKEN.in_language(language)), sanitize=False)
        ui.label(error_told(told, language)).props("role=alert")
        ui.html(f'<a class="button" href="/">{escape(words.GO_ON.in_language(language))}</a>', sanitize=False)


async def visitor_of(request: Request) -> Visitor | None:
    """Return who looks at a page; None when nobody is logged in."""
    service = _service(request)
    try:
        return await service.run(service.identify, request.cookies.get(cookie_name(service)), None)
    except LoginError:
        return None


def place_of(
    request: Request, service: Service, visitor: Visitor, archive_id: str | None
) -> tuple[Place, ApercuError | None]:
    """Return what a page knows of who looks, and why the person may not enter its archive, if so."""
    language = language_of(request)
    order = list(service.archives)
    visits = sorted(service.visits(visitor), key=lambda visit: order.index(visit.archive_id))
    here = next((visit for visit in visits if visit.archive_id == archive_id), None)
    error = None
    if here is None and archive_id is not None:
        try:
            here = service.visit(visitor, archive_id)
        except ApercuError as raised:
            error = raised
    place = Place(
        service,
        visitor,
        language,
        theme_of(request),
        Numbers(language, UTC if here is None else here.archive.settings.zone),
        dict(request.query_params),
        [(visit.archive_id, visit.archive.settings.name) for visit in visits],
        list(_pages_for(visitor, here or next(iter(visits), None))),
        archive_id,
        request.cookies.get(cookie_name(service), ""),
    )
    return place, error


def head(language: Language, theme: Theme, title: str) -> None:
    """Prepare the page: its title, its language, its colours; nothing is fetched from another host."""
    ui.page_title(f"{title} · Aperçu")
    ui.query(".q-page").props("role=presentation")  # the framework's own; each page marks its content
    ui.dark_mode(_DARK[theme])
    ui.colors(primary="var(--accent)", negative="var(--bad)", positive="var(--good)", dark="var(--surface)")
    told = json.dumps({"language": language, "theme": theme})
    ui.add_head_html(
        f"<script>document.documentElement.lang='{language}';"
        f"document.documentElement.dataset.theme='{theme}';</script>"
        f'<link rel="stylesheet" href="{asset("style.css")}">'
        f'<script>window.apercuPage={told}</script><script src="{asset("shell.js")}"></script>'
    )


@contextmanager
def framed(place: Place, current: str, title: Wording) -> Iterator[None]:
    """Put the shell around a page."""
    head(place.language, place.theme, place.say(title))
    header(place, current)
    with ui.element("main").classes(f"page page-{current}").props('id="main" tabindex="-1"'):
        ui.html(tagged("h1", place.say(title)), sanitize=False).classes("sr-only")
        yield


def _pages_for(visitor: Visitor, visit: Visit | None) -> Iterator[tuple[str, Wording, str]]:
    if visit is not None:
        for page in _ARCHIVE_PAGES.values():
            if page.shows(visit):
                yield page.name, page.title, f"/archives/{visit.archive_id}/{page.name}"
    for of_none in _SERVICE_PAGES.values():
        if of_none.shows(visitor):
            yield of_none.name, of_none.title, f"/{of_none.name}"


def start_of(place: Place) -> str | None:
    """Return the address of the first page that a person may open."""
    return next((address for _, _, address in place.pages), None)


def _service(request: Request) -> Service:
    service: Service = request.scope["apercu.service"]
    return service


def to_login(request: Request) -> Response:
    """Lead to the login, and from there back to the page that was wanted."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}", status_code=303)
