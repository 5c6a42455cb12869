"""Why somebody looks, where the purpose asks: it goes with everything that the page asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from apercu.purposes import Capability
from apercu.search import Query
from apercu.web import approving
from apercu.web.looking import looked_through
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk


class Why:
    """The field for the reason; and, where it takes four eyes, the way to ask another person."""

    def __init__(self, desk: Desk, begin: Callable[[], Awaitable[None]]) -> None:
        """Put the panel there where it is needed; ``begin`` asks what the address asks."""
        self._desk, self._begin, place = desk, begin, desk.place
        if not (desk.takes_reason or desk.eyes):
            return
        with place.panel(label=shell_words.REASON) as panel:
            panel.classes("why")
            ui.label(place.say(shell_words.WHY_HERE)).classes("muted")
            with ui.element("div").classes("row-line"):
                self._words = ui.input(place.say(shell_words.REASON)).props("outlined dense maxlength=1900")
                self._words.classes("words").on("keydown.enter", self._say)
                button(place.say(words.SEARCH), self._say, main=True)
                if desk.eyes:
                    button(place.say(words.ASK_SEARCH), self._ask)

    async def _say(self) -> None:
        desk = self._desk
        desk.reason = (self._words.value or "").strip() or None
        if desk.look is None and desk.reason:
            await self._begin()
        else:
            await desk.ask(desk.wanted)

    async def _ask(self) -> None:
        """Ask another person to approve what is asked now, as the ledger will name it."""
        desk, place, why = self._desk, self._desk.place, (self._words.value or "").strip()
        query = desk.footage.settled(desk.wanted)
        wide = looked_through(query, desk.footage.window(query))
        with place.telling():
            for capability in sorted(desk.eyes):
                if capability != Capability.SEARCH_BY_COLOUR or query.asks_colour:
                    target = query if capability == Capability.MAKE_SYNOPSIS else wide
                    await place.run(lambda: self._request(capability, target, why))  # noqa: B023
            ui.notify(place.say(words.ASKED), type="positive", position="top")

    def _request(self, capability: Capability, target: Query, why: str) -> None:
        approving.ask_approval(self._desk.place.visit(), capability, target, why)
