"""The application: the API, and the pages on the same one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from apercu.web import errors
from apercu.web.api import ROUTERS
from apercu.web.protection import Protection
from apercu.web.service import Service
from apercu.web.settings import ServiceSettings
from apercu.web.single_sign_on import Provider

API = "/api/v1"
_REMEMBERED_S = 30 * 24 * 3600
_TIDIED_EVERY_S = 300


class _Known:
    """Tells every request, of the API and of the pages, which service it is for."""

    def __init__(self, app: ASGIApp, *, service: Service, provider: Provider | None) -> None:
        self._app, self._service, self._provider = app, service, provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["apercu.service"], scope["apercu.provider"] = self._service, self._provider
        await self._app(scope, receive, send)


async def _tidying(service: Service) -> None:
    """Erase what is over its time, while nobody asks for anything, too."""
    while True:
        await service.run(service.tidy)
        await anyio.sleep(_TIDIED_EVERY_S)


def create_app(
    settings: ServiceSettings | Service, *, pages: bool = True, provider: Provider | None = None
) -> FastAPI:
    """Return the application of a service.

    Args:
        settings: how the service is run, and it ends with the application; or the service itself, and whoever
            made it closes it.
        pages: put the pages on it, too; they are one set in a process.
        provider: who says who somebody is, instead of the one that the settings name.

    Raises: as ``Service``.
    """
    service = settings if isinstance(settings, Service) else Service(settings)
    how = service.settings
    if provider is None and how.single_sign_on is not None:
        provider = Provider(how.single_sign_on)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = how.threads
        async with anyio.create_task_group() as group:
            group.start_soon(_tidying, service)
            yield
            group.cancel_scope.cancel()
        if service is not settings:
            service.close()

    app = FastAPI(
        title="Aperçu",
        description="Hours of fixed-camera footage into minutes and into numbers, under a declared purpose.",
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would be loaded from elsewhere, and nothing here needs a network
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        middleware=[
            Middleware(_Known, service=service, provider=provider),
            Middleware(Protection, body_bytes=how.body_bytes, upload_bytes=how.upload_bytes, tls=how.tls),
            Middleware(
                SessionMiddleware,
                secret_key=service.secret,
                # What single sign-on finds again on its way back, and what pages remember of a browser.
                session_cookie="apercu-way",
                max_age=_REMEMBERED_S,
                same_site="lax",
                https_only=how.tls,
            ),
        ],
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=API)
    app.state.service = service
    if pages:
        from apercu.web.pages import install

        install(app)
    return app
