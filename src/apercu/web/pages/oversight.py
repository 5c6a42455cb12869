"""The oversight page: what an archive is for, may do and did, and whether that record is whole."""

from __future__ import annotations

from datetime import UTC, datetime

from nicegui import ui

from apercu.purposes import Capability
from apercu.web import oversight
from apercu.web.pages import oversight_words as words
from apercu.web.pages.controls import button
from apercu.web.pages.shell import Place, archive_page
from apercu.web.pages.statement import Statement, limits_panels, purpose_panels, uses_panel, verdict


@archive_page("oversight", words.OVERSIGHT, lambda visit: True)
async def build(place: Place) -> None:
    """Show it; what was done is only for whom the ledger is."""
    told = await place.run(lambda: Statement.of(place.visit().archive))
    with ui.element("div").classes("stack oversight"):
        ui.label(place.say(words.LEAD)).classes("muted")
        purpose_panels(place, told)
        if await place.run(lambda: place.visit().may(Capability.READ_LEDGER)):
            with place.telling():
                uses = await place.run(lambda: oversight.uses_of(place.visit()))
                with ui.element("div").classes("columns"):
                    _ledger(place, told.ledger)
                    uses_panel(place, uses, public=False)
        else:
            ui.label(place.say(words.LEDGER_ONLY)).classes("muted")
        limits_panels(place, told)


def _ledger(place: Place, fingerprint: str) -> None:
    with place.panel(words.LEDGER):
        ui.label(place.say(words.LEDGER_ABOUT)).classes("muted")
        with ui.element("div").classes("row-line"):
            verifying = button(place.say(words.VERIFY), lambda: verify(), main=True)
            button(place.say(words.EXPORT), lambda: export())
        found = ui.element("div").classes("stack")

    async def verify() -> None:
        verifying.disable()
        with place.telling():
            made = await place.run(lambda: oversight.verify(place.visit()))
            found.clear()
            with found:
                verdict(place, made, datetime.now(UTC), fingerprint)
        verifying.enable()

    async def export() -> None:
        with place.telling():
            line = await place.run(lambda: oversight.checkpoint(place.visit()))
            ui.download.content(line, f"checkpoint-{datetime.now(UTC):%Y%m%d-%H%M%S}.json")
