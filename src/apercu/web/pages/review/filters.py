"""The filters beside the picture, each with how many objects it would leave."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from nicegui import ui

from apercu.archive.searches import read_searches, save_search
from apercu.events.telling import CLASSES
from apercu.purposes import Capability, Wording
from apercu.search import Query, Span, Stop, read_query
from apercu.search.parts import Parking
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button, dialog, text_button
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.drawing import Drawing
from apercu.web.pages.review.question import plain, toggled

_DID: Mapping[str, tuple[Wording, Any, Any]] = MappingProxyType(
    {
        "stopped": (words.STOPPED, Stop(least_s=10.0), None),
        "parked": (words.PARKED, Parking(), None),
        "turned_back": (words.TURNED_BACK, True, False),
        "against_flow": (words.AGAINST_FLOW, True, False),
    }
)
"""Filter: what it is called, what it asks for, and what it says when it asks for nothing."""
_SWATCH = {"grey": "#808080", "brown": "#8b5a2b", "white": "#fff", "black": "#000", "orange": "#ff8c00"}


class _Choice:
    """One choice of several: a box to tick, and how many there are."""

    def __init__(self, desk: Desk, field: str, name: str, label: str) -> None:
        self._desk, self._field, self._name, self._quiet = desk, field, name, False
        with ui.element("div").classes("facet") as self.row:
            self.box = ui.checkbox(label, on_change=self._ticked).props("dense")
            if field == "colours":
                ui.element("span").classes("swatch").style(f"background: {_SWATCH.get(name, name)}")
            self.count = ui.label().classes("count muted")
        self.row.set_visibility(False)

    async def _ticked(self) -> None:
        if self._quiet:
            return
        names = toggled(getattr(self._desk.wanted, self._field), self._name)
        await self._desk.ask(self._desk.wanted.model_copy(update={self._field: names}))

    def show(self, counts: Mapping[str, int]) -> None:
        """Show how many there are, and whether it is asked for; hide what is neither there nor asked for."""
        asked = self._name in getattr(self._desk.query, self._field)
        self._quiet = True
        self.box.value = asked
        self._quiet = False
        self.count.text = self._desk.place.numbers.count(counts.get(self._name, 0))
        self.row.set_visibility(asked or self._name in counts)


class Filters:
    """The panel of filters."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._quiet = desk, False
        place = desk.place
        with place.panel(label=words.FILTERS) as panel:
            panel.classes("filters")
            with ui.element("div").classes("row-line"):
                ui.html(f"<h2>{place.say(words.FILTERS)}</h2>", sanitize=False)
                ui.element("div").classes("spring")
                text_button(place.say(words.CLEAR), self._clear)
            with self._group(words.KIND):
                self._classes = [_Choice(desk, "classes", name, desk.class_told(name)) for name in CLASSES]
            self._colours: list[_Choice] = []
            if Capability.SEARCH_BY_COLOUR in desk.may:
                with self._group(words.COLOUR):
                    self._colours = [
                        _Choice(desk, "colours", name, place.say(told))
                        for name, told in words.COLOURS.items()
                    ]
            with self._group(words.DID):
                self._did_boxes = {
                    name: ui.checkbox(place.say(told), on_change=self._did).props("dense")
                    for name, (told, _, _) in _DID.items()
                }
                self._least = ui.number(place.say(words.LEAST_THERE), min=0, step=1, on_change=self._did)
                self._least.props('outlined dense clearable debounce="600"')
            with self._group(words.WHERE):
                self._places = ui.label().classes("muted small")
                self._remove = text_button(place.say(words.REMOVE), self._nowhere)
                self._remove.set_visibility(False)
                drawing = Drawing(desk)
                button(place.say(words.DRAW), drawing.open)
            with self._group(words.SAVED):
                self._saved = ui.element("div").classes("stack")
                if Capability.MANAGE in desk.may:
                    button(place.say(words.SAVE), self._save_dialog)
        desk.on_answer.append(self.show)

    def _group(self, title: Wording) -> ui.element:
        group = ui.element("details").classes("group").props("open")
        with group:
            ui.html(f"{self._desk.place.say(title)}", sanitize=False, tag="summary")
        return group

    async def show(self) -> None:
        """Show the filters as the question has them, with the counts of its answer."""
        look, query = self._desk.look, self._desk.query
        if look is None:
            return
        for facet in self._classes:
            facet.show(look.classes)
        for facet in self._colours:
            facet.show(look.colours)
        self._quiet = True
        for name, box in self._did_boxes.items():
            box.value = bool(getattr(query, name))
        self._least.value = None if query.duration_s is None else query.duration_s.least
        self._quiet = False
        count = len(query.regions) + len(query.crossed) + len(query.routes) + (query.path is not None)
        self._places.text = self._desk.place.say(words.PLACES, count=count) if count else ""
        self._remove.set_visibility(bool(count))

    async def _did(self) -> None:
        if self._quiet:
            return
        query, least = self._desk.wanted, self._least.value
        changed: dict[str, Any] = {"duration_s": Span(least=float(least)) if least else None}
        for name, box in self._did_boxes.items():
            _, yes, no = _DID[name]
            if bool(box.value) != bool(getattr(query, name)):  # what was asked for in words stays as it is
                changed[name] = yes if box.value else no
        asked = query.model_copy(update=changed)
        if asked != query:
            await self._desk.ask(asked)

    async def _nowhere(self) -> None:
        nowhere = {"regions": (), "crossed": (), "routes": (), "path": None}
        await self._desk.ask(self._desk.wanted.model_copy(update=nowhere))

    async def _clear(self) -> None:
        await self._desk.ask(plain(self._desk.wanted))

    async def list_saved(self) -> None:
        """List the saved searches of the archive."""
        place = self._desk.place
        with place.telling():
            saved = await place.run(lambda: read_searches(place.visit().archive))
            self._saved.clear()
            with self._saved:
                for name, search in saved.items():
                    text_button(name, partial(self._ask_saved, search.text))

    async def _ask_saved(self, text: str) -> None:
        with self._desk.place.telling():
            await self._desk.ask(_without_time(read_query(text), self._desk.wanted))

    def _save_dialog(self) -> None:
        place = self._desk.place
        with dialog(place.say(words.SAVE)) as opened:
            ui.label(self._desk.query.text()).classes("quote mono")
            name = ui.input(place.say(words.SAVE_NAME)).props("outlined dense autofocus")
            reason = ui.input(place.say(shell_words.REASON)).props("outlined dense")

            async def save() -> None:
                with place.telling():
                    called, text, why = name.value or "", self._desk.query.text(), reason.value or ""
                    await place.run(lambda: save_search(place.visit().archive, called, text, reason=why))
                    ui.notify(place.say(words.SAVED_NOW, name=called), type="positive", position="top")
                    opened.close()
                    await self.list_saved()

            with ui.element("div").classes("row-line"):
                button(place.say(words.SAVE), save, main=True)
                button(place.say(shell_words.CANCEL), opened.close)
        opened.open()


def _without_time(saved: Query, now: Query) -> Query:
    """Return a saved question; one that names no time is asked of the time that is looked at."""
    if saved.from_time is not None or saved.to_time is not None or saved.recordings:
        return saved
    kept = {name: getattr(now, name) for name in ("from_time", "to_time", "recordings")}
    cameras = saved.cameras or now.cameras
    return saved.model_copy(update={**kept, "cameras": cameras})
