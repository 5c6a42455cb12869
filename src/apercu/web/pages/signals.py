"""Signals: the live list of what rules put before a person, and one keystroke to answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from nicegui import ui

from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import State
from apercu.errors import ApercuError, ConflictError, NothingToShowError, UsageError
from apercu.events.answers import answer
from apercu.events.precision import Precision, precisions
from apercu.events.register import Register, Signal
from apercu.purposes import Capability, Wording
from apercu.web.pages import signals_words as words
from apercu.web.pages.place import Place, tagged
from apercu.web.pages.shell import archive_page
from apercu.web.pages.signals_detail import Detail, Looked
from apercu.web.pages.signals_list import PAGE, Lines

_LOOK_S = 1.0
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
        camera, rule: only of this one; empty for all.
        limit: so many are listed at most.
        shown: the list, newest first.
        looked: the signal in the detail; it need not be in the list.
        missing: whether the signal that was to be in the detail is not there; then none is until the person
            chooses one, so that no key answers another.
        marked: those that an answer goes to, by their keys, as the person saw them; all of them are listed.
        last: the signals whose answers ``undo`` takes back, as they were answered.
    """

    place: Place
    answered: bool = False
    camera: str = ""
    rule: str = ""
    limit: int = PAGE
    shown: list[Signal] = field(default_factory=list)
    looked: Looked | None = None
    missing: bool = False
    marked: dict[str, Signal] = field(default_factory=dict)
    last: list[Signal] = field(default_factory=list)
    _total: int = 0
    _oldest: datetime | None = None
    _seen: Any = None
    _newest: int | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def build(self) -> None:
        """Put everything on the page."""
        place = self.place
        with ui.element("div").classes("stack") as self._root:
            ui.label(place.say(words.DECIDES)).classes("muted")
            with ui.element("div").classes("row-line"):
                which = {False: place.say(words.OPEN), True: place.say(words.ANSWERED)}
                toggle = ui.toggle(which, value=False, on_change=self._filtered)
                toggle.props("no-caps unelevated toggle-text-color=on-accent")
                self._cameras = _choice(place, words.CAMERA, words.ALL_CAMERAS, self._of_camera)
                self._rules = _choice(place, words.RULE, words.ALL_RULES, self._of_rule)
                self._sound = ui.switch(place.say(words.SOUND), value=False)
            with ui.element("div").classes("signals"):
                with place.panel(label=words.LIST):
                    self._lines = Lines(place, self._pick, self._mark, self._mark_all, self._more)
                with place.panel(label=words.SIGNAL):
                    self._detail = Detail(place, self)
            with place.panel(words.PRECISION):
                ui.label(place.say(words.PRECISION_ABOUT)).classes("muted small")
                self._precision = ui.element("div").classes("tables")
        wanted = place.asked.get("signal", "")
        async with self._acting():
            await place.run(self._changed)
            found = await self._read(wanted)
            self.missing = bool(wanted) and found is None
            await self._choose(None if self.missing else found or self._first())
        ui.timer(_LOOK_S, self._look)

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[None]:
        """Do one thing after the other, and tell what goes wrong.

        What was read before an answer must not be shown after it.
        """
        async with self._turn:
            # The button that was pressed may be gone by the end, and nothing could be told from its place.
            with self._root, self.place.telling():
                yield

    async def _look(self) -> None:
        """Read anew when something has changed. That nothing came is not recorded; what is read is."""
        async with self._acting():
            if await self.place.run(self._changed):
                await self._go_on()
            else:
                self._lines.tell_waiting()

    def _changed(self) -> bool:
        """Return whether there are other signals, answers or files than before; nothing of them is read."""
        visit = self.place.visit()
        if not visit.may(Capability.SIGNAL_EVENTS):
            return True  # reading will say why
        catalog = visit.archive.signals.catalog
        seen = (tuple(catalog.tallies()), catalog.newest())
        changed = bool(seen != self._seen)
        self._seen = seen
        if not changed and self.looked is not None:  # its picture and clip come later than it
            row = self.looked.signal.row
            changed = catalog.find(row.key) != row
        return changed

    async def _read(self, key: str = "") -> Signal | None:
        """Read the list; return the signal of this key, listed or not, None where there is none."""
        states = (State.CONFIRMED, State.DISMISSED) if self.answered else (State.OPEN,)
        cameras = (self.camera,) if self.camera else ()
        of_rules = (self.rule,) if self.rule else ()

        def read() -> tuple[list[Signal], Signal | None, list[Precision], datetime | None]:
            archive = self.place.visit().archive
            with archive.opens(Capability.SIGNAL_EVENTS, subject="signals page") as inside:
                register = Register(inside)
                shown = register.signals(WantedSignals(states, cameras, of_rules, limit=self.limit))
                oldest = None if self.answered else archive.signals.catalog.oldest_open(cameras, of_rules)
                return shown, _found(register, shown, key), precisions(inside), oldest

        self.shown, found, rules, self._oldest = await self.place.run(read)
        self.marked = {
            key: seen
            for key, seen in self.marked.items()
            if any(each.key == key and each.state is seen.state for each in self.shown)
        }
        of_camera = [rule for rule in rules if self.camera in ("", rule.camera)]
        counted = [rule for rule in of_camera if self.rule in ("", rule.rule)]
        self._total = sum(r.confirmed + r.dismissed if self.answered else r.unanswered for r in counted)
        newest = max((signal.number for signal in self.shown), default=0)
        is_new = self._newest is not None and newest > self._newest
        if is_new and self._sound.value and not self.answered:
            ui.run_javascript(_BEEP)
        self._newest = max(newest, self._newest or 0)
        for choice, every, names in (
            (self._cameras, words.ALL_CAMERAS, {rule.camera for rule in rules}),
            (self._rules, words.ALL_RULES, {rule.rule for rule in of_camera} | ({self.rule} - {""})),
        ):
            choice.options = {"": self.place.say(every)} | {name: name for name in sorted(names)}
            choice.update()
        self._show_rules(rules)
        return found

    async def _go_on(self) -> None:
        """Read anew; the signal in the detail stays there, whatever became of it."""
        looked = self.looked
        found = await self._read("" if looked is None else looked.signal.key)
        if looked is None:
            await self._choose(None if self.missing else self._first())
        elif found is None:
            self.missing = True
            await self._choose(None)
        else:
            await self._show(found, looked.met, looked.agreed)

    async def _filtered(self, event: Any) -> None:
        self.answered = bool(event.value)
        await self._list_others()

    async def _of_camera(self, event: Any) -> None:
        self.camera = str(event.value or "")
        event.sender.run_method("blur")  # or the keys that answer would go to the choice
        await self._list_others()

    async def _of_rule(self, event: Any) -> None:
        self.rule = str(event.value or "")
        event.sender.run_method("blur")
        await self._list_others()

    async def _list_others(self) -> None:
        """List what the person wants to see; look at the first where the one in the detail is not of it."""
        async with self._acting():
            self.limit, self.missing = PAGE, False
            self.marked = {}  # nobody answers what is not listed
            await self._read()
            key = "" if self.looked is None else self.looked.signal.key
            await self._choose(_with_key(self.shown, key) or self._first())

    async def _more(self) -> None:
        """List more of those that have waited longer."""
        async with self._acting():
            self.limit += PAGE
            await self._go_on()

    async def _pick(self, signal: Signal) -> None:
        async with self._acting():
            await self._choose(signal)

    async def step(self, by: int) -> None:
        """Look at the signal after (1) or before (-1) the one in the detail."""
        async with self._acting():
            if self.looked is None:
                await self._choose(self._first())
                return
            listed = _with_key(self.shown, self.looked.signal.key) is not None
            older, newer = self._beside(self.looked.signal)
            onward, back = (older, newer) if by > 0 else (newer, older)
            reached = [*onward, *(() if listed else back)]
            if reached:
                await self._choose(reached[0])
                self._lines.reveal()

    async def mark_this(self) -> None:
        """Mark the signal in the detail, or take its mark away."""
        async with self._acting():
            listed = None if self.looked is None else _with_key(self.shown, self.looked.signal.key)
            if listed is not None:
                await self._toggle(listed)

    async def _mark(self, signal: Signal) -> None:
        async with self._acting():
            await self._toggle(signal)

    async def _toggle(self, signal: Signal) -> None:
        if self.marked.pop(signal.key, None) is None:
            self.marked[signal.key] = signal
        await self._show_marks(signal)

    async def _mark_all(self) -> None:
        """Mark all that are listed; where any is marked, take all marks away."""
        async with self._acting():
            self.marked = {} if self.marked else {each.key: each for each in self.shown}
            await self._show_marks(self._first())

    async def _show_marks(self, otherwise: Signal | None) -> None:
        """Show what is marked; beside another signal where none is looked at."""
        if self.looked is None:
            await self._choose(otherwise)
        else:
            await self._show(self.looked.signal, self.looked.met, self.looked.agreed)

    async def answer(self, signals: Sequence[Signal], state: State, reason: str, said: str) -> None:
        """Answer signals that are still as they were shown, and go on to the one after."""
        async with self._acting():
            if self.looked is None or _keys(self.looked.asked) != _keys(signals):
                return  # pressed twice: the next one is there already
            given, missed = await self._say(signals, state, reason, said)
            if given:
                self.last = given
                seen = self.looked.signal
                older, newer = self._beside(seen)
                here = [] if seen.key in _keys(signals) else [seen]
                self._detail.forget()
                await self._read()
                left = (_with_key(self.shown, each.key) for each in (*here, *older, *newer))
                await self._choose(next((each for each in left if each is not None), self._first()))
                self._lines.reveal()
            elif isinstance(missed, ConflictError | NothingToShowError):
                await self._go_on()
            if missed is not None:
                raise missed

    async def undo(self) -> None:
        """Take back what was answered last here, and show its signal."""
        async with self._acting():
            if not self.last:
                return
            given, missed = await self._say(self.last, State.OPEN, own=True)
            if given:
                self.last = []
                await self._choose(await self._read(given[0].key))
            if missed is not None:
                raise missed

    async def _say(
        self, signals: Sequence[Signal], state: State, reason: str = "", said: str = "", *, own: bool = False
    ) -> tuple[list[Signal], ApercuError | None]:
        """Answer each signal by itself; return those that took it, and why the first of the others did not.

        One that somebody else has answered keeps no other back; anything else would come again.
        """
        given: list[Signal] = []
        missed: ApercuError | None = None
        for each in signals:

            def say(signal: Signal = each) -> Signal:
                archive = self.place.visit().archive
                return answer(archive, signal, state, reason, said, expected=signal.state, own=own)

            try:
                given.append(await self.place.run(say))
            except (ConflictError, NothingToShowError) as error:
                missed = missed or error
            except ApercuError as error:
                return given, error
            self.marked.pop(each.key, None)
        return given, missed

    async def ask_again(self) -> None:
        """Offer answers to the signal in the detail, though somebody answered it."""
        async with self._acting():
            if self.looked is not None:
                signal = self.looked.signal
                await self._show(signal, signal.state, signal.state)

    def _first(self) -> Signal | None:
        return self.shown[0] if self.shown else None

    def _beside(self, signal: Signal) -> tuple[list[Signal], list[Signal]]:
        """Return those listed that are older and newer than a signal, the nearest first."""
        older = [each for each in self.shown if each.number < signal.number]
        return older, [each for each in reversed(self.shown) if each.number > signal.number]

    async def _choose(self, signal: Signal | None) -> None:
        """Look at a signal. While open ones are listed, no key answers one that somebody has answered."""
        if signal is None:
            await self._show(None, State.OPEN, None)
            return
        self.missing = False
        asked = self.answered or signal.state is State.OPEN
        await self._show(signal, signal.state, signal.state if asked else None)

    async def _show(self, signal: Signal | None, met: State, agreed: State | None) -> None:
        looked = None
        if signal is not None:
            history = await self.place.run(lambda: Register(self.place.visit().archive).history(signal))
            looked = Looked(signal, tuple(history), met, agreed, tuple(self.marked.values()))
        # List and detail change at once: a key that comes in between must not answer another signal.
        self.looked = looked
        nothing = self.place.say(words.NOTHING_ANSWERED if self.answered else words.NOTHING_OPEN)
        self._lines.show(self.shown, self._total, self._oldest, nothing)
        self._lines.mark("" if signal is None else signal.key)
        self._lines.tick(self.marked)
        self._detail.tell(looked, self.place.say(words.MISSING) if self.missing else "")

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


def _choice(place: Place, title: Wording, every: Wording, act: Any) -> ui.select:
    """Return a filter of the list that takes all at first."""
    made = ui.select({"": place.say(every)}, value="", on_change=act)
    return made.props(f'outlined dense options-dense label="{escape(place.say(title))}"')


def _keys(signals: Iterable[Signal]) -> list[str]:
    return [each.key for each in signals]


def _with_key(signals: list[Signal], key: str) -> Signal | None:
    return next((signal for signal in signals if signal.key == key), None)


def _found(register: Register, shown: list[Signal], key: str) -> Signal | None:
    """Return a signal that need not be among those shown; None where there is none, or no such key."""
    try:
        return _with_key(shown, key) or (register.find(key) if key else None)
    except (NothingToShowError, UsageError):
        return None
