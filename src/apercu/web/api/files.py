"""Files as answers: pictures and videos of an archive, and what jobs made."""

from __future__ import annotations

import os
from pathlib import Path

import anyio.to_thread
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from apercu.errors import NothingToShowError
from apercu.web.api.common import NOT_KEPT


class ShownFile(FileResponse):
    """A file that shows footage, whole or the range that is asked for; no cache keeps it.

    It may be erased after it was found: retention and sweeping wait for nobody. Routes name ``FileResponse``
    as their class: FastAPI reads the status that it describes from the signature of that.

    Raises:
        NothingToShowError: it is gone by now.
    """

    def __init__(self, path: Path, media_type: str) -> None:
        super().__init__(path, media_type=media_type, headers=NOT_KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with it."""
        try:
            self.stat_result = await anyio.to_thread.run_sync(os.stat, self.path)
        except FileNotFoundError as error:
            raise NothingToShowError(
                "was erased meanwhile", next_step="Look at what there is now."
            ) from error
        self.set_stat_headers(self.stat_result)
        await super().__call__(scope, receive, send)
