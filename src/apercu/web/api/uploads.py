"""Sending footage in pieces that can be gone on with: tus 1.0 (https://tus.io/protocols/resumable-upload),
with its extensions creation, also with the first bytes, expiration, checksum and termination."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import Header, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from apercu.errors import TooLargeError, UsageError
from apercu.purposes import Capability
from apercu.web import uploading
from apercu.web.api.common import TheService, TheVisit, asks, new_router
from apercu.web.protection import TUS_VERSION
from apercu.web.service import Service
from apercu.web.uploads import Upload
from apercu.web.visit import Visit

router = new_router("uploads", "/archives/{archive_id}/uploads")

_CONTENT = "application/offset+octet-stream"
_EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
_ALGORITHMS = ("sha256", "sha1", "md5")
_AT_ONCE = 1 << 20
_MOST_NAMED = 4096
_LARGEST = 2**53

_OTHERS: dict[int | str, dict[str, Any]] = {
    409: {"description": "These are not the next bytes, or a recording is read from the file."},
    412: {"description": "Another version of tus is spoken here."},
}
_TAKING = _OTHERS | {460: {"description": "The bytes are not those of which the checksum is; none was kept."}}
_ASKS = asks(Capability.ANALYZE_RECORDED)
_BYTES = {"requestBody": {"content": {_CONTENT: {"schema": {"type": "string", "format": "binary"}}}}}

UploadPath = Annotated[str, Path(pattern="^[a-z]{32}$", description="its 32 letters")]
Checksum = Annotated[
    str | None,
    Header(alias="Upload-Checksum", max_length=200, description=f"{' '.join(_ALGORITHMS)}, and base64"),
]
Version = Annotated[str | None, Header(alias="Tus-Resumable", description=f"always {TUS_VERSION}")]


class UploadAnswer(BaseModel):
    """A file that was, or is being, sent."""

    upload_id: str
    label: str = Field(description="what its sender calls it")
    stamp: str = Field(description="by which the sender finds it again")
    size_bytes: int
    offset_bytes: int = Field(description="how much of it is here")
    finished: bool
    created_at: AwareDatetime
    ends_at: AwareDatetime | None = Field(description="when it goes if no more of it comes")
    recording_id: str | None = Field(description="what was analysed from it")
    problem: dict[str, Any] | None = Field(description="why it could not be analysed or counted")


@router.get("", operation_id="list_uploads", openapi_extra=_ASKS)
def list_uploads(visit: TheVisit) -> list[UploadAnswer]:
    """List the files that were sent to the archive, and those that one is sending."""
    return [_answer(visit, each) for each in uploading.list_uploads(visit)]


@router.options("", operation_id="describe_uploads", status_code=204, openapi_extra=_ASKS)
def describe_uploads(visit: TheVisit, response: Response) -> None:
    """Say what of tus is spoken here, and how much one file may have."""
    uploading.list_uploads(visit)
    response.headers["Tus-Version"] = TUS_VERSION
    response.headers["Tus-Extension"] = _EXTENSIONS
    response.headers["Tus-Checksum-Algorithm"] = ",".join(_ALGORITHMS)
    response.headers["Tus-Max-Size"] = str(visit.service.uploads.limits.upload_bytes)


@router.post(
    "", operation_id="begin_upload", status_code=201, responses=_TAKING, openapi_extra=_ASKS | _BYTES
)
async def begin_upload(
    request: Request,
    service: TheService,
    visit: TheVisit,
    response: Response,
    length: Annotated[int, Header(alias="Upload-Length", ge=0, lt=_LARGEST, description="bytes of the file")],
    named: Annotated[
        str,
        Header(
            alias="Upload-Metadata",
            max_length=_MOST_NAMED,
            description="filename, and stamp by which its sender finds it again; values in base64",
        ),
    ] = "",
    checksum: Checksum = None,
    version: Version = None,
) -> None:
    """Begin to send a file; the answer's Location is where its bytes go, unless they come at once."""
    _check(version)
    names = _metadata(named)
    if len(names.get("stamp", "")) > 128:
        raise UsageError("the stamp is too long", next_step="Send 128 letters or less.")
    label, stamp, expected = names.get("filename", ""), names.get("stamp", ""), _expected(checksum)
    made = await service.run(uploading.begin_upload, visit, label, length, stamp)
    if _brings_bytes(request):
        made = await _taken(request, service, visit, made.upload_id, 0, expected)
    response.headers["Location"] = f"/api/v1/archives/{visit.archive_id}/uploads/{made.upload_id}"
    _tell(visit, made, response)


@router.head(
    "/{upload_id}", operation_id="read_upload", status_code=204, responses=_OTHERS, openapi_extra=_ASKS
)
def read_upload(visit: TheVisit, upload_id: UploadPath, response: Response, version: Version = None) -> None:
    """Say how much of a file is here."""
    _check(version)
    found = uploading.find_upload(visit, upload_id)
    response.headers["Upload-Length"] = str(found.size_bytes)
    _tell(visit, found, response)


@router.patch(
    "/{upload_id}",
    operation_id="go_on_with_upload",
    status_code=204,
    responses=_TAKING | {415: {"description": f"The bytes are not said to be {_CONTENT}."}},
    openapi_extra=_ASKS | _BYTES,
)
async def go_on_with_upload(
    request: Request,
    service: TheService,
    visit: TheVisit,
    upload_id: UploadPath,
    response: Response,
    offset: Annotated[
        int, Header(alias="Upload-Offset", ge=0, lt=_LARGEST, description="where these bytes go")
    ],
    checksum: Checksum = None,
    version: Version = None,
) -> None:
    """Send the next bytes of a file. What came before a connection broke is kept."""
    _check(version)
    if not _brings_bytes(request):
        raise HTTPException(415, f"send the bytes as {_CONTENT}")
    taken = await _taken(request, service, visit, upload_id, offset, _expected(checksum))
    _tell(visit, taken, response)


@router.delete(
    "/{upload_id}", operation_id="remove_upload", status_code=204, responses=_OTHERS, openapi_extra=_ASKS
)
def remove_upload(visit: TheVisit, upload_id: UploadPath, version: Version = None) -> None:
    """Erase a file that was, or is being, sent, unless a recording is read from it."""
    _check(version)
    uploading.remove_upload(visit, upload_id)


def _brings_bytes(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _CONTENT


async def _taken(
    request: Request,
    service: Service,
    visit: Visit,
    upload_id: str,
    offset: int,
    expected: tuple[str, bytes] | None,
) -> Upload:
    """Take the bytes of a request into a file, unless they are not as expected (see ``_expected``)."""
    announced = int(request.headers.get("content-length", "0"))
    part = await service.run(uploading.go_on, visit, upload_id, offset, announced)
    digest = None if expected is None else hashlib.new(expected[0])
    whole = True
    try:
        async for piece in _pieces(request):
            if digest is not None:
                digest.update(piece)
            await service.run(part.write, piece)
    except (ClientDisconnect, TooLargeError) as error:
        whole = False
        if isinstance(error, TooLargeError):
            await service.run(part.undo)
            raise
    if expected is not None and digest is not None and (not whole or digest.digest() != expected[1]):
        await service.run(part.undo)
        raise HTTPException(460, "the bytes are not those of which the checksum is")
    return await service.run(part.end)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield what comes in pieces that are worth a write; when the connection breaks, what had come first.

    Raises:
        ClientDisconnect: it broke.
    """
    held = bytearray()
    try:
        async for piece in request.stream():
            held += piece
            if len(held) >= _AT_ONCE:
                yield bytes(held)
                held.clear()
    except ClientDisconnect:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)


def _check(version: str | None) -> None:
    if version != TUS_VERSION:
        raise HTTPException(412, f"send Tus-Resumable: {TUS_VERSION}", {"Tus-Version": TUS_VERSION})


def _tell(visit: TheVisit, upload: Upload, response: Response) -> None:
    response.headers["Upload-Offset"] = str(upload.offset_bytes)
    if not upload.is_finished:
        ends = visit.service.uploads.ends(upload).astimezone(UTC)
        response.headers["Upload-Expires"] = format_datetime(ends, usegmt=True)


def _metadata(text: str) -> dict[str, str]:
    """Read ``Upload-Metadata``: keys, each with its value in base64.

    Raises:
        UsageError: it cannot be read.
    """
    found = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UsageError(
                f"the metadata {key[:40]!r} cannot be read", next_step="Send it as UTF-8 in base64."
            ) from error
    return found


def _expected(checksum: str | None) -> tuple[str, bytes] | None:
    """Return by which algorithm bytes are summed up, and what to.

    Raises:
        UsageError: it cannot be read.
    """
    if checksum is None:
        return None
    algorithm, _, value = checksum.partition(" ")
    try:
        expected = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        expected = b""
    if algorithm not in _ALGORITHMS or not expected:
        raise UsageError("the checksum cannot be read", next_step=f"Use one of {', '.join(_ALGORITHMS)}.")
    return algorithm, expected


def _answer(visit: TheVisit, upload: Upload) -> UploadAnswer:
    return UploadAnswer(
        upload_id=upload.upload_id,
        label=upload.label,
        stamp=upload.stamp,
        size_bytes=upload.size_bytes,
        offset_bytes=upload.offset_bytes,
        finished=upload.is_finished,
        created_at=upload.created_at,
        ends_at=None if upload.is_finished else visit.service.uploads.ends(upload),
        recording_id=upload.recording_id,
        problem=upload.problem,
    )
