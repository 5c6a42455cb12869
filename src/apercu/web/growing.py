"""A synopsis that is still rendered, piece by piece as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import BinaryIO

import anyio

from apercu.errors import ApercuError, NothingToShowError
from apercu.web import making
from apercu.web.visit import Visit

_LOOKED_EVERY_S = 0.5
_READ_BYTES = 1 << 20


def open_growing(visit: Visit, job_id: str) -> BinaryIO:
    """Open the video of a synopsis that is rendered now, for ``pieces``.

    Raises:
        NothingToShowError: nothing of it is rendered yet, or all of it.
        RefusedError, RightError: it may no longer be shown.
    """
    path = making.result_file(visit, job_id, making.GROWING)
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NothingToShowError(
            f"job {job_id} has no {making.GROWING} any more", next_step="Read its video."
        ) from error


async def pieces(visit: Visit, job_id: str, file: BinaryIO) -> AsyncIterator[bytes]:
    """Yield what a growing video has, and then what is added to it, until it is complete; then close it.

    Whether it may still be looked at is asked anew each time. Where not, and where the job was cancelled or
    failed, it ends there.
    """
    run = visit.service.run
    with file:
        may, grows = True, True
        while grows:
            may, grows = await run(_look, visit, job_id)
            # Asked before it is read: when it grows no more, this is the rest of it.
            while may and (piece := await run(file.read, _READ_BYTES)):
                yield piece
            if grows:
                await anyio.sleep(_LOOKED_EVERY_S)


def _look(visit: Visit, job_id: str) -> tuple[bool, bool]:
    """Return whether the video may be looked at, and whether it still grows; blocking."""
    try:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        grows = making.find_job(inside, job_id).made is None
        making.result_file(inside, job_id, making.GROWING if grows else "video")
    except ApercuError:
        return False, False
    return True, grows
