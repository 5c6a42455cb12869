"""The list of what was found: one line for each object, marked when the person has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from apercu.purposes import Capability
from apercu.search import TrackId
from apercu.web.pages.review import words
from apercu.web.pages.review.contact_sheet import ContactSheet
from apercu.web.pages.review.desk import LISTED, Desk, track_of


class TrackList:
    """The list."""

    def __init__(self, desk: Desk) -> None:
        self._desk, place = desk, desk.place
        self._lines: dict[TrackId, ui.element] = {}
        with place.panel(label=words.OBJECTS) as panel:
            panel.classes("objects")
            with ui.element("div").classes("row-line"):
                self._title = ui.html("", sanitize=False, tag="h2").props("aria-live=polite")
                self._done = ui.label().classes("muted small")
                ui.element("div").classes("spring")
                self._hide = ui.checkbox(place.say(words.HIDE_REVIEWED), on_change=self.show).props("dense")
                if Capability.SHOW_IMAGES in desk.may:
                    ContactSheet(desk)
            self._list = ui.element("div").classes("lines").props("role=list")
            self._more = ui.label().classes("muted small")
        desk.on_answer.append(self.show)
        desk.on_choice.append(self.tell)

    async def show(self) -> None:
        """List what was found."""
        look, place = self._desk.look, self._desk.place
        if look is None:
            return
        self._title.content = self._desk.count_told(look.total)
        self._list.clear()
        self._lines = {}
        with self._list:
            for row in look.tracks:
                track = track_of(row)
                if not (self._hide.value and self._desk.is_reviewed(track)):
                    self._lines[track] = self._line(row, track)
        if not look.total:
            self._more.text = place.say(words.NOTHING)
        else:
            more = look.total > LISTED
            self._more.text = place.say(words.FIRST_OF, count=place.numbers.count(LISTED)) if more else ""
        await self.tell()

    async def tell(self) -> None:
        """Show which object is chosen, and which are marked."""
        for track, line in self._lines.items():
            chosen, marked = track == self._desk.chosen, self._desk.is_reviewed(track)
            line.classes(
                add=" ".join(("chosen",) * chosen + ("marked",) * marked),
                remove=" ".join(("chosen",) * (not chosen) + ("marked",) * (not marked)),
            )
            line.props["aria-current"] = "true" if chosen else "false"
        done = sum(self._desk.is_reviewed(track) for track in self._lines)
        numbers = self._desk.place.numbers
        self._done.text = self._desk.place.say(
            words.REVIEWED_OF, done=numbers.count(done), count=numbers.count(len(self._lines))
        )

    def _line(self, row: Mapping[str, Any], track: TrackId) -> ui.element:
        desk, numbers = self._desk, self._desk.place.numbers
        time = desk.time_told(track.recording_id, float(row["start_s"]))
        with ui.element("div").props("role=listitem"):
            line = ui.element("button").props("type=button").classes("line")
            with line:
                ui.label(time).classes("nums")
                ui.label(desk.class_told(str(row["class"])))
                ui.label(numbers.length(float(row["duration_s"]))).classes("muted nums")
                ui.label("✓").classes("tick").props(f'title="{desk.place.say(words.REVIEWED)}"')
        line.on("click", lambda: desk.choose(track))
        return line
