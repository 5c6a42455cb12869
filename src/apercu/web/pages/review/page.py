"""The review page."""

from __future__ import annotations

from nicegui import ui

from apercu.purposes import Capability
from apercu.web.pages import words
from apercu.web.pages.shell import Place, archive_page


@archive_page("review", words.REVIEW, lambda visit: visit.may(Capability.SEARCH))
async def build(place: Place) -> None:
    """Build it."""
    ui.label(place.say(words.REVIEW))
