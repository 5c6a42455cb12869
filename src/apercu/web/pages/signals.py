"""Signals: the live list of what rules put before a person, and one keystroke to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from nicegui import ui

from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import AnswerRow, State
from apercu.events.answers import OTHER, REASONS, USUAL, answer, reason_text
from apercu.events.precision import Precision, precisions
from apercu.events.register import Register, Signal
from apercu.purposes import Capability, Wording
from apercu.web.pages import signals_words as words
from apercu.web.pages.controls import button, with_key
from apercu.web.pages.shell import Place, archive_page, tagged

_LOOK_S = 1.0
_SHOWN = 100
_STATES: dict[State, tuple[Wording, str]] = {
    State.OPEN: (words.REOPENED, "wait"),
    State.CONFIRMED: (words.CONFIRMED, "good"),
    State.DISMISSED: (words.DISMISSED, ""),
}
_BEEP = (
    "(() => { const c = new AudioContext(), o = c.createOscillator(), g = c.createGain();"
    "g.gain.value = 0.1; o.connect(g).connect(c.destination); o.start(); o.stop(c.currentTime + 0.2);"
    "o.onended = () => c.close(); })()"
)


@archive_page("signals", words.SIGNALS, lambda visit: visit.may(Capability.SIGNAL_EVENTS))
async def build(place: Place) -> None:
    """Show what waits for an answer, and go on by itself."""
    await _Desk(place).build()


@dataclass
class _Desk:
    """What one person looks at.

    Attributes:
        place: who, and where.
        answered: whether the answered ones are listed, and not those to answer.
        camera: only of this one; empty for all.
        shown: the list, newest first.
        chosen: the signal in the detail.
        last: whose answer ``undo`` takes back.
    """

    place: Place
    answered: bool = False
    camera: str = ""
    shown: list[Signal] = field(default_factory=list)
    chosen: Signal | None = None
    last: str = ""
    _seen: Any = None
    _newest: int = 0

    async def build(self) -> None:
        """Put everything on the page."""
        place = self.place
        with ui.element("div").classes("stack"):
            ui.label(place.say(words.DECIDES)).classes("muted")
            with ui.element("div").classes("row-line"):
                which = {False: place.say(words.OPEN), True: place.say(words.ANSWERED)}
                toggle = ui.toggle(which, value=False, on_change=self._filtered)
                toggle.props("no-caps unelevated toggle-text-color=on-accent")
                self._cameras = ui.select(
                    {"": place.say(words.ALL_CAMERAS)}, value="", on_change=self._of_camera
                )
                self._cameras.props(f'outlined dense options-dense label="{escape(place.say(words.CAMERA))}"')
                self._sound = ui.switch(place.say(words.SOUND), value=False)
            with ui.element("div").classes("signals"):
                with place.panel(label=words.LIST):
                    self._list = ui.element("ul").props("role=list")
                with place.panel(label=words.SIGNAL):
                    self._detail = ui.element("div").classes("stack").props("aria-live=polite")
            with place.panel(words.PRECISION):
                ui.label(place.say(words.PRECISION_ABOUT)).classes("muted small")
                self._precision = ui.element("div").classes("tables")
        wanted = place.asked.get("signal", "")
        await self._look(wanted)
        ui.timer(_LOOK_S, self._look)

    async def _look(self, wanted: str = "") -> None:
        """Read anew when something has changed. That nothing came is not recorded; what is read is."""
        with self.place.telling():
            changed = await self.place.run(self._changed)
            if changed:
                await self._read(wanted)
            else:
                self._tell_waiting()

    def _changed(self) -> bool:
        """Return whether there are other signals or answers than before; nothing of them is read."""
        visit = self.place.visit()
        if not visit.may(Capability.SIGNAL_EVENTS):
            return True  # reading will say why
        catalog = visit.archive.signals.catalog
        seen = (tuple(catalog.tallies()), catalog.newest())
        changed = bool(seen != self._seen)
        self._seen = seen
        return changed

    async def _read(self, wanted: str = "") -> None:
        states = (State.CONFIRMED, State.DISMISSED) if self.answered else (State.OPEN,)
        cameras = (self.camera,) if self.camera else ()

        def read() -> tuple[list[Signal], list[Precision]]:
            archive = self.place.visit().archive
            with archive.opens(Capability.SIGNAL_EVENTS, subject="signals page") as inside:
                found = Register(inside).signals(WantedSignals(states, cameras, limit=_SHOWN))
                return found, precisions(inside)

        self.shown, rules = await self.place.run(read)
        newest = max((signal.number for signal in self.shown), default=0)
        if self._newest and newest > self._newest and self._sound.value and not self.answered:
            ui.run_javascript(_BEEP)
        self._newest = max(newest, self._newest)
        self._cameras.options = {"": self.place.say(words.ALL_CAMERAS)} | {
            camera: camera for camera in sorted({rule.camera for rule in rules})
        }
        self._cameras.update()
        key = wanted or (self.chosen.key if self.chosen is not None else "")
        chosen = next((signal for signal in self.shown if signal.key == key), None)
        self._show_rules(rules)
        await self._choose(chosen or (self.shown[0] if self.shown else None))

    async def _filtered(self, event: Any) -> None:
        self.answered = bool(event.value)
        with self.place.telling():
            await self._read()

    async def _of_camera(self, event: Any) -> None:
        self.camera = str(event.value or "")
        with self.place.telling():
            await self._read()

    async def _choose(self, signal: Signal | None) -> None:
        """Show a signal in the detail, and mark it in the list."""
        same = signal is not None and self.chosen is not None and signal == self.chosen
        history: list[AnswerRow] = []
        if signal is not None and not same:
            history = await self.place.run(lambda: Register(self.place.visit().archive).history(signal))
        # List and detail change at once: a key that comes in between must not answer another signal.
        self.chosen = signal
        self._show_list()
        if not same:
            self._show_detail(history)

    async def _step(self, by: int) -> None:
        keys = [signal.key for signal in self.shown]
        if self.chosen is not None and self.chosen.key in keys:
            at = min(max(keys.index(self.chosen.key) + by, 0), len(keys) - 1)
            await self._choose(self.shown[at])

    async def _answer(self, signal: Signal, state: State, reason: str) -> None:
        """Answer a signal, and go on to the one after it."""
        said = (self._words.value or "").strip()
        with self.place.telling():
            await self.place.run(lambda: answer(self.place.visit().archive, signal, state, reason, said))
            self.last = signal.key
            keys = [each.key for each in self.shown]
            at = keys.index(signal.key) if signal.key in keys else 0
            following = [*keys[at + 1 :], *reversed(keys[:at])]
            await self._read(following[0] if following else "")

    async def _undo(self) -> None:
        """Take back the answer that was given last here, and show its signal."""
        key = self.last
        if not key:
            return

        def take_back() -> None:
            archive = self.place.visit().archive
            answer(archive, Register(archive).find(key), State.OPEN)

        with self.place.telling():
            await self.place.run(take_back)
            self.last = ""
            await self._read(key)

    def _show_list(self) -> None:
        place = self.place
        self._waits: list[tuple[Signal, ui.label]] = []
        self._list.clear()
        with self._list:
            if not self.shown:
                nothing = words.NOTHING_ANSWERED if self.answered else words.NOTHING_OPEN
                ui.label(place.say(nothing)).classes("muted")
            for signal in self.shown:
                chosen = self.chosen is not None and signal.key == self.chosen.key
                with ui.element("li"), ui.element("button").classes("signal") as line:
                    line.props["aria-current"] = "true" if chosen else "false"
                    line.on("click", lambda _, signal=signal: self._choose(signal))
                    ui.label(signal.event.rule).classes("strong")
                    ui.label(f"{self._where(signal)}, {self._when(signal)}").classes("small")
                    wording, tone = _STATES[signal.state]
                    badge = ui.label(place.say(wording)).classes(f"badge {tone}")
                    if signal.state is State.OPEN:
                        self._waits.append((signal, badge))
        self._tell_waiting()

    def _tell_waiting(self) -> None:
        """Say for how long each has been waiting."""
        now = datetime.now(UTC)
        for signal, badge in self._waits:
            length = self.place.numbers.length(signal.waiting_s(now))
            badge.set_text(self.place.say(words.WAITING, length=length))

    def _show_detail(self, history: list[AnswerRow]) -> None:
        place, signal = self.place, self.chosen
        self._detail.clear()
        with self._detail:
            with ui.element("div").classes("row-line"):
                with_key(button(place.say(words.UNDO), self._undo), "u")
                with_key(button(place.say(words.PREVIOUS), lambda: self._step(-1)), "k")
                with_key(button(place.say(words.NEXT), lambda: self._step(1)), "j")
            if signal is None:
                return
            event = signal.event
            ui.html(tagged("h2", event.rule), sanitize=False)
            if signal.says:
                ui.label(signal.says)
            ui.label(f"{self._where(signal)}, {self._when(signal)}")
            unit = f" {event.unit}" if event.unit else ""
            measured = place.say(
                words.MEASURED,
                measured=place.numbers.decimal(event.measured) + unit,
                threshold=place.numbers.decimal(event.threshold) + unit,
            )
            ui.label(measured).classes("badge")
            self._show_picture(signal)
            self._words = ui.input(place.say(words.WORDS)).props("outlined dense maxlength=2000")
            with ui.element("div").classes("row-line"):
                for state, told, key in (
                    (State.CONFIRMED, words.CONFIRM, "c"),
                    (State.DISMISSED, words.DISMISS, "x"),
                ):
                    act = self._saying(signal, state, USUAL[state])
                    with_key(button(place.say(told), act, main=state is State.CONFIRMED), key)
            self._show_reasons(signal, State.DISMISSED, words.BECAUSE, numbered=True)
            self._show_reasons(signal, State.CONFIRMED, words.CONFIRM_AS, numbered=False)
            for given in history:
                why = reason_text(given.state, given.reason).in_language(place.language).rstrip(".")
                line = place.say(
                    words.HISTORY,
                    actor=given.actor,
                    moment=place.numbers.moment(given.answered_at),
                    state=place.say(_STATES[given.state][0]),
                    reason=f"{why}: {given.words}" if given.words else why,
                )
                ui.label(line).classes("muted small")

    def _show_picture(self, signal: Signal) -> None:
        place, address = self.place, f"{self.place.api}/signals/{signal.key}"
        if not signal.row.picture or not place.visit().may(Capability.SHOW_IMAGES):
            ui.label(place.say(words.NO_PICTURE)).classes("muted")
            return
        alt = escape(place.say(words.PICTURE))
        ui.html(f'<img class="seen" src="{address}/picture" alt="{alt}">', sanitize=False)
        if signal.row.clip:
            ui.link(place.say(words.CLIP), f"{address}/clip", new_tab=True)

    def _show_reasons(self, signal: Signal, state: State, title: Wording, *, numbered: bool) -> None:
        place = self.place
        with ui.element("div").classes("row-line"):
            ui.label(place.say(title)).classes("muted small")
            for number, (kind, told) in enumerate(REASONS[state].items(), 1):
                text = told.in_language(place.language).rstrip(".")
                made = button(f"{number} {text}" if numbered else text, self._saying(signal, state, kind))
                made.classes("chip")
                if numbered and kind != OTHER:
                    with_key(made, str(number))

    def _saying(self, signal: Signal, state: State, reason: str) -> Any:
        """Return what a button does: it answers the signal beside which it stands."""
        return lambda: self._answer(signal, state, reason)

    def _show_rules(self, rules: list[Precision]) -> None:
        place, numbers = self.place, self.place.numbers
        counted = (words.CONFIRMED_COUNT, words.DISMISSED_COUNT, words.UNANSWERED)
        heads = (words.CAMERA, words.RULE, *counted, words.SHARE)
        lines = [f"<tr>{''.join(tagged('th', place.say(head)) for head in heads)}</tr>"]
        for rule in rules:
            share = "–"
            if rule.share is not None and rule.interval is not None:
                low, high = (numbers.share(bound) for bound in rule.interval)
                share = f"{numbers.share(rule.share)} ({place.say(words.BOUNDS, low=low, high=high)})"
            counts = (rule.confirmed, rule.dismissed, rule.unanswered)
            cells = [rule.camera, rule.rule, *(numbers.count(count) for count in counts), share]
            lines.append(f"<tr>{''.join(tagged('td', cell) for cell in cells)}</tr>")
        self._precision.clear()
        with self._precision:
            ui.html(f"<table>{''.join(lines)}</table>", sanitize=False)

    def _where(self, signal: Signal) -> str:
        event = signal.event
        return (
            self.place.say(words.WHERE, camera=event.camera, place=event.place)
            if event.place
            else event.camera
        )

    def _when(self, signal: Signal) -> str:
        event = signal.event
        if event.met_at is not None:
            return self.place.numbers.moment(event.met_at)
        return f"{event.run} {self.place.numbers.position(event.met_s)}"
