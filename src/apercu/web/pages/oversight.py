"""The oversight page: what an archive is for, may do and did, and whether that record is whole."""

from __future__ import annotations

from datetime import UTC, datetime

from nicegui import ui

from apercu.archive.camera_uses import LONGEST
from apercu.purposes import Capability
from apercu.web import oversight
from apercu.web.describing import describe_camera
from apercu.web.oversight import CameraFacts
from apercu.web.pages import oversight_words as words
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button
from apercu.web.pages.place import Place
from apercu.web.pages.shell import archive_page
from apercu.web.pages.statement import Statement, limits_panels, purpose_panels, uses_panel, verdict
from apercu.web.visit import Visit


@archive_page("oversight", words.OVERSIGHT, lambda visit: True)
async def build(place: Place) -> None:
    """Show it; what was done is only for whom the ledger is."""
    told = await place.run(lambda: Statement.of(place.visit().archive))
    with ui.element("div").classes("stack oversight"):
        ui.label(place.say(words.LEAD)).classes("muted")
        purpose_panels(place, told)
        reads = await place.run(lambda: place.visit().may(Capability.READ_LEDGER))
        describes = await place.run(lambda: _describes(place.visit()))
        if not reads:
            ui.label(place.say(words.LEDGER_ONLY)).classes("muted")
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack"):
                if reads:
                    _ledger(place, told.ledger)
                if told.cameras and describes:
                    _cameras(place, told.cameras)
            if reads:
                with place.telling():
                    uses = await place.run(lambda: oversight.uses_of(place.visit()))
                    uses_panel(place, told.purpose, uses, public=False)
        limits_panels(place, told)


def _describes(visit: Visit) -> bool:
    return visit.visitor.administers and visit.may(Capability.MANAGE)


def _cameras(place: Place, cameras: list[CameraFacts]) -> None:
    """Let an administrator say what each camera is for."""
    said = {facts.name: facts for facts in cameras}
    with place.panel(words.SAY_FOR):
        ui.label(place.say(words.SAY_ABOUT)).classes("muted")
        chosen = ui.select(list(said), value=cameras[0].name, label=place.say(words.CAMERA))
        chosen.props("outlined dense options-dense")
        use = ui.input(place.say(words.USE)).props(f"outlined dense maxlength={LONGEST}")
        where = ui.input(place.say(words.PLACE)).props(f"outlined dense maxlength={LONGEST}")
        reason = ui.input(place.say(shell_words.REASON)).props("outlined dense maxlength=2000")

        def turn() -> None:
            facts = said[str(chosen.value)]
            use.value, where.value = facts.use, facts.place

        async def save() -> None:
            with place.telling():
                camera, texts, why = (
                    str(chosen.value),
                    (use.value or "", where.value or ""),
                    reason.value or "",
                )
                await place.run(lambda: describe_camera(place.visit(), camera, *texts, reason=why))
                ui.notify(place.say(words.SAID), type="positive")
                ui.navigate.reload()

        chosen.on_value_change(turn)
        turn()
        button(place.say(words.SAVE), save, main=True)


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
