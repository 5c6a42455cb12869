"""The list on the page of signals: which there are, how long they have waited, how many are not shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from apercu.analysis.detections import CLASSES, OTHER
from apercu.archive.signal_records import State
from apercu.events.event import Event
from apercu.events.register import Signal
from apercu.events.telling import SEVERITIES, class_told
from apercu.purposes import Wording
from apercu.web.pages import signals_words as words
from apercu.web.pages.controls import button, with_key
from apercu.web.pages.place import Place

PAGE = 100
"""So many signals are listed first, and so many more each time."""
_ORDINARY = "medium"
_REVEAL = (  # within the list: the page itself must not move away from the detail
    "(() => { const line = getHtmlElement(%d), list = line?.closest('ul'); if (!list) return;"
    "const at = line.getBoundingClientRect(), seen = list.getBoundingClientRect();"
    "list.scrollTop += Math.min(at.top - seen.top, 0) + Math.max(at.bottom - seen.bottom, 0); })()"
)
STATES: dict[State, tuple[Wording, str]] = {
    State.OPEN: (words.REOPENED, "wait"),
    State.CONFIRMED: (words.CONFIRMED, "good"),
    State.DISMISSED: (words.DISMISSED, ""),
}
"""How states are called, and the classes of their badges."""


class Lines:
    """One line for each signal, newest first, and a button for those that follow."""

    def __init__(
        self,
        place: Place,
        choose: Callable[[Signal], Any],
        mark: Callable[[Signal], Any],
        mark_all: Callable[[], Any],
        more: Callable[[], Any],
    ) -> None:
        """Put an empty list on the page; the functions do what its buttons are for."""
        self._place, self._choose, self._mark = place, choose, mark
        self._boxes: dict[str, ui.element] = {}
        self._all = with_key(button("", mark_all), "a")
        self._shown: list[tuple[str, State]] = []
        self._lines: dict[str, ui.element] = {}
        self._waits: list[tuple[Signal, ui.label]] = []
        self._oldest: datetime | None = None
        self._counts: dict[str, str] = {}
        self._chosen = ""
        self._nothing = ui.label().classes("muted")
        self._count = ui.label().classes("muted small")
        self._list = ui.element("ul").props("role=list")
        self._more = button("", more)

    def show(self, shown: list[Signal], total: int, oldest: datetime | None, nothing: str) -> None:
        """Show some signals of ``total``.

        ``oldest`` is since when the one that waits longest does, None where they do not wait; ``nothing`` is
        what is said where there are none.
        """
        numbers, left = self._place.numbers, total - len(shown)
        self._oldest = oldest
        self._counts = {"shown": numbers.count(len(shown)), "total": numbers.count(total)}
        self._count.set_visibility(left > 0)
        self._more.set_visibility(left > 0)
        self._more.set_text(self._place.say(words.MORE, count=numbers.count(min(left, PAGE))))
        self._nothing.set_text("" if shown else nothing)
        self._nothing.set_visibility(not shown)
        as_told = [(signal.key, signal.state) for signal in shown]
        if as_told != self._shown:
            self._shown = as_told
            self._list.clear()
            self._lines, self._boxes, self._waits = {}, {}, []
            with self._list:
                for signal in shown:
                    self._add(signal)
        self.tell_waiting()

    def tick(self, marked: Collection[str]) -> None:
        """Show which signals are marked, by their keys."""
        for key, box in self._boxes.items():
            told = "true" if key in marked else "false"
            if box.props["aria-checked"] != told:
                box.props["aria-checked"] = told
                box.update()
        count = self._place.numbers.count(len(marked))
        self._all.set_text(self._place.say(words.UNMARK_ALL if marked else words.MARK_ALL, count=count))
        self._all.set_visibility(bool(self._shown))

    def mark(self, key: str) -> None:
        """Mark the line of the signal that is looked at; the others stay as they are."""
        for each, current in ((self._chosen, "false"), (key, "true")):
            if each in self._lines:
                self._lines[each].props["aria-current"] = current
                self._lines[each].update()
        self._chosen = key

    def reveal(self) -> None:
        """Scroll the list to the line that is marked."""
        if self._chosen in self._lines:
            ui.run_javascript(_REVEAL % self._lines[self._chosen].id)

    def tell_waiting(self) -> None:
        """Say for how long each has been waiting, and the one that waits longest."""
        now, place = datetime.now(UTC), self._place
        for signal, badge in self._waits:
            length = place.numbers.length(signal.waiting_s(now))
            badge.set_text(place.say(words.WAITING, length=length))
        if self._oldest is None:
            self._count.set_text(place.say(words.SOME, **self._counts))
        else:
            length = place.numbers.length(max((now - self._oldest).total_seconds(), 0.0))
            self._count.set_text(place.say(words.SOME_WAIT, **self._counts, length=length))

    def _add(self, signal: Signal) -> None:
        facts = who(self._place, signal), where(self._place, signal), when(self._place, signal)
        about = ", ".join(filter(None, facts))
        with ui.element("li"):
            box = ui.element("button").classes("tick").props("role=checkbox")
            box.props["aria-checked"] = "false"
            told = self._place.say(words.MARK_THIS, signal=f"{signal.event.rule}, {about}")
            box.props["aria-label"] = box.props["title"] = told
            box.on("click", lambda: self._mark(signal))
            line = ui.element("button").classes("signal")
        with line:
            line.props["aria-current"] = "true" if signal.key == self._chosen else "false"
            line.on("click", lambda: self._choose(signal))
            ui.label(signal.event.rule).classes("strong")
            ui.label(about).classes("small")
            wording, tone = STATES[signal.state]
            with ui.element("div").classes("row-line"):
                badge = ui.label(self._place.say(wording)).classes(f"badge {tone}")
                if signal.event.severity != _ORDINARY:
                    show_severity(self._place, signal.event)
        self._lines[signal.key], self._boxes[signal.key] = line, box
        if signal.state is State.OPEN:
            self._waits.append((signal, badge))


def show_severity(place: Place, event: Event) -> None:
    """Show how severe an event is."""
    told = place.say(words.SEVERITY, severity=place.say(SEVERITIES[event.severity]))
    ui.label(told).classes("badge bad" if event.severity == "high" else "badge")


def who(place: Place, signal: Signal) -> str:
    """Return the class of what met the rule; empty where none is known."""
    subject = signal.event.subject
    return "" if subject == CLASSES[OTHER] else class_told(subject, place.language)


def where(place: Place, signal: Signal) -> str:
    """Return at which camera it was, and at which of its zones or lines."""
    event = signal.event
    return place.say(words.WHERE, camera=event.camera, place=event.place) if event.place else event.camera


def when(place: Place, signal: Signal) -> str:
    """Return when it was; without a clock, at which second of what."""
    event = signal.event
    if event.met_at is not None:
        return place.numbers.moment(event.met_at)
    return f"{event.run} {place.numbers.position(event.met_s)}"
