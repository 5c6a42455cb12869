"""Choosing files in the browser and sending them; the browser's side is ``upload.js``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from apercu.footage.suffixes import SUFFIXES
from apercu.web.pages import footage_words as words
from apercu.web.pages.place import Place
from apercu.web.pages.shell import ASSETS_URL
from apercu.web.uploads import Upload

_CLIENT = f"{ASSETS_URL}/tus-4.3.1.min.js"
"""tus-js-client, as its makers publish it on npm; its licence lies beside it."""


class Uploader(Element, component="upload.js"):
    """A place to drop files on, and what is being sent."""

    def __init__(
        self, place: Place, begun: Sequence[Upload], on_sent: Callable[[list[str]], Awaitable[None]]
    ) -> None:
        """Show it.

        Args:
            place: whose.
            begun: what the person has begun to send before.
            on_sent: told the names of files when they are here, as the list of footage has them.
        """
        super().__init__()
        ui.add_head_html(f'<script src="{_CLIENT}"></script>')
        self._props |= {
            "endpoint": f"{place.api}/uploads",
            "csrf": place.csrf,
            "begun": [
                {
                    "id": each.upload_id,
                    "stamp": each.stamp,
                    "label": each.label,
                    "size": each.size_bytes,
                    "offset": each.offset_bytes,
                }
                for each in begun
            ],
            "here": [],
            "words": {name: place.say(text) for name, text in words.SENDING.items()}
            | {"units": place.say(words.UNITS).split()},
            "errors": {name: place.say(text) for name, text in words.SENDING_ERRORS.items()},
            "suffixes": ",".join(sorted(SUFFIXES)),
            "most": place.service.uploads.limits.upload_bytes,
        }

        async def sent(event: Any) -> None:
            await on_sent([str(name) for name in event.args["names"]])

        self.on("sent", sent)

    def know(self, stamps: Sequence[str]) -> None:
        """Take note of what is here already: when it is chosen again, it is not sent again."""
        self._props["here"] = list(stamps)
        self.update()
