"""Logging in and out, by password or by single sign-on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from apercu.errors import LoginError, NothingToShowError
from apercu.web.accounts import Person
from apercu.web.api.common import TheService, TheVisitor, cookie_name, new_router
from apercu.web.passwords import LONGEST
from apercu.web.service import Service
from apercu.web.single_sign_on import Provider

router = new_router("session", "/session")


class Login(BaseModel):
    """Name and password."""

    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=LONGEST)]


class NewPassword(BaseModel):
    """A new password, and the one before."""

    password: Annotated[str, Field(max_length=LONGEST)]
    previous: Annotated[str, Field(max_length=LONGEST)]


class SessionAnswer(BaseModel):
    """Who is logged in."""

    person: Person
    csrf_token: str | None = Field(
        description="what a request that changes something sends in the header X-CSRF-Token; null for tokens"
    )
    ends_at: datetime = Field(description="when it ends at the latest")


@router.post("", operation_id="log_in")
async def log_in(body: Login, request: Request, response: Response, service: TheService) -> SessionAnswer:
    """Log in; the answer sets a cookie. A session of the same browser ends."""
    address = request.client.host if request.client else "unknown"

    def authenticated() -> SessionAnswer:
        person = service.accounts.authenticate(body.name, body.password, address)
        return _begun(service, person, request, response)

    return await service.run_for_strangers(authenticated)


@router.get("", operation_id="who_is_logged_in")
def who_is_logged_in(visitor: TheVisitor) -> SessionAnswer:
    """Say who is logged in."""
    if visitor.session is not None:
        return SessionAnswer(
            person=visitor.person, csrf_token=visitor.session.csrf, ends_at=visitor.session.ends_at
        )
    assert visitor.token is not None, "a visitor comes with one or the other"
    return SessionAnswer(person=visitor.person, csrf_token=None, ends_at=visitor.token.expires_at)


@router.delete("", operation_id="log_out", status_code=204)
def log_out(request: Request, response: Response, service: TheService, visitor: TheVisitor) -> None:
    """Log out."""
    name = cookie_name(service)
    if visitor.session is not None:
        service.sessions.end(request.cookies[name])
    response.delete_cookie(name, secure=service.settings.tls, httponly=True, samesite="lax")


@router.put("/password", operation_id="change_own_password")
def change_own_password(
    body: NewPassword, request: Request, response: Response, service: TheService, visitor: TheVisitor
) -> SessionAnswer:
    """Change one's own password; all other sessions end."""
    if visitor.session is None:
        raise LoginError("a token cannot change a password", next_step="Log in.")
    address = request.client.host if request.client else "unknown"
    person = service.accounts.authenticate(visitor.person.name, body.previous, address)
    service.accounts.change(person.person_id, password=body.password)
    return _begun(service, person, request, response)


@router.get(
    "/single-sign-on",
    operation_id="begin_single_sign_on",
    status_code=302,
    response_class=RedirectResponse,
    responses={302: {"description": "On to who vouches for people."}},
)
async def begin_single_sign_on(request: Request, service: TheService) -> Response:
    """Go to the service that says who somebody is."""
    return await _provider(request).begin(request, str(request.url_for("end_single_sign_on")))


@router.get(
    "/single-sign-on/return",
    operation_id="end_single_sign_on",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: {"description": "Logged in; on to the start page."}},
)
async def end_single_sign_on(request: Request, service: TheService) -> Response:
    """Come back from there, logged in."""
    subject, name = await _provider(request).end(request)
    person = await service.run(service.accounts.known_elsewhere, subject, name)
    response = RedirectResponse("/", status_code=303)
    await service.run(_begun, service, person, request, response)
    return response


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.scope["apercu.provider"]
    if provider is None:
        raise NothingToShowError("there is no single sign-on here", next_step="Log in with a password.")
    return provider


def _begun(service: Service, person: Person, request: Request, response: Response) -> SessionAnswer:
    """Begin a session and set its cookie."""
    name = cookie_name(service)
    cookie, session = service.sessions.begin(person, request.cookies.get(name))
    response.set_cookie(
        name,
        cookie,
        max_age=int(service.settings.longest_s),
        path="/",
        secure=service.settings.tls,
        httponly=True,
        samesite="lax",  # with "strict", a link to a moment in a message would always ask to log in anew
    )
    return SessionAnswer(person=session.person, csrf_token=session.csrf, ends_at=session.ends_at)
