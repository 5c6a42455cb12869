"""Errors over HTTP: the names of ``apercu.errors``, one code for each branch, and no machine's paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from apercu import errors
from apercu.errors import ApercuError, RefusedError, TooManyTriesError
from apercu.web.advice import for_service

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[ApercuError], int] = MappingProxyType(
    {
        errors.ApercuError: 500,
        errors.UsageError: 422,
        errors.UnknownNameError: 404,
        errors.TooLargeError: 413,
        errors.ConflictError: 409,
        errors.FootageError: 409,
        errors.ModelError: 500,
        errors.ArchiveError: 503,
        errors.OutputError: 507,
        errors.NothingToShowError: 404,
        errors.RefusedError: 403,
        errors.AccessError: 403,
        errors.LoginError: 401,
        errors.TooManyTriesError: 429,
    }
)
"""The code of each branch of the tree; what is below takes that of the nearest one above it."""

_MEANINGS = {
    401: "Nobody is logged in, or name and password do not fit.",
    403: "The archive's purpose, the person's roles or right, or a missing approval stand against it.",
    404: "There is no such thing.",
    405: "This cannot be done here.",
    409: "A recording cannot be read as it should, or something is no longer as the request takes it to be.",
    413: "More was sent than is taken.",
    422: "The request cannot be right.",
    429: "There were too many tries, or too much waits.",
    500: "Something broke.",
    503: "An archive cannot be used now.",
    507: "Something cannot be written.",
}
_NOWHERE: dict[str, None] = dict.fromkeys(("where", "next_step", "capability", "purpose"))
_PATH = re.compile(r"(?<![\w./:])/(?:[^\s/'\"<>:,;()]+/)*([^\s/'\"<>:,;()]+)")
"""A path from the root of a disk, with its last part."""


class Problem(BaseModel):
    """What went wrong, as ``application/problem+json`` (RFC 9457)."""

    type: str = Field(description="name of the error, as in apercu/errors.py")
    status: int = Field(description="the HTTP code")
    what: str = Field(description="what was wrong")
    where: str | None = Field(description="where: a field of the request, a file's name")
    next_step: str | None = Field(description="what to do about it")
    capability: str | None = Field(description="the capability that was refused")
    purpose: str | None = Field(description="the purpose that refused it")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": meaning, "model": Problem, "content": {MEDIA_TYPE: {}}}
    for code, meaning in _MEANINGS.items()
    if code not in (405,)
}
"""Answers that every route may give besides its own; for ``responses``."""


def status_of(error: ApercuError) -> int:
    """Return the HTTP code of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: ApercuError) -> Problem:
    """Return an error as it is told over HTTP."""
    where = error.where
    if where is not None and PurePath(where).is_absolute():
        where = PurePath(where).name
    refused = isinstance(error, RefusedError)
    return Problem(
        type=type(error).__name__,
        status=status_of(error),
        what=_plain(error.what, error.where),
        where=where,
        next_step=None if error.next_step is None else for_service(_plain(error.next_step, error.where)),
        capability=error.capability if refused else None,  # type: ignore[attr-defined]
        purpose=error.purpose if refused else None,  # type: ignore[attr-defined]
    )


def answer(error: ApercuError) -> JSONResponse:
    """Return the answer that tells an error."""
    problem = problem_of(error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooManyTriesError):
        headers["Retry-After"] = str(error.wait_s)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem.model_dump(), problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make an application tell all errors so."""

    def of_ours(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApercuError)
        return answer(error)

    def of_request(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        wrong = errors.UsageError(
            message,
            where=".".join(str(part) for part in first["loc"]),
            next_step="See this API's description, openapi.json.",
        )
        return answer(wrong)

    def of_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        kind = {404: "NothingToShowError", 413: "TooLargeError"}.get(error.status_code, "UsageError")
        status = 422 if error.status_code == 400 else error.status_code  # a body that cannot be read
        problem = Problem(type=kind, status=status, what=str(error.detail), **_NOWHERE)
        return JSONResponse(problem.model_dump(), status, error.headers, MEDIA_TYPE)

    def of_chance(_: Request, __: Exception) -> JSONResponse:
        return answer(ApercuError("something broke", next_step="See the service's log."))

    app.add_exception_handler(ApercuError, of_ours)
    app.add_exception_handler(RequestValidationError, of_request)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_chance)


def _plain(text: str, where: str | None) -> str:
    """Return a text in which files are named without the folders they lie in."""
    if where is not None and PurePath(where).is_absolute():
        text = text.replace(where, PurePath(where).name)
    return _PATH.sub(r"\1", text)
